"""Somebody else on the server's CPU is found, as much as it took; what it disturbed is repeated.

Other programs of this machine are somebody else too: what a trial without a disturber gives is held
against what it recorded, and never against time.
"""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

import pytest

from clusterbench.bench.loading import Watch
from clusterbench.host.cpu_time import cpu_times
from clusterbench.host.procfs import usage
from clusterbench.load.kinds.kind import Part
from clusterbench.measure.interference import of_trial
from clusterbench.model.disturbance import NO_REPEATS, InterferenceRule
from clusterbench.model.experiment import Timing
from clusterbench.model.records import TrialRecord
from clusterbench.model.units import Seconds
from clusterbench.report.interference_words import mark
from clusterbench.store.analysis import analyse
from support.disturbed_runs import disturber, one_cell
from support.stand_in_processes import ONE, SERVES, STAND_IN, Lab

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.store.run_folder import RunFolder

pytestmark = [pytest.mark.process, pytest.mark.alone]

BUSY = SERVES.replace("    time.sleep(0.02)", "    pass")
RULE = InterferenceRule(bound=0.25, repeats=2)


def test_a_disturber_on_the_servers_cpu_is_found(tmp_path: Path) -> None:
    lab = Lab(tmp_path, f"labtest-{uuid.uuid4().hex}")
    (cpu,) = ONE.cpus
    runtime = lab.runtime(BUSY)
    timing = Timing(dropped=Seconds(0.0), window=Seconds(2.0), margin=Seconds(0.0))
    part = Part(name="load", timing=timing, counters=(0.0, 2.0))
    with (
        runtime.open(),
        runtime.server(STAND_IN, ONE) as server,
        runtime.generator(ONE) as home,
        disturber(cpu) as pid,
    ):
        watch = Watch(server, home, part, machine=cpu_times)
        before = usage(pid)
        watch.through(lambda: True)
        after = usage(pid)
    side, _ = watch.with_interference(watch.usage(1, 1), (ONE, ONE))
    assert side is not None
    assert side.interference is not None
    assert NO_REPEATS.disturbs(side.interference)
    took = (after.cpu - before.cpu) / (after.at - before.at)
    assert side.interference > took / 2


class Tried:
    """One cell in one round: its trials in the order in which they ran, and which counts."""

    def __init__(self, folder: RunFolder) -> None:
        analysed = analyse(folder)
        self.trials = [each for each in folder.records() if isinstance(each, TrialRecord)]
        self.others = [of_trial(each) or 0.0 for each in self.trials]
        (self.cell,) = analysed.summary.cells
        (self.counted,) = analysed.counted

    def hold_to_the_rule(self) -> None:
        """Every trial but the last was disturbed; the last was not, or it was the third."""
        first, *again = self.trials
        assert [each.repeats for each in again] == [first.id] * len(again)
        assert all(RULE.disturbs(share) for share in self.others[:-1])
        assert not RULE.disturbs(self.others[-1]) or len(again) == RULE.repeats
        quietest = self.others.index(min(self.others))
        assert self.counted == self.trials[quietest].id
        assert self.cell.repeated == bool(again)
        assert self.cell.disturbed == RULE.disturbs(min(self.others))
        assert bool(mark(self.cell)) == RULE.disturbs(min(self.others))


def test_a_trial_with_a_disturber_is_run_again_and_the_quietest_counts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = one_cell(tmp_path, monkeypatch, RULE, lambda tag: "-again" not in tag)
    tried = Tried(folder)
    assert RULE.disturbs(tried.others[0])
    assert len(tried.trials) > 1
    assert all(len(folder.samples(each.id).start) for each in tried.trials)
    tried.hold_to_the_rule()


def test_a_cell_with_a_disturber_all_the_time_is_run_twice_again_and_marked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried = Tried(one_cell(tmp_path, monkeypatch, RULE, lambda _tag: True))
    assert len(tried.trials) == 1 + RULE.repeats
    assert tried.cell.disturbed == 1
    assert "though run again" in mark(tried.cell)
    tried.hold_to_the_rule()


def test_a_cell_without_a_disturber_is_marked_by_what_it_recorded_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    Tried(one_cell(tmp_path, monkeypatch, RULE, lambda _tag: False)).hold_to_the_rule()
