"""How many metrics may decide at once without more false alarms: Holm's procedure. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping


def levels(chances: Mapping[str, float], alarms: float) -> Mapping[str, float]:
    """Return at which level each metric is judged, for `alarms` false alarms of all together.

    S. Holm 1979, "A simple sequentially rejective multiple test procedure", Scand. J. Stat. 6: the
    least `chance` (p-value) of m is judged at alarms / m, the next at alarms / (m - 1), and so on
    to the first that is no finding; all others are judged at the level of that one. So an interval
    of each, at its level, leaves out 1 just where the procedure finds a difference.
    """
    found, level = {}, alarms
    going = True
    for rank, name in enumerate(sorted(chances, key=chances.__getitem__)):
        level = alarms / (len(chances) - rank) if going else level
        going = going and chances[name] <= level
        found[name] = level
    return found
