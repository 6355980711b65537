from __future__ import annotations

import os

import pytest

from clusterbench.host import procfs
from clusterbench.host.procfs import Process
from clusterbench.model.units import Seconds

STAT = (
    "14444 (a name) (odd) S 13452 14444 14400 0 -1 4194304 52343 8371 0 0 "
    "150 30 20 5 20 0 7 0 218840 1089466368 36210 18446744073709551615 1 1 0 0 0 0 0 16781312 "
    "16386 0 0 0 17 1 0 0 0 0 0 0 0 0 0 0 0 0 0\n"
)
STATUS = "Name:\tpython3\nVmPeak:\t 1063932 kB\nVmHWM:\t  150120 kB\nVmRSS:\t  144840 kB\n"


def process(pid: int, parent: int, session: int) -> Process:
    return Process(pid=pid, parent=parent, session=session, own=Seconds(0), reaped=Seconds(0))


def test_a_stat_line_is_read_though_the_name_holds_parentheses() -> None:
    found = procfs.parse_stat(STAT)
    ticks = os.sysconf("SC_CLK_TCK")
    assert (found.pid, found.parent, found.session) == (14444, 13452, 14400)
    assert found.own == pytest.approx(180 / ticks)
    assert found.reaped == pytest.approx(25 / ticks)


def test_memory_is_given_in_bytes() -> None:
    assert procfs.parse_memory(STATUS) == (144840 * 1024, 150120 * 1024)


def test_a_process_that_ended_holds_no_memory() -> None:
    assert procfs.parse_memory("Name:\tghz\nState:\tZ (zombie)\n") == (0, 0)


def test_a_tree_holds_descendants_and_orphans_of_the_session_and_nobody_else() -> None:
    everyone = {
        p.pid: p
        for p in [
            process(1, 0, 1),
            process(10, 1, 10),  # the leader
            process(11, 10, 10),  # a worker
            process(12, 11, 12),  # a worker's child with a session of its own
            process(13, 1, 10),  # an orphan of the session
            process(20, 1, 20),  # a stranger
        ]
    }
    assert [p.pid for p in procfs.tree(10, everyone)] == [10, 11, 12, 13]


def test_a_tree_whose_leader_is_gone_is_empty() -> None:
    assert procfs.tree(99, {1: process(1, 0, 1)}) == []


def test_usage_of_this_very_process_is_read_to_the_nanosecond() -> None:
    before = procfs.usage(os.getpid())
    total = sum(i * i for i in range(300_000))
    after = procfs.usage(os.getpid())
    assert total
    assert after.cpu > before.cpu
    assert after.at > before.at
    assert after.peak_memory is not None
    assert 0 < after.memory <= after.peak_memory
