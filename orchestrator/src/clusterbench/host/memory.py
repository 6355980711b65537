"""How much memory a pass may use here, and whether its data fits."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import HostError
from clusterbench.plan import training_passes as plan

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterbench.model.training import Shape

#: This container's limit under cgroup version 2 and 1, as seen from inside.
_LIMITS = (
    Path("/sys/fs/cgroup/memory.max"),
    Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"),
)
_MEMINFO = Path("/proc/meminfo")


def available(
    limit: int | None = None, *, meminfo: Path = _MEMINFO, limits: Iterable[Path] = _LIMITS
) -> int:
    """Return the memory that may be used (bytes): what is available, under every limit."""
    bounds = [limit] if limit else []
    for line in meminfo.read_text().splitlines():
        name, _, value = line.partition(":")
        if name == "MemAvailable":
            bounds.append(int(value.split()[0]) * 1024)
    for path in limits:
        text = path.read_text().strip() if path.is_file() else ""
        if text.isdecimal():
            bounds.append(int(text))
    return min(bounds)


def fitting(shapes: Iterable[Shape], main: Shape, there: int) -> tuple[Shape, ...]:
    """Return the shapes that fit; where the main one does not, a HostError says what would."""
    needed = plan.memory(main)
    if needed > there:
        most = plan.most_points(main, there)
        raise HostError(
            f"--points {main.points}, --features {main.features}: training needs about "
            f"{_gib(needed)} GiB of memory, and {_gib(there)} GiB may be used here; "
            + (
                f"{most:,} points of {main.features} features would fit"
                if most
                else "not even one point would fit: give it more memory"
            )
        )
    return tuple(shape for shape in shapes if plan.memory(shape) <= there)


def _gib(size: int) -> str:
    return f"{size / 2**30:.1f}"
