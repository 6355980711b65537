"""A one-off job in a container of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING

import docker.errors

from clusterbench.errors import JobFailed
from clusterbench.host import cgroup
from clusterbench.model.execution import JobOutput
from clusterbench.model.units import Seconds
from clusterbench.runtime.command_results import ended
from clusterbench.runtime.docker.engine import LAB, archive, engine_errors, opened, wait_until
from clusterbench.runtime.docker.verification import verify

if TYPE_CHECKING:
    from docker.models.containers import Container

    from clusterbench.config.compose_file import Service
    from clusterbench.runtime.docker.creation import Containers
    from clusterbench.runtime.port import Job

#: A volume, and in it the job's own folder, which is the lab's user's whatever the image says.
_VOLUME, _NAME = "/out", "job"
_FOLDER = f"{_VOLUME}/{_NAME}"
_OFTEN = 0.5  # seconds


def run_job(job: Job, service: Service, containers: Containers, pid_mode: str) -> JobOutput:
    """Run a job to its end; see `port.Jobs.run_once`."""
    with (
        containers.created(
            service,
            job.cpus,
            role="job",
            name=job.service,
            error=JobFailed,
            volume=_VOLUME,
            command=list(job.command),
            user=LAB,
            working_dir=_FOLDER,
            environment=dict(job.environment),
            network_mode="none",
            pid_mode=pid_mode,
        ) as made,
        engine_errors(JobFailed, f"cannot run {job.service}"),
    ):
        made.put_archive(_VOLUME, archive({f"{_NAME}/": b""}))
        made.start()
        verify(made, job.cpus, service.mem_limit)
        held = _Throttled(made)
        if not wait_until(lambda: held.seen() or _ended(made), job.timeout, every=_OFTEN):
            raise JobFailed(f"{job.service} did not end within {job.timeout:g} s", _last(made))
        state = made.attrs["State"]
        if state["Status"] != "exited" or state["ExitCode"] != 0:
            killed = ", out of memory" if state.get("OOMKilled") else ""
            raise JobFailed(f"{job.service}: {ended(state['ExitCode'])}{killed}", _last(made))
        return JobOutput(_output(made, job.output), held.seconds)


class _Throttled:
    """How long CPU quotas held a container back, as last seen while it ran (s)."""

    def __init__(self, container: Container) -> None:
        found = cgroup.find(container.id)
        self._bandwidth = found.bandwidth if found else None
        # Quotas of its parents have counted since before it.
        self._before = self._bandwidth.throttled() if self._bandwidth else Seconds(0.0)
        self.seconds = Seconds(0.0)

    def seen(self) -> bool:
        """Look once more; return False, for that it may go on."""
        if self._bandwidth:
            so_far = self._bandwidth.throttled() - self._before
            self.seconds = Seconds(max(self.seconds, so_far))
        return False


def _output(made: Container, name: str) -> bytes:
    try:
        with opened(made, f"{_FOLDER}/{name}") as content:
            return content.read()
    except docker.errors.NotFound:
        return b""


def _last(made: Container) -> str:
    return str(made.logs(tail=40).decode("utf-8", "replace"))


def _ended(made: Container) -> bool:
    made.reload()
    return bool(made.status not in {"created", "running"})
