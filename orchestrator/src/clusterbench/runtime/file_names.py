"""Names of files in the generators' working folder. No I/O here."""

from __future__ import annotations

import re

from clusterbench.errors import GeneratorFailed

_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


def plain(name: str) -> str:
    """Return the name back. Raises GeneratorFailed for one that could lead out of the folder."""
    if not _PLAIN_NAME.fullmatch(name):
        raise GeneratorFailed(f"{name!r} is not a plain file name")
    return name
