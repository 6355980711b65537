"""Which cells belong in one picture. Pure.

A section is a sweep. A scenario of one level that saturates servers is shown beside each sweep of
the same method that has one of its contenders; those of its contenders that are in no sweep are
shown beside the first. Where there is no such sweep, it is a section by itself.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model.capacity import CapacitySummary
from clusterbench.model.cell_summary import CellSummary
from clusterbench.model.experiment import Loop, Scenario
from clusterbench.model.numbers import TIMES, plural

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.load.kinds.kind import LoadKind
    from clusterbench.model.experiment import Experiment
    from clusterbench.model.summary import Summary

#: The ids of the chapters on training and on footprints, and of their charts.
TRAINING, FOOTPRINT = "training", "footprint"
#: That of the chapter on where CPU time goes.
ATTRIBUTION = "attribution"


@dataclass(frozen=True, slots=True, kw_only=True)
class Section:
    """A sweep, and the scenarios of one level beside it, each with the contenders shown here.

    `suffix` tells this section's files from those of others: `-predict-batch`; the run's first
    has none. `cells` are the whole run's, by contender, scenario and level. `capacities` are those
    that its own scenario found.
    """

    scenario: Scenario
    beside: tuple[Scenario, ...]
    suffix: str
    cells: Mapping[tuple[str, str, int], CellSummary]
    capacities: tuple[CapacitySummary, ...] = ()

    @property
    def id(self) -> str:
        """Return the id of its chapter, and of its charts."""
        return f"scenario-{slug(self.scenario.name)}"

    @property
    def kind(self) -> LoadKind:
        """Return the load kind of the sweep."""
        return kind_of(self.scenario)

    def words(self, scenario: str, level: int) -> str:
        """Return a level of a scenario in words, as a table has it."""
        shown = next(each for each in self.shown if each.name == scenario)
        return kind_of(shown).level_words(level)

    @property
    def shows_capacity(self) -> bool:
        """Return whether its figures show what servers can do."""
        return shows_capacity(self.scenario)

    @property
    def shown(self) -> tuple[Scenario, ...]:
        """Return the scenarios that the section shows, the sweep first."""
        return (self.scenario, *self.beside)

    @property
    def contenders(self) -> tuple[str, ...]:
        """Return the contenders that the section shows, the sweep's first."""
        return tuple(dict.fromkeys(name for s in self.shown for name in s.contenders))

    def of(self, scenario: Scenario, contender: str) -> tuple[CellSummary, ...]:
        """Return a contender's cells in one scenario by level; unmeasured ones are left out."""
        if contender not in scenario.contenders:
            return ()
        found = (self.cells.get((contender, scenario.name, level)) for level in scenario.sweep)
        return tuple(cell for cell in found if cell is not None)

    def of_contender(self, contender: str) -> tuple[CellSummary, ...]:
        """Return a contender's cells in the section, the sweep's first."""
        return tuple(cell for scenario in self.shown for cell in self.of(scenario, contender))

    def all(self) -> tuple[CellSummary, ...]:
        """Return every cell of the section: contender by contender, the sweep's first."""
        return tuple(cell for name in self.contenders for cell in self.of_contender(name))

    def lower_bounds(self, scenario: Scenario) -> bool:
        """Return whether the throughput of any of a scenario's cells is a lower bound."""
        return any(
            cell.lower_bound for name in scenario.contenders for cell in self.of(scenario, name)
        )


def sections(experiment: Experiment, summary: Summary) -> tuple[Section, ...]:
    """Sort a run's cells into sections, in the experiment's order."""
    cells = {(cell.contender, cell.scenario, cell.level): cell for cell in summary.cells}
    # Scenarios on generated models have a chapter of their own.
    scenarios = tuple(s for s in experiment.scenarios.values() if s.size is None)
    sweeps = [s for s in scenarios if not _saturating(s)]
    beside: dict[str, list[Scenario]] = {s.name: [] for s in sweeps}
    alone = [
        scenario
        for scenario in scenarios
        if _saturating(scenario) and not _placed(scenario, sweeps, beside)
    ]
    return tuple(
        Section(
            scenario=scenario,
            beside=tuple(beside.get(scenario.name, ())),
            suffix="" if place == 0 else "-" + slug(scenario.name),
            cells=cells,
            capacities=tuple(c for c in summary.capacities if c.scenario == scenario.name),
        )
        for place, scenario in enumerate([*sweeps, *alone])
    )


def slug(name: str) -> str:
    """Make a name safe as a part of a file's name and of an HTML id."""
    return re.sub(r"[^A-Za-z0-9._]+", "-", name).strip("-") or "scenario"


def shows_capacity(scenario: Scenario) -> bool:
    """Return whether a scenario shows what servers can do: by the reference method, steadily."""
    kind = kind_of(scenario)
    return scenario.reference and kind.steady and kind.shows_capacity


def describe(scenario: Scenario) -> str:
    """Return what a scenario does: `Predict by ghz, 8 connections, closed loop`."""
    connections = plural(scenario.connections, "connection")
    return (
        f"{scenario.method} by {scenario.generator}, {connections}, {kind_of(scenario).describe()}"
    )


def saturating_shape(scenario: Scenario) -> str:
    """Write how a scenario of one level loads: `8x100`."""
    return shape(scenario, scenario.sweep[0])


def shape(scenario: Scenario, level: int) -> str:
    """Write how a scenario loads at a level: `8x100`, connections times streams of each."""
    connections = scenario.connections_at(level)
    if scenario.loop is Loop.OPEN:
        return kind_of(scenario).level_words(level)
    if level % connections:
        return f"{level:,} on {connections}"
    return f"{connections}{TIMES}{level // connections:,}"


def saturated_by(scenario: Scenario) -> str:
    """Name a mark beside the sweep: `saturated by h2load, 8x100`."""
    return f"saturated by {scenario.generator}, {saturating_shape(scenario)}"


def level_name(scenario: Scenario) -> str:
    """Name what a scenario's levels are."""
    return kind_of(scenario).level_name


def _saturating(scenario: Scenario) -> bool:
    """Return whether a scenario has one level that shows what its servers do at most."""
    return len(scenario.sweep) == 1 and scenario.saturates and kind_of(scenario).steady


def _placed(
    scenario: Scenario, sweeps: Sequence[Scenario], beside: Mapping[str, list[Scenario]]
) -> bool:
    """Put a saturating scenario beside the sweeps that it belongs to; return whether any is there.

    Both are measured by the reference method: it never stands beside what is not.
    """
    comparable = [
        sweep for sweep in sweeps if shows_capacity(sweep) and sweep.method is scenario.method
    ]
    in_sweeps = {name for sweep in comparable for name in sweep.contenders}
    hosts = [sweep for sweep in comparable if set(sweep.contenders) & set(scenario.contenders)]
    for host in hosts:
        shared = [name for name in scenario.contenders if name in host.contenders]
        if host is hosts[0]:
            shared += [name for name in scenario.contenders if name not in in_sweeps]
        beside[host.name].append(replace(scenario, contenders=tuple(shared)))
    return bool(hosts)
