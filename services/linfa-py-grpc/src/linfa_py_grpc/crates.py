"""Which crates the binding was built of: its wheel says, in a bill of materials."""

from __future__ import annotations

import json
from importlib.metadata import distribution

BINDING = "linfa-kmeans"
CRATES = ("linfa", "linfa-clustering", "ndarray", "pyo3")


def versions() -> dict[str, str]:
    """Return the versions of the crates that figures depend on.

    maturin puts a CycloneDX document into each wheel (PEP 770). A wheel without one gives none.
    """
    found: dict[str, str] = {}
    for file in distribution(BINDING).files or ():
        if file.name.endswith(".cyclonedx.json"):
            document = json.loads(file.read_text(encoding="utf-8"))
            for component in document.get("components", []):
                if component["name"] in CRATES:
                    found[component["name"]] = component["version"]
    return found
