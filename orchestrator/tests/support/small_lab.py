"""A small repository for tests of the command line: names to choose from, and a data folder."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

BENCH = """
[contenders.rust-tonic]
service = "rust-tonic"
[contenders.sklearn-grpc-2019]
service = "sklearn-grpc-2019"
[alternatives.rust-tonic-noop]
of = "rust-tonic"
[profiles.quick]
[profiles.standard]
[profiles.alternatives-rust-tonic]
[training.images]
training = ["sklearn", "linfa-py"]
[training.groups]
equal-work = ["sklearn", "linfa-py"]
"""
COMPOSE = """
services:
  rust-tonic:
    x-lab:
      role: server
  sklearn-grpc-2019:
    x-lab:
      role: server
      edition: "2019"
  orchestrator:
    x-lab:
      role: orchestrator
  rust-tonic-image:
    x-lab:
      role: image
      of: rust-tonic
"""
NAME = "20300101T000000Z-quick"


def write(root: Path) -> Path:
    """Write the repository, with one run in results/, and return its folder."""
    (root / "data").mkdir(parents=True)
    (root / "data" / "model.json").write_text('{"n_features": 2}')
    (root / "bench.toml").write_text(BENCH)
    (root / "compose.yaml").write_text(COMPOSE)
    write_run(root / "results")
    return root


def write_run(results: Path, name: str = NAME) -> Path:
    """Write what makes a folder a run's, as the newest, and return it."""
    (results / name).mkdir(parents=True)
    (results / name / "run.json").write_text("{}")
    (results / "latest").unlink(missing_ok=True)
    (results / "latest").symlink_to(name)
    return results / name
