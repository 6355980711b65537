"""An overload in a report: its own section, with what became of each server."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clusterbench.model.recovery import Memory, Overloaded
from clusterbench.model.units import Bytes, RequestsPerSecond, Seconds
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.page import render
from clusterbench.report.render.terminal import plain
from clusterbench.report.sections import FOOTPRINT, sections
from clusterbench.report.tables.recovery_table import recovery
from support import reported_runs as runs
from support import summaries
from support.charts import drawn

if TYPE_CHECKING:
    from clusterbench.model.experiment import Scenario
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary


def overload() -> Scenario:
    load = {
        "kind": "overload", "normal": {"connections": 8, "concurrency": 640},
        "before": 2.0, "paused": 1.0, "after": 2.0,
    }  # fmt: skip
    scenario = runs.scenario("overload", generator="h2load", sweep=(6400,))
    return replace(scenario, connections=64, load=load)


def overloaded(contender: str) -> Overloaded:
    rates = {-2: 950.0, -1: 900.0, 0: 0.0, 1: 800.0}
    return Overloaded(
        contender=contender,
        scenario="overload",
        level=6400,
        normal=RequestsPerSecond(1000.0),
        seconds={second: RequestsPerSecond(rate) for second, rate in rates.items()},
        again=Seconds(0.004),
        back=None,
        after=RequestsPerSecond(990.0),
        memory=Memory(start=Bytes(2**20), peak=Bytes(3 * 2**20), end=Bytes(2 * 2**20)),
        errors={"UNAVAILABLE": 7},
        server_share=0.98,
    )


@pytest.fixture
def run() -> tuple[RunRecord, Summary]:
    """A run of a sweep and an overload."""
    record = runs.run((runs.scenario(), overload()))
    found = tuple(overloaded(name) for name in runs.THREE)
    return record, replace(summaries.summary(record), recoveries=found)


def test_an_overload_is_a_section_of_its_own_without_plots_of_its_level(
    run: tuple[RunRecord, Summary],
) -> None:
    found = sections(run[0].experiment, run[1])
    assert [(section.scenario.name, section.beside) for section in found] == [
        ("predict", ()), ("overload", ()),
    ]  # fmt: skip
    assert {chart.section for chart in drawn(*run)} == {"scenario-predict", FOOTPRINT}


def test_each_server_has_its_figures_and_its_seconds(run: tuple[RunRecord, Summary]) -> None:
    first, second = recovery(run[0].experiment, overload(), run[1].recoveries)
    row = dict(zip(first.columns, map(str, first.rows[0]), strict=True))
    assert row["in overload"] == "925 (92%)"
    assert row["worst second"] == "900 (90%)"
    assert (row["first response (s)"], row["90% again (s)"]) == ("0.00", "never")
    assert row["MiB: start, peak, end"] == "1, 3, 2"
    assert row["CPU server/generator"] == "98% / n/a"
    assert row["errors by status"] == "UNAVAILABLE 7"
    assert second.columns == ("contender", "-2", "-1", "0", "+1")
    assert [value.text for value in second.rows[0]] == [runs.THREE[0], "950", "900", "0", "800"]


def test_a_server_that_a_quota_held_back_is_marked(run: tuple[RunRecord, Summary]) -> None:
    held = [replace(each, throttled=True) for each in run[1].recoveries[:1]]
    first, _ = recovery(run[0].experiment, overload(), [*held, *run[1].recoveries[1:]])
    names = [str(row[0]) for row in first.rows]
    assert names == [f"{runs.THREE[0]} (throttled)", *runs.THREE[1:]]


def test_the_tables_say_the_load_and_the_pause(run: tuple[RunRecord, Summary]) -> None:
    first, _ = recovery(run[0].experiment, overload(), run[1].recoveries)
    assert first.title == (
        "6,400 requests in flight over 64 connections: 2 s of overload, then a pause of 1 s"
    )


def test_every_medium_shows_the_recovery(run: tuple[RunRecord, Summary]) -> None:
    page = render(*run, drawn(*run))
    for shown in (page, markdown(*run), plain(*run, 150)):
        assert "6,400 requests in flight over 64 connections" in shown
        assert "Responses in each second; the pause begins at 0" in shown
        assert "640 requests in flight over 8 connections" in shown


def test_a_run_without_an_overload_shows_none() -> None:
    record = runs.run()
    assert "pause" not in markdown(record, summaries.summary(record))
