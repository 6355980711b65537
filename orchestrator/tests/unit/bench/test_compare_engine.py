"""The loop of a comparison, on servers whose costs are known."""

from __future__ import annotations

import io
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from clusterbench.bench import health, parity, slicing
from clusterbench.bench.comparing import Comparing
from clusterbench.bench.progress import Progress
from clusterbench.config.data_folder import read_data
from clusterbench.errors import ConfigError, GeneratorFailed, ServerFailed
from clusterbench.model.compare_plan import Arm, ComparePlan, SliceLoad
from clusterbench.model.compared import Compared, CompareVerdict
from clusterbench.model.contender import Contender, Handler
from clusterbench.model.cpus import CpuSet
from clusterbench.model.records import Parity
from clusterbench.model.slices import InstanceRecord, SliceRecord
from clusterbench.model.units import RequestsPerSecond, Seconds
from clusterbench.store.compare_folder import CompareFolder
from support.compared_world import Behaviour, ComparedWorld
from support.comparisons import compare_record
from support.data_folders import write
from support.factories import cpu_plan

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

A, B = Contender(name="a", service="a"), Contender(name="b", service="b")
CPUS = cpu_plan(
    server=CpuSet((0,)), generator=CpuSet((1,)), server_capacity=1, generator_capacity=1
)


def plan(**changes: Any) -> ComparePlan:
    base = ComparePlan(
        baseline=A, candidate=B, load=SliceLoad(), pairs=6, budget=Seconds(600.0), most_blocks=12
    )
    return replace(base, **changes)


class Lab:
    """A comparison of a world, with all that it keeps."""

    def __init__(
        self, tmp_path: Path, world: ComparedWorld, asked: ComparePlan, **more: Any
    ) -> None:
        self.world, self.out = world, io.StringIO()
        record = compare_record(compare=asked, plan=CPUS)
        self.folder = CompareFolder.create(tmp_path, record)
        self.comparing = Comparing(
            folder=self.folder,
            runtime=world,
            data=read_data(write(tmp_path / "data")),
            progress=Progress(console=Console(file=self.out, width=200), now=world.now),
            machine=world.machine,
            now=world.now,
            **more,
        )

    def run(self) -> Compared:
        return self.comparing.run()

    @property
    def slices(self) -> list[SliceRecord]:
        return [each for each in self.folder.records() if isinstance(each, SliceRecord)]

    @property
    def instances(self) -> list[InstanceRecord]:
        return [each for each in self.folder.records() if isinstance(each, InstanceRecord)]


@pytest.fixture(autouse=True)
def reachable(monkeypatch: pytest.MonkeyPatch) -> None:
    """Servers that are made up are reached, serve, and answer rightly."""

    @contextmanager
    def connect(server: Any) -> Iterator[None]:
        yield None

    right = Parity(observations=4, worst_excess=0.0)
    monkeypatch.setattr(health, "connect", connect)
    monkeypatch.setattr(health, "wait_until_serving", lambda *_: None)
    monkeypatch.setattr(parity, "check_first", lambda *_, **__: None)
    monkeypatch.setattr(parity, "check_parity", lambda *_: right)
    monkeypatch.setattr(slicing, "_SETTLES", 0.0)


def test_a_candidate_that_costs_a_tenth_more_is_found(tmp_path: Path) -> None:
    lab = Lab(tmp_path, ComparedWorld(behaviours={"b": Behaviour(cost=1.1)}), plan())
    found = lab.run()
    assert found.verdict is CompareVerdict.SLOWER
    cpu = next(each for each in found.metrics if each.name == "cpu")
    assert cpu.ratio is not None
    assert cpu.ratio.ends is not None
    low, high = cpu.ratio.ends
    assert 1.0 < low < 1.1 < high
    assert lab.folder.compared() == found


def test_a_contender_against_itself_shows_no_difference(tmp_path: Path) -> None:
    found = Lab(tmp_path, ComparedWorld(), plan(candidate=A)).run()
    assert found.verdict is CompareVerdict.NO_DIFFERENCE
    assert found.reached


def test_both_are_resident_and_a_block_is_one_instance_of_each(tmp_path: Path) -> None:
    lab = Lab(tmp_path, ComparedWorld(), plan(most_blocks=3, least_blocks=3))
    lab.run()
    assert lab.world.most_alive == 2
    for block in range(3):
        arms = [each.arm for each in lab.instances if each.block == block]
        assert sorted(arms) == [Arm.BASELINE, Arm.CANDIDATE]
    assert len(lab.world.servers) == 6
    assert all(each.start >= 0.3 and each.memory == 1 << 20 for each in lab.instances)
    assert all(each.warm and each.parity for each in lab.instances)


def test_each_pair_is_a_slice_of_each_and_either_arm_begins_half_of_them(tmp_path: Path) -> None:
    lab = Lab(tmp_path, ComparedWorld(), plan(most_blocks=2, least_blocks=2))
    lab.run()
    for block in range(2):
        pairs = [each for each in lab.slices if each.block == block]
        assert len(pairs) == 12
        assert sum(each.first for each in pairs if each.arm is Arm.BASELINE) == 3
        for one, other in zip(pairs[::2], pairs[1::2], strict=True):
            assert (one.first, other.first) == (True, False)
            assert {one.arm, other.arm} == {*Arm}


