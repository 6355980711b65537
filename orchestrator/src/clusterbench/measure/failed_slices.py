"""Slices that were not answered as they should: too many failures make figures of nothing. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from clusterbench.model.slices import SliceRecord

#: A slice in which more than this share of requests failed is no load that can be compared: what
#: fails costs less than what is answered, or more.
FAILED_SHARE = 0.01


def failing(slices: Iterable[SliceRecord]) -> str | None:
    """Return which slice failed first, and how; None where all were answered well enough."""
    for each in slices:
        if why := too_many(each.scheduled, each.failed):
            return f"block {each.block + 1}, pair {each.pair + 1}: {each.arm}: {why}"
    return None


def too_many(scheduled: int, failed: Mapping[str, int]) -> str | None:
    """Return how many of a slice's requests failed, and as what, where that is too many."""
    number = sum(failed.values())
    if number <= FAILED_SHARE * scheduled:
        return None
    by_status = ", ".join(f"{count} {name}" for name, count in sorted(failed.items()))
    return f"{number} of {scheduled} requests failed ({by_status})"
