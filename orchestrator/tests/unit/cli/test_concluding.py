"""How a run ends: its page is there and the locks are free before anything is drawn."""

from __future__ import annotations

import json
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench import report
from clusterbench.cli import assembly, concluding, measuring
from clusterbench.cli.app import main
from clusterbench.errors import ExitCode, HostError
from clusterbench.store import run_folder as store
from support import small_lab
from support.charts import drawn
from support.run_folders import measured

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from clusterbench.store.run_folder import RunFolder


class Place:
    """Stands for a runtime: knows whether it is open."""

    is_open = False

    @contextmanager
    def open(self) -> Iterator[None]:
        self.is_open = True
        yield
        self.is_open = False

    def warnings(self) -> list[str]:
        return []


class Measured:
    """Stands for a session: leaves a run of which one trial failed."""

    def __init__(self, **_: Any) -> None: ...

    def run(self, results: Path) -> tuple[RunFolder, int]:
        return measured(results), 1


@pytest.fixture
def ends(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Callable[[Path, Place], BaseException]], int]:
    """Return what runs a run to its end, and what it exits with, given what drawing does."""

    def run(draw: Callable[[Path, Place], BaseException]) -> int:
        place, results = Place(), tmp_path / "results"

        def drawing(*_: object) -> None:
            raise draw(results, place)

        monkeypatch.setattr(report, "draw", drawing)
        monkeypatch.setattr(assembly, "runtime", lambda *_, **__: place)
        return main(["run", "--runtime", "process", "--results", str(results), "--json"])

    monkeypatch.chdir(small_lab.write(tmp_path / "lab"))
    monkeypatch.delenv("PROFILE", raising=False)
    monkeypatch.setattr(measuring, "Session", Measured)
    monkeypatch.setattr(report, "charts", drawn)
    monkeypatch.setattr(
        "clusterbench.report.render.page_template.get_plotlyjs", lambda: "/* plotly.js */"
    )
    return run


def test_before_a_run_draws_its_page_is_there_and_the_engine_and_the_results_are_free(
    ends: Callable[..., int],
) -> None:
    seen: list[Sequence[bool]] = []

    def draw(results: Path, place: Place) -> BaseException:
        (results / "latest").unlink()
        with store.lock(results):  # which raises while a run holds it
            seen.append(
                [place.is_open, *(page.exists() for page in results.glob("2*/report.html"))]
            )
        return HostError("it hangs")

    ends(draw)
    assert seen == [[False, True]]


def test_a_run_says_where_its_page_is_before_it_draws_and_exits_as_it_measured(
    ends: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(lambda *_: HostError("it hangs")) == ExitCode.FAILED
    printed = capsys.readouterr()
    lines = printed.err.splitlines()
    (page,) = (number for number, line in enumerate(lines) if line.startswith("report: "))
    (warning,) = (number for number, line in enumerate(lines) if "it hangs" in line)
    assert page < warning
    assert json.loads(printed.out)["pictures"] == []
    assert json.loads(printed.out)["page"] in lines[page]


def test_ctrl_c_while_a_run_draws_ends_it_with_its_report(
    ends: Callable[..., int], capsys: pytest.CaptureFixture[str]
) -> None:
    assert ends(lambda *_: KeyboardInterrupt()) == ExitCode.INTERRUPTED
    assert "interrupted while they were drawn" in capsys.readouterr().err


@pytest.fixture
def again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Callable[..., str]:
    """Return what `report` prints of a small run, given its options."""

    def run(*options: str) -> str:
        assert main(["report", "--results", str(results), *options]) == ExitCode.OK
        return capsys.readouterr().out

    monkeypatch.chdir(small_lab.write(tmp_path / "lab"))
    monkeypatch.setattr(report, "charts", drawn)
    monkeypatch.setattr(report, "draw", lambda *_: {})
    monkeypatch.setattr(concluding, "provide", lambda *_, **__: None)
    monkeypatch.setattr(
        "clusterbench.report.render.page_template.get_plotlyjs", lambda: "/* plotly.js */"
    )
    results = tmp_path / "results"
    measured(results)
    return run


def test_a_report_made_again_prints_the_answer_and_every_table_where_that_is_asked_for(
    again: Callable[..., str],
) -> None:
    short, full = again(), again("--full")
    first = "one core of rust-tonic serves 4,990 requests/s"
    assert first in " ".join(short.split())
    assert first in " ".join(full.split())
    assert len(short.splitlines()) <= 25
    assert "Ratios of throughput, paired by round" not in short
    assert "Ratios of throughput, paired by round" in full


def test_a_report_as_json_has_the_answer(again: Callable[..., str]) -> None:
    found = json.loads(again("--json"))["answer"]
    assert found[1] == "That is 4.00 times sklearn-grpc."
    assert found[-1].startswith("Distrust: the run is incomplete; ")
