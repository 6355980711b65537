"""A server compared with itself: real slices of two instances at once, as local processes."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clusterbench.bench.comparing import Comparing
from clusterbench.bench.progress import Progress
from clusterbench.config.compose_file import read_services
from clusterbench.config.data_folder import read_data
from clusterbench.host.cpu_time import cpu_times
from clusterbench.model.compare_plan import Arm, SliceLoad
from clusterbench.model.compared import CompareVerdict
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.model.slices import InstanceRecord, SliceRecord
from clusterbench.model.units import RequestsPerSecond, Seconds
from clusterbench.runtime.process.built import Built
from clusterbench.runtime.process.process_runtime import ProcessRuntime
from clusterbench.store.compare_folder import CompareFolder
from support.comparisons import compare_plan, compare_record
from support.factories import cpu_plan
from support.local_servers import BUILDS, command_of
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.process

TONIC, GENERATOR = Path(command_of("rust-tonic")[0]), BUILDS / "grpc-load" / "bin" / "grpc-load"
ITSELF = Contender(name="rust-tonic", service="rust-tonic")
AVAILABLE = sorted(os.sched_getaffinity(0))
PLAN = cpu_plan(
    server=CpuSet((AVAILABLE[0],)),
    generator=CpuSet((AVAILABLE[-1],)),
    server_capacity=1,
    generator_capacity=1,
)


@pytest.fixture
def compare(tmp_path: Path) -> Callable[[SliceLoad], CompareFolder]:
    """Return what compares a server with itself: two blocks of three pairs."""
    for program in (TONIC, GENERATOR):
        if not program.is_file():
            pytest.skip(f"there is no {program}: it is not built")
    data = read_data(ROOT / "data")
    runtime = ProcessRuntime(
        services=read_services(ROOT / "compose.yaml"),
        data=data,
        root=ROOT,
        built=Built(
            commands={"rust-tonic": tuple(command_of("rust-tonic"))},
            programs={"grpc-load": GENERATOR},
        ),
        project=f"labtest-{uuid.uuid4().hex}",
        scratch=tmp_path / "scratch",
    )

    def run(load: SliceLoad) -> CompareFolder:
        plan = compare_plan(
            baseline=ITSELF, candidate=ITSELF, load=load, pairs=3, least_blocks=2, most_blocks=2
        )
        folder = CompareFolder.create(tmp_path, compare_record(compare=plan, plan=PLAN))
        with runtime.open():
            Comparing(
                folder=folder,
                runtime=runtime,
                data=data,
                progress=Progress(quiet=True),
                machine=cpu_times,
                start_deadline=Seconds(60.0),
            ).run()
        return folder

    return run


def test_a_server_is_compared_with_itself_to_the_end(
    compare: Callable[[SliceLoad], CompareFolder],
) -> None:
    folder = compare(SliceLoad(rate=RequestsPerSecond(1000.0), connections=4))
    slices = [each for each in folder.records() if isinstance(each, SliceRecord)]
    counted = [each for each in slices if not each.again]
    places = {(each.block, each.pair, each.arm) for each in counted}
    assert places == {(block, pair, arm) for block in (0, 1) for pair in range(3) for arm in Arm}
    for each in slices:
        assert each.ok == each.scheduled > 0
        assert not each.failed
        assert each.cpu is not None
        assert each.cpu > 0
        assert each.interference is not None
        assert 0 < each.latency["p50"] <= each.latency["max"]
        assert each.send_delay
        assert each.histogram
    instances = [each for each in folder.records() if isinstance(each, InstanceRecord)]
    assert len(instances) == 4
    for one in instances:
        assert one.start > 0
        assert one.memory
        assert one.parity
        assert one.startup["event"] == "starting"
        assert len(one.warm_up) >= 2
        log = folder.path / "logs" / f"block{one.block + 1}-{one.arm}.log"
        assert '"stopped"' in log.read_text()
    found = folder.compared()
    assert found is not None
    assert (found.blocks, found.pairs) == (2, 6)


def test_a_closed_loop_compares_throughput(
    compare: Callable[[SliceLoad], CompareFolder],
) -> None:
    folder = compare(SliceLoad(concurrency=16, connections=4))
    found = folder.compared()
    assert found is not None
    throughput = next(each for each in found.metrics if each.name == "throughput")
    assert throughput.verdict is not CompareVerdict.NOT_COMPARED
    assert throughput.ratio is not None
