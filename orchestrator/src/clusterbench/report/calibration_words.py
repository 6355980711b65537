"""What a calibration says of a host, in words. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.report.tables.calibration_tables import share

if TYPE_CHECKING:
    from collections.abc import Iterator

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


def of_rounds(shown: Calibration, rounds: int) -> str | None:
    """Return which differences a run of so many rounds sees; None where that is not known.

    For a number that was not calibrated, it is the largest below it.
    """
    known = {each.rounds for each in shown.visible if each.rounds is not None}
    fewer = [each for each in known if each <= rounds]
    if not fewer:
        return None
    number = max(fewer)
    what = f"{fmt.plural(number, 'round')} see differences of"
    return _quoted(shown, what, [each for each in shown.visible if each.rounds == number])


def of_minutes(shown: Calibration, seconds: float) -> str | None:
    """Return which differences a comparison of so many seconds sees; None where not known."""
    known = {each.minutes for each in shown.visible if each.minutes is not None}
    fewer = [each for each in known if each * 60 <= seconds]
    if not fewer:
        return None
    minutes = max(fewer)
    what = f"{minutes:g} minutes of compare see differences of"
    return _quoted(shown, what, [each for each in shown.visible if each.minutes == minutes])


def _quoted(shown: Calibration, what: str, of: list[Visible]) -> str | None:
    found = {each.contender: each.difference for each in of if each.metric == _QUOTED}
    if not found:
        return None
    each = fmt.listing([f"{share(least)} ({name})" for name, least in found.items()])
    return f"By the calibration of {shown.created[:10]}, {what} {each} in CPU time per request."
