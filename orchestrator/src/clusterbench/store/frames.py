"""A run as pandas DataFrames, with the unit of each figure in its column's name."""

from __future__ import annotations

import math
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from clusterbench.load.kinds.all_kinds import timing_of
from clusterbench.measure.interference import of_trial
from clusterbench.measure.limits import limit_of_trial
from clusterbench.measure.trials_by_cell import MeasuredTrial
from clusterbench.model.cell_summary import PERCENTILES
from clusterbench.model.footprint import START_STEPS
from clusterbench.model.samples import STATUS_NAMES
from clusterbench.store.analysis import analyse
from clusterbench.store.newest_run import meant
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from clusterbench.model.cell_summary import Figures
    from clusterbench.model.records import SideUsage, TrialRecord
    from clusterbench.store.analysis import AnalysedRun

#: The frames of a run, by the names under which they are exported.
TABLES = (
    "cells", "contenders", "trials", "comparisons", "capacities", "training", "counters",
    "requests",
)  # fmt: skip

#: Statistic of latency -> its part of a column's name.
_LATENCIES = {name: f"latency_{name.replace('.', '_')}" for name in ("mean", *PERCENTILES, "max")}
#: The parts of an open loop's latency that are not the server's work.
_PARTS = {
    part: {name: f"{part}_{name}" for name in ("p50", "p99")}
    for part in ("send_delay", "held_back_for")
}
#: Those of a cold start.
_STEPS = {step: f"step_{step}" for step in START_STEPS}
_TIMES = {"latency": _LATENCIES, "steps": _STEPS, **_PARTS}
_MEMORY = ("idle_memory", "peak_memory")
#: The figures with an interval, and the end of their columns' names.
_UNITS = {
    **dict.fromkeys(("throughput", "rate", "capacity", "per_core"), "_per_s"),
    **dict.fromkeys((column for names in _TIMES.values() for column in names.values()), "_s"),
    **dict.fromkeys(("cpu_per_request", "start", "time", "time_per_iteration"), "_s"),
    **dict.fromkeys(
        (f"{memory}{of}" for memory in _MEMORY for of in ("", "_per_worker")), "_bytes"
    ),
    **dict.fromkeys(("error_rate", "server_share", "generator_share"), ""),
    **dict.fromkeys(("ratio", "per_worker", "unevenness"), ""),
    **dict.fromkeys(("instructions", "ipc", "voluntary", "involuntary"), ""),
}
_STATUS = pd.CategoricalDtype(list(STATUS_NAMES))
#: Counts that are missing where a trial failed, nothing held it back, or nothing told them.
_COUNTS = (
    "responses", "responses_checked", "errors", "held_back", "n_init", "image_size_bytes",
    "workers",
)  # fmt: skip

#: The fields that each frame shows, in the order of its columns.
_CELL = (
    "contender", "scenario", "level", "connections", "trials", "throughput", "latency",
    "error_rate", "errors", "responses", "responses_checked", "cpu_per_request", "server_share",
    "generator_share", "limit", "lower_bound", "held_back", "truncated", "failures", "send_delay",
    "held_back_for", "delayed", "rate", "interference", "disturbed", "repeated", "drifting",
    "drift", "paused", "pause", "unsettled",
)  # fmt: skip
_CONTENDER = ("name", "title", "turns", "warm_turns", "failures", "footprint", "unevenness")
_FOOTPRINT = (
    "start", "steps", "image_size", "workers", *_MEMORY, "peak_memory_source",
    *(f"{memory}_per_worker" for memory in _MEMORY),
)  # fmt: skip
_CAPACITY = (
    "contender", "scenario", "objective", "trials", "capacity", "per_core", "lower_bound", "unmet",
    "cores", "workers", "failures", "than", "ratio", "bound",
)  # fmt: skip
_COMPARISON = (
    "numerator", "denominator", "scenario", "level", "ratio", "rounds", "bound", "pairing",
    "per_worker",
)  # fmt: skip
_TRAINING = (
    "group", "contender", "edition", "threads", "points", "features", "clusters", "n_init",
    "iterations", "inertia", "equal", "addition", "note", "time", "time_per_iteration",
)  # fmt: skip
_COUNTERS = (
    "contender", "scenario", "level", "instructions", "ipc", "voluntary", "involuntary",
    "counted_share", "user_only",
)  # fmt: skip
#: What a trial's row and its requests' rows begin with.
_TRIAL = ("round", "contender", "scenario", "level")


