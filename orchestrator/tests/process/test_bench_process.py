"""`bench` on real servers, as local processes: alternatives, and overload with a stop."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import msgspec
import psutil
import pytest

from clusterbench.bench import health, parity
from clusterbench.config import compose_file as compose
from clusterbench.config.data_folder import read_data
from clusterbench.local.build import build, cache_of
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.model.experiment import Method
from clusterbench.model.units import Seconds
from clusterbench.runtime.process.process_runtime import ProcessRuntime
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clusterbench.runtime.process.built import Built

pytestmark = pytest.mark.process

#: A comparison of one server, and an overload, that are short.
SHORT = """
[profiles.alternatives-short]
interference = {{repeats = 0}}
rounds = 1
plan = "one-core"
contenders = ["{name}", "{name}-noop"]
scenarios = ["predict-saturated"]
"""
#: bench.toml's overload, and what makes it short.
OVERLOAD = {
    "connections = 64\nsweep = [64_000]": "connections = 8\nsweep = [640]",
    "before = 5.0\npaused = 1.0\nafter = 6.0": "before = 1.5\npaused = 1.0\nafter = 2.5",
}


@pytest.fixture(scope="module")
def built() -> Built:
    services = compose.servers(compose.read_services(ROOT / "compose.yaml"))
    made = build(services, ROOT, print)
    if not made.commands:
        pytest.skip(f"no server could be built: {made.skipped}")
    if not {"grpc-load", "h2load"} <= set(made.programs):
        pytest.skip(f"no load generator: {made.skipped}")
    return made


@pytest.fixture
def name(built: Built) -> str:
    """Return a server that can run here, rust-tonic where it can."""
    return "rust-tonic" if "rust-tonic" in built.commands else min(built.commands)


@pytest.fixture
def here(tmp_path: Path, name: str) -> Iterator[Path]:
    """Return a folder to stand in, whose bench.toml is the lab's but for what is short."""
    bench = (ROOT / "bench.toml").read_text()
    for usual, short in OVERLOAD.items():
        assert usual in bench
        bench = bench.replace(usual, short)
    (tmp_path / "bench.toml").write_text(bench + SHORT.format(name=name))
    for part in ("compose.yaml", "claims.toml", "data"):
        (tmp_path / part).symlink_to(ROOT / part)
    yield tmp_path
    cache = str(cache_of(ROOT))
    left = [
        process
        for process in psutil.process_iter(["cmdline"])
        if any(word.startswith(cache) for word in (process.info["cmdline"] or [])[:2])
    ]
    assert not left


def bench(here: Path, *words: str) -> subprocess.CompletedProcess[str]:
    more = [] if "calls" in words else ["--no-install"]
    return subprocess.run(
        [sys.executable, "-m", "clusterbench", "bench", *words, *more],
        cwd=here,
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )


def outcome(here: Path) -> tuple[Any, str]:
    (file,) = (here / "results").glob("2*/bench.json")
    return msgspec.json.decode(file.read_bytes()), file.with_name("bench.md").read_text()


def test_a_comparison_leaves_its_table_in_an_ordinary_run_folder(here: Path, name: str) -> None:
    done = bench(here, "short", "--window", "0.5", "--warm-up", "0")
    assert done.returncode == 0, done.stdout + done.stderr
    found, text = outcome(here)
    kept, noop = found["standings"]
    assert (kept["contender"], noop["contender"]) == (name, f"{name}-noop")
    assert noop["alternative"]["of"] == name
    assert 0 < noop["ratio"]["ratio"]["value"] < 10
    assert noop["ratio"]["ratio"]["low"] is None
    assert f"| {name}-noop | no-op handler" in text
    assert "comparison 1 of 1: short" in done.stdout
    again = bench(here, "short", "--resume")
    assert again.returncode == 0, again.stdout + again.stderr
    assert "(2 done before)" in again.stdout


def test_overload_pauses_the_server_and_tells_what_became_of_it(here: Path, name: str) -> None:
    done = bench(here, "overload", name, "--window", "0.5", "--warm-up", "0")
    assert done.returncode == 0, done.stdout + done.stderr
    (file,) = (here / "results").glob("2*/summary.json")
    (server,) = msgspec.json.decode(file.read_bytes())["recoveries"]
    assert server["contender"] == name
    seconds = {int(second): rate for second, rate in server["seconds"].items()}
    assert {-1, 0, 1} <= set(seconds)
    assert seconds[0] < seconds[-1]
    assert seconds[1] > 0
    assert server["again"] > 0
    assert server["after"] > 0
    assert server["memory"]["peak"] >= server["memory"]["start"] > 1_000_000
    assert server["errors"] == {}


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nobody"], "NAME nobody: "),
        (["overload", "nobody"], "CONTENDER nobody: "),
        (["overload", "--levels", "3"], "--levels is not understood"),
        (["calls", "--window", "3"], "--window is not understood"),
        (["calls", "--resume"], "--resume is not understood"),
        (["--resume"], "no run here yet"),
    ],
)
def test_a_users_mistake_is_one_message_and_exit_code_2(
    here: Path, words: list[str], complaint: str
) -> None:
    done = bench(here, *words)
    assert done.returncode == 2
    assert complaint in done.stderr
    assert "Traceback" not in done.stderr


def test_a_server_is_paused_with_all_its_processes_and_goes_on(
    built: Built, tmp_path: Path
) -> None:
    name = next((each for each in built.commands if each != "rust-tonic"), "rust-tonic")
    data = read_data(ROOT / "data")
    runtime = ProcessRuntime(
        services=compose.read_services(ROOT / "compose.yaml"),
        data=data,
        root=ROOT,
        built=built,
        project=f"labtest-{os.getpid()}",
        scratch=tmp_path / "scratch",
    )
    contender = Contender(name=name, service=name, environment={"SERVER_WORKERS": "2"})
    cpus = CpuSet((min(os.sched_getaffinity(0)),))
    with (
        runtime.open(),
        runtime.server(contender, cpus) as server,
        health.connect(server) as channel,
    ):
        health.wait_until_serving(server, channel, Seconds(60.0))
        leader = psutil.Process(server._spawned.pid)
        everyone = [leader, *leader.children(recursive=True)]
        with server.paused():
            assert eventually(everyone, stopped=True)
            assert server.running()
        assert eventually(everyone, stopped=False)
        checked = parity.check_parity(server, channel, data, {Method.PREDICT})
        assert checked.observations == 1000
        with pytest.raises(RuntimeError, match="in the middle"), server.paused():
            raise RuntimeError("in the middle")
        assert eventually(everyone, stopped=False)


def eventually(processes: list[psutil.Process], *, stopped: bool) -> bool:
    until = time.monotonic() + 10
    while any((p.status() == psutil.STATUS_STOPPED) is not stopped for p in processes):
        if time.monotonic() > until:
            return False
        time.sleep(0.01)
    return True
