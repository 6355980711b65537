"""Which images a run needs beside those that the orchestrator waits for."""

from __future__ import annotations

import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest

from launcher import engine, images

ROOT = Path(__file__).parents[4]
BENCH = tomllib.loads((ROOT / "bench.toml").read_text())
CURRENT = ("sklearn-grpc", "linfa-py-grpc", "rust-tonic")
OF_2019 = tuple(f"{name}-2019" for name in CURRENT)


@pytest.mark.parametrize(
    ("arguments", "profile", "named"),
    [
        ([], None, CURRENT),
        (["--profile", "editions"], None, (*CURRENT, *OF_2019)),
        (["--profile=editions"], "quick", (*CURRENT, *OF_2019)),
        ([], "editions", (*CURRENT, *OF_2019)),
        (["--profile", "quick", "--contender", "rust-tonic-2019"], None, ("rust-tonic-2019",)),
        (["--profile", "no such"], None, ()),
        (["--profile"], None, ()),
    ],
)
def test_the_services_are_those_of_the_profiles_and_of_the_options_contenders(
    arguments: list[str], profile: str | None, named: tuple[str, ...]
) -> None:
    assert images.services(BENCH, arguments, profile) == named


def test_what_a_profiles_scenarios_name_of_their_own_counts_too() -> None:
    bench = {
        "profiles": {"p": {"contenders": ["a"], "scenarios": ["s"]}},
        "scenarios": {"s": {"contenders": ["b"]}},
        "contenders": {"a": {"service": "one"}, "b": {"service": "two"}, "c": {"service": "three"}},
    }
    assert images.services(bench, ["--profile", "p"], None) == ("one", "two")


@pytest.mark.parametrize(
    ("command", "arguments", "profile", "named"),
    [
        ("train", [], None, ("training", "training-2019")),
        ("train", ["--quick"], "quick", ("training", "training-2019")),
        ("train", ["--contender", "sklearn", "--contender=faiss"], None, ("training",)),
        ("train", ["--contender", "linfa-py-2019"], None, ("training-2019",)),
        ("run", ["--profile", "full"], None, ("training", "training-2019")),
        ("run", ["--profile", "full", "--contender", "rust-tonic"], None,
         ("training", "training-2019")),
        ("run", [], "standard", ()),
    ],
)  # fmt: skip
def test_images_that_train_are_named_for_train_and_for_profiles_that_train(
    command: str, arguments: list[str], profile: str | None, named: tuple[str, ...]
) -> None:
    assert images.training(BENCH, command, arguments, profile) == named


def test_to_train_no_servers_image_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    entries: dict[str, Any] = {
        "orchestrator": {"depends_on": {"training-image": {}}},
        **{f"{name}-image": {} for name in (*CURRENT, *OF_2019, "training", "training-2019")},
    }
    ran: list[str] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        ran.append(command[-1])
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(engine, "entries", lambda _root: entries)
    monkeypatch.setattr(images.subprocess, "run", run)
    images.build_more(ROOT, "train", [])
    assert ran == ["training-2019-image"]


@pytest.mark.parametrize("status", [0, 1])
def test_only_what_the_orchestrator_does_not_wait_for_is_built_and_a_failure_is_said(
    monkeypatch: pytest.MonkeyPatch, status: int
) -> None:
    entries: dict[str, Any] = {
        "orchestrator": {"depends_on": {f"{name}-image": {} for name in CURRENT}},
        **{f"{name}-image": {} for name in (*CURRENT, *OF_2019)},
    }
    ran: list[str] = []
    said: list[str] = []

    def run(command: list[str], **_: object) -> subprocess.CompletedProcess[bytes]:
        ran.append(command[-1])
        return subprocess.CompletedProcess(command, status)

    monkeypatch.setattr(engine, "entries", lambda _root: entries)
    monkeypatch.setattr(images.subprocess, "run", run)
    monkeypatch.setattr(images, "say", said.append)
    images.build_more(ROOT, "run", ["--profile", "editions"])
    assert ran == [f"{name}-image" for name in OF_2019]
    assert sum("could not be built" in text for text in said) == status * len(OF_2019)
