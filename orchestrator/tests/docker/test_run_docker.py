"""Whole runs in containers, as a user starts them: through Compose."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import time
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.model.records import Outcome, TrialRecord, TurnRecord
from clusterbench.runtime.docker.engine import PROJECT_LABEL
from clusterbench.store.newest_run import newest
from clusterbench.store.run_folder import RunFolder
from launcher import composing
from launcher.composing import mount
from launcher.testing import IMAGES_BUILT
from support.no_pictures import NO_BROWSER
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.docker

PROJECT = "clusterbench"
ORCHESTRATOR = "com.docker.compose.service=orchestrator"
#: A user of no name: what a run leaves must be theirs.
STRANGER = 4242
#: Trials that others disturb are not run again: how many there are does not depend on the machine.
QUICK = [
    *("--profile", "quick", "--levels", "8", "--window", "0.5"),
    *("--warm-up", "0", "--repeats", "0"),
]


@pytest.fixture(scope="session")
def images(engine: Any) -> Any:
    """Build what is not built yet, where `./lab test` has not just done so."""
    if IMAGES_BUILT not in os.environ:
        done = compose("build")
        assert done.returncode == 0, done.stderr[-2000:]
    return engine


@pytest.fixture
def results(tmp_path: Path) -> Path:
    folder = tmp_path / "results"
    folder.mkdir()
    if os.geteuid() == 0:
        os.chown(folder, STRANGER, STRANGER)
    return folder


@pytest.fixture(autouse=True)
def nothing_left(engine: Any) -> Iterator[None]:
    """Hold that Compose takes all away that a test made: no volume or network stays."""
    before = volumes_and_networks(engine)
    yield
    for container in of_project(engine):
        container.remove(force=True, v=True)
    subprocess.run(
        ["docker", "compose", "down", "--remove-orphans"],
        cwd=ROOT,
        capture_output=True,
        check=True,
    )
    assert volumes_and_networks(engine) - before == set()


def volumes_and_networks(engine: Any) -> set[str]:
    found = [*engine.volumes.list(), *engine.networks.list()]
    return {each.name for each in found}


def compose(*words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["docker", "compose", *words],
        cwd=ROOT,
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )


def leaving(results: Path, service: str) -> list[str]:
    """Return Compose's options that put a service's results into a folder of the test's own."""
    override = results.with_suffix(".yaml")
    content = {"services": {service: {"volumes": [f"{results}:/results"]}}}
    override.write_text(json.dumps(content))
    return ["-f", "compose.yaml", "-f", str(override)]


def orchestrator(results: Path, *options: str, draws: bool = False) -> list[str]:
    """Return what runs the orchestrator: where it draws no pictures, it finds no browser."""
    words = ["run", "--rm", "-T", *([] if draws else ["--env", f"BROWSER_PATH={NO_BROWSER}"])]
    return [*leaving(results, "orchestrator"), *words, "orchestrator", *options]


def of_project(engine: Any) -> list[Any]:
    """Return the containers that runs of this project started."""
    found: list[Any] = engine.containers.list(
        all=True, ignore_removed=True, filters={"label": f"{PROJECT_LABEL}={PROJECT}"}
    )
    return found


def owners(folder: Path) -> set[int]:
    return {path.lstat().st_uid for path in folder.rglob("*")}


def trials(results: Path) -> list[TrialRecord]:
    records = RunFolder.open(newest(results)).records()
    return [r for r in records if isinstance(r, TrialRecord)]


def wait_until(holds: Callable[[], Any], what: str, within: float = 120.0) -> None:
    until = time.monotonic() + within
    while not holds():
        assert time.monotonic() < until, f"waited {within:g} s for {what}"
        time.sleep(0.1)


def test_the_profile_of_editions_measures_each_server_as_it_is_and_as_it_was(
    images: Any, results: Path
) -> None:
    short = ["--rounds", "1", "--levels", "8", "--window", "0.5", "--warm-up", "0"]
    done = compose(*orchestrator(results, "run", "--profile", "editions", *short))
    assert done.returncode == 0, done.stdout + done.stderr
    folder = RunFolder.open(newest(results))
    turns = [r for r in folder.records() if isinstance(r, TurnRecord)]
    three = ("sklearn-grpc", "linfa-py-grpc", "rust-tonic")
    assert {t.contender for t in turns} == {*three, *(f"{name}-2019" for name in three)}
    assert all(t.outcome is Outcome.OK and t.parity for t in turns)
    gained = "Gain of each server since 2019"
    assert gained in (folder.path / "report.md").read_text()


