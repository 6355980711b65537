"""report.html: one file that needs no network, with live plots and every figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from clusterbench.report import captions
from clusterbench.report.figures import training_figures as training
from clusterbench.report.figures.layout import bare
from clusterbench.report.figures.palette import styles
from clusterbench.report.sections import Section, describe, sections, slug
from clusterbench.report.tables import cells as rows
from clusterbench.report.tables import claims_table as claims
from clusterbench.report.tables import glance
from clusterbench.report.tables.cells import Table
from clusterbench.report.tables.training_tables import footnotes

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary, TimeSpent
    from clusterbench.report.figures.charts import Chart

_HALF = ("error_rate", "cpu_per_request")


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
    ratios: tuple[Table, ...]
    cells: Table


@dataclass(frozen=True, slots=True, kw_only=True)
class Training:
    """The page's part on training."""

    lead: str
    plots: tuple[Plot, ...]
    tables: tuple[Table, ...]
    notes: tuple[str, ...]


def render(run: RunRecord, summary: Summary, charts: Sequence[Chart]) -> str:
    """Write the page."""
    found = sections(run.experiment, summary)
    environment = Environment(
        loader=PackageLoader("clusterbench.report.render"),
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
        training=_training(run, summary, charts),
        about=rows.contenders(summary),
        spread=rows.spread(summary),
        worker_bars=_worker_bars(summary),
        left_out=captions.left_out(run),
        claims=claims.table(summary.claims),
        claims_note=f"{claims.tally(summary.claims)}. {claims.NOTE}",
        sentences=rows.SENTENCES,
        failures=rows.failures(summary),
        time=rows.time_spent(summary.time),
        time_line=captions.time(summary),
        bar=_bar(summary.time),
        fingerprint=rows.fingerprint(run, summary),
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
        ratios=rows.all_ratios(section, summary),
        cells=rows.cells(section),
    )


def _training(run: RunRecord, summary: Summary, charts: Sequence[Chart]) -> Training | None:
    if summary.training is None:
        return None
    return Training(
        lead=training.lead(run),
        plots=tuple(_plot(chart) for chart in charts if chart.section == training.SECTION),
        tables=training.tables(summary.training),
        notes=footnotes(summary.training),
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


def _worker_bars(summary: Summary) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """Return each contender's shares of calls by worker (%), those of one worker left out."""
    return tuple(
        (contender.name, tuple(round(100 * share.value, 2) for share in contender.worker_shares))
        for contender in summary.contenders
        if contender.worker_shares
    )
