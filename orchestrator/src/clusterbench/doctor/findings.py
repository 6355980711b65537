"""What is missing or would spoil figures, judged from readings. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from clusterbench.plan.cpu_plan import PUBLISHED_CORES

if TYPE_CHECKING:
    from clusterbench.model.topology import Topology

_GIB = 2**30
#: Share of a host's CPUs that others may use before a run is warned.
_BUSY = 0.1
#: Share of one CPU that makes a process worth naming.
_BUSY_PROCESS = 0.1
#: Share of time that a hypervisor gave to others.
_STOLEN = 0.01
_DISK_NEEDED, _DISK_WANTED = _GIB // 4, 2 * _GIB
_MEMORY_NEEDED, _MEMORY_WANTED = 1 * _GIB, 4 * _GIB
_COMPOSE_NEEDED = 2


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


def well(subject: str, found: str) -> Finding:
    """Return a finding that asks for nothing."""
    return Finding(subject=subject, state=State.OK, found=found)


def warn(subject: str, found: str, remedy: str) -> Finding:
    """Return a finding that would spoil figures."""
    return Finding(subject=subject, state=State.WARN, found=found, remedy=remedy)


def missing(subject: str, found: str, remedy: str) -> Finding:
    """Return a finding without whose remedy nothing runs."""
    return Finding(subject=subject, state=State.MISSING, found=found, remedy=remedy)


def cpus(topology: Topology, described: str) -> Finding:
    """Judge the CPUs that may be used: one core cannot keep the two sides apart."""
    usable = len(topology.usable_cores)
    if usable == 1:
        return warn("CPUs", described, "use a host with 2 cores or more: both sides share one")
    if usable < len(topology.cores):
        described = f"{described}; {usable} of the cores may be used"
    if usable < PUBLISHED_CORES:
        described = f"{described}; plans for {PUBLISHED_CORES} cores shrink"
    return well("CPUs", described)


def smt(topology: Topology) -> Finding:
    """Return whether cores have several logical CPUs: plans take one of each."""
    return well("SMT", "on; plans use one CPU of each core" if topology.smt else "off")


def governor(name: str) -> Finding:
    """Judge the frequency governor."""
    if name == "performance":
        return well("governor", name)
    if name == "unknown":
        return well("governor", "not shown by this host")
    return warn("governor", name, "sudo cpupower frequency-set -g performance")


def turbo(on: bool | None) -> Finding:
    """Judge frequency boost, which comes and goes with heat."""
    if on is None:
        return well("turbo", "not shown by this host")
    if on:
        return warn(
            "turbo",
            "on: clocks change with heat and with how many cores are busy",
            "echo 1 | sudo tee /sys/devices/system/cpu/intel_pstate/no_turbo, "
            "or echo 0 | sudo tee /sys/devices/system/cpu/cpufreq/boost",
        )
    return well("turbo", "off")


def virtualisation(found: str) -> Finding:
    """Judge whether another machine's load can be felt here."""
    if found.startswith("virtual"):
        return warn(
            "virtualisation", f"{found}: neighbours can be felt", "trust ratios, or use bare metal"
        )
    return well("virtualisation", found)


def stolen(share: float) -> Finding:
    """Judge the share of CPU time that the hypervisor gave to others since the boot."""
    found = f"{share:.1%} of CPU time went to other machines"
    if share > _STOLEN:
        return warn("steal", found, "use a host of one's own, or more rounds")
    return well("steal", found)


def load(average: float, count: int) -> Finding:
    """Judge the load average of the last minute against the number of CPUs."""
    found = f"load average {average:.2f} on {count} CPUs"
    if average > _BUSY * count:
        return warn("load", found, "wait until the host is idle, or end what keeps it busy")
    return well("load", found)


def busy(shares: dict[str, float]) -> Finding:
    """Judge other processes by their share of one CPU."""
    worst = sorted(((share, name) for name, share in shares.items()), reverse=True)[:3]
    named = [f"{name} ({share:.0%} of a CPU)" for share, name in worst if share > _BUSY_PROCESS]
    if named:
        return warn("other processes", ", ".join(named), "end them while figures are taken")
    return well("other processes", "none is busy")


def disk(free: int, where: str) -> Finding:
    """Judge the free space (bytes) for run folders."""
    found = f"{free / _GIB:.1f} GiB free at {where}"
    remedy = "free some space, or choose another folder (--results)"
    if free < _DISK_NEEDED:
        return missing("disk", found, remedy)
    return warn("disk", found, remedy) if free < _DISK_WANTED else well("disk", found)


def memory(available: int) -> Finding:
    """Judge the memory (bytes) that is available."""
    found = f"{available / _GIB:.1f} GiB available"
    remedy = "end what holds memory: a run needs 1 GiB, and 4 GiB for long open loops"
    if available < _MEMORY_NEEDED:
        return missing("memory", found, remedy)
    return warn("memory", found, remedy) if available < _MEMORY_WANTED else well("memory", found)


def compose(version: str | None) -> Finding:
    """Judge Docker Compose by its version, None where there is none."""
    remedy = "install Docker Compose 2.26 or newer (Debian: docker-compose-v2 or Docker's own)"
    if version is None:
        return missing("compose", "docker compose is not installed", remedy)
    major = version.lstrip("v").split(".", maxsplit=1)[0]
    if major.isdecimal() and int(major) < _COMPOSE_NEEDED:
        return missing("compose", version, remedy)
    return well("compose", version)


def tool(subject: str, found: str | None, remedy: str, *, needed: bool = False) -> Finding:
    """Judge a program by where it is or its version, None where it is not."""
    if found is not None:
        return well(subject, found)
    return (missing if needed else warn)(subject, "not found", remedy)
