"""Where CPU time per request goes: by profilers, and by what no-op handlers cost. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.measure.estimates import estimate, scaled
from clusterbench.measure.profile_shares import shares
from clusterbench.measure.stack_tree import tree
from clusterbench.model.attribution import Attribution, ContenderCosts, Difference, Spent
from clusterbench.model.contender import HANDLER
from clusterbench.model.interval import Estimate
from clusterbench.model.profile import ProfileRecord
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.contender import Contender
    from clusterbench.model.experiment import Experiment, Scenario

#: Why there is no record of profilers in a run that asked for them.
_NOT_REACHED: Mapping[str, str] = {"profilers": "its first turn ended before they sampled it"}
#: The parts of a difference by no-op handlers.
NOOP, CALL = "gRPC alone (no-op handler)", "the call into the model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Profiled:
    """What profilers gave of one contender: its record, and folded stacks by profiler."""

    record: ProfileRecord
    folded: Mapping[str, str]


def attribute(
    experiment: Experiment, cells: Iterable[CellSummary], profiled: Mapping[str, Profiled]
) -> Attribution | None:
    """Return where CPU time goes, for contenders with a model that a scenario saturates.

    None where there is neither a profile, or a reason for having none, nor a no-op handler.
    """
    known = {(c.contender, c.scenario): c for c in cells if c.cpu_per_request is not None}
    found = [
        costs
        for contender in experiment.contenders.values()
        if not contender.noop
        and (costs := _costs(contender, experiment, known, profiled.get(contender.name)))
    ]
    if not any(each.profile or each.lacking or each.noop for each in found):
        return None
    return Attribution(contenders=tuple(found), difference=_difference(found))


def _costs(
    contender: Contender,
    experiment: Experiment,
    known: Mapping[tuple[str, str], CellSummary],
    profiled: Profiled | None,
) -> ContenderCosts | None:
    """Return a contender's costs; None where nothing saturated it."""
    saturating = [s for s in experiment.scenarios.values() if s.saturates and len(s.sweep) == 1]
    own = [s for s in saturating if (contender.name, s.name) in known]
    if profiled:
        own.sort(key=lambda scenario: scenario.name != profiled.record.scenario)
    if not own:
        return None
    scenario = own[0]
    cpu = known[contender.name, scenario.name].cpu_per_request
    assert cpu is not None  # noqa: S101 - `known` has those alone
    noop = _noop(contender, experiment, scenario, saturating, known)
    noop_cpu = noop.cpu_per_request if noop else None
    seen = shares(profiled.folded) if profiled else None
    return ContenderCosts(
        contender=contender.name,
        scenario=scenario.name,
        level=scenario.sweep[0],
        cpu=cpu,
        profile={s: scaled(e, cpu.value) for s, e in seen.by_class.items()} if seen else {},
        samples=profiled.record.samples if profiled else {},
        lacking=profiled.record.lacking
        if profiled
        else _NOT_REACHED
        if experiment.profiler
        else {},
        tree=tree(seen.stacks) if seen else (),
        noop=noop.contender if noop else None,
        noop_cpu=noop_cpu,
        model_call=_less(cpu, noop_cpu) if noop_cpu else None,
    )


def _lacking(profiled: Profiled | None, experiment: Experiment) -> Mapping[str, str]:
    """Return why a server was not sampled, by profiler."""
    if profiled is not None:
        return profiled.record.lacking
    return _NOT_REACHED if experiment.profiler else {}


def _noop(
    contender: Contender,
    experiment: Experiment,
    scenario: Scenario,
    saturating: Sequence[Scenario],
    known: Mapping[tuple[str, str], CellSummary],
) -> CellSummary | None:
    """Return the cell of the same server with a no-op handler, under the same load."""
    for other in experiment.contenders.values():
        if not other.noop or _server(other) != _server(contender):
            continue
        for each in saturating:
            if _load(each) == _load(scenario) and (cell := known.get((other.name, each.name))):
                return cell
    return None


def _server(contender: Contender) -> tuple[object, ...]:
    """Return what a contender is apart from its handler."""
    return (
        contender.service or contender.image or contender.command,
        contender.variant,
        {name: value for name, value in contender.environment.items() if name != HANDLER},
        contender.per_core,
        contender.cores,
        contender.model,
    )


def _load(scenario: Scenario) -> tuple[object, ...]:
    """Return what a server is given in a scenario."""
    return scenario.method, scenario.generator, scenario.connections, scenario.sweep


def _less(whole: Estimate, part: Estimate) -> Estimate:
    """Return whole - part (s): paired by round where both have each, else without an interval."""
    if len(whole.rounds) == len(part.rounds) > 1:
        pairs = zip(whole.rounds, part.rounds, strict=True)
        return estimate([a - b for a, b in pairs], positive=False)
    left = whole.value - part.value
    return Estimate(value=left, low=None, high=None, rounds=(left,))


def _difference(found: Sequence[ContenderCosts]) -> Difference | None:
    """Return what is between the two that are the farthest apart, of those with most to tell."""
    told = [each for each in found if each.profile or each.noop]
    told.sort(key=lambda each: each.cpu.value)
    if len(told) < 2 or told[0].cpu.value <= 0:  # noqa: PLR2004 - it takes two to differ
        return None
    less, more = told[0], told[-1]
    by_profile: dict[Spent, Seconds] = {}
    if less.profile and more.profile:
        by_profile = {s: Seconds(more.profile[s].value - less.profile[s].value) for s in Spent}
    by_noop: dict[str, Seconds] = {}
    if less.noop_cpu and more.noop_cpu and less.model_call and more.model_call:
        by_noop = {
            NOOP: Seconds(more.noop_cpu.value - less.noop_cpu.value),
            CALL: Seconds(more.model_call.value - less.model_call.value),
        }
    return Difference(
        more=more.contender,
        less=less.contender,
        ratio=more.cpu.value / less.cpu.value,
        total=Seconds(more.cpu.value - less.cpu.value),
        by_profile=by_profile,
        by_noop=by_noop,
    )
