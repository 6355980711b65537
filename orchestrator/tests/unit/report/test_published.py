"""Published figures beside measured ones, and the claims table, by what they hold."""

# ruff: noqa: RUF001 - the figures are written so

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from markupsafe import escape

from clusterbench.config.claims_file import HOST, read_published
from clusterbench.model.claim_result import ClaimFigure, ClaimResult, Verdict
from clusterbench.model.claims import InForce
from clusterbench.model.contender import Contender
from clusterbench.model.interval import Estimate
from clusterbench.report.captions import headline
from clusterbench.report.figures.charts import charts
from clusterbench.report.render import terminal
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.page import render
from clusterbench.report.render.terminal import plain
from clusterbench.report.tables import claims_table as claims
from support import reported_runs as runs
from support import summaries
from support.charts import draw, lines
from support.repository import ROOT

if TYPE_CHECKING:
    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary

PUBLISHED = read_published(ROOT / "data" / "published" / "summaries.csv")
SWEEP = (64, 128, 256, 512, 1024)
PUBLISHED_METHOD = tuple(f"{name}-as-published" for name in runs.THREE)


def run_of_then() -> RunRecord:
    """A run that measures three servers by the reference method and by the published one."""
    then = replace(
        runs.scenario("then", contenders=PUBLISHED_METHOD, sweep=SWEEP),
        load={"kind": "as-published", "duration": 30.0},
        reference=False,
        rounds=1,
        connections=1,
    )
    record = runs.run((runs.scenario(), runs.saturated(), then), profile="as-published")
    known = {
        name: Contender(name=name, service=published, published=published)
        for name, published in zip(PUBLISHED_METHOD, runs.THREE, strict=True)
    }
    experiment = replace(record.experiment, contenders={**record.experiment.contenders, **known})
    return replace(record, experiment=experiment, claims=InForce(published=PUBLISHED, host=HOST))


def of_then(record: RunRecord) -> Summary:
    """Half the throughput by the published method, twice the latency, an error per request."""
    cells = [
        _changed(cell) if cell.scenario == "then" else cell for cell in summaries.cells(record)
    ]
    return summaries.summary(record, cells)


def _changed(cell: CellSummary) -> CellSummary:
    reference = summaries.cell(
        runs.scenario(), cell.contender.removesuffix("-as-published"), cell.level
    )
    assert reference.throughput is not None

    def times(estimate: Estimate, by: float) -> Estimate:
        return Estimate(value=estimate.value * by, low=None, high=None, rounds=(estimate.value,))

    return replace(
        cell,
        trials=1,
        throughput=times(reference.throughput, 0.5),
        latency={name: times(e, 2.0) for name, e in reference.latency.items()},
        errors={"UNAVAILABLE": cell.level},
        most_errors=cell.level,
        responses=99 * cell.level,
        error_rate=Estimate(value=0.01, low=None, high=None, rounds=(0.01,)),
    )


@pytest.fixture(scope="module")
def drawn() -> dict[str, Any]:
    record = run_of_then()
    return draw(record, of_then(record))


def named(figure: Any, *words: str) -> list[Any]:
    return [t for t in figure.data if t.name and all(word in t.name for word in words)]


def test_a_run_as_published_has_plots_of_its_own_and_others_have_none(
    drawn: dict[str, Any],
) -> None:
    own = {"published-throughput", "published-p95", "method-figures", "method-errors"}
    assert own <= set(drawn)
    assert not own & set(draw(runs.run()))


def test_those_measured_as_published_alone_are_named_by_their_number() -> None:
    assert headline(run_of_then()) == f"{headline(runs.run())}, and 3 by the published method"


def test_the_published_line_stands_behind_what_is_measured_as_published(
    drawn: dict[str, Any],
) -> None:
    lines = named(drawn["throughput-then"].figure, "published, Ryzen 7 1700")
    values = {tuple(line.y) for line in lines if len(line.y) > 1}
    assert values == {
        tuple(s.rps for s in PUBLISHED if s.contender == name and s.concurrency in SWEEP)
        for name in runs.THREE
    }
    assert not named(drawn["throughput"].figure, "Ryzen")


def test_the_legend_names_the_published_line_once(drawn: dict[str, Any]) -> None:
    for name in ("throughput-then", "latencies-then", "published-throughput", "published-p95"):
        shown = [t for t in named(drawn[name].figure, "Ryzen 7 1700") if t.showlegend is not False]
        assert [t.name for t in shown] == ["published, Ryzen 7 1700"], name


def test_the_axis_reaches_what_was_published(drawn: dict[str, Any]) -> None:
    for name in ("throughput-then", "latencies-then", "published-throughput", "published-p95"):
        low, high = drawn[name].figure.layout.yaxis.range
        for line in named(drawn[name].figure, "Ryzen"):
            assert all(low <= math.log10(y) <= high for y in line.y if y is not None), name


