"""Compose's command lines, and the container engine, if there is one."""

from __future__ import annotations

import hashlib
import json
import logging
import secrets
import shlex
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from clusterbench.bench.signals import handled
from clusterbench.errors import HostError, indent
from clusterbench.host.engine_endpoint import (
    OUTSIDE,
    elsewhere,
    find_endpoint,
    not_allowed,
    variables,
)
from clusterbench.host.machine_identity import BOOT_ID, boot_id, differs
from clusterbench.own_files import kept, naming
from launcher.compose_variables import for_compose, literal
from launcher.say import is_quiet

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from clusterbench.host.engine_endpoint import Endpoint

COMPOSE_AT_LEAST = 2

SERVE_NETWORK = "clusterbench-serve"
"""The network through which `serve` publishes a server's port."""

NETWORKS = ("clusterbench", SERVE_NETWORK)
"""The lab's networks by their names on the engine, whatever Compose's project is."""

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Engine:
    """Whether there is an engine that runs this lab, and which, or why not."""

    there: bool
    why: str


def find_engine() -> Engine:
    """Look for a Docker engine that responds, on this machine, and Compose v2."""
    if shutil.which("docker") is None:
        return Engine(there=False, why="no container engine (docker is not installed)")
    try:
        endpoint = find_endpoint()
        version = _version(endpoint)
    except HostError as error:
        return Engine(there=False, why=str(error))
    composed, _ = _ask("docker", "compose", "version", "--short")
    major = composed.lstrip("v").split(".")[0]
    if not major.isdigit() or int(major) < COMPOSE_AT_LEAST:
        return Engine(there=False, why=f"Docker {version} has no Compose v2 (docker compose)")
    return Engine(there=True, why=f"Docker {version} with Compose {composed}, at {endpoint}")


def check_machine(root: Path) -> None:
    """Refuse an engine that is reached over a network and is on another machine.

    The orchestrator's image has been built. Raises HostError.
    """
    endpoint, here = find_endpoint(), boot_id()
    if endpoint.socket is not None or here is None:
        # Behind a socket there may be an engine in a virtual machine that has this one's folders.
        # The orchestrator's container is then on that machine too, and measures it.
        return
    image = entries(root)["orchestrator"]["image"]
    words = ["run", "--rm", "--network", "none", "--entrypoint", "cat", image, f"/proc/{BOOT_ID}"]
    there, trouble = _ask("docker", *words)
    if there != here:
        how = f"the boot id is {there} there, and {here} here" if there else trouble
        raise HostError(elsewhere(endpoint, how))


def docker_environment() -> dict[str, str]:
    """Return the environment of docker's commands: all reach the one engine that was found.

    Of the user's it holds what those commands work with, and nothing that fills in compose.yaml.
    compose.yaml tells the orchestrator's container by what it was found.
    """
    found = find_endpoint()
    return variables(found, for_compose()) | {OUTSIDE: str(found)}


