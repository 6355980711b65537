"""A server's whole life, and the one place where an error becomes an exit code."""

from __future__ import annotations

import os
import signal
import sys
from importlib.metadata import version
from platform import python_version
from typing import TYPE_CHECKING

from grpcio_server import options as options_
from grpcio_server import sockets
from grpcio_server.errors import ServerError
from grpcio_server.events import emit
from grpcio_server.model import Model, read_model
from grpcio_server.workers import STOP_SIGNALS, serve_with_workers

if TYPE_CHECKING:
    from collections.abc import Sequence

    from grpcio_server.options import Options
    from grpcio_server.service import Service

_SHELL = ("grpcio", "protobuf", "numpy")


def run(service: Service, arguments: Sequence[str] | None = None) -> int:
    """Serve until SIGTERM or SIGINT; the exit code: 0, 2 for what the user gave, 1 for the rest."""
    try:
        options = options_.parse(
            service.name, sys.argv[1:] if arguments is None else arguments, os.environ
        )
        model = read_model(options.model)
        _set_environment(service)
        _announce(service, options, model)
        if options.workers == 1:
            _serve_alone(service, options, model)
        else:
            serve_with_workers(service, options, model)
    except ServerError as error:
        sys.stderr.write(f"{service.name}: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:  # before the server had come so far as to take signals itself
        return 128 + signal.SIGINT
    return 0


def _set_environment(service: Service) -> None:
    """Libraries read these when they load, so they are set before any is. Empty counts as unset."""
    for name, value in {**dict.fromkeys(service.pools, "1"), **service.settings}.items():
        os.environ[name] = os.environ.get(name) or value


def _announce(service: Service, options: Options, model: Model) -> None:
    pools = {name: os.environ[name] for name in service.pools}
    emit(
        "starting",
        server=service.name,
        handler=options.handler,
        model={
            "path": str(model.path),
            "n_clusters": model.n_clusters,
            "n_features": model.n_features,
        },
        executor=options.executor,
        batching=options.batching,
        workers=options.workers,
        threads=options.threads,
        max_streams=options.max_streams,
        gc=options.gc,
        pools={
            "grpc_threads": options.threads,
            **{name: int(value) if value.isdecimal() else value for name, value in pools.items()},
        },
        settings={name: os.environ[name] for name in service.settings},
        versions={
            "python": python_version(),
            **{name: version(name) for name in (*_SHELL, *service.libraries)},
            **service.versions(),
        },
    )


def _serve_alone(service: Service, options: Options, model: Model) -> None:
    # Blocked before gRPC starts a thread, which then inherits it: no signal is missed or handled
    # in the middle of anything, and sigwait() reads it. Process 1 of a container needs it too.
    signal.pthread_sigmask(signal.SIG_BLOCK, STOP_SIGNALS)
    sockets.probe(options.host, options.port)
    # It loads NumPy and gRPC, whose settings are set only now.
    from grpcio_server.server import Server  # noqa: PLC0415

    with Server(service, options, model, shared=False) as server:
        emit("listening", host=options.host, port=server.port)
        server.prove()
        server.serve()
        emit("serving")
        stopped = signal.Signals(signal.sigwait(STOP_SIGNALS))
        emit("stopping", signal=stopped.name)
    emit("stopped", workers=[server.work()])
