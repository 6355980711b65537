"""The footprint of a run in its report: a sentence of its figures, tables, charts."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.model.cell_summary import ContenderSummary
from clusterbench.model.footprint import Footprint, FootprintRatio, Need
from clusterbench.model.interval import Estimate
from clusterbench.model.numbers import NOTHING, TIMES
from clusterbench.report.footprint_words import sentence, unknown
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.page import render
from clusterbench.report.render.terminal import plain
from clusterbench.report.tables import footprint_tables
from support import reported_runs as runs
from support import summaries
from support.charts import draw, texts

if TYPE_CHECKING:
    from clusterbench.model.summary import Summary
    from clusterbench.report.tables.table import Table

MIB = 1024.0**2


def of(value: float, *ends: float) -> Estimate:
    low, high = ends or (None, None)
    return Estimate(value=value, low=low, high=high, rounds=(value,))


def made(footprints: dict[str, Footprint], *ratios: FootprintRatio) -> Summary:
    """A run's summary with these contenders alone."""
    contenders = tuple(
        ContenderSummary(name=name, title=name, turns=3, footprint=each, warm_turns=3)
        for name, each in footprints.items()
    )
    return replace(summaries.summary(runs.run()), contenders=contenders, footprints=ratios)


def more(need: Need, numerator: str, denominator: str, *ratio: float) -> FootprintRatio:
    return FootprintRatio(need=need, numerator=numerator, denominator=denominator, ratio=of(*ratio))


QUICK = Footprint(start=of(0.11), steps={"create": of(0.01)}, idle_memory=of(9 * MIB))
LATE = Footprint(start=of(1.32), steps={"create": of(0.01)}, idle_memory=of(90 * MIB))


def test_the_sentence_names_who_starts_soonest_and_holds_least_and_by_how_much() -> None:
    summary = made(
        {"late": LATE, "quick": QUICK},
        more(Need.START, "late", "quick", 12.0, 10.0, 14.0),
        more(Need.IDLE_MEMORY, "late", "quick", 10.0, 9.0, 11.0),
    )
    assert sentence(summary) == (
        "quick gives its first right response 0.110 s after its creation begins (late takes "
        f"12.0{TIMES} [10.0, 14.0] as long), and holds 9.00 MiB idle (late holds 10.0{TIMES} "
        "[9.0, 11.0] as much)."
    )


def test_the_sentence_follows_its_figures() -> None:
    summary = made(
        {"quick": LATE, "late": QUICK}, more(Need.START, "quick", "late", 12.0, 10.0, 14.0)
    )
    assert sentence(summary).startswith("late gives its first right response 0.110 s after")
    apart = made({"quick": replace(QUICK, idle_memory=of(99 * MIB)), "small": LATE})
    assert "and small holds 90.0 MiB idle" in sentence(apart)


def test_an_interval_that_holds_1_is_no_clear_difference() -> None:
    pair = {"a": QUICK, "b": QUICK}
    close = sentence(made(pair, more(Need.START, "b", "a", 1.1, 0.9, 1.3)))
    assert f"b takes 1.10{TIMES} [0.90, 1.30] as long, no clear difference" in close
    apart = sentence(made(pair, more(Need.START, "b", "a", 1.1, 1.05, 1.15)))
    assert "no clear difference" not in apart


def test_of_many_contenders_the_next_and_the_last_are_named() -> None:
    said = sentence(
        made(
            {"quick": QUICK, "b": LATE, "c": LATE, "d": LATE},
            *(
                more(Need.START, name, "quick", x)
                for name, x in (("b", 2.0), ("c", 3.0), ("d", 4.0))
            ),
        )
    )
    assert f"(b takes 2.00{TIMES} as long; d takes 4.00{TIMES} as long)" in said
    assert "c takes" not in said


def test_a_sentence_says_what_is_known_and_nothing_of_nothing() -> None:
    assert sentence(made({"a": Footprint(idle_memory=of(9 * MIB))})) == "a holds 9.00 MiB idle."
    process = replace(QUICK, steps={"start": of(0.1)}, idle_memory=None)
    assert sentence(made({"a": process})) == (
        "a gives its first right response 0.110 s after its start begins."
    )
    assert sentence(made({"a": Footprint()})) == ""


def test_what_is_not_known_is_said_with_its_reason_once_for_all_that_share_it() -> None:
    none = replace(QUICK, unknown={"image_size": "a local process has no image"})
    summary = made({"a": none, "b": none, "c": QUICK})
    assert unknown(summary) == ("No image size of a and b: a local process has no image.",)
    failed = replace(summary.contenders[2], turns=0, footprint=Footprint())
    assert unknown(replace(summary, contenders=(failed,))) == (
        "No footprint of c: no turn went well (see Failures).",
    )


def column(table: Table, name: str) -> list[str]:
    return [str(row[table.columns.index(name)]) for row in table.rows]


def test_a_cold_start_is_shown_with_the_parts_that_there_are() -> None:
    process = replace(QUICK, steps={"start": of(0.1), "first_response": of(0.01)})
    table = footprint_tables.cold_start(made({"a": process, "b": Footprint()}))
    assert table.columns == ("contender", "cold start (ms)", "start (ms)", "first response (ms)")
    assert column(table, "cold start (ms)") == ["110", NOTHING]
    assert column(table, "first response (ms)") == ["10.0", NOTHING]


