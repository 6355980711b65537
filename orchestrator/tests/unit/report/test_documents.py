"""report.html, report.md and the terminal's tables, as documents."""

from __future__ import annotations

import base64
import gzip
import json
import re
from dataclasses import replace
from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest

from clusterbench.model.numbers import interval, point
from clusterbench.model.units import Seconds
from clusterbench.report.figures.charts import charts
from clusterbench.report.render.markdown import markdown
from clusterbench.report.render.page import render
from clusterbench.report.render.terminal import plain
from support import reported_runs as runs
from support import summaries
from support.charts import drawn

if TYPE_CHECKING:
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary

EVIL = "<script>alert(1)</script>|`*"


class Parsed(HTMLParser):
    """A page's elements with their attributes, its styles, its scripts, its text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inside: list[tuple[str, str]] = []
        self._open = ""
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._open = tag

    def handle_endtag(self, tag: str) -> None:
        self._open = ""

    def handle_data(self, data: str) -> None:
        self.inside.append((self._open, data))

    @property
    def text(self) -> str:
        return " ".join(data for tag, data in self.inside if tag not in {"script", "style"})


def write(record: RunRecord, summary: Summary | None = None) -> str:
    summary = summaries.summary(record) if summary is None else summary
    return render(record, summary, drawn(record, summary))


@pytest.fixture(scope="module")
def standard() -> Parsed:
    return Parsed(write(runs.run(warnings=("governor: powersave; set performance",))))


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    """Leave plotly's five megabytes out: what is tested here is around them."""
    monkeypatch.setattr(
        "clusterbench.report.render.page_template.get_plotlyjs", lambda: "/* plotly.js */"
    )


def test_the_page_brings_its_own_plotly(standard: Parsed) -> None:
    scripts = [data for tag, data in standard.inside if tag == "script"]
    packed = max(scripts, key=len)
    assert b"plotly.js v" in gzip.decompress(base64.b64decode(packed))[:200]


def test_the_page_refers_to_nothing_outside_itself(standard: Parsed) -> None:
    for tag, attributes in standard.tags:
        for name in ("src", "href", "data", "action", "srcset", "poster"):
            value = attributes.get(name) or ""
            assert re.match(r"^(#|data:|$)", value), f"{tag} {name}={value}"
    styles = " ".join(data for tag, data in standard.inside if tag == "style")
    assert "url(" not in styles
    assert "@import" not in styles


def test_the_page_forbids_the_browser_any_network(standard: Parsed) -> None:
    policy = next(
        a["content"] for tag, a in standard.tags
        if tag == "meta" and a.get("http-equiv") == "Content-Security-Policy"
    )  # fmt: skip
    assert policy is not None
    assert policy.startswith("default-src 'none';")
    assert "http" not in policy
    assert "*" not in policy


def test_no_button_of_a_plot_sends_it_anywhere(standard: Parsed) -> None:
    own = [data for tag, data in standard.inside if tag == "script"][-1]
    buttons = re.search(r"modeBarButtons: \[\[(.*?)\]\]", own)
    assert buttons is not None
    assert set(re.findall(r'"(\w+)"', buttons[1])) == {
        "toImage", "zoom2d", "pan2d", "resetScale2d",
    }  # fmt: skip
    assert "displaylogo: false" in own


def test_the_page_holds_every_plot_as_live_data(standard: Parsed) -> None:
    places = {a["id"] for tag, a in standard.tags if "plot" in (a.get("class") or "").split()}
    record = runs.run()
    drawn = charts(record, summaries.summary(record))
    assert places == {f"plot-{chart.name}" for chart in drawn}
    data = {a["id"] for tag, a in standard.tags if a.get("type") == "application/json"}
    assert data == {f"{place}-data" for place in places}


def test_the_page_holds_every_cell_in_a_table(standard: Parsed) -> None:
    record = runs.run()
    rows = sum(1 for tag, _ in standard.tags if tag == "tr")
    assert rows > len(summaries.cells(record))
    for cell in summaries.cells(record):
        assert cell.throughput is not None
        for shown in (">= " * cell.lower_bound, "", f"{cell.level:,}"):
            assert shown in standard.text
    for column in ("p50 (ms)", "p99.9 (ms)", "max (ms)", "generator CPU", "CPU/request (µs)"):
        assert column in standard.text


def test_the_page_says_what_the_figures_depend_on_and_how_to_repeat_them(standard: Parsed) -> None:
    record = runs.run()
    for said in (str(record.plan), "AMD EPYC 7B13", "6.1.0-18-amd64", "ab" * 32, *record.commands):
        assert said in standard.text
    assert "governor: powersave" in standard.text
    assert "9 min 58 s" in standard.text


