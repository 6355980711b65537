"""How often intervals hold what they estimate: of comparisons and of runs, on recorded noise."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from clusterbench.measure.estimates import estimate
from clusterbench.measure.resampling import BlockNoise, compared_until_precise, smoothed
from clusterbench.model.compare_plan import Arm, ComparePlan, SliceLoad
from clusterbench.model.contender import Contender

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from support.recorded_noise import Recorded

ROUNDS = (3, 5, 10)
#: How much of a host's drift is still there a round later, and what share of the variance it is.
_KEPT, _DRIFT = 0.7, 0.5


class CompareRow(NamedTuple):
    """Shares of comparisons, and how many blocks they took: in the middle, and 90% of them."""

    holds: float
    alarms: float
    found: float
    blocks: float
    most: float


def plan() -> ComparePlan:
    """Return the plan of a comparison as it is without options."""
    baseline, candidate = (Contender(name=arm.value, service=arm.value) for arm in Arm)
    return ComparePlan(baseline=baseline, candidate=candidate, load=SliceLoad())


def compare_row(
    noise: Recorded, instance: float, number: int, *, change: float = 0.05
) -> CompareRow:
    """Compare a contender with itself `number` times, and with one that takes `change` more."""
    asked, random = plan(), np.random.default_rng(1)
    source = BlockNoise(pairs=noise.pairs, instance=instance)
    holds = alarms = found = 0
    blocks = []
    for _ in range(number):
        drawn = source.draw(asked.most_blocks, random)
        same = compared_until_precise(asked, [*drawn])
        more = compared_until_precise(asked, [*(drawn + math.log1p(change))])
        low, high = same.ends or (1, 1)
        alarms += not low <= 1 <= high
        low, high = more.ends or (1, 1)
        holds += low <= 1 + change <= high
        found += low > 1
        blocks.append(len(more.rounds))
    middle, most = np.percentile(blocks, [50, 90])
    return CompareRow(holds / number, alarms / number, found / number, float(middle), float(most))


def pooled_row(noise: Recorded, instance: float, number: int, *, blocks: int = 8) -> float:
    """Return how often an interval holds that takes all slices for independent ones."""
    random = np.random.default_rng(1)
    source = BlockNoise(pairs=noise.pairs, instance=instance)
    held = 0
    for _ in range(number):
        low, high = estimate(np.exp(source.draw(blocks, random).ravel()).tolist()).ends or (1, 1)
        held += low <= 1 <= high
    return held / number


def run_rows(noise: Recorded, number: int) -> Mapping[str, tuple[float, ...]]:
    """Return, by what is estimated, how often the interval of 3, 5 and 10 rounds holds it."""
    return {
        "ratio of two, paired by round": tuple(_ratios(noise, each, number) for each in ROUNDS),
        "one figure, while the run lasted": tuple(
            _levels(noise, each, number, own_time=True) for each in ROUNDS
        ),
        "one figure, at any other time": tuple(
            _levels(noise, each, number, own_time=False) for each in ROUNDS
        ),
    }


def _ratios(noise: Recorded, rounds: int, number: int) -> float:
    drawn = smoothed(noise.next_ratios, (number, rounds), np.random.default_rng(rounds))
    return _held(drawn, np.zeros(number))


def _levels(noise: Recorded, rounds: int, number: int, *, own_time: bool) -> float:
    """Return how often the interval of one figure holds, on a host that drifts.

    Half of the variance of what was recorded is drift, which a round later is still there by
    _KEPT (an autoregression), as recorded blocks have it. While the run lasted, the host was on
    average what its drift was then; at any other time, what it is in the long run.
    """
    random = np.random.default_rng(rounds)
    levels = noise.levels.ravel()
    moment = smoothed(levels, (number, rounds), random) * math.sqrt(1 - _DRIFT)
    spread = float(levels.std()) * math.sqrt(_DRIFT)
    drift = np.empty((number, rounds))
    drift[:, 0] = random.normal(0.0, spread, number)
    for each in range(1, rounds):
        new = random.normal(0.0, spread * math.sqrt(1 - _KEPT**2), number)
        drift[:, each] = _KEPT * drift[:, each - 1] + new
    return _held(moment + drift, drift.mean(axis=1) if own_time else np.zeros(number))


def _held(drawn: NDArray[np.float64], true: NDArray[np.float64]) -> float:
    held = 0
    for rounds, truth in zip(np.exp(drawn), np.exp(true), strict=True):
        low, high = estimate(rounds.tolist()).ends or (0, 0)
        held += low <= truth <= high
    return held / len(drawn)
