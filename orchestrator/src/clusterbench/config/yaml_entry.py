"""One entry of a YAML file, read key by key: what is wrong is said with what is allowed."""

from __future__ import annotations

import re
import shlex
from typing import TYPE_CHECKING, Any

from clusterbench.errors import ConfigError
from clusterbench.model.experiment import Bytes, Seconds

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

_UNITS = {"b": 1, "k": 2**10, "m": 2**20, "g": 2**30, "t": 2**40}
_SECONDS = {"us": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


def is_texts(value: object) -> bool:
    """Return whether a value is a list of texts."""
    return isinstance(value, list) and all(isinstance(item, str) for item in value)


class Entry:
    """One entry of the file, and how to complain about it."""

    def __init__(self, path: Path, name: str, entry: object, prefix: str = "") -> None:
        self.path, self.name, self.prefix = path, name, prefix
        if not isinstance(entry, dict):
            raise ConfigError(f"{path}: service {name} should be a mapping, and is {entry!r}")
        self._entry: dict[str, Any] = entry

    def error(self, key: str, what: str, allowed: str) -> ConfigError:
        """Return the error that says what is wrong with a key, and what it takes."""
        return ConfigError(
            f"{self.path}: service {self.name}, key `{self.prefix}{key}` {what}; allowed: {allowed}"
        )

    def refuse_unknown(self, known: frozenset[str]) -> None:
        """Raise ConfigError for a key that is not known."""
        for key in sorted(set(map(str, self._entry)) - known):
            raise self.error(key, "is not known to the lab", ", ".join(sorted(known)))

    def get(self, key: str) -> Any:  # noqa: ANN401 - YAML is untyped; the callers check
        """Return a key's value as it is, or None; one that only Compose could fill in is refused."""
        value = self._entry.get(key)
        if "${" in repr(value):
            raise self.error(
                key, f"holds ${{...}}: {value!r}", "plain values, since only Compose interpolates"
            )
        return value

    def text(self, key: str) -> str | None:
        """Return a text, or a whole number as one."""
        value = self.get(key)
        if value is None or (isinstance(value, str) and value):
            return value
        if isinstance(value, int) and not isinstance(value, bool):
            return str(value)
        raise self.error(key, f"is {value!r}", "a text")

    def flag(self, key: str) -> bool:
        """Return true or false; false where the key is missing."""
        value = self.get(key)
        if value is None or isinstance(value, bool):
            return bool(value)
        raise self.error(key, f"is {value!r}", "true, false")

    def texts(self, key: str) -> tuple[str, ...] | None:
        """Return a list of texts; one text is a list of it."""
        value = self.get(key)
        if value is None:
            return None
        if isinstance(value, str):
            return (value,)
        if is_texts(value):
            return tuple(value)
        raise self.error(key, f"is {value!r}", "a list of texts")

    def words(self, key: str) -> tuple[str, ...] | None:
        """Return a command: a list of words, or a text that is split as a shell does."""
        value = self.get(key)
        if isinstance(value, str):
            return tuple(shlex.split(value))
        return self.texts(key)

    def environment(self) -> Mapping[str, str]:
        """Give `environment`, in either of its forms."""
        value = self.get("environment")
        if value is None:
            return {}
        if is_texts(value) and all("=" in item for item in value):
            return dict(item.split("=", 1) for item in value)
        if isinstance(value, dict) and all(
            isinstance(item, str | int | float) and not isinstance(item, bool)
            for item in value.values()
        ):
            return {str(name): str(item) for name, item in value.items()}
        raise self.error("environment", f"is {value!r}", "NAME: text or number, each with a value")

    def size(self, key: str) -> Bytes | None:
        """Return a size, as `512m`."""
        value = self.get(key)
        if value is None:
            return None
        match = re.fullmatch(r"(\d+(?:\.\d+)?)\s*([bkmgt]?)(?:i?b)?", str(value).lower())
        if isinstance(value, bool) or match is None:
            raise self.error(key, f"is {value!r}", "bytes, or a number with b, k, m or g")
        return Bytes(int(float(match[1]) * _UNITS[match[2] or "b"]))

    def duration(self, key: str, default: Seconds) -> Seconds:
        """Return a duration, as `1m30s`."""
        value = self.get(key)
        if value is None:
            return default
        parts = re.findall(r"(\d+(?:\.\d+)?)(us|ms|s|m|h)", str(value))
        if not parts or "".join(number + unit for number, unit in parts) != str(value):
            raise self.error(key, f"is {value!r}", "a duration such as 10s or 1m30s")
        return Seconds(sum(float(number) * _SECONDS[unit] for number, unit in parts))
