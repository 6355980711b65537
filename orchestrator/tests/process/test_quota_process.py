"""Local processes within a real CPU quota, which is that of a parent."""

from __future__ import annotations

import os
import subprocess
import sys
import uuid
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clusterbench.bench.loading import Watch
from clusterbench.errors import HostError
from clusterbench.host.own_cgroup import bandwidth
from clusterbench.load.kinds.kind import Part
from clusterbench.measure.limits import limit_of_trial
from clusterbench.model.cpus import CpuQuota, CpuSet
from clusterbench.model.experiment import Timing
from clusterbench.model.trial import Limit
from clusterbench.model.units import Seconds
from clusterbench.runtime.process import child
from clusterbench.runtime.server_log import parse_startup
from support.quotas import quota_group
from support.repository import ROOT
from support.stand_in_processes import ONE, SERVES, STAND_IN, Lab, until

if TYPE_CHECKING:
    from collections.abc import Iterator

    from support.quotas import QuotaGroup

pytestmark = pytest.mark.process

CHILD = Path(child.__file__)
#: So little that it is used up on a busy host too.
LITTLE = 0.05
BUSY = SERVES.replace("    time.sleep(0.02)", "    pass").replace(
    '"server": "stand-in"', '"server": "stand-in", "pid": os.getpid()'
)


@pytest.fixture
def group() -> Iterator[QuotaGroup]:
    with quota_group(LITTLE) as made:
        yield made


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path, f"labtest-{uuid.uuid4().hex}")


def test_a_process_finds_the_quota_of_its_parent_and_the_time_that_it_took_away(
    group: QuotaGroup,
) -> None:
    busy = subprocess.Popen(group.within([sys.executable, "-c", "while True: pass"]))
    try:
        assert until(group.holds_any)
        found = bandwidth(busy.pid)
        assert found is not None
        assert found.quota() == CpuQuota(LITTLE, group.name)
        assert until(lambda: found.throttled() > 0)
    finally:
        busy.kill()
        busy.wait()


def test_a_server_and_a_generator_in_a_quota_count_how_long_it_held_them_back(
    lab: Lab, group: QuotaGroup
) -> None:
    runtime = lab.runtime(BUSY)
    with (
        runtime.open(),
        runtime.server(STAND_IN, ONE) as server,
        runtime.generator(ONE) as home,
        home.execute(group.within([sys.executable, "-c", "while True: pass"])),
    ):
        group.add(parse_startup(server.logs())["pid"])
        assert until(group.holds_any)
        for usage in (server.usage, home.usage):
            assert until(lambda usage=usage: usage().throttled > 0)
            assert (usage().quota, usage().cpus) == (LITTLE, 1)
        timing = Timing(dropped=Seconds(0.0), window=Seconds(1.0), margin=Seconds(0.0))
        watch = Watch(server, home, Part(name="load", timing=timing, counters=(0.0, 1.0)))
        watch.through(lambda: True)
        used = watch.usage(1, 1)
        assert used[1] is not None
        assert limit_of_trial(used[0], used[1]) is Limit.THROTTLED


def test_a_server_that_pins_itself_to_fewer_cpus_keeps_those_that_it_was_given(lab: Lab) -> None:
    pins = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
    runtime = lab.runtime(pins + SERVES)
    with runtime.open(), runtime.server(STAND_IN, CpuSet()) as server:
        assert parse_startup(server.logs())["cpus"] == list(ONE.cpus)
        assert server.usage().cpus == len(os.sched_getaffinity(0))


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["plan", "--profile", "quick", "--plan", "unpinned"],
            "a CPU quota of 0.5 CPUs is shared by both sides, not pinned: trials can be throttled",
        ),
        (["doctor"], "0.5 CPUs for this process"),
    ],
)
def test_plan_and_doctor_say_what_a_quota_means(words: list[str], said: str) -> None:
    command = [sys.executable, "-m", "clusterbench", *words, "--runtime", "process", "--json"]
    with quota_group(0.5) as half:
        done = subprocess.run(
            half.within(command), cwd=ROOT, capture_output=True, text=True, timeout=120, check=False
        )
    assert said in done.stdout


def test_a_command_that_the_kernel_gave_other_cpus_is_not_started_and_refuses_the_run(
    lab: Lab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # A sandbox that takes the call and does nothing.
    deaf = tmp_path / "deaf.py"
    deaf.write_text(
        "import os\n"
        "os.sched_setaffinity = lambda *_: None\n"
        "os.sched_getaffinity = lambda *_: {0, 1, 2}\n" + CHILD.read_text()
    )
    monkeypatch.setattr("clusterbench.runtime.process.spawn._CHILD", deaf)
    started = tmp_path / "started"
    runtime = lab.runtime(f"open({str(started)!r}, 'w')")
    with (
        runtime.open(),
        pytest.raises(HostError, match=f"CPU set: CPUs {ONE} were asked for, and the kernel gave"),
        runtime.server(STAND_IN, ONE),
    ):
        pytest.fail("it started")
    with (
        runtime.open(),
        runtime.generator(ONE) as home,
        home.execute([sys.executable, "-c", f"open({str(started)!r}, 'w')"]) as execution,
        pytest.raises(HostError, match="and the kernel gave 0,1,2; let this process use them"),
    ):
        execution.wait(Seconds(30))
    assert not started.exists()
