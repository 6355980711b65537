"""What each CPU ran, by /proc/stat."""

from __future__ import annotations

from clusterbench.host.cpu_time import cpu_times, parse_cpu_times

#: user nice system idle iowait irq softirq steal guest guest_nice, of which guests are in user.
STAT = """\
cpu  3000 30 700 9000 80 5 60 200 100 0
cpu0 1000 10 200 5000 40 5 30 150 100 0
cpu11 2000 20 500 4000 40 0 30 50 0 0
intr 12345
ctxt 1
"""


def test_time_of_programs_of_the_kernel_and_of_other_machines_counts() -> None:
    assert parse_cpu_times(STAT) == {0: 13.6, 11: 25.7}


def test_a_file_without_cpus_has_none() -> None:
    assert parse_cpu_times("intr 1\n") == {}
    assert parse_cpu_times("cpu0 1 2 3\n") == {}


def test_this_machine_has_cpus_that_have_run() -> None:
    found = cpu_times()
    assert found is not None
    assert all(ran > 0 for ran in found.busy.values())
