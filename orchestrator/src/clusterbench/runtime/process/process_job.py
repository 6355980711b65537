"""A one-off job as a local process."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import JobFailed
from clusterbench.host.own_cgroup import throttled
from clusterbench.model.execution import JobOutput
from clusterbench.model.units import Seconds
from clusterbench.runtime.command_results import ended
from clusterbench.runtime.environments import clean_environment
from clusterbench.runtime.process.spawn import spawn
from clusterbench.runtime.service_lookup import check_cpus

if TYPE_CHECKING:
    from collections.abc import Sequence

    from clusterbench.runtime.port import Job

#: A job that is told to end has so long for it (s).
_GRACE = Seconds(5.0)


def run_job(job: Job, service: Sequence[str]) -> JobOutput:
    """Run a job to its end, `service` being what starts its service; see `port.Jobs.run_once`."""
    check_cpus(job.cpus, os.sched_getaffinity(0), "this process")
    with tempfile.TemporaryDirectory(prefix="clusterbench-") as name:
        folder, log = Path(name) / "job", Path(name) / "log"
        folder.mkdir()
        before = throttled()
        process = spawn(
            [*service, *job.command],
            cpus=job.cpus,
            environment=clean_environment(job.environment),
            folder=folder,
            stdout=log,
        )
        try:
            in_time = process.wait(job.timeout)
        finally:
            process.stop(_GRACE)
        said = log.read_text(encoding="utf-8", errors="replace")
        if not in_time:
            raise JobFailed(f"{job.service} did not end within {job.timeout:g} s", said)
        process.check_pinned(said)
        if process.exit_status != 0:
            raise JobFailed(f"{job.service}: {ended(process.exit_status)}", said)
        output = folder / job.output
        content = output.read_bytes() if output.is_file() else b""
        return JobOutput(content, Seconds(throttled() - before))
