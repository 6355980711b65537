"""Verdicts of `compare` on made-up slices whose true ratio is known."""

from __future__ import annotations

import numpy as np

from clusterbench.measure.compare_verdicts import compared, enough
from clusterbench.model.compare_plan import Arm, ComparePlan, SliceLoad
from clusterbench.model.compared import Compared, CompareVerdict
from clusterbench.model.contender import Contender
from clusterbench.model.slices import SliceRecord
from clusterbench.model.units import RequestsPerSecond, Seconds
from support import comparisons


def _plan(**changed: object) -> ComparePlan:
    sides = {arm.value: Contender(name=arm.value, service=arm.value) for arm in Arm}
    load = SliceLoad(rate=RequestsPerSecond(1000.0))
    return ComparePlan(**{**sides, "load": load, **changed})


def _found(plan: ComparePlan, ratio: float, *, instance: float = 0.01, blocks: int = 8) -> Compared:
    rng = np.random.default_rng(7)
    records = []
    for block in range(blocks):
        base = {arm: float(np.exp(rng.normal(0, instance))) for arm in Arm}
        for pair in range(20):
            for arm in Arm:
                true = ratio if arm is Arm.CANDIDATE else 1.0
                time = 1e-4 * true * base[arm] * float(np.exp(rng.normal(0, 0.04)))
                records.append(
                    SliceRecord(
                        block=block,
                        pair=pair,
                        arm=arm,
                        first=arm is Arm.BASELINE,
                        seconds=Seconds(0.2),
                        drained=Seconds(0.2),
                        scheduled=200,
                        ok=200,
                        latency={"p50": Seconds(time), "p99": Seconds(3 * time)},
                        cpu=Seconds(200 * time),
                    )
                )
    return compared(plan, records, seconds=60.0)


def test_a_slower_candidate_is_worse_and_fails_where_it_is_slower_than_allowed() -> None:
    found = _found(_plan(fail_over=0.05), 1.10)
    assert found.verdict is CompareVerdict.SLOWER
    assert found.fails
    assert not _found(_plan(fail_over=0.25), 1.10).fails
    assert not _found(_plan(), 1.10).fails


def test_a_faster_candidate_is_better() -> None:
    assert _found(_plan(fail_over=0.05), 0.9).verdict is CompareVerdict.FASTER


def test_the_same_is_no_difference_and_instances_that_differ_are_too_noisy() -> None:
    assert _found(_plan(), 1.0).verdict is CompareVerdict.NO_DIFFERENCE
    assert _found(_plan(), 1.0, instance=0.1, blocks=4).verdict is CompareVerdict.TOO_NOISY


def test_what_one_block_says_is_too_noisy() -> None:
    assert _found(_plan(), 1.5, blocks=1).verdict is CompareVerdict.TOO_NOISY


def test_without_figures_nothing_is_compared() -> None:
    assert compared(_plan(), [], seconds=0.0).verdict is CompareVerdict.NOT_COMPARED


def test_it_is_enough_when_all_that_decide_are_precise_or_the_blocks_are_used_up() -> None:
    plan = _plan()
    assert enough(plan, _found(plan, 1.0))
    assert not enough(plan, _found(plan, 1.0, blocks=3))
    assert not enough(plan, _found(plan, 1.0, instance=0.2))
    assert enough(_plan(most_blocks=4), _found(plan, 1.0, instance=0.2, blocks=4))


def test_a_change_that_fails_is_what_no_difference_leaves_out() -> None:
    found = _found(_plan(fail_over=0.01), 1.0, blocks=8)
    assert found.verdict is CompareVerdict.TOO_NOISY
    assert not found.reached
    assert _found(_plan(fail_over=0.2, precision=0.001), 1.0).verdict is (
        CompareVerdict.NO_DIFFERENCE
    )


def test_a_large_change_need_not_be_known_as_precisely() -> None:
    plan = _plan(precision=0.001)
    assert not _found(plan, 1.0).reached
    assert _found(plan, 2.0).reached


def test_metrics_that_decide_together_have_wider_intervals_than_one_alone() -> None:
    alone = _widths(_found(_plan(metrics=("cpu",)), 1.0))
    together = _widths(_found(_plan(metrics=("cpu", "p50", "p99")), 1.0))
    assert together["cpu"] > 1.1 * alone["cpu"]
    assert _widths(_found(_plan(metrics=("p99",)), 1.0))["cpu"] == alone["cpu"]


def _widths(found: Compared) -> dict[str, float]:
    ratios = {each.name: each.ratio for each in found.metrics if each.ratio}
    return {name: (ratio.high or 0) / (ratio.low or 1) - 1 for name, ratio in ratios.items()}


def test_a_last_block_of_a_few_pairs_counts_for_nothing() -> None:
    plan = comparisons.compare_plan(pairs=4)
    whole = [each for number in range(3) for each in comparisons.block(number, times=1.0, pairs=4)]
    cut = [
        each for each in comparisons.block(3, times=9.0, pairs=1) if isinstance(each, SliceRecord)
    ]
    half = [
        each for each in comparisons.block(3, times=9.0, pairs=2) if isinstance(each, SliceRecord)
    ]
    of_whole = compared(plan, whole, seconds=1.0)
    assert compared(plan, [*whole, *cut], seconds=1.0) == of_whole
    assert (of_whole.blocks, of_whole.pairs) == (3, 12)
    assert compared(plan, [*whole, *half], seconds=1.0).blocks == 4
    assert compared(plan, cut, seconds=1.0).blocks == 1
