"""report.html: one file that needs no network, with live plots and every figure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from clusterbench.model.numbers import TIMES
from clusterbench.report import captions
from clusterbench.report.answer import answer
from clusterbench.report.chapter import Media
from clusterbench.report.chapters import chapters
from clusterbench.report.figures.chart import PLOT_HEIGHT, bare
from clusterbench.report.figures.palette import styles

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.figures.chart import Chart

#: Columns of sentences, which may be broken over lines.
_SENTENCES = frozenset({"notes", "value", "what it says", "reason", "published", "rests on"})
#: A table of more columns is set in a smaller type.
_MOST_COLUMNS = 7


def render(run: RunRecord, summary: Summary, charts: Sequence[Chart]) -> str:
    """Write the page."""
    environment = Environment(
        loader=PackageLoader("clusterbench.report.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["live"] = _live
    return environment.get_template("report.html.j2").render(
        run=run,
        summary=summary,
        captions=captions,
        answer=answer(run, summary),
        styles=styles(run.experiment),
        chapters=list(chapters(run, summary, Media.PAGE)),
        charts=charts,
        sentences=_SENTENCES,
        most_columns=_MOST_COLUMNS,
        times=TIMES,
        usual_height=PLOT_HEIGHT,
        plotly=Markup(get_plotlyjs()),  # noqa: S704 - plotly's own code, not input
    )


def _live(chart: Chart) -> Markup:
    """Return a chart as plotly's JSON, safe within a script element."""
    # Only "<" could end the element early; in JSON it stands in strings alone.
    return Markup(bare(chart).to_json().replace("<", "\\u003c"))  # noqa: S704 - escaped here
