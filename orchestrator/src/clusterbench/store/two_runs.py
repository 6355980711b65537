"""Two run folders compared: what changed from the one to the other, and what else differs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError
from clusterbench.measure.between_runs import PRECISION, changes
from clusterbench.model.runs_compared import RunsCompared
from clusterbench.store.analysis import analyse
from clusterbench.store.calibrations import calibration_of
from clusterbench.store.run_folder import RunFolder, differences

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from clusterbench.model.experiment import Scenario
    from clusterbench.model.records import RunRecord

#: The differences that make runs ones of different hosts: what is left is what one compares.
_ELSEWHERE = ("fingerprint.host.", "fingerprint.engine.", "plan.", "runtime")
#: Why there is no interval.
_ACROSS = "the runs were not measured on one host in one way"
_NOT_CALIBRATED = (
    "this host was not calibrated (by `calibrate`), so nobody knows how far its runs are from "
    "each other without any change"
)


def compare_runs(
    first: Path,
    second: Path,
    *,
    results: Path,
    across_hosts: bool = False,
    precision: float = PRECISION,
) -> RunsCompared:
    """Compare the run in folder `second` with that in `first`.

    The calibration of the first one's host, in the folder `results`, says how much runs differ by
    themselves; without one there is no interval. Raises ConfigError where the hosts, the runtimes
    or the CPU plans differ and `across_hosts` does not allow it, and where both are one run;
    StoreError where a folder cannot be read.
    """
    one, other = RunFolder.open(first), RunFolder.open(second)
    if one.run.id == other.run.id:
        raise ConfigError(f"{second}: the same run twice; give two runs")
    found = differences(one.run, other.run)
    elsewhere = tuple(line for line in found if line.startswith(_ELSEWHERE))
    if elsewhere and not across_hosts:
        raise ConfigError(_refused(one.run, other.run, elsewhere))
    # What a host's noise is says nothing of how far it is from another.
    calibration = None if elsewhere else calibration_of(results, one.run.fingerprint)
    return RunsCompared(
        first=one.run.id,
        second=other.run.id,
        changes=tuple(
            changes(
                one.run.experiment,
                analyse(one).summary,
                analyse(other).summary,
                calibration,
                same=_same_scenarios(one.run, other.run),
                unknown=_ACROSS if elsewhere else _NOT_CALIBRATED,
                precision=precision,
            )
        ),
        differences=(*found, *_commits(one.run, other.run)),
        elsewhere=elsewhere,
        calibrated=calibration.created if calibration else None,
    )


def _commits(one: RunRecord, other: RunRecord) -> list[str]:
    if one.commit == other.commit:
        return []
    return [f"commit: was {one.commit or 'unknown'}, is {other.commit or 'unknown'}"]


def _same_scenarios(one: RunRecord, other: RunRecord) -> frozenset[str]:
    """Return the scenarios that load servers alike in both runs, whoever takes part."""
    if one.experiment.data != other.experiment.data:
        return frozenset()

    def load(scenario: Scenario) -> Scenario:
        return replace(scenario, contenders=(), sweep=(), rounds=None)

    there = other.experiment.scenarios
    return frozenset(
        name
        for name, scenario in one.experiment.scenarios.items()
        if name in there and load(scenario) == load(there[name])
    )


def _refused(one: RunRecord, other: RunRecord, elsewhere: Sequence[str]) -> str:
    lines = "".join(f"\n  {line}" for line in elsewhere)
    return (
        f"{one.id} and {other.id} were not measured on one host in one way:{lines}\n"
        "their figures say nothing of what changed in the servers; --across-hosts compares them "
        "all the same, and judges nothing"
    )
