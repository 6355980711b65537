"""What a report says of the load generators: what they checked, how far they agree."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clusterbench.model.check import Check
from clusterbench.model.generator_comparison import GeneratorComparison
from clusterbench.model.interval import Estimate
from clusterbench.model.trial import Limit
from clusterbench.report.chapter import Media
from clusterbench.report.chapters import chapters
from clusterbench.report.render import terminal
from clusterbench.report.render.markdown import markdown
from clusterbench.report.tables import generator_tables
from support import reported_runs as runs
from support import summaries

RECORD = runs.run()
SUMMARY = summaries.summary(RECORD)
EVERY_MEDIUM = (Media.PAGE, Media.TEXT, Media.TERMINAL)


def checked(*checks: Check) -> dict[Check, int]:
    return dict.fromkeys(checks, 1500)


def test_ok_responses_are_counted_by_generator_and_by_how_they_were_checked() -> None:
    of = {"predict": checked(Check.MESSAGE, Check.STATUS), "predict-saturated": checked(Check.SIZE)}
    cells = tuple(replace(cell, checks=of[cell.scenario]) for cell in SUMMARY.cells)
    table = generator_tables.checks(RECORD.experiment, replace(SUMMARY, cells=cells))
    rows = [[value.text for value in row] for row in table.rows]
    assert [row[:2] for row in rows] == [["ghz", "22,500"]] * 2 + [["grpc-load", "4,500"]]
    assert "compared with the right response" in rows[0][2]
    assert "gRPC status" in rows[1][2]
    assert "bytes of all" in rows[2][2]


@pytest.mark.parametrize("medium", EVERY_MEDIUM)
def test_checked_responses_are_said_once_in_each_medium(medium: Media) -> None:
    cells = tuple(replace(cell, checks=checked(Check.MESSAGE)) for cell in SUMMARY.cells)
    found = list(chapters(RECORD, replace(SUMMARY, cells=cells), medium))
    tables = [block.table.title for each in found for block in each.blocks if block.table]
    assert tables.count("Checked responses") == 1
    notes = [note for each in found for block in each.blocks for note in block.notes]
    assert not any("compared each" in note for note in notes)


def test_a_run_that_recorded_no_check_says_nothing_of_it() -> None:
    assert "Checked responses" not in markdown(RECORD, SUMMARY)
    assert "Load generators compared" not in markdown(RECORD, SUMMARY)


def test_generators_that_made_the_same_load_are_compared_with_intervals_in_every_medium() -> None:
    ratio = Estimate(value=1.03, low=0.98, high=1.08, rounds=(1.02, 1.04))
    found = GeneratorComparison(
        contender="rust-tonic", numerator="predict-saturated", denominator="predict", level=800,
        throughput=ratio, cpu_per_request=ratio, p50=None, p99=None,
        limits=(Limit.SERVER_BOUND, Limit.CLIENT_BOUND),
    )  # fmt: skip
    summary = replace(SUMMARY, generators=(found,))
    (row,) = generator_tables.compared(RECORD.experiment, summary).rows
    texts = [str(value) for value in row]
    assert texts[:3] == ["rust-tonic", "8\N{MULTIPLICATION SIGN}100", "grpc-load / ghz"]
    assert texts[3].startswith("1.03")
    assert "[0.98, 1.08]" in texts[3]
    assert texts[5:] == ["n/a", "n/a", "server-bound / client-bound"]
    shown = (markdown(RECORD, summary), terminal.plain(RECORD, summary, 150))
    assert all("Load generators compared" in text for text in shown)
    for medium in EVERY_MEDIUM:
        assert "generators" in [each.id for each in chapters(RECORD, summary, medium)]
