"""The log: one JSON object a line on standard output, each flushed as it is written."""

from __future__ import annotations

import json
import os
import sys
from typing import TypedDict


class Work(TypedDict):
    """What one process of a server did, as the event `stopped` says it."""

    calls: int
    """Calls of Predict and PredictBatch that reached a handler, answered or refused."""
    cpu_seconds: float
    """CPU time of the process, from its start to its end."""


def emit(event: str, **fields: object) -> None:
    """Write one event. Once nobody reads standard output, events are dropped."""
    try:
        sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes again at its end: give it somewhere to flush to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
