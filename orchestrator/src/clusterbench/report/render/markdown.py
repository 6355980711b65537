"""report.md: the run's figures as GitHub's Markdown, ready to paste into an issue. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clusterbench.report import captions
from clusterbench.report.figures.sweep_charts import throughput_notes
from clusterbench.report.sections import describe, sections
from clusterbench.report.tables import claims_table, recovery_table, run_tables, training_tables
from clusterbench.report.tables.cell_tables import brief, cells
from clusterbench.report.tables.ratio_tables import ratios

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.sections import Section
    from clusterbench.report.tables.table import Table


def markdown(run: RunRecord, summary: Summary) -> str:
    """Write the whole report as Markdown."""
    parts = [f"# Run {_plain(run.id)}", *_head(run, summary)]
    for section in sections(run.experiment, summary):
        parts += _section(run, summary, section)
    if summary.training is not None:
        parts.append(f"## Training: {_plain(captions.training(run))}")
        parts += map(_titled, training_tables.tables(summary.training))
        parts.append(_bullets(training_tables.footnotes(summary.training)))
    if summary.claims:
        judged = f"{claims_table.tally(summary.claims)}. {claims_table.NOTE}"
        parts += [
            "## Published claims",
            table(claims_table.claims(summary.claims)),
            _plain(judged),
        ]
    if run.experiment.contenders:
        parts += ["## Contenders", table(run_tables.contenders(summary))]
        if (spread := run_tables.spread(summary)).rows:
            parts.append(_titled(spread))
    if failures := run_tables.failures(summary):
        parts += ["## Failures", "\n".join(_failure(what, why) for what, why in failures)]
    if run.experiment.scenarios:
        parts += ["## Where the time went", table(run_tables.time_spent(summary.time))]
    fingerprint = table(run_tables.fingerprint(run, summary))
    parts += ["## Fingerprint", _folded("What the figures depend on", fingerprint)]
    if run.commands:
        parts += ["## To repeat it", _code("\n".join(run.commands))]
    return "\n\n".join(part for part in parts if part) + "\n"


def table(shown: Table) -> str:
    """Return one table, without its title."""
    rule = ["---" if shown.words(i) else "---:" for i in range(len(shown.columns))]
    lines = [[_cell(c) for c in shown.columns], rule]
    lines += [[_cell(str(value)) for value in row] for row in shown.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _head(run: RunRecord, summary: Summary) -> Iterator[str]:
    yield _bullets((
        str(run.plan),
        f"{captions.runtime(run)} on {captions.host(run)}",
        f"profile {summary.profile}, {captions.windows(run)}, {captions.rounds(run)}",
        f"{run.created}, clusterbench {run.clusterbench}",
        ("Figures: point [95% interval]. >= marks a lower bound: the load generator's CPUs "
        "were full, so the server can do this or more."),
    ))  # fmt: skip
    if not summary.complete:
        yield f"> **Incomplete.** {captions.INCOMPLETE}"
    yield from (f"> **Warning.** {_plain(warning)}" for warning in run.warnings)
    yield from (f"> **Left out.** {_plain(line)}" for line in captions.left_out(run))


def _section(run: RunRecord, summary: Summary, section: Section) -> Iterator[str]:
    scenario = section.scenario
    yield f"## {_plain(scenario.name)}: {_plain(describe(scenario))}"
    yield table(brief(section))
    yield from map(_titled, recovery_table.recovery(run.experiment, scenario, summary.recoveries))
    yield _bullets(recovery_table.notes(scenario))
    yield from map(_titled, ratios(section, summary))
    yield _bullets((*throughput_notes(section), *captions.common(run, section)))
    yield _folded("Every figure", table(cells(section)))


def _titled(shown: Table) -> str:
    return f"{_plain(shown.title)}:\n\n{table(shown)}"


def _bullets(lines: Iterable[str]) -> str:
    return "\n".join(f"- {_plain(line)}" for line in lines)


def _failure(what: str, why: str) -> str:
    first, *rest = why.splitlines() or [""]
    return f"- **{_plain(what)}**: {_plain(first)}" + (
        f"\n\n{_code(chr(10).join(rest))}\n" if rest else ""
    )


def _folded(title: str, content: str) -> str:
    return f"<details><summary>{title}</summary>\n\n{content}\n\n</details>"


def _code(text: str) -> str:
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    fence = "`" * max(3, longest + 1)
    return f"{fence}text\n{text}\n{fence}"


def _cell(text: str) -> str:
    return _plain(text).replace("\n", " ")


def _plain(text: str) -> str:
    """Escape what Markdown or HTML would take for its own."""
    return re.sub(r"([\\`*_|<>#~])", r"\\\1", text)