def test_the_rate_is_a_share_of_what_the_slower_one_serves_and_is_found_once(
    tmp_path: Path,
) -> None:
    world = ComparedWorld(
        behaviours={"b": Behaviour(cost=2.0)}, slice_spread=0.0, instance_spread=0.0
    )
    lab = Lab(tmp_path, world, plan(load=SliceLoad(share=0.3), most_blocks=2, least_blocks=2))
    lab.run()
    assert {order["rate"] for order in world.orders if "rate" in order} == {1500.0}
    assert lab.out.getvalue().count("saturated throughput") == 1
    assert "1,500 requests/s, 30% of the lower" in lab.out.getvalue()
    assert "load generator was full" not in lab.out.getvalue()


def test_a_load_generator_that_is_full_before_a_server_is_told(tmp_path: Path) -> None:
    world = ComparedWorld(generator_sends=5e-4)
    lab = Lab(tmp_path, world, plan(most_blocks=2, least_blocks=2))
    lab.run()
    assert "the load generator was full" in lab.out.getvalue()


@pytest.mark.parametrize(
    ("load", "asked"),
    [
        (SliceLoad(rate=RequestsPerSecond(700.0)), ("rate", 700.0)),
        (SliceLoad(concurrency=24), ("concurrency", 24)),
    ],
)
def test_a_load_that_is_given_is_that_of_each_slice(
    tmp_path: Path, load: SliceLoad, asked: tuple[str, float]
) -> None:
    lab = Lab(tmp_path, ComparedWorld(), plan(load=load, most_blocks=2, least_blocks=2))
    lab.run()
    name, value = asked
    measured = [order for order in lab.world.orders if order["seconds"] == 0.2]
    assert len(measured) == 24
    assert {order[name] for order in measured} == {value}
    assert "saturated throughput" not in lab.out.getvalue()


def test_a_disturbed_pair_is_kept_and_measured_again_at_the_end_of_its_block(
    tmp_path: Path,
) -> None:
    # The first slices of all warm up: two chunks of each.
    world = ComparedWorld(slice_spread=0.0, disturbed_slices=frozenset({5, 8}))
    lab = Lab(tmp_path, world, plan(most_blocks=2, least_blocks=2))
    found = lab.run()
    assert found.disturbed == 2
    first = [each.pair for each in lab.slices if each.block == 0][::2]
    assert first == [0, 1, 2, 3, 4, 5, 0, 2]
    assert [each.pair for each in lab.slices if each.again] == [0, 0, 2, 2]
    assert found.pairs == 12


def test_no_more_than_half_as_many_pairs_as_there_are_are_measured_again(tmp_path: Path) -> None:
    world = ComparedWorld(slice_spread=0.0, disturbed_slices=frozenset(range(4, 100)))
    lab = Lab(tmp_path, world, plan(most_blocks=2, least_blocks=2))
    found = lab.run()
    assert len([each for each in lab.slices if each.block == 0]) == 2 * (6 + 3)
    assert found.pairs == 12
    assert all(each.interference and each.interference > 0.4 for each in lab.slices)


def test_what_others_have_all_the_time_disturbs_no_pair(tmp_path: Path) -> None:
    world = ComparedWorld(slice_spread=0.0, disturbed_slices=frozenset(range(100)))
    lab = Lab(tmp_path, world, plan(most_blocks=2, least_blocks=2))
    assert lab.run().disturbed == 0
    assert len(lab.slices) == 2 * 12
    assert all(each.interference and each.interference > 0.4 for each in lab.slices)


def test_a_server_whose_requests_become_cheaper_is_warmed_up_for_longer(tmp_path: Path) -> None:
    world = ComparedWorld(behaviours={"b": Behaviour(settles_after=6)}, slice_spread=0.0)
    lab = Lab(tmp_path, world, plan(most_blocks=2, least_blocks=2))
    lab.run()
    assert {len(each.warm_up) for each in lab.instances} == {7}
    assert all(each.warm for each in lab.instances)


def test_a_warm_up_that_never_settles_ends_and_is_marked(tmp_path: Path) -> None:
    world = ComparedWorld(behaviours={"a": Behaviour(settles_after=15)}, slice_spread=0.0)
    lab = Lab(tmp_path, world, plan(most_blocks=2, least_blocks=2))
    lab.run()
    assert {len(each.warm_up) for each in lab.instances} == {10}
    assert all(each.warm is (each.arm is Arm.CANDIDATE) for each in lab.instances)


def test_without_counters_throughputs_say_when_servers_are_warm(tmp_path: Path) -> None:
    world = ComparedWorld(slice_spread=0.0)
    world.counters = False
    lab = Lab(tmp_path, world, plan(most_blocks=2, least_blocks=2))
    lab.run()
    assert all(each.warm and each.memory is None for each in lab.instances)
    assert all(each.cpu is None and each.interference is None for each in lab.slices)


