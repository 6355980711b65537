"""What a server says of itself in its log: one JSON object a line. No I/O here."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


def events(log: str) -> Iterator[Mapping[str, Any]]:
    """Give the log's lines that are JSON objects; other lines are somebody else's."""
    for line in log.splitlines():
        if line.startswith("{"):
            try:
                event = json.loads(line)
            except ValueError:
                continue
            if isinstance(event, dict):
                yield event


def parse_hello(log: str) -> Mapping[str, Any]:
    """Give the first line with the event `starting`, or {} where there is none."""
    return next((event for event in events(log) if event.get("event") == "starting"), {})
