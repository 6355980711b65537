"""A run whose engine dies or hangs, whose link to it is cut, or that is killed itself."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
import threading
import uuid
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest
from docker.errors import APIError

from clusterbench.bench import parity, turns
from clusterbench.errors import EngineLost, JobFailed
from clusterbench.load.generator import Invocation, Load
from clusterbench.model.records import Outcome, Parity
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.connection import connect
from clusterbench.runtime.docker.engine import ROLE_LABEL, RUN_LABEL, remove
from clusterbench.runtime.docker.held_engine import Waits
from support import stand_in_processes
from support.factories import job
from support.fakes import Driver
from support.lab import Lab as Loop
from support.link import link
from support.repository import IMPORTED_FROM
from support.second_engine import second_engine
from support.stand_in_containers import FIRST, HARDENED, IMAGE, STAND_IN, Lab

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from docker.models.containers import Container

    from support.second_engine import SecondEngine

pytestmark = pytest.mark.docker

#: An engine takes its time.
until = partial(stand_in_processes.until, seconds=30.0)

SHORT = Waits(lease=Seconds(2.0), patience=Seconds(2.0))
#: What tells the commands of holder and home, of loads and of servers.
STARTED = ("lease", "sleep 1000", "echo stopping")
SERVICES = {name: replace(HARDENED, name=name) for name in ("rust-tonic", "sklearn-grpc")}


@pytest.fixture(scope="module")
def shared(engine: Any) -> Iterator[SecondEngine]:
    """An engine that no test ends."""
    with second_engine(images=[IMAGE], first=engine) as made:
        yield made


@pytest.fixture
def mortal(engine: Any) -> Iterator[SecondEngine]:
    """An engine of the test's own."""
    with second_engine(images=[IMAGE], first=engine) as made:
        yield made


@pytest.fixture
def lab(shared: SecondEngine) -> Iterator[Lab]:
    made = Lab(shared.client(), f"labtest{uuid.uuid4().hex[:8]}")
    yield made
    for container in made.containers():
        remove(container)


def running(lab: Lab) -> list[str]:
    return [each.name for each in lab.containers() if each.status == "running"]


def processes(container: Container) -> str:
    """Return the processes of a container, and none of one that ended meanwhile."""
    try:
        return str(container.top())
    except APIError:
        return ""


class Lasting(Driver):
    """A load generator whose every load outlasts any test."""

    def invocation(self, load: Load, tag: str) -> Invocation:
        super().invocation(load, tag)
        return Invocation(command=("sleep", "1000"), outputs=())


@dataclass
class Run:
    """The loop on stand-ins in containers, whose loads last, and what happens in the first."""

    loop: Loop
    lab: Lab
    looks: Any

    def loads(self) -> set[str]:
        """Return the containers in which a load runs, as somebody else sees them."""
        homes = Lab(self.looks, self.lab.project).containers(f"{ROLE_LABEL}=generator")
        return {str(home.id) for home in homes if "sleep 1000" in processes(home)}

    def until_lost(self, lose: Callable[[], None]) -> int:
        """Run it all, and lose the engine in the first trial; return how many failed."""

        def strike() -> None:
            until(self.loads)
            lose()

        striker = threading.Thread(target=strike, daemon=True)
        striker.start()
        try:
            with self.loop.runner.runtime.open():
                return self.loop.run()
        finally:
            striker.join()


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Run]:
    def make(socket: Path, looks: Any) -> Run:
        monkeypatch.setenv("DOCKER_SOCKET", str(socket))
        client = connect()
        loop = Loop(tmp_path, monkeypatch)
        drivers = {name: Lasting(loop.world, name) for name in loop.drivers}
        loop.runner.generators |= drivers  # type: ignore[operator]
        right = Parity(observations=4, worst_excess=0.0)
        monkeypatch.setattr(parity, "check_parity", lambda *_: right)
        monkeypatch.setattr(turns, "warm_up", lambda *_, **__: None)
        lab = Lab(client, f"labtest{uuid.uuid4().hex[:8]}")
        loop.runner.runtime = lab.runtime("run", waits=SHORT, **SERVICES)
        return Run(loop, lab, looks)

    return make


