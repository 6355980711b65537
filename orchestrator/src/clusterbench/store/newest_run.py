"""Which folders of runs and of comparisons there are, and which run is the newest.

`latest` is a convenience for people: a link that is made where it can be, and is never asked.
Standard library only: `./lab` reads this before any environment exists.
"""

from __future__ import annotations

import datetime as dt
import errno
import json
import os
import re
import stat
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from clusterbench.errors import ConfigError, StoreError

if TYPE_CHECKING:
    from pathlib import Path

#: The file that makes a folder a run's, and the link to the newest.
RUN, LATEST = "run.json", "latest"
#: The file that makes a folder that of a comparison: `latest` never leads to one.
COMPARISON = "compare.json"

#: How the names of runs begin: see `run_folder.new_id`.
_NAMED = re.compile(r"\d{8}T\d{6}Z(?=-)")


def is_run(folder: Path) -> bool:
    """Return whether a folder is a run's, or may not be looked into: who reads it says so."""
    try:
        return stat.S_ISREG((folder / RUN).stat().st_mode)
    except PermissionError:
        return True
    except OSError:  # none there, a name that is too long, a loop of links
        return False


def holds_comparison(folder: Path) -> bool:
    """Return whether a folder is that of a comparison."""
    try:
        return stat.S_ISREG((folder / COMPARISON).stat().st_mode)
    except OSError:
        return False


def what_else(folder: Path) -> str:
    """Return what a folder that is no run's is, to be told to whoever wanted a run."""
    if holds_comparison(folder):
        return "but a comparison, which `report` and `runs show` read"
    return f"it has no {RUN}"


def all_folders(results: Path) -> tuple[Path, ...]:
    """Return the runs and the comparisons of a results folder, the newest first.

    Raises StoreError where the results folder cannot be read.
    """
    compared = (path for path in _folders(results) if holds_comparison(path) and _ours(path))
    found = {*run_folders(results), *compared}
    return tuple(sorted(found, key=lambda path: (began(path), path.name))[::-1])


def named_as_run(name: str) -> bool:
    """Return whether a folder's name is that of a run or of a comparison."""
    return _NAMED.match(name) is not None


def run_folders(results: Path) -> tuple[Path, ...]:
    """Return the runs of a results folder, the newest first; none where there is no such folder.

    Links are left out, and so is a folder `latest` that is a copy of another of them.
    Raises StoreError where the results folder cannot be read.
    """
    found = _found(results)
    return tuple(sorted(found, key=lambda path: (_began(path, found[path]), path.name))[::-1])


def newest(results: Path) -> Path:
    """Return the newest run of a results folder: of those whose record or name says when it began.

    Where none says so, it is the newest of all. Raises ConfigError where there is no run,
    StoreError where the results folder cannot be read.
    """
    folders = run_folders(results)
    if not folders:
        raise ConfigError(f"{results}: no run here yet; `run` makes one")
    dated = (path for path in folders if _NAMED.match(path.name) or _recorded(_record(path)))
    return next(dated, folders[0])


def meant(path: Path) -> Path:
    """Return which run folder a path means: of a link, the one that it leads to.

    `latest` means the newest run beside it, unless it is itself a folder, and a run's.
    """
    if path.name == LATEST and (path.is_symlink() or not is_run(path)):
        return newest(path.parent)
    return path.resolve() if path.is_symlink() else path


def began(folder: Path) -> dt.datetime:
    """Return when a run or a comparison began.

    By its record, else by its name, else when it was changed last.
    """
    return _began(folder, _record(folder))


def point_latest_at(results: Path, run_id: str) -> str:
    """Make `latest` a link to a run; return why it could not be, or nothing.

    What is no link is somebody's, and is left as it is.
    """
    link = results / LATEST
    instead = f"the newest run is {results / run_id}"
    if os.path.lexists(link) and not link.is_symlink():
        return f"{link} is no link, so it is left as it is; {instead}"
    temporary = results / f".{LATEST}-{os.getpid()}"
    try:
        temporary.unlink(missing_ok=True)
        temporary.symlink_to(run_id)
        temporary.replace(link)
    except OSError as error:
        with suppress(OSError):
            temporary.unlink(missing_ok=True)
        return f"{link}: cannot be made a link: {error.strerror}; {instead}"
    return ""


def _found(results: Path) -> dict[Path, dict[str, Any]]:
    """Return each run of a results folder with its record."""
    found = {path: _record(path) for path in _folders(results) if is_run(path) and _ours(path)}
    copy = found.pop(results / LATEST, None)
    if copy is not None and copy.get("id") not in {each.get("id") for each in found.values()}:
        found[results / LATEST] = copy
    return found


def _folders(results: Path) -> list[Path]:
    """Return every folder within a results folder; links are none."""
    try:
        return [path for path in results.iterdir() if path.is_dir() and not path.is_symlink()]
    except OSError as error:
        if isinstance(error, FileNotFoundError) and not results.is_symlink():
            return []
        why = "it is a link to nothing" if error.errno == errno.ENOENT else error.strerror
        raise StoreError(f"{results}: cannot be read: {why}") from error


def _ours(folder: Path) -> bool:
    """Return whether a folder can be looked into, or else has the name of a run."""
    return os.access(folder, os.X_OK) or _NAMED.match(folder.name) is not None


def _record(folder: Path) -> dict[str, Any]:
    """Read run.json or compare.json, whatever its format; nothing where it is no such record."""
    file = folder / (COMPARISON if holds_comparison(folder) else RUN)
    try:
        found = json.loads(file.read_bytes())
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _began(folder: Path, record: dict[str, Any]) -> dt.datetime:
    if (recorded := _recorded(record)) is not None:
        return recorded
    if named := _NAMED.match(folder.name):
        with suppress(ValueError):
            return dt.datetime.fromisoformat(named[0])
    with suppress(OSError):
        return dt.datetime.fromtimestamp(folder.stat().st_mtime, dt.UTC)
    return dt.datetime.fromtimestamp(0.0, dt.UTC)


def _recorded(record: dict[str, Any]) -> dt.datetime | None:
    """Return when a run began by its record; None where that does not say."""
    try:
        moment = dt.datetime.fromisoformat(record["created"])
    except (KeyError, TypeError, ValueError):
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
