"""What a window of counting printed becomes counts, or a reason for having none."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from clusterbench.host.counters import (
    NOT_OFFERED,
    Counters,
    Counts,
    offered,
    parse_counts,
    switched,
)
from clusterbench.host.profilers.profiler import Sampled
from clusterbench.model.counts import HARDWARE, SWITCHES, HardwareCount
from clusterbench.model.cpus import CpuSet
from clusterbench.model.units import Seconds
from support.profiles import RECORDED

if TYPE_CHECKING:
    from pathlib import Path

#: As perf 6.1 writes them. Recorded: without counters, on a virtual machine that has none.
NONE = (RECORDED / "counters-not-offered.txt").read_text()
ALL = """# started on Thu Nov 26 13:02:52 2026

12345678901,,instructions,1998000000,100.00,1.54,insn per cycle
8000000000,,cycles,1998000000,100.00,4.004,GHz
1998.00,msec,task-clock,1998000000,100.00,0.998,CPUs utilized
"""
BUSY = "while True: pass"
WAITS = "import time\nwhile True: time.sleep(0.001)"


def server(*pids: int) -> Sampled:
    return Sampled(programs=dict.fromkeys(pids, "any"), cpus=CpuSet((0,)))


def hardware(text: str) -> HardwareCount:
    found = parse_counts(text)
    assert isinstance(found, HardwareCount)
    return found


def test_what_a_machine_with_counters_counts_is_read() -> None:
    assert hardware(ALL) == HardwareCount(
        instructions=12345678901, cycles=8000000000, cpu=Seconds(1.998)
    )


def test_a_machine_without_counters_has_its_switches_and_a_reason() -> None:
    found = Counters().read(NONE)
    assert found.hardware is None
    assert found.lacking == {HARDWARE: NOT_OFFERED}
    assert found.switches is not None
    assert found.switches.voluntary > 0
    assert found.switches.cpu > 0


def test_counters_that_took_turns_say_how_long_they_counted() -> None:
    text = ALL.replace("1998000000,100.00,1.54", "1398600000,70.00,1.54")
    assert hardware(text).counted == 0.7


def test_counts_of_an_unprivileged_user_are_known_to_leave_the_kernel_out() -> None:
    text = ALL.replace("instructions", "instructions:u").replace("cycles", "cycles:u")
    assert hardware(text).user_only
    assert not hardware(ALL).user_only


def test_counts_of_two_kinds_of_cores_are_added_up() -> None:
    text = (
        "600,,cpu_core/instructions/,100,60.00,,\n400,,cpu_atom/instructions/,100,40.00,,\n"
        "300,,cpu_core/cycles/,100,60.00,,\n<not counted>,,cpu_atom/cycles/,0,0.00,,\n"
        "10.00,msec,task-clock,100,100.00,,\n"
    )
    found = hardware(text)
    assert (found.instructions, found.cycles) == (1000, 300)


@pytest.mark.parametrize(
    ("text", "said", "why"),
    [
        ("<not supported>,,instructions,0,100.00,,\n", "", NOT_OFFERED),
        ("<not counted>,,instructions,0,0.00,,\n<not counted>,,cycles,0,0.00,,\n", "", "nothing"),
        ("", "sh: 1: perf: not found", "not installed"),
        ("", "Error:\nAccess to performance monitoring and observability ...", "as root"),
        ("", "Error:\nfailed to read counter instructions", "failed to read counter"),
        ("", "", "no counts"),
    ],
)
def test_what_counts_nothing_has_a_reason(text: str, said: str, why: str) -> None:
    found = parse_counts(text, said)
    assert isinstance(found, str)
    assert why in found


def test_threads_that_began_within_the_window_count_too() -> None:
    def looked(thread: int, voluntary: int, ran: int) -> str:
        path = f"/proc/7/task/{thread}"
        return (
            f"{path}/status:voluntary_ctxt_switches:\t{voluntary}\n"
            f"{path}/status:nonvoluntary_ctxt_switches:\t1\n{path}/schedstat:{ran} 5 9\n"
        )

    first = looked(7, 100, 2_000_000_000)
    last = looked(7, 130, 2_500_000_000) + looked(8, 10, 250_000_000)
    found = switched(first, last)
    assert found is not None
    assert (found.voluntary, found.involuntary, found.cpu) == (40, 1, 0.75)


def test_a_kernel_that_tells_no_switches_has_none_and_a_reason() -> None:
    assert switched("", "") is None
    assert SWITCHES in Counters().read("").lacking
    assert Counters().read("").switches is None


def counted(folder: Path, code: str) -> Counts:
    """Run the real script on a real process that runs `code`."""
    counters = Counters()
    with subprocess.Popen([sys.executable, "-c", code]) as process:
        try:
            script = counters.script(server(process.pid))
            done = subprocess.run(
                ["sh", "-c", script], cwd=folder, capture_output=True, text=True, check=True
            )
        finally:
            process.kill()
    return counters.read(done.stdout)


def test_a_real_process_that_waits_switches_more_than_one_that_does_not(tmp_path: Path) -> None:
    waits, busy = (counted(tmp_path, code).switches for code in (WAITS, BUSY))
    assert waits is not None
    assert busy is not None
    assert waits.voluntary > busy.voluntary
    assert busy.cpu > 0


def test_whether_the_kernel_offers_counters_is_seen_in_its_list(tmp_path: Path) -> None:
    for name in ("software", "msr", "breakpoint", "tracepoint"):
        (tmp_path / name).mkdir()
    assert not offered(tmp_path)
    (tmp_path / "cpu").mkdir()
    assert offered(tmp_path)
    assert not offered(tmp_path / "none")


def test_a_server_without_processes_is_not_counted() -> None:
    assert not Counters().suits(server())
