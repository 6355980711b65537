"""A sweep by hand, on a server and load generators that are made up."""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest
from ghz_runner import __main__ as by_hand
from rich.console import Console

from clusterbench.bench import health, parity
from clusterbench.errors import GeneratorFailed, RunRefused
from clusterbench.model.records import Outcome, Parity, TrialRecord
from clusterbench.store import run_folder as store
from clusterbench.store.newest_run import newest
from support.data_folders import write
from support.factories import run_record
from support.fakes import Driver, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from clusterbench.model.contender import Contender
    from clusterbench.model.records import Fingerprint

ASKED = {
    "LAB_TARGET": "rust-tonic",
    "LAB_CONCURRENCY": "16 8",
    "LAB_DURATION": "100ms",
    "LAB_METHOD": "Predict",
    "LAB_CONNECTIONS": "8",
    "LAB_GENERATOR": "ghz",
}


class Attached(World):
    """A made-up world that says what it is."""

    name = "attached"

    def describe(self, contenders: Sequence[Contender]) -> Fingerprint:
        return run_record().fingerprint


class Hand:
    """Somebody who starts ghz-runner: what they see, and what is left."""

    def __init__(self, folder: Path) -> None:
        self.world, self.out = Attached(), io.StringIO()
        self.data, self.results = write(folder / "data"), folder / "results"
        self.results.mkdir()

    def run(self, **more: str) -> int:
        console = Console(file=self.out, soft_wrap=True, width=120)
        asked = {**ASKED, **more}
        return by_hand.run(asked, data=self.data, results=self.results, console=console)

    @property
    def trials(self) -> list[TrialRecord]:
        records = store.RunFolder.open(newest(self.results)).records()
        return [record for record in records if isinstance(record, TrialRecord)]


@pytest.fixture
def hand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Hand:
    made = Hand(tmp_path)

    @contextmanager
    def connect(_server: Any) -> Iterator[None]:
        yield None

    found = Parity(observations=1, worst_excess=0.0)
    monkeypatch.setattr(health, "connect", connect)
    monkeypatch.setattr(health, "wait_until_serving", lambda *_: None)
    monkeypatch.setattr(parity, "check_first", lambda *_, **__: None)
    monkeypatch.setattr(parity, "check_parity", lambda *_, **__: found)
    monkeypatch.setattr(by_hand, "AttachedRuntime", lambda *_, **__: made.world)
    monkeypatch.setattr(by_hand, "GENERATORS", {"ghz": Driver(made.world, "ghz")})
    return made


def test_a_sweep_by_hand_is_a_run_of_the_lab_with_its_table(hand: Hand) -> None:
    assert hand.run() == 0
    assert [(trial.level, trial.outcome) for trial in hand.trials] == [
        (16, Outcome.OK),
        (8, Outcome.OK),
    ]
    (folder,) = hand.results.glob("*-ghz-runner-rust-tonic")
    assert (folder / "run.json").is_file()
    assert "responses/s" in hand.out.getvalue()
    assert f"kept in results/{folder.name}" in hand.out.getvalue()


def test_variables_of_a_shell_change_nothing_and_their_names_here_are_told(hand: Hand) -> None:
    """Names without the prefix were this program's before, and are anybody's."""
    assert hand.run(TARGET="x86_64-unknown-linux-gnu", CONCURRENCY="auto", METHOD="") == 0
    assert [trial.level for trial in hand.trials] == [16, 8]
    told = hand.out.getvalue()
    assert "warning: TARGET=x86_64-unknown-linux-gnu, CONCURRENCY=auto of the environment" in told
    assert "are LAB_TARGET, LAB_CONCURRENCY\n" in told


def test_nothing_is_told_of_variables_that_are_not_set(hand: Hand) -> None:
    assert hand.run(TARGET="") == 0
    assert "warning" not in hand.out.getvalue()


def test_a_level_that_fails_is_told_and_the_others_are_measured(hand: Hand) -> None:
    hand.world.fails = {"r1-rust-tonic-sweep-16": GeneratorFailed("ghz: out of memory")}
    assert hand.run() == 5
    assert [trial.outcome for trial in hand.trials] == [Outcome.FAILED, Outcome.OK]
    assert "out of memory" in hand.out.getvalue()


def test_a_server_that_does_not_start_is_a_failure(hand: Hand) -> None:
    hand.world.refuses = {"rust-tonic"}
    assert hand.run() == 5
    assert "did not start" in hand.out.getvalue()


def test_what_was_measured_before_a_signal_is_shown_and_kept(hand: Hand) -> None:
    hand.world.fails = {"r1-rust-tonic-sweep-8": KeyboardInterrupt(15)}  # type: ignore[dict-item]
    with pytest.raises(KeyboardInterrupt):
        hand.run()
    assert [trial.level for trial in hand.trials] == [16]
    assert "kept in results/" in hand.out.getvalue()


def test_another_run_in_the_same_folder_is_refused(hand: Hand) -> None:
    with store.lock(hand.results), pytest.raises(RunRefused, match="another run is writing"):
        hand.run()
