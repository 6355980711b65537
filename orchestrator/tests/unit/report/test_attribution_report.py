"""Where CPU time goes, in words, in a table and in charts: for every case of what is there."""

from __future__ import annotations

from collections import defaultdict

import pytest

from clusterbench.model.attribution import Spent
from clusterbench.report.attribution_words import sentences
from clusterbench.report.chapter import Media
from clusterbench.report.chapters import chapters
from support.charts import draw
from support.profiles import NAMES, attributed


def said(**case: object) -> list[str]:
    found = attributed(**case)[2]  # type: ignore[arg-type]
    assert found is not None
    return list(sentences(found))


def test_the_difference_is_told_by_both_ways_with_microseconds_and_shares() -> None:
    by_profile, by_noop = said()
    assert "-fold difference in CPU time per request between sklearn-grpc (" in by_profile
    assert "and rust-tonic (" in by_profile
    assert "the framework" in by_profile
    assert "the call into the model" in by_profile
    assert ", by their profiles the " in by_profile
    assert "gRPC alone (no-op handler)" in by_noop
    assert by_noop.startswith("Of the same, by their no-op handlers ")
    for text in (by_profile, by_noop):
        assert "µs (" in text
        assert "%)" in text


def test_a_run_without_profiles_says_how_to_have_them() -> None:
    by_noop, how = said(of=())
    assert by_noop.startswith("Of the ")
    assert "--profiler" in how


def test_a_run_without_no_op_handlers_says_so() -> None:
    by_profile, none = said(noop=False)
    assert ", by their profiles the " in by_profile
    assert none.startswith("No-op handlers: this run has none")


def test_a_profiler_that_was_refused_is_n_a_with_its_reason() -> None:
    lines = said(of=("rust-tonic",), perf="run as root")
    assert "rust-tonic: n/a by perf: run as root." in lines


def test_two_contenders_of_which_one_lacks_all_have_no_parts() -> None:
    lines = said(noop=False, of=("rust-tonic",))
    assert not any(line.startswith("Of the ") for line in lines)


def test_the_chapter_shows_every_contender_in_every_medium() -> None:
    record, summary, _ = attributed()
    for medium in (Media.PAGE, Media.TEXT, Media.TERMINAL):
        found = [each for each in chapters(record, summary, medium) if each.id == "attribution"]
        assert len(found) == 1
        table = found[0].blocks[0].table
        assert table is not None
        assert [row[0].text for row in table.rows] == list(NAMES)
        assert {str(spent) for spent in Spent} <= set(table.columns)


def test_bars_of_both_ways_stand_beside_each_other_and_add_up() -> None:
    record, summary, found = attributed()
    assert found is not None
    chart = draw(record, summary)["cpu-by-class"]
    total: dict[str, float] = defaultdict(float)
    for trace in chart.figure.data:
        if trace.type == "bar" and trace.xaxis in {None, "x"}:
            for row, value in zip(trace.y, trace.x, strict=True):
                total[row] += value or 0.0
    for each in found.contenders:
        cpu = pytest.approx(each.cpu.value * 1e6, rel=0.05)
        assert total[f"{each.contender}<br>profile"] == cpu
        assert total[f"{each.contender}<br>no-op"] == cpu


def test_each_server_that_was_sampled_has_its_stacks_drawn() -> None:
    record, summary, _ = attributed(of=("rust-tonic",))
    names = [name for name in draw(record, summary) if name.startswith("stacks-")]
    assert names == ["stacks-rust-tonic"]


def test_stacks_have_a_root_and_no_function_without_its_caller() -> None:
    record, summary, _ = attributed()
    trace = draw(record, summary)["stacks-sklearn-grpc"].figure.data[0]
    assert list(trace.parents).count("") == 1
    assert set(trace.parents) <= {"", *trace.ids}
    assert len(set(trace.ids)) == len(trace.ids)


def test_without_anything_to_tell_there_is_neither_chart_nor_chapter() -> None:
    record, summary, _ = attributed(noop=False, of=())
    assert not any(name.startswith(("stacks-", "cpu-by-class")) for name in draw(record, summary))
    assert all(each.id != "attribution" for each in chapters(record, summary, Media.PAGE))
