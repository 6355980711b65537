"""Whole runs on real servers and generators, as local processes, by the command line."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING, Any

import jsonschema
import msgspec
import psutil
import pytest

from clusterbench.config import compose_file as compose
from clusterbench.config.generate_data import generate
from clusterbench.local.build import build, cache_of
from clusterbench.model.check import Check
from clusterbench.model.records import Outcome, TrialRecord, TurnRecord
from clusterbench.store.newest_run import newest
from clusterbench.store.run_folder import RunFolder
from clusterbench.store.schemas import schemas
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

pytestmark = pytest.mark.process

#: Short, but all of it: two levels by ghz, one by grpc-load, a warm-up.
QUICK = [
    *("--profile", "quick", "--levels", "8,16", "--window", "0.5"),
    *("--warm-up", "6", "--repeats", "0"),
]


@pytest.fixture(scope="session")
def contenders() -> list[str]:
    """Return the servers that can run here; a missing toolchain leaves its server out."""
    services = compose.servers(compose.read_services(ROOT / "compose.yaml"))
    built = build(services, ROOT, print)
    if not built.commands:
        pytest.skip(f"no server could be built: {built.skipped}")
    if not {"ghz", "grpc-load"} <= set(built.programs):
        pytest.skip(f"no load generator: {built.skipped}")
    return sorted(built.commands)


class Lab:
    """Calls the command line, with results of its own."""

    def __init__(self, results: Path) -> None:
        self.results = results
        self.started: list[subprocess.Popen[str]] = []

    def start(self, *options: str) -> subprocess.Popen[str]:
        command = [
            sys.executable,
            "-m",
            "clusterbench",
            "run",
            "--runtime",
            "process",
            "--no-install",
        ]
        process = subprocess.Popen(
            [*command, "--results", str(self.results), *options],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        self.started.append(process)
        return process

    def run(self, *options: str) -> tuple[int, str]:
        process = self.start(*options)
        output, _ = process.communicate(timeout=300)
        return process.returncode, output

    def command(self, *words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "clusterbench", *words],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @property
    def folder(self) -> RunFolder:
        return RunFolder.open(newest(self.results))

    def trials(self) -> list[TrialRecord]:
        return [r for r in self.folder.records() if isinstance(r, TrialRecord)]


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    made = Lab(tmp_path / "results")
    yield made
    for process in made.started:
        process.kill()
        process.wait()
    wait_until(lambda: not servers_and_generators(), "all that a killed run started to end")


def servers_and_generators() -> list[str]:
    """Return the lab's servers and generators that run on this host now."""
    cache = str(cache_of(ROOT))
    found = []
    for process in psutil.process_iter(["cmdline"]):
        words = process.info["cmdline"] or []
        programs = (["h2load"], ["ghz"], ["grpc-load"])
        if any(word.startswith(cache) for word in words[:2]) or words[:1] in programs:
            found.append(" ".join(words))
    return found


def wait_until(holds: Callable[[], Any], what: str, within: float = 60.0) -> None:
    until = time.monotonic() + within
    while not holds():
        assert time.monotonic() < until, f"waited {within:g} s for {what}"
        time.sleep(0.05)


def asked(contenders: Sequence[str]) -> list[str]:
    return [word for name in contenders for word in ("--contender", name)]


def test_a_run_as_published_is_judged_by_the_published_claims(
    lab: Lab, contenders: list[str]
) -> None:
    short = ["--profile", "as-published-short", "--rounds", "1", "--duration", "1"]
    code, output = lab.run(*short, "--levels", "8,256", "--window", "0.5", "--warm-up", "0")
    assert code == 0, output
    folder = lab.folder
    then = [t for t in lab.trials() if t.scenario == "predict-as-published-short"]
    assert {(t.contender, t.level) for t in then} == {
        (f"{name}-as-published", level) for name in contenders for level in (8, 256)
    }
    for trial in then:
        summary = folder.generator_summary(trial.id)
        assert summary["options"]["connections"] == 1
        # What `close` cut off: never more requests than were in flight.
        assert sum(trial.summary_counts.values()) - trial.summary_counts["OK"] <= trial.level
    assert len(folder.run.claims.claims) == 15
    found = lab.command("claims", str(folder.path))
    assert found.returncode == 0, found.stderr
    for claim in folder.run.claims.claims:
        assert claim.id in found.stdout
    assert "not measured" in found.stdout
    refused = lab.command("claims", str(lab.results))
    assert refused.returncode == 2
    assert "not a run folder" in refused.stderr


