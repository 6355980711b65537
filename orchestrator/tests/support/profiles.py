"""What profilers saw of real servers: some of the samples, recorded."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.measure.cpu_time_parts import Profiled, attribute
from clusterbench.model.contender import Contender, Handler
from clusterbench.model.profile import ProfileRecord
from support.factories import experiment, run_record
from support.summaries import cells, summary

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clusterbench.model.attribution import Attribution
    from clusterbench.model.experiment import Experiment
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary

RECORDED = Path(__file__).parent / "recorded"
NAMES = ("sklearn-grpc", "linfa-py-grpc", "rust-tonic")


def folded(contender: str) -> Mapping[str, str]:
    """Return the folded stacks of a contender, by profiler."""
    files = sorted((RECORDED / "profiles").glob(f"{contender}.*.folded"))
    return {file.name.split(".")[1]: file.read_text() for file in files}


def profiled(contender: str, **lacking: str) -> Profiled:
    """Return what profilers gave of a contender but for those that are lacking, with why."""
    stacks = {name: text for name, text in folded(contender).items() if name not in lacking}
    return Profiled(
        record=ProfileRecord(
            scenario="saturated",
            level=800,
            samples={name: text.count("\n") for name, text in stacks.items()},
            lacking=lacking,
        ),
        folded=stacks,
    )


def attributed_experiment(*, noop: bool = True, profiler: bool = True) -> Experiment:
    """`experiment()` with three contenders, and with their no-op handlers where asked."""
    contenders = {name: Contender(name=name, service=name, title=name) for name in NAMES}
    if noop:
        contenders |= {
            f"{name}-noop": Contender(
                name=f"{name}-noop",
                service=name,
                title=name,
                handler=Handler.NOOP,
                environment={"SERVER_HANDLER": "noop"},
            )
            for name in NAMES
        }
    made = experiment(contenders=contenders)
    saturated = made.scenarios["saturated"]
    return experiment(
        contenders=contenders,
        scenarios={"saturated": replace(saturated, contenders=tuple(contenders))},
        profiler=profiler,
    )


def attributed(
    *, noop: bool = True, of: Collection[str] = NAMES, **lacking: str
) -> tuple[RunRecord, Summary, Attribution | None]:
    """Return a run, its summary and where its CPU time goes; `of` were sampled."""
    record = run_record(experiment=attributed_experiment(noop=noop, profiler=bool(of)))
    found = attribute(
        record.experiment, cells(record), {name: profiled(name, **lacking) for name in of}
    )
    return record, replace(summary(record), attribution=found), found
