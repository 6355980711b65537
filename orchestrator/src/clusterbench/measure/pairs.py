"""Which contenders are compared with which. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.measure.results import Pairing
from clusterbench.percore import counterpart

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.experiment import Contender, Experiment, Scenario


def pairs(experiment: Experiment, scenario: Scenario) -> Iterator[tuple[str, str, Pairing]]:
    """Give the pairs to compare in a scenario, numerator first.

    Contenders of one process with each other; those of one worker a core with each other; and
    each of these with the same of one process, which gives what the workers gain.
    """
    present = [c for name, c in experiment.contenders.items() if name in scenario.contenders]
    single = [contender for contender in present if not contender.per_core]
    several = [contender for contender in present if contender.per_core]
    yield from ((*pair, Pairing.ONE_PROCESS) for pair in _within(single))
    for contender in several:
        alone = counterpart(contender, single)
        if alone is not None:
            yield contender.name, alone.name, Pairing.GAIN
    yield from ((*pair, Pairing.PER_CORE) for pair in _within(several))


def _within(contenders: Sequence[Contender]) -> Iterator[tuple[str, str]]:
    """Give the pairs among equals, later contenders over earlier ones.

    Contenders that predict are compared with each other; one with a null handler only with the
    same service's that predicts: that ratio prices the handler.
    """
    for index, numerator in reversed(list(enumerate(contenders))):
        for denominator in contenders[:index]:
            if not numerator.null and not denominator.null:
                yield numerator.name, denominator.name
    for numerator in contenders:
        for denominator in contenders:
            same = numerator.service == denominator.service and numerator.service is not None
            if same and numerator.null and not denominator.null:
                yield numerator.name, denominator.name
