"""The load kinds by name. A new kind is a module beside this one and a line here."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from pydantic import Field, TypeAdapter

from clusterbench.load.kinds.as_published import AsPublished
from clusterbench.load.kinds.closed_loop import ClosedLoop
from clusterbench.load.kinds.open_loop import OpenLoop
from clusterbench.load.kinds.overload import Overload
from clusterbench.load.kinds.share_of_saturated import ShareOfSaturated
from clusterbench.load.kinds.within_objective import WithinObjective

if TYPE_CHECKING:
    from clusterbench.load.kinds.kind import LoadKind
    from clusterbench.model.experiment import Experiment, Scenario, Timing

#: The table `load` of a scenario: its key `kind` says which.
AnyLoadKind = Annotated[
    ClosedLoop | OpenLoop | ShareOfSaturated | WithinObjective | AsPublished | Overload,
    Field(discriminator="kind"),
]
_READ: TypeAdapter[LoadKind] = TypeAdapter(AnyLoadKind)


def kind_of(scenario: Scenario) -> LoadKind:
    """Return a scenario's load kind with its settings."""
    return _READ.validate_python(scenario.load)


def timing_of(experiment: Experiment, scenario: str) -> Timing:
    """Return how long a scenario's trials last."""
    return kind_of(experiment.scenarios[scenario]).timing(experiment.timing)
