"""What is measured as published: the figures that ghz prints, taken as they are. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import msgspec

from clusterbench.errors import GeneratorFailed
from clusterbench.model.cell_summary import Figures
from clusterbench.model.samples import OK, STATUS_NAMES, errors_of
from clusterbench.model.units import RequestsPerSecond, Seconds

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.model.claims import Published
    from clusterbench.model.contender import Contender

_NANO = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class _Mark:
    percentage: int
    latency: float


class _Ghz(msgspec.Struct, rename="camel"):
    """The part of ghz's summary that the published benchmark took its figures from."""

    count: int
    average: float
    rps: float
    latency_distribution: list[_Mark] | None = None


def published_figures(summary: Mapping[str, Any], counts: Mapping[str, int]) -> Figures:
    """Return a trial's figures as ghz's own summary has them.

    Throughput is its `rps`, which counts errors; the mean is its `average`, which includes them;
    percentiles are its own, of OK responses; the error rate is errors / all requests, where those
    that were cut off at the end are errors. `counts` are all requests by status name. Raises
    GeneratorFailed where the summary lacks a figure.
    """
    try:
        ghz = msgspec.convert(summary, _Ghz)
    except msgspec.ValidationError as error:
        raise GeneratorFailed(f"ghz's summary lacks a figure: {error}") from error
    ok = counts.get(STATUS_NAMES[OK], 0)
    marks = {f"p{mark.percentage}": mark.latency for mark in ghz.latency_distribution or ()}
    latency: dict[str, float] = {"mean": ghz.average}
    latency.update({name: marks[name] for name in ("p50", "p95", "p99") if name in marks})
    return Figures(
        throughput=RequestsPerSecond(ghz.rps),
        latency={name: Seconds(value * _NANO) for name, value in latency.items()} if ok else {},
        responses=ok,
        errors=errors_of(counts),
    )


def stands_for(contender: Contender, name: str, edition: str) -> bool:
    """Return whether a contender stands for a published one: of an edition, on one process.

    An alternative does not, nor a build or a number of cores that its service has not by itself.
    """
    return (
        contender.published_name == name
        and contender.edition == edition
        and not contender.noop
        and not contender.per_core
        and contender.workers == 1
        and contender.variant is None
        and contender.cores is None
        and contender.alternative is None
    )


def published_sweep(contender: str, published: tuple[Published, ...]) -> tuple[Published, ...]:
    """Return a contender's published summaries, by concurrency."""
    own = (summary for summary in published if summary.contender == contender)
    return tuple(sorted(own, key=lambda summary: summary.concurrency))
