"""What profilers print becomes folded stacks; why one gave none is said."""

from __future__ import annotations

from itertools import pairwise

import pytest

from clusterbench.host.profilers.all_profilers import PROFILERS
from clusterbench.host.profilers.perf import Perf
from clusterbench.host.profilers.profiler import Sampled
from clusterbench.host.profilers.py_spy import PySpy
from clusterbench.model.cpus import CpuSet
from support.profiles import RECORDED

PERF_PRINTED = (RECORDED / "perf-linfa-py-grpc.txt").read_text()
PY_SPY_PRINTED = (RECORDED / "py-spy-linfa-py-grpc.txt").read_text()


def sampled(**changes: object) -> Sampled:
    known = {"programs": {1735: "python3.11"}, "cpus": CpuSet((0,))}
    return Sampled(**(known | changes))  # type: ignore[arg-type]


def stacks(folded: str) -> dict[tuple[str, ...], int]:
    lines = [line.rpartition(" ") for line in folded.splitlines()]
    return {tuple(stack.split(";")): int(count) for stack, _, count in lines}


def test_every_sample_of_the_server_is_a_stack_and_no_other_is() -> None:
    found = stacks(Perf().fold(sampled(), PERF_PRINTED))
    assert sum(found.values()) == PERF_PRINTED.count(" 1735/")
    assert not any("kworker" in stack[0] for stack in found)
    assert Perf().fold(sampled(programs={1: "python3.11"}), PERF_PRINTED) == ""


def test_a_stack_begins_with_its_thread_and_goes_inwards_to_the_kernel() -> None:
    found = stacks(Perf().fold(sampled(), PERF_PRINTED))
    into_kernel = [stack for stack in found if stack[-1].endswith("([kernel])")]
    assert into_kernel
    for stack in into_kernel:
        assert stack[0].endswith("(thread)")
        first = next(place for place, each in enumerate(stack) if each.endswith("([kernel])"))
        assert all(each.endswith("([kernel])") for each in stack[first:])


def test_neighbours_without_names_are_one_frame_and_libraries_keep_their_package() -> None:
    for stack in stacks(Perf().fold(sampled(), PERF_PRINTED)):
        for one, next_ in pairwise(stack):
            assert not (one == next_ and one.startswith("? "))
        assert not any("site-packages" in each or each.startswith("/") for each in stack)


def test_a_symbol_with_a_semicolon_cannot_break_a_stack() -> None:
    printed = "worker 1735/1736 \n\t  1a core::array<[u8; 4]>::map::h0123456789abcdef (/a/b)\n\n"
    assert Perf().fold(sampled(), printed) == "worker (thread);core::array<[u8: 4]>::map (b) 1\n"


def test_perf_samples_the_servers_cpus_or_all_where_it_has_none_of_its_own() -> None:
    assert "-C 2,3 " in Perf().script(sampled(cpus=CpuSet((3, 2))))
    assert " -a " in Perf().script(sampled(cpus=CpuSet()))


def test_many_cpus_are_sampled_less_often_each() -> None:
    assert "-F 999 " in Perf().script(sampled(cpus=CpuSet((0,))))
    assert "-F 125 " in Perf().script(sampled(cpus=CpuSet(tuple(range(32)))))


def test_stacks_of_py_spy_lose_line_numbers_and_addresses_and_no_sample() -> None:
    found = stacks(PySpy().fold(sampled(), PY_SPY_PRINTED))
    counts = [int(line.rpartition(" ")[2]) for line in PY_SPY_PRINTED.splitlines()]
    assert sum(found.values()) == sum(counts)
    frames = {each for stack in found for each in stack}
    assert not any("0x" in each or ".py:" in each for each in frames)
    assert "_serve (grpc/_server.py)" in frames


def test_processes_above_a_stack_of_py_spy_are_no_frames() -> None:
    printed = 'process 12:"python -m x";f (a.py:3);g (b.py:4) 2\n'
    assert PySpy().fold(sampled(), printed) == "f (a.py);g (b.py) 2\n"


def test_py_spy_suits_python_servers_alone_and_perf_all() -> None:
    rust = sampled(programs={1735: "rust-tonic"})
    assert [each.name for each in PROFILERS if each.suits(rust)] == ["perf"]
    assert [each.name for each in PROFILERS if each.suits(sampled())] == ["perf", "py-spy"]


@pytest.mark.parametrize(
    ("profiler", "said", "word"),
    [
        (Perf(), "sh: 1: perf: not found", "linux-perf"),
        (Perf(), "Access to performance monitoring is limited.\nperf_event_paranoid", "paranoid"),
        (Perf(), "one\nunknown option `-N'\n\n", "unknown option"),
        (Perf(), "", "nothing"),
        (PySpy(), "sh: 1: py-spy: not found", "./lab"),
        (PySpy(), "Permission Denied: Try running again with elevated permissions", "ptrace_scope"),
        (PySpy(), "Error: no python", "no python"),
    ],
)
def test_a_profiler_that_gave_nothing_says_why_and_what_to_do(
    profiler: Perf | PySpy, said: str, word: str
) -> None:
    why = profiler.why(said)
    assert word in why
    assert "\n" not in why


def test_files_of_a_container_are_linked_to_where_profilers_look_for_them() -> None:
    server = sampled(contained=True)
    for profiler in PROFILERS:
        assert "/proc/1735/root$file" in profiler.script(server)
        assert "/proc/" not in profiler.script(sampled())
    assert "--symfs linked" in Perf().script(server)


def test_py_spy_samples_the_first_process_that_runs_python() -> None:
    server = sampled(programs={7: "tini", 9: "python3.13", 11: "python3.13"})
    assert "--pid 9 " in PySpy().script(server)
