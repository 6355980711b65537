"""Every colour of the report, and one style for each contender, the same in all plots and tables.

The first three colours are from Okabe and Ito's set (https://jfly.uni-koeln.de/color/); its others
are too light for lines on white. People with any colour blindness tell all apart,
and each stands out from the paper of both schemes: a test holds that. Symbols and dashes tell
contenders apart too. A server and its trainer share a colour. A no-op handler has
its contender's colour, lighter and dashed; one worker per core has that of the same with one
process, darker and dotted; an edition of the past has the current one's, darker, with long dashes
and open symbols. A contender that runs by the published method alone is dotted.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.model.contender import CURRENT
from clusterbench.report.figures.contrast import mixed, paler, standing_out

if TYPE_CHECKING:
    from clusterbench.model.contender import Contender
    from clusterbench.model.experiment import Experiment

INK, SOFT, GRID, RULE, PAPER = "#1A1D21", "#555B63", "#E3E6EA", "#9AA1A9", "#FFFFFF"
#: The paper of the page's dark scheme, and what stands there for those that are not lines.
DARK_PAPER = "#15181C"
_ON_DARK: Mapping[str, str] = {INK: "#E6E8EB", SOFT: "#A2A9B2", GRID: "#30363D", PAPER: DARK_PAPER}
#: What is no contender's: published figures, marks in the legend, lines that divide.
GREY = "#8A929C"

_BLUE, _GREEN, _VERMILION = ("#0072B2", "circle"), ("#009E73", "square"), ("#D55E00", "pentagon")
_BROWN, _PURPLE = ("#78643A", "star-square"), ("#C4699C", "hexagon")
#: By published contender, and by trainer.
_KNOWN: Mapping[str, tuple[str, str]] = {
    "sklearn-grpc": _BLUE,
    "linfa-py-grpc": _GREEN,
    "rust-tonic": _VERMILION,
    "sklearn": _BLUE,
    "sklearn-2019": _BLUE,
    "linfa-py": _GREEN,
    "linfa-py-2019": _GREEN,
    "linfa-rust": _VERMILION,
    "sklearnex": _BROWN,
    "faiss": _PURPLE,
}
_OTHERS = (
    _PURPLE,
    _BROWN,
    ("#8C42D7", "bowtie"),
    ("#748D44", "octagon"),
    ("#9B4B80", "hourglass"),
    ("#B96CE0", "star"),
)
#: How much of white or black a lighter or darker colour has.
_MIXED = 0.45
#: By whether it is one worker per core, and a no-op handler: of the current edition, of others.
_DASHES = {
    (False, False): ("solid", "longdash"),
    (False, True): ("dash", "longdashdot"),
    (True, False): ("dot", "dot"),
    (True, True): ("dashdot", "dashdot"),
}


@dataclass(frozen=True, slots=True)
class Style:
    """How a contender is drawn: colour (`#RRGGBB`), plotly symbol and dash."""

    colour: str
    symbol: str
    dash: str = "solid"


#: Each contender's style by its name.
Styles = Mapping[str, Style]


def styles(experiment: Experiment) -> Styles:
    """Return each contender's style; known ones always have the same, others get the spare ones."""
    contenders = experiment.contenders
    reference = {n for s in experiment.scenarios.values() if s.reference for n in s.contenders}
    published = {n for s in experiment.scenarios.values() for n in s.contenders} - reference
    families = {name: _family(each, contenders) for name, each in contenders.items()}
    others = [family for family in dict.fromkeys(families.values()) if family not in _KNOWN]
    looks = {**_KNOWN, **dict(zip(others, itertools.cycle(_OTHERS)))}
    return {
        name: _style(looks[families[name]], contender, dotted=name in published)
        for name, contender in contenders.items()
    }


def trainer_style(name: str, edition: str) -> Style:
    """Return the style of what trains: the same as that of the server with its library."""
    colour, symbol = _KNOWN.get(name, _OTHERS[-2])
    if edition == CURRENT:
        return Style(colour, symbol)
    return Style(darker(colour), opened(symbol), "longdash")


def opened(symbol: str) -> str:
    """Return a plotly symbol as an outline."""
    return symbol if symbol.endswith("-open") else f"{symbol}-open"


def lighter(colour: str) -> str:
    """Mix `#RRGGBB` with white, as far as it still stands out from the paper."""
    return paler(colour, PAPER, _MIXED)


def on_dark(colour: str) -> str:
    """Return what a colour is in the dark scheme: itself where it stands out there."""
    return _ON_DARK.get(colour.upper()) or standing_out(colour, DARK_PAPER)


def faint(colour: str) -> str:
    """Return `#RRGGBB` as what shows through: for an area."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},0.16)"


def darker(colour: str) -> str:
    """Mix `#RRGGBB` with black."""
    return mixed(colour, 0, _MIXED)


def faded(colour: str, kept: float) -> str:
    """Mix `#RRGGBB` with white, of which it keeps this share."""
    return mixed(colour, 255, 1 - kept)


def _family(contender: Contender, contenders: Mapping[str, Contender]) -> str:
    """Name the contenders that share a colour with this one.

    The published contender that it stands for. For a no-op handler, and for one worker per core,
    that of the contender with the same service.
    """
    if contender.published_name in _KNOWN or not (contender.noop or contender.per_core):
        return contender.published_name
    plain = next(
        (
            other.published_name
            for other in contenders.values()
            if other.service == contender.service is not None
            and not (other.noop or other.per_core or other.alternative)
        ),
        contender.service,
    )
    return plain or contender.name


def _style(look: tuple[str, str], contender: Contender, *, dotted: bool) -> Style:
    colour, symbol = look
    past = contender.edition != CURRENT
    if past or contender.per_core:
        colour = darker(colour)
    if contender.noop:
        colour = lighter(colour)
    dash = "dot" if dotted else _DASHES[contender.per_core, contender.noop][past]
    return Style(colour, opened(symbol) if past else symbol, dash)
