"""What a plot shows in words with its figures, for who does not see it. Pure."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING, Any

from clusterbench.model import numbers as fmt

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from clusterbench.report.figures.chart import Chart

#: So many lines of what is shown over a point, and so many series, are said.
_LINES, _MOST = 3, 24
_BREAK, _TAG = re.compile(r"<br ?/?>"), re.compile(r"<[^>]*>")


def in_words(chart: Chart) -> str:
    """Return what a chart shows: each series by its first and its last figure.

    The words are those that are shown over its points. A chart may have words of its own.
    """
    if chart.words:
        return chart.words
    said = [*dict.fromkeys(words for trace in chart.figure.data for words in _of_trace(trace))]
    left = len(said) - _MOST
    rest = [f"and {left} more series"] if left > 0 else []
    return ". ".join([*said[:_MOST], *rest]) + "." if said else ""


def _of_trace(trace: Any) -> Iterator[str]:  # noqa: ANN401 - a trace of plotly's
    if trace.type == "scatter" and trace.mode in {"text", "none"}:
        return
    texts = _sequence(trace.text)
    if texts and trace.type in {"scatter", "bar"}:
        values = _sequence(trace.x if getattr(trace, "orientation", None) == "h" else trace.y)
        known = [
            text for text, value in zip(texts, values, strict=False) if text and value is not None
        ]
        # Bars stand for themselves; of a line the ends are said.
        yield from (", ".join(_parts(each)) for each in known if trace.type == "bar")
        if known and trace.type != "bar":
            yield _ends(known)
    elif trace.type in {"scatter", "bar"} and trace.name and trace.hoverinfo != "skip":
        points = [
            (x, y)
            for x, y in zip(_sequence(trace.x), _sequence(trace.y), strict=False)
            if x is not None and y is not None
        ]
        if points:
            ends = [points[0], points[-1]] if len(points) > 1 else points
            yield f"{_plain(str(trace.name))}: " + " to ".join(
                f"{_word(y)} at {_word(x)}" for x, y in ends
            )
    elif trace.type == "icicle":
        yield from _of_icicle(trace)


def _of_icicle(trace: Any) -> Iterator[str]:  # noqa: ANN401 - a trace of plotly's
    """Name the widest parts below the root, with their shares."""
    parts = list(zip(_sequence(trace.labels), _sequence(trace.values), strict=False))
    if not parts or not parts[0][1]:
        return
    root = float(parts[0][1])
    widest = sorted(parts[1:], key=lambda part: -float(part[1]))[: _MOST // 3]
    for label, value in widest:
        yield f"{_plain(str(label))}: {fmt.percent(float(value) / root)}"


def _ends(texts: Sequence[str]) -> str:
    """Write the first and the last of what is shown over points."""
    first, last = _parts(texts[0]), _parts(texts[-1])
    words = ", ".join(first)
    if len(texts) == 1 or first == last:
        return words
    return f"{words}; to {', '.join(part for part in last if part != first[0])}"


def _parts(text: str) -> list[str]:
    return [part for each in _BREAK.split(text)[:_LINES] if (part := _plain(each))]


def _plain(text: str) -> str:
    return html.unescape(_TAG.sub("", text)).strip()


def _word(value: object) -> str:
    return fmt.number(float(value)) if isinstance(value, int | float) else _plain(str(value))


def _sequence(values: Iterable[Any] | None) -> Sequence[Any]:
    """Return values as plotly keeps them: None for nothing, one for all, an array."""
    if values is None or isinstance(values, str):
        return ()
    return list(values)
