"""The package's commands, in process: what they check first, print, and exit with."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import TYPE_CHECKING, Any

import pytest

import clusterbench
from clusterbench.cli import app, assembly, measuring, result_commands, results
from clusterbench.cli.app import guarded, main
from clusterbench.config.resolve import Overrides
from clusterbench.config.training_table import TrainingOverrides
from clusterbench.doctor import checks
from clusterbench.doctor.findings import judge
from clusterbench.errors import (
    ConfigError,
    ExitCode,
    GeneratorFailed,
    HostError,
    LabError,
    RunRefused,
    ServerFailed,
    StoreError,
)
from clusterbench.local import build as building
from clusterbench.local import system_tools
from clusterbench.model.cpus import CpuQuota
from clusterbench.store import export, frames
from clusterbench.store.run_folder import RunFolder
from support import factories, small_lab
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture(autouse=True)
def _in_a_small_lab(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(small_lab.write(tmp_path_factory.mktemp("lab") / "root"))
    for name in (
        "LAB_PROFILE", "LAB_RESULTS", "PROFILE", "CLUSTERBENCH_RUNTIME", "CLUSTERBENCH_PROGRAM",
    ):  # fmt: skip
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What would have been provided, built or written."""
    done: list[str] = []

    def recorded(name: str) -> Callable[..., Any]:
        def record(*_: object, **__: object) -> Any:
            done.append(name)
            raise HostError(f"{name}: as far as this test goes")

        return record

    monkeypatch.setattr(system_tools, "provide", recorded("provide"))
    monkeypatch.setattr(building, "build", recorded("build"))
    monkeypatch.setattr(RunFolder, "create", recorded("create"))
    return done


# ------------------------------------------------------------------------------- checked first


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("run --profile usul", "did you mean 'usual'"),
        ("run --levels 64;256", "like 64,256"),
        ("run --profile all --contender fast-nop-x", "--contender"),
        ("run --data results", "holds no model.json"),
        ("train --points 2", "3 clusters take as many points"),
        ("train --contender sklern", "did you mean 'sklearn'"),
        ("bench fasst", "did you mean 'fast'"),
        ("capacity --slo p99=10", "whole milliseconds, as in p99=10ms"),
        ("capacity --slo p98=10ms", "it takes a percentile (p50"),
        ("capacity --slo p99=10ms --slo p50=5ms", "objectives of one percentile"),
        ("capacity --contender fasst", "did you mean 'fast'"),
        ("capacity --profile usual", "--profile is not understood"),
        ("report nonsense", "no such run"),
        ("runs prune", "--keep N"),
    ],
)
def test_a_mistake_is_one_message_and_code_2_and_nothing_is_started(
    line: str, complaint: str, started: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*line.split(), "--results", "/nowhere/results"]) == ExitCode.CONFIG
    told = capsys.readouterr().err
    assert told.startswith("lab: error: ")
    assert len(told.splitlines()) == 1
    assert complaint in told
    assert started == []
    assert not Path("/nowhere").exists()


