"""Starts one server by hand, for anybody's client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

from clusterbench.config.compose_file import Service, servers
from clusterbench.errors import HostError
from clusterbench.host.engine_endpoint import find_endpoint, variables
from clusterbench.local.build import build
from clusterbench.local.how_to_call import how_to_call, no_such_server
from clusterbench.local.served_model import served_model
from clusterbench.runtime.environments import clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clusterbench.local.make import Say


#: What a container of a server gets, as in compose.yaml.
_HARDENED = (
    "--rm", "--init", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges:true",
    "--tmpfs=/tmp:rw,noexec,nosuid,size=64m",
)  # fmt: skip


def serve_image(service: Service, root: Path, *, data: Path, port: int, say: Say) -> NoReturn:
    """Become a container of a server's image, on 127.0.0.1; docker pulls what is missing.

    Raises ConfigError for a folder without a model, HostError where there is no docker.
    """
    model = served_model(root, data)
    mount = f"type=bind,source={model.path.resolve()},target=/data/model.json,readonly"
    say(how_to_call(service.name, model.width, port))
    command = ["docker", "run", *_HARDENED, "--publish", f"127.0.0.1:{port}:5001", "--mount", mount]
    try:
        os.execvpe(  # noqa: S606 - Ctrl-C then reaches docker itself
            command[0], [*command, service.image], variables(find_endpoint(), os.environ)
        )
    except OSError as error:
        raise HostError(f"docker: {error.strerror}; remedy: install the docker command") from error


def serve(
    services: Mapping[str, Service], root: Path, name: str, *, data: Path, port: int, say: Say
) -> NoReturn:
    """Build the server `name` and become it, on 127.0.0.1.

    Of the user's environment it sees what a measured one does, and the variables SERVER_*.
    Raises ConfigError for a name that is no server or a folder without a model, HostError
    when it cannot be built here.
    """
    known = servers(services)
    if name not in known:
        raise no_such_server(name, known)
    model = served_model(root, data)
    built = build({name: known[name]}, root, say, generators=())
    if name in built.skipped:
        raise HostError(f"{name} cannot be started here: {built.skipped[name]}")
    say(how_to_call(name, model.width, port))
    given = {"SERVER_HOST": "127.0.0.1", "SERVER_PORT": str(port), "SERVER_MODEL": str(model.path)}
    command = built.commands[name]
    own = {key: value for key, value in os.environ.items() if key.startswith("SERVER_")}
    environment = clean_environment(own, known[name].environment, given)
    os.execve(command[0], command, environment)  # noqa: S606 - Ctrl-C then reaches the server itself
