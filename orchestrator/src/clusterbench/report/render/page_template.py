"""What every page is made with: templates, plotly, and what they need to show tables and plots."""

from __future__ import annotations

import base64
import gzip
import json
import re
from functools import cache
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from clusterbench.report.figures.alternative_text import in_words
from clusterbench.report.figures.chart import PLOT_HEIGHT, bare
from clusterbench.report.figures.palette import on_dark

if TYPE_CHECKING:
    from collections.abc import Sequence

    from jinja2 import Template

    from clusterbench.report.figures.chart import Chart

#: Columns of sentences, which may be broken over lines.
_SENTENCES = frozenset({"notes", "value", "what it says", "reason", "rests on"})
#: A table of more columns is set in a smaller type.
_MOST_COLUMNS = 7
#: How many lines of a caption that stand below a plot; the others are folded.
_MOST_LINES = 5
_COLOUR = re.compile(r"#[0-9A-Fa-f]{6}\b")


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
    environment.filters["in_words"] = in_words
    environment.filters["on_dark"] = on_dark
    environment.filters["dark_colours"] = _dark_colours
    environment.globals.update(
        sentences=_SENTENCES,
        most_columns=_MOST_COLUMNS,
        most_lines=_MOST_LINES,
        usual_height=PLOT_HEIGHT,
        plotly=_packed(get_plotlyjs()),
    )
    return environment.get_template(name)


def _dark_colours(charts: Sequence[Chart]) -> str:
    """Return what colours of charts are in the dark scheme, as JSON, without those that stay."""
    used = {each for chart in charts for each in _COLOUR.findall(bare(chart).to_json())}
    return json.dumps({each: on_dark(each) for each in sorted(used) if on_dark(each) != each})


@cache
def _packed(code: str) -> str:
    """Return plotly's code as gzip in base64: a third of its five megabytes."""
    return base64.b64encode(gzip.compress(code.encode(), mtime=0)).decode()


def _live(chart: Chart) -> Markup:
    """Return a chart as plotly's JSON, safe within a script element."""
    # Only "<" could end the element early; in JSON it stands in strings alone.
    return Markup(bare(chart).to_json().replace("<", "\\u003c"))  # noqa: S704 - escaped here