def evil_run() -> tuple[RunRecord, Summary]:
    record = runs.run((runs.scenario(EVIL, contenders=(EVIL, "rust-tonic")),), warnings=(EVIL,))
    record = replace(record, commands=(EVIL,))
    cells = [summaries.failed(c, EVIL) if c.level == 64 else c for c in summaries.cells(record)]
    return record, summaries.summary(record, cells)


@pytest.mark.usefixtures("brief")
def test_no_name_or_reason_becomes_markup_in_the_page() -> None:
    record, summary = evil_run()
    benign = runs.run((runs.scenario("x", contenders=("y", "rust-tonic")),), warnings=("z",))
    cells = [summaries.failed(c, "x") if c.level == 64 else c for c in summaries.cells(benign)]
    scripts = [
        sum(1 for tag, _ in Parsed(html).tags if tag == "script")
        for html in (write(record, summary), write(benign, summaries.summary(benign, cells)))
    ]
    assert scripts[0] == scripts[1]
    assert EVIL in Parsed(write(record, summary)).text


@pytest.mark.usefixtures("brief")
def test_the_plots_data_can_be_read_whatever_the_names() -> None:
    record, summary = evil_run()
    html = write(record, summary)
    blocks = re.findall(
        r'<script type="application/json" id="[^"]+">(.*?)</script>', html, re.DOTALL
    )
    assert len(blocks) == len(charts(record, summary))
    assert all(json.loads(block)["data"] for block in blocks)


def test_no_name_or_reason_becomes_markup_in_the_text() -> None:
    text = markdown(*evil_run())
    outside = re.sub(r"(`{3,})text\n.*?\n\1", "", text, flags=re.DOTALL)
    assert "<script" not in outside.replace("\\<", "")


def test_each_table_of_the_text_is_rectangular() -> None:
    for block in re.findall(r"(?:^\|.*\|$\n?)+", markdown(*evil_run()), re.MULTILINE):
        widths = {len(re.findall(r"(?<!\\)\|", line)) for line in block.strip().splitlines()}
        assert len(widths) == 1


def test_the_text_has_the_same_figures_as_the_page(standard: Parsed) -> None:
    text = markdown(runs.run(), summaries.summary(runs.run()))
    tables = [line for line in text.splitlines() if line.startswith("| rust-tonic")]
    numbers = set(re.findall(r"\d[\d,.]*", " ".join(tables)))
    assert numbers
    assert all(number in standard.text for number in numbers)


def test_commands_that_hold_a_fence_stay_inside_theirs() -> None:
    record = replace(runs.run(), commands=("```\nevil",))
    assert "````text" in markdown(record, summaries.summary(record))


def test_a_reason_that_many_cells_share_is_said_once() -> None:
    record = runs.run()
    cells = [summaries.failed(c, "no health") if c.contender == "rust-tonic" else c
             for c in summaries.cells(record)]  # fmt: skip
    text = markdown(record, summaries.summary(record, cells))
    assert text.count("no health") == 1
    assert "predict 64, predict 128" in text


@pytest.mark.usefixtures("brief")
def test_an_incomplete_run_says_so_everywhere() -> None:
    record = runs.run()
    summary = replace(summaries.summary(record), complete=False)
    assert "Incomplete" in markdown(record, summary)
    assert "Incomplete" in Parsed(write(record, summary)).text
    assert "incomplete" in plain(record, summary, 120)


@pytest.mark.usefixtures("brief")
def test_a_throttled_run_says_so_everywhere() -> None:
    record = runs.run()
    cells = summaries.throttled(record)
    summary = summaries.summary(record, cells)
    page, text = Parsed(write(record, summary)).text, markdown(record, summary)
    for written in (page, text, plain(record, summary, 150)):
        assert f"held back a side in {len(cells)} of {len(cells)} cells" in written
        # A terminal breaks the line before the last word.
        assert written.count("throttled by a CPU") >= len(cells)


def test_the_terminal_shows_each_level_and_each_ratio() -> None:
    record = runs.run()
    shown = plain(record, summaries.summary(record), 150)
    assert max(map(len, shown.splitlines())) <= 150
    for said in (
        "grpc-load 8\N{MULTIPLICATION SIGN}100",
        "1,024",
        ">=",
        "rust-tonic /",
        str(record.plan),
    ):
        assert said in shown


