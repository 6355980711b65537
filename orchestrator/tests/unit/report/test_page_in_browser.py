"""The page in a real Chromium, at the widths of a phone, a tablet and a desk."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.model.claim_result import ClaimFigure, ClaimResult, Verdict
from clusterbench.model.interval import Estimate
from clusterbench.report.figures.charts import charts
from clusterbench.report.render.page import render
from clusterbench.report.render.pictures import find_browser
from support import reported_runs as runs
from support import summaries

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Browser, Page

BROWSER = find_browser()
pytestmark = pytest.mark.skipif(BROWSER is None, reason="no Chrome or Chromium on this host")
WIDTHS = (390, 768, 1280)
RATIO = Estimate(value=16.2, low=15.1, high=17.4, rounds=(15.7, 16.7))
FIGURE = ClaimFigure(run="one", source="sweep", contenders=("a", "b"), ratio=RATIO)
CLAIMS = tuple(
    ClaimResult(
        id=f"lat-rs-sk-{percentile}",
        claim="linfa on tonic answers 26x faster than scikit-learn, at every percentile",
        published="26x",
        verdict=Verdict.IN_PART,
        reason=f"at 64 to 1,024 requests in flight {percentile} is 15.7 to 19.8 times better",
        as_published=FIGURE,
        reference={"current": FIGURE, "2019": FIGURE},
    )
    for percentile in ("p50", "p95", "p99")
)
#: No element may reach out of the page, but for what scrolls by itself.
_OUTSIDE = """() => [...document.querySelectorAll("body *")].filter((each) => {
  const box = each.getBoundingClientRect();
  return box.width > 0 && !each.closest(".scroll, #js-plotly-tester")
    && (box.right > innerWidth + 1 || box.left < -1);
}).map((each) => each.outerHTML.slice(0, 120))"""
#: Words in a cell that are broken to a letter or two a line.
_BROKEN = """() => [...document.querySelectorAll("td, th")].filter((each) =>
  each.offsetWidth > 0 && each.textContent.trim().length > 4 && each.offsetWidth < 40
).map((each) => each.textContent)"""
#: A legend that lies over the plot beside or above it.
_COVERED = """() => [...document.querySelectorAll(".plot")].filter((plot) => {
  const legend = plot.querySelector(".legend")?.getBoundingClientRect();
  const areas = ".plot-container .bglayer rect, .cartesianlayer .plot";
  return legend && [...plot.querySelectorAll(areas)]
    .map((each) => each.getBoundingClientRect())
    .some((area) => area.width > 50 && area.left < legend.right - 2 && legend.left < area.right - 2
      && area.top < legend.bottom - 2 && legend.top < area.bottom - 2);
}).map((plot) => plot.id)"""
#: Labels of an axis that lie over each other.
_CROWDED = """() => [".xaxislayer-above", ".yaxislayer-above"]
  .flatMap((layer) => [...document.querySelectorAll(`.plot ${layer}`)])
  .flatMap((axis) => {
    const boxes = [...axis.querySelectorAll(".xtick text, .ytick text")]
      .map((each) => each.getBoundingClientRect());
    return boxes.some((a, i) => boxes.slice(i + 1).some((b) => a.left < b.right - 1
      && b.left < a.right - 1 && a.top < b.bottom - 1 && b.top < a.bottom - 1))
      ? [axis.closest(".plot").id] : [];
  })"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = runs.run(runs.FULL, warnings=("governor: powersave; set performance",))
    summary = replace(summaries.summary(record), claims=CLAIMS)
    written = tmp_path_factory.mktemp("page") / "report.html"
    written.write_text(render(record, summary, charts(record, summary)), encoding="utf-8")
    return written


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - takes a second

    with sync_playwright() as driver:
        started = driver.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield started
        started.close()


@pytest.fixture
def opened(file: Path, browser: Browser) -> Iterator[Callable[..., Page]]:
    contexts = []

    def load(width: int = 1280, **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, **options)
        contexts.append(context)
        page = context.new_page()
        page.goto(file.as_uri())
        page.wait_for_selector("html[data-drawn]", timeout=60_000)
        return page

    yield load
    for context in contexts:
        context.close()


