"""A container's counters where its cgroup is not seen from here: by the engine's answer."""

from __future__ import annotations

from typing import Any

import pytest

from clusterbench.errors import ServerFailed
from clusterbench.runtime.docker.container_server import ContainerCounters

# As Docker 26 answers under cgroup version 2, cut to what is read.
STATS: dict[str, Any] = {
    "cpu_stats": {
        "cpu_usage": {"total_usage": 7_950_000_000},
        "throttling_data": {
            "periods": 159,
            "throttled_periods": 154,
            "throttled_time": 7_537_383_000,
        },
    },
    "memory_stats": {"usage": 60_841_984, "stats": {"file": 841_984}},
}


class Answering:
    """A container, its client and the client's API in one."""

    def __init__(self, stats: dict[str, Any]) -> None:
        self.id, self.name, self.client, self.api = "of-another-machine", "lab-1", self, self
        self._stats = stats

    def stats(self, _id: str, **_how: object) -> dict[str, Any]:
        return self._stats


def test_throttled_time_is_that_of_the_engines_answer() -> None:
    counters = ContainerCounters(Answering(STATS), ServerFailed).read()
    assert counters.throttled == pytest.approx(7.537383)
    assert counters.cpu == pytest.approx(7.95)
    assert counters.memory == counters.peak_without_files == 60_000_000
    assert counters.peak_memory is None


def test_an_answer_of_version_1_has_a_peak_with_file_pages_and_tells_of_those() -> None:
    memory = {
        "usage": 60_000_000,
        "max_usage": 70_000_000,
        "stats": {"total_cache": 20_000_000, "total_inactive_file": 5_000_000},
    }
    counters = ContainerCounters(Answering({**STATS, "memory_stats": memory}), ServerFailed).read()
    assert counters.memory == 40_000_000
    assert counters.peak_memory == 70_000_000
    assert counters.peak_without_files == 50_000_000


def test_an_answer_without_throttling_is_not_throttled() -> None:
    cpu = {"cpu_usage": STATS["cpu_stats"]["cpu_usage"]}
    counters = ContainerCounters(Answering({**STATS, "cpu_stats": cpu}), ServerFailed).read()
    assert counters.throttled == 0.0
    assert (counters.quota, counters.cpus) == (None, None)
