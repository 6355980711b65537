"""One colour and one symbol for each contender, the same in every plot, table and page.

Colours are from Okabe and Ito's set, which people with any common colour blindness tell apart
(https://jfly.uni-koeln.de/color/). A null handler wears its contender's colour, lighter and dashed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.experiment import Contender

_FIXED: Mapping[str, tuple[str, str]] = {
    "sklearn-grpc": ("#0072B2", "circle"),
    "linfa-py-grpc": ("#009E73", "square"),
    "rust-tonic": ("#D55E00", "pentagon"),
}
_OTHERS = (
    ("#CC79A7", "hexagon"),
    ("#E69F00", "star-square"),
    ("#56B4E9", "bowtie"),
    ("#9467BD", "octagon"),
    ("#8C6D31", "hourglass"),
    ("#999933", "star"),
)
_LIGHTER = 0.45


@dataclass(frozen=True, slots=True)
class Style:
    """How a contender is drawn: colour (`#RRGGBB`), plotly symbol and dash."""

    colour: str
    symbol: str
    dash: str = "solid"


def styles(contenders: Mapping[str, Contender]) -> Mapping[str, Style]:
    """Give each contender its style; known ones always have the same."""
    given: dict[str, Style] = {}
    spare = list(_OTHERS)
    for name, contender in contenders.items():
        if name in _FIXED:
            given[name] = Style(*_FIXED[name])
        elif contender.published and contender.published in _FIXED and not contender.null:
            given[name] = Style(*_FIXED[contender.published], "dot")
        elif not contender.null:
            colour, symbol = spare.pop(0) if spare else _OTHERS[len(given) % len(_OTHERS)]
            given[name] = Style(colour, symbol)
    for name, contender in contenders.items():
        if name not in given:
            given[name] = _null_style(name, contender, given, spare)
    return given


def _null_style(
    name: str, contender: Contender, given: Mapping[str, Style], spare: list[tuple[str, str]]
) -> Style:
    base = contender.service or name.removesuffix("-null")
    if base in given:
        colour, symbol = given[base].colour, given[base].symbol
    elif base in _FIXED:
        colour, symbol = _FIXED[base]
    else:
        colour, symbol = spare.pop(0) if spare else _OTHERS[len(given) % len(_OTHERS)]
    return Style(lighter(colour), symbol, "dash")


def lighter(colour: str, by: float = _LIGHTER) -> str:
    """Mix `#RRGGBB` with white: `by` 0 leaves it, 1 gives white."""
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part + (255 - part) * by):02X}" for part in parts)
