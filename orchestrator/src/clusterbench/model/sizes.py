"""The sizes of generated models, and what a run over them asks. No I/O here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelSize:
    """The size of a generated model."""

    features: int
    clusters: int

    @property
    def name(self) -> str:
        """Return its short name, which names of contenders and scenarios end in: `f16-c100`."""
        return f"f{self.features}-c{self.clusters}"

    def named(self, name: str) -> str:
        """Name a contender or a scenario on this model: `rust-tonic-f16-c100`."""
        return f"{name}-{self.name}"

    def __str__(self) -> str:
        return f"{self.features:,} features and {self.clusters:,} clusters"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """The grid of models that a run generates, and whom it sets against each other.

    Each contender serves each combination of `features` and `clusters`. `native` is the contender
    without Python: what others use beyond its CPU time is set against it. `python` has the same
    library called from Python, so that what it uses beyond that is Python's share. `rival` is the
    contender that may overtake `native` as sizes grow.
    """

    features: tuple[int, ...]
    clusters: tuple[int, ...]
    native: str
    python: str
    rival: str

    @property
    def models(self) -> tuple[ModelSize, ...]:
        """Return every model, by clusters and then by features."""
        return tuple(
            ModelSize(features=features, clusters=clusters)
            for clusters in self.clusters
            for features in self.features
        )
