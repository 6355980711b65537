"""Small files of the lab, made up for tests, each with changes of its text."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.config import bench_file, claims_file
from clusterbench.config.compose_file import read_services

if TYPE_CHECKING:
    from clusterbench.config.resolve import BenchFile
    from clusterbench.model.claims import InForce

SMALL = Path(__file__).parent / "small"
#: A profile over two models, with requests of 1 and of 50 rows.
SIZED = """
[scenarios.one]
method = "Predict"
generator = "h2load"
connections = 8
sweep = [80]

[scenarios.fifty]
method = "PredictBatch"
rows = 50
generator = "h2load"
connections = 2
sweep = [2]

[profiles.grid]
rounds = 2
contenders = ["slow", "fast"]
scenarios = ["one", "fifty"]

[profiles.grid.sizes]
features = [2, 3]
clusters = [4]
native = "fast"
python = "slow"
rival = "slow"

"""


def changed(folder: Path, name: str, *changes: tuple[str, str]) -> Path:
    """Write a small file with the first of each text replaced, and return its path."""
    text = (SMALL / name).read_text()
    for old, new in changes:
        assert old in text, f"{name} holds no {old!r}"
        text = text.replace(old, new, 1)
    file = folder / name
    file.write_text(text)
    return file


def bench(folder: Path, *changes: tuple[str, str]) -> BenchFile:
    """Read the small bench.toml with changes."""
    services = read_services(SMALL / "compose.yaml")
    return bench_file.read(changed(folder, "bench.toml", *changes), services)


def claims(folder: Path, *changes: tuple[str, str]) -> InForce:
    """Read the small claims.toml with changes."""
    file = changed(folder, "claims.toml", *changes)
    return claims_file.read(file, SMALL / "summaries.csv", bench(folder))
