"""How long each CPU of this machine ran anything, and how long it was given to somebody else."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass

from clusterbench.host.procfs import PROC, read_text

_TICKS = os.sysconf("SC_CLK_TCK")
#: The columns of a `cpu` line of /proc/stat (proc_stat(5)) that count here: user, nice, system and
#: steal. Time in interrupts is left out: it is mostly the network's, and on behalf of the load.
#: Guests' time is part of user's and nice's already.
_COUNTED = (0, 1, 2, 7)


@dataclass(frozen=True, slots=True, kw_only=True)
class CpuTimes:
    """What each CPU has run since the machine's start (s), by its number, at `monotonic` `at` (s).

    Time that the hypervisor gave to other machines (steal) is in it.
    """

    at: float
    busy: Mapping[int, float]


def cpu_times() -> CpuTimes | None:
    """Return the counters of this machine's CPUs; None where the kernel does not tell them."""
    text = read_text(PROC / "stat")
    busy = parse_cpu_times(text)
    return CpuTimes(at=time.monotonic(), busy=busy) if busy else None


def parse_cpu_times(text: str) -> Mapping[int, float]:
    """Return what each CPU ran (s) from /proc/stat; {} where it has no lines of CPUs."""
    found = {}
    for line in text.splitlines():
        name, *columns = line.split()
        number = name.removeprefix("cpu")
        if name.startswith("cpu") and number.isdecimal() and len(columns) > max(_COUNTED):
            found[int(number)] = sum(int(columns[i]) for i in _COUNTED) / _TICKS
    return found
