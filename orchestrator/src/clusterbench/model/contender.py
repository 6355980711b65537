"""What is compared: a contender, and what it could be in place of. No I/O here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from clusterbench.model.bounds import CPUS
from clusterbench.model.cpus import CpuPlan, CpuSet
from clusterbench.model.sizes import ModelSize

#: The variable that tells a server how many workers to run.
WORKERS = "SERVER_WORKERS"
#: The variable that tells a server which handler to use.
HANDLER = "SERVER_HANDLER"


CURRENT, EDITION_2019 = "current", "2019"


class Handler(StrEnum):
    """What a server does with a request: asks its model, or returns a constant (no-op)."""

    MODEL = "model"
    NOOP = "noop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Alternative:
    """What a contender could be in place of: another choice, measured beside the one that is kept.

    `of` is the contender that it stands against, `about` says in a few words what differs. Of the
    throughputs, that of `of` should be `goal` times the alternative's or more; None sets no goal.
    """

    of: str
    about: str
    goal: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """One thing being compared: a service of compose.yaml with its environment.

    Somebody else's server is given by `image` (with an engine) or by `command` (without one)
    or by both in place of `service`; `folder` is where its command runs, None the lab's own folder.
    `variant` is another build of the service, which its entry describes.
    `per_core` contenders run one worker per core of the server's CPU set; how many that is stands
    in the environment once the CPU plan is known (`percore.resolve`).
    `cores` bounds how many CPUs of the plan's server side it gets; None takes all of them.
    `model` is the file of a model of its own, where it does not serve the data folder's.
    `published` names the published contender that it stands for; its own name where it is None.
    `edition` is the year of its dependencies, `current` or `2019`. `handler` says whether it asks
    its model; with a no-op handler there is nothing for a parity check to see.
    `size` is that of the generated model that it serves, and `base` then the contender of
    bench.toml that it is otherwise; None where it serves a model that was given.
    """

    name: str
    service: str | None = None
    variant: str | None = None
    image: str | None = None
    command: tuple[str, ...] | None = None
    folder: str | None = None
    environment: Mapping[str, str] = field(default_factory=dict)
    title: str = ""
    model: str | None = None
    published: str | None = None
    edition: str = CURRENT
    handler: Handler = Handler.MODEL
    per_core: bool = False
    cores: int | None = None
    alternative: Alternative | None = None
    size: ModelSize | None = None
    base: str | None = None

    def cpus(self, plan: CpuPlan) -> CpuSet:
        """Return the CPUs that it gets of a plan's server side."""
        return CpuSet(plan.server.cpus[: self.cores])

    def capacity(self, plan: CpuPlan) -> int:
        """Return how many CPUs it can fill under a plan."""
        return len(self.cpus(plan)) or plan.server_capacity

    @property
    def build(self) -> str | None:
        """Name the build that serves: `rust-tonic`, or `rust-tonic@native` for a variant."""
        return f"{self.service}@{self.variant}" if self.variant else self.service

    @property
    def noop(self) -> bool:
        """Whether it returns a constant."""
        return self.handler is Handler.NOOP

    @property
    def published_name(self) -> str:
        """Return the published contender that it stands for."""
        return self.published or self.name

    @property
    def workers(self) -> int:
        """Return how many workers it was told to run: 1 where it was told nothing."""
        return int(CPUS.read(self.environment.get(WORKERS, "")) or 1)
