"""What a request takes by the counters of kernel and CPU, as a table. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.report.tables.table import Table, estimate, table

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.model.counts import RequestCounters
    from clusterbench.report.tables.table import Columns

TITLE = "Counters per request"
#: From here on counters took no turns worth telling.
_ALL = 0.995


def counters(found: Sequence[RequestCounters]) -> Table:
    """Return a row for each contender that was counted."""
    columns: Columns[RequestCounters] = {
        "contender": lambda each: each.contender,
        "instructions": lambda each: estimate(each.instructions),
        "instructions per cycle": lambda each: estimate(each.ipc),
        "voluntary context switches": lambda each: estimate(each.voluntary),
        "involuntary context switches": lambda each: estimate(each.involuntary),
    }
    return table(TITLE, columns, found, names=1)


def notes(found: Sequence[RequestCounters]) -> Iterator[str]:
    """Return what the figures are, and why some are not there."""
    if not found:
        return
    yield (
        "Counted after the trials, under the load that saturates the server: per second of its CPU "
        "time, times CPU time per request. Voluntary: a thread waits, for a lock or for data; "
        "involuntary: the kernel gives its CPU to another thread."
    )
    for what in dict.fromkeys(what for each in found for what in each.lacking):
        why = {each.contender: each.lacking[what] for each in found if what in each.lacking}
        if len(set(why.values())) == 1 and len(why) == len(found):
            yield f"{what.capitalize()}: n/a, since {next(iter(why.values()))}."
        else:
            yield from (f"{what.capitalize()}: n/a of {line}." for line in fmt.reasons(why))
    if any(each.user_only for each in found):
        yield "Instructions are those outside the kernel alone: this user may count no others."
    if least := [each.counted_share for each in found if each.counted_share < _ALL]:
        yield (
            f"The CPU's counters took turns, and counted {fmt.percent(min(least))} of the time: "
            "perf has scaled the counts."
        )
