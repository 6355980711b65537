"""What a report says of disturbed trials, and where it marks them."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from clusterbench.model.disturbance import InterferenceRule
from clusterbench.report import captions
from clusterbench.report.chapter import Media
from clusterbench.report.chapters import chapters
from clusterbench.report.figures.charts import charts
from clusterbench.report.interference_words import mark, marks, rule
from clusterbench.report.render.markdown import markdown
from support import reported_runs as runs
from support import summaries

if TYPE_CHECKING:
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary

RULE = InterferenceRule(bound=0.25, repeats=2)


def run() -> RunRecord:
    made = runs.run()
    return dataclasses.replace(
        made, experiment=dataclasses.replace(made.experiment, interference=RULE)
    )


def summary(of: RunRecord, **changes: float) -> Summary:
    """A summary whose every cell of rust-tonic is changed so."""
    usual = summaries.summary(of)
    cells = tuple(
        dataclasses.replace(cell, **changes) if cell.contender == "rust-tonic" else cell
        for cell in usual.cells
    )
    return dataclasses.replace(usual, cells=cells)


DISTURBED = {"disturbed": 1, "interference": 0.4, "repeated": 2}


def test_the_rule_says_what_counts_and_that_it_was_fixed_before() -> None:
    said = rule(RULE)
    assert "25% or more" in said
    assert "up to 2 times" in said
    assert "fixed before the run" in said
    assert "quietest of its trials, whatever it came out as" in said
    assert "No trial was run again." in rule(InterferenceRule())


def test_every_report_of_servers_states_the_rule() -> None:
    found = {each.id: each for each in chapters(run(), summary(run()), Media.TEXT)}
    (block,) = found["interference"].blocks
    assert block.notes == (rule(RULE),)


def test_a_report_lists_what_was_run_again_and_what_stays_disturbed() -> None:
    of = run()
    found = {each.id: each for each in chapters(of, summary(of, **DISTURBED), Media.TEXT)}
    table = found["interference"].blocks[-1].table
    assert table is not None
    assert {str(row[0].text) for row in table.rows} == {"rust-tonic"}
    assert {row[-2].text for row in table.rows} == {"40%"}


def test_where_the_kernel_tells_no_pressure_the_reason_stands_below_the_table() -> None:
    of = run()
    made = summary(of, **DISTURBED)
    told = dataclasses.replace(
        made,
        contenders=tuple(dataclasses.replace(c, no_pressure="too old") for c in made.contenders),
    )
    found = {each.id: each for each in chapters(of, told, Media.TEXT)}
    notes = found["interference"].blocks[-1].notes
    assert notes == ("For how long tasks waited for a CPU is not known: too old.",)


def test_a_quiet_cell_has_no_mark() -> None:
    of = run()
    made = summary(of, disturbed=0, interference=0.01, repeated=1)
    assert not any(mark(cell) for cell in made.cells)
    assert list(marks((cell.contender, cell) for cell in made.cells)) == []
    (_, said), *_ = [each for each in captions.notices(of, made) if each[0] == "Interference"]
    assert "run again: the quietest of each counts." in said
    assert "Others had" not in said


def test_a_disturbed_cell_is_marked_in_tables_notices_and_captions() -> None:
    of = run()
    made = summary(of, **DISTURBED)
    text = markdown(of, made)
    assert "disturbed in 1 of 3 trials, though run again: others had up to 40% of the CPUs" in text
    assert (
        "Others had up to 40% of a side's CPUs" in dict(captions.notices(of, made))["Interference"]
    )
    assert "Disturbed: rust-tonic at" in text


@pytest.mark.parametrize(("changes", "rings"), [(DISTURBED, True), ({}, False)])
def test_plots_of_a_sweep_have_rings_around_disturbed_points(
    changes: dict[str, float], rings: bool
) -> None:
    of = run()
    drawn = [c for c in charts(of, summary(of, **changes)) if c.name.startswith("throughput")]
    assert drawn
    for chart in drawn:
        around = [t for t in chart.figure.data if t.marker.symbol == "circle-open" and any(t.y)]
        assert bool(around) is rings
        assert any(line.startswith("Disturbed: rust-tonic") for line in chart.caption) is rings


def test_many_disturbed_cells_are_counted_after_the_first() -> None:
    of = run()
    found = [(f"c{n}", each) for n, each in enumerate(summary(of, **DISTURBED).cells)]
    many = [(name, cell) for name, cell in found if cell.disturbed] * 3
    named = [(f"{name}-{place}", cell) for place, (name, cell) in enumerate(many)]
    (line,) = marks(named)
    assert f"{len(named) - 4} more" in line
