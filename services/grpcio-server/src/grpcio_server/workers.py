"""Several processes sharing one port: a supervisor, which serves nothing, and its workers.

The kernel spreads connections (not requests) over the workers' sockets by SO_REUSEPORT. Workers are
forked before gRPC or NumPy is loaded. They take their orders from the supervisor alone, over a
pipe; signals that a terminal or an engine sends to the whole group are the supervisor's to read.
"""

from __future__ import annotations

import contextlib
import ctypes
import multiprocessing
import os
import signal
import sys
import time
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import TYPE_CHECKING

from grpcio_server import sockets
from grpcio_server.errors import ServerError
from grpcio_server.events import emit

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from grpcio_server.model import Model
    from grpcio_server.options import Options
    from grpcio_server.service import Service

LISTENING, PROVED, SERVE, SERVING, STOP = "listening", "proved", "serve", "serving", "stop"
STOP_SIGNALS = (signal.SIGTERM, signal.SIGINT)
PATIENCE = 8.0
"""Seconds that workers have to stop in: the drain, and some to spare. Then they are killed."""

_PR_SET_PDEATHSIG = 1


class _Stopped(Exception):  # noqa: N818 - nothing erred
    """A stop signal came; its name is the message."""


@dataclass(frozen=True)
class _Worker:
    number: int
    process: BaseProcess
    orders: Connection

    def order(self, word: str) -> None:
        # One that is dead hears nothing: the supervisor learns of it from `wait`.
        with contextlib.suppress(BrokenPipeError):
            self.orders.send(word)

    def stopped(self, deadline: float) -> dict[str, float] | None:
        """Return what it did, its last word; None if there is none by then. It is dead after."""
        work: dict[str, float] | None = None
        with contextlib.suppress(EOFError, ConnectionResetError):
            while work is None and self.orders.poll(max(0.0, deadline - time.monotonic())):
                said: dict[str, float] | str = self.orders.recv()
                # Before it there may be words that nobody waited for any more.
                work = None if isinstance(said, str) else said
        self.process.join(max(0.0, deadline - time.monotonic()))
        self.process.kill()
        self.process.join()
        self.orders.close()
        return work


def serve_with_workers(service: Service, options: Options, model: Model) -> None:
    """Serve until SIGTERM or SIGINT with `options.workers` processes.

    Raises UsageError if the port is taken, ServerError if a worker ends by itself.
    """
    work: list[dict[str, float] | None] = []
    with contextlib.ExitStack() as stack:
        port = stack.enter_context(sockets.reserved(options.host, options.port))
        signals = stack.enter_context(_stop_signals())
        options = replace(options, port=port)
        workers = stack.enter_context(_started(service, options, model, work))
        try:
            _all_say(LISTENING, workers, signals)
            emit("listening", host=options.host, port=port)
            _all_say(PROVED, workers, signals)
            for worker in workers:
                worker.order(SERVE)
            _all_say(SERVING, workers, signals)
            emit("serving")
            _check(workers, _ready(workers, signals))
        except _Stopped as stopped:
            emit("stopping", signal=str(stopped))
    emit("stopped", workers=work)


def stop_signals() -> tuple[signal.Signals, ...]:
    """Return what stops this process: SIGTERM and SIGINT, but none that it was started to ignore.

    A script has its jobs in the background ignore SIGINT.
    """
    return tuple(each for each in STOP_SIGNALS if signal.getsignal(each) is not signal.SIG_IGN)


@contextlib.contextmanager
def _stop_signals() -> Iterator[int]:
    """Open a file descriptor that gives one byte, the number, for each of `stop_signals`."""
    reader, writer = os.pipe()
    before = {
        each: signal.signal(each, lambda number, _: _forward(writer, number))
        for each in stop_signals()
    }
    try:
        yield reader
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)
        os.close(reader)
        os.close(writer)


def _forward(writer: int, number: int) -> None:
    os.write(writer, bytes([number]))


@contextlib.contextmanager
def _started(
    service: Service, options: Options, model: Model, work: list[dict[str, float] | None]
) -> Iterator[Sequence[_Worker]]:
    """Workers, started; stopped on leaving, and killed if they do not.

    What each did goes into `work`, in order; None of one that had to be killed.
    """
    context = multiprocessing.get_context("fork")
    workers: list[_Worker] = []
    try:
        for number in range(options.workers):
            ours, theirs = context.Pipe()
            process = context.Process(
                target=_work, args=(service, options, model, theirs, os.getpid()), daemon=True
            )
            process.start()
            theirs.close()
            workers.append(_Worker(number, process, ours))
        yield tuple(workers)
    finally:
        for worker in workers:
            worker.order(STOP)
        deadline = time.monotonic() + PATIENCE
        work.extend(worker.stopped(deadline) for worker in workers)


def _all_say(word: str, workers: Sequence[_Worker], signals: int) -> None:
    """Wait until each worker has said `word`. Raises _Stopped, ServerError."""
    silent = {worker.orders: worker for worker in workers}
    while silent:
        ready = _ready(workers, signals, silent)
        for orders in [each for each in silent if each in ready]:
            try:
                said = orders.recv()
            except EOFError:
                raise _ended(silent[orders]) from None
            if said != word:
                raise ServerError(f"worker {silent[orders].number}: {said}")
            del silent[orders]
        _check(workers, ready)


def _ready(
    workers: Sequence[_Worker], signals: int, silent: Iterable[Connection] = ()
) -> Sequence[object]:
    """Wait until a worker that was silent speaks, or any one ends. Raises _Stopped."""
    ready = wait([signals, *silent, *(worker.process.sentinel for worker in workers)])
    if signals in ready:
        raise _Stopped(signal.Signals(os.read(signals, 1)[0]).name)
    return ready


def _check(workers: Sequence[_Worker], ready: Sequence[object]) -> None:
    """Raise ServerError for a worker that has ended by itself."""
    for worker in workers:
        if worker.process.sentinel in ready:
            raise _ended(worker)


def _ended(worker: _Worker) -> ServerError:
    worker.process.join()
    code = worker.process.exitcode or 0
    how = f"died of {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
    return ServerError(
        f"worker {worker.number} (process {worker.process.pid}) {how}, so all stop; "
        "its last words, if any, are above"
    )


def _work(
    service: Service, options: Options, model: Model, orders: Connection, supervisor: int
) -> None:
    """Live a worker's whole life, in its own process."""
    for each in STOP_SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    _die_with(supervisor)
    # It loads NumPy and gRPC, which must not be before the fork.
    from grpcio_server.server import Server  # noqa: PLC0415

    try:
        with Server(service, options, model, shared=True) as server:
            orders.send(LISTENING)
            server.prove()
            orders.send(PROVED)
            while orders.recv() == SERVE:
                server.serve()
                orders.send(SERVING)
        orders.send(server.work())
    except ServerError as error:
        orders.send(str(error))
        sys.exit(error.exit_code)


def _die_with(supervisor: int) -> None:
    """Have the kernel kill this process when the supervisor dies, even by kill -9."""
    ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != supervisor:
        # It died before it was asked for.
        os.kill(os.getpid(), signal.SIGKILL)
