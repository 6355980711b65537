"""What is missing or would spoil figures, judged from readings. No I/O here."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from clusterbench.model.numbers import plural
from clusterbench.plan import cpu_plan
from clusterbench.plan.cpu_plan import PUBLISHED_CORES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.model.cpus import CpuQuota
    from clusterbench.model.topology import Topology

_GIB = 2**30
#: Share of a host's CPU time that others may use before a run is warned.
_BUSY = 0.1
#: Share of one CPU that makes a process worth naming.
_BUSY_PROCESS = 0.1
#: Share of time that a hypervisor gave to others.
_STOLEN = 0.01
_DISK_NEEDED, _DISK_WANTED = _GIB // 4, 2 * _GIB
_MEMORY_NEEDED, _MEMORY_WANTED = 1 * _GIB, 4 * _GIB
_COMPOSE_NEEDED = 2
_BOTH_SIDES = 2
_NOT_SHOWN = "not shown by this host"


class State(StrEnum):
    """How a finding stands: well, spoiling figures, or making the run impossible."""

    OK = "ok"
    WARN = "warn"
    MISSING = "missing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One thing looked at: what was found, and what to do unless it is well."""

    subject: str
    state: State
    found: str
    remedy: str = ""


def judge(
    subject: str, found: str, remedy: str = "", *, warn: bool = False, missing: bool = False
) -> Finding:
    """Return a finding: `missing` where nothing runs without its remedy, else `warn` or well."""
    state = State.MISSING if missing else State.WARN if warn else State.OK
    return Finding(
        subject=subject, state=state, found=found, remedy="" if state is State.OK else remedy
    )


def cpus(topology: Topology, described: str) -> Finding:
    """Judge the CPUs that may be used: one core cannot keep the two sides apart."""
    usable = len(topology.usable_cores)
    if 1 < usable < len(topology.cores):
        described = f"{described}; {usable} of the cores may be used"
    if 1 < usable < PUBLISHED_CORES:
        described = f"{described}; plans for {PUBLISHED_CORES} cores shrink"
    remedy = "use a host with 2 cores or more: both sides share one"
    return judge("CPUs", described, remedy, warn=usable == 1)


def placement(topology: Topology) -> Finding:
    """Judge where CPU plans put the two sides: on one kind of core, one package, one NUMA node."""
    plans: defaultdict[str, list[str]] = defaultdict(list)
    for name in cpu_plan.PLANS:
        if notes := cpu_plan.uneven(topology, cpu_plan.plan(name, topology)):
            plans[", ".join(notes)].append(name)
    uneven = "; ".join(f"{', '.join(names)}: {notes}" for notes, names in plans.items())
    return judge(
        "CPU plans",
        uneven or "each on one kind of core, one package, one NUMA node",
        "compare figures of one plan on this host only, or use a plan (--plan) that is not listed",
        warn=bool(uneven),
    )


def quota(found: CpuQuota | None, count: int, runtime: str) -> Finding:
    """Judge the CPU quota of this process, which has `count` CPUs; servers share it as processes.

    Plans shrink to a quota of two CPUs or more, and nothing is throttled then.
    """
    if found is None or found.cpus >= count:
        return judge("CPU quota", f"{found}, not less than its CPUs" if found else "none")
    said = f"{found.amount} for this process (cgroup {found.where})"
    if runtime != "process":
        return judge("CPU quota", f"{said}; containers are not in it")
    if found.cpus >= _BOTH_SIDES:
        return judge("CPU quota", f"{said}; plans shrink to it, and unpinned ones are throttled")
    remedy = (
        "give the job 2 CPUs or more (--cpus, CPUQuota=, resources.limits.cpu), or take the quota "
        "away"
    )
    return judge("CPU quota", f"{said}; figures would be throttled", remedy, warn=True)


def engine_quota(found: CpuQuota | None) -> Finding:
    """Judge the CPU quota over what an engine starts: both sides share it."""
    said = f"{found} over all that the engine starts" if found else "none seen"
    remedy = "take the quota away (cgroup-parent in daemon.json, CPUQuota=, --cpus), or raise it"
    return judge("engine's quota", said, remedy, warn=found is not None)


def engine_warning(text: str) -> Finding:
    """Repeat what an engine warns of itself, such as a limit that it does not apply."""
    said = text.removeprefix("WARNING:").strip()
    remedy = "see the engine's documentation; figures need CPU sets and memory limits to work"
    return judge("engine", f"it warns: {said}", remedy, warn=True)


def engine_limits(missing: Sequence[str]) -> Finding:
    """Judge the limits that an engine says it cannot apply: figures depend on each."""
    found = f"cannot apply {' and '.join(missing)}" if missing else "applied"
    remedy = (
        "mount and delegate these controllers to it (rootless: systemd's Delegate=cpu cpuset io "
        "memory pids), or use --runtime process"
    )
    return judge("engine's limits", found, remedy, missing=bool(missing))


