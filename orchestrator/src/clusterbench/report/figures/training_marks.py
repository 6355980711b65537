"""What both charts of training share: the text under their titles and over their points. Pure."""

from __future__ import annotations

import html
from typing import TYPE_CHECKING

from clusterbench.model import numbers as fmt
from clusterbench.report import captions

if TYPE_CHECKING:
    from clusterbench.model.interval import Estimate
    from clusterbench.model.records import RunRecord
    from clusterbench.model.training_summary import TrainingRow, TrainingSummary

#: The part of the page that shows training.
SECTION = "training"
#: Times are drawn in milliseconds.
MILLI = 1e3


def subtitle(run: RunRecord, found: TrainingSummary) -> tuple[str, ...]:
    """Return the lines under a title."""
    return (
        f"{captions.training(run)}; {found.passes} passes",
        f"{run.plan}",
        f"{captions.runtime(run)} on {captions.host(run)}; run {run.id}",
    )


def hover(row: TrainingRow, time: Estimate) -> str:
    """Return what is shown over a point: its figure, its shape, and what differs in the work."""
    iterations = "" if row.iterations is None else f", {row.iterations:g} iterations"
    equal = {True: "equal work", False: "not equal work", None: ""}[row.equal]
    lines = [
        f"<b>{html.escape(row.contender)}</b>, {row.group}",
        f"{fmt.with_interval(time, MILLI, ' ms')}{iterations}",
        f"{row.points:,} x {row.features}, {row.clusters} clusters, "
        f"{fmt.plural(row.threads, 'thread')}",
        equal,
        html.escape(row.note),
    ]
    return "<br>".join(line for line in lines if line)
