"""Sentences over several lines of a terminal. Pure."""

from __future__ import annotations

import textwrap


def wrapped(text: str, width: int) -> list[str]:
    """Break a sentence between words; lines after the first are indented."""
    return textwrap.wrap(
        text, width, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
    )
