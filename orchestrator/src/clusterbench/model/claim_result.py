"""What became of the published claims, as data. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clusterbench.model.contender import CURRENT
from clusterbench.model.interval import Estimate


class Verdict(StrEnum):
    """What became of a published claim: docs/claims.md has the rules.

    The last two are no verdict on a claim: what was measured of it decides nothing, or nothing was.
    """

    HOLDS = "holds"
    IN_PART = "holds in part"
    NOT = "does not hold"
    ARTEFACT = "artefact of the method"
    NOT_DECIDED = "not decided"
    NOT_MEASURED = "not measured"

    @property
    def decided(self) -> bool:
        """Return whether it says anything of the claim."""
        return self not in {Verdict.NOT_DECIDED, Verdict.NOT_MEASURED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimFigure:
    """One measurement of a claim, of one edition, in one run.

    `ratio` is how many times better (throughput, or 1 / latency, or 1 / time), over all levels,
    and `by_level` at each (by threads for training); `bound` as in a Comparison. For claims about
    errors `ratio` is None, and `shares` are errors / requests by contender. `source` is the
    scenario, or the group of training.
    """

    run: str
    source: str
    contenders: tuple[str, ...]
    edition: str = CURRENT
    ratio: Estimate | None = None
    bound: str = ""
    by_level: Mapping[str, float] = field(default_factory=dict)
    shares: Mapping[str, float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimResult:
    """A published claim, judged: a row of the claims table.

    `as_published` is measured as it was run, `reference` by the reference method, by edition
    (`current`, `2019`); what was not measured is not there.
    """

    id: str
    claim: str
    published: str
    verdict: Verdict
    reason: str
    as_published: ClaimFigure | None = None
    reference: Mapping[str, ClaimFigure] = field(default_factory=dict)
