"""grpc-go's interop server, built from the module that pins it: a server that is not the lab's."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
from contextlib import contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clusterbench.local.make import held, make
from clusterbench.local.toolchains import Toolchains
from clusterbench.runtime.environments import clean_environment
from support.contract import PATIENCE
from support.local_servers import BUILDS
from support.repository import ROOT

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Its go.mod, the part of its contract that is used, requests, and the right responses.
INTEROP = ROOT / "services" / "grpc-load" / "tests" / "interop"
_PACKAGE = "google.golang.org/grpc/interop/server"
_PROGRAM = BUILDS / "grpc-go-interop"


def _say(text: str) -> None:
    """Print nothing: what fails is in the error."""


@cache
def interop_server() -> Path:
    """Build the server, where it changed. Skips where there is no go to build it with."""
    if shutil.which("go") is None:
        pytest.skip("there is no go to build grpc-go's interop server with")
    command = ["go", "build", "-C", str(INTEROP), "-mod=readonly", "-trimpath"]
    with held(BUILDS / "lock", what="building", say=_say):
        make(
            [*command, "-o", str(_PROGRAM), _PACKAGE],
            what="building grpc-go's interop server",
            cwd=ROOT,
            log=BUILDS / "logs" / "grpc-go-interop.log",
            say=_say,
            env=Toolchains(ROOT, BUILDS, _say).environment(("go",)),
        )
    return _PROGRAM


def certificates() -> Path:
    """Return the folder of certificates that grpc-go has for tests."""
    asked = subprocess.run(
        ["go", "list", "-C", str(INTEROP), "-m", "-f", "{{.Dir}}", "google.golang.org/grpc"],
        env=Toolchains(ROOT, BUILDS, _say).environment(("go",)),
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return Path(asked.stdout.strip()) / "testdata"


@contextmanager
def running_interop(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Start the server with a port of its own, wait until it listens, and kill it at the end."""
    program = interop_server()
    port = _free_port()
    with (folder / "interop.log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-port", str(port), *options],
            cwd=folder, env=clean_environment(), stdout=log, stderr=log, start_new_session=True,
        )  # fmt: skip
    try:
        _wait_for(port, process, folder / "interop.log")
        yield process, port
    finally:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()


def _free_port() -> int:
    # It takes no port 0 that it would tell.
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port: int = free.getsockname()[1]
    return port


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until and process.poll() is None:
        with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port)):
            return
        time.sleep(0.01)
    pytest.fail(f"it does not listen; it said: {log.read_text()}")
