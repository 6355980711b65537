"""Which contenders are compared with which. Pure."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

from clusterbench.model.cell_summary import Pairing
from clusterbench.model.contender import CURRENT, EDITION_2019, WORKERS

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from clusterbench.model.contender import Contender
    from clusterbench.model.experiment import Experiment, Scenario


def pairs(experiment: Experiment, scenario: Scenario) -> Iterator[tuple[str, str, Pairing]]:
    """Return the pairs to compare in a scenario, numerator first.

    Contenders of one process with each other, within their edition; a current one with its own of
    2019, which gives what it gained since; those of one worker per core with each other; and each
    of these with the same of one process, which gives what the workers gain. An alternative is
    compared with what it stands against only: see `standings`.
    """
    present = [
        contender
        for name, contender in experiment.contenders.items()
        if name in scenario.contenders and contender.alternative is None
    ]
    single = [contender for contender in present if not contender.per_core]
    several = [contender for contender in present if contender.per_core]
    for edition, pairing in (
        (CURRENT, Pairing.ONE_PROCESS),
        (EDITION_2019, Pairing.OF_2019),
    ):
        yield from (
            (*pair, pairing) for pair in _within([c for c in single if c.edition == edition])
        )
    yield from ((*pair, Pairing.SINCE_2019) for pair in _since_2019(present))
    for contender in several:
        alone = counterpart(contender, single)
        if alone is not None:
            yield contender.name, alone.name, Pairing.GAIN
    for edition in (CURRENT, EDITION_2019):
        of = [contender for contender in several if contender.edition == edition]
        yield from ((*pair, Pairing.PER_CORE) for pair in _within(of))


def counterpart(contender: Contender, among: Collection[Contender]) -> Contender | None:
    """Find the contender of one process that differs from a `per_core` one in nothing else."""
    plain = _plain(contender)
    return next((c for c in among if not c.per_core and _plain(c) == plain), None)


def _plain(contender: Contender) -> Contender:
    """Return what a contender is but for its name and its workers."""
    environment = {k: v for k, v in contender.environment.items() if k != WORKERS}
    return dataclasses.replace(
        contender, name="", title="", per_core=False, environment=environment
    )


def _since_2019(contenders: Sequence[Contender]) -> Iterator[tuple[str, str]]:
    """Return each contender that predicts over the one of 2019 that stands for the same.

    Only with equal settings: a setting or a build that one has alone is no gain.
    """
    for now in contenders:
        for then in contenders:
            same = now.published_name == then.published_name and not now.noop
            editions = (now.edition, then.edition) == (CURRENT, EDITION_2019)
            if same and editions and _settings(now) == _settings(then):
                yield now.name, then.name


def _settings(contender: Contender) -> Contender:
    """Return what a contender is but for its names, its service and its edition."""
    return dataclasses.replace(
        contender, name="", title="", service=None, published=None, edition=CURRENT
    )


def _within(contenders: Sequence[Contender]) -> Iterator[tuple[str, str]]:
    """Return the pairs among equals, later contenders over earlier ones.

    Contenders that predict are compared with each other; one with a no-op handler only with the
    same service's that predicts: that ratio prices the handler.
    """
    for index, numerator in reversed(list(enumerate(contenders))):
        for denominator in contenders[:index]:
            if not numerator.noop and not denominator.noop:
                yield numerator.name, denominator.name
    for numerator in contenders:
        for denominator in contenders:
            same = numerator.service == denominator.service and numerator.service is not None
            if same and numerator.noop and not denominator.noop:
                yield numerator.name, denominator.name
