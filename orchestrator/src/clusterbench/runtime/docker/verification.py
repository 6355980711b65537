"""Looks whether an engine applied what it was asked: a limit that it drops shows in no error.

An engine without the controllers (rootless without delegation), or a sandboxing runtime, starts a
container without its CPU set or memory limit and only warns. So what was started is asked, and the
kernel where its cgroup files or its process can be seen from here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterbench.errors import HostError
from clusterbench.host import cgroup
from clusterbench.host.cpu_lists import parse_cpus
from clusterbench.host.procfs import PROC, fields, read_text
from clusterbench.model.cpus import CpuSet

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from docker.models.containers import Container

    from clusterbench.model.cpus import CpuQuota
    from clusterbench.model.topology import Cpus
    from clusterbench.model.units import Bytes

#: The kernel rounds a memory limit to its pages, the largest of which have so many bytes.
_PAGE = 64 * 1024
#: What an engine says of its controllers, and which limits need them.
_CONTROLLERS = {"CPUSet": "CPU sets", "CpuCfsQuota": "CPU quotas", "MemoryLimit": "memory limits"}
_NEEDED = ("CPUSet", "MemoryLimit")
_REMEDY = (
    "the engine drops this limit: see `docker info` for its warnings, delegate the controllers to "
    "it (rootless), or use --runtime process"
)


def verify(container: Container, cpus: CpuSet, memory: Bytes | None, proc: Path = PROC) -> None:
    """Compare what a started container was asked for with what it got; `memory` is in bytes.

    Of limits that figures depend on: its CPUs, its memory, no CPU quota of its own, no health check
    in its account. Raises HostError naming the limit, what was asked and what is.
    """
    container.reload()
    wrong = [
        *_of_engine(container.attrs, cpus, memory),
        *_of_kernel(container, cpus, memory, proc),
    ]
    if wrong:
        raise HostError(f"{container.name}: {'; '.join(dict.fromkeys(wrong))}: {_REMEDY}")


def missing_limits(info: Mapping[str, Any]) -> list[str]:
    """Return the limits that an engine says it cannot apply, of those that figures depend on."""
    return [_CONTROLLERS[name] for name in _NEEDED if info.get(name) is False]


def engine_warnings(info: Mapping[str, Any]) -> list[str]:
    """Return what an engine warns of itself, a line each."""
    return [" ".join(str(line).split()) for line in info.get("Warnings") or ()]


def limit_warnings(info: Mapping[str, Any], quota: CpuQuota | None) -> list[str]:
    """Return what to say before a run of an engine's limits, and of a quota over what it starts."""
    found = [f"engine: it warns: {line}" for line in engine_warnings(info) if about_limits(line)]
    if quota:
        found.append(
            f"CPU quota: {quota} over all that the engine starts: both sides share it, and trials "
            "are marked as throttled where it holds one back; take it away (cgroup-parent in "
            "daemon.json, CPUQuota=), or raise it"
        )
    return found


def about_limits(warning: str) -> bool:
    """Return whether a warning of an engine is about what bounds CPU time or memory."""
    words = warning.lower()
    return any(word in words for word in ("cpu", "cfs", "memory limit", "cgroup"))


def _of_engine(attrs: Mapping[str, Any], cpus: CpuSet, memory: int | None) -> Iterator[str]:
    """Return where what the engine kept of a container is not what it was asked."""
    kept = attrs.get("HostConfig") or {}
    got = CpuSet(parse_cpus(str(kept.get("CpusetCpus") or "")))
    if got != cpus:
        yield _differs("CPU set", cpus, got)
    if (limit := int(kept.get("Memory") or 0)) != (memory or 0):
        yield _differs("memory limit", memory or "none", limit or "none")
    quota = max(int(kept.get("NanoCpus") or 0) / 1e9, _cfs(kept))
    if quota > 0:
        yield _differs("CPU quota", "none", f"{quota:g} CPUs")
    test: Sequence[str] = ((attrs.get("Config") or {}).get("Healthcheck") or {}).get("Test") or ()
    if test and test[0] != "NONE":
        yield _differs("health check", "none", " ".join(test))


def _cfs(kept: Mapping[str, Any]) -> float:
    return int(kept.get("CpuQuota") or 0) / (int(kept.get("CpuPeriod") or 0) or 100_000)


def _of_kernel(container: Container, cpus: CpuSet, memory: int | None, proc: Path) -> Iterator[str]:
    """Return where what the kernel applies is not what was asked, as far as that is seen here."""
    found = cgroup.find(container.id)
    got = found.cpus() if found else ()
    got = got or _allowed(container, proc)
    if cpus and got and got != cpus.cpus:
        yield _differs("CPU set", cpus, f"{CpuSet(got)} by the kernel")
    limit = found.memory_limit() if found else None
    if found is None or memory is None or not found.memory.exists():
        return  # not seen from here, or ended by now
    if limit is None or abs(limit - memory) >= _PAGE:
        yield _differs("memory limit", memory, f"{limit or 'none'} by the kernel")


def _allowed(container: Container, proc: Path) -> Cpus:
    """Return the CPUs of a container's first process; none where it is not seen from here."""
    process = proc / str((container.attrs.get("State") or {}).get("Pid") or "none")
    if container.id not in read_text(process / "cgroup"):
        return ()  # of another PID namespace, or in a cgroup namespace: this may be any process
    return parse_cpus(fields(read_text(process / "status")).get("Cpus_allowed_list", ""))


def _differs(limit: str, asked: object, got: object) -> str:
    return f"{limit}: {asked} was asked for, and it is {got}"