def test_a_run_measures_every_server_and_leaves_its_results_to_the_folders_owner(
    images: Any, results: Path
) -> None:
    done = compose(*orchestrator(results, "run", *QUICK, draws=True))
    assert done.returncode == 0, done.stdout + done.stderr
    folder = RunFolder.open(newest(results))
    assert folder.run.runtime == "docker"
    turns = [r for r in folder.records() if isinstance(r, TurnRecord)]
    assert {t.contender for t in turns} == {"sklearn-grpc", "linfa-py-grpc", "rust-tonic"}
    for turn in turns:
        assert turn.outcome is Outcome.OK, turn.reason
        assert turn.startup["server"] == turn.contender
        assert turn.peak_memory is not None
        assert turn.idle_memory is not None
        assert turn.peak_without_files is not None
        assert 0 < turn.idle_memory <= turn.peak_without_files <= turn.peak_memory
        ran = images.images.get(folder.run.fingerprint.images[turn.contender])
        assert turn.image_size == ran.attrs["Size"]
        assert turn.unknown.keys() <= {"cpu_pressure"}, "which cgroup version 1 does not tell"
        assert folder.run.fingerprint.images[turn.contender].startswith("sha256:")
        assert folder.run.fingerprint.software[turn.contender], "Debian's packages by version"
    for trial in trials(results):
        assert trial.outcome is Outcome.OK, trial.reason
        assert trial.server is not None
        assert trial.server.cpu > 0
    for name in ("throughput", "latencies", "error_rate"):
        assert (folder.path / f"{name}.svg").read_text().startswith("<svg")
        assert (folder.path / f"{name}.png").read_bytes().startswith(b"\x89PNG")
    assert owners(results) == {STRANGER if os.geteuid() == 0 else os.geteuid()}
    assert not of_project(images)


