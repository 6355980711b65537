"""Which CPUs each side of a measurement gets, as data. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class CpuSet:
    """Logical CPUs by number, ascending. Empty means not pinned."""

    cpus: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "cpus", tuple(sorted(set(self.cpus))))

    def __str__(self) -> str:
        """Write the set as the kernel does: `0-3,8`; `unpinned` when empty."""
        if not self.cpus:
            return "unpinned"
        ranges: list[list[int]] = []
        for cpu in self.cpus:
            if ranges and ranges[-1][1] == cpu - 1:
                ranges[-1][1] = cpu
            else:
                ranges.append([cpu, cpu])
        return ",".join(f"{a}" if a == b else f"{a}-{b}" for a, b in ranges)

    def __len__(self) -> int:
        return len(self.cpus)

    def __bool__(self) -> bool:
        return bool(self.cpus)


@dataclass(frozen=True, slots=True)
class CpuQuota:
    """A bound on CPU time: that of so many CPUs, whichever they are. `where` is its cgroup."""

    cpus: float
    where: str

    def __str__(self) -> str:
        """Write it with its place: `0.5 CPUs (cgroup /ci/pod)`."""
        return f"{self.amount} (cgroup {self.where})"

    @property
    def amount(self) -> str:
        """Write how much it is: `0.5 CPUs`."""
        return f"{self.cpus:g} CPU{'' if self.cpus == 1 else 's'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuPlan:
    """Which CPUs each side gets, and why.

    `server_capacity` and `generator_capacity` are how many CPUs a side can fill: the size of
    its set, or the whole host where it is not pinned. `note` says how the plan was shrunk.
    `quota` is the CPU time that both sides share (in CPUs), None where that is not bounded, or
    not known before they run.
    """

    name: str
    server: CpuSet
    generator: CpuSet
    server_capacity: int
    generator_capacity: int
    asked: str
    note: str = ""
    quota: float | None = None

    @property
    def shared(self) -> bool:
        """Return whether server and load generator shared CPUs, and so took them from each other.

        Not pinned, both have all of the host's.
        """
        server, generator = self.server, self.generator
        return not server or not generator or bool({*server.cpus} & {*generator.cpus})

    def __str__(self) -> str:
        """Return in one line which plan was asked for, and what it became."""
        got = f"server on {self.server}, generator on {self.generator}"
        return f"CPU plan {self.name} ({self.asked}): {got}" + (
            f"; {self.note}" if self.note else ""
        )
