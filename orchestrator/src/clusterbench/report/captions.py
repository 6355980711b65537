"""What is said around a plot: what was compared, how, on what, and what to beware of. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.model.experiment import EDITION_2019, Loop, Method
from clusterbench.report import numbers as fmt
from clusterbench.report.figures.axes import label
from clusterbench.report.sections import describe, level_name

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.model.cell_summary import CellSummary
    from clusterbench.model.experiment import Scenario
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary
    from clusterbench.report.sections import Section

RUNTIMES: Mapping[str, str] = {"docker": "Docker containers", "process": "Local processes"}
INCOMPLETE = "Some trials were never run; a run with --resume does what is left."
_MOST_NAMES = 4
METHOD_ERRORS = (
    "Dotted: callers / calls, the share that would fail if every call in flight were cut off.",
)


def who(contenders: Sequence[str]) -> str:
    """Name what is compared: each by name, or how many where they are too many to read."""
    if len(contenders) > _MOST_NAMES:
        return f"{len(contenders)} contenders"
    return fmt.listing(contenders) or "no contender"


def headline(run: RunRecord) -> str:
    """Name what a run compares; others by how many they are."""
    contenders = run.experiment.contenders.values()
    plain = [c for c in contenders if not c.noop and not c.per_core]
    scenarios = run.experiment.scenarios.values()
    reference = {name for s in scenarios if not s.as_published for name in s.contenders}
    named = [c.name for c in plain if c.name in reference]
    then = len(plain) - len(named)
    several = sum(c.per_core and not c.noop for c in contenders)
    noops = sum(c.noop for c in contenders)
    parts = (
        who(named) if named else "",
        f"{several} with one worker per core" if several else "",
        f"{then} as published" if then else "",
        f"{noops} no-op handler" + ("s" if noops > 1 else "") if noops else "",
    )
    named_parts = ", and ".join(part for part in parts if part)
    return named_parts or ("training" if run.experiment.training else who(()))


def left_out(run: RunRecord) -> tuple[str, ...]:
    """Return who was left out of a run, and why."""
    return fmt.reasons(run.left_out)


def rounds(run: RunRecord, scenario: Scenario | None = None) -> str:
    """Return what the bars are, or that there are none; of a scenario, or of the run."""
    if not run.experiment.scenarios:
        return "nothing served"
    number = run.experiment.rounds_of(scenario.name) if scenario else run.experiment.rounds
    if number == 1:
        return "one round: no intervals"
    return f"{number} rounds, bars are 95% intervals"


def windows(run: RunRecord, scenario: Scenario | None = None) -> str:
    """Return how long a trial counts; of a scenario, or of the run."""
    if not run.experiment.scenarios:
        return "training alone"
    if scenario is not None and scenario.as_published:
        return f"{run.experiment.timing_of(scenario.name).window:g} s each, all of it counted"
    return f"{run.experiment.timing.window:g} s windows"


def then(scenario: Scenario) -> tuple[str, ...]:
    """Return how what is measured as published differs from all other figures; () elsewhere."""
    if not scenario.as_published:
        return ()
    return (
        (
            "As published: ghz's own summary, on a cold server. Its requests/s count errors, also "
            "what it cut off at the end."
        ),
    )


def grey(run: RunRecord, scenario: Scenario) -> tuple[str, ...]:
    """Return what the grey lines are behind what is measured as published; () elsewhere."""
    if not scenario.as_published or not run.claims.published:
        return ()
    return (f"Grey: published, {run.claims.host}.",)


def time(summary: Summary) -> str:
    """Say in one line where the time went."""
    spent = summary.time
    return (
        f"{fmt.seconds(spent.wall)} in all: {fmt.seconds(spent.window)} of windows, "
        f"{fmt.seconds(spent.warm_up)} of warm-up, {fmt.seconds(spent.other)} "
        f"({fmt.percent(spent.share_other)}) of all other"
    )


def host(run: RunRecord) -> str:
    """Name the host's CPU and its cores, as the fingerprint knows them."""
    facts = {key.lower().replace("_", " "): value for key, value in run.fingerprint.host.items()}
    for key in ("cpu", "cpu model", "model", "processor"):
        if facts.get(key):
            return ", ".join(part for part in (facts[key], facts.get("cores", "")) if part)
    return "CPU unknown"


def runtime(run: RunRecord) -> str:
    """Return how things ran."""
    return RUNTIMES.get(run.runtime, run.runtime)


def subtitle(run: RunRecord, scenario: Scenario) -> tuple[str, ...]:
    """Return the lines under a title: the load, the intervals, the CPU plan, the host."""
    return (
        f"{describe(scenario)}; {windows(run, scenario)}; {rounds(run, scenario)}",
        f"{run.plan}",
        f"{runtime(run)} on {host(run)}; profile {run.experiment.profile}, run {run.id}",
    )


def published(run: RunRecord) -> tuple[str, ...]:
    """Return what a reader of published against measured must know."""
    contenders = run.experiment.contenders.values()
    of_then = any(contender.edition == EDITION_2019 for contender in contenders)
    return (
        f"Grey, dashed: published ({run.claims.host}, 2019).",
        "Dotted, open: measured here as it was run then, ghz's own summary.",
        "Solid: measured here by the reference method.",
        *(
            ("Darker: the same on 2019's servers, dash-dotted and in long dashes.",)
            if of_then
            else ()
        ),
        "Hosts differ: compare the shapes and the distances, not the heights.",
    )


