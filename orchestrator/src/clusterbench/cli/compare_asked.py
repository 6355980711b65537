"""What a comparison is asked to do, before anything of it is read or checked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterbench.cli.compare_options import fail_over
from clusterbench.model.compare_plan import Arm, ComparePlan, SliceLoad
from clusterbench.model.experiment import Method
from clusterbench.model.units import RequestsPerSecond, Seconds

if TYPE_CHECKING:
    import argparse

#: What a comparison is where nothing else is said, by the names of a ComparePlan's fields.
USUAL: Mapping[str, Any] = {each.name: each.default for each in fields(ComparePlan)}


@dataclass(frozen=True, slots=True, kw_only=True)
class CompareAsked:
    """What is compared, where, and until when; what is not given is as usual.

    `arms` are as they were written. `bench` is read in the place of bench.toml. `plan` names the
    CPU plan, None for that of bench.toml. `connections` are those of `load`, None for as many as
    the CPU plan takes. The others are those of a ComparePlan.
    """

    arms: Mapping[Arm, str]
    bench: Path | None
    plan: str | None
    runtime: str
    data: Path
    budget: Seconds
    seed: int
    load: SliceLoad = field(default_factory=SliceLoad)
    connections: int | None = None
    slice: Seconds = USUAL["slice"]
    pairs: int = USUAL["pairs"]
    precision: float = USUAL["precision"]
    fail_over: float | None = None
    metrics: tuple[str, ...] = ()


def asked_by(arguments: argparse.Namespace) -> CompareAsked:
    """Return what the options of `compare` ask for."""
    rate, concurrency = arguments.rate, arguments.concurrency
    return CompareAsked(
        arms={arm: getattr(arguments, arm) for arm in Arm},
        bench=arguments.bench,
        plan=arguments.plan,
        runtime=arguments.runtime,
        data=arguments.data,
        budget=Seconds(arguments.budget),
        seed=int(arguments.seed),
        load=SliceLoad(
            method=Method(arguments.method),
            rate=None if rate is None else RequestsPerSecond(rate),
            concurrency=None if concurrency is None else int(concurrency),
        ),
        connections=None if arguments.connections is None else int(arguments.connections),
        slice=Seconds(arguments.slices),
        pairs=int(arguments.pairs),
        precision=arguments.precision,
        fail_over=fail_over(arguments.fail_over),
        metrics=tuple(arguments.metrics or ()),
    )
