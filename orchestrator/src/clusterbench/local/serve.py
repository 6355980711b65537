"""Starts one server by hand, for anybody's client."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

from clusterbench.config.compose_file import Service, servers
from clusterbench.errors import HostError
from clusterbench.local.build import build
from clusterbench.local.how_to_call import how_to_call, no_such_server
from clusterbench.local.served_model import served_model
from clusterbench.runtime.environments import clean_environment

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from clusterbench.local.make import Say


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
