"""A tree of processes read from /proc: who belongs to it, what it used."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.model.execution import Unknown, Usage
from clusterbench.model.units import Bytes, Seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

PROC = Path("/proc")
_SHARED = Unknown("local processes have no cgroup of their own, whose pressure (PSI) could be read")
_TICKS = os.sysconf("SC_CLK_TCK")
#: CPUCLOCK_SCHED in the kernel's include/linux/posix-timers.h: a process's CPU time, in ns.
_CPUCLOCK_SCHED = 2
#: A stat line has a name of 64 bytes at most, and 51 numbers.
_LONGEST_STAT = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Process:
    """One line of /proc/<pid>/stat: who it is, and what its reaped children used (s)."""

    pid: int
    parent: int
    session: int
    own: Seconds
    reaped: Seconds


def read_text(path: Path) -> str:
    """Return what a file of the kernel says, or "" where it cannot be read."""
    try:
        return path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return ""


def parse_stat(text: str) -> Process:
    """Read a stat line; a command's name may hold blanks and parentheses."""
    head, _, tail = text.rpartition(")")
    fields = tail.split()
    return Process(
        pid=int(head.split("(", 1)[0]),
        parent=int(fields[1]),
        session=int(fields[3]),
        own=Seconds((int(fields[11]) + int(fields[12])) / _TICKS),
        reaped=Seconds((int(fields[13]) + int(fields[14])) / _TICKS),
    )


def parse_memory(status: str) -> tuple[Bytes, Bytes]:
    """Return memory in use and its peak from /proc/<pid>/status; 0 for a process that has ended."""
    sizes = fields(status)
    return size(sizes.get("VmRSS", "")), size(sizes.get("VmHWM", ""))


def fields(text: str) -> dict[str, str]:
    """Return what `name: value` lines say, the first of each name."""
    found: dict[str, str] = {}
    for line in text.splitlines():
        name, colon, value = line.partition(":")
        if colon:
            found.setdefault(name.strip(), value.strip())
    return found


def size(value: str) -> Bytes:
    """Read a size as the kernel writes it, `16384 kB`; 0 for anything else."""
    number = value.partition(" ")[0]
    return Bytes(int(number) * 1024 if number.isdecimal() else 0)


def tree(root: int, processes: Mapping[int, Process]) -> list[Process]:
    """Return the process `root`, its descendants, and whoever else is in the session it leads."""
    members = {root} | {p.pid for p in processes.values() if p.session == root}
    grown = True
    while grown:
        more = {p.pid for p in processes.values() if p.parent in members} - members
        members |= more
        grown = bool(more)
    return [processes[pid] for pid in sorted(members) if pid in processes]


def snapshot(proc: Path = PROC) -> Mapping[int, Process]:
    """Read every process there is."""
    found: dict[int, Process] = {}
    with os.scandir(proc) as entries:
        for entry in entries:
            if entry.name.isdecimal():
                try:
                    process = parse_stat(_read(f"{entry.path}/stat"))
                except OSError:
                    continue  # it ended while we looked
                found[process.pid] = process
    return found


def _read(path: str) -> str:
    """Read one short file of the kernel; of hundreds of processes, files as objects take ms."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        return os.read(descriptor, _LONGEST_STAT).decode("utf-8", "replace")
    finally:
        os.close(descriptor)


def usage(root: int) -> Usage:
    """Read what the tree of `root` has used so far, of reaped children too.

    Memory that processes share counts once for each of them.
    """
    members = tree(root, snapshot())
    # Listing every process of a host takes milliseconds, reading the clocks microseconds.
    before = time.monotonic()
    cpu = sum(process.reaped + _cpu(process) for process in members)
    after = time.monotonic()
    memory, peak = 0, 0
    for process in members:
        try:
            used, most = parse_memory((PROC / str(process.pid) / "status").read_text())
        except OSError:
            continue
        memory += used
        peak += most
    return Usage(
        at=(before + after) / 2,
        cpu=Seconds(cpu),
        memory=Bytes(memory),
        peak_memory=Bytes(peak),
        pressure=_SHARED,
    )


def _cpu(process: Process) -> float:
    """Return a process's own CPU time to the nanosecond, where /proc counts hundredths."""
    try:
        return time.clock_gettime((~process.pid << 3) | _CPUCLOCK_SCHED)
    except OSError:
        return process.own
