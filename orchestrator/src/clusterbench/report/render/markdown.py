"""report.md: the run's figures as GitHub's Markdown, ready to paste into an issue. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clusterbench.report import captions
from clusterbench.report.figures import training_figures as training
from clusterbench.report.sections import describe, sections
from clusterbench.report.tables import cells as rows
from clusterbench.report.tables import claims_table as claims
from clusterbench.report.tables.training_tables import footnotes

if TYPE_CHECKING:
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.tables.cells import Table


def markdown(run: RunRecord, summary: Summary) -> str:
    """Write the whole report as Markdown."""
    parts = [f"# Run {_plain(run.id)}", *_head(run, summary)]
    for section in sections(run.experiment, summary):
        name = _plain(section.scenario.name)
        parts += [f"## {name}: {_plain(describe(section.scenario))}", _table(rows.brief(section))]
        for ratios in rows.all_ratios(section, summary):
            parts += [f"{ratios.title}, paired by round:", _table(ratios)]
        parts.append("\n".join(f"- {_plain(line)}" for line in captions.throughput(run, section)))
        parts.append(_folded("Every figure", _table(rows.cells(section))))
    if summary.training is not None:
        parts += [f"## Training: {_plain(training.lead(run))}"]
        for table in training.tables(summary.training):
            parts += [f"{_plain(table.title)}:", _table(table)]
        parts.append("\n".join(f"- {_plain(line)}" for line in footnotes(summary.training)))
    if summary.claims:
        said = f"{claims.tally(summary.claims)}. {claims.NOTE}"
        parts += ["## Published claims", _table(claims.table(summary.claims)), _plain(said)]
    if run.experiment.contenders:
        parts += ["## Contenders", _table(rows.contenders(summary))]
        spread = rows.spread(summary)
        if spread.rows:
            parts += [f"{spread.title}:", _table(spread)]
    failures = rows.failures(summary)
    if failures:
        parts += ["## Failures", "\n".join(_failure(what, why) for what, why in failures)]
    if run.experiment.scenarios:
        parts += ["## Where the time went", _table(rows.time_spent(summary.time))]
    parts += [
        "## Fingerprint",
        _folded("What the figures depend on", _table(rows.fingerprint(run, summary))),
    ]
    if run.commands:
        parts += ["## To repeat it", _code("\n".join(run.commands))]
    return "\n\n".join(part for part in parts if part) + "\n"


def _head(run: RunRecord, summary: Summary) -> list[str]:
    lines = [
        f"- {_plain(str(run.plan))}",
        f"- {captions.runtime(run)} on {_plain(captions.host(run))}",
        f"- profile {_plain(summary.profile)}, {captions.windows(run)}, {captions.rounds(run)}",
        f"- {_plain(run.created)}, clusterbench {_plain(run.clusterbench)}",
        (
            "- Figures are `point [95% interval]`. *At least*: the load generator's CPUs were "
            "full, so the server does that or more."
        ),
    ]
    said = ["\n".join(lines)]
    if not summary.complete:
        said.append(f"> **Incomplete.** {captions.INCOMPLETE}")
    said += [f"> **Warning.** {_plain(warning)}" for warning in run.warnings]
    said += [f"> **Left out.** {_plain(line)}" for line in captions.left_out(run)]
    return said


def _table(table: Table) -> str:
    rule = ["---" if table.words(i) else "---:" for i in range(len(table.columns))]
    lines = [[_cell(c) for c in table.columns], rule]
    lines += [[_cell(str(value)) for value in row] for row in table.rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


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


def table(shown: Table) -> str:
    """Return one table, without its title."""
    return _table(shown)
