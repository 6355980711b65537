"""The options of training, on the command line and in the words that repeat a run."""

from __future__ import annotations

from typing import Annotated

import typer

from clusterbench.config.training_table import TrainingOverrides

Quick = Annotated[bool, typer.Option("--quick", help="The short form: fewer passes and sizes.")]
Points = Annotated[int | None, typer.Option("--points", help="Observations.")]
Features = Annotated[int | None, typer.Option("--features", help="Numbers in each.")]
Clusters = Annotated[int | None, typer.Option("--clusters", help="Blobs, and clusters.")]
Spread = Annotated[float | None, typer.Option("--spread", help="The blobs' standard deviation.")]
Seed = Annotated[int | None, typer.Option("--seed", help="Of data, starts and order.")]
Passes = Annotated[int | None, typer.Option("--passes", help="How often all is run.")]
Groups = Annotated[
    list[str] | None, typer.Option("--group", help="Only this group; may be given several times.")
]
Contenders = Annotated[
    list[str] | None,
    typer.Option("--contender", help="Only this contender; may be given several times."),
]
Threads = Annotated[
    list[str] | None, typer.Option("--threads", help="one, or all of the CPU set; or both.")
]

QUICK, FULL = "quick", "full"


def asked(
    *,
    quick: bool,
    points: int | None,
    features: int | None,
    clusters: int | None,
    spread: float | None,
    seed: int | None,
    passes: int | None,
    groups: list[str] | None,
    contenders: list[str] | None,
    threads: list[str] | None,
) -> TrainingOverrides:
    """Return what the command line asked for."""
    return TrainingOverrides(
        form=QUICK if quick else FULL,
        points=points,
        features=features,
        clusters=clusters,
        spread=spread,
        seed=seed,
        passes=passes,
        groups=tuple(groups) if groups else None,
        contenders=tuple(contenders) if contenders else None,
        threads=tuple(threads) if threads else None,
    )


def words(asked: TrainingOverrides) -> list[str]:
    """Return the options that ask for the same."""
    found = ["--quick"] if asked.form == QUICK else []
    for option, value in {
        "--points": asked.points,
        "--features": asked.features,
        "--clusters": asked.clusters,
        "--spread": asked.spread,
        "--seed": asked.seed,
        "--passes": asked.passes,
    }.items():
        if value is not None:
            found += [option, str(value)]
    for option, names in {
        "--group": asked.groups,
        "--contender": asked.contenders,
        "--threads": asked.threads,
    }.items():
        for name in names or ():
            found += [option, name]
    return found
