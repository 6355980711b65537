"""Comparisons and rounds drawn from noise that was recorded: what intervals are tried on. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from clusterbench.measure.precision import precise
from clusterbench.measure.two_level import two_level

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.compare_plan import ComparePlan
    from clusterbench.model.interval import Estimate

#: How many pairs in a row are drawn together, so that what lasts longer than one pair is kept.
_RUN = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockNoise:
    """Noise of a comparison of a contender with itself.

    `pairs` (blocks, pairs) are the log ratios that were recorded. `instance` is by how much two
    instances differ (the standard deviation of their log ratio).
    """

    pairs: NDArray[np.float64]
    instance: float

    def draw(self, number: int, random: np.random.Generator) -> NDArray[np.float64]:
        """Return the log ratios of so many blocks (number, pairs), whose true ratio is 1.

        Each block has the noise of a recorded one, in runs of pairs from anywhere in it (block
        bootstrap: Kuensch 1989), with its arms in either order, as if they had had other names.
        """
        blocks, pairs = self.pairs.shape
        runs = -(-pairs // _RUN)
        chosen = random.integers(blocks, size=number)
        starts = random.integers(pairs, size=(number, runs, 1))
        places = ((starts + np.arange(_RUN)) % pairs).reshape(number, -1)[:, :pairs]
        # What is left of pairs about their mean spreads by less than they do.
        own = self.pairs - self.pairs.mean(axis=1, keepdims=True)
        own = own * np.sqrt(pairs / (pairs - 1)) if pairs > 1 else own
        turned = random.choice([-1.0, 1.0], size=(number, 1))
        levels = random.normal(0.0, self.instance, size=(number, 1))
        found: NDArray[np.float64] = own[chosen[:, None], places] * turned + levels
        return found


def compared_until_precise(plan: ComparePlan, blocks: Sequence[NDArray[np.float64]]) -> Estimate:
    """Return the estimate at which a comparison ends, whose blocks come one after the other.

    Raises ValueError where there are fewer than two blocks.
    """
    for number in range(min(plan.least_blocks, len(blocks)), len(blocks) + 1):
        found = two_level([block.tolist() for block in blocks[:number]])
        if found is not None and (number == len(blocks) or precise(plan, found.ratio)):
            return found.ratio
    raise ValueError("a comparison takes two blocks or more")


def smoothed(
    recorded: NDArray[np.float64], size: tuple[int, ...], random: np.random.Generator
) -> NDArray[np.float64]:
    """Return values (size) drawn from recorded ones (n,) about their mean, which vary as much.

    A few recorded values would be drawn again and again, which no measurement is. So each is moved
    by some normal noise (smoothed bootstrap: Silverman 1986, section 6.4.1, his width of 6.4.2).
    """
    spread = float(recorded.std())
    width = 1.06 * spread * recorded.size**-0.2
    drawn = random.choice(recorded - recorded.mean(), size=size)
    moved = drawn + random.normal(0.0, width, size=size)
    found: NDArray[np.float64] = moved / np.sqrt(1 + (width / spread) ** 2) if spread else moved
    return found
