"""A run as pandas DataFrames, with the unit of each figure in its column's name."""

from __future__ import annotations

import math
from dataclasses import asdict
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import pandas as pd

from clusterbench.load.kinds.all_kinds import timing_of
from clusterbench.measure.limits import limit_of_trial
from clusterbench.measure.summarise import cpu_per_request
from clusterbench.measure.trials_by_cell import MeasuredTrial
from clusterbench.model.cell_summary import PERCENTILES
from clusterbench.model.samples import STATUS_NAMES
from clusterbench.store.analysis import analyse
from clusterbench.store.run_folder import RunFolder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from clusterbench.model.cell_summary import CellSummary, Comparison, ContenderSummary
    from clusterbench.model.interval import Estimate
    from clusterbench.model.records import SideUsage, TrialRecord
    from clusterbench.model.training_summary import TrainingRow
    from clusterbench.store.analysis import AnalysedRun

#: The frames of a run, by the names under which they are exported.
TABLES = ("cells", "contenders", "trials", "comparisons", "training", "requests")

#: Statistic of latency -> its part of a column's name.
_LATENCIES = {name: name.replace(".", "_") for name in ("mean", *PERCENTILES, "max")}
_STATUS = pd.CategoricalDtype(list(STATUS_NAMES))
#: Counts that are missing where a trial failed or nothing held it back.
_COUNTS = ("responses", "errors", "held_back", "n_init")

_T = TypeVar("_T")


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
        return _frame(map(_cell, self.summary.cells))

    @cached_property
    def contenders(self) -> pd.DataFrame:
        """Return a row per contender: start and peak memory, over all its turns."""
        return _frame(map(_contender, self.summary.contenders))

    @cached_property
    def trials(self) -> pd.DataFrame:
        """Return a row per trial. Figures of trials that failed are missing."""
        return _frame(map(self._trial, self._analysed.trials))

    @cached_property
    def comparisons(self) -> pd.DataFrame:
        """Return a row per ratio of two contenders' throughputs, paired by round."""
        return _frame(map(_comparison, self.summary.comparisons))

    @cached_property
    def training(self) -> pd.DataFrame:
        """Return a row per contender, group, number of threads and shape of the training data."""
        training = self.summary.training
        return _frame(map(_training, training.rows if training else ()))

    @cached_property
    def requests(self) -> pd.DataFrame:
        """Return a row per request of all measured trials: some millions in a long run.

        `start_s` counts from the trial's first request. `in_window` marks the requests that start
        within the window: latency is of those that are OK.
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
                "round": trial.round,
                "contender": trial.contender,
                "scenario": trial.scenario,
                "level": trial.level,
                "start_s": samples.start,
                "latency_s": samples.latency,
                "status": pd.Categorical.from_codes(samples.status, dtype=_STATUS),
                "in_window": (samples.start >= timing.dropped) & (samples.start < end),
            }
        )

    def _trial(self, trial: TrialRecord) -> dict[str, Any]:
        figures = self._analysed.figures.get(trial.id)
        return {
            "trial": trial.id,
            "round": trial.round,
            "contender": trial.contender,
            "scenario": trial.scenario,
            "level": trial.level,
            "connections": trial.connections,
            "started": trial.started,
            "outcome": str(trial.outcome),
            "reason": trial.reason,
            "throughput_per_s": _of(figures, lambda f: f.throughput),
            **{
                f"latency_{column}_s": _number(figures.latency.get(name) if figures else None)
                for name, column in _LATENCIES.items()
            },
            "responses": figures.responses if figures else None,
            "errors": sum(figures.errors.values()) if figures else None,
            "error_rate": _of(figures, lambda f: f.error_rate),
            "cpu_per_request_s": _of(figures, lambda f: cpu_per_request(MeasuredTrial(trial, f))),
            **_usage("server", trial.server),
            **_usage("generator", trial.generator),
            "limit": str(limit_of_trial(trial.server, trial.generator))
            if trial.server and trial.generator
            else None,
            "held_back": trial.held_back,
            "truncated": trial.truncated,
        }


def open_run(path: Path | str) -> RunData:
    """Read a run folder. Raises ConfigError where it is none, StoreError where it is broken."""
    return RunData(analyse(RunFolder.open(Path(path))))


def _frame(rows: Iterable[dict[str, Any]]) -> pd.DataFrame:
    frame = pd.DataFrame(list(rows))
    return frame.astype({name: "Int64" for name in _COUNTS if name in frame})


def _number(value: float | None) -> float:
    """Return a figure as pandas keeps it: NaN where it is missing."""
    return math.nan if value is None else value


def _of(whole: _T | None, read: Callable[[_T], float | None]) -> float:
    """Return a figure of something; NaN where that, or its figure, is missing."""
    return math.nan if whole is None else _number(read(whole))


def _span(name: str, unit: str, estimate: Estimate | None) -> dict[str, float]:
    """Return a figure's three columns: the value, and its interval's ends."""
    return {
        f"{name}{unit}": _of(estimate, lambda e: e.value),
        f"{name}_low{unit}": _of(estimate, lambda e: e.low),
        f"{name}_high{unit}": _of(estimate, lambda e: e.high),
    }


def _usage(side: str, usage: SideUsage | None) -> dict[str, float]:
    return {
        f"{side}_share": _of(usage, lambda u: u.share),
        f"{side}_cpu_s": _of(usage, lambda u: u.cpu),
    }


def _cell(cell: CellSummary) -> dict[str, Any]:
    row: dict[str, Any] = {
        "contender": cell.contender,
        "scenario": cell.scenario,
        "level": cell.level,
        "connections": cell.connections,
        "trials": cell.trials,
        **_span("throughput", "_per_s", cell.throughput),
    }
    for name, column in _LATENCIES.items():
        row |= _span(f"latency_{column}", "_s", cell.latency.get(name))
    return row | {
        **_span("error_rate", "", cell.error_rate),
        "errors": sum(cell.errors.values()),
        "responses": cell.responses,
        **_span("cpu_per_request", "_s", cell.cpu_per_request),
        **_span("server_share", "", cell.server_share),
        **_span("generator_share", "", cell.generator_share),
        "limit": cell.limit and str(cell.limit),
        "lower_bound": cell.lower_bound,
        "held_back": cell.held_back,
        "truncated": cell.truncated,
        "failed": len(cell.failures),
    }


def _contender(contender: ContenderSummary) -> dict[str, Any]:
    return {
        "contender": contender.name,
        "title": contender.title,
        "turns": contender.turns,
        "warm_turns": contender.warm_turns,
        "failed": len(contender.failures),
        **_span("start", "_s", contender.start),
        **_span("peak_memory", "_bytes", contender.peak_memory),
        "peak_memory_source": contender.peak_memory_source,
        **_span("unevenness", "", contender.unevenness),
    }


def _training(row: TrainingRow) -> dict[str, Any]:
    return {
        **{k: v for k, v in asdict(row).items() if k not in {"time", "time_per_iteration"}},
        **_span("time", "_s", row.time),
        **_span("time_per_iteration", "_s", row.time_per_iteration),
    }


def _comparison(comparison: Comparison) -> dict[str, Any]:
    return {
        "numerator": comparison.numerator,
        "denominator": comparison.denominator,
        "scenario": comparison.scenario,
        "level": comparison.level,
        **_span("ratio", "", comparison.ratio),
        "rounds": len(comparison.ratio.rounds),
        "bound": comparison.bound,
        "pairing": str(comparison.pairing),
        **_span("per_worker", "", comparison.per_worker),
    }
