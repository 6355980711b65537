"""What a run over sizes gives, as data. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass

from clusterbench.model.interval import Estimate
from clusterbench.model.sizes import ModelSize


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeRow:
    """One contender on one generated model, with so many rows (observations) per request.

    `contender` is that of bench.toml, whatever the model. `per_core` is how many observations it
    answers per second of its CPU time: per second and core. `over_native` is its CPU time per
    observation over that of the contender without Python, paired by round; above 1 it uses more.
    Both are None where nothing was measured, or the kernel counted nothing.
    """

    contender: str
    size: ModelSize
    rows: int
    per_core: Estimate | None
    over_native: Estimate | None