def unfold(page: Page) -> None:
    page.evaluate("document.querySelectorAll('details').forEach((each) => { each.open = true; })")
    plots = page.locator(".plot")
    for place in range(plots.count()):
        plots.nth(place).locator("svg").first.wait_for(state="attached")


def test_a_page_of_a_run_is_less_than_three_megabytes(file: Path) -> None:
    assert file.stat().st_size < 3_000_000


@pytest.mark.parametrize("width", WIDTHS)
def test_nothing_reaches_out_of_the_page_and_no_word_is_broken_to_letters(
    opened: Callable[..., Page], width: int
) -> None:
    page = opened(width)
    for _ in range(2):
        assert page.evaluate("document.documentElement.scrollWidth") <= width
        assert page.evaluate(_OUTSIDE) == []
        assert page.evaluate(_BROKEN) == []
        unfold(page)


@pytest.mark.parametrize("width", WIDTHS)
def test_no_legend_lies_over_a_plot_and_no_label_over_another(
    opened: Callable[..., Page], width: int
) -> None:
    page = opened(width)
    unfold(page)
    assert page.evaluate(_COVERED) == []
    assert page.evaluate(_CROWDED) == []


def test_the_browser_fetches_nothing_and_reports_no_error(file: Path, browser: Browser) -> None:
    fetched: list[str] = []
    wrong: list[str] = []
    page = browser.new_page()
    page.on("request", lambda request: fetched.append(request.url))
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: wrong.append(said.text) if said.type == "error" else None)
    page.goto(file.as_uri())
    page.wait_for_selector("html[data-drawn]", timeout=60_000)
    page.close()
    assert [url for url in fetched if not url.startswith(("data:", "blob:"))] == [file.as_uri()]
    assert wrong == []


def column(page: Page, table: str, place: int) -> list[float]:
    cells = page.locator(f"{table} tbody tr td:nth-child({place})")
    texts = [cell.split("\n")[0] for cell in cells.all_inner_texts()]
    return [float(text.removeprefix(">=").replace(",", "")) for text in texts]


def test_a_click_on_a_column_sorts_by_its_figures_and_a_second_one_turns_that_over(
    opened: Callable[..., Page],
) -> None:
    page = opened()
    table = "#glance table"
    before = column(page, table, 3)
    head = page.locator(f"{table} th:nth-child(3)")
    head.locator("button").click()
    assert column(page, table, 3) == sorted(before)
    assert head.get_attribute("aria-sort") == "ascending"
    head.locator("button").press("Enter")
    assert column(page, table, 3) == sorted(before, reverse=True)
    assert head.get_attribute("aria-sort") == "descending"


def test_a_table_is_copied_with_a_tab_between_columns_and_intervals_of_their_own(
    opened: Callable[..., Page],
) -> None:
    page = opened(permissions=["clipboard-read", "clipboard-write"])
    page.locator("#glance .copy").first.click()
    page.locator("#glance .copy", has_text="Copied").first.wait_for()
    copied = page.evaluate("navigator.clipboard.readText()")
    heads, *rows = [line.split("\t") for line in copied.split("\n")]
    assert {len(row) for row in rows} == {len(heads)}
    assert heads[0] == "contender"
    assert any(head.endswith(": interval") for head in heads)
    assert len(rows) == page.locator("#glance tbody tr").count()


def test_a_link_into_what_is_folded_opens_it(opened: Callable[..., Page]) -> None:
    page = opened()
    assert not page.locator("#fingerprint table").first.is_visible()
    page.locator("nav a[href='#fingerprint']").click()
    page.locator("#fingerprint table").first.wait_for(state="visible")


def test_a_dark_scheme_has_a_dark_page_and_light_ink_in_its_plots(
    opened: Callable[..., Page],
) -> None:
    def light(colour: str) -> int:
        return sum(int(part) for part in colour.strip("rgb()").split(",")[:3])

    page = opened(color_scheme="dark")
    paper = page.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = page.locator(".plot .xtick text").first.evaluate("(each) => getComputedStyle(each).fill")
    assert light(paper) < 150
    assert light(ink) > 500
