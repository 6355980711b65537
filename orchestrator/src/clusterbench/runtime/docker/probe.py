"""Tries an engine's limits on a container that does nothing, before a run relies on them."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from clusterbench.errors import HostError
from clusterbench.host.cgroup import quota_over
from clusterbench.model.cpus import CpuSet
from clusterbench.model.units import Bytes
from clusterbench.runtime.docker.creation import temporary
from clusterbench.runtime.docker.engine import SEALED, engine_errors
from clusterbench.runtime.docker.verification import verify

if TYPE_CHECKING:
    from collections.abc import Mapping

    import docker

    from clusterbench.model.cpus import CpuQuota

_MEMORY = Bytes(32 << 20)


def probe(client: docker.DockerClient, image: str, labels: Mapping[str, str]) -> CpuQuota | None:
    """Start a container with a CPU set and a memory limit, and verify both; remove it.

    `image` has `cat`, which waits for its input. Returns the CPU quota over what the engine starts,
    None where there is none, or it cannot be seen from here. Raises HostError naming a limit that
    is not applied, or for an image that is not there.
    """
    first = CpuSet((min(os.sched_getaffinity(0)),))
    with (
        engine_errors(HostError, "cannot try the engine's limits"),
        temporary(
            client,
            image,
            labels=labels,
            entrypoint=["cat"],
            command=[],
            stdin_open=True,
            cpuset_cpus=str(first),
            mem_limit=_MEMORY,
            **SEALED,
        ) as made,
    ):
        made.start()
        verify(made, first, _MEMORY)
        return quota_over(made.id)
