"""How wide each column of a terminal's table is. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

#: What stands between two columns: padding and a blank divider.
BETWEEN = "   "
_SHORTEST = 4


def widths(
    heads: Sequence[str], cells: Sequence[Sequence[str]], gives_way: Sequence[bool], width: int
) -> list[int]:
    """Share a width out to columns: each figure whole, words and headings fold where they must.

    (rich's own sharing may make a table wider than it is shown, and cut off its end.)
    """
    figures = _figures(cells, gives_way)
    least = _least(heads, cells, gives_way)
    natural = [
        _longest(line for cell in (head, *column) for line in cell.split("\n"))
        for head, column in zip(heads, cells, strict=True)
    ]
    room = _room(heads, width)
    # Rather a broken word than a cut figure.
    shortest = [max(figure, _SHORTEST) for figure in figures]
    while sum(least) > room and least != shortest:
        place = max(range(len(least)), key=lambda i: least[i] - shortest[i])
        least[place] -= 1
    # And where there is no room for all figures, those on the right fold within their intervals.
    for place in reversed(range(len(least))):
        words = _longest(word for text in cells[place] for word in text.split())
        least[place] -= min(max(sum(least) - room, 0), max(least[place] - words, 0))
    spare = room - sum(least)
    wanted = sum(natural) - sum(least)
    if wanted <= spare or wanted == 0:
        return natural
    share = max(spare, 0) / wanted
    return [low + int((high - low) * share) for low, high in zip(least, natural, strict=True)]


def fit(
    heads: Sequence[str], cells: Sequence[Sequence[str]], gives_way: Sequence[bool], width: int
) -> bool:
    """Return whether a width has room for each figure and each word, none of them broken."""
    return sum(_least(heads, cells, gives_way)) <= _room(heads, width)


def _room(heads: Sequence[str], width: int) -> int:
    return width - len(BETWEEN) * (len(heads) - 1)


def _figures(cells: Sequence[Sequence[str]], gives_way: Sequence[bool]) -> list[int]:
    """Return how wide each column's figures are: 0 where it holds words."""
    return [
        0 if folds else _longest(line for cell in column for line in cell.split("\n"))
        for column, folds in zip(cells, gives_way, strict=True)
    ]


def _least(
    heads: Sequence[str], cells: Sequence[Sequence[str]], gives_way: Sequence[bool]
) -> list[int]:
    """Return how wide each column is where figures and words are whole."""
    return [
        max(figure, _longest(word for text in (head, *column) for word in text.split()))
        if folds
        else max(figure, _longest(head.split()))
        for figure, head, column, folds in zip(
            _figures(cells, gives_way), heads, cells, gives_way, strict=True
        )
    ]


def _longest(texts: Iterable[str]) -> int:
    return max(map(len, texts), default=0)
