"""An estimate and a verdict per metric from slices and instances, and when it is enough. Pure."""

from __future__ import annotations

import math
import statistics
from collections import Counter
from typing import TYPE_CHECKING

from clusterbench.measure import holm
from clusterbench.measure.change_verdict import change_verdict
from clusterbench.measure.estimates import CONFIDENCE
from clusterbench.measure.failed_slices import failing
from clusterbench.measure.metrics import METRICS, Metric
from clusterbench.measure.near_saturation import nearly_full
from clusterbench.measure.precision import halved, precise
from clusterbench.measure.two_level import two_level
from clusterbench.model.compare_plan import Arm, ComparePlan
from clusterbench.model.compared import Compared, CompareVerdict, MetricResult
from clusterbench.model.slices import InstanceRecord, SliceRecord

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

#: Figures of both, by block and pair.
_Figures = dict[tuple[int, int], dict[Arm, float]]


def compared(
    plan: ComparePlan, records: Sequence[SliceRecord | InstanceRecord], *, seconds: float
) -> Compared:
    """Judge what was measured so far. `seconds` is how long it took.

    A block counts as soon as half of its pairs were measured, or where no block has as many.

    The metrics that decide are judged together: with no difference at all, one of them or more
    finds one in 1 - CONFIDENCE of comparisons (Holm). Each of the others stands for itself. None
    is compared where too many of a slice's requests failed.
    """
    slices = [each for each in records if isinstance(each, SliceRecord)]
    counted = _counted(plan, slices)
    failed = failing(slices)
    instances = [each for each in records if isinstance(each, InstanceRecord)]
    used: list[SliceRecord | InstanceRecord] = [] if failed else [*counted, *instances]
    figures = {metric: _figures(metric, used) for metric in METRICS if _fits(plan, metric)}
    levels = _levels(plan, figures)
    results = tuple(
        _judged(plan, metric, of, 1 - levels.get(metric.name, 1 - CONFIDENCE), failed)
        for metric, of in figures.items()
    )
    pairs = {(each.block, each.pair) for each in counted}
    return Compared(
        metrics=results,
        blocks=len({block for block, _ in pairs}),
        pairs=len(pairs),
        disturbed=sum(each.again for each in slices) // 2,
        seconds=seconds,
        reached=all(precise(plan, each.ratio) for each in results if each.decides),
        nearly_full=tuple(nearly_full(plan, records)),
    )


def enough(plan: ComparePlan, found: Compared) -> bool:
    """Return whether no more blocks are needed, whatever is left of the budget."""
    return found.blocks >= plan.most_blocks or (found.blocks >= plan.least_blocks and found.reached)


def pair_log_ratios(
    plan: ComparePlan, records: Sequence[SliceRecord | InstanceRecord], name: str
) -> list[list[float]]:
    """Return the log ratios of a metric, candidate to baseline: of each pair, block by block."""
    metric = next(each for each in METRICS if each.name == name and _fits(plan, each))
    return _log_ratios(_figures(metric, records))


def _counted(plan: ComparePlan, slices: Iterable[SliceRecord]) -> list[SliceRecord]:
    """Return the slices that count: of the last block of what was interrupted there are few.

    A block's figure counts as much as any other's, and that of a few pairs spreads far more.
    """
    kept = [each for each in slices if not each.again]
    pairs = Counter(each.block for each in kept if each.first)
    enough_pairs = {block for block, number in pairs.items() if 2 * number >= plan.pairs}
    return [each for each in kept if each.block in enough_pairs] if enough_pairs else kept


def _fits(plan: ComparePlan, metric: Metric) -> bool:
    return metric.closed if plan.load.concurrency else metric.opened


def _decides(plan: ComparePlan, metric: Metric) -> bool:
    return metric.name in plan.metrics if plan.metrics else metric.decides


def _levels(plan: ComparePlan, figures: Mapping[Metric, _Figures]) -> Mapping[str, float]:
    """Return at which level each metric that decides is judged; none of what has one block."""
    found = {
        metric.name: two_level(_log_ratios(of))
        for metric, of in figures.items()
        if _decides(plan, metric)
    }
    chances = {
        name: each.chance
        for name, each in found.items()
        if each is not None and each.chance is not None
    }
    return holm.levels(chances, 1 - CONFIDENCE)


def _judged(
    plan: ComparePlan, metric: Metric, figures: _Figures, confidence: float, failed: str | None
) -> MetricResult:
    found = two_level(_log_ratios(figures), confidence=confidence)
    decides = _decides(plan, metric)
    if found is None:
        return MetricResult(
            name=metric.name, title=metric.title, unit=metric.unit, decides=decides,
            verdict=CompareVerdict.NOT_COMPARED, why=failed or "there are no figures of both",
        )  # fmt: skip
    typical = {
        arm: statistics.median(each[arm] for each in figures.values() if arm in each) * metric.scale
        for arm in Arm
    }
    verdict = change_verdict(
        found.ratio, less_is_better=metric.less_is_better, precision=halved(plan)
    )
    worse = found.ratio.value if metric.less_is_better else 1 / found.ratio.value
    return MetricResult(
        name=metric.name,
        title=metric.title,
        unit=metric.unit,
        decides=decides,
        verdict=verdict,
        ratio=found.ratio,
        baseline=typical[Arm.BASELINE],
        candidate=typical[Arm.CANDIDATE],
        slice_spread=found.slice_spread,
        instance_spread=found.instance_spread,
        fails=(
            decides
            and plan.fail_over is not None
            and verdict is CompareVerdict.SLOWER
            and worse - 1 >= plan.fail_over
        ),
    )


def _figures(metric: Metric, records: Iterable[SliceRecord | InstanceRecord]) -> _Figures:
    """Return the figures of both, by block and pair; an instance's is of pair -1."""
    found: _Figures = {}
    for record in records:
        if isinstance(record, SliceRecord):
            value = metric.of_slice(record) if metric.of_slice and not record.again else None
            place = (record.block, record.pair)
        else:
            value = metric.of_instance(record) if metric.of_instance else None
            place = (record.block, -1)
        if value is not None and value > 0:
            found.setdefault(place, {})[record.arm] = value
    return found


def _log_ratios(figures: _Figures) -> list[list[float]]:
    blocks: dict[int, list[float]] = {}
    for (block, _), both in sorted(figures.items()):
        if len(both) == len(Arm):
            ratio = both[Arm.CANDIDATE] / both[Arm.BASELINE]
            blocks.setdefault(block, []).append(math.log(ratio))
    return [*blocks.values()]
