"""A runtime of two servers whose costs are known, loaded in slices; its time is made up too."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from clusterbench.host.cpu_time import CpuTimes
from clusterbench.model.execution import Address, Usage
from clusterbench.model.units import Bytes, Seconds
from support.fakes import FakeGenerator, FakeServer, World

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from clusterbench.model.contender import Contender
    from clusterbench.model.cpus import CpuSet
    from clusterbench.runtime.port import Dialogue, Generator, Runtime, Server

#: What a request costs a server and the load generator (s), and how many the latter can send.
COST, SENDS = 1e-4, 4e-6
SERVERS_CPU, GENERATORS_CPU = 0, 1


@dataclass(kw_only=True)
class Behaviour:
    """How the servers of a contender behave: `cost` is how many times the usual a request costs.

    After `dies_after` slices of it an instance has ended. `failing` is the share of requests that
    it answers as `status`, after `fails_after` slices. Until `settles_after` slices each of them
    costs a tenth less than the one before.
    """

    cost: float = 1.0
    dies_after: float = math.inf
    failing: float = 0.0
    fails_after: int = 0
    settles_after: int = 0
    status: str = "UNAVAILABLE"


@dataclass
class ComparedWorld(World):
    """Nothing runs here: slices take their time on `clock` (s), and cost what servers cost.

    One request's cost spreads by `slice_spread` from slice to slice, by `instance_spread` from
    instance to instance. Somebody else takes `disturbed` (a share) of the server's CPU in the
    slices whose numbers are in `disturbed_slices`. A start takes `starts_in` seconds.
    """

    behaviours: Mapping[str, Behaviour] = field(default_factory=dict)
    slice_spread: float = 0.04
    instance_spread: float = 0.004
    disturbed: float = 0.5
    disturbed_slices: frozenset[int] = frozenset()
    starts_in: float = 0.3
    generator_sends: float = SENDS

    def __post_init__(self) -> None:
        World.__init__(self)
        self.clock = 0.0
        self.draw = np.random.default_rng(11)
        self.servers: list[SlicedServer] = []
        self.busy_cpus = {SERVERS_CPU: 0.0, GENERATORS_CPU: 0.0}
        self.orders: list[dict[str, Any]] = []
        self.commands: list[Sequence[str]] = []

    def now(self) -> float:
        return self.clock

    def machine(self) -> CpuTimes:
        return CpuTimes(at=self.clock, busy=dict(self.busy_cpus))

    @contextmanager
    def server(self, contender: Contender, cpus: CpuSet) -> Iterator[SlicedServer]:
        self.clock += self.starts_in
        behaviour = self.behaviours.get(contender.name, Behaviour())
        own = float(np.exp(self.draw.normal(0.0, self.instance_spread)))
        server = SlicedServer(self, contender.name, behaviour, own, port=len(self.servers) + 1)
        self.servers.append(server)
        self.alive += 1
        self.most_alive = max(self.most_alive, self.alive)
        try:
            yield server
        finally:
            self.alive -= 1

    @contextmanager
    def generator(self, cpus: CpuSet) -> Iterator[SlicingGenerator]:
        yield SlicingGenerator(self)


class SlicedServer(FakeServer):
    """An instance, which has used the CPU time of its slices and no more."""

    def __init__(
        self, world: ComparedWorld, name: str, behaviour: Behaviour, own: float, *, port: int
    ) -> None:
        super().__init__(world, name)
        self.lab, self.behaviour, self.own = world, behaviour, own
        self.address = Address("127.0.0.1", port)
        self.started_steps = {"start": Seconds(world.starts_in)}
        self.cpu = 0.0
        self.slices = 0

    @property
    def failing(self) -> float:
        return self.behaviour.failing if self.slices > self.behaviour.fails_after else 0.0

    @property
    def unsettled(self) -> float:
        return float(1.1 ** max(0, self.behaviour.settles_after - self.slices))

    def usage(self) -> Usage | None:
        found = super().usage()
        return found and Usage(at=self.lab.clock, cpu=Seconds(self.cpu), memory=Bytes(1 << 20))


class SlicingGenerator(FakeGenerator):
    """A home whose one program loads in slices."""

    def __init__(self, world: ComparedWorld) -> None:
        super().__init__(world)
        self.lab = world

    @contextmanager
    def talk(self, command: Sequence[str]) -> Iterator[SlicingDialogue]:  # type: ignore[override]
        assert command[0] == "grpc-load"
        self.lab.commands.append(command)
        by_address = {str(each.address): each for each in self.lab.servers}
        yield SlicingDialogue(self.lab, [by_address[each] for each in command[1].split(",")])


class SlicingDialogue:
    """Answers orders as grpc-load does, of servers that are made up."""

    def __init__(self, world: ComparedWorld, targets: Sequence[SlicedServer]) -> None:
        self.world, self.targets = world, targets

    def heard(self, timeout: Seconds) -> str:
        return json.dumps({"ready": True, "targets": [str(each.address) for each in self.targets]})

    def ask(self, line: str, timeout: Seconds) -> str:
        world, order = self.world, json.loads(line)
        number = len(world.orders)
        world.orders.append(order)
        server = self.targets[order["target"]]
        server.slices += 1
        server.dead = server.slices > server.behaviour.dies_after
        noise = float(np.exp(world.draw.normal(0.0, world.slice_spread)))
        cost = COST * server.behaviour.cost * server.own * server.unsettled * noise
        most = min(1.0 / cost, 1.0 / world.generator_sends)
        seconds = order["seconds"]
        requests = round(seconds * min(order.get("rate", most), most))
        self._takes(server, seconds, requests, cost, disturbed=number in world.disturbed_slices)
        failed = requests if server.dead else round(requests * server.failing)
        latency = dict.fromkeys(("mean", "p50", "p90", "p99", "max"), 3 * cost)
        return json.dumps(
            {
                "target": order["target"],
                "seconds": seconds,
                "drained": seconds,
                "scheduled": requests,
                "ok": requests - failed,
                "wrong": 0,
                "failed": {server.behaviour.status: failed} if failed else {},
                "latency": latency,
                "latency_histogram": "",
                "send_delay": latency if "rate" in order else None,
                "cpu": requests * world.generator_sends,
                "run_delay": None,
                **({"last_loss": "reset by peer"} if server.dead else {}),
            }
        )

    def _takes(
        self, server: SlicedServer, seconds: float, requests: int, cost: float, *, disturbed: bool
    ) -> None:
        world = self.world
        world.clock += seconds
        server.cpu += requests * cost
        others = world.disturbed * seconds if disturbed else 0.0
        world.busy_cpus[SERVERS_CPU] += requests * cost + others
        world.busy_cpus[GENERATORS_CPU] += requests * world.generator_sends


if TYPE_CHECKING:
    _world: Runtime = ComparedWorld()
    _server: Server = SlicedServer(ComparedWorld(), "any", Behaviour(), 1.0, port=1)
    _generator: Generator = SlicingGenerator(ComparedWorld())
    _dialogue: Dialogue = SlicingDialogue(ComparedWorld(), ())
