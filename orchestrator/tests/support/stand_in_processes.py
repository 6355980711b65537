"""Stand-ins for servers, as local processes of a project of their own."""

from __future__ import annotations

import os
import sys
import time
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.config.compose_file import Recipe, Role, Service
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.model.units import Seconds
from clusterbench.runtime.process.built import Built
from clusterbench.runtime.process.process_runtime import ProcessRuntime

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ONE = CpuSet((min(os.sched_getaffinity(0)),))

# Listens, says so as the lab's servers do, starts a worker, and tells its environment.
SERVES = """
import json, os, signal, socket, subprocess, sys, time
print("a line of somebody else", flush=True)
print(json.dumps({"event": "starting", "server": "stand-in",
                  "environment": dict(os.environ), "cpus": sorted(os.sched_getaffinity(0))}),
      flush=True)
worker = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(300)"])
sock = socket.create_server((os.environ["SERVER_HOST"], int(os.environ["SERVER_PORT"])))
print(json.dumps({"event": "listening", "host": "127.0.0.1", "port": sock.getsockname()[1],
                  "worker": worker.pid}), flush=True)
def stop(*_):
    print(json.dumps({"event": "stopped"}), flush=True)
    sys.exit(0)
signal.signal(signal.SIGTERM, stop)
while True:
    time.sleep(0.02)
"""
SERVER = Service(
    name="stand-in",
    role=Role.SERVER,
    image="-",
    environment={"FROM_COMPOSE": "yes"},
    stop_grace_period=Seconds(5.0),
    recipe=Recipe(needs=("python",), sources=(), build=(), command=("-",)),
)
STAND_IN = Contender(name="stand in", service="stand-in", environment={"SERVER_THREADS": "3"})


@dataclass(frozen=True)
class ServedData:
    """What a stand-in is given as its model."""

    model_json: bytes


@dataclass(frozen=True)
class Lab:
    """A project and folders of its own."""

    root: Path
    project: str

    def runtime(
        self,
        script: str = SERVES,
        *,
        built: Built | None = None,
        deadline: float = 30.0,
        models: Mapping[str, ServedData] | None = None,
    ) -> ProcessRuntime:
        return ProcessRuntime(
            services={"stand-in": SERVER, "bare": replace(SERVER, name="bare", recipe=None)},
            data=ServedData(b"usual"),
            root=self.root,
            built=built or Built(commands={"stand-in": (sys.executable, "-c", script)}),
            project=self.project,
            start_deadline=Seconds(deadline),
            models=models,
        )


def state(pid: int) -> str:
    """Return a process's state as the kernel names it: R runs, T is stopped, Z has ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return "Z"


def alive(pid: int) -> bool:
    return state(pid) != "Z"


def until(true: Callable[[], object], seconds: float = 10.0) -> bool:
    deadline = time.monotonic() + seconds
    while not true():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


def worker_of(log: str) -> int:
    return int(log.partition('"worker": ')[2].partition("}")[0])
