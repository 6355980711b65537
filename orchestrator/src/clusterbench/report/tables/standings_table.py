"""A comparison with alternatives as a table: for a terminal, and as Markdown. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.measure.goals import GoalState
from clusterbench.model import numbers as fmt
from clusterbench.report import captions
from clusterbench.report.interference_words import mark
from clusterbench.report.sections import describe
from clusterbench.report.tables.table import Value, estimate, ratio, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.measure.standings import Standing
    from clusterbench.model.records import RunRecord
    from clusterbench.report.tables.table import Columns, Table


def tables(run: RunRecord, found: Sequence[Standing]) -> Iterator[Table]:
    """Return a table for each scenario and level that compares alternatives."""
    for name, level in dict.fromkeys((each.scenario, each.level) for each in found):
        here = [each for each in found if (each.scenario, each.level) == (name, level)]
        kept = next((each.contender for each in here if each.alternative is None), "")
        scenario = run.experiment.scenarios[name]
        title = f"{name}: {describe(scenario)}, {kind_of(scenario).at(level)}"
        yield table(title, _columns(kept), here, names=2)


def notes(run: RunRecord, found: Sequence[Standing]) -> list[str]:
    """Return what the table rests on, and what failed."""
    number = run.experiment.rounds
    rounds = fmt.plural(number, "interleaved round")
    window = run.experiment.timing.window
    spread = f"{captions.INTERVAL}s over {rounds}" if number > 1 else f"{rounds}, so no intervals"
    over = (
        f"{spread}; windows of {window:g} s. Ratio: throughput of the contender that is kept over "
        "that of the alternative, paired by round. Compare ratios of different runs, not figures."
    )
    lines = [over, f"{run.plan}; {captions.host(run)}; run {run.id}, {run.runtime}"]
    for each in found:
        if each.errors:
            lines.append(f"errors of {each.contender}: {fmt.counts(each.errors)}")
        if disturbed := mark(each.cell):
            lines.append(f"{each.contender} is {disturbed}")
        lines += [f"failed: {each.contender}, {why.splitlines()[0]}" for why in each.failures]
    return lines


def goal(each: Standing) -> str:
    """Return what became of a goal, and by how much: `1.6 or more: reached, 26% above`."""
    if each.alternative is None or each.alternative.goal is None or each.goal_state is None:
        return ""
    text = f"{each.alternative.goal:g} or more: {each.goal_state}"
    if each.beyond is None:
        return text
    side = "above" if each.beyond >= 0 else "below"
    return f"{text}, {fmt.percent(abs(each.beyond))} {side}"


def undecided(found: Sequence[Standing]) -> bool:
    """Return whether more rounds could settle a goal."""
    return any(each.goal_state is GoalState.UNDECIDED for each in found)


def _columns(kept: str) -> Columns[Standing]:
    return {
        "contender": lambda each: each.contender,
        "what it is": lambda each: _about(each, kept),
        "responses/s": lambda each: estimate(each.throughput, lower_bound=each.lower_bound),
        "ratio": _ratio,
        "CPU/request (µs)": lambda each: estimate(each.cpu_per_request, 1e6),
        "limit": lambda each: each.limit or fmt.NOTHING,
        "goal": goal,
    }


def _about(each: Standing, kept: str) -> str:
    """Return what a row is, and what it stands against where that is not what the others do."""
    if each.alternative is None:
        return f"kept: {each.title}"
    against = "" if each.alternative.of == kept else f" (against {each.alternative.of})"
    return each.alternative.about + against


def _ratio(each: Standing) -> Value:
    if each.alternative is None:
        return Value("")
    return ratio(each.ratio.ratio, each.ratio.bound) if each.ratio else Value(fmt.NOTHING)
