"""The cells that were disturbed, as a table. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model import numbers as fmt
from clusterbench.report.tables.table import table

if TYPE_CHECKING:
    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.experiment import Experiment
    from clusterbench.model.summary import Summary
    from clusterbench.report.tables.table import Columns, Table


def disturbed(experiment: Experiment, summary: Summary) -> Table:
    """Return a row for each cell of which a trial was run again, or stayed disturbed."""
    columns: Columns[CellSummary] = {
        "contender": lambda cell: cell.contender,
        "scenario": lambda cell: cell.scenario,
        "level": lambda cell: kind_of(experiment.scenarios[cell.scenario]).level_words(cell.level),
        "trials": lambda cell: f"{cell.trials:,}",
        "run again": lambda cell: f"{cell.repeated:,}",
        "still disturbed": lambda cell: f"{cell.disturbed:,}",
        "others had at most": lambda cell: fmt.percent(cell.interference),
        "waited for a CPU (PSI)": lambda cell: fmt.percent(cell.pressure),
    }
    rows = [cell for cell in summary.cells if cell.repeated or cell.disturbed]
    return table("Disturbed trials", columns, rows, names=2)
