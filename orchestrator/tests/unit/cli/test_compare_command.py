"""`compare`, in process: what it checks first, what it exits with, prints and keeps."""

from __future__ import annotations

import dataclasses
import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from clusterbench.cli import calibrating, compare, compare_assembly
from clusterbench.cli.app import main
from clusterbench.cli.compare import exit_code
from clusterbench.errors import ExitCode, ServerFailed
from clusterbench.measure.compare_verdicts import compared
from clusterbench.model.compare_plan import Arm, ComparePlan
from clusterbench.model.compared import Compared, CompareVerdict, MetricResult
from clusterbench.model.units import RequestsPerSecond
from clusterbench.store.calibrations import calibration_of
from clusterbench.store.compare_folder import CompareFolder
from support import small_lab
from support.comparisons import block, instance_record, measured
from support.fakes import World
from support.git_repositories import commit_all


class Engine:
    """Measures nothing: each block's candidate costs `times` as much, or something ends it."""

    times = 1.0
    blocks = 5
    ends: BaseException | None = None
    given: Any = None

    def __init__(self, **given: Any) -> None:
        Engine.given = given
        self.folder: CompareFolder = given["folder"]

    def run(self) -> None:
        for number in range(self.blocks):
            self.folder.append(*block(number, times=self.times))
        plan = self.folder.record.compare
        self.folder.write_compared(compared(plan, self.folder.records(), seconds=12.0))
        if self.ends is not None:
            raise self.ends


