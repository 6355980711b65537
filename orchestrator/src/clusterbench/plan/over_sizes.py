"""An experiment over the sizes of generated models: every contender on every model. Pure.

A server holds one model. So a contender on a model is a contender of its own, with turns of its
own, and a scenario on a model is a scenario of its own, which only those contenders take that
serve this model. Nothing else of the lab need know of sizes: a cell is one contender, scenario
and level, as ever, and contenders are compared within a scenario.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from clusterbench.model.contender import Contender
    from clusterbench.model.experiment import Experiment, Scenario
    from clusterbench.model.sizes import ModelSize, Sizes


def over_sizes(experiment: Experiment, sizes: Sizes) -> Experiment:
    """Return an experiment whose contenders serve each model, and whose scenarios send to each.

    An experiment without scenarios, which only trains, stays as it is.
    """
    if not experiment.scenarios:
        return experiment
    contenders = [
        _on(each, size) for size in sizes.models for each in experiment.contenders.values()
    ]
    scenarios = [_to(each, size) for size in sizes.models for each in experiment.scenarios.values()]
    return replace(
        experiment,
        contenders={each.name: each for each in contenders},
        scenarios={each.name: each for each in scenarios},
        sizes=sizes,
    )


def _on(contender: Contender, size: ModelSize) -> Contender:
    return replace(
        contender,
        name=size.named(contender.name),
        title=f"{contender.title}, {size}",
        model=None,
        published=contender.published_name,
        alternative=None,
        size=size,
        base=contender.name,
    )


def _to(scenario: Scenario, size: ModelSize) -> Scenario:
    return replace(
        scenario,
        name=size.named(scenario.name),
        contenders=tuple(size.named(name) for name in scenario.contenders),
        size=size,
    )
