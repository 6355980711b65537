"""What `./lab` makes, builds and starts, in which order: with made-up engines and environments."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest

from clusterbench.errors import ConfigError, HostError, RunRefused
from clusterbench.own_program import PROGRAM
from launcher import composing, developing, image_source, say, starting, testing
from launcher.composing import Engine
from launcher.main import launch, typed
from support import small_lab

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

THERE = Engine(there=True, why="Docker 26 with Compose 2.26")
NOT_THERE = Engine(there=False, why="no container engine (docker is not installed)")


class Became(Exception):  # noqa: N818 - it stands for a process that became another
    """The process became another."""


def planned(needed: Sequence[str] = (), optional: Sequence[str] = ()) -> tuple[int, str]:
    """Return a plan's exit code and JSON, as the orchestrator's container prints it."""
    images = [{"name": name, "needed": name in needed} for name in (*needed, *optional)]
    return 0, json.dumps({"images": images})


class World:
    """Records what is made, built, asked and started, in order."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.engine = NOT_THERE
        self.done: list[str] = []
        self.words: list[str] = []
        self.given: Mapping[str, str] = {}
        self.python = "python"
        self.override: Mapping[str, Any] | None = None
        self.plan = planned()
        self.broken: Sequence[str] = ()
        self.built = True
        self.elsewhere = False
        self.said: list[str] = []

    def environment(self, _root: Path, kind: str) -> World:
        self.done.append(f"environment {kind}")
        return self

    def variables(self) -> dict[str, str]:
        return {"PATH": "/bin"}

    def build_servers(self) -> bool:
        return self.built

    def become(self, words: Sequence[str], variables: Mapping[str, str]) -> NoReturn:
        self.done.append("become")
        self.words, self.given = list(words), variables
        raise Became

    def build(self, _root: Path, images: Sequence[str]) -> bool:
        self.done.append(f"build {' '.join(images)}")
        return not {*images} & {*self.broken}

    def check_machine(self, _root: Path) -> None:
        if self.elsewhere:
            raise HostError("the engine is on another machine")

    def ask(self, _root: Path, words: Sequence[str], _override: object) -> tuple[int, str]:
        self.done.append(f"ask {' '.join(words[words.index('orchestrator') + 1 :])}")
        return self.plan

    def run(
        self, _root: Path, words: Sequence[str], override: Mapping[str, Any] | None = None
    ) -> int:
        self.done.append("run")
        self.words, self.override = list(words), override
        return 0

    def launch(self, *arguments: str) -> int | None:
        """Launch; None where the process became another."""
        try:
            return launch(self.root, list(arguments))
        except Became:
            return None

    @property
    def inside(self) -> list[str]:
        """Return what the orchestrator's container is told."""
        return self.words[self.words.index("orchestrator") + 1 :]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    made = World(small_lab.write(tmp_path / "root"))
    monkeypatch.setattr(starting, "environment", made.environment)
    for module in (starting, image_source):
        monkeypatch.setattr(module, "say", made.said.append)
    for name in ("build", "ask", "run"):
        monkeypatch.setattr(composing, name, getattr(made, name))
    monkeypatch.setattr(composing, "waits_for", lambda _root, name: [f"{name}-image"])
    monkeypatch.setattr(composing, "find_engine", lambda: made.engine)
    monkeypatch.setattr(composing, "check_machine", made.check_machine)
    monkeypatch.setattr(say, "_only_warnings", False)
    for name in ("LAB_PROFILE", "LAB_PULL_POLICY", "LAB_RESULTS", "PROFILE"):
        monkeypatch.delenv(name, raising=False)
    return made


# ------------------------------------------------------------------- before anything is started


def test_where_the_lab_cannot_write_nothing_is_built(world: World) -> None:
    world.engine = THERE
    (world.root / ".lab").touch()
    with pytest.raises(OSError, match=r"\.lab"):
        world.launch("run")
    assert world.done == []


