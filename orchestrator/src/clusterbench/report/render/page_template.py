"""What every page is made with: templates, plotly, and what they need to show tables and plots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from clusterbench.report.figures.chart import PLOT_HEIGHT, bare

if TYPE_CHECKING:
    from jinja2 import Template

    from clusterbench.report.figures.chart import Chart

#: Columns of sentences, which may be broken over lines.
_SENTENCES = frozenset({"notes", "value", "what it says", "reason", "published", "rests on"})
#: A table of more columns is set in a smaller type.
_MOST_COLUMNS = 7


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
        usual_height=PLOT_HEIGHT,
        plotly=Markup(get_plotlyjs()),  # noqa: S704 - plotly's own code, not input
    )
    return environment.get_template(name)


def _live(chart: Chart) -> Markup:
    """Return a chart as plotly's JSON, safe within a script element."""
    # Only "<" could end the element early; in JSON it stands in strings alone.
    return Markup(bare(chart).to_json().replace("<", "\\u003c"))  # noqa: S704 - escaped here