@pytest.fixture(autouse=True)
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    made = small_lab.write(tmp_path / "root")
    monkeypatch.chdir(made)
    for name in ("LAB_PROFILE", "LAB_RESULTS", "CLUSTERBENCH_RUNTIME", "CLUSTERBENCH_PROGRAM"):
        monkeypatch.delenv(name, raising=False)
    return made


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Where nothing runs and nothing is built."""
    made = World()
    monkeypatch.setattr(compare_assembly, "runtime", lambda *_, **__: made)
    monkeypatch.setattr(compare, "noise", lambda _runtime: ("an idle host is better",))
    monkeypatch.setattr(compare, "Comparing", Engine)
    for name, value in {"times": 1.0, "blocks": 5, "ends": None}.items():
        monkeypatch.setattr(Engine, name, value)
    return made


def compare_fast(*more: str) -> int:
    return main(["compare", "fast", "fast", "--rate", "1000", "--pairs", "2", *more])


@pytest.mark.usefixtures("world")
def test_it_runs_in_a_container_whose_command_line_installs_nothing(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLUSTERBENCH_RUNTIME", "docker")
    assert compare_fast() == ExitCode.OK
    assert kept(root).records()


def kept(root: Path) -> CompareFolder:
    (path,) = (root / "results").glob("*-compare")
    return CompareFolder.open(path)


# ------------------------------------------------------------------------------- exit codes


def found(
    *verdicts: CompareVerdict, fails: bool = False, also: CompareVerdict | None = None
) -> Compared:
    shared: dict[str, Any] = {"title": "x", "unit": "s"}
    metrics = [
        MetricResult(name=f"m{n}", decides=True, verdict=each, fails=fails, **shared)
        for n, each in enumerate(verdicts)
    ]
    if also is not None:
        metrics.append(MetricResult(name="o", decides=False, verdict=also, fails=True, **shared))
    return Compared(
        metrics=tuple(metrics), blocks=5, pairs=10, disturbed=0, seconds=1.0, reached=True
    )


WORSE, BETTER, SAME = CompareVerdict.SLOWER, CompareVerdict.FASTER, CompareVerdict.NO_DIFFERENCE
NOISY, NOT = CompareVerdict.TOO_NOISY, CompareVerdict.NOT_COMPARED


@pytest.mark.parametrize(
    ("result", "usually", "on_noise"),
    [
        (found(SAME), 0, 0),
        (found(BETTER, SAME), 0, 0),
        (found(WORSE), 0, 0),  # by less than was allowed
        (found(WORSE, fails=True), 1, 1),
        (found(WORSE, NOISY, fails=True), 1, 1),
        (found(NOISY), 0, 7),
        (found(WORSE, NOISY), 0, 7),
        (found(SAME, also=WORSE), 0, 0),  # what does not decide lets nothing fail
        (found(SAME, also=NOISY), 0, 0),
        (found(NOT, SAME), 7, 7),
        (found(), 7, 7),
    ],
)
def test_the_exit_code_says_what_was_found(result: Compared, usually: int, on_noise: int) -> None:
    assert exit_code(result, fail_on_noise=False) == usually
    assert exit_code(result, fail_on_noise=True) == on_noise


@pytest.mark.parametrize(
    ("times", "options", "code"),
    [
        (1.0, [], 0),
        (1.1, [], 1),
        (1.1, ["--fail-over", "20%"], 0),
        (1.1, ["--fail-over", "never"], 0),
        (1.03, ["--fail-over", "2%"], 1),
        (1.1, ["--metric", "memory"], 0),
        (0.9, [], 0),
    ],
)
@pytest.mark.usefixtures("world")
def test_a_candidate_that_costs_more_fails_beyond_what_is_allowed(
    times: float, options: list[str], code: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine, "times", times)
    assert compare_fast(*options) == code


# ----------------------------------------------------------------------- what is kept and said


@pytest.mark.usefixtures("world")
def test_what_was_compared_is_kept_with_what_repeats_it(root: Path) -> None:
    assert compare_fast("--json", "--budget", "5m") == ExitCode.OK
    record = kept(root).record
    assert record.of == {
        Arm.BASELINE: "fast (baseline)", Arm.CANDIDATE: "fast (candidate)"
    }  # fmt: skip
    assert record.compare.baseline.name == "fast-baseline"
    assert record.compare.budget == 300.0
    assert record.compare.load.rate == 1000.0
    assert record.warnings == ("an idle host is better",)
    assert record.commands == (
        "clusterbench compare fast fast --rate 1000 --pairs 2 --budget 300.0",
    )
    assert Engine.given["data"].path == Path("data")
    assert (kept(root).path / "report.html").exists()


@pytest.mark.usefixtures("world")
def test_json_is_all_that_is_printed_on_standard_output(
    root: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Engine, "times", 1.1)
    assert compare_fast("--json") == ExitCode.REGRESSION
    told = json.loads(capsys.readouterr().out)
    assert told["verdict"] == "worse"
    assert told["exit_code"] == 1
    assert told["folder"] == f"results/{kept(root).path.name}"
    assert {each["name"] for each in told["found"]["metrics"]} >= {"cpu", "p50"}


@pytest.mark.usefixtures("world")
def test_markdown_is_written_where_it_is_asked_for(tmp_path: Path) -> None:
    assert compare_fast("--markdown", str(tmp_path / "comment.md")) == ExitCode.OK
    assert "fast" in (tmp_path / "comment.md").read_text()


@pytest.mark.usefixtures("world")
def test_an_arm_and_itself_is_said_to_show_the_noise(capsys: pytest.CaptureFixture[str]) -> None:
    compare_fast()
    assert "both arms are the same: what is found between them is noise" in capsys.readouterr().out


@pytest.mark.usefixtures("world")
def test_one_that_is_interrupted_keeps_what_it_measured(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Engine, "ends", KeyboardInterrupt())
    assert compare_fast() == ExitCode.INTERRUPTED
    assert f"`report {kept(root).path.name}` shows it" in capsys.readouterr().out
    assert main(["report", kept(root).path.name]) == ExitCode.OK


@pytest.mark.usefixtures("world")
def test_a_server_that_fails_is_not_compared(
    root: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Engine, "ends", ServerFailed("fast-candidate died", "out of memory"))
    assert compare_fast() == ExitCode.NOT_COMPARED
    told = capsys.readouterr().err
    assert "these two cannot be compared: fast-candidate died" in told
    assert "out of memory" in told
    assert f"results/{kept(root).path.name}" in told


def test_what_cannot_run_here_is_not_compared(
    world: World, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world.lacking = {"fast-candidate": "no cargo"}
    assert compare_fast() == ExitCode.NOT_COMPARED
    assert "fast cannot run here: no cargo" in capsys.readouterr().err
    assert [*(root / "results").glob("*-compare")] == []


def test_without_its_load_generator_nothing_is_compared(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.lacking = {"grpc-load": "no cargo"}
    assert compare_fast() == ExitCode.NOT_COMPARED
    assert "grpc-load cannot run here: no cargo" in capsys.readouterr().err


# ------------------------------------------------------------------------------ checked first


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("fats fast", "BASELINE fats: there is no contender fats; did you mean 'fast'"),
        ("fast image:me/server", "an image runs with an engine only: --runtime docker"),
        ("fast fast --slices 5ms", "--slices 5ms: it takes a time from 0.02 to 10 s"),
        ("fast fast --slices soon", "--slices soon: it takes a time"),
        ("fast fast --precision 0", "--precision 0: it takes a share above 0, up to 100 percent"),
        ("fast fast --fail-over 5x", "--fail-over 5x: it takes a share"),
        ("fast fast --rate 1 --concurrency 1", "not allowed with"),
        ("fast fast --metric throughput", "an open loop (--rate) has no such figure; allowed: cpu"),
        ("fast fast --concurrency 8 --metric p50", "a closed loop (--concurrency) has no such"),
        ("fast fast --metric p5", "did you mean 'p50'"),
        ("slow-per-core slow", "one worker per core takes several"),
        ("fast@main fast", "is no git repository, so it has no revisions"),
        ("fast", "CANDIDATE"),
    ],
)
def test_a_mistake_is_one_message_and_nothing_is_started(
    line: str, complaint: str, capsys: pytest.CaptureFixture[str], root: Path
) -> None:
    words = ["compare", *line.split(), "--plan", "one-core", "--runtime", "process"]
    assert main(words) == ExitCode.CONFIG
    told = capsys.readouterr().err
    assert complaint in told
    assert len(told.splitlines()) == 1
    assert [*(root / "results").glob("*-compare")] == []


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("fast command:./serve", "a command runs without an engine only: --runtime process"),
        ("fast fast-other", "another build than the image of fast: --runtime process"),
    ],
)
def test_what_no_engine_can_run_is_refused_with_the_remedy(
    line: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["compare", *line.split(), "--runtime", "docker"]) == ExitCode.CONFIG
    assert complaint in capsys.readouterr().err


def test_two_that_serve_different_models_cannot_be_compared(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with (root / "bench.toml").open("a") as file:
        file.write('\n[contenders.own]\nservice = "fast"\nmodel = "data/model.json"\n')
    assert main(["compare", "fast", "own", "--runtime", "process"]) == ExitCode.NOT_COMPARED
    assert "their models differ: fast serves that of --data; own serves" in capsys.readouterr().err


def test_two_that_serve_the_same_own_model_are_sent_the_same(root: Path, world: World) -> None:
    del world
    with (root / "bench.toml").open("a") as file:
        file.write('\n[contenders.own]\nservice = "fast"\nmodel = "data/model.json"\n')
    assert main(["compare", "own", "own", "--runtime", "process"]) == ExitCode.OK
    assert len({id(each) for each in Engine.given["models"].values()}) == 1
    assert {*Engine.given["models"]} == {"own-baseline", "own-candidate"}


def plan_of(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    assert main(["compare", *words, "--plan-only", "--json"]) == ExitCode.OK
    return json.loads(capsys.readouterr().out)


def test_a_plan_names_the_images_that_are_needed(capsys: pytest.CaptureFixture[str]) -> None:
    told = plan_of(capsys, "fast", "slow", "--runtime", "docker")
    assert {each["name"] for each in told["images"]} == {
        "fast-image", "slow-image", "generators-image"
    }  # fmt: skip
    assert told["revisions"] == []
    assert not told["same"]


# ---------------------------------------------------------------------------------- revisions


@pytest.fixture
def commit(root: Path) -> str:
    if shutil.which("git") is None:
        pytest.skip("there is no git")
    return commit_all(root)


def test_a_revision_has_an_image_of_its_own(
    commit: str, capsys: pytest.CaptureFixture[str]
) -> None:
    told = plan_of(capsys, "fast@main", "fast", "--runtime", "docker")
    short = commit[:12]
    assert told["baseline"] == f"fast@main ({short})"
    assert told["compare"]["baseline"]["service"] == f"fast@{short}"
    assert told["revisions"] == [{"image": f"me/fast:{short}", "service": "fast", "commit": commit}]


def test_a_comparison_of_a_revision_is_repeated_at_its_commit(
    commit: str, root: Path, world: World
) -> None:
    del world
    assert main(["compare", "fast@main", "fast", "--runtime", "process"]) == ExitCode.OK
    (command,) = kept(root).record.commands
    assert command == f"clusterbench compare fast@{commit[:12]} fast --runtime process"


@pytest.mark.parametrize(("build", "alike"), [("sha256:aa", True), ("sha256:bb", False)])
def test_a_revision_of_the_same_sources_as_the_working_tree_is_said_to_be_that(
    commit: str,
    world: World,
    build: str,
    alike: bool,
    capsys: pytest.CaptureFixture[str],
) -> None:
    images = {f"fast@{commit[:12]}": "sha256:aa", "fast": build}
    known = dataclasses.replace(world.describe(()), images=images)
    vars(world)["describe"] = lambda _contenders: known
    assert main(["compare", "fast@main", "fast", "--runtime", "process"]) == ExitCode.OK
    assert ("built from the same sources" in capsys.readouterr().out) is alike


def test_a_revision_that_had_no_such_server_is_named(
    commit: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    del commit
    for name in ("compose.yaml", "bench.toml"):
        text = (root / name).read_text()
        new = "\n  newer:\n    image: me/newer\n    x-lab: {role: server, command: [newer]}\n"
        added = new if name == "compose.yaml" else '\n[contenders.newer]\nservice = "newer"\n'
        (root / name).write_text(text.rstrip() + "\n" + added)
    words = ["compare", "newer@main", "newer", "--runtime", "process"]
    assert main(words) == ExitCode.CONFIG
    assert "compose.yaml had no server newer then; allowed: slow, fast" in capsys.readouterr().err


def test_a_revision_whose_compose_yaml_cannot_be_read_any_more_is_named(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    whole = (root / "compose.yaml").read_text()
    (root / "compose.yaml").write_text(whole.replace("      role: server\n", "", 1))
    commit_all(root)
    (root / "compose.yaml").write_text(whole)
    assert main(["compare", "fast@main", "fast", "--runtime", "process"]) == ExitCode.CONFIG
    told = capsys.readouterr().err
    assert "fast@main" in told
    assert "is not one that this version of the lab reads; choose a later revision" in told


def built_by(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Path, tuple[str, ...]]]:
    """What is built from where, in order."""
    from clusterbench.local import build as building  # noqa: PLC0415
    from clusterbench.runtime.process.built import Built  # noqa: PLC0415

    done: list[tuple[Path, tuple[str, ...]]] = []

    def build(services: Any, tree: Path, *_: Any, generators: Any, **__: Any) -> Built:
        done.append((tree, (*services, *generators)))
        return Built(
            commands={name: (name,) for name in services},
            programs={name: Path(name) for name in generators},
        )

    monkeypatch.setattr(building, "build", build)
    return done


def test_each_arm_is_built_from_its_own_sources(
    commit: str, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    done = built_by(monkeypatch)
    monkeypatch.setenv("COMPOSE_PROJECT_NAME", root.parent.name)  # nothing else of this host's
    monkeypatch.setattr(compare, "Comparing", Engine)
    monkeypatch.setattr(compare, "noise", lambda _runtime: ())
    assert main(["compare", "fast@main", "fast", "--runtime", "process"]) == ExitCode.OK
    short = commit[:12]
    assert done == [
        (root, ("fast", "grpc-load")),
        (root / ".lab" / "revisions" / short, (f"fast@{short}",)),
    ]


def test_an_arm_that_the_rate_nearly_fills_is_named_at_the_end(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = measured(root / "results", blocks=2)
    served = (RequestsPerSecond(1100.0),) * 2
    folder.append(instance_record(block=1, arm=Arm.CANDIDATE, warm_up=served))
    assert main(["report", folder.path.name]) == ExitCode.OK
    told = " ".join("".join(capsys.readouterr()).split())
    assert "rust-tonic: in 1 of 2 blocks the rate was up to 91% of what it served" in told
    assert "rust-tonic@main: in" not in told


# ------------------------------------------------------------------------------- calibrations


def test_a_calibration_compares_a_contender_with_itself_and_is_kept_for_this_host(
    root: Path, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["calibrate", "--contender", "fast", "--json"]) == ExitCode.OK
    told = json.loads(capsys.readouterr().out)
    record = kept(root).record
    assert record.compare.baseline.service == record.compare.candidate.service == "fast"
    found = calibration_of(root / "results", record.fingerprint)
    assert found is not None
    assert told["digest"] == found.digest
    assert told["file"] == f"results/calibrations/{found.digest}.json"
    assert {each.metric for each in found.noise} >= {"cpu", "p50", "memory"}
    assert {each.contender for each in found.noise} == {"fast"}
    assert found.visible
    assert found.seconds == 12.0
    (alarms,) = found.false_alarms
    assert alarms.share < 0.1


def test_without_a_name_the_first_and_the_last_plain_contender_share_the_budget(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert main(["calibrate", "--plan-only", "--budget", "4m", "--json"]) == ExitCode.OK
    told = json.loads(capsys.readouterr().out)
    assert [*told["contenders"]] == ["slow", "fast"]
    assert [each["budget"] for each in told["contenders"].values()] == [120.0, 120.0]
    assert told["wall_seconds"] == 240.0
    assert {each["name"] for each in told["images"]} >= {"slow-image", "fast-image"}


@pytest.mark.usefixtures("world")
def test_nothing_but_its_budget_ends_a_calibration(root: Path) -> None:
    main(["calibrate", "--contender", "fast"])
    assert kept(root).record.compare.precision == 0.0
    assert kept(root).record.compare.fail_over is None


@pytest.mark.usefixtures("world")
def test_what_a_calibration_measured_has_the_command_that_does_it_again(root: Path) -> None:
    main(["calibrate", "--contender", "fast", "--seed", "7"])
    assert kept(root).record.commands == ("clusterbench calibrate --contender fast --seed 7",)


@pytest.mark.usefixtures("world")
def test_a_longer_calibration_tells_the_false_alarms_of_usual_comparisons(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    budgets = []

    def noted(_name: str, plan: ComparePlan, *_found: Any) -> None:
        budgets.append(plan.budget)

    monkeypatch.setattr(calibrating, "false_alarms", noted)
    main(["calibrate", "--contender", "fast", "--budget", "30m"])
    assert budgets == [180.0]
