"""How the time of an iteration of training grows with the data. Pure."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING

import numpy as np
from scipy.stats import gmean, linregress

from clusterbench.measure.estimates import student_t
from clusterbench.model.interval import Estimate
from clusterbench.model.training import AXES, scaling_group
from clusterbench.model.training_summary import TrainingSlope

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clusterbench.measure.pass_figures import PassFigures

#: size -> the number of a pass -> the time of an iteration (s).
_Times = dict[int, dict[int, float]]


def training_slopes(figures: PassFigures) -> Iterator[TrainingSlope]:
    """Fit how each contender's time grows along each axis with two sizes or more."""
    for axis in AXES:
        group = scaling_group(axis)
        lines: defaultdict[tuple[str, int], _Times] = defaultdict(dict)
        for key, mine in figures.items():
            times = {n: t for n, figure in mine.items() if (t := figure.per_iteration)}
            if key.group == group and times:
                lines[key.contender, key.threads][getattr(key, axis)] = times
        for (contender, threads), by_size in lines.items():
            if len(by_size) > 1:
                yield TrainingSlope(
                    group=group,
                    contender=contender,
                    threads=threads,
                    axis=axis,
                    sizes=tuple(sorted(by_size)),
                    slope=_slope(by_size),
                )


def _slope(by_size: _Times) -> Estimate:
    """Fit log(time of an iteration) to log(size), over sizes.

    The interval is the regression's: slope +/- t(0.975, n - 2) times its standard error. Two
    sizes leave no residuals, and so no interval. `rounds` are the slopes of the passes that have
    a time at every size.
    """
    slope, error = _line({size: float(gmean([*t.values()])) for size, t in by_size.items()})
    shared = sorted(set.intersection(*map(set, by_size.values())))
    rounds = tuple(_line({size: t[n] for size, t in by_size.items()})[0] for n in shared)
    if len(by_size) == 2:  # noqa: PLR2004 - a line takes two
        return Estimate(value=slope, low=None, high=None, rounds=rounds)
    half = student_t(len(by_size) - 2) * error
    return Estimate(value=slope, low=slope - half, high=slope + half, rounds=rounds)


def _line(times: Mapping[int, float]) -> tuple[float, float]:
    """Return the least-squares slope of log(time) over log(size), and its standard error."""
    fit = linregress(np.log(list(times)), np.log(list(times.values())))
    return float(fit.slope), float(fit.stderr)
