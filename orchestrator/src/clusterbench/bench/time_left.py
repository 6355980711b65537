"""How long planned work still takes, told from what the work so far took."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.model.units import Seconds

#: The plan counts as much as if this share of it had been kept already. From a third on, time left
#: never goes up while steps keep to their plan, however fast the ones before were.
_TRUST = 0.5
#: Work is never taken to go on more slowly than so many times its plan.
_SLOWEST = 3.0


class TimeLeft:
    """Counts down planned time (s): the steps that are over, and the time within the one that runs.

    Time within a step counts as done up to the step's planned time. After that, time left stands
    still until the step is over. `now` is a clock (s).
    """

    def __init__(self, expected: Seconds | float, now: Callable[[], float]) -> None:
        self._now = now
        self._step_began: float | None = None
        self.expect(expected)

    def expect(self, seconds: Seconds | float) -> None:
        """Begin to count towards so much planned time (s)."""
        self._expected, self._done, self._elapsed = float(seconds), 0.0, 0.0
        self._planned, self._step_began = 0.0, None
        self._began = self._now()

    def remains(self, seconds: Seconds | float) -> None:
        """Set how much planned time is left (s): what failed work had still to do falls away."""
        self._expected = self._done + seconds

    def grows(self, seconds: Seconds | float) -> None:
        """Plan so much more time (s): what is run again."""
        self._expected += seconds

    def begin(self, planned: Seconds | float) -> None:
        """Begin a step that is planned to take so long (s)."""
        self._planned, self._step_began = float(planned), self._now()
        self._elapsed = self._step_began - self._began

    def end(self, *, failed: bool = False) -> None:
        """End the step; the rest of one that failed falls away."""
        missed = self._planned - self._within if failed else 0.0
        self._done += self._planned - missed
        self._expected -= missed
        self._elapsed = self._now() - self._began
        self._planned, self._step_began = 0.0, None

    @property
    def seconds(self) -> float:
        """Return the time left (s): what is planned still, at the pace so far."""
        done, trust = self._done + self._within, self._expected * _TRUST
        if done >= self._expected:
            return 0.0
        pace = (self._elapsed + self._within + trust) / (done + trust)
        return (self._expected - done) * min(pace, _SLOWEST)

    @property
    def share(self) -> float | None:
        """Return which share of the planned time is done; None where nothing is planned."""
        return min(1.0, (self._done + self._within) / self._expected) if self._expected else None

    @property
    def _within(self) -> float:
        """Return how much of the running step's planned time has passed (s)."""
        if self._step_began is None:
            return 0.0
        return min(self._now() - self._step_began, self._planned)