def compose(
    root: Path, arguments: Sequence[str], override: Mapping[str, Any] | None = None
) -> list[str]:
    """Return `docker compose ARGUMENTS` as words, with entries laid over compose.yaml."""
    command = ["docker", "compose", "--project-directory", str(root)]
    command += ["--file", str(root / "compose.yaml")]
    if override:
        # JSON is YAML. The name is its content's, so that two ./lab at once share no file.
        text = json.dumps(literal(override), indent=1)
        name = hashlib.sha256(text.encode()).hexdigest()[:12]
        path = kept(root) / "compose" / f"{name}.json"
        with naming(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        command += ["--file", str(path)]
    return [*command, *arguments]


def mount(source: Path, target: str, *, read_only: bool = False) -> dict[str, Any]:
    """Return a volume of an entry: a folder or file of this machine, as the container sees it.

    In this form no `:` of a path parts it in two, and what is missing is an error, not a folder
    that the engine makes as root.
    """
    return {
        "type": "bind",
        "source": str(source),
        "target": target,
        "read_only": read_only,
        "bind": {"create_host_path": False},
    }


def entries(root: Path) -> dict[str, Any]:
    """Return the services of compose.yaml by name, as Compose reads them.

    (It shows no `x-lab`, and reading YAML takes an environment, which nothing here needs.)
    Raises HostError when Compose cannot read it.
    """
    answer = subprocess.run(
        compose(root, ["config", "--format", "json"]),
        env=docker_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if answer.returncode != 0:
        raise HostError(f"docker compose cannot read compose.yaml:\n{indent(answer.stderr)}")
    found: dict[str, Any] = json.loads(answer.stdout)["services"]
    return found


def waits_for(root: Path, name: str) -> list[str]:
    """Return the services that an entry of compose.yaml waits for. Raises HostError."""
    return [*entries(root)[name].get("depends_on", {})]


def build(root: Path, images: Sequence[str], override: Mapping[str, Any] | None = None) -> bool:
    """Build images, whose output is shown; return whether all of them could be."""
    quiet = ["--quiet"] if is_quiet() else []
    command = compose(root, ["build", *quiet, *images], override)
    _log.debug("$ %s", shlex.join(command))
    done = subprocess.run(command, cwd=root, env=docker_environment(), check=False)
    return done.returncode == 0


def ask(root: Path, words: Sequence[str], override: Mapping[str, Any] | None) -> tuple[int, str]:
    """Run `docker compose run WORDS`, and return its exit code and standard output."""
    command = compose(root, ["run", "--rm", "--no-TTY", *words], override)
    _log.debug("$ %s", shlex.join(command))
    try:
        done = subprocess.run(
            command,
            cwd=root,
            env=docker_environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
            check=False,
        )
    finally:
        remove_unused_networks()
    return done.returncode, done.stdout


def run(root: Path, words: Sequence[str], override: Mapping[str, Any] | None = None) -> int:
    """Run `docker compose run WORDS` to its end, and give its exit code.

    Compose by itself leaves the container running when it is told to end and there is no
    terminal, so SIGINT, SIGTERM and SIGHUP go to the container here, and its end is waited for.
    """
    container = f"clusterbench-{secrets.token_hex(4)}"
    watched = sys.stdin.isatty() and sys.stdout.isatty()
    options = ["--rm", "--name", container, *([] if watched else ["--no-TTY"])]
    command = compose(root, ["run", *options, *words], override)
    _log.debug("$ %s", shlex.join(command))
    try:
        return attend(command, root, container, watched=watched)
    finally:
        remove_unused_networks()


def remove_unused_networks() -> None:
    """Remove the networks that Compose made for the lab, if no container is in them any more.

    A run that goes on needs them between two servers too.
    """
    runs, _ = _ask("docker", "ps", "--all", "--quiet", "--filter", "label=clusterbench.run")
    if runs:
        return
    asked = [word for name in NETWORKS for word in ("--filter", f"name=^{name}$")]
    made = ["--filter", "label=com.docker.compose.network"]
    found, _ = _ask("docker", "network", "ls", "--quiet", *asked, *made)
    for network in found.split():
        # One that has stopped looks for its network when it is started again.
        users, _ = _ask("docker", "ps", "--all", "--quiet", "--filter", f"network={network}")
        if not users:
            _ask("docker", "network", "rm", network)


def attend(command: Sequence[str], root: Path, container: str, *, watched: bool) -> int:
    """Wait for a command that runs a container, passing signals on to the container.

    On a terminal (`watched`) the command is its foreground job, and Ctrl-C reaches the container
    by it; else it hears of no signal but through here. What is ignored here is not passed on.
    """
    asked: list[int] = []
    child: subprocess.Popen[bytes] | None = None

    def pass_on(number: int, _frame: object) -> None:
        asked.append(number)
        if child is not None:
            deliver(child, number)

    def deliver(command: subprocess.Popen[bytes], number: int) -> None:
        if not _signal(container, number):
            # There is no container yet: images are still being built.
            command.send_signal(number)

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    try:
        with handled(numbers, pass_on):
            child = subprocess.Popen(
                command,
                cwd=root,
                env=docker_environment(),
                stdin=None if watched else subprocess.DEVNULL,
                start_new_session=not watched,
            )
            for number in asked:  # that came before there was anybody to pass it on to
                deliver(child, number)
            status = child.wait()
            if asked and _signal(container, signal.SIGTERM):
                # It began while the signal was on its way.
                _ask("docker", "wait", container)
    except OSError as error:
        raise HostError(f"{command[0]}: {error.strerror}") from error
    return status if status >= 0 else 128 - status


def _signal(container: str, number: int) -> bool:
    """Signal a container, and say whether there was one that runs."""
    # A terminal that was closed means the same to a run as being told to end.
    told = signal.SIGTERM if number == signal.SIGHUP else number
    command = ["docker", "kill", "--signal", str(int(told)), container]
    done = subprocess.run(command, env=docker_environment(), capture_output=True, check=False)
    return done.returncode == 0


def _version(endpoint: Endpoint) -> str:
    """Return the engine's version. Raises HostError for one that is silent or elsewhere."""
    if endpoint.by_ssh:
        raise HostError(elsewhere(endpoint, "it is reached by ssh"))
    version, trouble = _ask("docker", "version", "--format", "{{.Server.Version}}")
    if not version:
        why = not_allowed(endpoint) or f"the engine at {endpoint} does not respond: {trouble}"
        raise HostError(why)
    if endpoint.socket is None:
        said, trouble = _ask("docker", "info", "--format", "{{.KernelVersion}} {{.MemTotal}}")
        kernel, _, memory = said.rpartition(" ")
        how = differs(kernel=kernel, memory=int(memory)) if memory.isdigit() else trouble
        if how:
            raise HostError(elsewhere(endpoint, how))
    return version


def _ask(*command: str) -> tuple[str, str]:
    """Return what a command prints, which is nothing where it fails, and the last of its errors."""
    done = subprocess.run(
        command,
        env=docker_environment(),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    lines = done.stderr.strip().splitlines() or ["no reason given"]
    return (done.stdout.strip() if done.returncode == 0 else "", lines[-1])
