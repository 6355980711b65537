"""What a profiler is to the lab: a shell script out, folded stacks back. It starts nothing.

Folded stacks are lines of `frame;frame;frame count`, the outermost frame first. A frame is
`symbol (module)`: the module is a library's or file's name, or `[kernel]`.
"""

from __future__ import annotations

from collections.abc import Mapping
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
    """A server as a profiler sees it: what each of its processes runs, and on which CPUs.

    `programs` are the names of programs by process id. `contained` says that its files are not
    this place's own; they are below /proc/<process id>/root then.
    """

    programs: Mapping[int, str]
    cpus: CpuSet
    contained: bool = False

    @property
    def python(self) -> int | None:
        """Return the first process that runs Python, or None."""
        return min((pid for pid, name in self.programs.items() if is_python(name)), default=None)


def is_python(program: str) -> bool:
    """Return whether a program's name is Python's."""
    return program.startswith("python")


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


#: Where links to a container's files are, in the profiler's own working folder.
LINKED = "linked"
#: Links to the files that a process has mapped, as they are called there: below LINKED, and where
#: nothing is here by that name, here too.
_LINKS = """sed -n 's/^[^/]* r-xp [^/]*\\(\\/.*\\)$/\\1/p' /proc/{pid}/maps |
sort -u | while read -r file; do
mkdir -p "{linked}${{file%/*}}" "${{file%/*}}"
ln -sf "/proc/{pid}/root$file" "{linked}$file"
[ -e "$file" ] || ln -s "/proc/{pid}/root$file" "$file"
done
"""


def links(server: Sampled) -> str:
    """Return the part of a script that makes a container's files be found; "" where they are."""
    if not server.contained:
        return ""
    return "".join(_LINKS.format(pid=pid, linked=LINKED) for pid in sorted(server.programs))


def folded(stacks: Counter[tuple[str, ...]]) -> str:
    """Return stacks, outermost frame first, as folded lines in a fixed order."""
    lines = sorted((";".join(stack), count) for stack, count in stacks.items())
    return "".join(f"{stack} {count}\n" for stack, count in lines)


def frame(symbol: str, module: str) -> str:
    """Return a frame without what a folded stack cannot hold."""
    cut = symbol if len(symbol) <= _LONGEST else f"{symbol[:_LONGEST]}..."
    return f"{cut} ({module})".replace(";", ":").replace("\n", " ")


def add_frame(stack: list[str], symbol: str, module: str) -> None:
    """Add a frame to a stack; neighbours without names (`?`) in one module become one."""
    found = frame(symbol, module)
    if symbol != "?" or not stack or stack[-1] != found:
        stack.append(found)


def last_line(said: str, otherwise: str) -> str:
    """Return the last line that is not blank."""
    lines = [line.strip() for line in said.splitlines() if line.strip()]
    return lines[-1] if lines else otherwise
