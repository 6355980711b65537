"""An engine while one run holds it: taken, watched, taken again after a loss, and left clean."""

from __future__ import annotations

import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clusterbench.errors import EngineLost, HostError, RunRefused, first_counts
from clusterbench.host.engine_endpoint import find_endpoint
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.cleanup import (
    remove_containers,
    remove_network,
    remove_volumes,
    stop_idle,
)
from clusterbench.runtime.docker.engine import (
    PROJECT_LABEL,
    ROLE_LABEL,
    engine_errors,
    network,
    remove,
    wait_until,
)
from clusterbench.runtime.docker.engine_watch import PATIENCE, EngineWatch
from clusterbench.runtime.docker.holder import Holder, hold
from clusterbench.runtime.docker.lease import LENGTH

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    import docker


@dataclass(frozen=True, slots=True, kw_only=True)
class Waits:
    """How long what runs outlives its run (s), and how long an engine may answer nothing (s)."""

    lease: Seconds = LENGTH
    patience: Seconds = PATIENCE


class HeldEngine:
    """Holds an engine for one run; `idle` are the services of Compose that a run stops."""

    def __init__(
        self,
        client: docker.DockerClient,
        *,
        labels: Mapping[str, str],
        network_name: str,
        idle: Collection[str],
        waits: Waits,
    ) -> None:
        self._client, self._labels, self._project = client, labels, labels[PROJECT_LABEL]
        self._network, self._idle, self._waits = network_name, idle, waits
        self._made_network = False
        self._watch = EngineWatch(client, waits.patience)

    @contextmanager
    def open(self, image: str) -> Iterator[None]:
        """Hold it by a container of `image`, which has bash; see `port.Runtime.open`."""
        self._image = image
        with self._watch.watching(), ExitStack() as self._holding:
            self._taken = self._take()
            try:
                yield
            finally:
                self._leave()

    @property
    def id(self) -> str:
        """Return the id of the container that holds it, within `open`."""
        return self._taken.id

    def pid_mode(self) -> str:
        """Return how a container joins what ends with the run; looks first whether it is held.

        One that was lost and is back by now, or soon, is taken again, as is one whose holder
        somebody removed.
        Raises EngineLost where it does not answer, or another run has it by now.
        """
        if not wait_until(self._watch.answers, self._waits.patience, every=0.2):
            raise self._lost()
        if not self._taken.lives():
            try:
                self._take_again()
            except (HostError, RunRefused) as error:
                raise EngineLost(f"this run's hold of the engine was lost: {error}") from error
        return f"container:{self._taken.id}"

    def _take(self) -> Holder:
        """Hold it, and remove what a killed run, or this one before a loss, has left."""
        holder = self._holding.enter_context(
            hold(
                self._client,
                project=self._project,
                image=self._image,
                labels={**self._labels, ROLE_LABEL: "holder"},
                length=self._waits.lease,
            )
        )
        self._watch.peer = holder.lease.peer
        remove_containers(self._client, {PROJECT_LABEL: self._project}, but=holder.id)
        remove_volumes(self._client, {PROJECT_LABEL: self._project})
        stop_idle(self._client, self._project, self._idle)
        self._made_network |= network(self._client, self._network, self._project)
        return holder

    def _take_again(self) -> None:
        self._holding.close()
        with engine_errors(HostError, "cannot remove what held the engine before"):
            remove(self._taken.container)
        self._taken = self._take()

    def _leave(self) -> None:
        """Remove what the run started; where the engine is lost, that ends by itself."""
        if not self._watch.answers():
            if sys.exception() is None:
                raise self._lost()
            return
        with first_counts():
            remove_containers(self._client, self._labels, but=self._taken.id)
            remove_volumes(self._client, self._labels)
            if self._made_network:
                remove_network(self._client, self._network)

    def _lost(self) -> EngineLost:
        return EngineLost(
            f"the engine was lost: {find_endpoint()} does not answer; what runs there ends "
            f"by itself within {self._waits.lease:g} s, and the next run removes it"
        )