@pytest.mark.parametrize("name", ["claims_file", "bench_file", "cpu_plan"])
def test_every_file_and_the_cpu_plan_are_checked_before_anything_is_installed_or_built(
    name: str, started: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def wrong(*_: object) -> None:
        raise ConfigError(f"{name} is wrong")

    monkeypatch.setattr(
        assembly, name, wrong if name == "cpu_plan" else SimpleNamespace(read=wrong)
    )
    words = ["run", "--runtime", "process", "--results", str(tmp_path / "results")]
    assert main(words) == ExitCode.CONFIG
    assert started == []
    assert not (tmp_path / "results").exists()


def test_what_is_right_is_provided_then_built(started: list[str], tmp_path: Path) -> None:
    words = ["run", "--profile", "usual", "--runtime", "process", "--results", str(tmp_path)]
    assert main(words) == ExitCode.HOST
    assert started == ["provide"]


# --------------------------------------------------------------------------- the environment


def profile_of_plan(capsys: pytest.CaptureFixture[str]) -> tuple[str, str]:
    """Return the profile that a plan is of, and what was told beside it."""
    assert main(["plan", "--json"]) == 0
    printed = capsys.readouterr()
    return json.loads(printed.out)["profile"], printed.err


def test_a_profile_is_chosen_by_the_labs_own_variable(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAB_PROFILE", "all")
    assert profile_of_plan(capsys) == ("all", "")
    monkeypatch.setenv("LAB_PROFILE", "al")
    assert main(["plan"]) == ExitCode.CONFIG
    assert "LAB_PROFILE=al: did you mean 'all'" in capsys.readouterr().err


def test_an_own_bench_toml_takes_the_place_of_the_labs(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    own = tmp_path / "own.toml"
    profile = 'rounds = 1\ncontenders = ["mine", "fast"]\nscenarios = ["sweep"]\n'
    mine = '[contenders.mine]\ncommand = ["./serve"]\n'
    own.write_text(f'include = ["{{lab}}/bench.toml"]\n\n{mine}\n[profiles.mine]\n{profile}')
    assert main(["plan", "--bench", str(own), "--profile", "mine", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["contenders"] == {"mine": None, "fast": "fast"}
    own.write_text('include = ["nowhere.toml"]')
    assert main(["plan", "--bench", str(own)]) == ExitCode.CONFIG
    assert f"{own}:1: `include`: {tmp_path / 'nowhere.toml'}" in capsys.readouterr().err


def test_a_run_keeps_which_bench_toml_it_read(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('include = ["{lab}/bench.toml"]\n')
    read = assembly.assemble(Overrides(bench=str(own)), Path("data"))
    assert read.asked == {"bench": str(own)}
    experiment = read.experiment
    for command in measuring.repeating("run", read.asked, experiment, "process"):
        assert f"--bench {own}" in command


@pytest.mark.parametrize("container", [False, True])
def test_a_shells_own_profile_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], container: bool
) -> None:
    if container:
        monkeypatch.setenv("CLUSTERBENCH_RUNTIME", "docker")
    usual, _ = profile_of_plan(capsys)
    monkeypatch.setenv("PROFILE", "release")
    profile, told = profile_of_plan(capsys)
    assert profile == usual
    assert ("warning: PROFILE=release is not used" in told) is container


def test_the_old_name_still_chooses_a_profile_where_compose_alone_starts_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROFILE", "all")
    assert profile_of_plan(capsys)[0] != "all"
    monkeypatch.setenv("CLUSTERBENCH_RUNTIME", "docker")
    profile, told = profile_of_plan(capsys)
    assert profile == "all"
    assert told == "lab: warning: PROFILE=all is used; that variable is LAB_PROFILE now\n"
    monkeypatch.setenv("LAB_PROFILE", "usual")
    assert profile_of_plan(capsys) == ("usual", "")


# --------------------------------------------------------------------------------------- JSON


def test_a_plan_as_json_names_what_would_run_with_units(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["plan", "--profile", "usual", "--contender", "fast", "--json"]) == 0
    printed = capsys.readouterr()
    plan = json.loads(printed.out)
    assert plan["profile"] == "usual"
    assert plan["contenders"] == {"fast": "fast"}
    assert {image["name"]: image["needed"] for image in plan["images"]} == {
        "fast-image": True,
        "generators-image": True,
    }
    assert 0 < plan["load_seconds"] < plan["wall_seconds"]
    assert {turn["contender"] for turn in plan["turns"]} == {"fast"}


@pytest.mark.parametrize(("runtime", "quota"), [("process", 0.5), ("docker", None)])
def test_a_plan_of_local_processes_is_within_the_quota_that_they_share(
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
    runtime: str,
    quota: float | None,
) -> None:
    monkeypatch.setattr(assembly, "own_quota", lambda: CpuQuota(0.5, "/ci/pod"))
    assert main(["plan", "--profile", "usual", "--runtime", runtime, "--json"]) == 0
    cpu_plan = json.loads(capsys.readouterr().out)["cpu_plan"]
    assert cpu_plan["quota"] == quota
    assert ("a CPU quota of 0.5 CPUs" in cpu_plan["text"]) == (runtime == "process")


def test_a_plan_of_training_names_its_images_alone(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--quick", "--plan-only", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert {image["name"]: image["needed"] for image in plan["images"]} == {
        "trainer-image": True,
    }
    assert plan["turns"] == []
    assert plan["wall_seconds"] > 0


def test_a_plan_as_text_has_its_tables(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["plan", "--profile", "usual"]) == 0
    printed = capsys.readouterr().out
    assert "profile usual: 3 rounds" in printed
    assert "turns, one server at a time" in printed


def test_a_plan_breaks_no_name_on_a_terminal_of_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.chdir(ROOT)
    assert main(["plan", "--profile", "standard"]) == 0
    lines = capsys.readouterr().out.splitlines()
    listed = lines[next(n for n, each in enumerate(lines) if each.startswith("scenarios")) + 1 :]
    assert max(map(len, listed)) <= 80
    words = {word for line in listed for word in line.split()}
    assert {"sklearn-grpc", "linfa-py-grpc", "rust-tonic", "predict-capacity-10ms"} <= words


def test_doctor_lists_what_it_found_with_the_remedy_below_on_80_columns(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    where = "at unix:///var/run/docker.sock (the default)"
    found = [judge("engine's limits", where), judge("load", "busy", "wait a while", warn=True)]
    monkeypatch.setattr(checks, "doctor", lambda **_: found)
    monkeypatch.setenv("COLUMNS", "80")
    assert main(["doctor", "--runtime", "process"]) == 0
    printed = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert printed == [
        ["ok", *["engine's", "limits"], *where.split()],
        ["warn", "load", "busy"],
        ["->", "wait", "a", "while"],
    ]


@pytest.mark.parametrize(
    ("finding", "code"),
    [
        (judge("disk", "there"), ExitCode.OK),
        (judge("engine", "none", "start it", missing=True), ExitCode.HOST),
    ],
)
def test_doctor_as_json_and_by_its_exit_code(
    finding: Any, code: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(checks, "doctor", lambda **_: [finding])
    assert main(["doctor", "--runtime", "process", "--json"]) == code
    found = json.loads(capsys.readouterr().out)
    assert found["runtime"] == "process"
    assert found["findings"][0]["subject"] == finding.subject
    assert set(found["findings"][0]) == {"subject", "state", "found", "remedy"}


# ---------------------------------------------------------------------------------- runs, export


class Catalogue(ModuleType):
    """Stands for `store.catalogue`."""

    def __init__(self, results: Path) -> None:
        super().__init__("clusterbench.store.catalogue")
        self.removed: list[str] = []
        self.asked: dict[str, Any] = {}
        self.entries = tuple(
            SimpleNamespace(
                id=f"run-{number}", path=results / f"run-{number}", created="2030-01-01",
                profile="quick", runtime="process", complete=True, trials=3, failed=0, bytes=2**20,
                problem="", compares=False,
            )
            for number in (2, 1)
        )  # fmt: skip

    def list_runs(self, _results: Path) -> tuple[Any, ...]:
        return self.entries

    def prunable(self, entries: tuple[Any, ...], **asked: Any) -> tuple[Any, ...]:
        self.asked = asked
        return entries[1:]

    def read_entry(self, _path: Path) -> Any:
        return self.entries[0]

    def remove(self, entry: Any) -> None:
        self.removed.append(entry.id)


@pytest.fixture
def catalogue(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Catalogue:
    made = Catalogue(tmp_path)
    monkeypatch.setattr(results, "catalogue", made)
    return made


@pytest.mark.usefixtures("catalogue")
def test_runs_are_listed_as_a_table_or_as_json(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert main(["runs", "list", "--results", str(tmp_path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["runs"]
    assert [run["id"] for run in found] == ["run-2", "run-1"]
    assert found[0]["size_bytes"] == 2**20
    assert main(["runs", "list", "--results", str(tmp_path)]) == 0
    assert "run-2" in capsys.readouterr().out


def test_pruning_asks_unless_it_is_told_yes(
    catalogue: Catalogue, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    words = ["runs", "prune", "--keep", "1", "--older-than", "30d"]
    monkeypatch.setattr(system_tools, "on_terminal", lambda: False)
    assert main(words) == ExitCode.CONFIG
    assert "--yes removes them" in capsys.readouterr().err
    monkeypatch.setattr(system_tools, "on_terminal", lambda: True)
    monkeypatch.setattr(system_tools, "confirmed", lambda _question: False)
    assert main(words) == 0
    assert catalogue.removed == []
    assert main([*words, "--yes", "--json"]) == 0
    assert catalogue.removed == ["run-1"]
    assert catalogue.asked == {"keep": 1, "older_than_days": 30.0}


def test_a_run_is_shown_with_what_repeats_it(
    catalogue: Catalogue, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    record = factories.run_record(id="run-2")
    RunFolder.create(tmp_path, record)
    assert main(["runs", "show", "run-2", "--results", str(tmp_path), "--json"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["commands"] == ["./lab run"]
    assert shown["contenders"] == ["sklearn-grpc", "rust-tonic"]
    assert main(["runs", "show", "--results", str(tmp_path)]) == 0
    assert "commands: ./lab run" in capsys.readouterr().out
    assert catalogue.removed == []


def test_a_runs_tables_are_exported(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    given: list[Any] = []

    def write(*arguments: Any) -> list[Path]:
        given.extend(arguments)
        return [tmp_path / "cells.csv"]

    monkeypatch.setattr(clusterbench, "open", lambda path: path, raising=False)
    monkeypatch.setattr(export, "write", write)
    folder = RunFolder.create(tmp_path, factories.run_record(id="run-1")).path
    words = ["export", "--results", str(tmp_path), "--out", str(tmp_path), "--table", "cells"]
    assert main(words) == 0
    assert given == [folder, "csv", tmp_path, ["cells"]]
    assert "cells.csv" in capsys.readouterr().out


def test_what_export_offers_is_what_the_store_has() -> None:
    assert result_commands.TABLES == frames.TABLES
    assert tuple(export.FORMATS) == result_commands.FORMATS


# -------------------------------------------------------------------------- exit codes, quiet


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (LabError("x"), 1),
        (ConfigError("x"), 2),
        (HostError("x"), 3),
        (RunRefused("x"), 4),
        (ServerFailed("x"), 5),
        (GeneratorFailed("x"), 5),
        (StoreError("x"), 6),
        (KeyboardInterrupt(), 130),
        (SystemExit(0), 0),
    ],
)
def test_each_error_has_its_exit_code(error: BaseException, code: int) -> None:
    def fail() -> int:
        raise error

    assert guarded(fail) == code


def test_quiet_says_warnings_and_the_last_line_alone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["data", "generate", "--clusters", "3", "--samples", "4", "--out", str(tmp_path / "d")]
    assert main([*words, "--quiet"]) == 0
    assert capsys.readouterr().out.count("\n") == 1


def test_what_repeats_a_run_is_what_was_asked_for() -> None:
    experiment = factories.experiment(profile="quick")
    asked = Overrides(levels=(64, 256), contenders=("a", "b"), warm_up=0.0).given()
    options = "--profile quick --contender a --contender b --levels 64,256 --warm-up 0.0"
    repeated = measuring.repeating("run", asked, experiment, "docker")
    assert repeated == (
        f"docker compose run --rm --build orchestrator run {options}",
        f"./lab run {options}",
    )
    (line,) = measuring.repeating("run", asked, experiment, "process")
    assert line == f"./lab run --runtime process {options}"


def test_what_repeats_a_search_for_capacities_is_what_was_asked_for() -> None:
    experiment = factories.experiment(profile="capacity")
    asked = Overrides(profile="capacity", slo=("p99=5ms", "p99=20ms"), contenders=("a",)).given()
    options = "--slo p99=5ms --slo p99=20ms --contender a"
    assert measuring.repeating("capacity", asked, experiment, "docker") == (
        f"docker compose run --rm --build orchestrator capacity {options}",
        f"./lab capacity {options}",
    )
    (line,) = measuring.repeating("capacity", asked, experiment, "process")
    assert line == f"./lab capacity --runtime process {options}"


def test_a_search_for_capacities_takes_its_objectives_from_the_command_line(
    capsys: pytest.CaptureFixture[str],
) -> None:
    words = ["capacity", "--slo", "p95<=20ms", "--slo", "p95=5ms", "--contender", "fast"]
    assert main([*words, "--plan-only", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert plan["profile"] == "capacity"
    assert set(plan["contenders"]) == {"fast"}
    (searched,) = (s for s in plan["scenarios"] if s["load"]["kind"] == "capacity")
    assert searched["load"]["percentile"] == "p95"
    assert searched["levels"] == [20, 5]
    assert main(["capacity", "--plan-only", "--json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    (searched,) = (s for s in plan["scenarios"] if s["load"]["kind"] == "capacity")
    assert (searched["load"]["percentile"], searched["levels"]) == ("p99", [5, 50])


def test_a_search_for_capacities_is_provided_for_and_built_like_a_run(
    started: list[str], tmp_path: Path
) -> None:
    words = ["capacity", "--slo", "p99=5ms", "--runtime", "process", "--results", str(tmp_path)]
    assert main(words) == ExitCode.HOST
    assert started == ["provide"]


def test_a_plan_writes_levels_in_words(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["capacity", "--slo", "p99=5ms", "--plan-only"]) == 0
    assert "capacity:p99\N{LESS-THAN OR EQUAL TO}5ms" in capsys.readouterr().out


def test_what_repeats_training_is_what_was_asked_for() -> None:
    experiment = factories.experiment(profile="training", scenarios={}, contenders={})
    training = TrainingOverrides(form="quick", points=9, groups=("defaults",), threads=("one",))
    asked = Overrides(plan="one-core", training=training).given()
    (line,) = measuring.repeating("train", asked, experiment, "process")
    assert line == (
        "./lab train --runtime process --quick --points 9 --group defaults --threads one "
        "--plan one-core"
    )


def test_in_the_container_the_help_names_compose(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CLUSTERBENCH_RUNTIME", "docker")
    monkeypatch.setenv("CLUSTERBENCH_PROGRAM", "docker compose run --rm orchestrator")
    assert main(["run", "--help"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("usage: docker compose run --rm orchestrator run [options]")
    assert "--install" not in printed
    assert app.main(["serve", "fast"]) == ExitCode.CONFIG


def test_reading_the_configuration_loads_nothing_that_draws() -> None:
    script = (
        "import sys; from clusterbench.cli.app import main;"
        " code = main(['plan', '--json']); assert 'plotly' not in sys.modules; sys.exit(code)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
