"""Of the trials of a cell in one round the quietest counts, whatever it came out as."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.measure.summarise import summarise
from clusterbench.measure.trials_by_cell import complete, trials_by_cell
from clusterbench.model.disturbance import InterferenceRule
from clusterbench.model.records import Outcome, TrialRecord
from clusterbench.model.trial import Cell
from support.factories import run_record
from support.trials import SLOW, experiment, figures_of, side, trial

if TYPE_CHECKING:
    from clusterbench.model.cell_summary import CellSummary, Figures
    from clusterbench.model.experiment import Experiment

FIRST = trial(SLOW, 1).id
RULE = InterferenceRule(bound=0.25, repeats=2)


def tried(share: float | None, again: int = 0, **changes: Any) -> TrialRecord:
    """A trial of the one cell, in which others had this share of the server's CPU."""
    server = dataclasses.replace(side(0.5), interference=share)
    known = {"id": f"{FIRST}-again{again}", "repeats": FIRST} if again else {}
    return trial(SLOW, 1, server=server, **known, **changes)


def made() -> Experiment:
    return dataclasses.replace(experiment(rounds=1), interference=RULE)


def figures(*tries: TrialRecord) -> dict[str, Figures]:
    """Throughputs of 100, 200, ... responses/s, in the order of the trials."""
    return {each.id: figures_of(100.0 * number) for number, each in enumerate(tries, start=1)}


def summed_up(*tries: TrialRecord) -> CellSummary:
    summary = summarise(run_record(experiment=made()), tries, figures(*tries))
    return next(cell for cell in summary.cells if cell.contender == SLOW)


@pytest.mark.parametrize(
    ("shares", "throughput"),
    [((0.5, 0.1), 200.0), ((0.3, 0.5), 100.0), ((0.5, 0.4, 0.3), 300.0), ((0.3, 0.3), 100.0)],
)
def test_the_quietest_counts_and_the_first_of_equals(
    shares: tuple[float, ...], throughput: float
) -> None:
    cell = summed_up(*(tried(share, again) for again, share in enumerate(shares)))
    assert cell.throughput is not None
    assert cell.throughput.rounds == (throughput,)
    assert (cell.trials, cell.repeated) == (1, 1)
    assert cell.interference == min(shares)


def test_a_cell_whose_quietest_trial_is_quiet_is_not_marked() -> None:
    assert summed_up(tried(0.5), tried(0.1, again=1)).disturbed == 0


def test_a_cell_that_stays_disturbed_stays_marked() -> None:
    assert summed_up(tried(0.5), tried(0.6, again=1), tried(0.4, again=2)).disturbed == 1


def test_a_trial_that_was_run_once_is_not_said_to_be_run_again() -> None:
    cell = summed_up(tried(0.1))
    assert (cell.repeated, cell.disturbed) == (0, 0)


def test_the_bound_is_that_of_the_run() -> None:
    assert summed_up(tried(0.2)).disturbed == 0
    assert summed_up(tried(0.25)).disturbed == 1


def test_a_try_that_failed_leaves_the_first_ones_figure() -> None:
    failed = tried(None, again=1, outcome=Outcome.FAILED, reason="it broke")
    cell = summed_up(tried(0.5), failed)
    assert cell.throughput is not None
    assert cell.throughput.rounds == (100.0,)
    assert (cell.failures, cell.disturbed) == ((), 1)


def test_a_trial_of_which_interference_is_not_known_counts_where_no_other_is_there() -> None:
    known = summed_up(tried(0.5), tried(None, again=1))
    assert known.throughput is not None
    assert known.throughput.rounds == (100.0,)
    alone = summed_up(tried(None))
    assert alone.throughput is not None
    assert (alone.interference, alone.disturbed) == (None, 0)


def test_a_round_whose_every_trial_failed_says_why_the_first_did() -> None:
    tries = (
        tried(None, outcome=Outcome.FAILED, reason="the first broke"),
        tried(None, again=1, outcome=Outcome.FAILED, reason="the second broke"),
    )
    found = trials_by_cell(made(), tries, {})
    cell = Cell(contender=SLOW, scenario="predict", level=64)
    assert found[cell].failures == ("round 1: the first broke",)


def test_what_was_run_again_makes_no_run_complete() -> None:
    alone = dataclasses.replace(made(), contenders={SLOW: made().contenders[SLOW]})
    assert complete(alone, [tried(0.5), tried(0.1, again=1)])
    two = dataclasses.replace(alone, rounds=2)
    assert not complete(two, [tried(0.5), tried(0.1, again=1)])
