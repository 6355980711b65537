"""Which cells belong in one picture. Pure.

A section is a sweep. A scenario with one level (h2load's, which fills the server) is shown
beside each sweep of the same method that has one of its contenders; those of its contenders
that are in no sweep are shown beside the first. Where there is no such sweep, it is a section
by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clusterbench.model.cell_summary import CellSummary
from clusterbench.model.experiment import GeneratorName, Loop, Scenario

if TYPE_CHECKING:
    from collections.abc import Iterable

    from clusterbench.model.experiment import Experiment
    from clusterbench.model.summary import Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A sweep, and the single-level scenarios beside it, each narrowed to whom it shows here.

    `suffix` tells this section's files from those of others: `-predict-batch`; the run's first
    has none.
    """

    scenario: Scenario
    beside: tuple[Scenario, ...]
    suffix: str
    cells: Mapping[tuple[str, str, int], CellSummary]

    @property
    def contenders(self) -> tuple[str, ...]:
        """Return whom the section shows, the sweep's first."""
        shown = (self.scenario, *self.beside)
        return tuple(dict.fromkeys(name for scenario in shown for name in scenario.contenders))

    def of(self, scenario: Scenario, contender: str) -> tuple[CellSummary, ...]:
        """Return a contender's cells in one scenario by level; unmeasured ones are left out."""
        if contender not in scenario.contenders:
            return ()
        found = (self.cells.get((contender, scenario.name, level)) for level in scenario.sweep)
        return tuple(cell for cell in found if cell is not None)

    def all(self) -> tuple[CellSummary, ...]:
        """Return every cell of the section: contender by contender, the sweep's first."""
        return tuple(
            cell
            for name in self.contenders
            for scenario in (self.scenario, *self.beside)
            for cell in self.of(scenario, name)
        )


def sections(experiment: Experiment, summary: Summary) -> tuple[Section, ...]:
    """Sort a run's cells into sections, in the experiment's order."""
    cells = {(cell.contender, cell.scenario, cell.level): cell for cell in summary.cells}
    scenarios = tuple(experiment.scenarios.values())
    sweeps = [s for s in scenarios if not _saturates(s)]
    # What fills servers is measured by the reference method: it stands beside what is, too.
    proper = [s for s in sweeps if not s.as_published]
    in_sweeps = {(s.method, name) for s in proper for name in s.contenders}
    beside: dict[str, list[Scenario]] = {s.name: [] for s in sweeps}
    alone: list[Scenario] = []
    for fill in (s for s in scenarios if _saturates(s)):
        hosts = [s for s in proper if s.method is fill.method and _shared(s, fill)]
        for host in hosts:
            homeless = (n for n in fill.contenders if (fill.method, n) not in in_sweeps)
            shown = [*_shared(host, fill), *(homeless if host is hosts[0] else ())]
            beside[host.name].append(replace(fill, contenders=tuple(shown)))
        if not hosts:
            alone.append(fill)
    return tuple(
        Section(
            scenario=scenario,
            beside=tuple(beside.get(scenario.name, ())),
            suffix="" if place == 0 else "-" + slug(scenario.name),
            cells=cells,
        )
        for place, scenario in enumerate([*sweeps, *alone])
    )


def slug(name: str) -> str:
    """Make a name safe as a part of a file's name and of an HTML id."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-") or "scenario"


def describe(scenario: Scenario) -> str:
    """Return what a scenario does: `Predict by ghz, 8 connections, closed loop`."""
    many = f"{scenario.connections} connection" + ("s" if scenario.connections != 1 else "")
    then = ", as published" if scenario.as_published else ""
    return f"{scenario.method} by {scenario.generator}, {many}, {scenario.loop} loop{then}"


def saturating_shape(scenario: Scenario) -> str:
    """Write how a single-level scenario loads: `8x100`, connections times streams of each."""
    level = scenario.sweep[0]
    connections = scenario.connections_at(level)
    if scenario.loop is Loop.OPEN:
        return f"{level:,}/s"
    even = level % connections == 0
    return (
        f"{connections}\N{MULTIPLICATION SIGN}{level // connections:,}"
        if even
        else f"{level:,} on {connections}"
    )


def level_name(scenario: Scenario) -> str:
    """Name what a scenario's levels are."""
    return "concurrency" if scenario.loop is Loop.CLOSED else "offered rate"


def _saturates(scenario: Scenario) -> bool:
    return len(scenario.sweep) == 1 and scenario.generator is GeneratorName.H2LOAD


def _shared(sweep: Scenario, fill: Scenario) -> Iterable[str]:
    return [name for name in fill.contenders if name in sweep.contenders]
