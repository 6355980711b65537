"""What is written around plots and tables: what was compared, how, and on what. Pure.

What only one chart needs stands with that chart.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.measure.drift import extent
from clusterbench.measure.estimates import CONFIDENCE
from clusterbench.model import numbers as fmt
from clusterbench.model.cell_summary import LARGE_DELAY
from clusterbench.model.experiment import Method
from clusterbench.model.run_delay import cause
from clusterbench.model.trial import Limit
from clusterbench.own_program import program
from clusterbench.report import interference_words
from clusterbench.report.calibration_words import of_rounds
from clusterbench.report.sections import describe

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.experiment import Scenario
    from clusterbench.model.records import RunRecord
    from clusterbench.model.slices import CompareRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.sections import Section

#: What every figure over rounds is shown with.
INTERVAL = f"{CONFIDENCE:.0%} interval"
_RUNTIMES: Mapping[str, str] = {"docker": "Docker containers", "process": "Local processes"}
_MOST_NAMES = 4


def names(contenders: Sequence[str]) -> str:
    """Name what is compared, or write how many they are where they are too many to read."""
    if len(contenders) > _MOST_NAMES:
        return f"{len(contenders)} contenders"
    return fmt.listing(contenders) or "no contender"


def headline(run: RunRecord) -> str:
    """Name what a run compares by the reference method, and count the others."""
    contenders = run.experiment.contenders.values()
    plain = [c for c in contenders if not c.noop and not c.per_core]
    scenarios = run.experiment.scenarios.values()
    reference = {name for s in scenarios if s.reference for name in s.contenders}
    named = [*dict.fromkeys(c.base or c.name for c in plain if c.name in reference)]
    several = sum(c.per_core and not c.noop for c in contenders)
    published = sum(c.name not in reference for c in plain)
    noops = sum(c.noop for c in contenders)
    parts = (
        names(named) + _models(run) if named else "",
        f"{several} with one worker per core" if several else "",
        f"{published} by the published method" if published else "",
        fmt.plural(noops, "no-op handler") if noops else "",
    )
    text = ", and ".join(part for part in parts if part)
    return text or ("training" if run.experiment.training else names(()))


def _models(run: RunRecord) -> str:
    """Write on how many generated models contenders are compared, where they are."""
    sizes = run.experiment.sizes
    return f" on {fmt.plural(len(sizes.models), 'model')}" if sizes else ""


def notices(run: RunRecord, summary: Summary) -> Iterator[tuple[str, str]]:
    """Return what limits a run as a whole: what kind of notice, and its text."""
    if not summary.complete:
        yield (
            "Incomplete",
            f"Some trials were not run: {program()} run --resume runs what is left.",
        )
    if held := sum(cell.limit is Limit.THROTTLED for cell in summary.cells):
        of = fmt.plural(len(summary.cells), "cell")
        words = "their throughput and latency are the quota's, not the CPUs'."
        yield "Throttled", f"A CPU quota held back a side in {held} of {of}: {words}"
    if interference := interference_words.notice(summary):
        yield "Interference", interference
    if drifting := [cell for cell in summary.cells if cell.drifting]:
        of = fmt.plural(len(summary.cells), "cell")
        furthest = max((cell.drift or 0.0 for cell in drifting), key=extent)
        words = "the server had not settled, or the host changed."
        where = f"within windows of {len(drifting)} of {of}"
        yield "Drift", f"The level went up or down {where}, by up to {furthest:+.0%}: {words}"
    if paused := [cell for cell in summary.cells if cell.paused]:
        of = fmt.plural(len(summary.cells), "cell")
        longest = fmt.seconds(max(cell.pause or 0.0 for cell in paused))
        yield (
            "Pause",
            f"No request ended for up to {longest} within windows of {len(paused)} of {of}.",
        )
    if unsettled := [cell for cell in summary.cells if cell.unsettled]:
        of = fmt.plural(len(summary.cells), "cell")
        yield (
            "Not settled",
            f"{len(unsettled)} of {of} have trials of a turn whose warm-up did not settle in time.",
        )
    if (when := summary.calibrated) is not None and (
        seen := of_rounds(when, summary.visible, run.experiment.rounds)
    ):
        yield "Calibration", seen
    yield from (("Warning", line) for line in run.warnings)
    yield from (("Left out", line) for line in fmt.reasons(run.left_out))


#: Why a throughput is a lower bound, by what limited it.
_WHY_LOWER = {
    Limit.CLIENT_BOUND: "The load generator's CPUs were full, so the server can do this or more.",
    Limit.THROTTLED: "A CPU quota held back a side, so the server's CPUs can do this or more.",
}


def lower_bounds(cells: Iterable[CellSummary]) -> tuple[str, tuple[str, ...]]:
    """Return what made throughputs of these cells lower bounds: its name, and a sentence each."""
    limits = {cell.limit for cell in cells if cell.lower_bound}
    found = [limit for limit in _WHY_LOWER if limit in limits]
    return " or ".join(found), tuple(_WHY_LOWER[limit] for limit in found)


def rounds(run: RunRecord, scenario: Scenario | None = None, *, bars: bool = True) -> str:
    """Return how many rounds there are and what `bars` are; of a scenario, or of the run."""
    if not run.experiment.scenarios:
        return "no server was measured"
    number = run.experiment.rounds_of(scenario.name) if scenario else run.experiment.rounds
    if not bars:
        return fmt.plural(number, "round")
    if number == 1:
        return "one round: no intervals"
    return f"{number} rounds, bars are {INTERVAL}s"


def windows(run: RunRecord, scenario: Scenario | None = None) -> str:
    """Return how long a trial counts; of a scenario, or of the run."""
    if not run.experiment.scenarios:
        return "training alone"
    if scenario is not None:
        return kind_of(scenario).window_words(run.experiment.timing)
    return f"{run.experiment.timing.window:g} s windows"


def load(run: RunRecord, scenario: Scenario, *, bars: bool = True) -> str:
    """Return how a scenario loads its servers, for how long, in how many rounds."""
    return f"{describe(scenario)}; {windows(run, scenario)}; {rounds(run, scenario, bars=bars)}"


def subtitle(run: RunRecord, scenario: Scenario, *, bars: bool = True) -> tuple[str, ...]:
    """Return the lines under a title: the load, the intervals, the CPU plan, the host.

    Without `bars` in the plot, nothing is told of them.
    """
    return (
        load(run, scenario, bars=bars),
        f"{run.plan}",
        f"{where(run)}; profile {run.experiment.profile}, run {run.id}",
    )


def common(run: RunRecord, section: Section) -> tuple[str, ...]:
    """Return what a reader of every plot of a section must know."""
    lines = []
    contenders = run.experiment.contenders
    if any(contenders[name].noop for name in section.contenders if name in contenders):
        lines.append(
            "A no-op handler decodes the request and returns a constant: it shows the cost of "
            "gRPC alone."
        )
    if missing := [part for name in section.contenders if (part := _missing(section, name))]:
        lines.append(f"No figure (see Failures): {'; '.join(missing)}.")
    lines += interference_words.marks(
        (f"{cell.contender} at {section.words(cell.scenario, cell.level)}", cell)
        for cell in section.all()
    )
    return tuple(lines)


def throughput(section: Section) -> tuple[str, ...]:
    """Return what a reader of throughput must know, plotted or not."""
    lines = list(section.kind.captions("throughput"))
    if section.scenario.method is Method.PREDICT_BATCH:
        lines.append("A response is that to a whole batch of observations.")
    for name in section.contenders:
        cells = [c for c in section.of(section.scenario, name) if c.held_back is not None]
        if cells:
            at = section.kind.at(*(cell.level for cell in cells))
            through = fmt.listing(sorted({f"{cell.held_back:,}" for cell in cells}))
            lines.append(
                f"{name} bounds the streams of a connection: at {at} at most {through} requests "
                "were in flight, and the rest waited in the load generator."
            )
    return tuple(lines)


def send_delays(section: Section) -> tuple[str, ...]:
    """Return at which levels latency is not the server's alone, or the generator doubts it."""
    lines = []
    for name in section.contenders:
        cells = section.of(section.scenario, name)
        if late := [cell for cell in cells if cell.delayed]:
            waited = max((c.run_delay for c in late if c.run_delay is not None), default=None)
            at = section.kind.at(*(cell.level for cell in late))
            lines.append(
                f"{name} at {at}: the latency is not the server's alone, since the load generator "
                f"sent late (p99 above {LARGE_DELAY:.0%} of the latency's{cause(waited)})."
            )
        if doubted := [cell for cell in cells if cell.doubts]:
            at, first = section.kind.at(*(cell.level for cell in doubted)), doubted[0]
            where = f" at {section.words(first.scenario, first.level)}" if len(doubted) > 1 else ""
            lines.append(
                f"{name} at {at}: the load generator doubts its figures{where}: {first.doubts[0]}."
            )
    return tuple(lines)


