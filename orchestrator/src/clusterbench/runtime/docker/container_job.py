"""A one-off job in a container of its own."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import docker.errors

from clusterbench.errors import JobFailed
from clusterbench.runtime.command_results import ended
from clusterbench.runtime.docker.creation import LAB
from clusterbench.runtime.docker.engine import archive, engine_errors, fetch, wait_until

if TYPE_CHECKING:
    from clusterbench.config.compose_file import Service
    from clusterbench.runtime.docker.creation import Containers
    from clusterbench.runtime.port import Job

#: A volume, and in it the job's own folder, which is the lab's user's whatever the image says.
_VOLUME, _NAME = "/out", "job"
_FOLDER = f"{_VOLUME}/{_NAME}"
_OFTEN = 0.5  # seconds


def run_job(job: Job, service: Service, containers: Containers) -> bytes:
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
        ) as made,
        engine_errors(JobFailed, f"cannot run {job.service}"),
    ):
        made.put_archive(_VOLUME, archive({f"{_NAME}/": b""}))
        made.start()
        if not wait_until(lambda: _ended(made), job.timeout, every=_OFTEN):
            raise JobFailed(f"{job.service} did not end within {job.timeout:g} s", _last(made))
        state = made.attrs["State"]
        if state["Status"] != "exited" or state["ExitCode"] != 0:
            killed = ", out of memory" if state.get("OOMKilled") else ""
            raise JobFailed(f"{job.service}: {ended(state['ExitCode'])}{killed}", _last(made))
        return _output(made, job.output)


def _output(made: Any, name: str) -> bytes:  # noqa: ANN401 - the SDK is untyped
    with tempfile.TemporaryDirectory(prefix="clusterbench-") as folder:
        target = Path(folder) / "output"
        try:
            fetch(made, f"{_FOLDER}/{name}", target)
        except docker.errors.NotFound:
            return b""
        return target.read_bytes()


def _last(made: Any) -> str:  # noqa: ANN401 - the SDK is untyped
    return str(made.logs(tail=40).decode("utf-8", "replace"))


def _ended(made: Any) -> bool:  # noqa: ANN401 - the SDK is untyped
    made.reload()
    return bool(made.status not in {"created", "running"})
