"""Build hook: takes what `clusterbench init` writes from the repository's root, as it is there.

So git has one copy of each file. In a checkout the root is the folder above; an sdist has them in a
folder of its own, from which its wheel is built. LAB_REGISTRY says where the images of this version
are published, which `init` then takes. HATCH_BUILD_NO_HOOKS=true builds without all of this: the
orchestrator's image has a lab's files mounted.
"""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILES = ("compose.yaml", "bench.toml", "claims.toml", "data", "protos/centroids.proto", "LICENSE")
REGISTRY = "registry"
IN_SDIST = "lab_files"
PLACES = {"sdist": IN_SDIST, "wheel": "clusterbench/lab_files"}


class LabFilesHook(BuildHookInterface):  # type: ignore[type-arg]
    """Adds the lab's files to a wheel and to an sdist; an editable install reads the checkout."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Have the build take the files. Raises FileNotFoundError where one is missing."""
        if version == "editable":
            return
        found = {name: self._source(name) for name in FILES}
        if (registry := self._registry()) is not None:
            found[REGISTRY] = registry
        for name, source in found.items():
            build_data["force_include"][str(source)] = f"{PLACES[self.target_name]}/{name}"

    def finalize(self, *_: object) -> None:
        """Remove what was written for the build."""
        if hasattr(self, "_written"):
            self._written.cleanup()

    def _source(self, name: str) -> Path:
        root = Path(self.root)
        for folder in (root / IN_SDIST, root.parent):
            if (folder / name).exists():
                return folder / name
        raise FileNotFoundError(
            f"{name}: neither in {root.parent} nor in {root / IN_SDIST}; build from a checkout, or "
            "set HATCH_BUILD_NO_HOOKS=true for a package without `init`"
        )

    def _registry(self) -> Path | None:
        """Return the file that names the registry: the sdist's own, or a new one."""
        if (kept := Path(self.root, IN_SDIST, REGISTRY)).exists():
            return kept
        if not (named := os.environ.get("LAB_REGISTRY")):
            return None
        self._written = tempfile.TemporaryDirectory(prefix="clusterbench-registry-")
        file = Path(self._written.name, REGISTRY)
        file.write_text(f"{named}\n")
        return file