@pytest.mark.parametrize(
    ("arguments", "complaint"),
    [
        (["run", "--profile", "usul"], "--profile usul: did you mean 'usual'.*all"),
        (["run", "--contender", "fas"], "--contender fas: .*fast-noop"),
        (["run", "--plan", "one-cor"], "--plan one-cor: did you mean 'one-core'"),
        (["run", "--levels", "64;256"], "--levels 64;256: .*like 64,256"),
        (["run", "--rounds", "0"], "--rounds 0: it takes a whole number from 1 to 1000"),
        (["run", "--runtime", "podman"], "--runtime podman: allowed: docker, process"),
        (["run", "--data", "/nowhere"], "/nowhere is no folder"),
        (["run", "--run", "20300101"], "20300101: no such run.*20300101T000000Z-usual"),
        (["doctor", "--runtime", "podman"], "--runtime podman: allowed: docker, process"),
        (["train", "--group", "equal"], "--group equal: .*equal-work"),
        (["bench", "fasst"], "fasst: did you mean 'fast'"),
        (["bench", "--runtime", "docker"], "--runtime is not understood"),
        (["bench", "calls", "--plan", "one-core"], "--plan is not understood"),
        (["report", "--data", "x"], "--data is not understood"),
        (["report", "nonsense"], "nonsense: no such run"),
        (["claims", "nonsense"], "nonsense: no such run"),
        (["export", "--out", "x", "--table", "cell"], "--table cell: did you mean 'cells'"),
        (["runs", "prune"], "--keep N, --older-than 30d"),
        (["serve", "fasst"], "NAME fasst: did you mean 'fast'"),
        (["serve", "fast", "--port", "0"], "--port 0: it takes a whole number from 1 to 65535"),
        (["runn"], "there is no command runn: did you mean 'run'"),
        (["build", "everything"], "everything is not understood"),
        (["lint", "--all"], "--all is not understood"),
    ],
)
@pytest.mark.parametrize("engine", [THERE, NOT_THERE])
def test_a_mistake_names_what_is_allowed_and_starts_nothing(
    world: World, engine: Engine, arguments: list[str], complaint: str
) -> None:
    world.engine = engine
    with pytest.raises(ConfigError, match=complaint):
        world.launch(*arguments)
    assert world.done == []