@pytest.mark.parametrize("how", ["killed", "frozen", "cut off"])
def test_a_lost_engine_fails_its_trial_and_turn_and_ends_the_run_by_name(
    mortal: SecondEngine, run: Callable[..., Run], how: str
) -> None:
    with link(mortal.folder / "link.sock", mortal.socket) as way:
        lose = {"killed": mortal.daemon.kill, "frozen": mortal.freeze, "cut off": way.cut}[how]
        url = f"unix://{way.socket}"
        made = run(way.socket, mortal.client())
        with pytest.raises(
            EngineLost, match=rf"the engine was lost: {url} \(DOCKER_SOCKET\) does not"
        ):
            made.until_lost(lose)
        made.lab.engine.close()
    [trial], [turn] = made.loop.trials, made.loop.turns
    assert trial.outcome is turn.outcome is Outcome.FAILED
    assert url in str(trial.reason)
    assert url in str(turn.reason)
    # The engine may be gone, but what it ran was not: that ends without it.
    assert until(lambda: not any(its in line for line in mortal.commands() for its in STARTED))


def test_an_engine_that_comes_back_before_the_next_turn_is_taken_again(
    mortal: SecondEngine, run: Callable[..., Run]
) -> None:
    made = run(mortal.socket, mortal.client())

    def hang_for_a_while() -> None:
        first = made.loads()
        mortal.freeze()
        until(lambda: made.loop.turns)
        mortal.thaw()
        # The first turn's container may still be ending.
        until(lambda: made.loads() - first)
        mortal.kill()

    with pytest.raises(EngineLost):
        made.until_lost(hang_for_a_while)
    assert [turn.outcome for turn in made.loop.turns] == [Outcome.FAILED] * 2
    assert len({turn.contender for turn in made.loop.turns}) == 2
    assert all(mortal.url in str(trial.reason) for trial in made.loop.trials)


