"""perf: samples what runs on the server's CPUs, by their clock, with kernel and user stacks.

It samples CPUs and not processes. Of a server whose threads take turns all the time, perf's timers
per thread see the turns far too often: 63% of the samples in the kernel, where the kernel's own
accounting, and samples per CPU, say 40%. Stacks are unwound by their DWARF tables, which optimised
builds keep, and so nothing is built otherwise than what is measured.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from pathlib import PurePosixPath
from typing import TYPE_CHECKING

from clusterbench.host.profilers.profiler import (
    KERNEL,
    LINKED,
    add_frame,
    folded,
    frame,
    last_line,
    links,
)
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.host.profilers.profiler import Sampled

#: Samples per second of each CPU, and of all together at most: each holds some of the stack.
_RATE, _MOST = 999, 4000
#: Bytes of the stack that each sample keeps, to be unwound afterwards.
_STACK = 8192
#: From here on up is the kernel, on a machine of 64 bits.
_KERNEL_FROM = 1 << 63
_NOWHERE = (1 << 64) - 1
_SAMPLE = re.compile(r"^(?P<thread>\S.*?)\s+(?P<pid>\d+)/\d+\s*$")
_FRAME = re.compile(r"^\s+(?P<address>[0-9a-f]+) (?P<symbol>.+) \((?P<module>.*)\)$")
#: A symbol's version, and the hash at the end of a mangled name of Rust.
_SUFFIX = re.compile(r"@@?[A-Z][\w.]*$|::h[0-9a-f]{16}$")
_PACKAGES = re.compile(r"^.*/(?:site|dist)-packages/")
_REFUSED = re.compile(
    r"perf_event_paranoid|permission|not permitted|Access to performance", re.IGNORECASE
)


class Perf:
    """The adapter of perf, of Linux 5.4 and later."""

    name = "perf"
    window = Seconds(2.0)
    one_at_a_time = False

    def suits(self, server: Sampled) -> bool:  # noqa: ARG002 - any server runs on CPUs
        """Return True: it samples CPUs, whatever runs there."""
        return True

    def script(self, server: Sampled) -> str:
        """Return a script that records for `window` and prints each sample's stack."""
        cpus = server.cpus.cpus
        where = ["-C", ",".join(map(str, cpus))] if cpus else ["-a"]
        rate = min(_RATE, _MOST // max(1, len(cpus)))
        record = shlex.join([
            "perf", "record", "-q", "-e", "cpu-clock", "-F", str(rate), "-B", "-N", "-m", "8M",
            "--call-graph", f"dwarf,{_STACK}", *where, "-o", "perf.data",
            "--", "sleep", f"{self.window:g}",
        ])  # fmt: skip
        files = ["--symfs", LINKED] if server.contained else []
        shown = shlex.join([
            "perf", "script", "-i", "perf.data", "--no-inline", *files,
            "-F", "comm,pid,tid,ip,sym,dso",
        ])  # fmt: skip
        # None of the user's settings.
        return f"{links(server)}export PERF_CONFIG=/dev/null; {record} >&2 && {shown}"

    def fold(self, server: Sampled, printed: str) -> str:
        """Return folded stacks of the samples in which one of the server's processes ran."""
        return folded(Counter(_stacks(server, printed)))

    def why(self, said: str) -> str:
        """Return why it failed: most often the kernel lets only root sample CPUs."""
        if "not found" in said:
            return "perf is not installed (Debian: linux-perf; Ubuntu: linux-tools-generic)"
        if _REFUSED.search(said):
            return (
                "the kernel does not let this user sample CPUs: run as root, or set "
                "kernel.perf_event_paranoid to 0 (sysctl)"
            )
        return last_line(said, "it sampled nothing")


def _stacks(server: Sampled, printed: str) -> Iterator[tuple[str, ...]]:
    """Return each sample's stack, the thread's name first."""
    pids = {str(pid) for pid in server.programs}
    ours, stack = "", list[str]()
    for line in [*printed.splitlines(), ""]:
        if found := _FRAME.match(line):
            if ours:
                _add(stack, found["address"], found["symbol"], found["module"])
            continue
        if ours and stack:
            yield (ours, *reversed(stack))
        sample = _SAMPLE.match(line)
        ours = frame(sample["thread"], "thread") if sample and sample["pid"] in pids else ""
        stack = []


def _add(stack: list[str], address: str, symbol: str, module: str) -> None:
    """Add a caller to a stack."""
    at = int(address, 16)
    if at == _NOWHERE:
        return
    named = "?" if symbol == "[unknown]" else _SUFFIX.sub("", symbol)
    add_frame(stack, named, KERNEL if at >= _KERNEL_FROM else _short(module))


def _short(module: str) -> str:
    """Return a library's name: below site-packages with its folders, else its file's."""
    inside = _PACKAGES.sub("", module)
    return inside if inside != module else PurePosixPath(module).name
