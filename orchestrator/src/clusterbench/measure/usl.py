"""The Universal Scalability Law: what a server does on more cores. Pure.

X(N) = gamma N / (1 + alpha (N - 1) + beta N (N - 1)), where N is the number of cores, gamma the
throughput of one core, alpha the share that one core alone can do at a time (contention), and beta
the cost of each pair of cores that must agree (coherency). N. J. Gunther, "A Simple Capacity Model
of Massively Parallel Transaction Systems", CMG 1993; "Guerrilla Capacity Planning", Springer 2007,
chapters 4 to 6.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import nnls

if TYPE_CHECKING:
    from collections.abc import Sequence

#: The law has three parameters.
LEAST_COUNTS = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """The law with its parameters: `gamma` in requests per second, `alpha` and `beta` >= 0."""

    gamma: float
    alpha: float
    beta: float

    def rate(self, cores: float) -> float:
        """Return what so many cores do (requests/s). Less than one core does its share of one."""
        if cores < 1:
            return self.gamma * cores
        over = cores - 1
        return self.gamma * cores / (1 + self.alpha * over + self.beta * cores * over)

    @property
    def peak(self) -> float:
        """Return beyond how many cores it does no more; infinite where it always does."""
        if self.alpha >= 1:
            return 1.0
        return math.sqrt((1 - self.alpha) / self.beta) if self.beta else math.inf

    @property
    def most(self) -> float:
        """Return the most that it does on any number of cores (requests/s)."""
        if math.isfinite(self.peak):
            return self.rate(max(1.0, self.peak))
        return self.gamma / self.alpha if self.alpha else math.inf

    def cores(self, rate: float) -> float:
        """Return how many cores do a rate (requests/s), with a fraction; infinite where none do."""
        if rate <= self.gamma:
            return rate / self.gamma
        if rate >= self.most:
            return self.peak if rate == self.most else math.inf
        square = self.beta * rate
        linear = (self.alpha - self.beta) * rate - self.gamma
        rest = (1 - self.alpha) * rate
        # The smaller root of square N^2 + linear N + rest, in the form that does not cancel.
        return 2 * rest / (-linear + math.sqrt(max(0.0, linear**2 - 4 * square * rest)))

    def through(self, cores: float, rate: float) -> Law:
        """Return the law of the same shape that does a rate on so many cores."""
        by = rate / self.rate(cores)
        return Law(gamma=self.gamma * by, alpha=self.alpha, beta=self.beta)


def fit(points: Sequence[tuple[int, float]]) -> Law | None:
    """Fit the law to (cores, requests/s), all above 0; None where they do not settle it.

    N / X(N) is linear in 1/gamma, alpha/gamma and beta/gamma, so that least squares of relative
    residuals with coefficients of 0 or more (Lawson and Hanson, by scipy) have one solution. Takes
    three different numbers of cores or more.
    """
    if len({cores for cores, _ in points}) < LEAST_COUNTS:
        return None
    count, rate = (np.array(each, dtype=float) for each in zip(*points, strict=True))
    terms = np.stack([np.ones_like(count), count - 1, count * (count - 1)], axis=1)
    measured = count / rate
    (one, contention, coherency), _ = nnls(terms / measured[:, None], np.ones_like(measured))
    if one <= 0:
        return None
    return Law(gamma=float(1 / one), alpha=float(contention / one), beta=float(coherency / one))


def residual(law: Law, cores: int, rate: float) -> float:
    """Return by how much of the law's rate a measured one is above it: -0.01 is 1% below."""
    return rate / law.rate(cores) - 1
