"""Profilers beside servers in containers: what they may see, with what rights, and for how long."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from clusterbench.config.compose_file import Role
from clusterbench.errors import ProfilerFailed
from clusterbench.host.counters import Counters
from clusterbench.host.profilers.profiler import Sampled
from clusterbench.model.counts import HARDWARE, SWITCHES
from clusterbench.model.cpus import CpuSet
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.container_profiler import CAPABILITIES
from clusterbench.runtime.docker.engine import ROLE_LABEL
from support.stand_in_containers import FIRST, GENERATORS, IMAGE, MODEL, STAND_IN, Lab

if TYPE_CHECKING:
    from clusterbench.config.compose_file import Service
    from clusterbench.host.profilers.profiler import Profiler

pytestmark = pytest.mark.docker

ORCHESTRATOR = replace(GENERATORS, name="orchestrator", role=Role.ORCHESTRATOR, image=IMAGE)
#: Bits of /proc/<pid>/status, by include/uapi/linux/capability.h.
_BITS = {"SYS_PTRACE": 1 << 19, "PERFMON": 1 << 38}


@dataclass
class Looks:
    """A profiler that runs a script, and folds nothing of what it prints."""

    words: str
    name: str = "looks"
    window: Seconds = Seconds(0.1)  # noqa: RUF009
    one_at_a_time: bool = False
    able: bool = True
    sampled: Sampled | None = None

    def suits(self, server: Sampled) -> bool:
        self.sampled = server
        return self.able

    def script(self, server: Sampled) -> str:
        return self.words.replace("PID", str(min(server.programs)))

    def fold(self, server: Sampled, printed: str) -> str:
        return printed

    def why(self, said: str) -> str:
        return said.strip()


def profile(lab: Lab, looks: Profiler, orchestrator: Service = ORCHESTRATOR) -> str | None:
    """Have a profiler look at a stand-in server; hold that the server lives on, and it does not."""
    runtime = lab.runtime(orchestrator=orchestrator)
    with runtime.open(), runtime.server(STAND_IN, FIRST) as server:
        try:
            return server.profile(looks, CpuSet())
        finally:
            assert server.running()
            assert lab.containers(f"{ROLE_LABEL}=profiler") == []


def test_it_sees_the_servers_processes_and_files_and_no_network(lab: Lab) -> None:
    looks = Looks('cat /proc/PID/root/data/model.json; echo; ls /sys/class/net | tr "\\n" " "')
    seen = profile(lab, looks)
    assert seen is not None
    assert seen.split("\n")[0] == MODEL.decode()
    assert "eth0" not in seen
    assert looks.sampled is not None
    assert looks.sampled.contained
    assert looks.sampled.cpus == FIRST
    programs = set(looks.sampled.programs.values())
    assert "dash" in programs


def test_it_has_two_capabilities_and_no_more(lab: Lab) -> None:
    seen = profile(lab, Looks("sed -n 's/^CapEff:\\s*//p' /proc/self/status"))
    assert seen is not None
    assert set(CAPABILITIES) == set(_BITS)
    assert int(seen, 16) == sum(_BITS.values())


def test_a_profiler_that_suits_no_such_server_is_not_run(lab: Lab) -> None:
    assert profile(lab, Looks("echo never", able=False)) is None


def test_a_profiler_that_fails_says_why_and_the_server_lives_on(lab: Lab) -> None:
    with pytest.raises(ProfilerFailed, match="out of luck"):
        profile(lab, Looks("echo out of luck >&2; exit 3"))


def test_without_the_image_it_is_said_what_builds_it(lab: Lab) -> None:
    absent = replace(ORCHESTRATOR, image=f"absent-{uuid.uuid4().hex}")
    with pytest.raises(ProfilerFailed, match="docker compose build orchestrator"):
        profile(lab, Looks("true"), absent)


def test_context_switches_of_a_contained_server_are_counted_also_without_perf(lab: Lab) -> None:
    counters = Counters()
    printed = profile(lab, counters)
    assert printed is not None
    found = counters.read(printed)
    assert found.switches is not None, found.lacking.get(SWITCHES)
    assert found.hardware is None
    assert "perf is not installed" in found.lacking[HARDWARE]
