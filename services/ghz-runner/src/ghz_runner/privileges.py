"""From root to the owner of the results folder: what is left there is the user's own."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path


def become_owner_of(folder: Path) -> None:
    """Drop to the folder's owner, for good; where that is root, or this is no root, stay.

    Raises ConfigError where there is no such folder, or where it cannot be written then.
    """
    try:
        owner = folder.stat()
    except OSError as error:
        raise ConfigError(
            f"{folder}: {error.strerror}; mount a folder for the results there"
        ) from error
    if os.geteuid() == 0 and owner.st_uid != 0:
        os.setgroups([])
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise ConfigError(
            f"{folder}: user {os.geteuid()} cannot write here; it belongs to {owner.st_uid}"
        )
