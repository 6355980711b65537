"""What to distrust in the figures of an answer, in a few words each, the gravest first. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.model.trial import Limit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.served import Answered, Served


def doubts(run: RunRecord, summary: Summary, found: Answered) -> tuple[str, ...]:
    """Return what speaks against the figures of an answer; nothing where nothing was found."""
    return tuple(_doubts(run, summary, found))


def _doubts(run: RunRecord, summary: Summary, found: Answered) -> Iterator[str]:
    if not summary.complete:
        yield "the run is incomplete"
    if found.rounds == 1:
        yield "one round, so no intervals"

    def those(which: Callable[[Served], object]) -> str:
        return fmt.listing([each.title for each in found.known if which(each)])

    if disturbed := [each for each in found.known if each.cell and each.cell.disturbed]:
        most = max(each.cell.interference or 0.0 for each in disturbed if each.cell)
        names = fmt.listing([each.title for each in disturbed])
        yield f"other processes had up to {fmt.percent(most)} of the CPUs with {names}"
    if drifting := those(lambda each: each.cell and each.cell.drifting):
        yield f"the figures of {drifting} went up or down within their windows"
    if paused := [each.cell for each in found.known if each.cell and each.cell.paused]:
        longest = fmt.seconds(max(cell.pause or 0.0 for cell in paused))
        names = those(lambda each: each.cell and each.cell.paused)
        yield f"no request of {names} ended for up to {longest} within a window"
    if throttled := those(_throttled):
        yield f"a CPU quota held back a side with {throttled}, so its CPUs can do this or more"
    if bounded := those(lambda each: each.lower_bound and not _throttled(each)):
        yield f"the load generator limited {bounded}, so that figure is a lower bound"
    if doubted := those(lambda each: each.cell and each.cell.doubts):
        yield f"the load generator doubts its figures of {doubted}"
    if found.objective and (late := those(lambda each: each.cell and each.cell.delayed)):
        yield f"the load generator sent late with {late}, which counts as latency"
    yield from _of_trials(found)
    if run.plan.shared:
        yield "server and load generator shared CPUs"
    elif used := those(lambda each: each.used):
        every = all(each.used for each in found.known)
        who = "no server filled its" if every else f"{used} did not fill the server's"
        yield f"{who} CPUs, so the figure is per core of CPU time used"
    if cold := _not_warm(summary, found):
        yield f"{cold} did not become warm"


def _of_trials(found: Answered) -> Iterator[str]:
    """Yield which trials an estimate lacks, or has as 0."""
    for each in found.known:
        if each.unmet:
            met = f"{each.trials - each.unmet} of {fmt.plural(each.trials, 'round')}"
            yield f"{each.title} met the objective in {met} only"
        if each.failures:
            yield f"{fmt.plural(each.failures, 'trial')} of {each.title} failed"


def _throttled(each: Served) -> bool:
    return each.cell is not None and each.cell.limit is Limit.THROTTLED


def _not_warm(summary: Summary, found: Answered) -> str:
    turns = {each.name: each for each in summary.contenders}
    return fmt.listing([
        each.title
        for each in found.known
        if (of := turns.get(each.contender)) and of.warm_turns < of.turns
    ])  # fmt: skip
