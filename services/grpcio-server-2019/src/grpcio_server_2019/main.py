"""A server's whole life, and the one place where an error becomes an exit code."""

from __future__ import annotations

import json
import os
import signal
import sys
from platform import python_version
from typing import TYPE_CHECKING, Any, Optional, Sequence

from grpcio_server_2019 import options as options_
from grpcio_server_2019.errors import ServerError
from grpcio_server_2019.model import Model, read_model

if sys.version_info >= (3, 8):
    from importlib.metadata import version
else:
    from importlib_metadata import version

if TYPE_CHECKING:
    from grpcio_server_2019.options import Options
    from grpcio_server_2019.service import Service

_SHELL = ("grpcio", "protobuf", "numpy")
_STOP = (signal.SIGTERM, signal.SIGINT)


def run(service: Service, arguments: Optional[Sequence[str]] = None) -> int:
    """Serve until SIGTERM or SIGINT; the exit code: 0, 2 for what the user gave, 1 for the rest."""
    try:
        given = sys.argv[1:] if arguments is None else arguments
        options = options_.parse(service.name, given, os.environ)
        model = read_model(options.model)
        # Libraries read these when they load, so they are set before any is.
        for name in service.pools:
            os.environ[name] = os.environ.get(name) or "1"
        _announce(service, options, model)
        _serve(service, options, model)
    except ServerError as error:
        sys.stderr.write(f"{service.name}: {error}\n")
        return error.exit_code
    except KeyboardInterrupt:  # before the server had come so far as to take signals itself
        return 128 + signal.SIGINT
    return 0


def emit(event: str, **fields: Any) -> None:
    """Write one event: a JSON object a line on standard output."""
    sys.stdout.write(json.dumps({"event": event, **fields}) + "\n")
    sys.stdout.flush()


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
        workers=options.workers,
        threads=options.threads,
        max_streams=options.max_streams,
        pools={
            "grpc_threads": options.threads,
            **{name: int(value) if value.isdecimal() else value for name, value in pools.items()},
        },
        versions={
            "python": python_version(),
            **{name: version(name) for name in (*_SHELL, *service.libraries)},
        },
    )


def _serve(service: Service, options: Options, model: Model) -> None:
    # Blocked before gRPC starts a thread, which then inherits it: no signal is missed, and
    # sigwait() reads it. Process 1 of a container needs it too.
    signal.pthread_sigmask(signal.SIG_BLOCK, _STOP)
    # It loads NumPy and gRPC, whose settings are set only now.
    from grpcio_server_2019.server import Server  # noqa: PLC0415

    with Server(service, options, model) as server:
        emit("listening", host=options.host, port=server.port)
        server.prove()
        server.serve()
        emit("serving")
        stopped = signal.Signals(signal.sigwait(_STOP))
        emit("stopping", signal=stopped.name)
    emit("stopped")
