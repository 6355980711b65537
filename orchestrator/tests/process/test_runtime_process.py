"""The process adapter with real processes: small stand-ins for servers and generators."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import textwrap
import time
import uuid
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.config.compose_file import GENERATOR
from clusterbench.errors import (
    ConfigError,
    GeneratorFailed,
    HostError,
    JobFailed,
    RunRefused,
    ServerFailed,
)
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.model.units import Seconds
from clusterbench.own_files import kept
from clusterbench.runtime.process.built import Built
from clusterbench.runtime.server_log import parse_startup
from support import factories
from support.repository import IMPORTED_FROM
from support.stand_in_processes import (
    ONE,
    SERVER,
    SERVES,
    STAND_IN,
    Lab,
    ServedData,
    alive,
    state,
    until,
    worker_of,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.runtime.process.process_runtime import ProcessRuntime
    from clusterbench.runtime.process.process_server import ProcessServer

pytestmark = pytest.mark.process


@pytest.fixture
def lab(tmp_path: Path) -> Lab:
    return Lab(tmp_path, f"labtest-{uuid.uuid4().hex}")


def told(server: ProcessServer) -> Mapping[str, str]:
    """Return the environment that a server says it was given."""
    environment: Mapping[str, str] = parse_startup(server.logs())["environment"]
    return environment


def test_a_server_announces_its_port_and_sees_its_own_environment_only(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "64")
    runtime = lab.runtime()
    with runtime.open(), runtime.server(STAND_IN, ONE) as server:
        assert server.running()
        assert server.address.host == "127.0.0.1"
        assert server.address.port > 0
        startup = parse_startup(server.logs())
        seen = startup["environment"]
        assert seen["SERVER_THREADS"] == "3"
        assert seen["FROM_COMPOSE"] == "yes"
        assert Path(seen["SERVER_MODEL"]).read_bytes() == b"usual"
        assert seen["TZ"] == "UTC"
        assert "OMP_NUM_THREADS" not in seen
        assert tuple(startup["cpus"]) == ONE.cpus


def test_a_contender_with_a_model_of_its_own_is_given_that_one(lab: Lab) -> None:
    runtime = lab.runtime(models={STAND_IN.name: ServedData(b"its own")})
    with runtime.open(), runtime.server(STAND_IN, ONE) as server:
        assert Path(told(server)["SERVER_MODEL"]).read_bytes() == b"its own"
    other = replace(STAND_IN, name="other")
    with runtime.open(), runtime.server(other, ONE) as server:
        assert Path(told(server)["SERVER_MODEL"]).read_bytes() == b"usual"


def test_leaving_a_server_asks_it_to_stop_and_ends_what_it_started(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open():
        with runtime.server(STAND_IN, ONE) as server:
            worker = worker_of(server.logs())
            assert alive(worker)
        assert not server.running()
        assert '"stopped"' in server.logs()
        assert until(lambda: not alive(worker))


def test_a_server_that_ignores_the_request_is_killed_after_its_grace(lab: Lab) -> None:
    stubborn = SERVES.replace("sys.exit(0)", "pass")
    runtime = lab.runtime(stubborn)
    runtime._servers = {"stand-in": replace(SERVER, stop_grace_period=Seconds(0.2))}
    with runtime.open():
        with runtime.server(STAND_IN, ONE) as server:
            worker = worker_of(server.logs())
        assert not server.running()
        assert until(lambda: not alive(worker))


def test_a_server_that_was_stopped_still_gives_its_whole_log(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.server(STAND_IN, ONE) as server:
        assert '"stopped"' not in server.logs()
        server.stop()
        assert not server.running()
        kept = server.logs()
        assert kept.count('"stopped"') == 1
        server.stop()
        assert server.logs() == kept
        assert parse_startup(server.logs())["server"] == "stand-in"


def test_a_paused_server_stands_still_with_its_workers_and_goes_on_afterwards(lab: Lab) -> None:
    burns = SERVES.replace("import time; time.sleep(300)", "while 1: 1")
    runtime = lab.runtime(burns)
    with runtime.open(), runtime.server(STAND_IN, ONE) as server:
        worker = worker_of(server.logs())
        assert until(lambda: state(worker) == "R")
        with server.paused():
            assert until(lambda: state(worker) == state(server._spawned.pid) == "T")
            assert server.running()
            before = server.usage().cpu
            time.sleep(0.2)
            assert server.usage().cpu == before
        assert until(lambda: server.usage().cpu > before)


def test_the_start_of_a_server_is_timed_by_itself(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.server(STAND_IN, ONE) as server:
        assert set(server.started_steps) == {"start"}
        assert server.started_steps["start"] > 0


def test_usage_counts_the_workers_too(lab: Lab) -> None:
    burns = SERVES.replace("import time; time.sleep(300)", "x = bytearray(50_000_000)\\nwhile 1: 1")
    runtime = lab.runtime(burns)
    with runtime.open(), runtime.server(STAND_IN, ONE) as server:
        before = server.usage()
        assert until(lambda: server.usage().cpu - before.cpu > 0.2)
        after = server.usage()
        assert after.at > before.at
        assert after.peak_memory is not None
        assert after.peak_memory >= after.memory > 50_000_000


def test_a_server_that_ends_at_its_start_is_a_failure_with_its_last_lines(lab: Lab) -> None:
    runtime = lab.runtime("import sys; sys.exit('model.json: no such file')")
    with (
        runtime.open(),
        pytest.raises(ServerFailed, match=r"exit status 1\n  \| model.json: no such file"),
        runtime.server(STAND_IN, ONE),
    ):
        pytest.fail("it started")


def test_a_server_that_does_not_say_where_it_listens_is_a_failure(lab: Lab) -> None:
    runtime = lab.runtime("import time; time.sleep(300)", deadline=0.3)
    with (
        runtime.open(),
        pytest.raises(ServerFailed, match=r"did not say where it listens within 0\.3 s"),
        runtime.server(STAND_IN, ONE),
    ):
        pytest.fail("it started")


def test_a_program_that_is_not_there_is_a_failure_that_names_it(lab: Lab) -> None:
    runtime = lab.runtime(built=Built(commands={"stand-in": ("/no/such/server",)}))
    with (
        runtime.open(),
        pytest.raises(ServerFailed, match="cannot start /no/such/server"),
        runtime.server(STAND_IN, ONE),
    ):
        pytest.fail("it started")


def test_a_server_killed_while_a_command_runs_is_seen(lab: Lab) -> None:
    runtime = lab.runtime()
    with (
        runtime.open(),
        runtime.server(STAND_IN, ONE) as server,
        runtime.generator(ONE) as generator,
        generator.execute(["sleep", "100"]) as execution,
    ):
        os.kill(server._spawned.pid, signal.SIGKILL)
        assert until(lambda: not server.running())
        assert execution.running()
        with pytest.raises(ServerFailed, match="no longer runs"):
            server.usage()


def test_somebody_elses_command_is_told_a_free_port(lab: Lab) -> None:
    runtime = lab.runtime()
    theirs = Contender(name="theirs", command=(sys.executable, "-c", SERVES))
    with runtime.open(), runtime.server(theirs, ONE) as server:
        assert until(lambda: "listening" in server.logs())
        assert f'"port": {server.address.port}' in server.logs()


def test_a_port_that_the_contender_asks_for_must_be_one(lab: Lab) -> None:
    runtime = lab.runtime()
    wrong = replace(STAND_IN, environment={"SERVER_PORT": "http"})
    with (
        runtime.open(),
        pytest.raises(ConfigError, match="SERVER_PORT is 'http'"),
        runtime.server(wrong, ONE),
    ):
        pytest.fail("it started")


def test_cpus_that_do_not_exist_are_named(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open():
        for side in (runtime.server(STAND_IN, CpuSet((4096,))), runtime.generator(CpuSet((4096,)))):
            with pytest.raises(HostError, match="CPU 4096 cannot be used"), side:
                pytest.fail("it started")


def test_a_command_runs_in_the_folder_of_what_describes_it(lab: Lab, tmp_path: Path) -> None:
    folder = tmp_path / "theirs"
    folder.mkdir()
    (folder / "serve").write_text("#!/bin/sh\npwd\nexec sleep 1000\n")
    (folder / "serve").chmod(0o755)
    theirs = Contender(name="theirs", command=("./serve",), folder=str(folder))
    runtime = lab.runtime()
    with runtime.open(), runtime.server(theirs, ONE) as server:
        assert until(lambda: server.logs() == f"{folder}\n")


def test_what_cannot_run_here_says_why(lab: Lab) -> None:
    built = Built(commands={}, skipped={"stand-in": "no cargo", "ghz": "no go"})
    runtime = lab.runtime(built=built)
    assert runtime.skip(STAND_IN) == "no cargo"
    assert "x-lab" in str(runtime.skip(Contender(name="b", service="bare")))
    assert "needs an engine" in str(runtime.skip(Contender(name="i", image="somebody/server")))
    assert runtime.skip(Contender(name="c", command=("x",))) is None
    assert runtime.skip(Contender(name="b", command=("x",), image="somebody/server")) is None
    assert runtime.lacks("ghz") == "no go"
    assert runtime.lacks("h2load") == "h2load is not installed"
    assert lab.runtime().skip(STAND_IN) is None
    with pytest.raises(ConfigError, match="allowed: stand-in, bare"):
        runtime.skip(Contender(name="n", service="nobody"))


def test_a_command_reads_what_was_put_and_hands_back_what_it_wrote(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(ONE) as generator:
        generator.put({"in.bin": b"content"})
        copy = ["sh", "-c", "cat in.bin > out.bin; echo said; echo complained >&2"]
        with generator.execute(copy, outputs=["out.bin"]) as execution:
            done = execution.wait(Seconds(30))
            assert (done.exit_status, done.stdout, done.stderr) == (0, "said\n", "complained\n")
            path = done.outputs["out.bin"]
            assert path.read_bytes() == b"content"
        assert not path.exists()


def test_outputs_of_an_earlier_command_never_pass_for_a_later_ones(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(ONE) as generator:
        # The first is not waited for, so that what it wrote is still there.
        with generator.execute(["sh", "-c", "echo 1 > o.json"], outputs=["o.json"]) as execution:
            assert until(lambda: not execution.running())
        with (
            generator.execute(["true"], outputs=["o.json"]) as execution,
            pytest.raises(GeneratorFailed, match=r"exited with 0 but wrote no o\.json"),
        ):
            execution.wait(Seconds(30))


def test_a_command_that_fails_gives_its_status_and_words(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(ONE) as generator:
        fails = ["sh", "-c", "echo bad flag >&2; exit 3"]
        with generator.execute(fails, outputs=["o.json"]) as execution:
            done = execution.wait(Seconds(30))
        assert (done.exit_status, done.stderr, dict(done.outputs)) == (3, "bad flag\n", {})


def test_a_command_that_takes_too_long_is_ended_with_all_it_started(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(ONE) as generator:
        generator.put({"x": b""})
        lasts = ["sh", "-c", "sleep 1000 & echo $!; sleep 1000"]
        with generator.execute(lasts) as execution:
            with pytest.raises(GeneratorFailed, match=r"did not end within 0\.5 s"):
                execution.wait(Seconds(0.5))
            child = int(execution._text(".stdout"))
            assert until(lambda: not alive(child))
        with generator.execute(lasts) as execution:
            assert until(lambda: bool(execution._text(".stdout")))
            child = int(execution._text(".stdout"))
        assert not execution.running()
        assert until(lambda: not alive(child))


def test_usage_of_the_generators_adds_up_over_commands(lab: Lab) -> None:
    runtime = lab.runtime()
    burn = [sys.executable, "-c", "sum(i * i for i in range(2_000_000))"]
    with runtime.open(), runtime.generator(ONE) as generator:
        assert not generator.usage().cpu
        seen = []
        for _ in range(2):
            with generator.execute(burn) as execution:
                execution.wait(Seconds(60))
            seen.append(generator.usage().cpu)
    assert 0 < seen[0] < seen[1]


# Answers each line, and tells on its standard error what a wrong one was.
ANSWERS = """
import sys
print("ready", flush=True)
for line in sys.stdin:
    if line == "burn\\n":
        sum(i * i for i in range(1_000_000))
    elif line == "silence\\n":
        continue
    elif line == "end\\n":
        sys.exit("no such slice")
    print(line.upper(), end="", flush=True)
