"""What a server's own counters told under load, in a window that is not measured. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from clusterbench.model.interval import Estimate
from clusterbench.model.units import Seconds

#: What is counted, as `lacking` names it.
SWITCHES, HARDWARE = "context switches", "hardware counters"


@dataclass(frozen=True, slots=True, kw_only=True)
class SwitchCount:
    """How often a server's threads gave up a CPU (`voluntary`), or lost it (`involuntary`).

    `cpu` is how long they ran meanwhile (s).
    """

    voluntary: int
    involuntary: int
    cpu: Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class HardwareCount:
    """What the CPUs counted of a server while it ran for `cpu` seconds.

    `counted` is the share of that time in which they did: below 1.0 several events took turns, and
    perf has scaled the counts. `user_only` says that the kernel's part is not in them.
    """

    instructions: int
    cycles: int
    cpu: Seconds
    counted: float = 1.0
    user_only: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CounterRecord:
    """What was counted of a turn's server after its trials, under the load that saturated it.

    `lacking` says of what is None why.
    """

    scenario: str
    level: int
    switches: SwitchCount | None = None
    hardware: HardwareCount | None = None
    lacking: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestCounters:
    """A contender's counters per request where a scenario saturated it, over its turns.

    `ipc` is instructions per cycle. Each is None where no turn has it; `lacking` then says why, by
    what is counted. `counted_share` and `user_only` are those of the turn that counted least.
    """

    contender: str
    scenario: str
    level: int
    instructions: Estimate | None = None
    ipc: Estimate | None = None
    voluntary: Estimate | None = None
    involuntary: Estimate | None = None
    counted_share: float = 1.0
    user_only: bool = False
    lacking: Mapping[str, str] = field(default_factory=dict)
