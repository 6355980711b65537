"""Loads, and what load generators leave when they end."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from clusterbench.load.generator import Load, Right
from clusterbench.model.execution import Address, Completed
from clusterbench.model.experiment import Loop, Method
from clusterbench.model.units import Seconds

#: What the real generators printed and wrote, once.
RECORDED = Path(__file__).parent / "recorded"


def make_load(
    *,
    method: Method = Method.PREDICT,
    loop: Loop = Loop.CLOSED,
    level: int = 64,
    connections: int = 8,
    duration: float = 6.5,
    response_bytes: int | None = None,
    right: Right | None = None,
    threads: int = 1,
) -> Load:
    return Load(
        address=Address("server", 5001),
        method=method,
        loop=loop,
        level=level,
        connections=connections,
        duration=Seconds(duration),
        response_bytes=response_bytes,
        right=right,
        threads=threads,
    )


def completed(*files: Path, exit_status: int = 0, stdout: str = "", stderr: str = "") -> Completed:
    """A command that ended and left these files."""
    return Completed(
        exit_status=exit_status,
        stdout=stdout,
        stderr=stderr,
        outputs={file.name: file for file in files},
    )


def ghz_report(
    calls: list[tuple[str, int, str]],
    **changes: Any,
) -> dict[str, Any]:
    """A report as ghz writes it, of calls given as end, latency (ns) and status."""
    counts: dict[str, int] = {}
    for _, _, status in calls:
        counts[status] = counts.get(status, 0) + 1
    details = [
        {"timestamp": stamp, "latency": latency, "error": "", "status": status}
        for stamp, latency, status in calls
    ]
    return {
        "count": len(calls),
        "total": 2_000_000_000,
        "options": {"call": "ml.ClusteringService.Predict", "data": [{"features": [1.0]}]},
        "statusCodeDistribution": counts,
        "details": details or None,
        **changes,
    }


def ghz_left(folder: Path, content: dict[str, Any] | str) -> Completed:
    """A ghz that ended with 0 and left this report."""
    file = folder / "t.ghz.json"
    file.write_text(content if isinstance(content, str) else json.dumps(content))
    return completed(file)