"""
TALKS = [sys.executable, "-c", ANSWERS]
SOON = Seconds(30.0)


def test_a_dialogue_answers_each_line_with_one(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(ONE) as generator, generator.talk(TALKS) as dialogue:
        assert dialogue.heard(SOON) == "ready"
        assert [dialogue.ask(each, SOON) for each in ("a", "b" * 100_000)] == ["A", "B" * 100_000]


def test_a_command_that_ends_in_mid_dialogue_says_how_with_its_last_words(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(ONE) as generator, generator.talk(TALKS) as dialogue:
        dialogue.heard(SOON)
        for _ in range(2):
            with pytest.raises(
                GeneratorFailed, match=r"ended in mid-dialogue, exit status 1\n  \| no such slice"
            ):
                dialogue.ask("end", SOON)


def test_a_program_that_is_not_there_ends_its_dialogue(lab: Lab) -> None:
    runtime = lab.runtime()
    with (
        runtime.open(),
        runtime.generator(ONE) as generator,
        generator.talk(["/no/such/generator"]) as dialogue,
        pytest.raises(GeneratorFailed, match="cannot start /no/such/generator"),
    ):
        dialogue.heard(SOON)


def test_a_silent_dialogue_is_given_up(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(ONE) as generator, generator.talk(TALKS) as dialogue:
        dialogue.heard(SOON)
        with pytest.raises(GeneratorFailed, match=r"said nothing for 0\.2 s"):
            dialogue.ask("silence", Seconds(0.2))


def test_leaving_a_dialogue_ends_its_command_and_all_that_it_started(lab: Lab) -> None:
    runtime = lab.runtime()
    lasts = ["sh", "-c", "sleep 1000 & echo $! $$; sleep 1000"]
    with runtime.open(), runtime.generator(ONE) as generator:
        with generator.talk(lasts) as dialogue:
            started = [int(pid) for pid in dialogue.heard(SOON).split()]
            assert all(map(alive, started))
        assert until(lambda: not any(map(alive, started)))


def test_usage_counts_a_dialogue_while_it_lasts_and_afterwards(lab: Lab) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(ONE) as generator:
        with generator.talk(TALKS) as dialogue:
            dialogue.heard(SOON)
            before = generator.usage().cpu
            dialogue.ask("burn", SOON)
            burnt = generator.usage().cpu
            assert burnt > before
        assert generator.usage().cpu >= burnt


def test_two_servers_of_one_contender_run_at_once_each_with_its_own_log_and_address(
    lab: Lab,
) -> None:
    runtime = lab.runtime()
    with (
        runtime.open(),
        runtime.server(STAND_IN, ONE) as first,
        runtime.server(replace(STAND_IN, environment={"SERVER_THREADS": "5"}), ONE) as second,
    ):
        assert first.address != second.address
        assert [told(each)["SERVER_THREADS"] for each in (first, second)] == ["3", "5"]
        second.stop()
        assert first.running()
        assert '"stopped"' in second.logs()
        assert '"stopped"' not in first.logs()


@pytest.mark.parametrize("name", ["../x", "a/b", "", ".hidden"])
def test_only_plain_names_are_files_of_the_generators_home(lab: Lab, name: str) -> None:
    runtime = lab.runtime()
    with runtime.open(), runtime.generator(ONE) as generator:
        with pytest.raises(GeneratorFailed, match="not a plain file name"):
            generator.put({name: b""})
        with pytest.raises(GeneratorFailed), generator.execute(["true"], outputs=[name]):
            pytest.fail("it started")


def test_two_runs_refuse_each_other_until_the_first_has_left(lab: Lab) -> None:
    first, second = lab.runtime(), lab.runtime()
    with first.open(), first.server(STAND_IN, ONE) as server:
        with pytest.raises(RunRefused, match="in progress on this host"), second.open():
            pytest.fail("both run")
        assert server.running()
    with second.open(), second.server(STAND_IN, ONE) as server:
        assert server.running()


KILLED = """
import sys, time
sys.path[:0] = {paths!r}
from pathlib import Path
from clusterbench.model.cpus import CpuSet
from support.stand_in_processes import Lab, ONE, STAND_IN
runtime = Lab(Path({root!r}), {project!r}).runtime()
with runtime.open(), runtime.server(STAND_IN, ONE) as server, runtime.generator(ONE) as generator:
    with generator.execute(["sleep", "300"]) as execution:
        print(server._spawned.pid, execution._spawned.pid, flush=True)
        time.sleep(300)
