"""Profilers on a real server under load, where this host lets them; else with the reason."""

from __future__ import annotations

import os
import shutil
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clusterbench.bench import health
from clusterbench.bench.profiling import counted
from clusterbench.config.compose_file import read_services
from clusterbench.config.data_folder import read_data
from clusterbench.errors import ProfilerFailed
from clusterbench.host.profilers.all_profilers import PROFILERS
from clusterbench.host.profilers.perf import Perf
from clusterbench.load.generator import Load
from clusterbench.load.generators.all_generators import GENERATORS
from clusterbench.measure.profile_shares import shares
from clusterbench.model.attribution import Spent
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.model.experiment import Loop, Method
from clusterbench.model.units import Seconds
from clusterbench.runtime.process.built import Built
from clusterbench.runtime.process.process_runtime import ProcessRuntime
from support.local_servers import command_of
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.host.profilers.profiler import Sampled
    from clusterbench.load.generator import Invocation
    from clusterbench.runtime.port import Server

pytestmark = pytest.mark.process

DATA = read_data(ROOT / "data")
H2LOAD = GENERATORS["h2load"]


@pytest.fixture(params=["rust-tonic", "sklearn-grpc"])
def loaded(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Server]:
    """A real server while h2load loads it; skipped where either is missing."""
    name, program = request.param, shutil.which("h2load")
    command = command_of(name)
    if not Path(command[0]).is_file():
        pytest.skip(f"{name} is not built: there is no {command[0]}")
    if program is None:
        pytest.skip("h2load is not installed")
    runtime = ProcessRuntime(
        services=read_services(ROOT / "compose.yaml"),
        data=DATA,
        root=ROOT,
        built=Built(commands={name: tuple(command)}, programs={"h2load": Path(program)}),
        project=f"labtest-{uuid.uuid4().hex}",
        start_deadline=Seconds(60.0),
        scratch=tmp_path / "run",
    )
    first = CpuSet((min(os.sched_getaffinity(0)),))
    with (
        runtime.open(),
        runtime.server(Contender(name=name, service=name), first) as server,
        runtime.generator(CpuSet()) as generator,
    ):
        with health.connect(server) as channel:
            health.wait_until_serving(server, channel, Seconds(60.0))
        generator.put(H2LOAD.files(DATA))
        with generator.execute(_invocation(server, 8, 800).command):
            yield server


def _invocation(server: Server, connections: int, level: int) -> Invocation:
    load = Load(
        address=server.address,
        method=Method.PREDICT,
        loop=Loop.CLOSED,
        level=level,
        connections=connections,
        duration=Seconds(120.0),
        may_stall=True,
    )
    return H2LOAD.invocation(load, "profile")


def test_profilers_see_a_real_server_work(loaded: Server) -> None:
    found: dict[str, str] = {}
    for profiler in PROFILERS:
        try:
            stacks = loaded.profile(profiler, CpuSet())
        except ProfilerFailed:
            continue  # the next one may
        if stacks is not None:
            assert counted(stacks) > 0
            found[profiler.name] = stacks
    if "perf" not in found:
        pytest.skip("this host lets perf sample nothing")
    seen = shares(found)
    assert seen is not None
    assert seen.by_class[Spent.FRAMEWORK].value > 0.1
    assert seen.by_class[Spent.KERNEL].value > 0
    assert seen.by_class[Spent.MODEL].value + seen.by_class[Spent.OTHER].value > 0


@pytest.mark.parametrize("loaded", ["rust-tonic"], indirect=True)
def test_a_profiler_that_cannot_start_is_lacking_with_a_remedy(loaded: Server) -> None:
    class NotThere(Perf):
        def script(self, server: Sampled) -> str:
            return "no-such-perf record"

    with pytest.raises(ProfilerFailed, match="linux-perf"):
        loaded.profile(NotThere(), CpuSet())
    assert loaded.running()


@pytest.mark.parametrize("loaded", ["rust-tonic"], indirect=True)
def test_a_profiler_that_prints_nothing_is_lacking_with_what_it_said(loaded: Server) -> None:
    class Silent(Perf):
        def script(self, server: Sampled) -> str:
            return "echo out of luck >&2"

    with pytest.raises(ProfilerFailed, match="out of luck"):
        loaded.profile(Silent(), CpuSet())
