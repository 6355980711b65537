"""Calibrations of hosts: results/calibrations/<digest>.json, one per host."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

import msgspec

from clusterbench.errors import StoreError
from clusterbench.model.calibration import CALIBRATION_FORMAT, Calibration
from clusterbench.store import atomic

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.records import Fingerprint

FOLDER = "calibrations"
#: What says how the engine was found, and is no property of the host.
_NOT_COMPARED = frozenset({"endpoint"})


class _Head(msgspec.Struct):
    format: int


def digest_of(fingerprint: Fingerprint) -> str:
    """Return the name of a host as 12 hexadecimal digits: of what it is, and of its engine."""
    engine = {k: v for k, v in fingerprint.engine.items() if k not in _NOT_COMPARED}
    parts = {"host": dict(sorted(fingerprint.host.items())), "engine": dict(sorted(engine.items()))}
    return hashlib.sha256(msgspec.json.encode(parts)).hexdigest()[:12]


def write(results: Path, calibration: Calibration) -> Path:
    """Keep a calibration, in the place of an older one of this host; return its file.

    Raises StoreError where it cannot be written.
    """
    folder = results / FOLDER
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be made: {atomic.why(error, folder)}") from error
    content = msgspec.json.format(msgspec.json.encode(calibration), indent=1)
    return atomic.write(folder / f"{calibration.digest}.json", content)


def calibration_of(results: Path, fingerprint: Fingerprint) -> Calibration | None:
    """Return the calibration of a host; None where there is none, or one of another format.

    Raises StoreError where its file cannot be read.
    """
    file = results / FOLDER / f"{digest_of(fingerprint)}.json"
    try:
        raw = file.read_bytes()
        if msgspec.json.decode(raw, type=_Head).format != CALIBRATION_FORMAT:
            return None
        return msgspec.json.decode(raw, type=Calibration)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise StoreError(f"{file}: cannot be read: {atomic.why(error, file)}") from error
    except msgspec.MsgspecError as error:
        raise StoreError(
            f"{file}: not a calibration: {error}; remove it, and calibrate again"
        ) from error