def test_memory_per_worker_is_shown_where_somebody_has_several() -> None:
    single = replace(QUICK, workers=1, idle_memory_per_worker=of(9 * MIB))
    alone = footprint_tables.memory(made({"a": single, "b": Footprint()}))
    assert not any("per worker" in name for name in alone.columns)
    assert column(alone, "workers") == ["1", NOTHING]
    four = replace(QUICK, workers=4, idle_memory_per_worker=of(2.25 * MIB, 2.0 * MIB, 2.5 * MIB))
    several = footprint_tables.memory(made({"a": single, "b": four}))
    assert column(several, "idle per worker (MiB)") == ["9.00", "2.25 [2.00, 2.50]"]


def test_the_report_says_it_in_all_media() -> None:
    record = runs.run()
    summary = summaries.summary(record)
    said = sentence(summary)
    drawn = draw(record, summary)
    page = render(record, summary, list(drawn.values()))
    text = markdown(record, summary).replace("\\", "")
    shown = plain(record, summary, 150).replace("\n", " ")
    for written in (page, text, shown):
        assert said in written
        assert "Image and memory" in written
        assert "until SERVING (ms)" in written
    assert page.index(said) < page.index('id="plot-cold_start"') < page.index("Image and memory")


@pytest.mark.parametrize("width", [80, 100, 150])
@pytest.mark.parametrize("scenarios", [runs.STANDARD, runs.SEVERAL])
def test_a_terminal_shows_each_figure_whole_at_any_width(scenarios: Any, width: int) -> None:
    record = runs.run(scenarios)
    summary = summaries.summary(record)
    shown = plain(record, summary, width)
    shown = shown[shown.index("Image and memory") :]
    for row in footprint_tables.memory(summary).rows:
        for value in row[:-1]:
            assert value.text in shown


def test_a_run_without_servers_has_no_footprint() -> None:
    record = runs.run(())
    summary = summaries.summary(record)
    assert "Footprint" not in markdown(record, summary)
    assert not {"cold_start", "memory"} & set(draw(record, summary))


def test_a_run_in_which_no_turn_went_well_has_no_footprint() -> None:
    record = runs.run()
    summary = summaries.summary(record)
    failed = tuple(replace(c, turns=0, footprint=Footprint()) for c in summary.contenders)
    summary = replace(summary, contenders=failed, footprints=())
    assert "## Footprint" not in markdown(record, summary)
    assert not {"cold_start", "memory"} & set(draw(record, summary))


def test_the_parts_of_a_cold_start_end_where_its_whole_does_with_its_interval() -> None:
    record = runs.run()
    summary = summaries.summary(record)
    figure = draw(record, summary)["cold_start"].figure
    drawn, errors = figure.data[0], figure.data[1]
    for place, each in enumerate(reversed(summary.contenders)):
        start = each.footprint.start
        assert start is not None
        assert start.high is not None
        ends = [
            base + length
            for at, base, length in zip(drawn.y, drawn.base, drawn.x, strict=True)
            if round(at) == place
        ]
        assert len(ends) == len(each.footprint.steps)
        assert max(ends) == pytest.approx(start.value * 1e3)
        number = [round(at) for at in errors.y].index(place)
        reach = errors.x[number] + errors.error_x.array[number]
        assert reach == pytest.approx(start.high * 1e3)
    names = [t.name for t in figure.data if t.showlegend]
    assert names == ["create", "start", "until SERVING", "first response"]


def test_memory_is_drawn_from_0_idle_and_at_its_peak() -> None:
    record = runs.run()
    summary = summaries.summary(record)
    figure = draw(record, summary)["memory"].figure
    drawn = figure.data[0]
    expected = [
        estimate.value / MIB
        for each in summary.contenders
        for estimate in (each.footprint.idle_memory, each.footprint.peak_memory)
        if estimate is not None
    ]
    assert list(drawn.x) == pytest.approx(expected)
    assert set(drawn.base) == {0.0}
    assert figure.layout.xaxis.range[0] == 0.0
    assert figure.layout.xaxis.range[1] > max(expected)


def test_a_contender_of_which_one_figure_is_missing_is_drawn_with_the_other() -> None:
    record = runs.run()
    summary = summaries.summary(record)
    first, *rest = summary.contenders
    idle = replace(first, footprint=replace(first.footprint, peak_memory=None, start=None))
    summary = replace(summary, contenders=(idle, *rest))
    drawn = draw(record, summary)
    assert len(drawn["memory"].figure.data[0].x) == 2 * len(summary.contenders) - 1
    named = [text.partition(":")[0] for text in texts(drawn["cold_start"])]
    assert named == [each.name for each in rest]


def test_names_of_contenders_cannot_become_markup_in_the_charts() -> None:
    evil = "<b>x</b>"
    record = runs.run((runs.scenario(contenders=(evil,)),))
    drawn = draw(record)
    for name in ("cold_start", "memory"):
        for trace in drawn[name].figure.data:
            assert evil not in "".join(trace.text or ())