def test_a_job_fails_where_its_engine_hangs(
    mortal: SecondEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_SOCKET", str(mortal.socket))
    lab = Lab(mortal.client(), "labtestjob")
    trains = replace(HARDENED, name="trains", image=IMAGE)
    runtime = lab.runtime("run", waits=SHORT, trains=trains)

    def freeze() -> None:
        jobs = Lab(mortal.client(), lab.project)
        until(lambda: [j for j in jobs.containers(f"{ROLE_LABEL}=job") if j.status == "running"])
        mortal.freeze()

    threading.Thread(target=freeze, daemon=True).start()
    with pytest.raises(EngineLost), runtime.open(), pytest.raises(JobFailed, match=mortal.url):
        runtime.run_once(job("", command=("sleep", "1000")))


# ------------------------------------------------------------------------- a killed orchestrator

LEFT = """
import os, sys, time
sys.path[:0] = {paths!r}
import docker
from dataclasses import replace
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.held_engine import Waits
from support.factories import job
from support.stand_in_containers import FIRST, HARDENED, STAND_IN, Lab
lab = Lab(docker.DockerClient(base_url={url!r}), {project!r})
# Nothing would end before the test gives up, but by the end of a connection.
waits = Waits(lease=Seconds({lease!r}))
runtime = lab.runtime("left", waits=waits, trains=replace(HARDENED, name="trains"))
with runtime.open():
    {body}
"""
TURN = (
    "with runtime.server(STAND_IN, FIRST) as server, runtime.generator(FIRST) as home, "
    "home.execute(['sleep', '1000']): print('up', flush=True); time.sleep(1000)"
)
PAUSED = (
    "with runtime.server(STAND_IN, FIRST) as server, server.paused(): "
    "print('up', flush=True); time.sleep(1000)"
)
JOB = "print('up', flush=True); runtime.run_once(job('', command=('sleep', '1000'), cpus=FIRST))"


def left(
    lab: Lab, url: str, body: str, stop: signal.Signals, *, lease: float, roles: set[str]
) -> subprocess.Popen[str]:
    """Start a run that lasts, and stop it by a signal once containers of these roles run."""
    made = {"paths": IMPORTED_FROM, "url": url, "project": lab.project, "lease": lease}
    script = textwrap.dedent(LEFT).format(body=body, **made)
    process = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    assert until(lambda: roles <= {each.labels[ROLE_LABEL] for each in lab.containers()})
    process.send_signal(stop)
    return process


@pytest.mark.parametrize(
    "started",
    [(TURN, {"holder", "server", "generator"}), (JOB, {"holder", "job"})],
    ids=["turn", "job"],
)
@pytest.mark.parametrize(
    "stop", [(signal.SIGKILL, 1000.0), (signal.SIGSTOP, 2.0)], ids=["killed", "stopped"]
)
def test_what_a_killed_or_stopped_orchestrator_started_ends_by_itself(
    lab: Lab,
    shared: SecondEngine,
    started: tuple[str, set[str]],
    stop: tuple[signal.Signals, float],
) -> None:
    (body, roles), (how, lease) = started, stop
    process = left(lab, shared.url, body, how, lease=lease, roles=roles)
    try:
        assert until(lambda: not running(lab))
    finally:
        process.kill()
        process.communicate()


def test_a_run_that_was_killed_while_its_server_was_paused_keeps_no_other_from_the_engine(
    lab: Lab, shared: SecondEngine
) -> None:
    roles = {"holder", "server"}
    left(lab, shared.url, PAUSED, signal.SIGKILL, lease=2.0, roles=roles).communicate()

    def freed() -> bool:
        [*held] = lab.containers(f"{ROLE_LABEL}=holder")
        return not held or held[0].exec_run(["true"]).exit_code != 0

    assert until(freed)
    with lab.runtime("next").open():
        assert not lab.containers(f"{RUN_LABEL}=left")


# --------------------------------------------------------------------------------- a lost holder


def holder_of(lab: Lab) -> Any:
    [holder] = lab.containers(f"{ROLE_LABEL}=holder")
    return holder


def test_a_run_whose_holder_was_removed_takes_the_engine_again_for_its_next_turn(lab: Lab) -> None:
    runtime = lab.runtime(waits=SHORT)
    with runtime.open():
        with runtime.server(STAND_IN, FIRST) as server:
            first = holder_of(lab)
            first.remove(force=True)
            assert until(lambda: not server.running())
        with runtime.server(STAND_IN, FIRST) as server:
            assert server.running()
            assert holder_of(lab).id != first.id
    assert not lab.containers()


def test_a_run_whose_engine_another_run_has_by_now_ends(lab: Lab) -> None:
    first, second = lab.runtime("first", waits=SHORT), lab.runtime("second", waits=SHORT)
    with pytest.raises(EngineLost, match=r"another run of project .*: second"), first.open():  # noqa: PT012
        holder_of(lab).remove(force=True)
        with second.open(), first.server(STAND_IN, FIRST):
            pytest.fail("both run")
    assert not lab.containers()


def test_servers_and_generators_do_not_see_each_other(lab: Lab) -> None:
    looks = replace(HARDENED, name="looks", command=("cat /proc/[0-9]*/cmdline; echo; sleep 1000",))
    runtime = lab.runtime(looks=looks)
    with runtime.open(), runtime.generator(FIRST) as home:
        with (
            home.execute(["sleep", "500"]),
            runtime.server(replace(STAND_IN, service="looks"), FIRST) as server,
        ):
            assert until(lambda: "cat" in server.logs())
            assert "sleep\x00500" not in server.logs()
        with (
            runtime.server(replace(STAND_IN, service="looks"), FIRST) as server,
            home.execute(["sh", "-c", "cat /proc/[0-9]*/cmdline"]) as execution,
        ):
            assert until(lambda: "cat" in server.logs())
            assert "sleep\x001000" not in execution.wait(Seconds(30)).stdout


def test_a_server_cannot_signal_what_holds_the_engine(lab: Lab) -> None:
    script = "for p in /proc/[0-9]*; do [ $p = /proc/$$ ] || kill -KILL ${p#/proc/}; done 2>&1; id"
    script += "; exec sleep 1000"
    harms = replace(HARDENED, name="harms", command=(script,))
    runtime = lab.runtime(harms=harms)
    with runtime.open(), runtime.server(replace(STAND_IN, service="harms"), FIRST) as server:
        assert until(lambda: "uid=" in server.logs())
        assert "Operation not permitted" in server.logs()
        assert holder_of(lab).status == "running"
