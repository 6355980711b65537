"""Noise as it was recorded of each contender beside itself: what intervals are tried on.

`recorded/noise.json` is of a virtual machine of 2 cores with other work beside. Two instances of
one server shared a core. Blocks of 20 pairs of slices of 200 ms: rust-tonic and sklearn-grpc at
half of their saturated throughput (open loop), linfa-py-grpc saturated (closed loop). `pairs` are
log ratios of the CPU time per request, `levels` its logarithm over a whole block, of each instance.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray


class Recorded(NamedTuple):
    """Of one contender: log ratios of pairs (blocks, pairs), log levels (blocks, 2)."""

    pairs: NDArray[np.float64]
    levels: NDArray[np.float64]

    @property
    def next_ratios(self) -> NDArray[np.float64]:
        """Return log ratios of one instance to another one that came after it (n,)."""
        now, later = self.levels[:-1], self.levels[1:]
        return np.concatenate([later[:, 0] - now[:, 1], later[:, 1] - now[:, 0]])


@cache
def recorded() -> Mapping[str, Recorded]:
    """Return what was recorded, by contender."""
    read = json.loads((Path(__file__).parent / "recorded" / "noise.json").read_text())
    return {
        name: Recorded(np.array(each["pairs"]), np.array(each["levels"]))
        for name, each in read.items()
    }
