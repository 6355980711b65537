"""bench.toml with the files that it includes, as one, and in which file each table stands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterbench.config.include_paths import INCLUDE, included_paths
from clusterbench.config.problems import check, mistakes
from clusterbench.config.source_files import Key, SourceFile, read_toml
from clusterbench.config.tables import Each, FileTable, Text
from clusterbench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Iterable

#: The tables whose entries come from several files: each name stands in one of them.
_NAMED = ("contenders", "alternatives", "scenarios", "profiles")
#: The tables whose keys a file may set again, over those of what it includes.
_SET_AGAIN = ("defaults", "calls", "question")


class IncludesTable(FileTable):
    """The one key by which a file brings others in."""

    include: Each[Text] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class IncludedFiles:
    """A file and those that it includes, as one; `owners` are the files of its keys."""

    path: Path
    values: dict[str, Any]
    owners: Mapping[Key, SourceFile] = field(default_factory=dict)

    def place(self, key: Key) -> tuple[Path, int | None]:
        """Return the file that a key stands in, and its line: see `SourceFile.place`."""
        owner = self.owner(key)
        return owner.place(key) if owner else (self.path, None)

    def owner(self, key: Key) -> SourceFile | None:
        """Return the file that a key stands in; None where it stands in none."""
        return self.owners.get(key[:2]) or self.owners.get(key[:1])


def read_included(file: Path, lab: Path) -> IncludedFiles:
    """Read a TOML file and all that it includes, each file once.

    A path is relative to the file that names it; `{lab}` in it is the lab's folder, `lab`. A file's
    defaults, calls and question win over those of what it includes. Raises ConfigError where a file
    is missing, is no TOML or includes itself, and where two define one name.
    """
    reader = _Reader(lab)
    values, owners = reader.read(file, ())
    return IncludedFiles(path=file, values=values, owners=owners)


class _Reader:
    """Reads files, each once, and keeps which are being read."""

    def __init__(self, lab: Path) -> None:
        self._lab = lab
        self._read: set[Path] = set()

    def read(
        self, file: Path, above: tuple[Path, ...], named: str = ""
    ) -> tuple[dict[str, Any], dict[Key, SourceFile]]:
        """Return what a file and those below it hold, and the file of each key."""
        if file.resolve() in (each.resolve() for each in above):
            way = " -> ".join(map(str, (*above, file)))
            raise ConfigError(f"{named}a file includes itself: {way}; take one `include` out")
        if file.resolve() in self._read:
            return {}, {}
        self._read.add(file.resolve())
        source = _read(file, named)
        values: dict[str, Any] = {}
        owners: dict[Key, SourceFile] = {}
        here, line = source.place((INCLUDE,))
        for path in included_paths(_included(source), file, self._lab):
            where = f"{here}:{line}: `{INCLUDE}`: "
            _add(values, owners, *self.read(path, (*above, file), where), again=())
        own = {key: value for key, value in source.values.items() if key != INCLUDE}
        _add(values, owners, own, _keys(own, source), again=_SET_AGAIN)
        return values, owners


def _read(file: Path, named: str) -> SourceFile:
    try:
        return read_toml(file)
    except ConfigError as error:
        raise ConfigError(f"{named}{error}") from error


def _included(source: SourceFile) -> tuple[str, ...]:
    """Return what a file includes. Raises ConfigError where that is no list of texts."""
    given = {key: value for key, value in source.values.items() if key == INCLUDE}
    alone = SourceFile(path=source.path, values=given, lines=source.lines)
    return check(IncludesTable, alone).include


def _keys(values: Mapping[str, Any], source: SourceFile) -> dict[Key, SourceFile]:
    """Return the keys that a file holds, of two parts at most, each with the file."""
    below = [(key, name) for key, value in values.items() for name in _names(value)]
    return dict.fromkeys([*((key,) for key in values), *below], source)


def _names(value: object) -> Iterable[str]:
    return value if isinstance(value, dict) else ()


def _add(
    values: dict[str, Any],
    owners: dict[Key, SourceFile],
    more: Mapping[str, Any],
    theirs: Mapping[Key, SourceFile],
    *,
    again: tuple[str, ...],
) -> None:
    """Add what other files hold. Raises ConfigError naming both files of what stands twice."""
    found = []
    for table, value in more.items():
        if table not in values:
            values[table] = dict(value) if isinstance(value, dict) else value
        elif isinstance(value, dict) and isinstance(values[table], dict) and _parts(table):
            twice = () if table in again else [name for name in value if name in values[table]]
            found += [_twice((table, name), owners, theirs) for name in twice]
            values[table] |= value
        else:
            found.append(_twice((table,), owners, theirs))
    if found:
        raise mistakes(found)
    for key, owner in theirs.items():
        if len(key) > 1 or key not in owners:
            owners[key] = owner


def _parts(table: str) -> bool:
    """Return whether a table may come in parts, from several files."""
    return table in (*_NAMED, *_SET_AGAIN)


def _twice(
    key: Key, first: Mapping[Key, SourceFile], second: Mapping[Key, SourceFile]
) -> tuple[int, str]:
    """Return the mistake that two files define one key: its line, and the text that names both."""
    before, line_before = first[key].place(key)
    here, line = second[key].place(key)
    name = ".".join(map(str, key))
    return line or 0, (
        f"{here}:{line}: `{name}` stands in {before}:{line_before} too; "
        + ("give one of them another name" if len(key) > 1 else "keep one")
    )