def test_a_run_measures_every_server_and_leaves_its_folder_whole(
    lab: Lab, contenders: list[str]
) -> None:
    code, output = lab.run(*QUICK, *asked(contenders))
    assert code == 0, output
    folder = lab.folder
    trials = lab.trials()
    assert {(t.contender, t.level) for t in trials} == {
        (name, level) for name in contenders for level in (8, 16, 800)
    }
    for trial in trials:
        assert trial.outcome is Outcome.OK, trial.reason
        assert trial.summary_counts.get("OK", 0) > 0
        assert trial.checked_by is (Check.MESSAGE if trial.level == 800 else Check.STATUS)
        summary = (folder.path / "generator" / f"{trial.id}.json").read_bytes()
        assert "details" not in msgspec.json.decode(summary)
        assert len(folder.samples(trial.id).start) == sum(trial.summary_counts.values())
    turns = [r for r in folder.records() if isinstance(r, TurnRecord)]
    assert len(turns) == len(contenders)
    for turn in turns:
        assert turn.parity is not None
        assert turn.parity.observations == 1000
        assert turn.startup["server"] == turn.contender
        assert turn.startup["versions"]
        assert turn.peak_memory is not None
        assert turn.idle_memory is not None
        assert 1_000_000 < turn.idle_memory < turn.peak_memory
        assert turn.image_size is None
        assert turn.unknown["image_size"] == "a local process has no image"
        assert turn.unknown.keys() == {"image_size", "cpu_pressure"}
        assert len(turn.warm_up) == 2
    summary = msgspec.json.decode((folder.path / "summary.json").read_bytes())
    jsonschema.validate(summary, msgspec.json.decode(schemas()["summary.schema.json"]))
    assert (folder.path / "report.html").stat().st_size > 1_000_000
    for cell in summary["cells"]:
        assert cell["throughput"]["value"] > 0
        assert 0 < cell["server_share"]["value"] < 1.5
    assert not servers_and_generators()


def test_figures_made_again_from_the_folder_are_the_same(lab: Lab, contenders: list[str]) -> None:
    code, output = lab.run(*QUICK, "--warm-up", "0", *asked(contenders[:1]))
    assert code == 0, output
    before = (lab.folder.path / "summary.json").read_bytes()
    (lab.folder.path / "summary.json").unlink()
    done = lab.command("report", "--no-install", "--results", str(lab.results))
    assert done.returncode == 0, done.stderr
    assert (lab.folder.path / "summary.json").read_bytes() == before


def test_a_killed_run_leaves_nothing_running_and_resume_finishes_it(
    lab: Lab, contenders: list[str]
) -> None:
    options = [*QUICK, "--warm-up", "0", *asked(contenders[-1:])]
    process = lab.start(*options)
    wait_until(lambda: (lab.results / "latest").exists() and lab.trials(), "the first trial")
    process.kill()
    process.wait()
    wait_until(lambda: not servers_and_generators(), "what the killed run started to end")
    before = {t.id: t.started for t in lab.trials()}
    killed = lab.folder.path
    code, output = lab.run("--resume")
    assert code == 0, output
    assert lab.folder.path == killed
    after = {t.id: t.started for t in lab.trials()}
    assert len(after) == 3
    assert before.items() <= after.items()
    assert f"({len(before)} done before)" in output