@pytest.mark.parametrize("width", [80, 100, 120, 150])
def test_the_terminal_shows_each_throughput_whole_at_any_width(width: int) -> None:
    record = runs.run(runs.FULL)
    summary = summaries.summary(record)
    shown = plain(record, summary, width)
    assert max(map(len, shown.splitlines())) <= width
    for cell in summary.cells:
        assert point(cell.throughput) in shown
        assert interval(cell.throughput) in shown
        assert cell.contender in shown


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("scenarios", [runs.STANDARD, runs.FULL, (runs.saturated(),), ()])
@pytest.mark.parametrize("rounds", [1, 3])
@pytest.mark.parametrize("state", ["measured", "failed", "absent"])
def test_every_kind_of_run_can_be_written(
    scenarios: tuple[object, ...], rounds: int, state: str
) -> None:
    record = runs.run(scenarios, rounds=rounds)  # type: ignore[arg-type]
    cells = {
        "measured": summaries.cells(record),
        "failed": tuple(summaries.failed(c) for c in summaries.cells(record)),
        "absent": (),
    }[state]
    summary = summaries.summary(record, cells)
    assert record.id in Parsed(write(record, summary)).text
    assert markdown(record, summary).startswith("# Run")
    assert str(record.plan)[:20] in plain(record, summary, 80)


@pytest.mark.usefixtures("brief")
def test_a_run_that_took_no_time_can_be_written() -> None:
    record = runs.run()
    none = Seconds(0.0)
    zero = replace(summaries.summary(record).time, wall=none, window=none, warm_up=none, other=none)
    summary = replace(summaries.summary(record), time=replace(zero, steps={}))
    assert "Where the time went" in markdown(record, summary)
    assert "Where the time went" in Parsed(write(record, summary)).text


def ratio_tables(text: str) -> dict[str, str]:
    """Return the head of each table of ratios by its title."""
    found = re.findall(r"^(.*), paired by round:\n\n(\|.*\|)$", text, re.MULTILINE)
    return dict(found)


def test_ratios_of_several_workers_stand_apart_from_those_of_one_process() -> None:
    record = runs.run(runs.SEVERAL)
    heads = ratio_tables(markdown(record, summaries.summary(record)))
    one, gain, several = heads.values()
    assert next(iter(heads)) == "Ratios of throughput"
    assert "per-core" not in one
    assert "rust-tonic / sklearn-grpc " in one
    assert "sklearn-grpc-per-core / sklearn-grpc " in gain
    assert "rust-tonic-per-core / sklearn-grpc-per-core " in several
    for head in (gain, several):
        assert all("per-core /" in column for column in head.strip("| ").split(" | ")[1:])


def test_a_run_of_single_processes_has_one_table_of_ratios() -> None:
    record = runs.run()
    assert list(ratio_tables(markdown(record, summaries.summary(record)))) == [
        "Ratios of throughput"
    ]


@pytest.mark.usefixtures("brief")
def test_the_gain_of_workers_and_their_spread_are_shown_everywhere() -> None:
    record = runs.run(runs.SEVERAL)
    summary = summaries.summary(record)
    gain = next(c.per_worker for c in summary.comparisons if c.per_worker is not None)
    uneven = next(c.unevenness for c in summary.contenders if c.unevenness is not None)
    page = Parsed(write(record, summary)).text
    for shown in (markdown(record, summary), plain(record, summary, 150), page):
        assert f"{point(gain)}\N{MULTIPLICATION SIGN} per worker" in shown
        assert f"{point(uneven)}\N{MULTIPLICATION SIGN}" in shown
        assert "28% 26% 24% 22%" in shown


@pytest.mark.usefixtures("brief")
def test_whoever_was_left_out_is_named_with_the_reason_everywhere() -> None:
    record = replace(runs.run(), left_out={"a": "one core", "b": "one core", "h2load": "missing"})
    summary = summaries.summary(record)
    page = Parsed(write(record, summary)).text
    for shown in (markdown(record, summary), plain(record, summary, 120), page):
        assert "a and b: one core" in shown
        assert "h2load: missing" in shown


@pytest.mark.parametrize("width", [80, 120, 150])
def test_the_terminal_keeps_its_width_with_several_workers(width: int) -> None:
    record = runs.run(runs.SEVERAL)
    assert max(map(len, plain(record, summaries.summary(record), width).splitlines())) <= width


@pytest.mark.usefixtures("brief")
def test_the_page_and_the_text_have_their_chapters_in_one_order() -> None:
    record = runs.run(runs.FULL)
    summary = summaries.summary(record)
    on_page = re.findall(r"<h2>(.*?)</h2>", write(record, summary))
    in_text = re.findall(r"^## ([^:\n]*)", markdown(record, summary), re.MULTILINE)
    assert [name for name in on_page if name in in_text] == in_text


@pytest.mark.usefixtures("brief")
def test_a_table_without_rows_is_left_out_everywhere() -> None:
    record = runs.run()
    summary = summaries.summary(record, ())
    for shown in (markdown(record, summary), Parsed(write(record, summary)).text):
        assert "Every cell" not in shown
        assert "p99 (ms)" not in shown
        assert "predict" in shown
    assert "p99 (ms)" not in plain(record, summary, 150)
