"""What is shown of a comparison: in words, on a terminal, as Markdown, as a page, as JSON."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import jsonschema
import msgspec
import pytest

from clusterbench.measure.compare_budget import blocks_needed, budget_needed
from clusterbench.model.compare_plan import Arm, SliceLoad
from clusterbench.model.compared import CompareVerdict, NearlyFull
from clusterbench.model.units import RequestsPerSecond
from clusterbench.report import comparison_files, comparison_result, comparison_screen
from clusterbench.report.comparison_words import (
    cautions,
    headline,
    how_measured,
    verdict_sentences,
)
from clusterbench.report.figures.comparison_charts import comparison_charts
from clusterbench.report.render.comparison_markdown import comparison_markdown, marker
from support.reported_comparisons import comparison
from support.repository import ROOT

if TYPE_CHECKING:
    from clusterbench.report.measured_comparison import MeasuredComparison

EVIL = "<script>alert(1)</script>|`*"


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave plotly's five megabytes out: what is tested here is around them."""
    monkeypatch.setattr(
        "clusterbench.report.render.page_template.get_plotlyjs", lambda: "/* plotly.js */"
    )


def said(shown: MeasuredComparison) -> str:
    return " ".join(verdict_sentences(shown))


def nothing_compared() -> MeasuredComparison:
    shown = comparison(blocks=2)
    metrics = tuple(
        replace(each, verdict=CompareVerdict.NOT_COMPARED, ratio=None, baseline=None,
                candidate=None, why="there are no figures of both")
        for each in shown.found.metrics
    )  # fmt: skip
    return replace(shown, found=replace(shown.found, metrics=metrics))


def test_instances_that_the_rate_nearly_fills_are_named_with_the_figures(brief: None) -> None:
    shown = comparison(blocks=2)
    rate, saturated = RequestsPerSecond(1000.0), RequestsPerSecond(1100.0)
    full = NearlyFull(block=1, arm=Arm.CANDIDATE, rate=rate, saturated=saturated)
    shown = replace(shown, found=replace(shown.found, nearly_full=(full,)))
    words = "rust-tonic@change: in 1 of 2 blocks the rate was up to 91% of what it served"
    assert [each[: len(words)] for each in cautions(shown)] == [words]
    files = comparison_files(shown)
    assert words in files["report.html"].decode()
    assert f"Warning: {words}" in files["report.md"].decode()


def test_a_slower_candidate_is_said_to_be_slower_with_its_interval() -> None:
    shown = comparison(cpu=1.06)
    assert re.match(
        r"rust-tonic@change is slower than rust-tonic@main: CPU time per request "
        r"\+\d\.\d% \(\+\d\.\d% to \+\d\.\d%\)\.",
        said(shown),
    )
    assert headline(shown) == "rust-tonic@change is slower than rust-tonic@main"


def test_what_is_better_beside_what_is_worse_is_said_too() -> None:
    assert "But better: response time, p50 -" in said(comparison(cpu=1.06, p50=0.94))


def test_a_faster_candidate_is_said_to_be_faster() -> None:
    assert said(comparison(cpu=0.9, p50=0.9)).startswith(
        "rust-tonic@change is faster than rust-tonic@main: CPU time per request -"
    )


def test_no_difference_names_the_change_that_there_may_be_at_most() -> None:
    shown = comparison()
    ends = [end for each in shown.deciding if each.ratio for end in each.ratio.ends or ()]
    assert len(ends) == 2 * len(shown.deciding)
    said_bound = float(re.findall(r"beyond (\d+\.\d)%", said(shown))[0]) / 100
    assert all(abs(end - 1) <= said_bound for end in ends)


def test_what_is_too_noisy_names_a_budget_that_would_do() -> None:
    assert re.search(
        r"Too noisy to say .* a budget of about \d+ minutes \(\d+ blocks\) would do\.",
        said(comparison(instance=0.1)),
    )


def test_one_block_asks_for_more_of_them() -> None:
    assert "one block has no interval, so more blocks are needed" in said(comparison(blocks=1))


