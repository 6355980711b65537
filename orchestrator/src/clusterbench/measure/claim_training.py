"""What runs measured of a claim about training: how many times faster, by group. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.claim_evidence import Ratio
from clusterbench.measure.estimates import estimate
from clusterbench.model.contender import CURRENT

if TYPE_CHECKING:
    from clusterbench.measure.claim_evidence import Judged
    from clusterbench.model.claims import Claim
    from clusterbench.model.interval import Estimate

#: The published data set: points, features, clusters.
PUBLISHED_SHAPE = (1_000_000, 2, 3)


def training(of: Judged, group: str, claim: Claim, edition: str) -> Ratio | None:
    """Measure how many times faster the better contender trains in a group; None if it did not.

    On the published shape of data where the run has it, else on the most points. One thread is
    judged; `levels` has each number of threads.
    """
    if of.summary.training is None:
        return None
    named = claim if edition == CURRENT else claim.editions.get(edition)
    if named is None:
        return None
    better, than = named.better, named.than[0]
    found: dict[tuple[int, int, int], dict[int, Estimate]] = {}
    for each in of.summary.training.comparisons:
        names = (each.numerator, each.denominator)
        if each.group == group and names in {(than, better), (better, than)}:
            turned_over = estimate([1 / value for value in each.ratio.rounds])
            shape = (each.points, each.features, each.clusters)
            by_threads = found.setdefault(shape, {})
            by_threads[each.threads] = each.ratio if names == (than, better) else turned_over
    if not found:
        return None
    by_threads = found[PUBLISHED_SHAPE if PUBLISHED_SHAPE in found else max(found)]
    return Ratio(
        of=of,
        source=group,
        generator="",
        contenders=(better, than),
        ratio=by_threads[min(by_threads)],
        levels=dict(sorted(by_threads.items())),
    )
