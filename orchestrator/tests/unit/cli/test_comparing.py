"""`bench` checks every comparison before the first runs, and exits with the worst code."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.cli import measuring
from clusterbench.cli.app import main
from clusterbench.errors import ExitCode

if TYPE_CHECKING:
    from collections.abc import Sequence

ROOT = Path(__file__).parents[4]


@pytest.fixture
def measured(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The profiles that were measured, each with the exit code that `codes` says."""
    monkeypatch.chdir(ROOT)
    monkeypatch.delenv("PROFILE", raising=False)
    return []


def measure(
    monkeypatch: pytest.MonkeyPatch, measured: list[str], codes: Sequence[ExitCode]
) -> None:
    left = iter(codes)

    def record(parts: Any, *_: object, **given: Any) -> ExitCode:
        assert given["runtime"] == "process"
        measured.append(parts.experiment.profile)
        return next(left)

    monkeypatch.setattr(measuring, "measure", record)


def test_comparisons_run_one_after_another_and_give_the_worst_code(
    measured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(monkeypatch, measured, [ExitCode.FAILED, ExitCode.OK])
    assert main(["bench", "rust-tonic", "sklearn-grpc", "--rounds", "1"]) == ExitCode.FAILED
    assert measured == ["alternatives-rust-tonic", "alternatives-sklearn-grpc"]


def test_after_an_interrupted_comparison_no_other_begins(
    measured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(monkeypatch, measured, [ExitCode.INTERRUPTED])
    assert main(["bench", "rust-tonic", "sklearn-grpc"]) == ExitCode.INTERRUPTED
    assert measured == ["alternatives-rust-tonic"]


def test_overload_is_a_run_of_its_profile(
    measured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(monkeypatch, measured, [ExitCode.OK])
    assert main(["bench", "overload", "rust-tonic"]) == ExitCode.OK
    assert measured == ["overload"]