def test_published_against_measured_has_three_lines_per_contender(drawn: dict[str, Any]) -> None:
    figure = drawn["published-throughput"].figure
    for name in runs.THREE:
        then, reference = named(figure, f"{name}, published m"), named(figure, f"{name}, reference")
        assert len(named(figure, f"{name}, published, ")) == len(then) == len(reference) == 1
        assert list(then[0].y) == pytest.approx([y / 2 for y in reference[0].y])
        assert list(then[0].x) == list(SWEEP)


def test_the_effect_of_the_method_is_its_figure_over_the_reference(
    drawn: dict[str, Any],
) -> None:
    figure = drawn["method-figures"].figure
    for name in runs.THREE:
        throughput, *latencies = named(figure, name)
        assert list(throughput.y) == pytest.approx([0.5] * 5)
        assert len(latencies) == 3
        for line in latencies:
            assert list(line.y) == pytest.approx([2.0] * 5)


def test_errors_by_the_published_method_stand_below_concurrency_over_requests(
    drawn: dict[str, Any],
) -> None:
    chart = drawn["method-errors"]
    for name in runs.THREE:
        (bound,) = named(chart.figure, name, "concurrency / requests")
        (share,) = named(chart.figure, name, "failed, published")
        assert list(bound.y) == pytest.approx([1.0] * 5)
        assert list(share.y) == pytest.approx([1.0] * 5)
        assert not named(chart.figure, name, "failed, reference")
    assert "no trial has more errors than requests in flight, in 15 trials" in chart.caption[0]
    assert "no errors in about" in chart.caption[0]


def test_errors_that_are_more_than_the_concurrency_are_reported(drawn: dict[str, Any]) -> None:
    record = run_of_then()
    cells = [
        replace(c, most_errors=3 * c.level) if c.scenario == "then" else c
        for c in of_then(record).cells
    ]
    chart = draw(record, summaries.summary(record, cells))["method-errors"]
    assert "up to 3 errors for each request in flight" in chart.caption[0]


def test_what_saturates_servers_does_not_stand_beside_what_is_measured_as_published(
    drawn: dict[str, Any],
) -> None:
    assert named(drawn["throughput"].figure, "grpc-load")
    assert not named(drawn["throughput-then"].figure, "grpc-load")


def test_as_published_is_said_of_the_load_its_length_and_its_one_round(
    drawn: dict[str, Any],
) -> None:
    (load, *_) = drawn["throughput-then"].subtitle
    assert load == (
        "Predict by ghz, 1 connection, closed loop, published method; "
        "30 s each, all of it counted; one round: no intervals"
    )
    assert "errors" in drawn["throughput-then"].figure.layout.yaxis.title.text


def test_the_effect_of_the_method_has_the_references_intervals_and_names_both_loads(
    drawn: dict[str, Any],
) -> None:
    chart = drawn["method-figures"]
    line = next(t for t in chart.figure.data if t.name == "rust-tonic")
    assert line.error_y.visible
    assert all(up > 0 for up in line.error_y.array)
    said = " ".join(chart.caption)
    assert "own summary; 1 connection," in said
    assert "the same levels; 8 connections," in said
    assert "95% intervals of the reference method" in said


def test_grey_is_spoken_of_only_where_it_is_drawn(drawn: dict[str, Any]) -> None:
    for name in ("throughput-then", "latencies-then"):
        assert "Grey: published" in " ".join(drawn[name].caption)
    for name in ("error_rate-then", "throughput"):
        assert "Grey" not in " ".join(drawn[name].caption)


def test_a_rate_that_counts_errors_is_of_requests_in_tables() -> None:
    record = run_of_then()
    said = markdown(record, of_then(record))
    of_answers, of_calls = said.split("## then:")
    assert "| responses/s |" in of_answers
    assert "| requests/s |" not in of_answers
    assert "| requests/s |" in of_calls
    assert "| responses/s |" not in of_calls


def test_a_contender_as_published_has_its_contenders_colour(drawn: dict[str, Any]) -> None:
    reference = {t.name: t.line.color for t in lines(drawn["throughput"])}
    then = {t.name: t.line.color for t in lines(drawn["throughput-then"])}
    assert {name.removesuffix("-as-published"): c for name, c in then.items()} == {
        name: reference[name] for name in runs.THREE
    }


