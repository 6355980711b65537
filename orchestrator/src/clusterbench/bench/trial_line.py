"""A trial's figures in one line, for the progress of a run. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.interference import of_trial
from clusterbench.measure.limits import limit_of_trial, throttled
from clusterbench.model.disturbance import NO_REPEATS, InterferenceRule
from clusterbench.model.numbers import listing
from clusterbench.model.run_delay import cause
from clusterbench.model.trial import Limit

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.model.capacity import FoundCapacity
    from clusterbench.model.cell_summary import Figures
    from clusterbench.model.records import SideUsage, TrialRecord


def line(window: Figures, record: TrialRecord, rule: InterferenceRule = NO_REPEATS) -> str:
    """Return a trial's figures in one line; `rule` says from when it counts as disturbed."""
    said = [f"{window.throughput:,.0f} responses/s"]
    if record.capacity is not None:
        said = [_capacity(record.capacity)]
    elif record.rate is not None:
        said = [f"{record.rate:,.0f}/s asked, {said[0]}"]
    if p99 := window.latency.get("p99"):
        said.append(f"p50 {window.latency['p50'] * 1e3:.2f} ms  p99 {p99 * 1e3:.2f} ms")
    large = f", a large part of the latency{cause(record.run_delay)}" if window.delayed else ""
    for name, times, more in (
        ("send delay", window.send_delay, large),
        ("held back", window.held_back_for, ""),
    ):
        if p99 := times.get("p99"):
            said.append(f"({name} p50 {times['p50'] * 1e3:.2f} ms  p99 {p99 * 1e3:.2f} ms{more})")
    if window.errors:
        said.append(f"{window.failed:,} errors")
    if record.responses_checked:
        said.append(f"{record.responses_checked:,} responses checked")
    if record.generator:
        server = f"server {record.server.share:.0%}, " if record.server else ""
        said.append(
            f"({server}generator {record.generator.share:.0%} busy; "
            f"{_limit(record.server, record.generator)})"
        )
    said += _disturbed(record, rule)
    if window.drift:
        what = "latency" if record.rate is not None else "throughput"
        said.append(f"(drifting: its {what} went {window.drift:+.0%} within the window)")
    return "  ".join(said)


def _disturbed(record: TrialRecord, rule: InterferenceRule) -> Iterator[str]:
    """Return how much others had of each side's CPUs, or of either's in a load before the last."""
    sides = (("server", record.server), ("generator", record.generator))
    shares = {name: side.interference for name, side in sides if side is not None}
    others = of_trial(record)
    if any(map(rule.disturbs, shares.values())):
        for name, share in shares.items():
            if share is not None and rule.disturbs(share):
                yield f"(others had {share:.0%} of the {name}'s CPUs)"
    elif others is not None and rule.disturbs(others):
        yield f"(others had {others:.0%} of a side's CPUs in one of its loads)"


def _capacity(found: FoundCapacity) -> str:
    if not found.rate:
        return f"{found.objective} held at no rate tried: {found.why}"
    bound = f">= {found.rate:,.0f}" if found.lower_bound else f"{found.rate:,.0f}"
    return f"{bound} requests/s within {found.objective}"


def _limit(server: SideUsage | None, generator: SideUsage) -> str:
    """Return what limited a trial, and by which quota it was throttled."""
    limit = limit_of_trial(server, generator)
    sides = [side for side in (server, generator) if side is not None and side.quota]
    if limit is not Limit.THROTTLED or not sides:
        return str(limit)
    quotas = dict.fromkeys(f"{side.quota:g}" for side in sides if throttled(side))
    return f"{limit} by a quota of {listing([*quotas])} CPUs"
