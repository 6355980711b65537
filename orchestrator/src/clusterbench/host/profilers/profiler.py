"""What a profiler is to the lab: a shell script out, folded stacks back. It starts nothing.

Folded stacks are lines of `frame;frame;frame count`, the outermost frame first. A frame is
`symbol (module)`: the module is a library's or file's name, or `[kernel]`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from clusterbench.model.cpus import CpuSet

if TYPE_CHECKING:
    from collections import Counter

    from clusterbench.model.units import Seconds

#: The module of the kernel's own frames.
KERNEL = "[kernel]"
#: A longer symbol, as generic code has them, is cut.
_LONGEST = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Sampled:
    """A server as a profiler sees it: its processes, the first of them, and the CPUs it runs on.

    `programs` are the names of what the processes run. `root` is where the server's files are,
    where they are not this host's own.
    """

    pids: tuple[int, ...]
    cpus: CpuSet
    programs: frozenset[str]
    root: str = ""

    @property
    def python(self) -> bool:
        """Return whether Python runs in any of its processes."""
        return any(program.startswith("python") for program in self.programs)


class Profiler(Protocol):
    """A program that samples stacks. Each adapter is a pure translation, and holds no state.

    `window` is how long it samples (s). `one_at_a_time` asks for a load of a single request in
    flight in place of one that saturates the server.
    """

    name: str
    window: Seconds
    one_at_a_time: bool

    def suits(self, server: Sampled) -> bool:
        """Return whether it shows anything of such a server."""

    def script(self, server: Sampled) -> str:
        """Return a script for sh that samples for `window` and prints what `fold` reads."""

    def fold(self, server: Sampled, printed: str) -> str:
        """Return folded stacks of the server's samples, "" where there are none."""

    def why(self, said: str) -> str:
        """Return in one line why it failed, and what to do, from what it said on standard error."""


def folded(stacks: Counter[tuple[str, ...]]) -> str:
    """Return stacks, outermost frame first, as folded lines in a fixed order."""
    lines = sorted((";".join(stack), count) for stack, count in stacks.items())
    return "".join(f"{stack} {count}\n" for stack, count in lines)


def frame(symbol: str, module: str) -> str:
    """Return a frame without what a folded stack cannot hold."""
    cut = symbol if len(symbol) <= _LONGEST else f"{symbol[:_LONGEST]}..."
    return f"{cut} ({module})".replace(";", ":").replace("\n", " ")


def last_line(said: str, otherwise: str) -> str:
    """Return the last line that is not blank."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else otherwise
