"""Whether a rate was sustained within a latency objective, from the figures of one window. Pure."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.model.numbers import plural

if TYPE_CHECKING:
    from clusterbench.model.cell_summary import Figures
    from clusterbench.model.objective import Objective

#: A rate is sustained where at least this share of the schedule was sent.
SENT = 0.99
#: The generator spoils figures where its own send delay is this share of the objective, or more.
SPOILS = 0.1
#: What was sent late waits again behind what was sent late with it, so a delay explains so many
#: times itself of a latency. (After a pause of the generator, a server that is 80% busy takes four
#: times the pause to clear its queue.)
EXPLAINS = 5.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Judgement:
    """Whether a rate was sustained within the objective.

    `share` is the latency as a share of the objective's limit, `served` the throughput
    (responses/s). `tail_alone` says that half of the requests were within the limit, whatever the
    slowest were. `why` says why the rate did not hold. `spoiled` says how the load generator itself
    was a cause, or is empty.
    """

    holds: bool
    share: float
    served: float
    tail_alone: bool = True
    why: str = ""
    spoiled: str = ""


def judge(figures: Figures, objective: Objective) -> Judgement:
    """Return whether a window was within an objective: no errors, the schedule sent, the latency.

    `figures` are those of an open loop: latency from when a request was due.
    """
    latency = figures.latency.get(objective.percentile, math.inf)
    sent = 1.0 if figures.sent_share is None else figures.sent_share
    why = ""
    if sent < SENT:
        why = f"{sent:.1%} of the schedule was sent"
    elif figures.failed:
        why = f"there {'was' if figures.failed == 1 else 'were'} {plural(figures.failed, 'error')}"
    elif objective.percentile not in figures.latency:
        why = f"of so few responses there is no {objective.percentile}"
    elif latency > objective.limit:
        why = f"{objective.percentile} was {latency * 1e3:.3g} ms"
    return Judgement(
        holds=not why,
        share=latency / objective.limit,
        served=figures.throughput,
        tail_alone=figures.latency.get("p50", math.inf) <= objective.limit,
        why=why,
        spoiled=_spoiled(figures, objective, sent, latency),
    )


def _spoiled(figures: Figures, objective: Objective, sent: float, latency: float) -> str:
    """Return how the load generator, and not the server, made a latency or kept requests back.

    A latency that is beyond the limit by more than the generator's delay explains is the server's.
    """
    delay = figures.send_delay.get("p99", 0.0)
    explained = latency <= objective.limit + EXPLAINS * delay
    if delay >= SPOILS * objective.limit and explained:
        return f"the load generator's own send delay was {delay * 1e3:.2g} ms (p99)"
    if sent < SENT and not figures.held_back_for.get("max"):
        return f"the load generator sent {sent:.1%} of the schedule"
    return ""
