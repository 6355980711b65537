"""Limits that engines drop or add, by further engines of such settings."""

from __future__ import annotations

import uuid
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.config.compose_file import Role
from clusterbench.doctor import checks
from clusterbench.doctor.findings import State
from clusterbench.errors import HostError
from clusterbench.model.cpus import CpuSet
from clusterbench.model.units import Bytes
from clusterbench.runtime.docker.verification import verify
from support.factories import job
from support.quotas import quota_group
from support.second_engine import second_engine
from support.stand_in_containers import FIRST, HARDENED, IMAGE, STAND_IN, Lab
from support.stand_in_processes import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from support.quotas import QuotaGroup
    from support.second_engine import SecondEngine

pytestmark = pytest.mark.docker

#: So little that it is used up on a busy host too.
LITTLE = 0.05
BUSY = replace(HARDENED, name="busy", command=("while true; do :; done",))


@pytest.fixture(scope="module")
def group() -> Iterator[QuotaGroup]:
    with quota_group(LITTLE) as made:
        yield made


@pytest.fixture(scope="module")
def held_back(engine: Any, group: QuotaGroup) -> Iterator[SecondEngine]:
    """Start an engine all of whose containers are in a quota."""
    settings = {"cgroup-parent": group.name}
    with second_engine(settings, images=[IMAGE], first=engine) as made:
        yield made


@pytest.fixture(scope="module")
def no_cpusets(engine: Any) -> Iterator[SecondEngine]:
    """Start an engine that drops CPU sets, with a warning and no error."""
    with second_engine(images=[IMAGE], first=engine, without=["cpuset"]) as made:
        yield made


def lab(engine: SecondEngine) -> Lab:
    return Lab(engine.client(), f"labtest{uuid.uuid4().hex[:8]}")


def test_a_quota_over_the_engine_is_warned_of_and_kept_in_the_fingerprint(
    held_back: SecondEngine, group: QuotaGroup
) -> None:
    runtime = lab(held_back).runtime()
    assert runtime.warnings() == []
    with runtime.open():
        (warning,) = runtime.warnings()
        assert runtime.describe([STAND_IN]).engine["quota"] == f"{LITTLE:g} CPUs"
    assert warning.startswith(f"CPU quota: {LITTLE:g} CPUs (cgroup {group.name}) over all that")


def test_a_quota_over_the_engine_is_counted_for_both_sides(held_back: SecondEngine) -> None:
    runtime = lab(held_back).runtime(busy=BUSY)
    with (
        runtime.open(),
        runtime.server(replace(STAND_IN, service="busy"), FIRST) as server,
        runtime.generator(FIRST) as home,
    ):
        for usage in (server.usage, home.usage):
            first = usage()
            assert (first.quota, first.cpus) == (LITTLE, 1)
            assert until(lambda usage=usage, first=first: usage().throttled > first.throttled)


def test_a_quota_over_the_engine_is_counted_for_a_job(held_back: SecondEngine) -> None:
    trains = replace(HARDENED, name="trains", role=Role.TRAINER, command=None)
    jobs = lab(held_back).runtime(trains=trains)
    counts = "i=0; while [ $i -lt 50000 ]; do i=$((i + 1)); done; echo $i > out"
    with jobs.open():
        done = jobs.run_once(job(counts, command=("sh", "-c", counts)))
    assert done.content == b"50000\n"
    assert done.throttled > 0


def test_a_cpu_set_that_the_engine_drops_refuses_the_run(no_cpusets: SecondEngine) -> None:
    made = lab(no_cpusets)
    runtime = made.runtime()
    with runtime.open():
        assert runtime.warnings() == ["engine: it warns: WARNING: No cpuset support"]
        dropped = "CPU set: 0 was asked for, and it is unpinned"
        with runtime.server(STAND_IN, FIRST) as server, pytest.raises(HostError, match=dropped):
            server.verify()
        with pytest.raises(HostError, match=dropped), runtime.generator(FIRST):
            pytest.fail("it is measured")
        with runtime.server(STAND_IN, CpuSet()) as server:
            server.verify()
            assert server.running()
    assert made.containers() == []


def test_doctor_repeats_what_the_engine_warns_of(
    no_cpusets: SecondEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_SOCKET", str(no_cpusets.socket))
    found = checks.doctor(results=tmp_path, runtime="docker")
    by_subject = {each.subject: each for each in found if each.state is not State.OK}
    assert by_subject["engine"].found == "it warns: No cpuset support"
    assert by_subject["engine's limits"].state is State.MISSING
    assert "CPU sets" in by_subject["engine's limits"].found


def test_doctor_tries_the_engines_limits_and_finds_a_quota_over_it(
    held_back: SecondEngine, group: QuotaGroup, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_SOCKET", str(held_back.socket))
    found = checks.doctor(results=tmp_path, runtime="docker", image=IMAGE)
    by_subject = {each.subject: each for each in found}
    assert by_subject["engine's limits"].state is State.OK
    quota = by_subject["engine's quota"]
    assert quota.state is State.WARN
    assert quota.found == f"{LITTLE:g} CPUs (cgroup {group.name}) over all that the engine starts"
    assert held_back.client().containers.list(all=True) == []
    unknown = checks.doctor(results=tmp_path, runtime="docker", image="nobody/none")
    assert any(each.found == "not tried: nobody/none is not built" for each in unknown)


def test_limits_that_are_others_than_asked_are_told(held_back: SecondEngine) -> None:
    limited = replace(HARDENED, name="limited", mem_limit=Bytes(64 << 20))
    made = lab(held_back)
    runtime = made.runtime(limited=limited)
    with runtime.open(), runtime.server(replace(STAND_IN, service="limited"), FIRST):
        (container,) = made.containers("clusterbench.role=server")
        verify(container, FIRST, limited.mem_limit)
        container.update(mem_limit="32m", memswap_limit="32m")
        with pytest.raises(HostError, match="memory limit: 67108864 was asked for, and it is 335"):
            verify(container, FIRST, limited.mem_limit)
        container.update(cpu_quota=5_000, cpu_period=100_000)
        with pytest.raises(HostError, match=r"CPU quota: none was asked for, and it is 0\.05"):
            verify(container, FIRST, limited.mem_limit)
