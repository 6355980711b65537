"""Load generators against each other, where several made the same load."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.measure.summarise import summarise
from clusterbench.model.experiment import Loop
from clusterbench.model.trial import Limit
from clusterbench.model.units import Seconds
from support.factories import run_record
from support.trials import FAST, SLOW, experiment, figures_of, side, trial

if TYPE_CHECKING:
    from clusterbench.model.cell_summary import Figures
    from clusterbench.model.experiment import Experiment
    from clusterbench.model.generator_comparison import GeneratorComparison
    from clusterbench.model.records import TrialRecord

THROUGHPUTS = {"predict": (100.0, 200.0), "other": (110.0, 180.0)}


def loaded(**changes: Any) -> Experiment:
    """An experiment whose servers ghz loads, and h2load too: but for `changes`, alike."""
    usual = experiment()
    predict = replace(usual.scenarios["predict"], sweep=(64,))
    alike: dict[str, Any] = {"name": "other", "generator": "h2load"}
    other = replace(predict, **(alike | changes))
    return replace(usual, scenarios={"predict": predict, "other": other}, rounds=2)


def compared(
    made: Experiment, *, latency: dict[str, dict[str, float]] | None = None
) -> tuple[GeneratorComparison, ...]:
    records: list[TrialRecord] = []
    figures: dict[str, Figures] = {}
    for name, scenario in made.scenarios.items():
        for number, throughput in enumerate(THROUGHPUTS[name], start=1):
            done = replace(
                trial(SLOW, number, server=side(0.95), generator=side(0.5)),
                id=f"r{number}-{name}", scenario=name, level=scenario.sweep[0],
            )  # fmt: skip
            records.append(done)
            times = {k: Seconds(v) for k, v in (latency or {}).get(name, {}).items()}
            figures[done.id] = figures_of(throughput, times)
    return summarise(run_record(experiment=made), records, figures).generators


def test_generators_are_compared_on_each_server_that_both_loaded_alike_paired_by_round() -> None:
    (found,) = compared(loaded())
    assert (found.contender, found.numerator, found.denominator) == (SLOW, "other", "predict")
    assert found.level == 64
    assert found.throughput is not None
    assert found.throughput.rounds == pytest.approx((1.1, 0.9))
    assert found.cpu_per_request is not None
    assert found.cpu_per_request.rounds == pytest.approx((1 / 1.1, 1 / 0.9))
    assert found.limits == (Limit.SERVER_BOUND, Limit.SERVER_BOUND)


def test_a_percentile_is_compared_where_both_generators_tell_latencies() -> None:
    both = {"predict": {"p50": 0.002, "p99": 0.1}, "other": {"p50": 0.003}}
    (found,) = compared(loaded(), latency=both)
    assert found.p50 is not None
    assert found.p50.rounds == pytest.approx((1.5, 1.5))
    assert found.p99 is None


@pytest.mark.parametrize(
    "changes",
    [
        {"generator": "ghz"},
        {"connections": 4},
        {"sweep": (128,)},
        {"load": {"kind": "open-loop"}, "loop": Loop.OPEN},
        {"contenders": (FAST,)},
    ],
)
def test_scenarios_that_differ_in_more_than_the_generator_are_not_compared(
    changes: dict[str, Any],
) -> None:
    assert compared(loaded(**changes)) == ()
