"""Two load generators at one load on one server, as data. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass

from clusterbench.model.interval import Estimate
from clusterbench.model.trial import Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class GeneratorComparison:
    """How many times the figure of `denominator` `numerator` has, of one server at one level.

    Both are scenarios of the same method, load kind, connections and level, by another load
    generator each. Ratios are paired by round; None where a generator has no such figure.
    `limits` are what limited the cells, the numerator's first.
    """

    contender: str
    numerator: str
    denominator: str
    level: int
    throughput: Estimate | None
    cpu_per_request: Estimate | None
    p50: Estimate | None
    p99: Estimate | None
    limits: tuple[Limit | None, Limit | None]
