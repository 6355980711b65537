"""grpc-load's slices: short loads of several servers, ordered line by line. Pure.

What its README and schema (`slices.schema.json`) say, and this adapter relies on:

- Its connections to all servers are open before its first line, and stay open. One that broke is
  opened again before the next slice of its server.
- Each line on its input is one slice of one server, and is answered by one line when the slice's
  last request has ended. Nothing is sent in between.
- It has one thread. What shapes an open loop, such as the quantum, holds for all its slices.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, TypeVar

import msgspec

from clusterbench.errors import GeneratorFailed
from clusterbench.load.generator import SERVICE
from clusterbench.load.generators.grpc_load import GrpcLoad, duration, quantum, right_file
from clusterbench.load.generators.json_requests import PROTOSET, REQUESTS
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.load.generator import Right
    from clusterbench.model.execution import Address
    from clusterbench.model.experiment import Method

#: After so long (s) a request is given up, and so long a slice's last responses are waited for.
SLICE_TIMEOUT = Seconds(10.0)
_T = TypeVar("_T")
_SHOWN = 200  # of a line that cannot be read


class Sliced(msgspec.Struct, frozen=True, kw_only=True):
    """What came of a slice: `scheduled` is `ok`, `wrong` and all of `failed`. Times in seconds.

    `seconds` is how long requests were due or started, `drained` when the last one had ended, both
    from when the first was due. `latency` and `send_delay` have `mean`, `p50`, `p90`, `p99` and
    `max`, None where there are none. `cpu` is the generator's own CPU time. `last_loss` is why a
    connection ended, "" where all stayed open.
    """

    target: int
    seconds: Seconds
    drained: Seconds
    scheduled: int
    ok: int
    wrong: int
    failed: Mapping[str, int]
    latency: Mapping[str, Seconds] | None
    latency_histogram: str
    send_delay: Mapping[str, Seconds] | None
    cpu: Seconds
    last_loss: str = ""

    @property
    def failures(self) -> Mapping[str, int]:
        """Return how many requests were not answered rightly, by what they ended as."""
        return {**self.failed, **({"wrong": self.wrong} if self.wrong else {})}


class _Refusal(msgspec.Struct):
    error: str


class _Ready(msgspec.Struct):
    ready: bool


def command(
    addresses: Sequence[Address],
    method: Method,
    *,
    right: Right | None,
    connections: int,
    seed: int,
    rate: float = 0.0,
) -> tuple[str, ...]:
    """Return grpc-load's command line; targets are numbered as `addresses` are.

    `connections` are to each of them. `rate` is the highest that will be asked for (requests/s).
    """
    return (
        GrpcLoad.name, ",".join(map(str, addresses)), f"{SERVICE}/{method}",
        "--slices",
        "--descriptor-set", PROTOSET,
        "--data", REQUESTS[method],
        *(("--expect", right_file(method, right)) if right else ()),
        "--connections", str(connections),
        "--arrivals", "poisson",
        "--seed", str(seed),
        "--send-quantum", quantum(rate),
        "--deadline", duration(SLICE_TIMEOUT),
        "--drain", duration(SLICE_TIMEOUT),
        "--quiet",
    )  # fmt: skip


def order(
    target: int, seconds: float, *, rate: float | None = None, concurrency: int | None = None
) -> str:
    """Return the line that orders a slice: an open loop of a rate, or else a closed loop."""
    loop = {"rate": rate} if rate is not None else {"concurrency": concurrency}
    return msgspec.json.encode({"target": target, "seconds": seconds, **loop}).decode()


def check_ready(line: str) -> None:
    """Check its first line. Raises GeneratorFailed where it does not say that it is ready."""
    _decoded(line, _Ready)


def answer(line: str, target: int) -> Sliced:
    """Read its answer to the order of a slice of `target`.

    Raises GeneratorFailed where the slice was refused, or where it is the answer to another order.
    """
    found = _decoded(line, Sliced)
    if found.target != target:
        raise GeneratorFailed(f"{GrpcLoad.name} loaded target {found.target}, not {target}")
    return found


def _decoded(line: str, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.MsgspecError, ValueError) as error:
        try:
            said = msgspec.json.decode(line, type=_Refusal).error
        except (msgspec.MsgspecError, ValueError):
            shown = line if len(line) <= _SHOWN else f"{line[:_SHOWN]}..."
            raise GeneratorFailed(
                f"{GrpcLoad.name}: its line cannot be read: {error}", shown
            ) from error
        raise GeneratorFailed(f"{GrpcLoad.name}: {said}") from error
