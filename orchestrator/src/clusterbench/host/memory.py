"""How much memory may be used here."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.host.procfs import fields, size

if TYPE_CHECKING:
    from collections.abc import Iterable

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
    if free := size(fields(meminfo.read_text()).get("MemAvailable", "")):
        bounds.append(free)
    for path in limits:
        text = path.read_text().strip() if path.is_file() else ""
        if text.isdecimal():
            bounds.append(int(text))
    return min(bounds)
