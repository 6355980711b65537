"""The JSON Schema of bench.toml; `orchestrator/schema` keeps it as a file, for editors."""

from __future__ import annotations

from typing import Any

from clusterbench.config.bench_tables import BenchTables
from clusterbench.config.problems import without_null


def bench_schema() -> dict[str, Any]:
    """Return the schema, made from the models that read the file."""
    schema: dict[str, Any] = without_null(BenchTables.model_json_schema())
    return {**schema, "title": "bench.toml"}