def test_a_server_that_ends_ends_the_comparison_and_what_was_measured_stays(
    tmp_path: Path,
) -> None:
    world = ComparedWorld(behaviours={"b": Behaviour(dies_after=5)}, slice_spread=0.0)
    lab = Lab(tmp_path, world, plan())
    with pytest.raises(
        ServerFailed, match=r"candidate \(b\) ended in mid-comparison\n  \| b says goodbye"
    ):
        lab.run()
    assert len(lab.slices) == 2 * 3
    assert {each.arm for each in lab.instances} == {*Arm}
    kept = lab.folder.compared()
    assert kept is not None
    assert kept.pairs == 3
    assert (lab.folder.path / "logs" / "block1-candidate.log").read_text() == "b says goodbye\n"
    assert world.alive == 0


def test_a_load_generator_that_fails_is_named_where_both_servers_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from support import compared_world  # noqa: PLC0415

    def fails(*_: object) -> str:
        raise GeneratorFailed("grpc-load ended in mid-dialogue")

    monkeypatch.setattr(compared_world.SlicingDialogue, "ask", fails)
    with pytest.raises(GeneratorFailed, match="ended in mid-dialogue"):
        Lab(tmp_path, ComparedWorld(), plan()).run()


def test_slices_that_fail_end_it_and_nothing_is_compared(tmp_path: Path) -> None:
    fails = Behaviour(failing=0.2, fails_after=2)  # it is warmed up by two chunks
    world = ComparedWorld(slice_spread=0.0, behaviours={"b": fails})
    lab = Lab(tmp_path, world, plan(load=SliceLoad(rate=RequestsPerSecond(1000.0))))
    found = lab.run()
    assert found.verdict is CompareVerdict.NOT_COMPARED
    assert len(lab.slices) == 2
    [why] = {each.why for each in found.metrics}
    assert why.startswith("block 1, pair 1: candidate: 40 of 200 requests failed (40 UNAVAILABLE)")


def test_requests_that_fail_in_the_warm_up_are_named(tmp_path: Path) -> None:
    world = ComparedWorld(behaviours={"a": Behaviour(failing=0.5, status="RESOURCE_EXHAUSTED")})
    with pytest.raises(
        ServerFailed, match=r"baseline \(a\): warm-up: .* failed \(\d+ RESOURCE_EXHAUSTED\)"
    ):
        Lab(tmp_path, world, plan()).run()


def test_no_block_begins_that_would_end_after_the_budget(tmp_path: Path) -> None:
    world = ComparedWorld(instance_spread=0.3)
    lab = Lab(tmp_path, world, plan(budget=Seconds(30.0)))
    found = lab.run()
    assert world.clock <= 30.0
    assert found.blocks > 2
    assert not found.reached


def test_two_blocks_are_measured_whatever_the_budget(tmp_path: Path) -> None:
    found = Lab(tmp_path, ComparedWorld(), plan(budget=Seconds(1.0))).run()
    assert found.blocks == 2


def test_it_ends_when_it_is_precise(tmp_path: Path) -> None:
    found = Lab(tmp_path, ComparedWorld(), plan(least_blocks=4)).run()
    assert found.reached
    assert 4 <= found.blocks < 12


def test_an_interrupt_keeps_whole_pairs_and_the_instances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lab = Lab(tmp_path, ComparedWorld(slice_spread=0.0), plan())
    monkeypatch.setattr(slicing.time, "sleep", _interrupting(after=9))
    with pytest.raises(KeyboardInterrupt):
        lab.run()
    assert len(lab.slices) == 4
    assert len(lab.instances) == 2
    assert lab.folder.compared() is not None
    assert lab.world.alive == 0


def _interrupting(after: int) -> Any:
    left = iter(range(after))

    def sleep(_seconds: float) -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    return sleep


def test_equal_seeds_give_equal_orders(tmp_path: Path) -> None:
    worlds = [ComparedWorld(slice_spread=0.0, instance_spread=0.0) for _ in range(3)]
    for number, (world, seed) in enumerate(zip(worlds, (1, 1, 2), strict=True)):
        asked = plan(seed=seed, most_blocks=2, least_blocks=2)
        Lab(tmp_path / str(number), world, asked).run()
    targets = [[order["target"] for order in world.orders] for world in worlds]
    assert targets[0] == targets[1]
    assert targets[0] != targets[2]


def test_contenders_of_different_models_are_refused(tmp_path: Path) -> None:
    own = read_data(write(tmp_path / "own"))
    lab = Lab(tmp_path, ComparedWorld(), plan(), models={"b": own})
    with pytest.raises(ConfigError, match="a and b serve different models"):
        lab.run()


def test_responses_are_compared_only_where_both_have_the_same_right_ones(tmp_path: Path) -> None:
    noop = replace(B, handler=Handler.NOOP)
    lab = Lab(tmp_path, ComparedWorld(), plan(candidate=noop, most_blocks=2, least_blocks=2))
    lab.run()
    assert not any("--expect" in command for command in lab.world.commands)
    assert all((each.parity is None) is (each.arm is Arm.CANDIDATE) for each in lab.instances)