class RunData:
    """A run folder as DataFrames, each made when it is asked for. Nothing is written.

    Figures with an interval have three columns, such as `throughput_per_s`,
    `throughput_low_per_s` and `throughput_high_per_s`. The ends are missing with one round.
    """

    def __init__(self, analysed: AnalysedRun) -> None:
        self._analysed = analysed
        self.run = analysed.run
        self.summary = analysed.summary

    @cached_property
    def cells(self) -> pd.DataFrame:
        """Return a row per cell (contender, scenario, level), over all rounds."""
        return _rows(self.summary.cells, _CELL)

    @cached_property
    def contenders(self) -> pd.DataFrame:
        """Return a row per contender: its cold start, image and memory, over all its turns."""
        return _rows(self.summary.contenders, _CONTENDER).rename(columns={"name": "contender"})

    @cached_property
    def trials(self) -> pd.DataFrame:
        """Return a row per trial, also those run again: `counted` are those of which cells are.

        Figures of trials that failed are missing.
        """
        return _frame(map(self._trial, self._analysed.trials))

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """Return a row per ratio of two contenders' throughputs, paired by round."""
        return _rows(self.summary.comparisons, _COMPARISON)

    @cached_property
    def capacities(self) -> pd.DataFrame:
        """Return a row per contender and latency objective: its capacity over all rounds."""
        return _rows(self.summary.capacities, _CAPACITY)

    @cached_property
    def training(self) -> pd.DataFrame:
        """Return a row per contender, group, number of threads and shape of the training data."""
        training = self.summary.training
        return _rows(training.rows if training else (), _TRAINING)

    @cached_property
    def counters(self) -> pd.DataFrame:
        """Return a row per contender that was counted: instructions and switches per request."""
        return _rows(self.summary.counters, _COUNTERS)

    @cached_property
    def requests(self) -> pd.DataFrame:
        """Return a row per request of all measured trials: some millions in a long run.

        `start_s` counts from the trial's first request; in an open loop a request starts when it
        was due. `in_window` marks the requests that start within the window: latency is of those
        that are OK. `counted` are those of trials that cells are made from.
        """
        measured = [t for t in self._analysed.trials if t.id in self._analysed.figures]
        if not measured:
            return pd.DataFrame()
        found = pd.concat(map(self._requests, measured), ignore_index=True)
        return found.astype(dict.fromkeys(("trial", "contender", "scenario"), "category"))

    def _requests(self, trial: TrialRecord) -> pd.DataFrame:
        samples = self._analysed.folder.samples(trial.id)
        timing = timing_of(self.run.experiment, trial.scenario)
        end = timing.dropped + timing.window
        return pd.DataFrame(
            {
                "trial": trial.id,
                **{name: getattr(trial, name) for name in _TRIAL},
                "counted": trial.id in self._analysed.counted,
                "start_s": samples.start,
                "latency_s": samples.latency,
                **{
                    f"{part}_s": math.nan if (told := getattr(samples, part)) is None else told
                    for part in _PARTS
                },
                "status": pd.Categorical.from_codes(samples.status, dtype=_STATUS),
                "in_window": (samples.start >= timing.dropped) & (samples.start < end),
            }
        )

    def _trial(self, trial: TrialRecord) -> dict[str, Any]:
        figures = self._analysed.figures.get(trial.id)
        return {
            "trial": trial.id,
            **{name: getattr(trial, name) for name in _TRIAL},
            "connections": trial.connections,
            "started": trial.started,
            "outcome": str(trial.outcome),
            "repeats": trial.repeats,
            "counted": trial.id in self._analysed.counted,
            "reason": trial.reason,
            "throughput_per_s": _number(figures, "throughput"),
            **_times(figures, "latency"),
            "responses": figures.responses if figures else None,
            "responses_checked": trial.responses_checked,
            "errors": figures.failed if figures else None,
            "error_rate": _number(figures, "error_rate"),
            "cpu_per_request_s": _number(
                MeasuredTrial(trial, figures) if figures else None, "cpu_per_request"
            ),
            **_usage("server", trial.server),
            **_usage("generator", trial.generator),
            "limit": str(limit_of_trial(trial.server, trial.generator))
            if trial.server and trial.generator
            else None,
            "interference": _known(of_trial(trial)),
            "drift": _number(figures, "drift"),
            "pause_s": _number(figures, "pause"),
            "held_back": trial.held_back,
            "truncated": trial.truncated,
            **{name: value for part in _PARTS for name, value in _times(figures, part).items()},
            "delayed": figures.delayed if figures else None,
            "rate_per_s": _number(trial, "rate"),
            "capacity_per_s": _number(trial.capacity, "rate"),
            "capacity_bound": ">=" * trial.capacity.lower_bound if trial.capacity else None,
        }


