"""A profiler beside a server's container: in a container of its own, for one window.

It joins the PID namespace that the run's containers share, and has two capabilities that nothing
else here has: PERFMON, to sample the server's CPUs, and SYS_PTRACE, to look into its processes.
It reaches no network, and goes with its window.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import docker

from clusterbench.errors import ProfilerFailed
from clusterbench.host.profilers.profiler import Sampled
from clusterbench.runtime.docker import images
from clusterbench.runtime.docker.creation import temporary
from clusterbench.runtime.docker.engine import ROLE_LABEL, engine_errors

if TYPE_CHECKING:
    from docker.models.containers import Container

    from clusterbench.host.profilers.profiler import Profiler
    from clusterbench.model.cpus import CpuSet

CAPABILITIES = ("PERFMON", "SYS_PTRACE")
WORK = "/work"
#: It ends by itself after this long, should the lab be gone (s).
_LIVES = "600"
#: Prints each process whose root is that container's, by the host's name in it, and its program.
_LOOK = """for each in /proc/[0-9]*; do
if [ "$(cat "$each/root/etc/hostname" 2>/dev/null)" = "$1" ]; then
echo "${each#/proc/} $(basename "$(readlink "$each/exe")")"; fi; done"""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProfilerContainers:
    """Makes containers for profilers, of an image that has them.

    `remedy` is what builds the image. `labels` name the project and the run.
    """

    client: docker.DockerClient
    image: str
    remedy: str
    labels: Mapping[str, str]

    def sample(
        self, profiler: Profiler, server: Container, *, pids: str, cpus: CpuSet, aside: CpuSet
    ) -> str | None:
        """Have a profiler sample a container on its CPUs; see `port.Server.profile`.

        `pids` is the PID namespace in which the server is, as the SDK has it.
        """
        doing = f"cannot start {profiler.name} beside {server.name}"
        with engine_errors(ProfilerFailed, doing):
            if not images.there(self.client, self.image):
                raise ProfilerFailed(f"its image {self.image} is not there: {self.remedy}")
            with temporary(
                self.client,
                self.image,
                labels={**self.labels, ROLE_LABEL: "profiler"},
                entrypoint=["sleep"],
                command=[_LIVES],
                user="0:0",
                network_mode="none",
                pid_mode=pids,
                cap_drop=["ALL"],
                cap_add=list(CAPABILITIES),
                security_opt=["no-new-privileges:true"],
                tmpfs={WORK: "rw,noexec,nosuid,size=1g"},
                working_dir=WORK,
                cpuset_cpus=str(aside) if aside else None,
            ) as beside:
                beside.start()
                hostname = server.attrs["Config"]["Hostname"]
                _, found, _ = _run(beside, _LOOK, hostname)
                sampled = Sampled(programs=_programs(found), cpus=cpus, contained=True)
                if not sampled.programs:
                    raise ProfilerFailed(f"it sees no process of {server.name}")
                if not profiler.suits(sampled):
                    return None
                status, printed, said = _run(beside, profiler.script(sampled))
        stacks = profiler.fold(sampled, printed)
        if status or not stacks:
            raise ProfilerFailed(profiler.why(said))
        return stacks


def _run(container: Container, script: str, *words: str) -> tuple[int, str, str]:
    """Run a script to its end; return its status, and what it wrote to both outputs."""
    status, parts = container.exec_run(["sh", "-c", script, "sh", *words], demux=True, workdir=WORK)
    printed, said = ((part or b"").decode("utf-8", "replace") for part in parts)
    return int(status), printed, said


def _programs(found: str) -> Mapping[int, str]:
    """Read lines of a process id and the name of its program."""
    pairs = (line.split(" ", 1) for line in found.splitlines())
    return {int(pid): program for pid, program in pairs if pid.isdecimal()}
