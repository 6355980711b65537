"""The JSON schemas of what a run folder holds; `orchestrator/schema` keeps them as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec

from clusterbench.model.records import RunRecord, TrialRecord, TurnRecord
from clusterbench.model.summary import Summary
from clusterbench.model.training import TrainingRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

_TYPES: Mapping[str, type] = {
    "run": RunRecord,
    "trial": TrialRecord,
    "turn": TurnRecord,
    "summary": Summary,
    "training": TrainingRecord,
}


def schemas() -> Mapping[str, bytes]:
    """Return each schema file's content by its name, made from the classes that are written."""
    made = {}
    for name, type_ in _TYPES.items():
        schema = msgspec.json.schema(type_)
        schema = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema}
        made[f"{name}.schema.json"] = (
            msgspec.json.format(msgspec.json.encode(schema), indent=1) + b"\n"
        )
    return made
