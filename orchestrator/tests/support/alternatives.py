"""Alternatives beside what they stand against, and how they stand."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from clusterbench.measure.standings import Standing, standings
from clusterbench.measure.summarise import summarise
from clusterbench.model.cell_summary import Figures
from clusterbench.model.contender import Alternative, Contender
from clusterbench.model.units import RequestsPerSecond
from support import factories

if TYPE_CHECKING:
    from clusterbench.model.experiment import Experiment


def experiment(*alternatives: tuple[str, str, float | None]) -> Experiment:
    """What is kept, and alternatives given as name, what each stands against, and goal."""
    contenders = {"kept": Contender(name="kept", service="s", title="what is kept")}
    for name, of, goal in alternatives:
        what = Alternative(of=of, about=f"about {name}", goal=goal)
        contenders[name] = Contender(name=name, service="s", alternative=what)
    base = factories.experiment()
    saturated = dataclasses.replace(base.scenarios["saturated"], contenders=tuple(contenders))
    return dataclasses.replace(
        base, contenders=contenders, scenarios={"saturated": saturated}, rounds=3
    )


def found(
    made: Experiment, throughputs: dict[str, tuple[float | None, ...]]
) -> dict[str, Standing]:
    """How each stands by its throughput, round by round; None is a trial that is missing."""
    trials = []
    figures = {}
    for name, rounds in throughputs.items():
        for number, value in enumerate(rounds, start=1):
            if value is not None:
                trial = factories.trial_record(
                    id=f"{name}-{number}", contender=name, scenario="saturated", level=800,
                    round=number,
                )  # fmt: skip
                trials.append(trial)
                figures[trial.id] = Figures(
                    throughput=RequestsPerSecond(value), latency={}, responses=int(value),
                    errors={},
                )  # fmt: skip
    run = factories.run_record(experiment=made)
    summary = summarise(run, trials, figures)
    return {each.contender: each for each in standings(made, summary, trials, figures)}
