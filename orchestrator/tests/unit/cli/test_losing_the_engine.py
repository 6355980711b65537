"""A run whose engine is lost ends with one message, which says what was measured and where."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.cli import assembly, measuring
from clusterbench.cli.app import main
from clusterbench.errors import EngineLost, ExitCode
from support import small_lab
from support.fakes import WholeWorld

if TYPE_CHECKING:
    from pathlib import Path


class Lost:
    """Stands for a run that loses its engine, before or after it has a folder."""

    begun = True

    def __init__(self, **given: Any) -> None:
        self.id = given["id"]

    def run(self, results: Path) -> None:
        if self.begun:
            (results / self.id).mkdir()
        raise EngineLost("the engine was lost")


@pytest.mark.parametrize(
    ("begun", "said"),
    [
        (True, "the engine was lost; what was measured is in results/"),
        (False, "the engine was lost; nothing had begun"),
    ],
)
def test_the_message_says_where_what_was_measured_is_kept(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    *,
    begun: bool,
    said: str,
) -> None:
    monkeypatch.chdir(small_lab.write(tmp_path / "lab"))
    monkeypatch.setattr(assembly, "runtime", lambda *_, **__: WholeWorld())
    monkeypatch.setattr(measuring, "Session", Lost)
    monkeypatch.setattr(Lost, "begun", begun)
    assert main(["run", "--runtime", "docker", "--results", "results"]) == ExitCode.HOST
    assert f"error: {said}" in capsys.readouterr().err
