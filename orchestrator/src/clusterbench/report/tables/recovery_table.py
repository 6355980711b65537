"""Overload as tables: what became of each server, and its responses second by second. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model import numbers as fmt
from clusterbench.report.tables.table import Table, Value, sides, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clusterbench.model.experiment import Experiment, Scenario
    from clusterbench.model.recovery import Memory, Overloaded
    from clusterbench.report.tables.table import Columns

_OUTCOME: Columns[Overloaded] = {
    "contender": lambda each: each.contender + " (throttled)" * each.throttled,
    "level": lambda each: f"{each.level:,}",
    "normal responses/s": lambda each: fmt.whole(each.normal),
    "in overload": lambda each: _share(each.before_stop, each),
    "worst second": lambda each: _share(each.least_before_stop, each),
    "first response (s)": lambda each: _seconds(each.again),
    "90% again (s)": lambda each: _seconds(each.back),
    "normal load after": lambda each: _share(each.after, each),
    "CPU server/generator": lambda each: sides(each.server_share, each.generator_share),
    "MiB: start, peak, end": lambda each: _mebibytes(each.memory),
    "errors by status": lambda each: fmt.counts(each.errors),
}


def recovery(
    experiment: Experiment, scenario: Scenario, found: Sequence[Overloaded]
) -> tuple[Table, ...]:
    """Return both tables of a scenario's servers; none where there are no such figures."""
    own = [each for each in found if each.scenario == scenario.name]
    if not own:
        return ()
    words = kind_of(scenario).window_words(experiment.timing)
    connections = fmt.plural(scenario.connections, "connection")
    levels = fmt.listing([f"{level:,}" for level in scenario.sweep])
    title = f"{levels} requests in flight over {connections}: {words}"
    return table(title, _OUTCOME, own, names=1), _by_second(own)


def _by_second(found: Sequence[Overloaded]) -> Table:
    def column(second: int) -> Callable[[Overloaded], str]:
        return lambda each: fmt.whole(each.seconds.get(second))

    seconds = sorted({second for each in found for second in each.seconds})
    columns: Columns[Overloaded] = {
        "contender": lambda each: each.contender,
        **{f"{second:+d}" if second else "0": column(second) for second in seconds},
    }
    return table("Responses in each second; the pause begins at 0", columns, found, names=1)


def _share(rate: float | None, each: Overloaded) -> Value:
    share = f"({fmt.percent(rate / each.normal)})" if rate is not None and each.normal else ""
    return Value(fmt.whole(rate), share)


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f}"


def _mebibytes(memory: Memory) -> str:
    return ", ".join(f"{x / fmt.MEBI:,.0f}" for x in (memory.start, memory.peak, memory.end))