def open_run(path: Path | str) -> RunData:
    """Read a run folder; `latest` in a results folder means the newest there.

    Raises ConfigError where it is none, StoreError where it is broken.
    """
    return RunData(analyse(RunFolder.open(meant(Path(path)))))


def _frame(rows: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows))
    return frame.astype({name: "Int64" for name in _COUNTS if name in frame})


def _rows(found: Iterable[object], fields: Sequence[str]) -> pd.DataFrame:
    """Return a row per object: its fields in this order, flattened."""
    return _frame(
        {name: value for field in fields for name, value in _columns(field, getattr(each, field))}
        for each in found
    )


def _columns(field: str, value: Any) -> Iterator[tuple[str, Any]]:  # noqa: ANN401 - of any type
    """Return the columns of a field: one, or three of a figure with an interval."""
    if field in _TIMES:
        for statistic, column in _TIMES[field].items():
            yield from _columns(column, value.get(statistic))
    elif field in _UNITS:
        yield f"{field}{_UNITS[field]}", _number(value, "value")
        yield f"{field}_low{_UNITS[field]}", _number(value, "low")
        yield f"{field}_high{_UNITS[field]}", _number(value, "high")
    elif field == "footprint":
        for part in _FOOTPRINT:
            yield from _columns(part, getattr(value, part))
    elif field == "image_size":
        yield "image_size_bytes", value
    elif field == "pause":
        yield "pause_s", _known(value)
    elif field == "failures":
        yield "failed", len(value)
    elif field == "objective":
        yield from (("percentile", value.percentile), ("limit_s", value.limit))
    elif field == "errors":
        yield "errors", sum(value.values())
    else:
        yield field, str(value) if isinstance(value, StrEnum) else value


def _number(whole: object, field: str) -> float:
    """Return a figure of something as pandas keeps it: NaN where either is missing."""
    return _known(getattr(whole, field, None))


def _known(value: float | None) -> float:
    return math.nan if value is None else value


def _times(figures: Figures | None, part: str) -> dict[str, float]:
    """Return the columns of a trial's latency, or of a part of it."""
    times = getattr(figures, part, {})
    return {f"{column}_s": times.get(name, math.nan) for name, column in _TIMES[part].items()}


def _usage(side: str, usage: SideUsage | None) -> dict[str, float]:
    return {
        f"{side}_share": _number(usage, "share"),
        f"{side}_cpu_s": _number(usage, "cpu"),
        f"{side}_quota": _number(usage, "quota"),
        f"{side}_throttled_s": _number(usage, "throttled"),
        f"{side}_interference": _number(usage, "interference"),
        f"{side}_pressure": _number(usage, "pressure"),
    }
