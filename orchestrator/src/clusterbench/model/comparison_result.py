"""What programs read of a comparison: what `compare --json` prints. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass

from clusterbench.model.compared import Compared, CompareVerdict
from clusterbench.model.slices import COMPARE_FORMAT, CompareRecord


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonResult:
    """What was compared, and what was found.

    `verdict` is the worst that any deciding metric says, `fails` whether one is worse by more than
    was allowed; `said` are the sentences that people are shown.
    """

    compared: CompareRecord
    found: Compared
    verdict: CompareVerdict
    fails: bool
    said: tuple[str, ...]
    format: int = COMPARE_FORMAT
