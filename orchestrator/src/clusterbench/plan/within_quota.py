"""What a CPU quota over both sides leaves of a CPU plan. Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.model.cpus import CpuSet

if TYPE_CHECKING:
    from clusterbench.model.cpus import CpuPlan, CpuQuota

#: A plan is not shrunk below one CPU for each side.
_LEAST = 2


def within(plan: CpuPlan, quota: CpuQuota | None) -> CpuPlan:
    """Return a plan that fits a quota which both sides share, as a smaller host's plan does.

    Sides that fill no more CPUs than the quota allows are never throttled. Where it allows less
    than a CPU for each side, or the plan pins neither, they can be, and the plan's note says so.
    """
    both = len({*plan.server.cpus, *plan.generator.cpus}) or plan.server_capacity
    if quota is None or quota.cpus >= both:
        return plan
    room = max(1, int(quota.cpus))
    said = f"a CPU quota of {quota.amount} is shared by both sides"
    if not plan.server or not plan.generator:
        fitted = replace(plan, server_capacity=room, generator_capacity=room)
        return _noted(fitted, quota, f"{said}, not pinned: trials can be throttled")
    if both > max(room, _LEAST):
        plan = _shrunk(plan, max(room, _LEAST))
        said = f"{said}: shrunk to it"
    if quota.cpus < len({*plan.server.cpus, *plan.generator.cpus}):
        said = f"{said}, less than their CPUs: trials can be throttled"
    return _noted(plan, quota, said)


def _shrunk(plan: CpuPlan, room: int) -> CpuPlan:
    """Return a plan with the first CPUs of each side, the server having half of all at most."""
    server = CpuSet(plan.server.cpus[: room // 2])
    generator = CpuSet(plan.generator.cpus[: room - len(server)])
    return replace(
        plan,
        server=server,
        generator=generator,
        server_capacity=len(server),
        generator_capacity=len(generator),
    )


def _noted(plan: CpuPlan, quota: CpuQuota, said: str) -> CpuPlan:
    note = "; ".join(part for part in (plan.note, said) if part)
    return replace(plan, note=note, quota=quota.cpus)