def test_a_mistaken_profile_of_the_environment_starts_nothing_either(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LAB_PROFILE", "usul")
    with pytest.raises(ConfigError, match="LAB_PROFILE=usul: did you mean 'usual'"):
        world.launch("run")
    assert world.done == []


def test_a_profile_under_the_variables_old_name_is_told_and_not_used(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PROFILE", "usual")
    world.launch("run")
    assert "--profile" not in world.words
    told = capsys.readouterr().err
    assert told == (
        "lab: warning: PROFILE=usual is not used; --profile or LAB_PROFILE chooses a profile\n"
    )
    monkeypatch.setenv("PROFILE", "release")
    world.launch("run")
    assert capsys.readouterr().err == ""


def test_a_file_without_names_is_left_to_its_reader_to_complain_of(world: World) -> None:
    (world.root / "bench.toml").write_text("[profiles")
    world.launch("run", "--profile", "any")
    assert "any" in world.words


def test_quiet_tells_warnings_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(say, "_only_warnings", False)
    say.say("containers, as asked")
    say.be_quiet()
    say.say("containers, as asked")
    say.say("warning: an image could not be built")
    told = capsys.readouterr().err
    assert told == "lab: containers, as asked\nlab: warning: an image could not be built\n"


# --------------------------------------------------------------------------- local processes


def test_without_an_engine_a_run_becomes_the_same_command_as_local_processes(
    world: World,
) -> None:
    world.launch("run", "--profile=usual", "--levels", "64,256", "--no-install", "-q")
    assert world.done == ["environment run", "become"]
    assert world.words[:3] == ["-m", "clusterbench", "run"]
    rest = " ".join(world.words[3:])
    for option in ("--profile usual", "--levels 64,256", "--runtime process", "--no-install"):
        assert option in rest
    assert "--quiet" in rest
    assert world.given[PROGRAM] == "./lab"
    assert "docker is not installed" in world.said[0]


def test_paths_are_seen_from_where_the_user_stands(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    small_lab.write_run(tmp_path / "mine")
    world.launch("claims", "--results", "mine")
    assert str(tmp_path / "mine") in world.words
    world.launch("data", "generate", "--out", "made")
    assert world.words[-1] == str(tmp_path / "made")


def test_what_was_not_given_is_the_repositorys_own(world: World) -> None:
    world.launch("plan")
    assert str(world.root / "results") in world.words
    assert str(world.root / "data") in world.words


@pytest.mark.parametrize("command", ["claims", "plan", "runs list", "export --out x"])
def test_what_takes_no_image_runs_here_even_with_an_engine(world: World, command: str) -> None:
    world.engine = THERE
    world.launch(*command.split())
    assert world.done == ["environment run", "become"]


def test_a_run_is_named_by_its_folder_or_by_its_name(world: World) -> None:
    world.launch("claims", small_lab.NAME)
    assert world.words[-3:].count(str(world.root / "results" / small_lab.NAME)) == 1


@pytest.mark.parametrize("command", ["doctor", "plan"])
def test_doctor_and_plan_look_at_the_runtime_that_a_run_would_take(
    world: World, command: str
) -> None:
    world.launch(command)
    assert "process" in world.words
    world.engine = THERE
    world.launch(command)
    assert "docker" in world.words


@pytest.mark.parametrize("status", [0, 1])
def test_calls_are_timed_where_what_they_import_was_built(
    world: World, monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    world.built = status == 0
    monkeypatch.setattr(starting, "import_path", lambda _root: "there")
    if status:
        with pytest.raises(HostError, match="nothing was timed"):
            world.launch("bench", "calls", "--rounds", "3")
    else:
        world.launch("bench", "calls", "--rounds", "3")
        assert world.words[:6] == ["-m", "clusterbench", "bench", "calls", "--rounds", "3"]
        assert world.given["PYTHONPATH"] == "there"
    assert world.done[0] == "environment dev"


# -------------------------------------------------------------------------------- containers


def test_in_containers_everything_is_checked_before_a_servers_image_is_built(
    world: World,
) -> None:
    world.engine = THERE
    world.plan = planned(needed=["fast-image", "generators-image"], optional=["slow-2019-image"])
    assert world.launch("run", "--profile", "usual", "--no-install") == 0
    assert world.done == [
        "build orchestrator-image",
        "ask plan --json --profile usual",
        "build fast-image generators-image",
        "build slow-2019-image",
        "run",
    ]
    assert world.inside == ["run", "--profile", "usual"]
    assert f"{PROGRAM}=./lab" in world.words
    assert "containers: Docker 26" in world.said[0]


@pytest.mark.parametrize("command", ["run", "capacity", "train"])
def test_what_the_check_refuses_is_not_begun(world: World, command: str) -> None:
    world.engine = THERE
    world.plan = (2, "")
    assert world.launch(command) == 2
    assert [done.split()[0] for done in world.done] == ["build", "ask"]


@pytest.mark.parametrize("command", ["run", "capacity", "train", "report"])
def test_nothing_is_begun_on_an_engine_of_another_machine(world: World, command: str) -> None:
    world.engine = THERE
    world.elsewhere = True
    with pytest.raises(HostError, match="on another machine"):
        world.launch(command)
    assert world.done == ["build orchestrator-image"]


def test_training_is_checked_by_its_own_plan(world: World) -> None:
    world.engine = THERE
    world.launch("train", "--quick", "--contender", "sklearn")
    assert world.done[1] == "ask train --plan-only --json --quick --contender sklearn"
    assert world.inside == ["train", "--quick", "--contender", "sklearn"]


def test_a_search_for_capacities_is_checked_by_its_own_plan(world: World) -> None:
    world.engine = THERE
    world.launch("capacity", "--slo", "p99=10ms", "--contender", "fast")
    asked = "--slo p99=10ms --contender fast"
    assert world.done[1] == f"ask capacity --plan-only --json {asked}"
    assert world.inside == ["capacity", *asked.split()]


def test_an_image_that_is_needed_and_cannot_be_built_ends_it(world: World) -> None:
    world.engine = THERE
    world.plan = planned(needed=["fast-image"])
    world.broken = ["fast-image"]
    with pytest.raises(HostError, match="could not be built"):
        world.launch("run")
    assert "run" not in world.done


def test_an_image_of_an_edition_that_cannot_be_built_is_left_out_and_said(world: World) -> None:
    world.engine = THERE
    world.plan = planned(optional=["slow-2019-image"])
    world.broken = ["slow-2019-image"]
    assert world.launch("run") == 0
    assert "warning: slow-2019-image could not be built" in world.said[-1]


OWN = """include = ["{lab}/bench.toml", "more.toml"]

[contenders.mine]
image = "me/mine"
model = "model.json"

[profiles.mine]
rounds = 1
contenders = ["mine"]
scenarios = ["sweep"]
"""


def own_bench(folder: Path) -> Path:
    """Write a bench.toml that includes the lab's and another, and return it."""
    folder.mkdir()
    (folder / "more.toml").write_text('[contenders.more]\nimage = "me/more"\n')
    (folder / "bench.toml").write_text(OWN)
    return folder / "bench.toml"


def test_names_of_an_own_bench_toml_are_known_with_those_that_it_includes(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own_bench(tmp_path / "own")
    monkeypatch.chdir(tmp_path)
    for name in ("mine", "more", "fast"):
        world.launch("plan", "--bench=own/bench.toml", "--profile", "mine", "--contender", name)
        assert world.words[world.words.index("--bench") + 1] == str(tmp_path / "own/bench.toml")
    with pytest.raises(ConfigError, match="--contender mine: "):
        world.launch("plan", "--contender", "mine")
    with pytest.raises(ConfigError, match=r"--bench: none\.toml is no file"):
        world.launch("plan", "--bench", "none.toml")


def test_an_own_bench_toml_is_where_it_was_in_the_container_too(
    world: World, tmp_path: Path
) -> None:
    world.engine = THERE
    file = own_bench(tmp_path / "own")
    world.launch("run", "--bench", str(file), "--profile", "mine")
    assert world.inside == ["run", "--profile", "mine", "--bench", str(file)]
    names = (file, file.with_name("model.json"), file.with_name("more.toml"))
    mounted = [composing.mount(each, str(each), read_only=True) for each in names]
    lab = composing.mount(world.root / "bench.toml", str(world.root / "bench.toml"), read_only=True)
    assert world.override is not None
    volumes = world.override["services"]["orchestrator"]["volumes"]
    assert [each for each in volumes if each != lab] == mounted


def test_a_server_that_runs_already_is_checked_from_here(world: World) -> None:
    world.engine = THERE
    world.launch("verify", "localhost:5001")
    assert world.done == ["environment run", "become"]
    assert "localhost:5001" in world.words


def test_a_contender_that_is_a_command_alone_is_checked_as_a_process(
    world: World, tmp_path: Path
) -> None:
    world.engine = THERE
    own = tmp_path / "own.toml"
    own.write_text('include = ["{lab}/bench.toml"]\n[contenders.mine]\ncommand = ["./serve"]\n')
    world.launch("verify", "mine", "--bench", str(own))
    assert world.done == ["environment run", "become"]
    assert world.words[world.words.index("--runtime") + 1] == "process"


@pytest.mark.parametrize("target", ["fast", "image:me/mine"])
def test_what_is_checked_in_a_container_has_its_images_built_first(
    world: World, target: str
) -> None:
    world.engine = THERE
    world.plan = planned(["fast-image"])
    world.launch("verify", target)
    assert world.done == [
        "build orchestrator-image",
        f"ask verify --plan-only --json {target}",
        "build fast-image",
        "run",
    ]
    assert world.inside == ["verify", target]


def test_a_run_to_go_on_with_brings_the_bench_toml_that_it_had(
    world: World, tmp_path: Path
) -> None:
    world.engine = THERE
    file = own_bench(tmp_path / "own")
    run = world.root / "results" / small_lab.NAME / "run.json"
    run.write_text(json.dumps({"asked": {"bench": str(file)}}))
    world.launch("run", "--resume")
    assert world.override is not None
    mounted = composing.mount(file, str(file), read_only=True)
    assert mounted in world.override["services"]["orchestrator"]["volumes"]


def test_given_data_and_results_are_volumes_of_the_container(world: World, tmp_path: Path) -> None:
    world.engine = THERE
    data, results = tmp_path / "given", tmp_path / "mine"
    data.mkdir()
    (data / "model.json").write_text("{}")
    small_lab.write_run(results, "old")
    words = ["--data", str(data), "--results", str(results), "--run", "old"]
    world.launch("run", *words)
    assert world.inside == ["run", "--data", starting.DATA_GIVEN, "--run", "/results/old"]
    volumes = [
        composing.mount(results, "/results"),
        composing.mount(data, starting.DATA_GIVEN, read_only=True),
    ]
    entry = {"pull_policy": "never", "volumes": volumes}
    assert world.override == {"services": {"orchestrator": entry}}


def test_a_report_in_a_container_builds_no_server_and_sees_the_runs_folder(
    world: World, tmp_path: Path
) -> None:
    world.engine = THERE
    world.launch("report")
    assert world.done == ["build orchestrator-image", "run"]
    assert "--no-deps" in world.words
    assert world.inside == ["report"]
    elsewhere = small_lab.write_run(tmp_path / "elsewhere", "one")
    world.launch("report", str(elsewhere))
    assert world.inside == ["report", "/results/one"]
    assert world.override is not None
    mounted = [composing.mount(tmp_path / "elsewhere", "/results")]
    assert world.override["services"]["orchestrator"]["volumes"] == mounted


def test_containers_asked_for_without_an_engine_are_an_error_with_a_remedy(
    world: World,
) -> None:
    with pytest.raises(HostError, match=r"docker is not installed.*or use --runtime process"):
        world.launch("run", "--runtime", "docker")


def test_processes_can_be_asked_for_beside_an_engine(world: World) -> None:
    world.engine = THERE
    world.launch("run", "--runtime", "process")
    assert world.done == ["environment run", "become"]
    assert world.said == ["local processes, as asked"]


# ------------------------------------------------------------------------------------ serving


def test_serving_in_a_container_publishes_to_this_machine_only_and_says_how_to_call(
    world: World,
) -> None:
    world.engine = THERE
    world.launch("serve", "fast", "--port", "6001")
    assert world.done == ["build fast-image", "run"]
    assert world.words == ["--service-ports", "--no-deps", "fast"]
    assert world.override is not None
    laid = world.override["services"]["fast"]
    assert laid["ports"] == ["127.0.0.1:6001:5001"]
    [model] = (world.root / ".lab" / "serve").iterdir()
    assert laid["volumes"] == [composing.mount(model, "/data/model.json", read_only=True)]
    assert "-d '{\"features\": [1.0, 2.0]}' localhost:6001" in world.said[-1]
    assert not any("warning" in text for text in world.said)


def test_a_container_serves_the_model_that_was_read_written_anew(
    world: World, tmp_path: Path
) -> None:
    world.engine = THERE
    given = tmp_path / "given"
    given.mkdir()
    loose = '{"by": "hand", "n_clusters":2, "n_features":1, "centroids":[[1],[2e0]]}'
    (given / "model.json").write_text(loose)
    world.launch("serve", "fast", "--data", str(given))
    assert world.override is not None
    [mount] = world.override["services"]["fast"]["volumes"]
    source = mount["source"]
    assert Path(source).is_relative_to(world.root / ".lab")
    served = {"n_clusters": 2, "n_features": 1, "centroids": [[1.0], [2.0]]}
    assert json.loads(Path(source).read_bytes()) == served
    assert Path(source).stat().st_mode & 0o044 == 0o044


@pytest.mark.parametrize("counts", ['"n_clusters": true', '"n_clusters": 1.0'])
def test_a_model_that_no_server_would_take_is_refused_before_anything_is_built(
    world: World, tmp_path: Path, counts: str
) -> None:
    world.engine = THERE
    given = tmp_path / "given"
    given.mkdir()
    (given / "model.json").write_text(f'{{{counts}, "n_features": 1, "centroids": [[1]]}}')
    with pytest.raises(ConfigError, match=r"given/model\.json: n_clusters is .*; it takes a whole"):
        world.launch("serve", "fast", "--data", str(given))
    assert world.done == []


def test_serving_as_a_process_goes_through_the_environment(world: World) -> None:
    world.launch("serve", "fast", "--port", "6001")
    assert world.words[:4] == ["-m", "clusterbench", "serve", "fast"]
    assert world.words[-2:] == ["--port", "6001"]
    assert "--runtime" not in world.words


def test_serving_a_server_of_an_old_edition_warns_of_its_advisories(world: World) -> None:
    world.launch("serve", "slow-2019")
    assert "slow-2019 runs dependencies of 2019" in world.said[0]
    assert "SECURITY.md" in world.said[0]


# --------------------------------------------------------------------------------- developing


def test_arguments_of_test_go_to_pytest_as_they_are(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[object] = []

    def recorded(arguments: Any) -> int:
        given.extend([arguments.rest, arguments.install])
        raise RunRefused("recorded")

    monkeypatch.setattr(testing, "test", recorded)
    with pytest.raises(RunRefused, match="recorded"):
        world.launch("test", "--no-install", "-q", "-k", "a or b", "orchestrator/tests/x.py::y")
    assert given == [["-q", "-k", "a or b", "orchestrator/tests/x.py::y"], False]


def test_help_names_what_the_user_typed() -> None:
    assert typed("./lab") == "./lab"
    assert typed("../lab") == "../lab"
    assert typed("/usr/local/bin/lab") == "lab"


def test_every_command_of_the_repository_has_help(
    world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in developing.commands():
        with pytest.raises(SystemExit) as ended:
            world.launch(command.name, "--help")
        assert ended.value.code == 0
        assert f"usage: ./lab {command.name}" in capsys.readouterr().out
