"""`bench` checks every comparison before the first runs, and exits with the worst code."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.cli import measuring
from clusterbench.cli.app import main
from clusterbench.errors import ExitCode
from support import small_lab

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


@pytest.fixture
def measured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The profiles that were measured, each with the exit code that `codes` says."""
    monkeypatch.chdir(small_lab.write(tmp_path / "lab"))
    monkeypatch.delenv("LAB_PROFILE", raising=False)
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
    assert main(["bench", "fast", "slow", "--rounds", "1"]) == ExitCode.FAILED
    assert measured == ["alternatives-fast", "alternatives-slow"]


def test_after_an_interrupted_comparison_no_other_begins(
    measured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(monkeypatch, measured, [ExitCode.INTERRUPTED])
    assert main(["bench", "fast", "slow"]) == ExitCode.INTERRUPTED
    assert measured == ["alternatives-fast"]


def test_overload_is_a_run_of_its_profile(
    measured: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    measure(monkeypatch, measured, [ExitCode.OK])
    assert main(["bench", "overload", "fast"]) == ExitCode.OK
    assert measured == ["overload"]
