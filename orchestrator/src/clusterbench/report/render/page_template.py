"""What every page is made with: templates, plotly, and what they need to show tables and plots."""

from __future__ import annotations

import base64
import gzip
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from clusterbench.report.figures.chart import PLOT_HEIGHT, bare

if TYPE_CHECKING:
    from jinja2 import Template

    from clusterbench.report.figures.chart import Chart

#: Columns of sentences, which may be broken over lines.
_SENTENCES = frozenset({"notes", "value", "what it says", "reason", "rests on"})
#: A table of more columns is set in a smaller type.
_MOST_COLUMNS = 7
#: How many lines of a caption that stand below a plot; the others are folded.
_MOST_LINES = 5


def page_template(name: str) -> Template:
    """Return a page's template. What comes from outside is escaped where it is shown."""
    environment = Environment(
        loader=PackageLoader("clusterbench.report.render"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["live"] = _live
    environment.globals.update(
        sentences=_SENTENCES,
        most_columns=_MOST_COLUMNS,
        most_lines=_MOST_LINES,
        usual_height=PLOT_HEIGHT,
        plotly=_packed(get_plotlyjs()),
    )
    return environment.get_template(name)


@cache
def _packed(code: str) -> str:
    """Return plotly's code as gzip in base64: a third of its five megabytes."""
    return base64.b64encode(gzip.compress(code.encode(), mtime=0)).decode()


def _live(chart: Chart) -> Markup:
    """Return a chart as plotly's JSON, safe within a script element."""
    # Only "<" could end the element early; in JSON it stands in strings alone.
    return Markup(bare(chart).to_json().replace("<", "\\u003c"))  # noqa: S704 - escaped here
