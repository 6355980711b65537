"""One colour and one symbol for each contender, the same in every plot, table and page.

Colours are from Okabe and Ito's set, which people with any common colour blindness tell apart
(https://jfly.uni-koeln.de/color/). A no-op handler wears its contender's colour, lighter and
dashed; one worker per core wears that of the same with one process, darker and dotted; a contender
of 2019 wears its current one's, darker, with long dashes and open symbols. What stands for a
published one wears that one's, dotted.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.model.experiment import EDITION_2019, of_2019

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.model.experiment import Contender

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
_DARKER = 0.45
#: By whether it is one worker per core, and a no-op handler.
_DASHES = {(False, True): "dash", (True, False): "dot", (True, True): "dashdot"}
_DASH_2019, _NOOP_2019 = "longdash", "longdashdot"


@dataclass(frozen=True, slots=True)
class Style:
    """How a contender is drawn: colour (`#RRGGBB`), plotly symbol and dash."""

    colour: str
    symbol: str
    dash: str = "solid"


def styles(contenders: Mapping[str, Contender]) -> Mapping[str, Style]:
    """Return each contender its style; known ones always have the same."""
    given: dict[str, Style] = {}
    spare = list(_OTHERS)
    for name, contender in contenders.items():
        if name in _FIXED:
            given[name] = Style(*_FIXED[name])
        elif name in _FIXED_2019:
            given[name] = Style(*_FIXED_2019[name], _DASH_2019)
        elif (look := _stood_for(contender)) and not contender.noop and not contender.per_core:
            given[name] = Style(*look, "dot")
        elif not contender.noop and not contender.per_core:
            colour, symbol = spare.pop(0) if spare else _OTHERS[len(given) % len(_OTHERS)]
            given[name] = Style(colour, symbol)
    for name, contender in contenders.items():
        if name not in given:
            colour, symbol = _base(name, contender, given, spare)
            dash = _DASHES[contender.per_core, contender.noop]
            if contender.per_core:
                colour = darker(colour)
            elif contender.edition == EDITION_2019:
                dash = _NOOP_2019
            if contender.noop:
                colour = lighter(colour)
            given[name] = Style(colour, symbol, dash)
    return given


def _stood_for(contender: Contender) -> tuple[str, str] | None:
    """Return the look of the published contender, of its edition, that one stands for."""
    name = contender.published or ""
    if contender.edition == EDITION_2019:
        return _FIXED_2019.get(of_2019(name))
    return _FIXED.get(name)


def _base(
    name: str, contender: Contender, given: Mapping[str, Style], spare: list[tuple[str, str]]
) -> tuple[str, str]:
    """Find the look of the contender that this one is a kind of."""
    base = contender.service or name.removesuffix("-noop").removesuffix("-per-core")
    if base in given:
        return given[base].colour, given[base].symbol
    if (known := {**_FIXED, **_FIXED_2019}.get(base)) is not None:
        return known
    return spare.pop(0) if spare else _OTHERS[len(given) % len(_OTHERS)]


def lighter(colour: str, by: float = _LIGHTER) -> str:
    """Mix `#RRGGBB` with white: `by` 0 leaves it, 1 gives white."""
    return _mixed(colour, 255, by)


def darker(colour: str, by: float = _DARKER) -> str:
    """Mix `#RRGGBB` with black: `by` 0 leaves it, 1 gives black."""
    return _mixed(colour, 0, by)


def _mixed(colour: str, other: int, by: float) -> str:
    parts = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return "#" + "".join(f"{round(part + (other - part) * by):02X}" for part in parts)


#: The look of 2019's, whether or not the current ones run too.
_FIXED_2019: Mapping[str, tuple[str, str]] = {
    of_2019(name): (darker(colour), f"{symbol}-open") for name, (colour, symbol) in _FIXED.items()
}
