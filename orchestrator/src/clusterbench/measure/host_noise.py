"""What a comparison of a contender with itself says of a host: noise, and what it hides. Pure."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
from scipy import special

from clusterbench.measure.compare_verdicts import pair_log_ratios
from clusterbench.measure.estimates import CONFIDENCE
from clusterbench.measure.metrics import METRICS
from clusterbench.measure.resampling import BlockNoise, compared_until_precise
from clusterbench.measure.two_level import WIDENED
from clusterbench.model.calibration import FalseAlarms, Noise, Visible

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from clusterbench.measure.run_noise import Spread
    from clusterbench.model.compare_plan import ComparePlan
    from clusterbench.model.compared import Compared
    from clusterbench.model.slices import InstanceRecord, SliceRecord

#: How often a difference that is called visible is found.
POWER = 0.8
#: For how many rounds of a run, and minutes of `compare`, it is said what is visible.
ROUNDS, MINUTES = (3, 5, 10), (1.0, 2.0, 5.0)
#: How many comparisons are drawn from what was measured.
DRAWN = 400


def noise(
    contender: str, found: Compared, runs: Mapping[tuple[str, str], Spread]
) -> Iterator[Noise]:
    """Yield the noise of each metric of a contender, compared with itself and in runs."""
    for metric in METRICS:
        result = next((each for each in found.metrics if each.name == metric.name), None)
        spread = runs.get((contender, metric.name))
        if (result is None or result.ratio is None) and spread is None:
            continue
        yield Noise(
            contender=contender,
            metric=metric.name,
            slice=result.slice_spread if result and metric.of_slice else None,
            instance=_instance(result.ratio.rounds, result.instance_spread)
            if result and result.ratio
            else None,
            round=spread.round if spread else None,
            run=spread.run if spread else None,
            blocks=len(result.ratio.rounds) if result and result.ratio else 0,
            rounds=spread.rounds if spread else 0,
            runs=spread.runs if spread else 0,
        )


def visible(of: Iterable[Noise], found: Compared) -> Iterator[Visible]:
    """Yield the smallest differences that are found in POWER of all cases.

    That is (quantile + t(POWER)) standard errors of the mean log ratio, where the quantile is what
    the interval has (H. S. Bloom 1995, "Minimum detectable effects", Evaluation Review 19). Ratios
    of two contenders' rounds spread by sqrt(2) times what one's figures do.
    """
    took = found.seconds / found.blocks if found.blocks else math.inf
    results = {each.name: each.ratio for each in found.metrics}
    for each in of:
        who, what = each.contender, each.metric
        if each.round is not None:
            for number in ROUNDS:
                least = smallest(each.round * math.sqrt(2), number)
                yield Visible(contender=who, metric=what, difference=least, rounds=number)
        ratio = results.get(each.metric)
        if ratio is not None and len(ratio.rounds) > 1:
            spread = float(np.std(np.log(ratio.rounds), ddof=1))
            for minutes in MINUTES:
                if (number := int(minutes * 60 // took)) > 1:
                    least = smallest(spread, number, widened=WIDENED)
                    yield Visible(contender=who, metric=what, difference=least, minutes=minutes)


def smallest(spread: float, number: int, *, widened: float = 1.0) -> float:
    """Return the smallest difference (a share) that `number` log ratios of this spread show."""
    quantiles = special.stdtrit(number - 1, [(1 + CONFIDENCE) / 2, POWER])
    return math.expm1(float(widened * quantiles[0] + quantiles[1]) * spread / math.sqrt(number))


def false_alarms(
    contender: str,
    plan: ComparePlan,
    records: Sequence[SliceRecord | InstanceRecord],
    found: Compared,
) -> FalseAlarms | None:
    """Count false alarms of comparisons as `plan` has them, drawn from the pairs of one.

    It is of the metric that decides. None where it has not two whole blocks.
    """
    decides = next((each for each in found.metrics if each.decides and each.ratio), None)
    blocks = pair_log_ratios(plan, records, decides.name) if decides else []
    whole = [block for block in blocks if len(block) == max(map(len, blocks))]
    if decides is None or len(whole) < 2:  # noqa: PLR2004 - of one block nothing is known
        return None
    source = BlockNoise(pairs=np.array(whole), instance=decides.instance_spread or 0.0)
    took = found.seconds / max(found.blocks, 1)
    most = max(plan.least_blocks, min(plan.most_blocks, int(plan.budget / took)))
    random = np.random.default_rng(plan.seed)
    alarms = 0
    for _ in range(DRAWN):
        ratio = compared_until_precise(plan, [*source.draw(most, random)])
        low, high = ratio.ends or (0.0, math.inf)
        alarms += not low <= 1 <= high
    return FalseAlarms(contender=contender, alarms=alarms, comparisons=DRAWN)


def _instance(rounds: Sequence[float], beyond: float | None) -> float | None:
    """Return the spread of instances beyond that of slices; all of it where there are no slices."""
    if beyond is not None:
        return beyond
    return float(np.std(np.log(rounds), ddof=1)) if len(rounds) > 1 else None
