"""What a server says of itself in its log: one JSON object a line. No I/O here."""

from __future__ import annotations

import json
import math
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.model.records import WorkerShare

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_WORKERS = tuple[WorkerShare, ...]


def events(log: str) -> Iterator[Mapping[str, Any]]:
    """Return the log's lines that are JSON objects; other lines are somebody else's."""
    for line in log.splitlines():
        if line.startswith("{"):
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                yield event


def parse_startup(log: str) -> Mapping[str, Any]:
    """Return the first event `starting`, or {} where there is none."""
    return next((event for event in events(log) if event.get("event") == "starting"), {})


def parse_workers(log: str) -> tuple[WorkerShare, ...]:
    """Return what each worker did by the last event `stopped`; () where that does not say it.

    The log may be somebody else's: what is not in the form of docs/add-a-contender.md counts for
    nothing.
    """
    said = [event for event in events(log) if event.get("event") == "stopped"]
    try:
        workers = msgspec.convert(said[-1].get("workers", ()), _WORKERS) if said else ()
    except msgspec.ValidationError:
        return ()
    return workers if all(map(_possible, workers)) else ()


def _possible(worker: WorkerShare) -> bool:
    return min(worker.requests, worker.connections or 0) >= 0 <= worker.cpu_seconds < math.inf
