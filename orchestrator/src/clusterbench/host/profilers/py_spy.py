"""py-spy: which Python code runs, of which perf sees the interpreter alone.

It stops a server's threads one after the other. Where many wait for the interpreter's lock, those
that are not stopped yet run on until they wait too, and what is seen is the waiting: of a
saturated scikit-learn server it shows a third of the model's share. With one request in flight
one thread runs at a time, and it is seen where it is.
"""

from __future__ import annotations

import re
import shlex
from collections import Counter
from typing import TYPE_CHECKING

from clusterbench.host.profilers.profiler import add_frame, folded, last_line, links
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from clusterbench.host.profilers.profiler import Sampled

_RATE = 250
_LINE = re.compile(r"^(?P<stack>.+) (?P<count>\d+)$")
_FRAME = re.compile(r"^(?P<symbol>.+) \((?P<module>[^()]+)\)$")
_ADDRESS = re.compile(r"^0x[0-9a-f]+$")
_LINE_NUMBER = re.compile(r":\d+$")
#: Above the stack with --subprocesses.
_PROCESS = "process "
_REFUSED = re.compile(r"permission denied|operation not permitted|as root", re.IGNORECASE)


class PySpy:
    """The adapter of py-spy, of 0.4 and later."""

    name = "py-spy"
    window = Seconds(5.0)
    one_at_a_time = True

    def suits(self, server: Sampled) -> bool:
        """Return whether it is a Python server."""
        return server.python is not None

    def script(self, server: Sampled) -> str:
        """Return a script that samples the thread with the interpreter's lock, for `window`."""
        sample = shlex.join([
            "record", "--gil", "--subprocesses", "--rate", str(_RATE),
            "--duration", f"{self.window:g}", "--format", "raw", "--output", "stacks",
            "--pid", str(server.python),
        ])  # fmt: skip
        return f"{links(server)}py-spy {sample} --native >&2 && cat stacks"

    def fold(self, server: Sampled, printed: str) -> str:  # noqa: ARG002 - all are the server's
        """Return folded stacks, without line numbers and addresses."""
        stacks: Counter[tuple[str, ...]] = Counter()
        for line in printed.splitlines():
            if found := _LINE.match(line):
                stacks[_stack(found["stack"])] += int(found["count"])
        stacks.pop((), None)
        return folded(stacks)

    def why(self, said: str) -> str:
        """Return why it failed: most often the kernel lets only root look into processes."""
        if "not found" in said:
            return "py-spy is not installed; ./lab brings it"
        if _REFUSED.search(said):
            return (
                "the kernel does not let this user look into other processes: run as root, or "
                "set kernel.yama.ptrace_scope to 0 (sysctl)"
            )
        return last_line(said, "it sampled nothing")


def _stack(text: str) -> tuple[str, ...]:
    """Return a stack's frames."""
    stack: list[str] = []
    for each in text.split(";"):
        found = _FRAME.match(each)
        if found is None or each.startswith(_PROCESS):
            continue
        named = "?" if _ADDRESS.match(found["symbol"]) else found["symbol"]
        add_frame(stack, named, _LINE_NUMBER.sub("", found["module"]))
    return tuple(stack)
