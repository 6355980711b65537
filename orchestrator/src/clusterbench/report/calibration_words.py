"""What a calibration says of a host, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.report.tables.calibration_tables import share

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.model.calibration import Calibration, Visible

#: The metric whose differences are quoted: the one that decides the cost, and always measured.
_QUOTED = "cpu"


def alarms(shown: Calibration) -> Iterator[str]:
    """Yield how often a contender seemed to differ from itself, a sentence each."""
    for each in shown.false_alarms:
        yield (
            f"{each.contender} compared with itself, drawn {each.comparisons} times from what was "
            f"measured: {each.alarms} false alarms ({share(each.share)})."
        )


def of_rounds(created: str, visible: Sequence[Visible], rounds: int) -> str | None:
    """Return which differences a run of so many rounds sees; None where that is not known.

    For a number that was not calibrated, it is the largest below it. `created` is when it was.
    """
    number = max((n for each in visible if (n := each.rounds) and n <= rounds), default=None)
    if number is None:
        return None
    of = [each for each in visible if each.rounds == number]
    return _quoted(created, f"{fmt.plural(number, 'round')} see", of)


def of_minutes(created: str, visible: Sequence[Visible], seconds: float) -> str | None:
    """Return which differences a comparison of so many seconds sees; None where not known."""
    known = (m for each in visible if (m := each.minutes) and m * 60 <= seconds)
    minutes = max(known, default=None)
    if minutes is None:
        return None
    of = [each for each in visible if each.minutes == minutes]
    return _quoted(created, f"{minutes:g} min of compare see", of)


def _quoted(created: str, what: str, of: Sequence[Visible]) -> str | None:
    found = {each.contender: each.difference for each in of if each.metric == _QUOTED}
    if not found:
        return None
    each = fmt.listing([f"{share(least)} ({name})" for name, least in found.items()])
    when = f"By the calibration of {created[:10]}"
    return f"{when}, {what} differences of {each} in CPU time per request."
