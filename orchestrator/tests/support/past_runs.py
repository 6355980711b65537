"""Made-up runs of the past, whose contenders compare as a test says."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clusterbench.measure.ratio_history import PastRun
from clusterbench.model.interval import Estimate
from support import summaries
from support.factories import run_record

if TYPE_CHECKING:
    from collections.abc import Iterable

HOST = "made-up-host"
BEGAN = dt.datetime(2030, 1, 1, tzinfo=dt.UTC)


def past_run(number: int, ratio: float, *, host: str = HOST, **changes: Any) -> PastRun:
    """The run of a day, in which rust-tonic took `ratio` times the CPU time of sklearn-grpc.

    Its throughput was 1 / ratio times as high.
    """
    began = BEGAN + dt.timedelta(days=number)
    record = run_record(
        id=f"{began:%Y%m%dT%H%M%SZ}-made-up",
        created=began.isoformat(),
        commit=f"{number:040x}",
        **changes,
    )
    made = summaries.summary(record)
    cells = tuple(
        replace(
            cell,
            lower_bound=False,
            cpu_per_request=_two_rounds(1e-4 * (ratio if cell.contender == "rust-tonic" else 1)),
        )
        for cell in made.cells
    )
    comparisons = tuple(
        replace(each, ratio=_two_rounds(1 / ratio), bound="") for each in made.comparisons
    )
    return PastRun(record, replace(made, cells=cells, comparisons=comparisons), host)


def past_runs(ratios: Iterable[float], **changes: Any) -> list[PastRun]:
    """A run a day."""
    return [past_run(number, ratio, **changes) for number, ratio in enumerate(ratios)]


def _two_rounds(value: float) -> Estimate:
    return Estimate(
        value=value, low=value * 0.98, high=value * 1.02, rounds=(value * 0.999, value * 1.001)
    )
