"""Finds what one core of each contender serves, and what the asked rate takes, in a summary. Pure.

Within the latency objective that is asked for, where the run looked for capacities; else of
saturated servers. Of a service's contenders the one stands for it that serves the most per core:
with one process, or with one worker per core.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.measure.cost import costs, in_question, objectives, quotient, whole_cores_of
from clusterbench.measure.estimates import scaled
from clusterbench.measure.pairs import counterpart
from clusterbench.model.contender import CURRENT
from clusterbench.model.objective import Objective, Question
from clusterbench.model.trial import Limit
from clusterbench.model.units import RequestsPerSecond
from clusterbench.plan.comparisons import is_comparison
from clusterbench.report.sections import sections
from clusterbench.report.served import Answered, Served
from clusterbench.report.tables.section_tables import fullest

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from clusterbench.measure.cost import ContenderCost
    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.contender import Contender
    from clusterbench.model.experiment import Experiment, Method
    from clusterbench.model.interval import Estimate
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary

#: A longer title is no name; the contender's own name is used.
_LONGEST = 40


def answered(run: RunRecord, summary: Summary) -> Answered | None:
    """Return what a run says of the question; None where it has nothing to say of it.

    That is a run that trains alone, or overloads servers, or compares alternatives, or measures by
    the published method alone.
    """
    experiment = run.experiment
    if is_comparison(experiment):
        return None
    objective = _objective(run, summary)
    within = _within(run, summary, objective) if objective else None
    if within is not None and within.known:
        return within
    found = _saturated(run, summary)
    if found is None or within is None:
        return found or within
    unmet = any(each.none_met for each in within.contenders)
    return replace(found, missed=objective if unmet else None)


def _within(run: RunRecord, summary: Summary, objective: Objective) -> Answered | None:
    experiment = run.experiment
    asked = experiment.question
    rate = asked.rate if asked else RequestsPerSecond(1.0)
    headroom = asked.headroom if asked else 0.0
    question = Question(objective=objective, rate=rate, headroom=headroom)
    every = costs(run, summary, question)
    scenario = every[0].scenario if every else ""
    found = [
        _of_cost(experiment, summary, each)
        for each in every
        if each.scenario == scenario and _counts(experiment, each.contender)
    ]
    if not found:
        return None
    current, older = _ranked(experiment, found)
    return Answered(
        objective=objective,
        question=asked,
        method=experiment.scenarios[scenario].method,
        rounds=experiment.rounds_of(scenario),
        contenders=current,
        older=older,
    )


def _of_cost(experiment: Experiment, summary: Summary, cost: ContenderCost) -> Served:
    found, level = cost.capacity, cost.objective.milliseconds
    cell = next(
        (
            each
            for each in summary.cells
            if (each.contender, each.scenario, each.level) == (cost.contender, cost.scenario, level)
        ),
        None,
    )
    served = _named(experiment, summary, cost.contender)
    failures = len(cell.failures) if cell else 0
    if found is None:
        return replace(served, failures=failures)
    return replace(
        served,
        per_core=found.per_core if found.per_core and found.per_core.value > 0 else None,
        lower_bound=found.lower_bound,
        trials=found.trials,
        unmet=found.unmet,
        reasons=found.reasons,
        failures=failures,
        cell=cell,
        cores=cost.whole if experiment.question else None,
        cores_bound=cost.bound,
        memory=cost.memory if experiment.question else None,
    )


def _saturated(run: RunRecord, summary: Summary) -> Answered | None:
    """Return what saturated servers say, by the scenarios of the first method that has some."""
    experiment = run.experiment
    found = [
        section
        for section in sections(experiment, summary)
        if section.shows_capacity and any(_counts(experiment, name) for name in section.contenders)
    ]
    if not found:
        return None
    method: Method = found[0].scenario.method
    served: dict[str, Served] = {}
    for section in found:
        if section.scenario.method is method:
            for name in section.contenders:
                if _counts(experiment, name) and name not in served:
                    cells = section.of_contender(name)
                    cell = fullest(section, name).cell
                    failures = sum(len(each.failures) for each in cells)
                    served[name] = _of_cell(run, summary, name, cell, failures)
    current, older = _ranked(experiment, list(served.values()))
    return Answered(
        objective=None,
        question=experiment.question,
        method=method,
        rounds=experiment.rounds_of(found[0].scenario.name),
        contenders=current,
        older=older,
    )


def _of_cell(
    run: RunRecord, summary: Summary, name: str, cell: CellSummary | None, failures: int
) -> Served:
    experiment = run.experiment
    served = replace(_named(experiment, summary, name), failures=failures)
    if cell is None or cell.throughput is None or not cell.throughput.value > 0:
        return served
    cpu = cell.cpu_per_request
    # One process on many cores, or a server that shares them, is judged by the CPU time it used.
    used = cpu is not None and (run.plan.shared or cell.limit is Limit.NEITHER)
    if used and cpu is not None:
        per_core = quotient(1.0, cpu)
    else:
        per_core = scaled(cell.throughput, 1 / experiment.contenders[name].capacity(run.plan))
    return replace(
        served,
        per_core=per_core,
        lower_bound=cell.lower_bound and not used,
        used=used,
        trials=cell.trials,
        cell=cell,
        cores=_cores(cpu, experiment.question),
    )


def _cores(cpu: Estimate | None, question: Question | None) -> Estimate | None:
    """Return the whole cores of a rate by CPU time per request (s), which no limit bounds."""
    if cpu is None or question is None:
        return None
    return whole_cores_of(scaled(cpu, question.rate / (1 - question.headroom)))


def _objective(run: RunRecord, summary: Summary) -> Objective | None:
    """Return the objective to answer for: that of the question, or the nearest that was measured.

    Without a question it is the middle one.
    """
    asked = in_question(run, summary)
    known = objectives(summary)
    if asked is None:
        return known[len(known) // 2] if known else None
    return asked.objective


def _counts(experiment: Experiment, name: str) -> bool:
    """Return whether a contender may stand in the answer: it predicts, and is no alternative."""
    contender = experiment.contenders[name]
    return not contender.noop and contender.alternative is None


def _named(experiment: Experiment, summary: Summary, name: str) -> Served:
    base = _service(experiment.contenders[name], experiment.contenders.values())
    memory = next(
        (each.footprint.peak_memory for each in summary.contenders if each.name == name), None
    )
    # `scikit-learn on grpcio, one process per core` stands for the service as a whole.
    title = base.title.split(",")[0] if base.per_core else base.title
    title = title if 0 < len(title) <= _LONGEST else base.name
    return Served(contender=name, title=title, peak_memory=memory)


def _service(contender: Contender, among: Iterable[Contender]) -> Contender:
    """Return the contender of one process for which another may stand: itself where none is."""
    alone = counterpart(contender, tuple(among)) if contender.per_core else None
    return alone or contender


def _ranked(
    experiment: Experiment, found: Sequence[Served]
) -> tuple[tuple[Served, ...], tuple[Served, ...]]:
    """Return one for each service, the best first; those of an older edition apart.

    Where all are of an older one, they are the answer.
    """
    known = experiment.contenders
    best: dict[str, Served] = {}
    for each in found:
        name = _service(known[each.contender], known.values()).name
        before = best.get(name)
        if before is None or _rank(each) > _rank(before):
            best[name] = each
    ranked = sorted(best.values(), key=lambda each: each.point, reverse=True)
    current = [each for each in ranked if known[each.contender].edition == CURRENT]
    older = [each for each in ranked if each not in current] if current else []
    return tuple(current or ranked), tuple(older)


def _rank(each: Served) -> tuple[bool, bool, float]:
    return each.per_core is not None, not each.used, each.point
