"""What to say where the lab cannot read or write a file of its own: path, reason, remedy.

Standard library only: `./lab` imports this before any environment exists.
"""

from __future__ import annotations

import errno
import hashlib
import os
import pwd
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

KEPT = ".lab"
"""The folder of a repository where the lab keeps what it makes."""

HOME = "LAB_HOME"
"""The environment variable that names a folder for that outside the repository."""

_LITTLE = 64 << 20
"""What a build cannot do with (bytes)."""

_FULL = {errno.ENOSPC, errno.EDQUOT}
_IN_THE_WAY = {errno.EEXIST, errno.ENOTDIR, errno.EISDIR, errno.ELOOP, errno.ENOTEMPTY}
_REFUSED = {errno.EACCES, errno.EPERM}


def kept(root: Path) -> Path:
    """Return the folder where the lab keeps what it makes for the repository at `root`.

    Below LAB_HOME each repository has its own. A relative one is relative to the repository.
    """
    home = os.environ.get(HOME)
    if not home:
        return root / KEPT
    return root / home / hashlib.sha256(os.fsencode(root)).hexdigest()[:12] / KEPT


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Have an OSError name a file: what fails while a file is written names none by itself."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = str(path)
        raise


def trouble(error: OSError) -> str:
    """Return what is wrong with a file: its path where that is known, the reason, a remedy."""
    path = named(error)
    return reason(error) if path is None else f"{path}: {reason(error)}"


def reason(error: OSError, path: Path | None = None) -> str:
    """Return the reason of an error, and a remedy; `path` where the error names no file."""
    return f"{error.strerror or error}; remedy: {remedy(error, path)}"


def named(error: OSError) -> Path | None:
    """Return the path that an error is about, or None where it names none."""
    # Of a file that cannot be moved, the second is where to.
    path = error.filename if error.filename2 is None else error.filename2
    return Path(os.fsdecode(path)) if isinstance(path, str | bytes) else None


def is_of_a_file(error: OSError) -> bool:
    """Return whether an error is about a file: it names one, or says that a disk is full."""
    return named(error) is not None or error.errno in _FULL | {errno.EROFS, errno.EIO}


def remedy(error: OSError, path: Path | None = None) -> str:
    """Return what to do about an error of a file, which is `path` where the error names none."""
    about = named(error) or path
    whole = None if about is None else about.absolute()
    there = None if whole is None else _nearest(whole)
    if error.errno in _FULL:
        return f"make room on that disk (df -h {there or '.'})"
    movable = about is not None and KEPT in about.parts
    if error.errno == errno.EROFS:
        use = f"set {HOME} to" if movable else "use"
        return f"{use} a folder that can be written: this file system is read-only"
    if there is not None and error.errno in _REFUSED:
        other = f", or set {HOME} to a folder of your own" if movable else ""
        return f"{_ownership(there, itself=movable or there == whole)}{other}"
    if there is not None and error.errno in _IN_THE_WAY:
        return f"move {there} out of the way"
    if error.errno == errno.ENOENT:
        return f"make what follows {there} in that path, or name another"
    return "see whether that path can be read and written"


def short_of_room(path: Path) -> str:
    """Return that the disk of a path is nearly full, and what to do; "" where it is not."""
    disk = os.statvfs(path)
    left = disk.f_bavail * disk.f_frsize
    if left >= _LITTLE:
        return ""
    return f"that disk has only {left >> 20} MiB left: make room (df -h {path})"


def can_be_written(folder: Path) -> bool:
    """Return whether files can be made in a folder, or in the nearest above it that is there."""
    return os.access(_nearest(folder.absolute()), os.W_OK | os.X_OK)


def _nearest(path: Path) -> Path:
    """Return a path, or the nearest above it that is there and can be looked at."""
    for each in (path, *path.parents):
        try:
            each.lstat()
        except OSError:
            continue
        return each
    return path


def _ownership(path: Path, *, itself: bool) -> str:
    """Return who owns what is refused, and how to become the owner.

    Not `itself`, it is a folder above it, which is no business of the lab's.
    """
    inside = [each for each in (path, *path.parents) if each.name == KEPT]
    top = inside[0] if inside else path
    user = os.geteuid()
    owners = {each: each.lstat().st_uid for each in (top, path)}
    other = next((owner for owner in owners.values() if owner != user), None)
    if other is None:
        return f"allow yourself to write {path} (chmod u+rwX {path})"
    how = f"sudo chown -R {user} {top}" if itself else "name a folder of your own"
    return f"{top} is {_name(other)}'s, and you are {_name(user)}: {how}"


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
