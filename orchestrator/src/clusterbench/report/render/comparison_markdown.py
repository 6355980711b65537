"""A comparison as Markdown: what a bot writes below a pull request, and updates. Pure."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from clusterbench.model.compare_plan import Arm
from clusterbench.report.comparison_words import (
    cautions,
    headline,
    how_measured,
    load,
    verdict_sentences,
    where,
)
from clusterbench.report.fingerprint_words import facts
from clusterbench.report.render.markdown import bullets, code, escaped, table
from clusterbench.report.tables import comparison_table

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.report.measured_comparison import MeasuredComparison

#: What a bot finds its own comment by; `of` tells several comparisons of a pull request apart.
_MARKER = "<!-- clusterbench compare: {of} -->"


def marker(of: str) -> str:
    """Return the comment line that marks what was compared: a contender's name."""
    # Two hyphens would end the comment.
    return _MARKER.format(of=re.sub(r"[^A-Za-z0-9._@]+", "-", of))


def comparison_markdown(shown: MeasuredComparison) -> str:
    """Write a heading with the verdict, the table, and folded details with the fingerprint."""
    verdict, *others = verdict_sentences(shown)
    first = f"### {escaped(headline(shown))}"
    parts = [marker(_contender(shown)), first, escaped(verdict), *map(escaped, others)]
    parts.append(table(comparison_table.metrics(shown)))
    if not all(each.decides for each in shown.found.metrics):
        parts.append(escaped(comparison_table.NOTE))
    parts += [escaped(f"Warning: {each}.") for each in cautions(shown)]
    parts.append(escaped(f"{how_measured(shown)}."))
    parts.append(
        "\n\n".join(["<details><summary>How it was measured</summary>", *_details(shown)])
        + "\n\n</details>"
    )
    return "\n\n".join(parts) + "\n"


def _contender(shown: MeasuredComparison) -> str:
    """Name what was compared, without of which commit: the same for each push."""
    return shown.name(Arm.CANDIDATE).partition("@")[0]


def _details(shown: MeasuredComparison) -> Iterator[str]:
    record = shown.record
    yield bullets((
        f"baseline: {shown.name(Arm.BASELINE)}; candidate: {shown.name(Arm.CANDIDATE)}",
        load(shown),
        str(record.plan),
        f"{record.created}, clusterbench {record.clusterbench}, {record.runtime}",
        *record.warnings,
    ))  # fmt: skip
    known = [f"{name}: {value}" for name, value in facts(record.fingerprint)]
    yield code("\n".join([*known, where(shown)]))
    if record.commands:
        yield code("\n".join(record.commands))
