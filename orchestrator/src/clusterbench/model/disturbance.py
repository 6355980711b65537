"""The rule by which disturbed trials are run again. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class InterferenceRule:
    """When a trial is disturbed, and how often it is run again; fixed before a run begins.

    From a share of `bound` on that others had of a side's CPUs, a trial is disturbed: figures move
    by as much. It is run again at the end of its turn until one is not, up to `repeats` times. The
    figure of a round is then that of the quietest of its trials, whatever it came out as. The
    defaults are those of runs that were measured before there was a rule.
    """

    bound: float = 0.05
    repeats: int = 0

    def disturbs(self, interference: float | None) -> bool:
        """Return whether others had enough of a side's CPUs to move figures."""
        return interference is not None and interference >= self.bound


#: That of runs that had none.
NO_REPEATS = InterferenceRule()


class Disturbed(Protocol):
    """A figure over trials, of which others disturbed some.

    `interference` is the largest share of a side's CPUs that others had in one of the `trials`,
    None where this is not known; `disturbed` is in how many of them it was enough to move figures,
    and `repeated` how many were run again for that.
    """

    @property
    def trials(self) -> int: ...  # noqa: D102

    @property
    def interference(self) -> float | None: ...  # noqa: D102

    @property
    def disturbed(self) -> int: ...  # noqa: D102

    @property
    def repeated(self) -> int: ...  # noqa: D102
