"""A run over sizes: one plot, one table and one sentence, in every medium; other runs have none."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from clusterbench.measure.size_effects import python_share
from clusterbench.model.numbers import percent
from clusterbench.report.captions import headline
from clusterbench.report.chapter import Media
from clusterbench.report.chapters import chapters
from clusterbench.report.figures.charts import charts
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.page import render
from clusterbench.report.render.terminal import plain
from clusterbench.report.sections import sections
from clusterbench.report.size_words import sentence
from clusterbench.report.tables.size_table import by_size
from support import reported_runs, summaries
from support.sized_runs import LARGE, ROWS, SIZES, SMALL, THREE, cost, sized_run, sized_summary

if TYPE_CHECKING:
    from collections.abc import Callable

    from clusterbench.model.records import RunRecord
    from clusterbench.model.sizes import ModelSize

    Costs = Callable[[str, ModelSize, int, int], float | None]


def words(costs: Costs = cost, rounds: int = 2) -> str:
    return sentence(SIZES, sized_summary(sized_run(rounds=rounds), costs).sizes, rounds)


# ------------------------------------------------------------------------------- the sentence


def test_the_sentence_says_from_which_rows_on_and_with_which_model_it_overtakes() -> None:
    def the_largest(name: str, size: ModelSize, rows: int, number: int) -> float:
        ahead = size == LARGE and rows >= 10
        return 1e-6 if name != SIZES.rival else 0.5e-6 if ahead else 2e-6

    assert words(the_largest) == (
        "sklearn-grpc overtakes rust-tonic from 10 rows per request on with 128 features and 1,000 "
        "clusters; it does not with the 3 other models, up to 1,000 rows per request; Python's "
        "share of linfa-py-grpc's CPU time is 0% (2 features and 10 clusters, 1 row per request)."
    )


def test_models_that_are_overtaken_from_different_rows_on_are_told_apart() -> None:
    def sooner(name: str, size: ModelSize, rows: int, number: int) -> float:
        ahead = rows >= (10 if size == LARGE else 1000)
        return 1e-6 * (
            0.5 if ahead and name == SIZES.rival else 1.0 if name != SIZES.rival else 2.0
        )

    assert words(sooner).startswith(
        "sklearn-grpc overtakes rust-tonic from 10 rows per request on with 128 features and 1,000 "
        "clusters, from 1,000 rows per request on with 2 features and 10 clusters or 128 features "
        "and 10 clusters or 2 features and 1,000 clusters; Python's share"
    )


def test_a_rival_that_never_overtakes_is_said_not_to() -> None:
    said = words(lambda name, *_: 2e-6 if name == SIZES.rival else 1e-6)
    assert said.startswith(
        "sklearn-grpc does not overtake rust-tonic with any of the 4 models, up to 1,000 rows per "
        "request; "
    )


def test_what_intervals_do_not_decide_is_said_to_be_open() -> None:
    def level(name: str, size: ModelSize, rows: int, number: int) -> float:
        return 1e-6 * (0.8 if name == SIZES.rival and number == 1 else 1.0)

    assert words(level).startswith(
        "whether sklearn-grpc overtakes rust-tonic is undecided with any of the 4 models; "
    )

    def mixed(name: str, size: ModelSize, rows: int, number: int) -> float:
        return level(name, size, rows, number) if size == SMALL else cost(name, size, rows)

    assert "; with 1 model it is undecided; Python's share" in words(mixed)


def test_one_round_says_that_there_are_no_intervals() -> None:
    assert words(rounds=1).endswith("; this is one round, so there are no intervals.")


def test_a_contender_that_failed_is_said_to_be_missing() -> None:
    def fails(name: str, size: ModelSize, rows: int, number: int) -> float | None:
        return None if name == SIZES.rival and size == SMALL else cost(name, size, rows)

    assert "; a figure of 1 model is missing; " in words(fails)

    def without(name: str) -> str:
        return words(lambda each, size, rows, _: None if each == name else cost(each, size, rows))

    assert without(SIZES.rival).startswith(
        "whether sklearn-grpc overtakes rust-tonic was not measured; Python's share of "
        "linfa-py-grpc's CPU time falls"
    )
    assert without(SIZES.python).endswith(
        "; Python's share of linfa-py-grpc's CPU time was not measured."
    )
    assert without(SIZES.native) == (
        "whether sklearn-grpc overtakes rust-tonic was not measured; Python's share of "
        "linfa-py-grpc's CPU time was not measured."
    )


def test_pythons_share_is_named_where_it_is_most_and_least() -> None:
    found = sized_summary(sized_run()).sizes
    shares = [(share, row) for row in found if (share := python_share(SIZES, row)) is not None]
    most, least = max(shares, key=lambda each: each[0]), min(shares, key=lambda each: each[0])
    assert (most[1].size, most[1].rows) == (SMALL, 1)
    assert (least[1].size, least[1].rows) == (LARGE, 1000)
    assert words().endswith(
        f"falls from {percent(most[0])} (2 features and 10 clusters, 1 row per request) to "
        f"{percent(least[0])} (128 features and 1,000 clusters, 1,000 rows per request)."
    )


# -------------------------------------------------------------------------- table and chart


def test_the_table_has_a_row_for_each_model_and_number_of_rows() -> None:
    table = by_size(SIZES, sized_summary(sized_run()).sizes)
    assert table.columns[:6] == ("features", "clusters", "rows per request", *THREE)
    assert len(table.rows) == len(SIZES.models) * len(ROWS)
    assert all(value.text for row in table.rows for value in row)
    assert all(row[3].interval for row in table.rows)


def test_a_figure_that_is_missing_is_written_so_and_breaks_the_line() -> None:
    record = sized_run()
    summary = sized_summary(
        record, lambda name, size, rows, _: None if rows == 10 else cost(name, size, rows)
    )
    missing = [row for row in by_size(SIZES, summary.sizes).rows if row[2].text == "10"]
    assert all(value.text == "n/a" for row in missing for value in row[3:])
    (chart,) = charts(record, summary)
    drawn = [trace for trace in chart.figure.data if trace.text]
    assert all(trace.y[ROWS.index(10)] is None for trace in drawn)


def test_the_chart_has_a_facet_for_each_model_with_a_line_for_each_contender() -> None:
    record = sized_run()
    summary = sized_summary(record)
    (chart,) = charts(record, summary)
    assert (chart.name, chart.section, chart.facets) == ("sizes", "sizes", len(SIZES.features))
    titles = {note.text for note in chart.figure.layout.annotations}
    assert titles == {str(size) for size in SIZES.models}
    drawn = [trace for trace in chart.figure.data if trace.text]
    assert len({trace.yaxis for trace in drawn}) == len(SIZES.models)
    assert [t.name for t in chart.figure.data if t.showlegend] == list(THREE)
    for trace in drawn:
        size = SIZES.models[int(trace.yaxis[1:] or "1") - 1]
        expected = [
            r.per_core for r in summary.sizes if (r.contender, r.size) == (trace.name, size)
        ]
        assert list(trace.y) == pytest.approx([e.value / 1000 for e in expected if e])
        assert list(trace.x) == pytest.approx(ROWS, rel=0.1)
    assert chart.caption[0] == sentence(SIZES, summary.sizes, 2)


def test_all_points_and_ticks_are_within_the_axes() -> None:
    record = sized_run()
    (chart,) = charts(record, sized_summary(record))
    low, high = chart.figure.layout.yaxis.range
    points = [y for trace in chart.figure.data if trace.text for y in trace.y]
    assert all(low <= math.log10(y) <= high for y in points)
    ticks = chart.figure.layout.yaxis.tickvals
    assert len(ticks) >= 2
    assert all(low <= math.log10(tick) <= high for tick in ticks)


def test_without_a_single_figure_there_is_still_a_chart_that_says_so() -> None:
    record = sized_run()
    (chart,) = charts(record, sized_summary(record, lambda *_: None))
    assert any("No trial gave a figure" in note.text for note in chart.figure.layout.annotations)


# -------------------------------------------------------------------------------- the report


def test_every_medium_has_the_sentence_and_the_table_and_no_section_for_each_cell() -> None:
    record = sized_run()
    summary = sized_summary(record)
    assert sections(record.experiment, summary) == ()
    said = sentence(SIZES, summary.sizes, 2)
    for medium in (Media.PAGE, Media.TEXT, Media.TERMINAL):
        found = [each for each in chapters(record, summary, medium) if each.id == "sizes"]
        (chapter,) = found
        assert chapter.gist == said
        assert any(block.table for block in chapter.blocks)
    page = render(record, summary, charts(record, summary))
    assert f"height: {235 * len(SIZES.clusters)}px" in page
    assert "128 features and 1,000 clusters" in markdown(record, summary)
    assert "sklearn-grpc overtakes rust-tonic" in " ".join(plain(record, summary, 120).split())


def test_a_run_over_sizes_has_no_footprint_of_each_server_on_each_model() -> None:
    record = sized_run()
    made = sized_summary(record)
    measured = tuple(replace(each, turns=2) for each in made.contenders)
    summary = replace(made, contenders=measured)

    def ids(run: RunRecord) -> set[str]:
        return {each.id for each in chapters(run, summary, Media.PAGE)}

    other = replace(record, experiment=replace(record.experiment, sizes=None))
    assert ids(other) - ids(record) == {"footprint"}
    assert ids(record) - ids(other) == {"sizes"}


def test_the_headline_names_contenders_once_and_counts_models() -> None:
    assert headline(sized_run()) == "sklearn-grpc, linfa-py-grpc and rust-tonic on 4 models"


def test_other_runs_have_no_chapter_and_no_chart_of_sizes() -> None:
    record = reported_runs.run()
    summary = summaries.summary(record)
    assert all(each.id != "sizes" for each in chapters(record, summary, Media.PAGE))
    assert all(chart.name != "sizes" for chart in charts(record, summary))
    assert (
        "height: "
        not in render(record, summary, charts(record, summary))
        .split("</style>")[1]
        .split("<script>")[0]
    )
