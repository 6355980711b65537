"""The port to the world that runs things: the adapters are docker/, process/ and attached.py."""

from __future__ import annotations

import signal
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from clusterbench.model.cpus import CpuSet
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Sequence
    from contextlib import AbstractContextManager

    from clusterbench.host.profilers.profiler import Profiler
    from clusterbench.model.contender import Contender
    from clusterbench.model.execution import Address, Completed, JobOutput, Unknown, Usage
    from clusterbench.model.records import Fingerprint
    from clusterbench.model.units import Bytes


UNPINNED = CpuSet()
#: What `describe_service` calls the name by which a registry knows an image.
DIGEST = "registry digest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A command that a service of compose.yaml is started for once, without a network.

    It runs in an empty folder of its own, on `cpus`, and may leave one file there: `output`, a
    plain name. `timeout` is how long it may take (s).
    """

    service: str
    command: tuple[str, ...]
    output: str
    timeout: Seconds
    environment: Mapping[str, str] = field(default_factory=dict)
    cpus: CpuSet = UNPINNED


class Model(Protocol):
    """What servers are given of a data folder."""

    @property
    def model_json(self) -> bytes:
        """Return the model, as the lab writes one."""


class Server(Protocol):
    """A contender while it runs. Leaving its `with` always stops and removes it.

    It listens on `address`. `started_steps` is how long each step of its start took (s):
    `create` made its container; `start` lasted until its process ran, or, where it chooses
    its own port, until it said which. A step that there was none of is left out. The last one ended
    at `started_at` (`time.monotonic()`), None where it was started before.
    """

    address: Address
    started_steps: Mapping[str, Seconds]
    started_at: float | None

    def verify(self) -> None:
        """Compare what it was started with and what was asked for.

        It takes a while, so that it is not a part of the start. Raises HostError where a limit is
        not applied.
        """

    def running(self) -> bool:
        """Return whether it still runs; a paused one does."""

    def image_size(self) -> Bytes | Unknown:
        """Return the size of the very image that it was made from (bytes), or why there is none."""

    def usage(self) -> Usage | None:
        """Read the kernel's counters; None where they cannot be read from here.

        Raises ServerFailed when it no longer runs.
        """

    def paused(self) -> AbstractContextManager[None]:
        """Stop all of its processes in their tracks; leaving the `with` lets them go on.

        Raises ServerFailed where that cannot be done.
        """

    def profile(self, profiler: Profiler, aside: CpuSet) -> str | None:
        """Have a profiler sample it for the profiler's window, while something loads it.

        Returns folded stacks, or None where the profiler shows nothing of such a server. The
        profiler itself runs on `aside`. Raises ProfilerFailed where it may not, or saw nothing.
        """

    def logs(self) -> str:
        """Return all it wrote, standard output and error; after `stop` too, its last words."""

    def stop(self, number: signal.Signals = signal.SIGTERM) -> None:
        """Ask it to end by a signal, and end it where it does not within its grace; once is enough.

        Only its log, its address, `running` and its exit status can be asked for afterwards.
        Leaving its `with` stops it as well.
        """

    def exit_status(self) -> int | None:
        """Return what it ended with; None while it runs, or where that is not known here.

        One that a signal ended has the signal's number, negated, or 128 more than it.
        """


class Execution(Protocol):
    """A generator's command while it runs. Leaving its `with` ends it if it still runs."""

    def running(self) -> bool:
        """Return whether it still runs."""

    def wait(self, timeout: Seconds) -> Completed:
        """Wait for its end and fetch its outputs.

        Raises GeneratorFailed when it takes longer, or when an output is missing though it
        exited with 0.
        """


class Dialogue(Protocol):
    """A generator's command that answers each line with one line. Leaving its `with` ends it."""

    def ask(self, line: str, timeout: Seconds) -> str:
        """Write a line and return the one that it answers, both without their end.

        Raises GeneratorFailed, with its last words, where it ended or is silent for longer.
        """

    def heard(self, timeout: Seconds) -> str:
        """Return the next line that it writes by itself: its first word. Raises as `ask` does."""


class Generator(Protocol):
    """The load generators' home, one a turn: a trial costs an exec and not a container."""

    def put(self, files: Mapping[str, bytes]) -> None:
        """Put files into its working folder, by plain name."""

    def execute(
        self, command: Sequence[str], *, outputs: Sequence[str] = ()
    ) -> AbstractContextManager[Execution]:
        """Start a command in the working folder; `outputs` are plain names of files it writes.

        Outputs of an earlier command never pass for this one's.
        """

    def talk(self, command: Sequence[str]) -> AbstractContextManager[Dialogue]:
        """Start a command in the working folder that is told what to do line by line."""

    def usage(self) -> Usage:
        """Read the kernel's counters of all commands so far, of running ones too."""


class Runtime(Protocol):
    """Where servers and load generators run. `name` is `docker`, `process` or `attached`."""

    name: str

    def open(self) -> AbstractContextManager[None]:
        """Hold the runtime for one run.

        Refuses (RunRefused) while another run holds it; then removes what a killed run left,
        by this project's labels only, and stops this project's idle servers. Leaving it
        removes everything that this run started.
        """

    def warnings(self) -> Sequence[str]:
        """Return what would spoil figures in what is started here; the runtime must be open."""

    def skip(self, contender: Contender) -> str | None:
        """Return why a contender cannot run here (a toolchain is missing), or None."""

    def lacks(self, generator: str) -> str | None:
        """Return why a load generator cannot run here (it is not installed), or None."""

    def describe(self, contenders: Sequence[Contender]) -> Fingerprint:
        """Return the fingerprint: host, engine, images and software, of generators too."""

    def server(self, contender: Contender, cpus: CpuSet) -> AbstractContextManager[Server]:
        """Start a server on its CPUs with the run's model. Raises ServerFailed with its last lines.

        It is not yet ready when this returns: gRPC health says when.
        """

    def generator(self, cpus: CpuSet) -> AbstractContextManager[Generator]:
        """Start the generators' home on its CPUs."""


class Jobs(Protocol):
    """Where one-off jobs run."""

    def skip_service(self, service: str) -> str | None:
        """Return why no job of a service can run here (its image is not built), or None."""

    def describe_service(self, service: str) -> Mapping[str, str]:
        """Return what identifies a service that is there, and versions of what it holds."""

    def memory_limit(self, service: str) -> Bytes | None:
        """Return the most memory that a job of a service may use, or None for the host's."""

    def run_once(self, job: Job) -> JobOutput:
        """Run a job to its end and return its output.

        Raises JobFailed, with its last lines, when it fails or takes too long.
        """


class WholeRuntime(Runtime, Jobs, Protocol):
    """Where all of a run can run: servers, load generators and jobs."""
