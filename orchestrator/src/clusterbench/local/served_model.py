"""The model that `./lab serve` has served. Standard library only, as for `how_to_call`."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from clusterbench.config.data_files import read_model
from clusterbench.errors import HostError
from clusterbench.model.data_json import model_json
from clusterbench.own_files import kept, reason


@dataclass(frozen=True, slots=True)
class ServedModel:
    """A model that was read, checked and written anew, and how many features it takes."""

    path: Path
    width: int


def served_model(root: Path, data: Path) -> ServedModel:
    """Read a data folder's model, and write it anew below the repository at `root`.

    Raises ConfigError where it is no model, HostError where it cannot be written.
    """
    rows = read_model(data / "model.json").rows
    content = model_json(rows)
    # Named by what it holds, so that two that are served at once share no file.
    path = kept(root) / "serve" / f"{hashlib.sha256(content).hexdigest()[:12]}.json"
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        path.chmod(0o644)  # the server in a container is another user
    except OSError as error:
        raise HostError(f"{path}: cannot be written: {reason(error, path)}") from error
    return ServedModel(path, len(rows[0]))
