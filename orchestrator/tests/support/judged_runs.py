"""Made-up runs to judge claims by: cells of the throughput, latency and errors that a test says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterbench.measure.claim_evidence import Judged
from clusterbench.measure.estimates import estimate
from clusterbench.model.cell_summary import CellSummary
from clusterbench.model.claims import Claim, Sources, Subject
from clusterbench.model.contender import EDITION_2019, Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.model.experiment import Method, Scenario
from clusterbench.model.summary import Summary, TimeSpent
from clusterbench.model.training_summary import TrainingComparison, TrainingSummary
from clusterbench.model.trial import Limit
from clusterbench.model.units import Seconds
from support import factories

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEVELS = (64, 256, 1024)
SOURCES = Sources(
    as_published=("then",), sweep=("sweep",), saturated=("saturated",), command="./lab run --mine"
)


def claim(subject: Subject = Subject.THROUGHPUT, **changes: Any) -> Claim:
    """Claim that rust is 10 times as good as slow, within 25%."""
    base: dict[str, Any] = {
        "id": "rs-sl",
        "claim": "rust does better",
        "subject": subject,
        "better": "rust",
        "than": ("slow",),
        "times": None if subject is Subject.ERRORS else 10.0,
        "published": "10x",
        "percentile": "p50" if subject is Subject.LATENCY else None,
        "levels": LEVELS,
        "minimum_levels": 2,
        "tolerance": 0.25,
        "repeats_within": 0.2,
        "sources": SOURCES,
    }
    return Claim(**(base | changes))


def contender(name: str, **fields: Any) -> Contender:
    """A contender; one of 2019 is named after what it stands for."""
    current = name.removesuffix("-2019")
    if current != name:
        fields |= {"edition": EDITION_2019, "published": current}
    return Contender(name=name, **{"service": name, **fields})


def scenario(name: str, contenders: Sequence[str], **changes: Any) -> Scenario:
    base: dict[str, Any] = {
        "name": name,
        "method": Method.PREDICT,
        "generator": "ghz",
        "connections": 8,
        "sweep": LEVELS,
        "contenders": tuple(contenders),
    }
    if name == "then":
        load = {"kind": "as-published", "duration": 30.0}
        base |= {"connections": 1, "load": load, "reference": False, "rounds": 1}
    if name == "saturated":
        base |= {"generator": "h2load", "saturates": True, "sweep": (800,)}
    return Scenario(**(base | changes))


def cell(
    contender: str,
    of: str,
    level: int,
    rates: Sequence[float] = (1000.0, 1000.0, 1000.0),
    *,
    latency: float | None = None,
    errors: int = 0,
    generator: float = 0.5,
    server: float = 0.95,
    **changes: Any,
) -> CellSummary:
    """A cell with these throughputs by round; the mean latency obeys Little's law."""
    waits = [latency if latency is not None else level / rate for rate in rates]
    responses = round(sum(rates) * 5)
    limit = Limit.NEITHER
    if server >= 0.9:
        limit = Limit.SERVER_BOUND
    elif generator >= 0.9:
        limit = Limit.CLIENT_BOUND
    share = errors / (errors + responses) if errors else 0.0
    base: dict[str, Any] = {
        "contender": contender,
        "scenario": of,
        "level": level,
        "connections": 8,
        "trials": len(rates),
        "throughput": estimate(rates, positive=True),
        "latency": {
            "mean": estimate([level / rate for rate in rates], positive=True),
            **{
                name: estimate([w * by for w in waits], positive=True)
                for name, by in {"p50": 1.0, "p95": 1.4, "p99": 2.0}.items()
            },
        },
        "error_rate": estimate([share] * len(rates), positive=False),
        "errors": {"UNAVAILABLE": errors} if errors else {},
        "server_share": estimate([server] * len(rates), positive=True),
        "generator_share": estimate([generator] * len(rates), positive=True),
        "cpu_per_request": None,
        "limit": limit,
        "lower_bound": limit is Limit.CLIENT_BOUND,
        "held_back": None,
        "truncated": False,
        "responses": responses,
        "most_errors": -(-errors // len(rates)),
    }
    return CellSummary(**(base | changes))


def sweep(
    rust: float | Mapping[int, Sequence[float]],
    slow: float = 1000.0,
    *,
    of: str = "sweep",
    rounds: int = 3,
    names: tuple[str, str] = ("rust", "slow"),
    **rust_changes: Any,
) -> list[CellSummary]:
    """Cells at every level of two contenders, `rust` this much in each round, or by level."""
    made = []
    for level in (800,) if of == "saturated" else LEVELS:
        by_round = rust[level] if not isinstance(rust, float | int) else [float(rust)] * rounds
        made.append(cell(names[0], of, level, by_round, **rust_changes))
        made.append(cell(names[1], of, level, [slow] * len(by_round)))
    return made


def judged(
    cells: Sequence[CellSummary],
    *,
    pinned: bool = True,
    rounds: int = 3,
    contenders: Mapping[str, Contender] | None = None,
    training: TrainingSummary | None = None,
    run: str = "made-up",
) -> Judged:
    """A run that measured these cells."""
    names = tuple(dict.fromkeys(c.contender for c in cells))
    known = contenders or {name: contender(name) for name in names}
    scenarios = {
        of: scenario(
            of,
            [n for n in names if any(c.contender == n and c.scenario == of for c in cells)],
            sweep=tuple(dict.fromkeys(c.level for c in cells if c.scenario == of)),
        )
        for of in dict.fromkeys(c.scenario for c in cells)
    }
    experiment = factories.experiment(
        contenders=known,
        scenarios=scenarios,
        rounds=rounds,
        plan="one-core" if pinned else "unpinned",
    )
    plan = factories.cpu_plan(
        name=experiment.plan,
        server=CpuSet((0,)) if pinned else CpuSet(),
        generator=CpuSet((1,)) if pinned else CpuSet(),
        server_capacity=1 if pinned else 2,
        generator_capacity=1 if pinned else 2,
    )
    return Judged(
        factories.run_record(id=run, experiment=experiment, plan=plan),
        Summary(
            run=run,
            profile="made-up",
            cells=tuple(cells),
            contenders=(),
            comparisons=(),
            time=TimeSpent(
                wall=Seconds(1.0),
                window=Seconds(1.0),
                warm_up=Seconds(0.0),
                other=Seconds(0.0),
                share_other=0.0,
            ),
            complete=True,
            training=training,
        ),
    )


def trained(*comparisons: TrainingComparison) -> TrainingSummary:
    return TrainingSummary(
        passes=3,
        rows=(),
        comparisons=comparisons,
        slopes=(),
        iterations_apart=0,
        inertia_apart=1e-6,
        complete=True,
    )


def faster(
    group: str,
    times: Sequence[float],
    *,
    names: tuple[str, str] = ("sklearn", "linfa-py"),
    threads: int = 1,
    points: int = 1_000_000,
) -> TrainingComparison:
    """The second trains so many times faster than the first, in each pass."""
    return TrainingComparison(
        group=group,
        numerator=names[0],
        denominator=names[1],
        threads=threads,
        points=points,
        features=2,
        clusters=3,
        ratio=estimate(times, positive=True),
    )
