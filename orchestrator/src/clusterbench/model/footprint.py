"""What a contender needs before and beside its responses, as data. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clusterbench.model.interval import Estimate
from clusterbench.model.units import Bytes

#: The steps of a server's start, until its first right response.
START_STEPS = ("create", "start", "serving", "first_response")


class Need(StrEnum):
    """What of a footprint contenders are compared by."""

    START = "start"
    IDLE_MEMORY = "idle_memory"
    PEAK_MEMORY = "peak_memory"


@dataclass(frozen=True, slots=True, kw_only=True)
class Footprint:
    """A contender's cold start, image and memory, over its turns that went well.

    `start` is the time from the beginning of its creation to its first right response (s), `steps`
    are the parts of that, in order, those that it has. Memory is in bytes and without file pages,
    as far as the kernel tells those apart: of the idle server, before any load, and at its peak
    (`peak_memory_source`: `kernel` or `sampled`). `workers` is how many the server has, and
    `*_per_worker` the memory over that. `image_size` is in bytes. `unknown` says of figures that
    are None why; where no turn went well, all are None, and the failures say why.
    """

    start: Estimate | None = None
    steps: Mapping[str, Estimate] = field(default_factory=dict)
    image_size: Bytes | None = None
    idle_memory: Estimate | None = None
    peak_memory: Estimate | None = None
    peak_memory_source: str = ""
    workers: int | None = None
    idle_memory_per_worker: Estimate | None = None
    peak_memory_per_worker: Estimate | None = None
    unknown: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FootprintRatio:
    """How many times as much `numerator` needs as `denominator`, which needs the least.

    Paired by round.
    """

    need: Need
    numerator: str
    denominator: str
    ratio: Estimate
