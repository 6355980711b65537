"""A profiler beside a server that runs as local processes."""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import HostError, ProfilerFailed
from clusterbench.host import procfs
from clusterbench.host.profilers.profiler import Sampled
from clusterbench.model.cpus import CpuSet
from clusterbench.model.units import Seconds
from clusterbench.runtime.environments import clean_environment
from clusterbench.runtime.process.spawn import spawn

if TYPE_CHECKING:
    from clusterbench.host.profilers.profiler import Profiler

#: A profiler may need so much longer than its window, to start and to write what it saw (s).
_GRACE = 60.0


def sampled(root: int) -> Sampled:
    """Return what a profiler is to know of a process and all that it started."""
    pids = [each.pid for each in procfs.tree(root, procfs.snapshot())]
    return Sampled(
        programs={pid: _program(pid) for pid in pids},
        cpus=CpuSet(tuple(sorted(os.sched_getaffinity(root)))),
    )


def sample(profiler: Profiler, server: Sampled, aside: CpuSet, scratch: Path) -> str | None:
    """Run a profiler to its end; see `port.Server.profile`."""
    if not profiler.suits(server):
        return None
    # py-spy is a dependency of the lab's own: it is beside this Python.
    environment = clean_environment(path=[Path(sys.executable).parent])
    with tempfile.TemporaryDirectory(prefix="profiler-", dir=scratch) as folder:
        printed, said = Path(folder) / "printed", Path(folder) / "said"
        spawned = spawn(
            ("sh", "-c", profiler.script(server)),
            cpus=aside,
            environment=environment,
            folder=Path(folder),
            stdout=printed,
            stderr=said,
        )
        try:
            if not spawned.wait(Seconds(profiler.window + _GRACE)):
                raise ProfilerFailed(f"it did not end within {profiler.window + _GRACE:g} s")
        finally:
            spawned.stop(Seconds(0.0))
        words = said.read_text(encoding="utf-8", errors="replace")
        try:
            spawned.check_pinned(words)
        except HostError as error:
            raise ProfilerFailed(str(error)) from error
        stacks = profiler.fold(server, printed.read_text(encoding="utf-8", errors="replace"))
    if spawned.exit_status or not stacks:
        raise ProfilerFailed(profiler.why(words))
    return stacks


def _program(pid: int) -> str:
    """Return the name of what a process runs; "" where it has ended."""
    try:
        return (procfs.PROC / str(pid) / "exe").readlink().name
    except OSError:
        return ""
