"""A trial's requests as samples/<trial>.parquet."""

from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from clusterbench.errors import StoreError
from clusterbench.model.samples import Samples
from clusterbench.store import atomic

if TYPE_CHECKING:
    from pathlib import Path

_HEAD = b"clusterbench"
#: Columns that are there where an open loop's generator tells them.
_TOLD = ("send_delay", "held_back_for")
_IN_HEAD = ("origin", "counts", "truncated", "duration", "drained")


def write_samples(file: Path, samples: Samples) -> None:
    """Write a trial's requests: a column each, and what is said of all of them as metadata.

    Raises OSError where the file cannot be written.
    """
    columns = {
        "start_s": pa.array(samples.start, pa.float64()),
        "latency_s": pa.array(samples.latency, pa.float64()),
        "status": pa.array(samples.status, pa.int8()),
    }
    for name in _TOLD:
        if (told := getattr(samples, name)) is not None:
            columns[f"{name}_s"] = pa.array(told, pa.float64())
    table = pa.table(columns)
    head = msgspec.json.encode({name: getattr(samples, name) for name in _IN_HEAD})
    with atomic.replacing(file) as temporary:
        pq.write_table(table.replace_schema_metadata({_HEAD: head}), temporary, compression="zstd")


def read_samples(file: Path) -> Samples:
    """Read a trial's requests. Raises StoreError where the file is not theirs, or OSError."""
    try:
        table = pq.read_table(file)
        head = msgspec.json.decode((table.schema.metadata or {})[_HEAD])
    except (pa.ArrowException, msgspec.MsgspecError, KeyError) as error:
        raise StoreError(f"{file}: cannot be read: {error}") from error
    return Samples(
        start=table["start_s"].to_numpy(),
        latency=table["latency_s"].to_numpy(),
        status=table["status"].to_numpy(),
        **{
            name: table[f"{name}_s"].to_numpy()
            for name in _TOLD
            if f"{name}_s" in table.column_names
        },
        **head,
    )
