"""The table `question` of bench.toml: what the report of a run answers first."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field, WithJsonSchema

from clusterbench.config.tables import FileTable, Headroom, ServedRate, says
from clusterbench.errors import ConfigError
from clusterbench.model.objective import Objective, Question, parse_objective
from clusterbench.model.units import RequestsPerSecond


def _objective(value: object) -> object:
    """Read an objective as it is written, and leave one that is read already."""
    if not isinstance(value, str):
        raise says("is no text; it takes one like 'p99=10ms'")
    try:
        return parse_objective(value)
    except ConfigError as error:
        raise says(f"is {error}") from None


#: A latency objective, as it is written.
WrittenObjective = Annotated[
    Objective, BeforeValidator(_objective), WithJsonSchema({"type": "string"})
]


class QuestionTable(FileTable):
    """What the report of a run with capacities answers."""

    objective: WrittenObjective = Field(description="The latency that must be kept: p99=10ms.")
    rate: ServedRate = Field(description="Requests per second to be served.")
    headroom: Headroom = Field(description="The share of the capacity that is to stay free.")

    def question(self) -> Question:
        """Return what is asked."""
        return Question(
            objective=self.objective, rate=RequestsPerSecond(self.rate), headroom=self.headroom
        )