def throughput(run: RunRecord, section: Section) -> tuple[str, ...]:
    """Return what a reader of the throughput plot must know."""
    open_ = [
        shape
        for shape, scenarios in (("triangles", (section.scenario,)), ("diamonds", section.beside))
        if any(c.lower_bound for s in scenarios for n in s.contenders for c in section.of(s, n))
    ]
    lines = [
        f"Open {shape}: the load generator's CPUs were full, so the server does at least this."
        for shape in [" and ".join(open_)]
        if shape
    ]
    lines += [
        f"Diamonds: {label(scenario)} (connections {fmt.TIMES} requests in flight on each), "
        "one fixed request."
        for scenario in section.beside
    ]
    if section.scenario.method is Method.PREDICT_BATCH:
        lines.append("An answer is that to a whole batch of observations.")
    first = then(section.scenario)
    behind = grey(run, section.scenario)
    rest = (*held_back(section), *_noops(run, section), *missing(section))
    return (*first, *behind, *lines, *rest)


def latencies(run: RunRecord, section: Section) -> tuple[str, ...]:
    """Return what a reader of the latency plot must know."""
    lines = ["From the caller's side: each call's send to its answer, answers with status OK."]
    if section.scenario.loop is Loop.CLOSED:
        lines.append(
            f"Closed loop: throughput {fmt.TIMES} mean latency = concurrency, so in a saturated "
            "sweep this plot is the throughput plot upside down."
        )
    if any(cell.truncated for cell in section.all()):
        lines.append(
            "Where the generator listed only its first calls, percentiles are of those (see the "
            "table's notes)."
        )
    first = then(section.scenario)
    behind = grey(run, section.scenario)
    return (*first, *behind, *lines, *_noops(run, section), *missing(section))


def error_rate(run: RunRecord, section: Section) -> tuple[str, ...]:
    """Return what a reader of the error plot must know."""
    lines = ["Answers with a status other than OK, of all that ended in the window."]
    found = {
        name: total
        for name in section.contenders
        if (total := sum(sum(c.errors.values()) for c in _of(section, name)))
    }
    if found:
        said = "; ".join(f"{name}: {fmt.counts(_errors(_of(section, name)))}" for name in found)
        lines.append(f"Errors by status: {said}.")
    first = then(section.scenario)
    return (*first, *lines, *_noops(run, section), *missing(section))


def cpu_per_request(run: RunRecord, section: Section) -> tuple[str, ...]:
    """Return what a reader of the CPU plot must know."""
    return (
        (
            "The server's CPU time, by the kernel's counters, over its OK responses: 1,000 µs is one "
            "core for each 1,000 responses/s. A server that is not full may spend more on each: "
            "calls then arrive fewer to a read."
        ),
        *_noops(run, section),
        *missing(section),
    )


def no_errors(run: RunRecord, section: Section) -> str:
    """Say that there were no errors, and in how many answers; "" where there were some."""
    rates = [cell.error_rate for cell in section.all() if cell.error_rate is not None]
    if not rates or any(rate.value != 0 for rate in rates):
        return ""
    window = run.experiment.timing_of(section.scenario.name).window
    responses = sum(
        rate * window
        for cell in section.all()
        if cell.throughput is not None
        for rate in cell.throughput.rounds
    )
    return f"no errors in\n{fmt.rough(responses)} answers"


def held_back(section: Section) -> tuple[str, ...]:
    """Return where a server's bound on streams let fewer calls through than the level."""
    lines = []
    for name in section.contenders:
        cells = [c for c in section.of(section.scenario, name) if c.held_back is not None]
        if cells:
            levels = fmt.listing([f"{cell.level:,}" for cell in cells])
            through = fmt.listing(sorted({f"{cell.held_back:,}" for cell in cells}))
            lines.append(
                f"{name} bounds its streams: at most {through} calls were in flight at "
                f"{level_name(section.scenario)} {levels}, the rest waited in the generator."
            )
    return tuple(lines)


def missing(section: Section) -> tuple[str, ...]:
    """Return which cells have no figure."""
    said = []
    for name in section.contenders:
        cells = _of(section, name)
        absent = [f"{cell.level:,}" for cell in cells if cell.throughput is None]
        if absent:
            every = len(absent) == len(cells)
            said.append(f"{name} at {'every level' if every else fmt.listing(absent)}")
    return (f"No figure (see Failures): {'; '.join(said)}.",) if said else ()


def _noops(run: RunRecord, section: Section) -> tuple[str, ...]:
    contenders = run.experiment.contenders
    if any(contenders[name].noop for name in section.contenders if name in contenders):
        return ("No-op handlers decode a request and answer a constant: they price the transport.",)
    return ()


def _of(section: Section, contender: str) -> list[CellSummary]:
    return [cell for cell in section.all() if cell.contender == contender]


def _errors(cells: Sequence[CellSummary]) -> dict[str, int]:
    total: dict[str, int] = {}
    for cell in cells:
        for status, count in cell.errors.items():
            total[status] = total.get(status, 0) + count
    return total
