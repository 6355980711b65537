"""The JSON schemas of what runs and comparisons write, and of bench.toml: `orchestrator/schema`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.config.bench_file import bench_schema
from clusterbench.model.calibration import Calibration
from clusterbench.model.compared import Compared
from clusterbench.model.comparison_result import ComparisonResult
from clusterbench.model.records import RunRecord, TrialRecord, TurnRecord
from clusterbench.model.slices import CompareRecord, InstanceRecord, SliceRecord
from clusterbench.model.summary import Summary
from clusterbench.model.training import TrainingRecord

if TYPE_CHECKING:
    from collections.abc import Mapping

DIALECT = "https://json-schema.org/draft/2020-12/schema"

_TYPES: Mapping[str, type] = {
    "run": RunRecord,
    "trial": TrialRecord,
    "turn": TurnRecord,
    "summary": Summary,
    "training": TrainingRecord,
    "calibration": Calibration,
    "compare": CompareRecord,
    "slice": SliceRecord,
    "instance": InstanceRecord,
    "compared": Compared,
    "comparison": ComparisonResult,
}


def schemas() -> Mapping[str, bytes]:
    """Return each schema file's content by its name, made from the classes that hold the data."""
    made = {
        f"{name}.schema.json": _file({"$schema": DIALECT, **msgspec.json.schema(type_)})
        for name, type_ in _TYPES.items()
    }
    return {**made, "bench.schema.json": _file({"$schema": DIALECT, **bench_schema()})}


def _file(schema: Mapping[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(schema), indent=1) + b"\n"