def smt(topology: Topology) -> Finding:
    """Return whether cores have several logical CPUs: plans take one of each."""
    if not topology.smt:
        return judge("SMT", "off")
    several = sum(len(core) > 1 for core in topology.cores)
    on = "on" if several == len(topology.cores) else f"on for {plural(several, 'core')}"
    return judge("SMT", f"{on}; plans use one CPU of each core")


def governor(name: str) -> Finding:
    """Judge the frequency governor."""
    if name == "unknown":
        return judge("governor", _NOT_SHOWN)
    remedy = "sudo cpupower frequency-set -g performance"
    return judge("governor", name, remedy, warn=name != "performance")


def turbo(on: bool | None) -> Finding:
    """Judge frequency boost, which comes and goes with heat."""
    if not on:
        return judge("turbo", _NOT_SHOWN if on is None else "off")
    return judge(
        "turbo",
        "on: clocks change with heat and with how many cores are busy",
        "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo, "
        "or echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost",
        warn=True,
    )


def virtualisation(found: str) -> Finding:
    """Judge whether another machine's load can be felt here."""
    virtual = found.startswith("virtual")
    said = f"{found}: neighbours can be felt" if virtual else found
    return judge("virtualisation", said, "trust ratios, or use bare metal", warn=virtual)


def counters(offered: bool) -> Finding:
    """Report whether the CPUs count instructions: nothing else needs that."""
    without = "none offered by this kernel: --counters gives context switches alone"
    return judge("hardware counters", "offered" if offered else without)


def stolen(share: float) -> Finding:
    """Judge the share of CPU time that the hypervisor gave to others since the boot."""
    found = f"{share:.1%} of CPU time went to other machines"
    return judge("steal", found, "use a host of one's own, or more rounds", warn=share > _STOLEN)


def load(busy: float | None, average: float) -> Finding:
    """Judge the share of all CPUs' time that is used now; the load average is told beside it.

    The average of the last minute has in it what has ended, a build or the run before, so that it
    alone says nothing of the figures to come. Unknown (None) where the kernel does not tell.
    """
    now = "CPU use is not shown by this host" if busy is None else f"CPUs are {busy:.0%} busy now"
    remedy = "wait until the host is idle, or end what keeps it busy"
    found = f"{now}; load average {average:.2f}"
    return judge("load", found, remedy, warn=busy is not None and busy > _BUSY)


def busy(shares: dict[str, float]) -> Finding:
    """Judge other processes by their share of one CPU."""
    worst = sorted(((share, name) for name, share in shares.items()), reverse=True)[:3]
    named = [f"{name} ({share:.0%} of a CPU)" for share, name in worst if share > _BUSY_PROCESS]
    found = ", ".join(named) or "none is busy"
    return judge("other processes", found, "end them while figures are taken", warn=bool(named))


def disk(free: int, where: str) -> Finding:
    """Judge the free space (bytes) for run folders."""
    return judge(
        "disk",
        f"{free / _GIB:.1f} GiB free at {where}",
        "free some space, or choose another folder (--results)",
        warn=free < _DISK_WANTED,
        missing=free < _DISK_NEEDED,
    )


def memory(available: int) -> Finding:
    """Judge the memory (bytes) that is available."""
    return judge(
        "memory",
        f"{available / _GIB:.1f} GiB available",
        "end what holds memory: a run needs 1 GiB, and 4 GiB for long open loops",
        warn=available < _MEMORY_WANTED,
        missing=available < _MEMORY_NEEDED,
    )


def engine(about: Mapping[str, str], kernel: str) -> Finding:
    """Judge the engine: where it was found, whose users its containers have, and on which kernel.

    `kernel` is this host's: where the engine's is another, all other findings are not of runs.
    """
    users = f", users {about['users']}" if "users" in about else ""
    found = f"Docker {about['engine']}, cgroup {about['cgroup']}{users}, at {about['endpoint']}"
    other = about["kernel"] != kernel
    if other:
        found += f", in a virtual machine (kernel {about['kernel']}, here {kernel})"
    remedy = "look from there: docker compose run --rm orchestrator doctor"
    return judge("engine", found, remedy, warn=other)


def compose(version: str | None) -> Finding:
    """Judge Docker Compose by its version, None where there is none."""
    found = version or "docker compose is not installed"
    major = found.lstrip("v").split(".", maxsplit=1)[0]
    old = major.isdecimal() and int(major) < _COMPOSE_NEEDED
    remedy = "install Docker Compose 2.26 or newer (Debian: docker-compose-v2 or Docker's own)"
    return judge("compose", found, remedy, missing=version is None or old)


def tool(subject: str, found: object, remedy: str, *, needed: bool = False) -> Finding:
    """Judge a program by where it is or its version, None where it is not."""
    there = found is not None
    return judge(
        subject, str(found) if there else "not found", remedy, warn=not there,
        missing=needed and not there,
    )  # fmt: skip
