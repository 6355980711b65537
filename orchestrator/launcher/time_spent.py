"""Where the time of a test run went: minutes of each part, told when pytest closes."""

from __future__ import annotations

import json
import os
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

VARIABLE = "CLUSTERBENCH_TIME_SPENT"
"""Seconds by part, as JSON: what `.ci/run` tells `./lab test` of, and both tell pytest of."""

_KINDS = ("process", "docker")
"""The folders of tests that have a line of their own; all others are unit tests."""


@dataclass(frozen=True, slots=True)
class Stopwatch:
    """Seconds by part, in the order in which they began."""

    seconds: dict[str, float] = field(default_factory=lambda: parts_before(os.environ))

    @contextmanager
    def on(self, part: str) -> Iterator[None]:
        """Count the time that the block takes as time of a part."""
        began = time.monotonic()
        self.seconds.setdefault(part, 0.0)
        try:
            yield
        finally:
            self.seconds[part] += time.monotonic() - began

    def variables(self) -> dict[str, str]:
        """Return the environment variable that tells pytest."""
        return {VARIABLE: json.dumps(self.seconds)}


def parts_before(variables: Mapping[str, str]) -> dict[str, float]:
    """Return the seconds of the parts that went before, which an environment variable holds."""
    try:
        return {
            str(part): float(s) for part, s in json.loads(variables.get(VARIABLE, "{}")).items()
        }
    except (ValueError, AttributeError, TypeError):
        return {}


def lines(before: Mapping[str, float], reports: Iterable[Any]) -> Iterator[str]:
    """Return a line per part with its minutes: those that went before, then each kind of tests.

    `reports` are those of pytest: one for each phase of each test.
    """
    seconds = dict.fromkeys(("unit", *_KINDS), 0.0)
    tests: dict[str, set[str]] = {kind: set() for kind in seconds}
    for report in reports:
        folders = report.nodeid.partition("::")[0].split("/")
        kind = next((kind for kind in _KINDS if kind in folders), "unit")
        seconds[kind] += report.duration
        tests[kind].add(report.nodeid)
    for part, spent in before.items():
        yield f"{part:<24}{_minutes(spent)}"
    for kind, names in tests.items():
        if names:
            yield f"{f'{kind} tests':<24}{_minutes(seconds[kind])}  {len(names)} tests"
    yield "(pytest runs tests beside each other: a line of tests is the sum over them.)"


def _minutes(seconds: float) -> str:
    return f"{seconds / 60:6.1f} min"
