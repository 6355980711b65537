"""The page in a real Chromium, at the widths of a phone, a tablet and a desk."""

from __future__ import annotations

import itertools
import re
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
from support.colour_vision import contrast
from support.within_runs import within_run

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
#: Whether two boxes lie over each other, by more than a pixel.
_OVER = """const over = (a, b) => a.left < b.right - 1 && b.left < a.right - 1
  && a.top < b.bottom - 1 && b.top < a.bottom - 1;"""
#: Labels of an axis that lie over each other.
_CROWDED = (
    f"() => {{ {_OVER}"
    """ return [".xaxislayer-above", ".yaxislayer-above"]
  .flatMap((layer) => [...document.querySelectorAll(`.plot ${layer}`)])
  .flatMap((axis) => {
    const boxes = [...axis.querySelectorAll(".xtick text, .ytick text")]
      .map((each) => each.getBoundingClientRect());
    return boxes.some((a, i) => boxes.slice(i + 1).some((b) => over(a, b)))
      ? [axis.closest(".plot").id] : [];
  }); }"""
)

#: Labels of an axis that lie over its title.
_UNTITLED = (
    f"() => {{ {_OVER}"
    """ return [...document.querySelectorAll(".plot")].filter((plot) => {
  const boxes = (what) => [...plot.querySelectorAll(what)]
    .map((each) => each.getBoundingClientRect());
  const titles = boxes('[class^="g-x"] text, [class^="g-y"] text');
  return boxes(".xtick text, .ytick text").some((a) => titles.some((b) => over(a, b)));
}).map((plot) => plot.id); }"""
)
#: A legend that is only seen once its plot is scrolled.
_OUT_OF_SIGHT = """() => [...document.querySelectorAll(".scroll > .plot")].filter((plot) => {
  const end = plot.parentElement.getBoundingClientRect().right + 1;
  return [...plot.querySelectorAll(".legendtext")]
    .some((each) => each.getBoundingClientRect().right > end);
}).map((plot) => plot.id)"""


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    record = runs.run(runs.FULL, warnings=("governor: powersave; set performance",))
    summary = replace(summaries.summary(record), claims=CLAIMS)
    written = tmp_path_factory.mktemp("page") / "report.html"
    drawn = charts(record, summary, within_run(record, summary))
    written.write_text(render(record, summary, drawn), encoding="utf-8")
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
def test_no_legend_lies_over_a_plot_or_out_of_sight_and_no_label_over_another(
    opened: Callable[..., Page], width: int
) -> None:
    page = opened(width)
    unfold(page)
    assert page.evaluate(_COVERED) == []
    assert page.evaluate(_CROWDED) == []
    assert page.evaluate(_UNTITLED) == []
    assert page.evaluate(_OUT_OF_SIGHT) == []


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


# ------------------------------------------------------- light, dark and print

#: The colours of each line and each mark as they are drawn: of its outline, and of its area.
_DRAWN = """() => [...new Set(
  [...document.querySelectorAll(".plot path.js-line, .plot path.point, .plot .point > path")]
    .filter((each) => each.getBoundingClientRect().width + each.getBoundingClientRect().height > 0)
    .map((each) => getComputedStyle(each))
    .map((style) => [parseFloat(style.strokeWidth) > 0 ? style.stroke : "", style.fill])
    .map((both) => both.filter((colour) => colour.startsWith("rgb(")).join(";"))
    .filter((both) => both))]"""
PAPERS = {"light": "#FFFFFF", "dark": "#15181C"}


def as_hex(colour: str) -> str:
    parts = [int(part) for part in colour.removeprefix("rgb(").rstrip(")").split(",")]
    return "#" + "".join(f"{part:02X}" for part in parts)