def test_without_a_reference_sweep_there_is_nothing_to_compare_the_method_with() -> None:
    record = run_of_then()
    scenarios = {"then": record.experiment.scenarios["then"]}
    alone = replace(record, experiment=replace(record.experiment, scenarios=scenarios))
    cells = [c for c in of_then(record).cells if c.scenario == "then"]
    found = {c.name for c in charts(alone, summaries.summary(alone, cells))}
    assert "method-figures" not in found
    assert "published-throughput" in found


# ------------------------------------------------------------------------------------- claims

RATIO = Estimate(value=25.4, low=24.1, high=26.8, rounds=(25.0, 25.8))
RESULTS = (
    ClaimResult(
        id="thr-rs-sk",
        claim="linfa on tonic <b>25x</b>",
        published="25x",
        verdict=Verdict.ARTEFACT,
        reason="at 64 requests in flight it is 15.9×",
        as_published=ClaimFigure(
            run="one",
            source="then",
            contenders=("a", "b"),
            ratio=Estimate(value=16.2, low=None, high=None, rounds=(16.2,)),
        ),
        reference={
            "current": ClaimFigure(
                run="one", source="sweep", contenders=("a", "b"), ratio=RATIO, bound=">="
            )
        },
    ),
    ClaimResult(
        id="err-rs",
        claim="fewest errors",
        published="lowest",
        verdict=Verdict.NOT,
        reason="none of 5 calls failed",
        reference={
            "2019": ClaimFigure(
                run="one", source="sweep", contenders=("a", "b"), shares={"a": 0.001, "b": 0.25}
            )
        },
    ),
    ClaimResult(
        id="train",
        claim="trains faster",
        published="11x: 395 ms against 4,338 ms",
        verdict=Verdict.NOT_MEASURED,
        reason="`./lab train` would",
    ),
)


def test_each_claim_is_a_row_of_both_ways_both_editions_verdict_and_reason() -> None:
    rows = [[str(value) for value in row] for row in claims.claims(RESULTS).rows]
    assert rows[0][2:] == [
        "25x", "16.2×", ">= 25.4× [24.1, 26.8]", "n/a", "artefact of the method",
        "at 64 requests in flight it is 15.9×",
    ]  # fmt: skip
    assert rows[1][3:7] == ["n/a", "n/a", "0.1% against 25%", "does not hold"]
    assert [row[0] for row in rows] == ["thr-rs-sk", "err-rs", "train"]


def test_what_the_servers_of_2019_gave_as_published_is_marked() -> None:
    then = RESULTS[0].as_published
    assert then is not None
    changed = replace(RESULTS[0], as_published=replace(then, edition="2019"))
    assert str(claims.claims([changed]).rows[0][3]) == "16.2× (2019)"


def test_a_ratio_that_says_nothing_of_the_servers_is_unknown() -> None:
    figure = replace(RESULTS[0].reference["current"], bound="unknown")
    changed = replace(RESULTS[0], reference={"current": figure})
    assert "unknown (measured 25.4×)" in str(claims.claims([changed]).rows[0][4])


def test_verdicts_are_counted() -> None:
    assert claims.tally(RESULTS) == "1 artefact of the method, 1 does not hold, 1 not measured"


def test_every_report_shows_every_claim() -> None:
    record = runs.run()
    summary = replace(summaries.summary(record), claims=RESULTS)
    page = render(record, summary, ())
    text = markdown(record, summary)
    for result in RESULTS:
        assert result.id in text
        assert result.verdict.value in text
        assert str(escape(result.claim)) in page
        assert result.verdict.value in page
    assert "<b>25x</b>" not in page
    assert 'id="claims"' in page


def test_the_end_of_a_run_shows_the_claims_that_it_measured_and_counts_the_others() -> None:
    record = runs.run()
    text = plain(record, replace(summaries.summary(record), claims=RESULTS), 150)
    for result in RESULTS[:2]:
        assert result.reason in text
        assert result.verdict.value in text
    assert RESULTS[2].reason not in text
    assert "1 more claim: not decided here" in text


def test_a_report_without_claims_has_no_place_for_them() -> None:
    record = runs.run()
    summary = summaries.summary(record)
    page = render(record, summary, ())
    assert 'id="claims"' not in page
    assert "Published claims" not in markdown(record, summary)
    assert "published claims" not in plain(record, summary, 150)


def test_a_terminal_is_spared_claims_of_which_none_was_measured() -> None:
    record = runs.run()
    summary = replace(summaries.summary(record), claims=RESULTS[2:])
    assert "published claims" not in plain(record, summary, 150)


@pytest.mark.parametrize("width", [80, 120, 170])
def test_the_terminals_table_keeps_to_its_width(width: int) -> None:
    text = terminal.claims(RESULTS, width)
    assert max(len(line) for line in text.splitlines()) <= width
    for word in (">=", "25.4×", "thr-rs-sk", "artefact"):
        assert word in text
