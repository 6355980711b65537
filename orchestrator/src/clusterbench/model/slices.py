"""What `compare` records: each slice, each instance, and what was compared where. No I/O here.

msgspec writes and reads these classes as they are.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from clusterbench.model.compare_plan import Arm, ComparePlan
from clusterbench.model.cpus import CpuPlan
from clusterbench.model.records import Fingerprint, Parity
from clusterbench.model.units import Bytes, RequestsPerSecond, Seconds

#: The format of a comparison's folder. It rises when a reader of older folders would err.
COMPARE_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class SliceRecord:
    """One slice: a short load of one instance.

    `block` and `pair` count from 0; `first` says whether it was the first of its pair. `seconds` is
    how long its schedule or its closed loop lasted, `drained` when its last response was here (s
    from its start). Of `scheduled` requests `ok` were answered rightly, and `failed` by status
    name were not. `latency` and `send_delay` are `mean`, `p50`, `p90`, `p99`, `max` (s);
    `histogram` has all latencies (HdrHistogram V2, base64). `cpu` is the server's CPU time for all
    of its requests (s), None where no counters are read. `interference` is the larger share that
    others had of either side's CPUs, None where it is not known. `again` says that the pair was
    disturbed and is measured once more: it is kept, and counts for nothing.
    """

    block: int
    pair: int
    arm: Arm
    first: bool
    seconds: Seconds
    drained: Seconds
    scheduled: int
    ok: int
    failed: Mapping[str, int] = field(default_factory=dict)
    latency: Mapping[str, Seconds] = field(default_factory=dict)
    send_delay: Mapping[str, Seconds] = field(default_factory=dict)
    histogram: str = ""
    cpu: Seconds | None = None
    interference: float | None = None
    again: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class InstanceRecord:
    """One instance: one start of a server.

    `start` is how long it took from its creation until it served (s). `memory` is what it used
    after its last slice, without file pages (bytes). `warm_up` is the throughput of each chunk
    before the first pair (responses/s), `warm` whether the last ones agreed.
    """

    block: int
    arm: Arm
    started: str
    start: Seconds
    memory: Bytes | None = None
    warm_up: tuple[RequestsPerSecond, ...] = ()
    warm: bool = False
    parity: Parity | None = None
    startup: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareRecord:
    """compare.json: written once, first; `format` is that of the whole folder.

    `of` says what each contender is in the words of whoever asked (`rust-tonic@main`), by arm.
    `rate` is not here where it is found later: `slices.jsonl` has what each slice was scheduled.
    """

    id: str
    created: str
    clusterbench: str
    runtime: str
    compare: ComparePlan
    plan: CpuPlan
    fingerprint: Fingerprint
    of: Mapping[Arm, str]
    commands: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    format: int = COMPARE_FORMAT