@pytest.mark.parametrize("scheme", PAPERS)
def test_what_is_drawn_stands_out_from_the_page_in_both_schemes(
    opened: Callable[..., Page], scheme: str
) -> None:
    page = opened(color_scheme=scheme)
    unfold(page)
    paper = as_hex(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert paper == PAPERS[scheme]
    shapes = [[as_hex(each) for each in both.split(";")] for both in page.evaluate(_DRAWN)]
    assert len(shapes) > 3
    assert [each for each in shapes if max(contrast(c, paper) for c in each) < 2.995] == []


#: What is wider than what is around it, or reaches out of the paper.
_CUT = """() => [...document.querySelectorAll("table, .plot, pre, p")].filter((each) => {
  const box = each.getBoundingClientRect();
  return box.width > 0 && !each.classList.contains("hidden") && box.right > innerWidth + 1;
}).map((each) => each.outerHTML.slice(0, 120))"""


def test_a_print_of_a_dark_page_is_light_shows_what_is_folded_and_cuts_nothing_off(
    opened: Callable[..., Page],
) -> None:
    # As wide as A4 across without its margins, at 96 px per inch.
    page = opened(1040, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
    ink = page.locator(".plot .xtick text").first.evaluate("(each) => getComputedStyle(each).fill")
    assert contrast(as_hex(ink), "#FFFFFF") > 7
    assert page.locator("details:not([open])").count() == 0
    plots = page.locator(".plot")
    assert plots.count() == page.locator(".plot:has(svg)").count()
    assert page.evaluate(_CUT) == []
    assert page.evaluate(_COVERED) == []
    assert not page.locator("nav").is_visible()
    assert not page.locator(".skip").is_visible()
    # A header that holds buttons is not repeated on the next sheet.
    boxes = "[...document.querySelectorAll('thead button')].filter((each) => each.offsetWidth)"
    assert page.evaluate(f"{boxes}.length") == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() > 0


# -------------------------------------------------------- keyboard and screen reader

#: What has the focus, and whether that can be seen.
_FOCUSED = """() => {
  const at = document.activeElement;
  if (at === document.body) return null;
  const style = getComputedStyle(at);
  const box = at.getBoundingClientRect();
  at.dataset.reached = "yes";
  return {
    what: at.outerHTML.slice(0, 100), outlined: style.outlineStyle !== "none"
      && parseFloat(style.outlineWidth) >= 1.5, seen: box.width > 1 && box.bottom > 0,
  };
}"""
_CONTROLS = """() => [...document.querySelectorAll("a[href], button, summary, [tabindex='0']")]
  .filter((each) => each.offsetWidth > 0 && !each.closest(".modebar") && !each.dataset.reached)
  .map((each) => each.outerHTML.slice(0, 100))"""


def test_every_control_is_reached_by_the_keyboard_and_shows_that_it_is(
    opened: Callable[..., Page],
) -> None:
    page = opened()
    page.emulate_media(reduced_motion="reduce")
    unfold(page)
    unseen = []
    for _ in range(2000):
        page.keyboard.press("Tab")
        at = page.evaluate(_FOCUSED)
        if at is None:
            break
        if not (at["outlined"] and at["seen"]):
            unseen.append(at["what"])
    assert unseen == []
    assert page.evaluate(_CONTROLS) == []


def test_the_first_key_offers_to_skip_to_the_figures(opened: Callable[..., Page]) -> None:
    page = opened()
    page.keyboard.press("Tab")
    assert page.locator(".skip").evaluate("(each) => each === document.activeElement")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_folded_chapter_opens_by_the_keyboard(opened: Callable[..., Page]) -> None:
    page = opened()
    page.locator("#within summary").first.focus()
    page.keyboard.press("Enter")
    page.locator("#within .plot svg").first.wait_for(state="visible")


def test_headings_are_in_order_below_one_of_the_first_level(opened: Callable[..., Page]) -> None:
    page = opened()
    found = page.evaluate(
        "[...document.querySelectorAll('h1, h2, h3, h4, h5, h6')].map((each) => +each.tagName[1])"
    )
    assert found[0] == 1
    assert found.count(1) == 1
    assert all(after <= before + 1 for before, after in itertools.pairwise(found))


def test_the_page_has_its_language_and_its_landmarks(opened: Callable[..., Page]) -> None:
    page = opened()
    assert page.evaluate("document.documentElement.lang") == "en"
    for landmark in ("banner", "navigation", "main"):
        assert page.get_by_role(landmark).count() == 1
    assert page.get_by_role("navigation").get_attribute("aria-label") == "Contents"


def test_every_table_has_a_header_for_each_column_and_each_row(
    opened: Callable[..., Page],
) -> None:
    page = opened()
    scopes = page.evaluate("""[...document.querySelectorAll("th")].map((each) =>
      [each.closest("thead") ? "col" : "row", each.scope])""")
    assert scopes
    assert [each for each in scopes if each[0] != each[1]] == []
    rows, headed = "tbody tr", "tbody tr:has(> th[scope='row']:first-child)"
    assert page.locator(rows).count() == page.locator(headed).count() > 0


def test_every_plot_says_in_words_what_it_shows_with_its_figures(
    opened: Callable[..., Page],
) -> None:
    page = opened()
    told = page.evaluate("""[...document.querySelectorAll(".plot")].map((each) => [
      each.id, each.getAttribute("role"), each.getAttribute("aria-label"),
      document.getElementById(each.getAttribute("aria-describedby"))?.textContent ?? "",
    ])""")
    for name, role, label, words in told:
        assert role == "img"
        assert label
        assert re.search(r"\d", words), name
        assert any(contender in words for contender in runs.THREE), name


def test_each_copy_button_says_of_which_table_it_is(opened: Callable[..., Page]) -> None:
    page = opened()
    labels = page.evaluate(
        "[...document.querySelectorAll('.copy')].map((each) => each.getAttribute('aria-label'))"
    )
    assert labels
    assert all(re.fullmatch("Copy as TSV: .+", label) for label in labels)
