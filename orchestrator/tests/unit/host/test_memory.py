from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.host import memory

if TYPE_CHECKING:
    from pathlib import Path


def test_the_least_of_all_limits_on_memory_counts(tmp_path: Path) -> None:
    meminfo, limit, none = (tmp_path / name for name in ("meminfo", "limit", "none"))
    meminfo.write_text("MemTotal: 9 kB\nMemAvailable:   2048 kB\n")
    none.write_text("max\n")
    assert memory.available(meminfo=meminfo, limits=[none]) == 2048 * 1024
    limit.write_text("1000\n")
    assert memory.available(meminfo=meminfo, limits=[limit, none]) == 1000
    assert memory.available(10, meminfo=meminfo, limits=[limit]) == 10
