"""The kinds of core in one machine: P and E cores, big and little ones, and which is the fastest.

Signs of a kind, the strongest first: Intel's lists of its performance counters, the capacity that
the kernel's scheduler counts with, the part of an ARM core, and the highest frequency. The last
is weak, since the best cores of one kind are clocked a little higher: only a wide gap counts.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.host.cpu_lists import read_cpus
from clusterbench.host.procfs import read_text
from clusterbench.model.topology import CoreKind

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

    from clusterbench.model.topology import Cpus

#: Folders of /sys/devices that list the CPUs of a kind, and Intel's names of the kinds.
_LISTS = {"cpu_core": "P", "cpu_atom": "E", "cpu_lowpower": "LP-E"}
#: Values so much lower than the next higher one (a share of it) are those of another kind.
_CAPACITY_GAP, _FREQUENCY_GAP = 0.9, 0.8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Signs:
    """What tells a core's kind; a sign that not every core shows is 0 or empty for all."""

    named: str
    capacity: int
    part: str
    frequency: int

    @property
    def words(self) -> tuple[str, ...]:
        """Return each sign in words, in the order in which they name a kind."""
        return (
            self.named,
            f"of capacity {self.capacity}" if self.capacity else "",
            f"of part {self.part}" if self.part else "",
            f"at {self.frequency / 1e6:.1f} GHz" if self.frequency else "",
        )

    @property
    def slowness(self) -> tuple[int, int, int]:
        """Return what puts the fastest kind first."""
        order = [*_LISTS.values(), ""]
        return order.index(self.named), -self.capacity, -self.frequency


def read_kinds(root: Path, cores: Sequence[Cpus]) -> tuple[CoreKind, ...]:
    """Read the kinds of these cores below /sys/devices/system, the fastest first.

    There is one, without a name, where the kernel shows no difference.
    """
    kinds: defaultdict[_Signs, list[int]] = defaultdict(list)
    for core, signs in zip(cores, _read_signs(root, cores), strict=True):
        kinds[signs] += core
    ordered = sorted(kinds.items(), key=lambda kind: (kind[0].slowness, kind[1]))
    names = _names([signs for signs, _ in ordered])
    return tuple(
        CoreKind(name=name, cpus=tuple(sorted(cpus)))
        for name, (_, cpus) in zip(names, ordered, strict=True)
    )


def _read_signs(root: Path, cores: Sequence[Cpus]) -> list[_Signs]:
    firsts = [core[0] for core in cores]
    folders = [root / "cpu" / f"cpu{cpu}" for cpu in firsts]
    lists = {word: read_cpus(root.parent / name / "cpus") for name, word in _LISTS.items()}
    named = [next((word for word, cpus in lists.items() if cpu in cpus), "") for cpu in firsts]
    capacities = _known(_number(folder / "cpu_capacity") for folder in folders)
    parts = [_part(read_text(folder / "regs/identification/midr_el1")) for folder in folders]
    frequencies = _known(_number(folder / "cpufreq/cpuinfo_max_freq") for folder in folders)
    shown = [*zip(named, parts if all(parts) else [""] * len(parts), strict=True)]
    signs = zip(
        shown,
        _classes(shown, capacities, _CAPACITY_GAP),
        _classes(shown, frequencies, _FREQUENCY_GAP),
        strict=True,
    )
    return [
        _Signs(named=name, capacity=capacity, part=part, frequency=frequency)
        for (name, part), capacity, frequency in signs
    ]


def _number(path: Path) -> int:
    text = read_text(path).strip()
    return int(text) if text.isdecimal() else 0


def _known(values: Iterable[int]) -> list[int]:
    """Return the values, or zeros where one is not known: nothing can be compared then."""
    found = list(values)
    return found if all(found) else [0] * len(found)


def _part(midr: str) -> str:
    """Return who made an ARM core, and which part it is, from its main ID register."""
    try:
        register = int(midr, 16)
    except ValueError:
        return ""
    return f"0x{register >> 24 & 0xFF:02x}:0x{register >> 4 & 0xFFF:03x}"


def _classes(among: Sequence[object], values: Sequence[int], gap: float) -> list[int]:
    """Replace each value by the highest of those that no gap divides it from.

    `among` says of each value with which others it is compared: those of the same.
    """
    highest: dict[tuple[object, int], int] = {}
    for group in set(among):
        top = last = 0
        for value in sorted({v for a, v in zip(among, values, strict=True) if a == group})[::-1]:
            top = value if value < last * gap or not last else top
            highest[group, value] = top
            last = value
    return [highest[each] for each in zip(among, values, strict=True)]


def _names(kinds: Sequence[_Signs]) -> list[str]:
    """Name kinds by as few of their signs as tell each from all others."""
    words: list[list[str]] = [[] for _ in kinds]
    for column in zip(*(signs.words for signs in kinds), strict=True):
        now = [tuple(each) for each in words]
        for place, name in enumerate(now):
            alike = {column[other] for other, its in enumerate(now) if its == name}
            if len(alike) > 1 and column[place]:
                words[place].append(column[place])
    return [" ".join(each) or ("other" if len(kinds) > 1 else "") for each in words]
