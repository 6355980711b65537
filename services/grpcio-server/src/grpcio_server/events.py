"""The log: one JSON object a line on standard output, each flushed as it is written."""

import json
import os
import sys


def emit(event: str, **fields: object) -> None:
    """Write one event. Once nobody reads standard output, events are dropped."""
    try:
        sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The interpreter flushes again at its end: give it somewhere to flush to.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
