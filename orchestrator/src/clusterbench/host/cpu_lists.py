"""Lists of CPUs as the kernel writes them, and groups of CPUs made from such lists."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clusterbench.host.procfs import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from clusterbench.model.topology import Cpus


def parse_cpus(text: str) -> Cpus:
    """Read a list as the kernel writes it: `0-3,8` is (0, 1, 2, 3, 8)."""
    cpus: set[int] = set()
    for first, last in re.findall(r"(\d+)(?:-(\d+))?", text):
        cpus.update(range(int(first), int(last or first) + 1))
    return tuple(sorted(cpus))


def read_cpus(path: Path) -> Cpus:
    """Read a file that holds such a list; empty where it cannot be read."""
    return parse_cpus(read_text(path))


def merged(there: Iterable[int], lists: Iterable[Cpus]) -> tuple[Cpus, ...]:
    """Return disjoint groups of the CPUs that are there: lists that overlap become one group."""
    online = set(there)
    groups: list[set[int]] = []
    for each in dict.fromkeys(lists):
        group, apart = online.intersection(each), []
        for other in groups:
            if group & other:
                group |= other
            else:
                apart.append(other)
        groups = [*apart, group] if group else apart
    return tuple(sorted(tuple(sorted(group)) for group in groups))


def with_rest(there: Cpus, lists: Iterable[Cpus]) -> tuple[Cpus, ...]:
    """Return disjoint groups that hold all CPUs that are there; those of no list are the last."""
    groups = merged(there, lists)
    listed = {cpu for group in groups for cpu in group}
    rest = tuple(cpu for cpu in there if cpu not in listed)
    return (*groups, rest) if rest else groups
