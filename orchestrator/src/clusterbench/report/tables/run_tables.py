"""What a run used and depended on as tables: contenders, workers, time, fingerprint. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.load.kinds.all_kinds import kind_of
from clusterbench.model import numbers as fmt
from clusterbench.report.tables.table import ratio, table

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.model.cell_summary import ContenderSummary
    from clusterbench.model.experiment import Experiment
    from clusterbench.model.records import RunRecord
    from clusterbench.model.summary import Summary, TimeSpent
    from clusterbench.report.tables.table import Columns, Table

CONTENDERS_NOTE = "Warm: the turns whose last two chunks of warm-up agreed."
SPREAD_NOTE = (
    "As the servers counted, over whole turns, the busiest worker first. "
    f"1{fmt.TIMES} is even. The kernel spreads connections, not requests, and each trial opens its "
    "own, so a single trial is less even than a turn."
)


def contenders(summary: Summary) -> Table:
    """Return what each contender is, and whether it was warm."""
    columns: Columns[ContenderSummary] = {
        "contender": lambda c: c.name,
        "what it is": lambda c: c.title,
        "turns": lambda c: str(c.turns),
        "warm": lambda c: f"{c.warm_turns} of {c.turns}",
    }
    return table("Contenders", columns, summary.contenders, names=2)


def spread(summary: Summary) -> Table:
    """Return how requests were spread over the workers of contenders that have several."""
    columns: Columns[ContenderSummary] = {
        "contender": lambda c: c.name,
        "workers": lambda c: str(len(c.worker_shares)),
        "busiest over an even share": lambda c: ratio(c.unevenness),
        "each worker's share of requests": lambda c: " ".join(
            fmt.percent(share.value) for share in c.worker_shares
        ),
    }
    found = [contender for contender in summary.contenders if contender.worker_shares]
    return table("Spread of requests over workers", columns, found, names=1)


def time_spent(time: TimeSpent) -> Table:
    """Return where the run's wall time went, the largest step first."""
    steps = sorted(time.steps.items(), key=lambda step: -step[1])
    rows = [
        ("windows", time.window),
        ("warm-up and load outside windows", time.warm_up),
        ("all other", time.other),
        *((f"\N{EN DASH} {name}", took) for name, took in steps),
        ("wall time", time.wall),
    ]
    columns: Columns[tuple[str, float]] = {
        "step": lambda row: row[0],
        "time": lambda row: fmt.seconds(row[1]),
        "share": lambda row: fmt.percent(row[1] / time.wall) if time.wall else fmt.NOTHING,
    }
    return table("Where the time went", columns, rows, names=1)


def fingerprint(run: RunRecord, summary: Summary) -> Table:
    """Return what the figures depend on."""
    found = run.fingerprint
    data = run.experiment.data
    groups: list[tuple[str, Mapping[str, str]]] = [
        ("host", found.host),
        ("host", {"load average at the start": ", ".join(f"{load:g}" for load in found.load)}),
        ("engine", found.engine),
        ("image", found.images),
        ("registry digest", found.digests),
        *found.software.items(),
        *(summary.training.software.items() if summary.training else ()),
        (
            "data",
            {
                "model": f"{data.n_clusters:,} clusters of {data.n_features:,} features",
                "requests": f"{data.n_requests:,} observations, {data.n_batches:,} batches",
                **{f"{name} SHA-256": digest for name, digest in data.digest.items()},
            },
        ),
    ]
    columns: Columns[tuple[str, str, str]] = {
        "of": lambda row: row[0],
        "what": lambda row: row[1],
        "value": lambda row: row[2],
    }
    rows = [(of, what, value) for of, facts in groups for what, value in facts.items()]
    return table("Fingerprint", columns, rows, names=3)


def failures(experiment: Experiment, summary: Summary) -> tuple[tuple[str, str], ...]:
    """Return (what failed, why); a reason that many cells share stands once, with their levels."""
    levels: dict[tuple[str, str], list[str]] = {}
    for cell in summary.cells:
        for reason in cell.failures:
            kind = kind_of(experiment.scenarios[cell.scenario])
            place = f"{cell.scenario} {kind.level_words(cell.level)}"
            levels.setdefault((cell.contender, reason), []).append(place)
    for contender in summary.contenders:
        for reason in contender.failures:
            levels.setdefault((contender.name, reason), [])
    return tuple(
        (f"{name}: {', '.join(where)}" if where else name, reason)
        for (name, reason), where in levels.items()
    )
