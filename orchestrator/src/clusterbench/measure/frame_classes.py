"""What a frame of a stack is spent on: a table of rules. Pure.

Stacks are read from the innermost frame outwards, and the first frame that a rule knows decides:
a copy of memory belongs to whoever copies. A rule is of a frame's text, `symbol (module)`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum, auto
from typing import TYPE_CHECKING

from clusterbench.model.attribution import Spent

if TYPE_CHECKING:
    from collections.abc import Sequence


class Undecided(Enum):
    """What a frame says of a stack where it does not say what the time is spent on."""

    #: The interpreter runs: which Python code, perf does not see.
    INTERPRETER = auto()
    #: The thread waits, or asks the kernel: perf sees that as the kernel's.
    WAITS = auto()


@dataclass(frozen=True, slots=True)
class _Rule:
    """A pattern that a frame's text is searched for, what it means, and why."""

    pattern: re.Pattern[str]
    meaning: Spent | Undecided
    reason: str


def _rule(pattern: str, meaning: Spent | Undecided, reason: str) -> _Rule:
    return _Rule(re.compile(pattern), meaning, reason)


#: The first that fits decides. A Rust symbol has been cut to its path before.
_RULES = (
    _rule(r" \(\[kernel\]\)$", Spent.KERNEL, "system calls, interrupts, switching threads"),
    # The model, and what calls it.
    _rule(r"^(kmeans_model|linfa\w*|ndarray)::", Spent.MODEL, "linfa in the Rust server"),
    _rule(r"^rust_tonic\w*::(service::predict|model::)", Spent.MODEL, "calls linfa"),
    _rule(r"\(linfa(_kmeans)?[./]", Spent.MODEL, "the binding of linfa, with linfa in it"),
    _rule(
        r"\((sklearn|scipy|joblib|threadpoolctl|narwhals)[./]", Spent.MODEL,
        "scikit-learn, and what it alone uses",
    ),
    _rule(r"\((scipy|scikit_learn)\.libs/|\(lib(gomp|scipy_openblas|openblas)", Spent.MODEL,
          "libraries of scikit-learn and NumPy that compute"),
    _rule(
        r"\((grpcio_server/(estimators|batching)|\w+_grpc\w*/predictor)\.py\)", Spent.MODEL,
        "hands the row to the model's library and takes its answer",
    ),
    # Messages.
    _rule(r"^(prost\w*|tonic_prost)::", Spent.DECODING, "protobuf in Rust"),
    _rule(r"\(google/(_upb|protobuf)/|\(_message\.|centroids_pb2", Spent.DECODING,
          "protobuf in Python"),
    _rule(r"\(grpcio_server/observations\.py\)", Spent.DECODING, "a message's numbers, checked"),
    # gRPC, HTTP/2, and what they run on.
    _rule(
        r"^(tonic\w*|h2|hyper\w*|http\w*|tower\w*|tokio\w*|mio|socket2|rust_tonic\w*)::",
        Spent.FRAMEWORK, "tonic, HTTP/2, tokio, and the glue that tonic generates",
    ),
    _rule(r"\(grpc/", Spent.FRAMEWORK, "grpcio, of which HTTP/2 is a part"),
    _rule(
        r"\((concurrent/futures/|threading\.py|asyncio/|selectors\.py|uvloop/)", Spent.FRAMEWORK,
        "grpcio's threads, locks and loops: no one else uses any",
    ),
    _rule(r"\((grpcio_server|\w+_grpc\w*)/", Spent.OTHER, "the server's own code between them"),
    # The interpreter: nothing above it says what it interprets.
    _rule(r"^_PyEval_(EvalFrameDefault|Vector)", Undecided.INTERPRETER, "runs Python code"),
    _rule(
        r"^(sem_|pthread_|epoll_|poll|select|syscall|futex|__lll_|sigtimedwait|nanosleep)\w* \(libc"
        r"|^(__libc_)?(send|recv|read|write)(to|from|msg|v)? \(libc", Undecided.WAITS,
        "a call of the kernel, which py-spy sees as what called it",
    ),
)  # fmt: skip


def decided(stack: Sequence[str], *, sees_kernel: bool) -> tuple[str, Spent | Undecided]:
    """Return the frame that decides what a stack's time is spent on, and that.

    `stack` has the outermost frame first. Where the profiler sees the kernel's frames itself
    (`sees_kernel`), a call of the kernel is not yet the kernel. Where no rule knows any of the
    frames, it is `OTHER`, by no frame ("").
    """
    for frame in reversed(stack):
        text = rust_path(frame)
        for rule in _RULES:
            if rule.meaning is Undecided.WAITS and sees_kernel:
                continue
            if rule.pattern.search(text):
                return frame, rule.meaning
    return "", Spent.OTHER


def rust_path(frame: str) -> str:
    """Return a frame with a Rust symbol cut to its path: `<a::B<C> as d::E>::f` is of `a::B`.

    Generic arguments say what code is for, and not whose it is; std's belongs to its caller.
    """
    symbol, _, module = frame.rpartition(" (")
    if "::" not in symbol:
        return frame
    start = symbol.lstrip("<&*")
    start = start.removeprefix("mut ").removeprefix("dyn ")
    return f"{re.split(r'[<>,]| as ', start, maxsplit=1)[0]} ({module}"
