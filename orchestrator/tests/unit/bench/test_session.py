"""One run from its first turn to its last, on fakes: what is left out, refused, resumed, kept."""

from __future__ import annotations

import dataclasses
import io
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from rich.console import Console

from clusterbench.bench import session as sessions
from clusterbench.bench.progress import Progress
from clusterbench.bench.session import Assembly, Session
from clusterbench.config.data_folder import read_data
from clusterbench.errors import EngineLost, HostError, RunRefused
from clusterbench.model.cpus import CpuSet
from clusterbench.store.run_folder import RunFolder
from support.data_folders import write
from support.factories import cpu_plan, experiment
from support.fakes import WholeWorld
from support.training import benchmark, record, training

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from clusterbench.errors import LabError
    from clusterbench.model.training import TrainingRecord


class Turns:
    """Stands for the runner: keeps what it was given, and measures nothing."""

    def __init__(self, **given: Any) -> None:
        self.given = given

    def run(self, turns: Sequence[Any]) -> int:
        return len(turns)


@pytest.fixture(autouse=True)
def _no_turn_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sessions, "Runner", Turns)


def session(tmp_path: Path, where: WholeWorld, **changes: Any) -> Session:
    parts = Assembly(
        experiment=experiment(), plan=cpu_plan(), data=read_data(write(tmp_path / "data"))
    )
    return Session(
        id="20300101T000000Z-made-up",
        parts=dataclasses.replace(parts, **changes),
        where=where,
        progress=Progress(0.0, Console(file=io.StringIO())),
        commands=("./lab run",),
        warnings=("the host is busy",),
    )


def test_a_new_run_keeps_what_was_asked_and_what_would_spoil_its_figures(tmp_path: Path) -> None:
    folder, failed = session(tmp_path, WholeWorld(), asked={"rounds": 2}).run(tmp_path / "results")
    assert failed == 4  # as many as turns: the made-up runner says so
    run = RunFolder.open(folder.path).run
    assert (run.asked, run.commands) == ({"rounds": 2}, ("./lab run",))
    assert run.warnings == ("the host is busy",)
    assert run.left_out == {}


def test_what_cannot_run_here_is_left_out_with_its_reason(tmp_path: Path) -> None:
    where = WholeWorld(sklearn_grpc="it is not built", h2load="it is not installed")
    folder, _ = session(tmp_path, where, left_out={"other": "no room"}).run(tmp_path / "results")
    run = folder.run
    assert list(run.experiment.contenders) == ["rust-tonic"]
    assert list(run.experiment.scenarios) == ["predict"]
    assert run.left_out == {
        "other": "no room",
        "sklearn-grpc": "it is not built",
        "h2load": "it is not installed",
    }


def test_where_nothing_can_run_nothing_is_written(tmp_path: Path) -> None:
    where = WholeWorld(sklearn_grpc="it is not built", rust_tonic="it is not built")
    with pytest.raises(RunRefused, match="sklearn-grpc: it is not built; rust-tonic"):
        session(tmp_path, where).run(tmp_path / "results")
    assert not (tmp_path / "results").exists()


def test_a_contender_that_should_have_fewer_cores_needs_more_to_be_there(tmp_path: Path) -> None:
    made = experiment()
    one = dataclasses.replace(made.contenders["rust-tonic"], cores=1)
    contenders = {**made.contenders, "rust-tonic": one}
    changed = dataclasses.replace(made, contenders=contenders)
    folder, _ = session(tmp_path, WholeWorld(), experiment=changed).run(tmp_path / "results")
    assert "should have 1 of the server's cores" in folder.run.left_out["rust-tonic"]
    plan = cpu_plan(server=CpuSet((0, 1)), server_capacity=2)
    other = session(tmp_path, WholeWorld(), experiment=changed, plan=plan)
    folder, _ = other.run(tmp_path / "more")
    assert folder.run.left_out == {}


def test_a_run_that_would_not_be_the_same_is_not_resumed(tmp_path: Path) -> None:
    old, _ = session(tmp_path, WholeWorld()).run(tmp_path / "results")
    again, failed = session(tmp_path, WholeWorld(), resumed=old).run(tmp_path / "results")
    assert (again, failed) == (old, 4)
    other = session(tmp_path, WholeWorld(), resumed=old, experiment=experiment(rounds=3))
    with pytest.raises(RunRefused, match=r"experiment\.rounds: was 2, is 3"):
        other.run(tmp_path / "results")


def test_a_run_that_serves_first_says_at_its_start_what_it_will_not_train(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown, said = io.StringIO(), list[str]()

    class SaysWhatWasSaid(Turns):
        def run(self, turns: Sequence[Any]) -> int:
            said.append(shown.getvalue())
            return 0

    monkeypatch.setattr(sessions, "Runner", SaysWhatWasSaid)
    monkeypatch.setattr(sessions, "train", lambda *_, **__: 0)
    both = dataclasses.replace(experiment(), training=training())
    made = session(tmp_path, WholeWorld(), experiment=both)
    progress = Progress(0.0, Console(file=shown))
    dataclasses.replace(made, progress=progress).run(tmp_path / "results")
    assert "training leaves out training-2019: is not built" in said[0]


class Trained:
    """Stands for the loop of training: keeps one pass, and fails then."""

    def __init__(self, error: Exception) -> None:
        self.error = error

    def __call__(self, *_: Any, keep: Callable[[TrainingRecord], None], **__: Any) -> int:
        keep(record([benchmark("sklearn", 1.0)]))
        raise self.error


@pytest.mark.parametrize("error", [EngineLost("it was lost"), HostError("no room")])
def test_passes_of_training_are_kept_whatever_ends_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: LabError
) -> None:
    monkeypatch.setattr(sessions, "train", Trained(error))
    both = dataclasses.replace(experiment(), training=training())
    with pytest.raises(EngineLost) if isinstance(error, EngineLost) else nullcontext():
        session(tmp_path, WholeWorld(), experiment=both).run(tmp_path / "results")
    [path] = (tmp_path / "results").glob("*-made-up")
    kept = RunFolder.open(path).training()
    assert kept is not None
    assert len(kept.passes) == 1
