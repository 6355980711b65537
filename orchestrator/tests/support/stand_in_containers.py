"""Stand-ins for servers and generators, in containers of a project of their own."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from clusterbench.config.compose_file import GENERATOR, Role, Service
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.docker_runtime import DockerRuntime
from clusterbench.runtime.docker.engine import PROJECT_LABEL

if TYPE_CHECKING:
    from clusterbench.runtime.docker.held_engine import Waits

IMAGE = "debian:bookworm-slim"
MODEL = b'{"n_clusters": 1}'
SERVES = """
echo '{"event": "starting", "server": "stand-in", "threads": 1}'
cat /data/model.json; id -u; echo "$SERVER_HOST:$SERVER_PORT $SERVER_MODEL $EXTRA"
trap 'echo stopping; exit 0' TERM
while true; do sleep 0.05; done
"""
HARDENED = Service(
    name="stand-in",
    role=Role.SERVER,
    image=IMAGE,
    entrypoint=("sh", "-c"),
    command=(SERVES,),
    user="10001:10001",
    init=True,
    read_only=True,
    cap_drop=("ALL",),
    security_opt=("no-new-privileges:true",),
    tmpfs={"/tmp": "rw,noexec,nosuid,size=8m"},  # noqa: S108 - within a container
    stop_grace_period=Seconds(5.0),
)
GENERATORS = replace(
    HARDENED, name=GENERATOR, role=Role.GENERATOR, entrypoint=None, command=None, user=None
)
STAND_IN = Contender(name="stand in", service="stand-in", environment={"EXTRA": "extra"})
FIRST = CpuSet((0,))


@dataclass(frozen=True)
class Data:
    model_json: bytes = MODEL


@dataclass(frozen=True)
class Lab:
    """A project of its own on the engine, so that tests meet nobody else's containers."""

    engine: Any
    project: str

    def runtime(
        self, run: str = "run-1", /, *, waits: Waits | None = None, **services: Service
    ) -> DockerRuntime:
        return DockerRuntime(
            services={"stand-in": HARDENED, GENERATOR: GENERATORS, **services},
            data=Data(),
            project=self.project,
            run_id=run,
            client=self.engine,
            network_name=self.project,
            models={"own": Data(b'{"own": true}')},
            waits=waits,
        )

    def containers(self, *labels: str) -> list[Any]:
        wanted = [f"{PROJECT_LABEL}={self.project}", *labels]
        found: list[Any] = self.engine.containers.list(
            all=True, ignore_removed=True, filters={"label": wanted}
        )
        return found

    def start(self, labels: dict[str, str]) -> Any:
        return self.engine.containers.run(
            IMAGE, ["sleep", "300"], labels=labels, detach=True, network_mode="none", init=True
        )
