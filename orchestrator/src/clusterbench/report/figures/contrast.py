"""Contrast as WCAG 2.2 has it, and colours that have enough of it on a background. Pure."""

from __future__ import annotations

#: The least contrast of graphics, and of text, with what is behind them.
OF_GRAPHICS, OF_TEXT = 3.0, 4.5
_STEP = 0.02
#: A paper is light from this luminance on.
_MIDDLE = 0.2


def contrast(one: str, other: str) -> float:
    """Return the contrast of two colours (`#RRGGBB`), from 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    """Return the relative luminance of `#RRGGBB`, from 0 to 1."""
    parts = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)  # noqa: PLR2004 - sRGB's own
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def mixed(colour: str, other: int, share: float) -> str:
    """Mix `#RRGGBB` with so large a share of a grey (0 is black, 255 white)."""
    parts = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return "#" + "".join(f"{round(part + (other - part) * share):02X}" for part in parts)


def standing_out(colour: str, paper: str, least: float = OF_GRAPHICS) -> str:
    """Return a colour, brighter or darker until it has enough contrast with a paper.

    It keeps its hue as far as it can: a brighter one is mixed with white at last.
    """
    steps = [step * _STEP for step in range(round(1 / _STEP) + 1)]
    if luminance(paper) > _MIDDLE:
        found = [mixed(colour, 0, share) for share in steps]
    else:
        found = [_brighter(colour, share) for share in steps]
        found += [mixed(found[-1], 255, share) for share in steps]
    return next(each for each in found if contrast(each, paper) >= least)


def paler(colour: str, paper: str, share: float, least: float = OF_GRAPHICS) -> str:
    """Mix `#RRGGBB` with so large a share of white, or less where it would not stand out."""
    shares = [share * (1 - step * _STEP) for step in range(round(1 / _STEP))]
    found = (mixed(colour, 255, each) for each in shares)
    return next((each for each in found if contrast(each, paper) >= least), colour)


def _brighter(colour: str, share: float) -> str:
    """Return a colour that is brighter by a share of the most that keeps its hue."""
    parts = [int(colour[at : at + 2], 16) for at in (1, 3, 5)]
    most = 255 / max(*parts, 1)
    return "#" + "".join(f"{round(part * (1 + (most - 1) * share)):02X}" for part in parts)
