"""What one pass adds to pytest: which contenders were skipped, in the JSON; a line for each run."""

from __future__ import annotations

from importlib.metadata import version
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Package -> module of what the figures depend on.
_LIBRARIES = {
    "numpy": "numpy",
    "scikit-learn": "sklearn",
    "linfa-kmeans": "linfa_kmeans",
    "scikit-learn-intelex": "sklearnex",
    "faiss-cpu": "faiss",
}
_SKIPPED = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    """Begin with none skipped."""
    config.stash[_SKIPPED] = {}


@pytest.fixture(scope="session")
def skipped(request: pytest.FixtureRequest) -> dict[str, str]:
    """Return contender -> why it did not run, to be added to."""
    return request.config.stash[_SKIPPED]


def pytest_benchmark_update_json(
    config: pytest.Config,
    benchmarks: Sequence[Any],  # noqa: ARG001 - pytest's name for it
    output_json: dict[str, Any],
) -> None:
    """Name those that were skipped, and versions, at the top of pytest-benchmark's JSON."""
    output_json["skipped"] = config.stash[_SKIPPED].copy()
    output_json["versions"] = {
        name: version(name) for name in _LIBRARIES if find_spec(_LIBRARIES[name])
    }
