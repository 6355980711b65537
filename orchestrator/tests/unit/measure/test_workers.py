"""Contenders of several workers: who they are compared with, and how evenly calls were spread."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from clusterbench.measure.summarise import summarise
from clusterbench.model.cell_summary import ContenderSummary, Pairing
from clusterbench.model.contender import Contender, Handler
from clusterbench.model.records import Outcome, WorkerShare
from clusterbench.model.units import Seconds
from support.factories import run_record
from support.trials import experiment, figures_of, held_back, side, trial, turn

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.model.experiment import Experiment
    from clusterbench.model.records import TurnRecord
    from clusterbench.model.summary import Summary

FOUR = {"SERVER_WORKERS": "4"}


def bench() -> Experiment:
    """Two services, each with one process and with one worker per core, and a no-op handler."""
    contenders = {
        name: Contender(
            name=name,
            service=name.partition("-")[0],
            environment=FOUR if per_core else {},
            handler=Handler.NOOP if "noop" in name else Handler.MODEL,
            per_core=per_core,
        )
        for name, per_core in {
            "slow": False,
            "fast": False,
            "slow-4": True,
            "fast-4": True,
            "fast-noop": False,
            "fast-noop-4": True,
        }.items()
    }
    base = experiment()
    scenario = dataclasses.replace(base.scenarios["predict"], contenders=tuple(contenders))
    return dataclasses.replace(base, contenders=contenders, scenarios={"predict": scenario})


def measured(full: Sequence[str] = (), held: Sequence[str] = ()) -> Summary:
    """Summarise a run in which those of four workers answer three times as much."""
    records = []
    figures = {}
    for name in bench().contenders:
        for number in (1, 2, 3):
            used = held_back(0.3) if name in held else side(0.95 if name in full else 0.3)
            done = trial(name, number, server=used)
            figures[done.id] = figures_of(number * (300.0 if name.endswith("4") else 100.0))
            records += [done, turn(name, number)]
    return summarise(run_record(experiment=bench()), records, figures)


def test_those_of_one_process_are_compared_apart_from_those_of_several() -> None:
    found = [(c.pairing, c.numerator, c.denominator) for c in measured().comparisons]
    assert found == [
        (Pairing.ONE_PROCESS, "fast", "slow"),
        (Pairing.ONE_PROCESS, "fast-noop", "fast"),
        (Pairing.GAIN, "slow-4", "slow"),
        (Pairing.GAIN, "fast-4", "fast"),
        (Pairing.GAIN, "fast-noop-4", "fast-noop"),
        (Pairing.PER_CORE, "fast-4", "slow-4"),
        (Pairing.PER_CORE, "fast-noop-4", "fast-4"),
    ]


def test_a_gain_is_shown_with_what_each_worker_adds() -> None:
    for comparison in measured().comparisons:
        if comparison.pairing is Pairing.GAIN:
            assert comparison.per_worker is not None
            assert comparison.ratio.value == pytest.approx(3.0)
            assert comparison.per_worker.value == pytest.approx(0.75)
            assert comparison.per_worker.rounds == pytest.approx((0.75, 0.75, 0.75))
        else:
            assert comparison.per_worker is None


def test_one_process_that_fills_all_cores_by_itself_gives_no_gain_a_worker() -> None:
    gains = {
        c.denominator: c.per_worker
        for c in measured(full=["fast"]).comparisons
        if c.pairing is Pairing.GAIN
    }
    assert gains["fast"] is None
    assert gains["slow"] is not None


def test_a_gain_of_which_a_quota_held_one_back_is_shared_among_no_workers() -> None:
    for held in ("slow", "slow-4"):
        gains = {c.numerator: c for c in measured(held=[held]).comparisons}
        assert gains["slow-4"].per_worker is None
        assert gains["slow-4"].bound != ""
        assert gains["fast-noop-4"] is not None


def spread(turns: Sequence[TurnRecord]) -> ContenderSummary:
    summary = summarise(run_record(experiment=bench()), turns, {})
    (found,) = (c for c in summary.contenders if c.name == "slow-4")
    return found


def after(number: int, *requests: int, **changes: object) -> TurnRecord:
    workers = tuple(WorkerShare(requests=n, cpu_seconds=Seconds(1.0)) for n in requests)
    return turn("slow-4", number, workers=workers, **changes)


def test_unevenness_is_the_busiest_workers_share_of_an_even_one_over_turns() -> None:
    found = spread([after(1, 10, 30), after(2, 20, 20), after(3, 25, 15)])
    assert found.unevenness is not None
    assert found.unevenness.rounds == pytest.approx((1.5, 1.0, 1.25))
    assert found.unevenness.low is not None
    assert found.unevenness.low < found.unevenness.value < 1.5


def test_workers_shares_are_put_in_order_within_each_turn_and_add_up_to_all() -> None:
    found = spread([after(1, 10, 30), after(2, 30, 10)])
    assert [share.value for share in found.worker_shares] == pytest.approx([0.75, 0.25])


def test_a_server_of_one_worker_or_without_requests_or_words_has_no_spread() -> None:
    for turns in ([], [after(1)], [after(1, 40)], [after(1, 0, 0)]):
        found = spread(turns)
        assert found.worker_shares == ()
        assert found.unevenness is None


def test_a_turn_that_failed_or_did_not_say_is_left_out_of_the_spread() -> None:
    found = spread([after(1, 30, 10), after(2), after(3, 40, 0, outcome=Outcome.FAILED)])
    assert found.unevenness is not None
    assert found.unevenness.rounds == pytest.approx((1.5,))
