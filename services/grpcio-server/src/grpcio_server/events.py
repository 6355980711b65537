"""The log: one JSON object a line on standard output, each flushed as it is written."""

from __future__ import annotations

import json
import os
import sys
from typing import Any


def emit(event: str, **fields: Any) -> None:
    """Write one event. Once nobody reads standard output, events are dropped."""
    try:
        print(json.dumps({"event": event, **fields}), flush=True)
    except BrokenPipeError:
        # The interpreter flushes again at its end: give it somewhere to flush to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