"""


def test_a_killed_run_takes_its_processes_with_it_and_the_next_one_starts(lab: Lab) -> None:
    script = textwrap.dedent(KILLED).format(
        paths=IMPORTED_FROM, root=str(lab.root), project=lab.project
    )
    with subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, text=True
    ) as killed:
        assert killed.stdout is not None
        started = [int(pid) for pid in killed.stdout.readline().split()]
        assert len(started) == 2
        assert all(map(alive, started))
        killed.kill()
    assert until(lambda: not any(map(alive, started)))
    left = kept(lab.root) / "run" / lab.project
    assert list(left.iterdir())
    with lab.runtime().open():
        assert not list(left.iterdir())


def test_a_run_of_another_project_leaves_the_files_of_this_one(lab: Lab) -> None:
    others = replace(lab, project=f"{lab.project}-other")
    with lab.runtime().open():
        mine = kept(lab.root) / "run" / lab.project
        (mine / "kept").touch()
        with others.runtime().open():
            assert (mine / "kept").exists()
        assert (mine / "kept").exists()


def test_the_fingerprint_names_what_was_built(lab: Lab) -> None:
    built = Built(
        commands={"stand-in": ("x",)},
        digests={"stand-in": "sha256:1", "other": "sha256:2"},
        versions={"stand-in": {"python": "3.13.0"}},
    )
    found = lab.runtime(built=built).describe([STAND_IN])
    assert found.engine["runtime"] == "process"
    assert found.images == {"stand-in": "sha256:1"}
    assert found.software["stand-in"] == {"python": "3.13.0"}
    assert GENERATOR in found.software


def test_a_variant_is_started_by_its_own_build_and_named_in_the_fingerprint(lab: Lab) -> None:
    other = SERVES.replace('"server": "stand-in"', '"server": "slow"')
    built = Built(
        commands={
            "stand-in": (sys.executable, "-c", SERVES),
            "stand-in@slow": (sys.executable, "-c", other),
        },
        skipped={"stand-in@odd": "no such flag"},
        digests={"stand-in": "sha256:1", "stand-in@slow": "sha256:2"},
    )
    runtime = lab.runtime(built=built)
    slow = replace(STAND_IN, variant="slow")
    with runtime.open(), runtime.server(slow, ONE) as server:
        assert parse_startup(server.logs())["server"] == "slow"
        assert told(server)["FROM_COMPOSE"] == "yes"
    assert runtime.describe([slow]).images == {"stand-in@slow": "sha256:2"}
    assert runtime.skip(replace(STAND_IN, variant="odd")) == "no such flag"
    assert "stand-in@new is not built" in str(runtime.skip(replace(STAND_IN, variant="new")))


job = partial(factories.job, cpus=ONE)


def jobs(lab: Lab) -> ProcessRuntime:
    built = Built(
        commands={"trains": ("sh", "-c")},
        skipped={"other": "no cargo"},
        digests={"trains": "sha256:1"},
        versions={"trains": {"python": "3.13.0"}},
    )
    return lab.runtime(built=built)


def test_a_job_runs_once_with_its_environment_and_gives_the_file_that_it_wrote(lab: Lab) -> None:
    runtime = jobs(lab)
    wrote = "echo $WORD $(nproc) $OMP_NUM_THREADS > out; ls -A | tr '\\n' ' ' >> out"
    assert runtime.run_once(job(wrote)).content == b"told 1\nout "
    assert runtime.run_once(job("true")).content == b""


@pytest.mark.parametrize(
    ("script", "changes", "said"),
    [
        ("echo no memory >&2; exit 3", {}, r"trains: exit status 3\n  \| no memory"),
        ("kill -9 $$", {}, "trains: killed by signal 9"),
        ("echo begun; sleep 300", {"timeout": Seconds(0.5)}, r"within 0\.5 s\n  \| begun"),
        ("true", {"service": "other"}, "other cannot run here: no cargo"),
    ],
)
def test_a_job_that_fails_says_how_with_its_last_lines(
    lab: Lab, script: str, changes: Mapping[str, Any], said: str
) -> None:
    with pytest.raises(JobFailed, match=said):
        jobs(lab).run_once(job(script, **changes))


def test_what_a_job_needs_is_named(lab: Lab) -> None:
    runtime = jobs(lab)
    assert runtime.skip_service("trains") is None
    assert runtime.skip_service("other") == "no cargo"
    assert runtime.skip_service("image-only") == "it runs in containers only"
    assert runtime.describe_service("trains") == {"build": "sha256:1", "python": "3.13.0"}
    assert runtime.memory_limit("trains") is None