def time(summary: Summary) -> str:
    """Write in one line how long a run took, and what took it."""
    spent = summary.time
    return (
        f"{fmt.seconds(spent.wall)} in all: {fmt.seconds(spent.window)} of windows, "
        f"{fmt.seconds(spent.warm_up)} of warm-up, {fmt.seconds(spent.other)} "
        f"({fmt.percent(spent.share_other)}) of all other"
    )


def where(run: RunRecord | CompareRecord) -> str:
    """Return how servers and generators ran, and on which host."""
    return f"{_RUNTIMES.get(run.runtime, run.runtime)} on {host(run)}"


def host(run: RunRecord | CompareRecord) -> str:
    """Name the host's CPU and its cores, as the fingerprint has them."""
    facts = run.fingerprint.host
    return ", ".join(facts[key] for key in ("cpu", "cores") if facts.get(key)) or "CPU unknown"


def training(run: RunRecord) -> str:
    """Write in a line what was trained, and on which data."""
    settings = run.experiment.training
    if settings is None:
        return ""
    shape = settings.shape
    return (
        f"make_blobs of {shape.points:,} points x {shape.features} features, "
        f"{shape.clusters} clusters, spread {settings.spread:g}, seed {settings.seed}; "
        f"at most {settings.max_iter} iterations, tolerance {settings.tolerance:g}; "
        f"pytest-benchmark on CPUs {run.plan.server}"
    )


def _missing(section: Section, contender: str) -> str:
    """Name the levels of a contender that have no figure."""
    cells = section.of_contender(contender)
    absent = [section.words(c.scenario, c.level) for c in cells if c.throughput is None]
    if not absent:
        return ""
    every = len(absent) == len(cells)
    return f"{contender} at {'every level' if every else fmt.listing(absent)}"