def test_the_blocks_that_are_named_make_the_interval_as_narrow_as_asked() -> None:
    shown = comparison(instance=0.06, blocks=6)
    needed = blocks_needed(shown.plan, shown.deciding[0])
    assert needed is not None
    assert needed > 6
    precise = comparison(instance=0.06, blocks=needed * 2)
    assert precise.found.reached
    assert not comparison(instance=0.06, blocks=max(2, needed // 4)).found.reached


def test_no_budget_is_named_where_the_spread_is_not_known() -> None:
    shown = comparison(blocks=1)
    assert budget_needed(shown.plan, shown.found) is None


def test_failing_and_passing_are_said_where_something_can_fail() -> None:
    assert "It fails: CPU time per request" in said(comparison(cpu=1.1, fail_over=0.05))
    assert "It passes" in said(comparison(cpu=1.1, fail_over=0.5))
    assert "It" not in said(comparison(cpu=1.1)).split()


def test_memory_that_alone_decides_is_no_speed() -> None:
    shown = comparison(metrics=("memory",))
    ratio = replace(shown.deciding[0].ratio, value=1.2, low=1.1, high=1.3)
    worse = replace(shown.deciding[0], verdict=CompareVerdict.SLOWER, ratio=ratio)
    shown = replace(shown, found=replace(shown.found, metrics=(worse,)))
    assert headline(shown) == "rust-tonic@change takes more memory than rust-tonic@main"


def test_what_was_not_compared_says_why_everywhere(brief: None) -> None:
    shown = nothing_compared()
    assert "was not compared with rust-tonic@main: there are no figures of both" in said(shown)
    assert "not compared" in comparison_screen(shown)
    assert comparison_charts(shown) == ()
    assert "not compared" in comparison_files(shown)["report.html"].decode()


def test_how_it_was_measured_counts_disturbed_pairs() -> None:
    assert "3 disturbed pairs measured again" in how_measured(comparison())
    assert "disturbed" not in how_measured(comparison(disturbed=0))


def test_a_precision_is_reached_or_not_or_was_not_asked_for() -> None:
    assert "was reached" in how_measured(comparison())
    assert "was not reached" in how_measured(comparison(instance=0.1))
    assert "precision" not in how_measured(comparison(precision=0.0))


@pytest.mark.parametrize(
    "shown",
    [comparison(cpu=1.06), comparison(), comparison(instance=0.1), comparison(blocks=1),
     nothing_compared()],
)  # fmt: skip
def test_a_terminal_of_80_columns_shows_the_verdict_first_and_all_of_it(
    shown: MeasuredComparison,
) -> None:
    lines = comparison_screen(shown, 80).splitlines()
    assert max(map(len, lines)) <= 80
    assert len(lines) <= 24
    assert " ".join(" ".join(lines).split()).startswith(next(verdict_sentences(shown)))
    assert [each.title for each in shown.found.metrics if each.decides] == [
        line.split("  ")[0] for line in lines if line.startswith(("CPU", "response time"))
    ]


def test_the_screen_says_on_what_and_how_it_was_loaded() -> None:
    text = " ".join(comparison_screen(comparison()).split())
    assert "Predict, open loop, 1,000 requests/s, 8 connections" in text
    assert "Server on CPUs 0, load generator on 1" in text
    assert "Local processes on Made-up 1, 2 cores, 2 CPUs" in text


def test_a_closed_loop_says_how_many_are_in_flight() -> None:
    shown = comparison(load=SliceLoad(concurrency=64))
    text = " ".join(comparison_screen(shown).split())
    assert "closed loop, 64 in flight on 8 connections" in text
    assert "throughput" in text
    assert "(requests/s)" in text


def test_markdown_has_a_marker_a_heading_a_table_and_folded_details() -> None:
    shown = comparison(cpu=1.06)
    text = comparison_markdown(shown)
    assert text.startswith(marker("rust-tonic") + "\n")
    assert "### rust-tonic@change is slower than rust-tonic@main" in text
    assert "| CPU time per request (µs) |" in text
    assert text.index("<details>") < text.index("kernel: 6.1") < text.index("</details>")


def test_the_marker_is_the_same_for_each_commit_and_another_for_each_contender() -> None:
    def marked(baseline: str, candidate: str) -> str:
        names = {Arm.BASELINE: baseline, Arm.CANDIDATE: candidate}
        return comparison_markdown(comparison(blocks=2, names=names)).splitlines()[0]

    assert marked("x@1", "x@2") == marked("x@3", "x@4") != marked("y@1", "y@2")
    assert marked("x@1", "a--b-->c@2").count("--") == 2


def test_names_of_others_are_text_on_the_page_and_in_markdown(brief: None) -> None:
    shown = comparison(cpu=1.06, names={Arm.BASELINE: EVIL, Arm.CANDIDATE: EVIL})
    files = comparison_files(shown)
    assert "<script>alert" not in files["report.html"].decode()
    outside_of_code = "".join(files["report.md"].decode().split("```")[::2])
    assert "<script>" not in outside_of_code.replace("\\<", "")


class _Links(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.outside: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        for name, value in attrs:
            if name in {"src", "href", "data", "action", "srcset", "poster"} and not re.match(
                r"^(#|data:|$)", value or ""
            ):
                self.outside.append(f"{tag} {name}={value}")


def test_the_page_fetches_nothing_and_brings_its_own_plotly() -> None:
    page = comparison_files(comparison(cpu=1.06))["report.html"].decode()
    assert _Links(page).outside == []
    assert "default-src 'none'" in page
    packed = re.search(r'id="plotly">(.*?)</script>', page, re.DOTALL)
    assert packed
    assert b"plotly.js v" in gzip.decompress(base64.b64decode(packed[1]))[:200]


def test_the_page_holds_the_verdict_each_metric_and_each_chart(brief: None) -> None:
    shown = comparison(cpu=1.06)
    page = comparison_files(shown)["report.html"].decode()
    assert "is slower than" in page
    assert all(each.title in page for each in shown.found.metrics)
    ids = re.findall(r'id="plot-(\w+)-data">(.*?)</script>', page, re.DOTALL)
    assert [name for name, _ in ids] == ["comparison_changes", "comparison_slices"]
    assert all(json.loads(data)["data"] for _, data in ids)


def test_the_changes_have_a_dot_per_block_and_an_interval_for_each_metric() -> None:
    shown = comparison(cpu=1.06)
    changes = comparison_charts(shown)[0].figure
    dots = [trace for trace in changes.data if trace.name == "a block"]
    bars = [trace for trace in changes.data if trace.name.startswith("estimate")]
    assert [len(trace.x) for trace in dots] == [8] * len(shown.found.metrics)
    assert all(trace.error_x.visible for trace in bars)
    assert len([each for each in changes.layout.shapes if each.x0 == each.x1 == 0]) == len(bars)


def test_slices_in_time_have_both_arms_and_mark_what_was_disturbed() -> None:
    shown = comparison(disturbed=3)
    figure = comparison_charts(shown)[1].figure
    counts = {trace.name: len(trace.x) for trace in figure.data if trace.showlegend}
    assert counts == {
        "rust-tonic@main": 160,
        "rust-tonic@main, disturbed": 3,
        "rust-tonic@change": 160,
        "rust-tonic@change, disturbed": 3,
    }


def test_json_has_what_was_compared_what_was_found_and_fits_its_schema() -> None:
    result = comparison_result(comparison(cpu=1.1, fail_over=0.05))
    value = msgspec.json.decode(msgspec.json.encode(result))
    schema = json.loads((ROOT / "orchestrator/schema/comparison.schema.json").read_text())
    jsonschema.validate(value, schema)
    assert value["verdict"] == "worse"
    assert value["fails"]
    assert value["found"]["metrics"][0]["ratio"]["rounds"]
    assert msgspec.json.decode(msgspec.json.encode(result), type=type(result)) == result
