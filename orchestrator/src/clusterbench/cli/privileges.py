"""Drops root: the container's start becomes the owner of its results, then `clusterbench`.

A container that wrote results as root would leave files that their owner cannot remove. So it
starts as root, looks at who owns the folder, keeps the group of the engine's socket, and is
that user from then on. Where root owns the folder (a rootless engine shows its user as root),
there is nobody else to be.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import HostError
from clusterbench.host import user_namespace
from clusterbench.host.engine_endpoint import SOCKET

if TYPE_CHECKING:
    from collections.abc import Sequence

RESULTS = Path("/results")


def become_owner(folder: Path, sockets: Sequence[Path] = ()) -> None:
    """Become the owner of a folder, in the groups of these sockets (those that exist) too.

    Does nothing for a process that is not root, or a folder that is root's. Raises HostError
    when the folder is missing or the kernel refuses.
    """
    if os.geteuid() != 0:
        return
    try:
        owner = folder.stat()
    except OSError as error:
        raise HostError(
            f"{folder}: {error.strerror}; remedy: mount the folder for results there"
        ) from error
    if owner.st_uid == 0:
        return
    if user_namespace.is_nobody(owner.st_uid):
        raise HostError(
            f"{folder} belongs to a user who has no number in this container: the engine gives it"
            f" users of its own (rootless, or userns-remap); remedy: {user_namespace.REMEDY}"
        )
    groups = sorted({path.stat().st_gid for path in sockets if path.exists()})
    try:
        os.setgroups(groups)
        os.setgid(owner.st_gid)
        os.setuid(owner.st_uid)
    except OSError as error:
        raise HostError(
            f"cannot become user {owner.st_uid}, who owns {folder}: {error.strerror};"
            " remedy: start the container with the capabilities SETUID and SETGID,"
            " or as that user"
        ) from error


def main() -> None:
    """Become the owner of the results, then run clusterbench with this command line."""
    try:
        become_owner(RESULTS, [SOCKET])
    except HostError as error:
        sys.stderr.write(f"lab: error: {error}\n")
        sys.exit(error.exit_code)
    # A new process image: what runs from here on never was root.
    os.execv(sys.executable, [sys.executable, "-m", "clusterbench", *sys.argv[1:]])  # noqa: S606


if __name__ == "__main__":
    main()
