"""The command that says what serving a rate within a latency objective takes."""

from __future__ import annotations

import shutil
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from clusterbench.cli.options import find_run
from clusterbench.cli.output import Output
from clusterbench.errors import ConfigError, LabError
from clusterbench.measure.claim_evidence import Judged
from clusterbench.measure.cost import (
    HOURS_PER_MONTH,
    at_objective,
    costs,
    in_question,
    money,
    objectives,
)
from clusterbench.model.objective import Question, parse_objective
from clusterbench.model.records import TrialRecord
from clusterbench.model.units import RequestsPerSecond
from clusterbench.report.render import terminal
from clusterbench.report.tables import cost_tables
from clusterbench.store.analysis import analyse
from clusterbench.store.newest_run import run_folders
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from clusterbench.measure.cost import ContenderCost
    from clusterbench.measure.scaling import CoreScaling


def cost(arguments: argparse.Namespace) -> None:
    """Print what each contender needs, a section for each run; runs of one host share their laws.

    Raises ConfigError where a run has no capacities, or none at the objective.
    """
    out = Output(arguments)
    names = arguments.run_names or [_newest(arguments.results)]
    folders = [RunFolder.open(find_run(name, arguments.results)) for name in names]
    judged = [Judged(folder.run, analyse(folder).summary) for folder in folders]
    asked = [(each, _question(each, arguments)) for each in judged]
    answers = []
    for at, question in asked:
        beside = [other for other in judged if other is not at]
        found = costs(at.run, at.summary, question, beside)
        answers.append(_described(at, question, found, arguments.price))
        if not out.json:
            _print(at, question, found, arguments.price, out)
    out.data({"price_per_core_hour": arguments.price, "runs": answers})


def _newest(results: Path) -> str:
    """Return the newest run that searched for capacities."""
    for path in run_folders(results):
        try:
            records = RunFolder.open(path).records()
        except LabError:  # one that cannot be read: whoever names it is told why
            continue
        if any(isinstance(each, TrialRecord) and each.capacity is not None for each in records):
            return str(path)
    raise ConfigError(f"{results}: no run here has capacities; {_measure_it()}")


def _question(at: Judged, arguments: argparse.Namespace) -> Question:
    """Return the question of a run with what the options change of it."""
    usual = in_question(at.run, at.summary)
    if usual is None:
        raise ConfigError(f"{at.run.id}: it has no capacities; {_measure_it(arguments.slo)}")
    question = replace(
        usual,
        objective=usual.objective if arguments.slo is None else parse_objective(arguments.slo),
        rate=usual.rate if arguments.rate is None else RequestsPerSecond(arguments.rate),
        headroom=usual.headroom if arguments.headroom is None else arguments.headroom,
    )
    if not at_objective(at.summary, question.objective):
        known = ", ".join(each.written for each in objectives(at.summary))
        written = question.objective.written
        raise ConfigError(
            f"--slo {written}: {at.run.id} has capacities at {known} alone; {_measure_it(written)}"
        )
    return question


def _measure_it(objective: str | None = None) -> str:
    return f"`capacity --slo {objective or 'p99=10ms'}` measures them"


def _print(
    at: Judged, question: Question, found: Sequence[ContenderCost], price: float | None, out: Output
) -> None:
    run, width = at.run, shutil.get_terminal_size((120, 24)).columns
    out.say(f"{run.id}: profile {run.experiment.profile}, {run.runtime}; {run.plan}")
    out.end(f"{cost_tables.asked(question)}:")
    for table in (*cost_tables.needs(found, price, narrow=True), *cost_tables.laws(found)):
        out.end(terminal.table(table, width))
    for line in cost_tables.rest(found):
        out.end(line)
    for note in cost_tables.notes(found, price):
        out.say(note)
    out.say("")


# ------------------------------------------------------------------------------------- JSON


def _described(
    at: Judged, question: Question, found: Sequence[ContenderCost], price: float | None
) -> Mapping[str, Any]:
    return {
        "run": at.run.id,
        "objective": question.objective.written,
        "rate": question.rate,
        "headroom": question.headroom,
        "hours_per_month": HOURS_PER_MONTH,
        "contenders": [_contender(each, price) for each in found],
    }


def _contender(cost: ContenderCost, price: float | None) -> Mapping[str, Any]:
    spent = None if price is None else money(cost, price)
    return {
        "contender": cost.contender,
        "scenario": cost.scenario,
        "capacity_per_core": cost.per_core,
        "bound": cost.bound,
        "met": cost.cores is not None,
        "cores": cost.cores,
        "whole_cores": cost.whole,
        "processes": cost.processes,
        "memory_bytes": cost.memory,
        "rests_on": cost_tables.basis(cost),
        "measured_cores": cost.measured_cores,
        "money": spent,
        "law": None if cost.scaling is None else _law(cost.scaling),
    }


def _law(scaling: CoreScaling) -> Mapping[str, Any]:
    return {
        "gamma": scaling.law.gamma,
        "alpha": scaling.law.alpha,
        "beta": scaling.law.beta,
        "fitted_to": scaling.of,
        "points": scaling.points,
    }
