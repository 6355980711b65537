"""What a terminal shows at the end of a run: 25 lines in all, whatever the run found."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clusterbench import report
from clusterbench.model.claim_result import ClaimResult, Verdict
from clusterbench.report.answer import answer
from clusterbench.report.render.screen import MOST_LINES, screen
from clusterbench.report.render.terminal import plain
from clusterbench.store.run_folder import RunFolder
from support import reported_runs as runs
from support import summaries
from support.capacity_runs import capacity, capacity_run, capacity_summary, question
from support.charts import drawn
from support.judged_runs import trained
from support.training import training

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.experiment import Scenario
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary

WIDTHS = (80, 120)
#: Warnings as doctor has them, longer than a terminal is wide.
WARNINGS = tuple(
    f"other processes: number {n} (87% of a CPU), and others; end them while figures are taken, "
    "or wait until the host is idle, since what they use is lost to both sides"
    for n in range(6)
)
OLDER = tuple(f"{name}-2019" for name in runs.THREE)
QUICK = (runs.scenario(sweep=(64, 256, 1024)), runs.saturated())
FULL = tuple(
    replace(each, contenders=(*each.contenders, *runs.PER_CORE, *OLDER))
    if each.name in {"predict-full", "predict-saturated"}
    else each
    for each in runs.FULL
)


def claims(verdict: Verdict, count: int) -> tuple[ClaimResult, ...]:
    return tuple(
        ClaimResult(
            id=f"{verdict}-{n}", claim="it is faster", published="25x", verdict=verdict, reason=""
        )
        for n in range(count)
    )


def failing(run: RunRecord, *names: str) -> tuple[CellSummary, ...]:
    """The run's cells; of those contenders each failed with a reason of its own."""
    return tuple(
        summaries.failed(cell, f"round 1: {cell.contender} ended at {cell.level}, and said so")
        if cell.contender in names
        else cell
        for cell in summaries.cells(run)
    )


def bad(run: RunRecord, *names: str) -> tuple[RunRecord, Summary]:
    """A run with warnings, claims, an interrupted round, and contenders that failed."""
    summary = replace(
        summaries.summary(run, failing(run, *names)),
        complete=False,
        claims=(*claims(Verdict.HOLDS, 4), *claims(Verdict.NOT_DECIDED, 6)),
    )
    asked = replace(run.experiment, question=question())
    return replace(run, experiment=asked, warnings=WARNINGS, left_out={"a": "b"}), summary


@pytest.mark.parametrize("width", WIDTHS)
@pytest.mark.parametrize("rounds", [1, 3])
@pytest.mark.parametrize("failed", [(), ("rust-tonic",), ("sklearn-grpc", "linfa-py-grpc")])
@pytest.mark.parametrize("scenarios", [QUICK, runs.STANDARD, runs.SEVERAL, FULL])
def test_a_run_ends_with_its_answer_and_its_table_on_one_screen(
    scenarios: tuple[Scenario, ...], failed: tuple[str, ...], rounds: int, width: int
) -> None:
    run, summary = bad(runs.run(scenarios, rounds=rounds), *failed)
    shown = screen(run, summary, width).splitlines()
    assert len(shown) <= MOST_LINES
    assert max(map(len, shown)) <= width
    text = "\n".join(shown)
    said = " ".join(" ".join(shown).split())
    for sentence in answer(run, summary):
        assert sentence in said
    assert "in report.md" in text
    assert "Published claims: 4 judged, 6 not decided: clusterbench claims" in text
    assert text.endswith("All tables: clusterbench report --full")
    for name in (name for name in runs.THREE if name not in failed):
        assert f"\n{name}" in text


