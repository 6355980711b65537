"""What a report says of an open loop, whose levels are rates."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.model.experiment import Loop, Scenario
from clusterbench.model.interval import Estimate
from clusterbench.report import captions
from clusterbench.report.chapter import Media
from clusterbench.report.chapters import chapters
from clusterbench.report.sections import sections
from clusterbench.report.tables import section_tables
from support import reported_runs as runs
from support import summaries
from support.charts import draw

if TYPE_CHECKING:
    from clusterbench.model.cell_summary import CellSummary

LATE = "latency is partly the send delay"
DOUBTED = "doubted by the load generator"


def opened(*sweep: int) -> Scenario:
    made = runs.scenario("open", sweep=sweep or (500, 1000))
    return replace(made, load={"kind": "open-loop"}, loop=Loop.OPEN)


def late(cell: CellSummary) -> CellSummary:
    """A cell with a send delay, which is a large part of its latency at a rate of 1,000."""
    if cell.scenario != "open":
        return cell
    delay = Estimate(value=0.0025, low=None, high=None, rounds=(0.0025,))
    large = cell.level == 1000
    doubts = ("it sent late",) if large else ()
    waited = 0.02 if large else None
    return replace(cell, send_delay={"p99": delay}, delayed=large, run_delay=waited, doubts=doubts)


RECORD = runs.run((opened(), runs.saturated()))
SUMMARY = summaries.summary(RECORD, [late(cell) for cell in summaries.cells(RECORD)])


def test_the_send_delay_is_a_column_of_open_loops_alone() -> None:
    shown, beside = sections(RECORD.experiment, SUMMARY)
    for make in (section_tables.cells, section_tables.brief):
        assert "send delay p99 (ms)" in make(shown).columns
        assert "send delay p99 (ms)" not in make(beside).columns
    row = section_tables.cells(shown).rows[0]
    place = section_tables.cells(shown).columns.index("send delay p99 (ms)")
    assert row[place].text == "2.50"


def test_what_limits_held_back_is_a_column_where_there_was_any() -> None:
    column = "held back p99 (ms)"
    for held, there in ((0.0, False), (0.5, True)):
        time = Estimate(value=held, low=None, high=None, rounds=(held,))
        cells = [replace(cell, held_back_for={"p99": time}) for cell in SUMMARY.cells]
        shown = sections(RECORD.experiment, summaries.summary(RECORD, cells))[0]
        for make in (section_tables.cells, section_tables.brief):
            assert (column in make(shown).columns) == there


def test_what_saturates_servers_stands_beside_no_schedule() -> None:
    names = [section.scenario.name for section in sections(RECORD.experiment, SUMMARY)]
    assert names == ["open", "predict-saturated"]


def test_latency_is_said_to_count_from_when_a_request_was_due() -> None:
    caption = " ".join(draw(RECORD, SUMMARY)["latencies"].caption)
    assert "from when a request was due to its response" in caption
    assert "from the send of a request" not in caption
    assert "from the send of a request" in " ".join(draw(runs.run())["latencies"].caption)


def test_a_level_at_which_the_generator_sent_late_is_named_in_caption_and_table() -> None:
    caption = draw(RECORD, SUMMARY)["latencies"].caption
    said = [line for line in caption if "rust-tonic at rate" in line]
    assert len(said) == 2
    assert said[0].startswith("rust-tonic at rate 1,000/s: the latency is not the server's alone")
    assert "others had its CPU for 2.0% of the time, which is the cause" in said[0]
    assert said[1].endswith("at rate 1,000/s: the load generator doubts its figures: it sent late.")
    shown, beside = sections(RECORD.experiment, SUMMARY)
    table = section_tables.cells(shown)
    notes = {row[2].text: row[-1].text for row in table.rows}
    assert notes == {"500/s": "", "1,000/s": f"{LATE}; {DOUBTED}"}
    assert captions.send_delays(beside) == ()


def test_a_rate_that_a_server_keeps_is_not_shown_as_what_it_can_do() -> None:
    alone = runs.run((opened(),))
    found = summaries.summary(alone)
    (section,) = sections(alone.experiment, found)
    assert section_tables.glance([section], found).rows == ()
    titles = [
        block.table.title
        for chapter in chapters(alone, found, Media.FILES)
        for block in chapter.blocks
        if block.table and block.table.rows
    ]
    assert not [title for title in titles if "Ratios of throughput" in title]
    assert any("what the schedule asks for" in line for line in captions.throughput(section))
