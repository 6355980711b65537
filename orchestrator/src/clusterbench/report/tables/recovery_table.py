"""Overload as tables: what became of each server, and its responses second by second. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model import numbers as fmt
from clusterbench.report.tables.table import Table, Value, table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from clusterbench.model.experiment import Experiment, Scenario
    from clusterbench.model.recovery import Overloaded


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
    return (table(title, _outcome(), own, names=1), _by_second(own))


def notes(scenario: Scenario) -> tuple[str, ...]:
    """Return what a reader of the tables must know."""
    return kind_of(scenario).captions("recovery")


def _outcome() -> dict[str, Callable[[Overloaded], Value | str]]:
    return {
        "contender": lambda each: each.contender,
        "level": lambda each: f"{each.level:,}",
        "normal responses/s": lambda each: fmt.whole(each.normal),
        "in overload": lambda each: _share(each.before_stop, each),
        "worst second": lambda each: _share(each.least_before_stop, each),
        "first response (s)": lambda each: _seconds(each.again),
        "90% again (s)": lambda each: _seconds(each.back),
        "normal load after": lambda each: _share(each.after, each),
        "CPU server/generator": lambda each: " / ".join(
            map(fmt.percent, (each.server_share, each.generator_share))
        ),
        "MiB: start, peak, end": lambda each: ", ".join(
            f"{size / fmt.MEBI:,.0f}"
            for size in (each.memory.start, each.memory.peak, each.memory.end)
        ),
        "errors by status": lambda each: fmt.counts(each.errors),
    }


def _by_second(found: Sequence[Overloaded]) -> Table:
    seconds = sorted({second for each in found for second in each.seconds})
    columns: dict[str, Callable[[Overloaded], Value | str]] = {
        "contender": lambda each: each.contender
    }
    for second in seconds:
        columns[f"{second:+d}" if second else "0"] = lambda each, second=second: fmt.whole(  # type: ignore[misc]
            each.seconds.get(second)
        )
    title = "Responses in each second; the pause begins at 0"
    return table(title, columns, found, names=1)


def _share(rate: float | None, each: Overloaded) -> Value:
    share = f"({fmt.percent(rate / each.normal)})" if rate is not None and each.normal else ""
    return Value(fmt.whole(rate), share)


def _seconds(value: float | None) -> str:
    return "never" if value is None else f"{value:.2f}"