@pytest.mark.parametrize("width", WIDTHS)
def test_the_whole_of_what_is_printed_is_25_lines(width: int, tmp_path: Path) -> None:
    run, summary = bad(runs.run(FULL), "rust-tonic")
    said = [screen(run, summary, width)]
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(report, "charts", drawn)
        patch.setattr(
            "clusterbench.report.render.page_template.get_plotlyjs", lambda: "/* plotly.js */"
        )
        patch.setenv("COLUMNS", str(width))
        printed: list[str] = []
        folder = RunFolder(tmp_path, run)
        written = report.conclude(folder, summary, printed.append)
        report.illustrate(written, printed.append, browser=None)
    assert printed[0] == said[0]
    assert len("\n".join(printed).splitlines()) <= 25
    assert f"report: {tmp_path / 'report.html'}" in printed


def test_the_table_has_capacity_ratio_cost_memory_and_cores() -> None:
    run = capacity_run()
    text = screen(run, capacity_summary(run), 120)
    rows = [line.split("  ") for line in text.splitlines() if line.startswith("rust-tonic ")]
    assert [each.strip() for each in rows[0] if each.strip()][:2] == ["rust-tonic", "150,000"]
    for head in (
        "Within p99", "requests/s per core", "rust-tonic over it", "CPU per request", "memory",
        "cores for 10,000/s",
    ):  # fmt: skip
        assert head in text


def test_what_met_the_objective_at_no_rate_has_none_in_the_table() -> None:
    run = capacity_run()
    found = [capacity("rust-tonic"), capacity("sklearn-grpc", (0.0, 0.0, 0.0))]
    (row,) = (
        line
        for line in screen(run, capacity_summary(run, found), 120).splitlines()
        if line.startswith("sklearn-grpc")
    )
    assert row.split()[1:3] == ["none", "n/a"]


def test_servers_of_2019_are_in_the_table_with_their_ratio() -> None:
    run = runs.run((runs.scenario(contenders=("rust-tonic", "sklearn-grpc", "rust-tonic-2019")),))
    text = screen(run, summaries.summary(run), 120)
    assert "\nrust-tonic-2019" in text


def test_a_quiet_run_without_claims_has_no_line_for_them() -> None:
    run = runs.run()
    summary = summaries.summary(run)
    assert "claims" not in screen(run, summary, 120)
    absent = replace(summary, claims=claims(Verdict.NOT_MEASURED, 3))
    assert "claims" not in screen(run, absent, 120)
    open_ = replace(summary, claims=claims(Verdict.NOT_DECIDED, 3))
    assert "Published claims: none judged, 3 not decided: clusterbench claims" in screen(
        run, open_, 120
    )


def test_failures_come_before_warnings_and_the_rest_is_counted() -> None:
    run, summary = bad(runs.run(rounds=1), "rust-tonic")
    lines = screen(run, summary, 120).splitlines()
    first = next(n for n, line in enumerate(lines) if line.startswith("failed: rust-tonic: "))
    assert lines[first].endswith(("so", "..."))
    assert any(line.endswith("more in report.md") for line in lines[first:])


def test_a_run_that_trained_too_says_where_its_tables_are() -> None:
    run = runs.run()
    run = replace(run, experiment=replace(run.experiment, training=training()))
    summary = replace(summaries.summary(run), training=trained())
    assert "Training, and all tables: clusterbench report --full" in screen(run, summary, 120)


def test_a_run_that_answers_nothing_keeps_its_tables() -> None:
    then = replace(
        runs.scenario("then"), reference=False, load={"kind": "as-published", "duration": 1.0}
    )
    run = runs.run((then,))
    summary = summaries.summary(run)
    assert screen(run, summary, 120) == plain(run, summary, 120)


def test_every_table_is_printed_where_that_is_asked_for_below_the_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "charts", drawn)
    monkeypatch.setattr(
        "clusterbench.report.render.page_template.get_plotlyjs", lambda: "/* plotly.js */"
    )
    run = runs.run()
    summary, said = summaries.summary(run), list[str]()
    report.conclude(RunFolder(tmp_path, run), summary, said.append, shown=report.plain)
    assert said[0].startswith("Saturated, without a latency objective")
    assert "Ratios of throughput" in said[0]
