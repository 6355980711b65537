"""The Docker adapter against a real engine, with small stand-ins for servers and generators."""

from __future__ import annotations

import contextlib
import signal
import subprocess
import sys
import textwrap
import time
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.config.compose_file import GENERATOR, Role, Service
from clusterbench.errors import (
    ConfigError,
    GeneratorFailed,
    HostError,
    JobFailed,
    RunRefused,
    ServerFailed,
)
from clusterbench.host import cgroup
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.model.units import Bytes, Seconds
from clusterbench.runtime.docker.container_server import ContainerCounters
from clusterbench.runtime.docker.engine import PROJECT_LABEL, ROLE_LABEL, RUN_LABEL
from clusterbench.runtime.server_log import parse_startup
from support import factories
from support.repository import IMPORTED_FROM
from support.stand_in_containers import (
    FIRST,
    HARDENED,
    IMAGE,
    MODEL,
    STAND_IN,
    Lab,
)
from support.stand_in_processes import until

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from clusterbench.runtime.docker.docker_runtime import DockerRuntime

pytestmark = pytest.mark.docker


def test_a_server_runs_hardened_pinned_and_labelled_with_the_runs_model(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.server(STAND_IN, FIRST) as server:
        assert until(lambda: "extra" in server.logs())
        assert MODEL.decode() in server.logs()
        assert "10001" in server.logs()
        assert "0.0.0.0:5001 /data/model.json extra" in server.logs()
        assert parse_startup(server.logs()) == {
            "event": "starting",
            "server": "stand-in",
            "threads": 1,
        }
        assert server.address.port == 5001
        assert server.running()
        [container] = lab.containers(f"{ROLE_LABEL}=server", f"{RUN_LABEL}=run-1")
        host = container.attrs["HostConfig"]
        assert host["CpusetCpus"] == "0"
        assert host["ReadonlyRootfs"]
        assert host["CapDrop"] == ["ALL"]
        assert host["SecurityOpt"] == ["no-new-privileges:true"]
        assert container.attrs["Config"]["Healthcheck"] == {"Test": ["NONE"]}
        networks = container.attrs["NetworkSettings"]["Networks"]
        assert networks[lab.project]["IPAddress"] == server.address.host


def test_a_contender_with_a_model_of_its_own_serves_that_one(lab: Lab) -> None:
    runtime = lab.runtime()
    own = replace(STAND_IN, name="own")
    with runtime.open(), runtime.server(own, FIRST) as server:
        assert until(lambda: "extra" in server.logs())
        assert '{"own": true}' in server.logs()
        assert MODEL.decode() not in server.logs()


def test_the_size_of_a_servers_image_is_the_engines_of_the_very_one_that_ran(lab: Lab) -> None:
    import docker.errors  # noqa: PLC0415

    tag = f"{lab.project}:moved"
    lab.engine.images.get(IMAGE).tag(tag)
    runtime = lab.runtime(moved=replace(HARDENED, name="moved", image=tag))
    try:
        with runtime.open(), runtime.server(Contender(name="m", service="moved"), FIRST) as server:
            lab.engine.images.remove(tag)
            assert server.image_size() == lab.engine.images.get(IMAGE).attrs["Size"]
    finally:
        with contextlib.suppress(docker.errors.ImageNotFound):
            lab.engine.images.remove(tag)


def test_leaving_a_server_removes_it_and_its_volumes(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open():
        with runtime.server(STAND_IN, FIRST):
            [container] = lab.containers(f"{ROLE_LABEL}=server")
            volumes = {mount["Name"] for mount in container.attrs["Mounts"] if "Name" in mount}
        assert volumes
        assert not lab.containers(f"{ROLE_LABEL}=server")
        assert not volumes & {volume.name for volume in lab.engine.volumes.list()}


def test_a_server_that_was_stopped_still_gives_its_whole_log(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open():
        with runtime.server(STAND_IN, FIRST) as server:
            assert until(lambda: "extra" in server.logs())
            server.stop()
            assert not server.running()
            kept = server.logs()
            assert kept.endswith("extra\nstopping\n")
            server.stop()
            assert server.logs() == kept
            assert lab.containers(f"{ROLE_LABEL}=server")
        assert not lab.containers(f"{ROLE_LABEL}=server")


def test_a_paused_server_stands_still_and_goes_on_afterwards(lab: Lab) -> None:
    busy = replace(HARDENED, name="busy", command=("while true; do :; done",))
    runtime = lab.runtime(busy=busy)
    with (
        runtime.open(),
        runtime.server(Contender(name="busy", service="busy"), FIRST) as server,
    ):
        with server.paused():
            assert server.running()
            before = server.usage().cpu
            time.sleep(0.3)
            assert server.usage().cpu == before
        assert server.running()
        assert until(lambda: server.usage().cpu > before)


def test_the_start_of_a_server_is_timed_by_itself(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.server(STAND_IN, FIRST) as server:
        assert set(server.started_steps) == {"create", "start"}
        assert min(server.started_steps.values()) > 0


def test_usage_is_the_kernels_own_and_grows_with_work(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(FIRST) as generator:
        before = generator.usage()
        with generator.execute(
            ["sh", "-c", "i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done"]
        ) as e:
            assert e.wait(Seconds(60)).exit_status == 0
        after = generator.usage()
    assert after.cpu - before.cpu > 0.01
    assert after.at > before.at
    assert after.memory > 0
    assert after.peak_memory is None or after.peak_memory >= after.memory


def test_without_the_kernels_files_the_engine_is_asked_for_the_same_counters(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.server(STAND_IN, FIRST) as server:
        before = server.usage()
        monkeypatch.setattr(cgroup, "find", lambda _container: None)
        [container] = lab.containers(f"{ROLE_LABEL}=server")
        asked = ContainerCounters(container, ServerFailed)
        between, after = asked.read(), server.usage()
        assert before.cpu <= between.cpu <= after.cpu
        assert before.at < between.at < after.at
        assert between.memory > 0
        container.kill()
        assert until(lambda: not server.running())
        with pytest.raises(ServerFailed, match="no longer runs"):
            asked.read()


job = partial(factories.job, cpus=FIRST)


@pytest.fixture
def jobs(lab: Lab) -> Iterator[DockerRuntime]:
    """A runtime whose service `trains` is an image that runs a script of the shell."""
    container = lab.engine.containers.create(IMAGE, entrypoint=["sh", "-c"])
    try:
        made = container.commit(lab.project)
    finally:
        container.remove()
    image = replace(HARDENED, name="trains", image=lab.project)
    yield lab.runtime(trains=replace(image, mem_limit=Bytes(64 * 2**20)))
    lab.engine.images.remove(made.id, force=True)


def test_a_job_runs_once_hardened_and_gives_the_file_that_it_wrote(
    lab: Lab, jobs: DockerRuntime
) -> None:
    with jobs.open():
        assert jobs.run_once(job("echo $WORD $(nproc) $(id -u) > out")).content == b"told 1 10001\n"
        assert jobs.run_once(job("ls /sys/class/net > out")).content == b"lo\n"
        assert jobs.run_once(job("true")).content == b""
        assert not lab.containers(f"{ROLE_LABEL}=job")


@pytest.mark.parametrize(
    ("script", "changes", "said"),
    [
        ("echo no memory >&2; exit 3", {}, r"trains: exit status 3\n  \| no memory"),
        ("echo begun; sleep 300", {"timeout": Seconds(0.5)}, r"within 0\.5 s\n  \| begun"),
        ("tail /dev/zero", {}, "out of memory|exit status 137"),
    ],
)
def test_a_job_that_fails_says_how_with_its_last_lines_and_leaves_nothing(
    lab: Lab, jobs: DockerRuntime, script: str, changes: Mapping[str, Any], said: str
) -> None:
    with jobs.open():
        with pytest.raises(JobFailed, match=said):
            jobs.run_once(job(script, **changes))
        assert not lab.containers(f"{ROLE_LABEL}=job")


def test_what_a_job_needs_is_named(jobs: DockerRuntime, lab: Lab) -> None:
    assert jobs.skip_service("trains") is None
    assert jobs.skip_service("nobody") == "compose.yaml has no such service"
    assert jobs.describe_service("trains")["image"].startswith("sha256:")
    assert jobs.describe_service("trains")["libc6"]
    assert jobs.memory_limit("trains") == 64 * 2**20
    absent = lab.runtime(absent=replace(HARDENED, name="absent", image="clusterbench/never-built"))
    assert "docker pull clusterbench/never-built" in str(absent.skip_service("absent"))
    with pytest.raises(ConfigError, match=r"compose\.yaml has no service nobody"):
        jobs.run_once(job("true", service="nobody"))


ANSWERS = """
echo ready
while read -r line; do
    case $line in
        burn) i=0; while [ $i -lt 300000 ]; do i=$((i+1)); done;;
        silence) continue;;
        end) echo no such slice >&2; exit 1;;
    esac
    echo "<$line>"
done
"""
TALKS = ["sh", "-c", ANSWERS]
SOON = Seconds(30.0)


def test_a_dialogue_answers_each_line_with_one(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(FIRST) as generator, generator.talk(TALKS) as dialogue:
        assert dialogue.heard(SOON) == "ready"
        long = "b" * 100_000
        assert [dialogue.ask(each, SOON) for each in ("a", long)] == ["<a>", f"<{long}>"]


def test_a_command_that_ends_in_mid_dialogue_says_how_with_its_last_words(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(FIRST) as generator, generator.talk(TALKS) as dialogue:
        dialogue.heard(SOON)
        with pytest.raises(
            GeneratorFailed, match=r"sh ended in mid-dialogue, exit status 1\n  \| no such slice"
        ):
            dialogue.ask("end", SOON)


def test_a_silent_dialogue_is_given_up(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(FIRST) as generator, generator.talk(TALKS) as dialogue:
        dialogue.heard(SOON)
        with pytest.raises(GeneratorFailed, match=r"said nothing for 0\.2 s"):
            dialogue.ask("silence", Seconds(0.2))


def test_leaving_a_dialogue_ends_its_command_and_all_that_it_started(lab: Lab) -> None:
    runtime = lab.runtime()
    lasts = ["sh", "-c", "sleep 1000 & echo begun; sleep 1000"]
    with runtime.open(), runtime.generator(FIRST) as generator:
        with generator.talk(lasts) as dialogue:
            assert dialogue.heard(SOON) == "begun"
        [container] = lab.containers(f"{ROLE_LABEL}=generator")
        assert until(lambda: not any("sleep" in row[-1] for row in container.top()["Processes"]))


def test_usage_counts_a_dialogue_while_it_lasts_and_afterwards(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(FIRST) as generator:
        with generator.talk(TALKS) as dialogue:
            dialogue.heard(SOON)
            before = generator.usage().cpu
            dialogue.ask("burn", SOON)
            burnt = generator.usage().cpu
            assert burnt - before > 0.01
        assert generator.usage().cpu >= burnt


def test_two_servers_of_one_contender_run_at_once_each_with_its_own_log_and_address(
    lab: Lab,
) -> None:
    runtime = lab.runtime()
    with (
        runtime.open(),
        runtime.server(STAND_IN, FIRST) as first,
        runtime.server(replace(STAND_IN, environment={"EXTRA": "other"}), FIRST) as second,
    ):
        assert first.address != second.address
        assert until(lambda: "extra" in first.logs())
        assert until(lambda: "other" in second.logs())
        second.stop()
        assert first.running()
        assert "stopping" not in first.logs()


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden"])
def test_only_plain_names_are_files_of_the_generators_home(lab: Lab, name: str) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(FIRST) as generator:
        with pytest.raises(GeneratorFailed, match="not a plain file name"):
            generator.put({name: b""})
        with pytest.raises(GeneratorFailed), generator.execute(["true"], outputs=[name]):
            pytest.fail("it started")


def test_a_server_that_ends_at_once_is_a_failure_with_its_last_lines(lab: Lab) -> None:
    broken = replace(HARDENED, name="broken", command=("echo no model >&2; exit 2",), init=False)
    runtime = lab.runtime(broken=broken)
    contender = Contender(name="broken", service="broken")

    def start_and_use() -> None:
        with runtime.server(contender, FIRST) as server:
            assert until(lambda: not server.running())
            server.usage()

    with runtime.open(), pytest.raises(ServerFailed, match="no model"):
        start_and_use()


def test_a_server_killed_while_a_command_runs_is_seen(lab: Lab) -> None:
    runtime = lab.runtime()
    with (
        runtime.open(),
        runtime.server(STAND_IN, FIRST) as server,
        runtime.generator(FIRST) as generator,
        generator.execute(["sleep", "100"]) as execution,
    ):
        assert server.running()
        [container] = lab.containers(f"{ROLE_LABEL}=server")
        container.kill()
        assert until(lambda: not server.running())
        assert execution.running()
        with pytest.raises(ServerFailed, match="no longer runs"):
            server.usage()


def test_a_command_reads_what_was_put_and_hands_back_what_it_wrote(lab: Lab) -> None:
    runtime = lab.runtime()
    big = bytes(range(256)) * 20_000
    with runtime.open(), runtime.generator(FIRST) as generator:
        generator.put({"in.bin": big})
        copy = ["sh", "-c", "cat in.bin > out.bin; echo said; echo complained >&2"]
        with generator.execute(copy, outputs=["out.bin"]) as execution:
            done = execution.wait(Seconds(30))
            assert (done.exit_status, done.stdout, done.stderr) == (0, "said\n", "complained\n")
            path = done.outputs["out.bin"]
            assert path.read_bytes() == big
        assert not path.exists()


def test_outputs_of_an_earlier_command_never_pass_for_a_later_ones(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(FIRST) as generator:
        with generator.execute(["sh", "-c", "echo 1 > o.json"], outputs=["o.json"]) as execution:
            execution.wait(Seconds(30))
        with (
            generator.execute(["true"], outputs=["o.json"]) as execution,
            pytest.raises(GeneratorFailed, match=r"exited with 0 but wrote no o\.json"),
        ):
            execution.wait(Seconds(30))
        with generator.execute(["sh", "-c", "ls -A | wc -l"]) as execution:
            assert execution.wait(Seconds(30)).stdout.strip() == "1"  # its own process id only


def test_a_command_that_fails_gives_its_status_and_words(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(FIRST) as generator:
        fails = ["sh", "-c", "echo bad flag >&2; exit 3"]
        with generator.execute(fails, outputs=["o.json"]) as execution:
            done = execution.wait(Seconds(30))
        assert (done.exit_status, done.stderr, dict(done.outputs)) == (3, "bad flag\n", {})


def test_a_command_that_takes_too_long_is_ended_with_all_it_started(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(FIRST) as generator:
        lasts = ["sh", "-c", "sleep 1000 & sleep 1000"]
        with generator.execute(lasts) as execution:
            with pytest.raises(GeneratorFailed, match=r"sh did not end within 0\.5 s"):
                execution.wait(Seconds(0.5))
            assert not execution.running()
        with generator.execute(lasts) as execution:
            assert execution.running()
        assert not execution.running()
        counted = [
            "sh",
            "-c",
            "cat /proc/[0-9]*/cmdline | tr '\\0' ' ' | grep -c 'sleep 1000'; true",
        ]
        with generator.execute(counted) as execution:
            assert execution.wait(Seconds(30)).stdout.strip() == "1"  # this very command


def test_cpus_that_do_not_exist_are_named(lab: Lab) -> None:
    runtime = lab.runtime()
    with (
        runtime.open(),
        pytest.raises(HostError, match="CPU 4096 cannot be used: the engine has 0"),
        runtime.server(STAND_IN, CpuSet((0, 4096))),
    ):
        pytest.fail("it started")


def test_an_unpinned_server_may_use_every_cpu(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.server(STAND_IN, CpuSet()):
        [container] = lab.containers(f"{ROLE_LABEL}=server")
        assert container.attrs["HostConfig"]["CpusetCpus"] == ""


def test_an_image_that_is_not_there_says_how_to_build_it(lab: Lab) -> None:
    runtime = lab.runtime(absent=replace(HARDENED, image="clusterbench/never-built"))
    absent = Contender(name="absent", service="absent")
    with runtime.open():
        with pytest.raises(HostError, match="docker compose build"), runtime.server(absent, FIRST):
            pytest.fail("it started")
        with pytest.raises(HostError, match="docker compose build"):
            runtime.describe([absent])


def test_a_contender_of_2019_without_its_image_is_left_out_with_the_command_that_builds_it(
    lab: Lab,
) -> None:
    then = Contender(name="x-2019", service="x-2019", edition="2019")
    absent = replace(HARDENED, name="x-2019", image="clusterbench/never-built")
    builder = Service(
        name="x-2019-image", role=Role.IMAGE, of="x-2019", image=absent.image, built=True
    )
    reason = lab.runtime(**{"x-2019": absent, builder.name: builder}).skip(then)
    assert reason is not None
    assert "docker compose build x-2019-image" in reason
    there = replace(absent, image=IMAGE)
    assert lab.runtime(**{"x-2019": there}).skip(then) is None


def test_a_contender_of_2019_for_other_machines_is_left_out_with_the_reason(lab: Lab) -> None:
    elsewhere = replace(HARDENED, name="x-2019", machines=("pdp11",))
    then = Contender(name="x-2019", service="x-2019", edition="2019")
    reason = lab.runtime(**{"x-2019": elsewhere}).skip(then)
    assert reason is not None
    assert "pdp11 only" in reason


def test_somebody_elses_image_that_is_not_there_is_named_with_what_gets_it(lab: Lab) -> None:
    absent = Contender(name="theirs", image="example.invalid/never-pulled:1")
    reason = lab.runtime().skip(absent)
    assert reason is not None
    assert "docker pull example.invalid/never-pulled:1" in reason
    assert lab.runtime().skip(replace(absent, image=IMAGE)) is None


def test_somebody_elses_image_is_hardened_like_ours_and_told_its_port(lab: Lab) -> None:
    runtime = lab.runtime()
    foreign = Contender(name="theirs", image=IMAGE, environment={"SERVER_PORT": "50051"})
    # The image starts a shell that finds no terminal: it is enough that it was made.
    with runtime.open():
        with contextlib.suppress(ServerFailed), runtime.server(foreign, FIRST) as server:
            assert server.address.port == 50051
            [container] = lab.containers(f"{ROLE_LABEL}=server")
            assert container.attrs["HostConfig"]["ReadonlyRootfs"]
            assert container.attrs["Config"]["User"] == "10001:10001"
            assert "SERVER_PORT=50051" in container.attrs["Config"]["Env"]
        with (
            pytest.raises(ConfigError, match="SERVER_PORT is 'http'"),
            runtime.server(replace(foreign, environment={"SERVER_PORT": "http"}), FIRST),
        ):
            pytest.fail("it started")


def test_a_contender_that_is_a_command_is_skipped(lab: Lab) -> None:
    assert "without an engine" in str(lab.runtime().skip(Contender(name="c", command=("x",))))
    assert lab.runtime().skip(Contender(name="b", command=("x",), image=IMAGE)) is None
    another = Contender(name="v", service="stand-in", variant="native")
    assert "--runtime process" in str(lab.runtime().skip(another))
    assert lab.runtime().skip(STAND_IN) is None


def test_two_runs_refuse_each_other_until_the_first_has_left(lab: Lab) -> None:
    first, second = lab.runtime("first"), lab.runtime("second")
    with first.open(), first.server(STAND_IN, FIRST) as server:
        with pytest.raises(RunRefused, match="in progress on this engine: first"), second.open():
            pytest.fail("both run")
        assert server.running()
    with second.open():
        assert lab.containers(f"{RUN_LABEL}=second")


def test_an_error_or_an_interrupt_leaves_nothing_behind(lab: Lab) -> None:
    runtime = lab.runtime()

    def interrupted() -> None:
        with (
            runtime.open(),
            runtime.server(STAND_IN, FIRST),
            runtime.generator(FIRST) as generator,
            generator.execute(["sleep", "100"]),
        ):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert not lab.containers()
    assert not lab.engine.networks.list(names=[lab.project])


KILLED = """
import sys, time
sys.path[:0] = {paths!r}
from clusterbench.host import cgroup
from clusterbench.runtime.docker.container_server import ContainerServer
from clusterbench.runtime.docker.docker_runtime import DockerRuntime
from support.stand_in_containers import Data, FIRST, GENERATORS, HARDENED, STAND_IN
runtime = DockerRuntime(
    services={{"stand-in": HARDENED, "generators": GENERATORS}}, data=Data(),
    project={project!r}, run_id="killed", network_name={project!r},
)
with runtime.open(), runtime.server(STAND_IN, FIRST), runtime.generator(FIRST):
    print("up", flush=True)
    time.sleep(300)
"""


def test_what_a_killed_run_left_is_removed_and_nothing_else_is_touched(lab: Lab) -> None:
    others = [
        lab.start({PROJECT_LABEL: f"{lab.project}-other", RUN_LABEL: "killed"}),
        lab.start({"com.docker.compose.project": f"{lab.project}-other"}),
        lab.start({}),
    ]
    script = textwrap.dedent(KILLED).format(paths=IMPORTED_FROM, project=lab.project)
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as killed:
        assert killed.stdout is not None
        assert killed.stdout.readline() == "up\n"
        with pytest.raises(RunRefused), lab.runtime("next").open():
            pytest.fail("both run")
        killed.send_signal(signal.SIGKILL)
    try:
        assert len(lab.containers(f"{RUN_LABEL}=killed", f"{ROLE_LABEL}=server")) == 1
        # The engine frees the lock by itself, a moment after the run's death.
        assert until(lambda: not lab.containers(f"{ROLE_LABEL}=holder"))
        with lab.runtime("next").open():
            assert not lab.containers(f"{RUN_LABEL}=killed")
            for other in others:
                other.reload()
                assert other.status == "running"
    finally:
        for other in others:
            other.remove(force=True)


def test_servers_that_compose_left_running_are_stopped_and_others_are_not(lab: Lab) -> None:
    mine = {"com.docker.compose.project": lab.project}
    idle = lab.start({**mine, "com.docker.compose.service": "stand-in"})
    leftover = lab.start({**mine, "com.docker.compose.service": GENERATOR})
    other = lab.start({**mine, "com.docker.compose.service": "database"})
    try:
        with lab.runtime().open():
            states = []
            for container in (idle, leftover, other):
                container.reload()
                states.append(container.status)
        assert states == ["exited", "exited", "running"]
    finally:
        for container in (idle, leftover, other):
            container.remove(force=True)


def test_a_network_that_compose_made_is_used_and_kept(lab: Lab) -> None:
    made = lab.engine.networks.create(lab.project, driver="bridge", internal=True)
    with lab.runtime().open():
        pass
    assert [network.id for network in lab.engine.networks.list(names=[lab.project])] == [made.id]


def test_the_fingerprint_names_engine_images_and_packages(lab: Lab) -> None:
    found = lab.runtime().describe([STAND_IN])
    assert found.engine["runtime"] == "docker"
    assert found.engine["engine"]
    assert found.images["stand-in"].startswith("sha256:")
    assert found.images["stand-in"] == found.images[GENERATOR]
    assert found.software["stand-in"]["libc6"]
    assert found.host["cpu"]