def test_what_a_killed_orchestrator_started_ends_by_itself_and_resume_goes_on(
    images: Any, results: Path
) -> None:
    options = [*QUICK, "--contender", "rust-tonic", "--rounds", "3"]
    process = subprocess.Popen(
        ["docker", "compose", *orchestrator(results, "run", *options)],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until(lambda: (results / "latest").exists() and trials(results), "the first trial")
    for container in images.containers.list(filters={"label": ORCHESTRATOR}):
        container.kill("SIGKILL")
    process.wait()
    ended = {"created", "exited", "dead", "removing"}
    wait_until(lambda: {each.status for each in of_project(images)} <= ended, "their end")
    before = {t.id: t.started for t in trials(results)}
    done = compose(*orchestrator(results, "run", *options, "--resume"))
    assert done.returncode == 0, done.stdout + done.stderr
    after = {t.id: t.started for t in trials(results)}
    assert len(after) == 6
    assert before.items() <= after.items()
    assert not of_project(images)


def test_a_servers_container_may_do_nothing_but_serve(images: Any, results: Path) -> None:
    process = subprocess.Popen(
        ["docker", "compose", *orchestrator(results, "run", *QUICK, "--contender", "rust-tonic")],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    seen: dict[str, dict[str, Any]] = {}

    def both_seen() -> bool:
        for container in of_project(images):
            role = container.labels.get("clusterbench.role", "")
            if container.attrs["State"]["Running"]:
                seen[role] = container.attrs
        return {"server", "generator"} <= set(seen)

    wait_until(both_seen, "server and generator")
    process.wait()
    for role in ("server", "generator"):
        config, host = seen[role]["Config"], seen[role]["HostConfig"]
        assert config["User"] not in {"", "0", "root", "0:0"}
        assert host["ReadonlyRootfs"]
        assert [c.removeprefix("CAP_") for c in host["CapDrop"]] == ["ALL"]
        assert not host["CapAdd"]
        assert not host["Privileged"]
        assert not host["PortBindings"]
        assert not any("docker.sock" in mount["Source"] for mount in seen[role]["Mounts"])
        (network,) = seen[role]["NetworkSettings"]["Networks"]
        assert images.networks.get(network).attrs["Internal"]
    assert seen["server"]["HostConfig"]["CpusetCpus"] != ""


def test_two_runs_at_once_refuse_each_other(images: Any, results: Path, tmp_path: Path) -> None:
    options = [*QUICK, "--contender", "rust-tonic"]
    first = subprocess.Popen(
        ["docker", "compose", *orchestrator(results, "run", *options, "--window", "200")],
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    wait_until((results / "latest").exists, "the first run")
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for folder in (results, elsewhere):
        second = compose(*orchestrator(folder, "run", *options))
        assert second.returncode == 4, second.stdout + second.stderr
        assert "another run" in second.stdout + second.stderr
    (container,) = images.containers.list(filters={"label": ORCHESTRATOR})
    container.kill("SIGTERM")
    assert first.wait(timeout=120) == 130
    assert not of_project(images)


def test_the_ghz_runner_alone_starts_a_server_and_prints_a_table(
    images: Any, results: Path
) -> None:
    words = [*leaving(results, "ghz-runner"), "run", "--rm", "-T", "ghz-runner"]
    done = compose(*words, LAB_CONCURRENCY="4 8", LAB_DURATION="2s", LAB_TARGET="linfa-py-grpc")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "linfa-py-grpc" in done.stdout
    assert "unpinned" in done.stdout
    measured = trials(results)
    assert [trial.level for trial in measured] == [4, 8]
    for trial in measured:
        assert trial.outcome is Outcome.OK
        assert set(trial.summary_counts) == {"OK"}
        assert trial.server is None
        assert trial.generator is not None
    assert owners(results) == {STRANGER if os.geteuid() == 0 else os.geteuid()}


def test_proxies_that_compose_hands_to_the_ghz_runner_are_not_for_its_load(
    images: Any, results: Path, tmp_path: Path
) -> None:
    nowhere = {"httpProxy": "http://127.0.0.1:9", "httpsProxy": "http://127.0.0.1:9"}
    (tmp_path / "config.json").write_text(json.dumps({"proxies": {"default": nowhere}}))
    words = [*leaving(results, "ghz-runner"), "run", "--rm", "-T", "ghz-runner"]
    given = {"LAB_CONCURRENCY": "8", "LAB_DURATION": "1s", "DOCKER_CONFIG": str(tmp_path)}
    done = compose(*words, **given)
    assert done.returncode == 0, done.stdout + done.stderr
    (measured,) = trials(results)
    assert set(measured.summary_counts) == {"OK"}


def test_a_wrong_target_is_refused_before_anything_starts(images: Any) -> None:
    done = compose("run", "--rm", "-T", "ghz-runner", LAB_TARGET="rust-axum")
    assert done.returncode != 0
    assert "rust-axum" in done.stderr


def test_variables_of_a_shell_stop_nothing_that_compose_does() -> None:
    """They are words that cross, make and CI systems have too."""
    words = {"TARGET": "x86_64-unknown-linux-gnu", "PROFILE": "release", "METHOD": "GET"}
    words |= dict.fromkeys(("CONCURRENCY", "CONNECTIONS", "DURATION", "GENERATOR"), "auto")
    done = compose("config", "--quiet", **words, SERVER_CPUS="all", GENERATOR_CPUS="all")
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("name", ["one:two", "$HOME", "${x}", "a b"])
def test_a_folder_of_any_name_is_mounted_and_so_are_those_of_a_repository_in_it(
    images: Any, tmp_path: Path, name: str
) -> None:
    root = tmp_path / name
    root.mkdir()
    for each in ("compose.yaml", "bench.toml", "claims.toml"):
        shutil.copy(ROOT / each, root)
    for each in ("results", "data", "given"):
        (root / each).mkdir()
        (root / each / f"{each}.txt").touch()
    entry = {"pull_policy": "never", "volumes": [mount(root / "given", "/given", read_only=True)]}
    words = ["run", "--rm", "-T", "--no-deps", "--entrypoint", "ls", "orchestrator"]
    seen = ["/given", "/results", "/lab/data", "/lab"]
    done = subprocess.run(
        composing.compose(root, [*words, *seen], {"services": {"orchestrator": entry}}),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    for each in ("given.txt", "results.txt", "data.txt", "bench.toml"):
        assert each in done.stdout.split()
    assert {path.name for path in tmp_path.iterdir()} == {name}


def test_a_folder_that_is_missing_is_an_error_and_is_not_made(images: Any, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    entry = {"pull_policy": "never", "volumes": [mount(missing, "/given")]}
    words = ["run", "--rm", "-T", "--no-deps", "--entrypoint", "ls", "orchestrator"]
    done = subprocess.run(
        composing.compose(ROOT, words, {"services": {"orchestrator": entry}}),
        capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    assert done.returncode != 0
    assert str(missing) in done.stderr
    assert not missing.exists()


def test_the_published_tools_print_clean_json(images: Any) -> None:
    words = ["run", "--rm", "-T", "--no-deps", "rust-tonic", "gentestdata"]
    done = compose(*words, "--features", "3", "--samples", "5")
    assert done.returncode == 0, done.stderr
    requests = json.loads(done.stdout)
    assert [len(request["features"]) for request in requests] == [3] * 5


def test_a_users_mistake_is_one_message_and_exit_code_2(images: Any, results: Path) -> None:
    done = compose(*orchestrator(results, "run", "--profile", "quik"))
    assert done.returncode == 2
    assert "did you mean 'quick'" in done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
