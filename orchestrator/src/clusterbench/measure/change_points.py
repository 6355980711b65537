"""Where a series changes its level, and by how much. Pure.

`ruptures` finds where levels change: PELT with the L2 cost (Killick, Fearnhead & Eckley 2012,
"Optimal detection of changepoints with a linear computational cost"; Truong, Oudre & Vayatis 2020,
"Selective review of offline change point detection methods"). Of those, the ones stay whose levels
on both sides differ by Student's t test, the least certain one going first, as in Apache Otava.
"""

from __future__ import annotations

import itertools
import math
from importlib.util import find_spec
from typing import TYPE_CHECKING

import numpy as np
from scipy import stats

from clusterbench.measure.estimates import CONFIDENCE
from clusterbench.model.interval import Estimate

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

#: With fewer runs no change point is looked for.
LEAST_RUNS = 8
#: A level has so many runs at least.
_LEAST_OF_A_LEVEL = 3
#: PELT's penalty, times the variance of the noise and the logarithm of the number of runs. Together
#: with the t test it finds a change in 1 to 3 of 100 series of noise alone, of 8 to 80 runs.
_PENALTY = 3.0
_MOST_P = 0.003


def not_looked_for(runs: int) -> str:
    """Return why no change point is looked for in so many runs; nothing where it is."""
    if runs < LEAST_RUNS:
        return f"change points take {LEAST_RUNS} runs or more, and there are {runs}"
    if find_spec("ruptures") is None:
        return "change points take the package ruptures, which this Python has not (up to 3.13)"
    return ""


def change_points(ratios: Sequence[float]) -> tuple[int, ...]:
    """Return the places in a series of positive figures where a new level begins, ascending.

    Levels are of their logarithms. There are LEAST_RUNS figures or more: see `not_looked_for`.
    """
    import ruptures  # noqa: PLC0415 - one command of many needs it, and Python 3.14 has none

    logs = np.log(np.asarray(ratios, dtype=float))
    penalty = _PENALTY * _noise(logs) ** 2 * math.log(len(logs))
    finder = ruptures.Pelt(model="l2", min_size=_LEAST_OF_A_LEVEL, jump=1)
    places: list[int] = finder.fit_predict(logs.reshape(-1, 1), pen=penalty)[:-1]
    while places:
        parts = np.split(logs, places)
        tested = [stats.ttest_ind(*both).pvalue for both in itertools.pairwise(parts)]
        # Levels without any spread that are alike have none: they are surely the same.
        p_values = np.nan_to_num(tested, nan=1.0)
        worst = int(np.argmax(p_values))
        if p_values[worst] <= _MOST_P:
            break
        del places[worst]
    return tuple(places)


def levels_around(
    ratios: Sequence[float], places: Sequence[int], place: int
) -> tuple[float, float, Estimate]:
    """Return the levels before and after a change point, and their ratio with its interval.

    The interval is Student's t for the difference of two means of logarithms.
    """
    ends = [0, *places, len(ratios)]
    at = ends.index(place)
    logs = np.log(np.asarray(ratios, dtype=float))
    before, after = logs[ends[at - 1] : place], logs[place : ends[at + 1]]
    tested = stats.ttest_ind(after, before)
    low, high = tested.confidence_interval(CONFIDENCE)
    value = float(after.mean() - before.mean())
    change = Estimate(
        value=math.exp(value), low=math.exp(low), high=math.exp(high), rounds=()
    )  # fmt: skip
    return math.exp(before.mean()), math.exp(after.mean()), change


def _noise(logs: NDArray[np.float64]) -> float:
    """Return the standard deviation of a series about its levels, from neighbours' differences.

    By the median of their sizes, which a few changes of level do not move.
    """
    sizes = np.abs(np.diff(logs))
    return float(1.4826 * np.median(sizes) / math.sqrt(2)) or float(logs.std()) or 1.0
