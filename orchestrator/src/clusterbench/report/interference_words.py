"""What others had of the CPUs, in words: the rule, and the mark on what stays disturbed. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model import numbers as fmt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.disturbance import Disturbed, InterferenceRule
    from clusterbench.model.experiment import Experiment
    from clusterbench.model.summary import Summary

#: So many figures are named one by one.
_NAMED = 4


def rule(of: InterferenceRule) -> str:
    """Return the rule of a run: what is disturbed, run again, and which trial counts."""
    disturbed = (
        f"A trial is disturbed where neither side had {fmt.percent(of.bound)} or more of a side's "
        "CPU time: other processes had it, or other machines on the host."
    )
    if not of.repeats:
        return f"{disturbed} No trial was run again."
    return (
        f"{disturbed} Such a trial was run again at the end of its turn, up to "
        f"{fmt.plural(of.repeats, 'time')}. The rule was fixed before the run: the figure of a "
        "round is that of the quietest of its trials, whatever it came out as. All are kept, and "
        "what stays disturbed is marked."
    )


def no_pressure(summary: Summary) -> Iterator[str]:
    """Return why there is no pressure (PSI), a line for each reason."""
    for reason in dict.fromkeys(each.no_pressure for each in summary.contenders if each.turns):
        if reason:
            yield f"For how long tasks waited for a CPU is not known: {reason}."


def mark(cell: Disturbed | None) -> str:
    """Return that a figure stayed disturbed, and how much; "" where it did not."""
    if cell is None or not cell.disturbed or cell.interference is None:
        return ""
    of, most = fmt.plural(cell.trials, "trial"), fmt.percent(cell.interference)
    again = ", though run again" if cell.repeated else ""
    return f"disturbed in {cell.disturbed} of {of}{again}: others had up to {most} of the CPUs"


def marks(figures: Iterable[tuple[str, Disturbed]]) -> Iterator[str]:
    """Return a line that names which of these figures stayed disturbed, where any did."""
    found = [(name, each) for name, each in figures if each.disturbed]
    if not found:
        return
    most = fmt.percent(max(each.interference or 0.0 for _, each in found))
    names = [*dict.fromkeys(name for name, _ in found)]
    rest = len(names) - _NAMED
    listed = [*names[:_NAMED], f"{rest} more"] if rest > 0 else names
    yield f"Disturbed: {'; '.join(listed)}. Others had up to {most} of a side's CPUs."


def of_cells(experiment: Experiment, cells: Iterable[CellSummary]) -> Iterator[str]:
    """Return the line of cells, each with its scenario and level."""
    kinds = {name: kind_of(scenario) for name, scenario in experiment.scenarios.items()}
    yield from marks(
        (f"{c.contender} at {c.scenario} {kinds[c.scenario].level_words(c.level)}", c)
        for c in cells
    )


def notice(summary: Summary) -> str:
    """Return how many cells stayed disturbed, and how many were run again; "" where none were."""
    of = fmt.plural(len(summary.cells), "cell")
    disturbed = [cell for cell in summary.cells if cell.disturbed]
    again = sum(cell.repeated for cell in summary.cells)
    text = []
    if again:
        text.append(f"{fmt.plural(again, 'trial')} run again: the quietest of each counts.")
    if disturbed:
        most = max(cell.interference or 0.0 for cell in disturbed)
        text.append(
            f"Others had up to {fmt.percent(most)} of a side's CPUs in {len(disturbed)} of {of}: "
            "other processes, or other machines on the host, moved their figures."
        )
    return " ".join(text)