def test_resume_refuses_another_experiment_and_names_the_difference(
    lab: Lab, contenders: list[str]
) -> None:
    options = [*QUICK, "--warm-up", "0", *asked(contenders[:1])]
    lab.run(*options)
    code, output = lab.run(*options, "--resume", "--window", "0.7")
    assert code == 4
    assert "experiment.timing.window: was 0.5, is 0.7" in output
    assert "Traceback" not in output


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_stops_all_and_keeps_what_was_measured(
    lab: Lab, contenders: list[str], number: signal.Signals
) -> None:
    process = lab.start(*QUICK, "--warm-up", "0", *asked(contenders[:1]))
    wait_until(lambda: (lab.results / "latest").exists() and lab.trials(), "the first trial")
    process.send_signal(number)
    output, _ = process.communicate(timeout=30)
    assert process.returncode == 130, output
    assert "--resume" in output
    assert "Traceback" not in output
    assert not servers_and_generators()
    assert lab.trials()


def test_a_server_killed_in_mid_trial_fails_its_turn_and_the_run_goes_on(
    lab: Lab, contenders: list[str]
) -> None:
    if len(contenders) < 2:
        pytest.skip("one server alone could be built here")
    process = lab.start(*QUICK, "--warm-up", "0", *asked(contenders[:2]))
    wait_until(lambda: (lab.results / "latest").exists() and lab.trials(), "the first trial")
    first = lab.trials()[0].contender
    victims = [
        p
        for p in psutil.process_iter(["cmdline"])
        if any(f"/{first}" in word for word in (p.info["cmdline"] or [])[:2])
        and p.ppid() == process.pid
    ]
    assert len(victims) == 1
    os.kill(victims[0].pid, signal.SIGKILL)
    output, _ = process.communicate(timeout=120)
    assert process.returncode == 5, output
    turns = {r.contender: r for r in lab.folder.records() if isinstance(r, TurnRecord)}
    other = next(name for name in contenders[:2] if name != first)
    assert turns[first].outcome is Outcome.FAILED
    assert '"event"' in str(turns[first].reason), "its last log lines belong to the reason"
    assert turns[other].outcome is Outcome.OK
    assert (lab.folder.path / "report.html").exists()


def test_two_runs_at_once_refuse_each_other(
    lab: Lab, contenders: list[str], tmp_path: Path
) -> None:
    options = [*QUICK, "--warm-up", "0", *asked(contenders[:1])]
    first = lab.start(*options, "--window", "200")
    wait_until((lab.results / "latest").exists, "the first run")
    for second in (lab, Lab(tmp_path / "elsewhere")):
        code, output = second.run(*options)
        assert code == 4, output
        assert "another run" in output
    assert first.poll() is None
    first.send_signal(signal.SIGINT)
    output, _ = first.communicate(timeout=60)
    assert first.returncode == 130, output


def test_another_data_folder_is_served_and_checked(
    lab: Lab, contenders: list[str], tmp_path: Path
) -> None:
    data = tmp_path / "data"
    data.mkdir()
    for name, content in generate(clusters=50, features=16, samples=100, batch=3, seed=3).items():
        (data / name).write_bytes(content)
    code, output = lab.run(*QUICK, "--warm-up", "0", "--data", str(data), *asked(contenders[:1]))
    assert code == 0, output
    (turn,) = [r for r in lab.folder.records() if isinstance(r, TurnRecord)]
    assert turn.startup["model"]["n_features"] == 16
    assert turn.parity is not None
    assert turn.parity.observations == 100


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (["--profile", "quik"], "did you mean 'quick'"),
        (["--contender", "rust"], "--contender rust"),
        (["--levels", "64,x"], "--levels 64,x"),
        (["--data", "/nowhere"], "--data: /nowhere is no folder"),
        (["--resume"], "no run here yet"),
    ],
)
def test_a_users_mistake_is_one_message_and_exit_code_2(
    lab: Lab, options: list[str], complaint: str
) -> None:
    code, output = lab.run(*options)
    assert code == 2
    assert complaint in output
    assert "Traceback" not in output
