"""A server's whole life, and the one place where an error becomes an exit code."""

from __future__ import annotations

import os
import signal
import sys
from platform import python_version
from typing import TYPE_CHECKING

from grpcio_server import sockets
from grpcio_server.errors import ServerError
from grpcio_server.events import emit
from grpcio_server.model import Model, read_model
from grpcio_server.options import parse
from grpcio_server.workers import serve_with_workers, stop_signals

if sys.version_info >= (3, 8):
    from importlib.metadata import version
else:
    from importlib_metadata import version

if TYPE_CHECKING:
    from grpcio_server.options import Options
    from grpcio_server.service import Service


def run(service: Service) -> int:
    """Serve until SIGTERM or SIGINT; the exit code: 0, 2 for what the user gave, 1 for the rest."""
    try:
        options = parse(service.name, service.options, sys.argv[1:], os.environ)
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
    """Write the first event: everything that shapes the figures."""
    said_elsewhere = ("host", "port", "model")
    pools = {name: os.environ[name] for name in service.pools}
    emit(
        "starting",
        server=service.name,
        model={
            "path": str(model.path),
            "n_clusters": model.n_clusters,
            "n_features": model.n_features,
        },
        **{
            each.name: getattr(options, each.name)
            for each in service.options
            if each.name not in said_elsewhere
        },
        pools={
            "grpc_threads": options.threads,
            **{name: int(value) if value.isdecimal() else value for name, value in pools.items()},
        },
        settings={name: os.environ[name] for name in service.settings},
        versions={
            "python": python_version(),
            **{name: version(name) for name in ("grpcio", "protobuf", "numpy", *service.libraries)},
            **service.versions(),
        },
    )


def _serve_alone(service: Service, options: Options, model: Model) -> None:
    # Blocked before gRPC starts a thread, which then inherits it: no signal is missed or handled
    # in the middle of anything, and sigwait() reads it. Process 1 of a container needs it too.
    signals = stop_signals()
    signal.pthread_sigmask(signal.SIG_BLOCK, signals)
    sockets.probe(options.host, options.port)
    # It loads NumPy and gRPC, whose settings are set only now.
    from grpcio_server.server import Server  # noqa: PLC0415

    with Server(service, options, model, shared=False) as server:
        emit("listening", host=options.host, port=server.port)
        server.prove()
        server.serve()
        emit("serving")
        stopped = signal.Signals(signal.sigwait(signals))
        emit("stopping", signal=stopped.name)
    emit("stopped", workers=[server.work()])
