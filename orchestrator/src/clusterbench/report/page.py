"""report.html: one file that needs no network, with live plots and every figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from clusterbench.report import captions, claims, glance, rows
from clusterbench.report.layout import bare
from clusterbench.report.palette import styles
from clusterbench.report.rows import Table
from clusterbench.report.sections import Section, describe, sections, slug

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.experiment import RunRecord
    from clusterbench.measure.results import Summary, TimeSpent
    from clusterbench.report.plots import Chart

_HALF = ("error_rate", "cpu_per_answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """A chart as the page embeds it: `json` is plotly's, safe within a script element."""

    name: str
    title: str
    caption: tuple[str, ...]
    json: Markup
    facets: int
    half: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A section of the page: its plots, its ratios, its cells."""

    id: str
    name: str
    lead: str
    plots: tuple[Plot, ...]
    ratios: Table
    cells: Table


def render(run: RunRecord, summary: Summary, charts: Sequence[Chart]) -> str:
    """Write the page."""
    found = sections(run.experiment, summary)
    environment = Environment(
        loader=PackageLoader("clusterbench.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("report.html.j2").render(
        run=run,
        summary=summary,
        headline=captions.headline(run),
        windows=captions.windows(run),
        rounds=captions.rounds(run),
        runtime=captions.runtime(run),
        host=captions.host(run),
        incomplete=captions.INCOMPLETE,
        styles=styles(run.experiment.contenders),
        glance=glance.table([s for s in found if not s.scenario.as_published], summary),
        glance_note=glance.NOTE,
        parts=[_part(run, summary, section, charts) for section in found],
        about=rows.contenders(summary),
        claims=claims.table(summary.claims),
        claims_note=f"{claims.tally(summary.claims)}. {claims.NOTE}",
        sentences=rows.SENTENCES,
        failures=rows.failures(summary),
        time=rows.time_spent(summary.time),
        time_line=captions.time(summary),
        bar=_bar(summary.time),
        fingerprint=rows.fingerprint(run),
        plotly=Markup(get_plotlyjs()),  # noqa: S704 - plotly's own code, not input
    )


def _part(run: RunRecord, summary: Summary, section: Section, charts: Sequence[Chart]) -> Part:
    scenario = section.scenario
    return Part(
        id=f"scenario-{slug(scenario.name)}",
        name=scenario.name,
        lead=f"{describe(scenario)}; {captions.windows(run, scenario)}; "
        f"{captions.rounds(run, scenario)}.",
        plots=tuple(_plot(chart) for chart in charts if chart.section == scenario.name),
        ratios=rows.ratios(section, summary),
        cells=rows.cells(section),
    )


def _plot(chart: Chart) -> Plot:
    # Within a script element only "<" could end it early; in JSON it stands in strings alone.
    text = bare(chart).to_json().replace("<", "\\u003c")
    return Plot(
        name=chart.name,
        title=chart.title,
        caption=chart.caption,
        json=Markup(text),  # noqa: S704 - escaped in the line above
        facets=chart.facets,
        half=chart.name.startswith(_HALF),
    )


def _bar(time: TimeSpent) -> tuple[tuple[float, str], ...]:
    parts = ((time.window, "windows"), (time.warm_up, "warm"), (time.other, "other"))
    return tuple(
        (round(seconds / time.wall, 4) if time.wall else 0.0, kind) for seconds, kind in parts
    )
