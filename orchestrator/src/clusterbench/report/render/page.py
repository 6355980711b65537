"""report.html: one file that needs no network, with live plots and every figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup
from plotly.offline import get_plotlyjs

from clusterbench.model.numbers import TIMES
from clusterbench.report import captions
from clusterbench.report.figures.chart import Chart
from clusterbench.report.figures.layout import bare
from clusterbench.report.figures.palette import styles
from clusterbench.report.figures.training_charts import SECTION as TRAINING
from clusterbench.report.sections import Section, sections, slug
from clusterbench.report.tables import (
    claims_table,
    glance_table,
    recovery_table,
    run_tables,
    training_tables,
)
from clusterbench.report.tables.cell_tables import cells
from clusterbench.report.tables.ratio_tables import ratios
from clusterbench.report.tables.table import Table

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary, TimeSpent

#: Columns of sentences, which may be broken over lines.
_SENTENCES = frozenset({"notes", "value", "what it says", "reason", "published"})
#: A table of more columns is set in a smaller type.
_MOST_COLUMNS = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSection:
    """A section of the page: charts, tables, notes."""

    id: str
    name: str
    lead: str
    charts: tuple[Chart, ...]
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
    environment.filters["live"] = _live
    parts = [_section(run, summary, section, charts) for section in found]
    return environment.get_template("report.html.j2").render(
        run=run,
        summary=summary,
        captions=captions,
        styles=styles(run.experiment),
        served=bool(found),
        parts=[*parts, *_training(run, summary, charts)],
        glance=glance_table.glance(found, summary),
        glance_note=glance_table.NOTE,
        claims=claims_table.claims(summary.claims),
        claims_note=f"{claims_table.tally(summary.claims)}. {claims_table.NOTE}",
        contenders=run_tables.contenders(summary),
        contenders_note=run_tables.CONTENDERS_NOTE,
        spread=run_tables.spread(summary),
        spread_note=run_tables.SPREAD_NOTE,
        worker_bars=_worker_bars(summary),
        failures=run_tables.failures(summary),
        time=run_tables.time_spent(summary.time),
        bar=_bar(summary.time),
        fingerprint=run_tables.fingerprint(run, summary),
        sentences=_SENTENCES,
        most_columns=_MOST_COLUMNS,
        times=TIMES,
        plotly=Markup(get_plotlyjs()),  # noqa: S704 - plotly's own code, not input
    )


def _section(
    run: RunRecord, summary: Summary, section: Section, charts: Sequence[Chart]
) -> PageSection:
    scenario = section.scenario
    return PageSection(
        id=f"scenario-{slug(scenario.name)}",
        name=scenario.name,
        lead=captions.load(run, scenario),
        charts=tuple(chart for chart in charts if chart.section == scenario.name),
        tables=(
            *recovery_table.recovery(run.experiment, scenario, summary.recoveries),
            *ratios(section, summary),
            cells(section),
        ),
        notes=recovery_table.notes(scenario),
    )


def _training(run: RunRecord, summary: Summary, charts: Sequence[Chart]) -> tuple[PageSection, ...]:
    """Return the section on training, where the run trained."""
    if summary.training is None:
        return ()
    return (
        PageSection(
            id=TRAINING,
            name="Training",
            lead=captions.training(run),
            charts=tuple(chart for chart in charts if chart.section == TRAINING),
            tables=training_tables.tables(summary.training),
            notes=training_tables.footnotes(summary.training),
        ),
    )


def _live(chart: Chart) -> Markup:
    """Return a chart as plotly's JSON, safe within a script element."""
    # Only "<" could end the element early; in JSON it stands in strings alone.
    return Markup(bare(chart).to_json().replace("<", "\\u003c"))  # noqa: S704 - escaped here


def _bar(time: TimeSpent) -> tuple[tuple[float, str], ...]:
    parts = ((time.window, "windows"), (time.warm_up, "warm"), (time.other, "other"))
    return tuple(
        (round(seconds / time.wall, 4) if time.wall else 0.0, kind) for seconds, kind in parts
    )


def _worker_bars(summary: Summary) -> tuple[tuple[str, tuple[float, ...]], ...]:
    """Return each contender's shares of requests by worker (%); those of one worker have none."""
    return tuple(
        (contender.name, tuple(round(100 * share.value, 2) for share in contender.worker_shares))
        for contender in summary.contenders
        if contender.worker_shares
    )
