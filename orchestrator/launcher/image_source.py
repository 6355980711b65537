"""Where the images of a command come from: built here, or pulled from a registry."""

from __future__ import annotations

import logging
import os
import re
import shlex
import subprocess
import sys
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from clusterbench.errors import ConfigError, HostError, one_of
from launcher import composing
from launcher.say import is_quiet, say

if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

POLICY, REGISTRY, TAG = "LAB_PULL_POLICY", "LAB_REGISTRY", "LAB_TAG"
"""The variables of compose.yaml that say how images come, from where, and which."""

BUILD_INSTEAD = f"build it here, without --pull and {POLICY}"

_GITHUB = re.compile(
    r"(?:https?://(?:[^/@]+@)?|(?:ssh://)?git@)github\.com[:/](?P<name>[\w.-]+/[\w.-]+?)(?:\.git)?/?",
    re.IGNORECASE,
)
_log = logging.getLogger(__name__)


class PullPolicy(StrEnum):
    """How images come, as Compose names it: built, pulled where they are not here, or pulled."""

    BUILD = "build"
    MISSING = "missing"
    ALWAYS = "always"


@dataclass(frozen=True, slots=True)
class ImageSource:
    """Provides what a command needs of compose.yaml's images. Raises HostError where it cannot."""

    root: Path
    policy: PullPolicy

    @classmethod
    def of(cls, root: Path, found: argparse.Namespace) -> Self:
        """Return where a command's images come from, which Compose is told too.

        Raises ConfigError where images are to be pulled, and nothing says from where.
        """
        policy = policy_of(found)
        if policy is not PullPolicy.BUILD:
            os.environ[REGISTRY] = os.environ.get(REGISTRY) or own_registry(root)
            tag = os.environ.get(TAG) or "latest"
            say(f"images are pulled from {os.environ[REGISTRY]} with the tag {tag}, not built")
        return cls(root, policy)

    def provide(self, names: Sequence[str], what: str) -> None:
        """Build or pull the images of these entries of compose.yaml."""
        if self.policy is not PullPolicy.BUILD:
            for image in self._images(names):
                self._pull(image)
        elif names and not composing.build(self.root, names):
            raise HostError(f"{what} could not be built: see above")

    def provide_orchestrator(self) -> None:
        """Build or pull the orchestrator's image, and check that its engine is on this machine."""
        self.provide(["orchestrator-image"], "the orchestrator's image")
        composing.check_machine(self.root)

    def provide_planned(self, images: Sequence[Mapping[str, Any]]) -> None:
        """Build or pull what a plan names. One that a run can do without is warned of instead."""
        needed = [image["name"] for image in images if image["needed"]]
        self.provide(needed, "images that the run needs")
        for name in (image["name"] for image in images if not image["needed"]):
            try:
                self.provide([name], name)
            except HostError as error:
                say(f"warning: {error}")

    def _images(self, names: Sequence[str]) -> list[str]:
        entries = composing.entries(self.root) if names else {}
        return [entries[name]["image"] for name in names]

    def _pull(self, image: str) -> None:
        if self.policy is PullPolicy.MISSING and _docker("image", "inspect", image).returncode == 0:
            say(f"{image} is here already")
            return
        say(f"pulling {image}")
        # Progress goes where all that is not a result goes: standard output may be JSON alone.
        quiet = ["--quiet"] if is_quiet() else []
        done = _docker("pull", *quiet, image, stdout=sys.stderr)
        if done.returncode != 0:
            registry = image.rpartition("/")[0]
            raise HostError(
                f"{image} could not be pulled from {registry}: {_reason(done.stderr)}; remedy:"
                f" {BUILD_INSTEAD}, or name what is published with {REGISTRY} and {TAG}"
            )


def policy_of(found: argparse.Namespace) -> PullPolicy:
    """Return how a command's images come. Raises ConfigError for a mistaken variable."""
    if not hasattr(found, "pull"):
        return PullPolicy.BUILD
    asked = os.environ.get(POLICY) or PullPolicy.BUILD
    if asked not in [*PullPolicy]:
        raise ConfigError(f"{POLICY}={asked}: {one_of(asked, map(str, PullPolicy))}")
    policy = PullPolicy(asked)
    return PullPolicy.MISSING if found.pull and policy is PullPolicy.BUILD else policy


def refuse(found: argparse.Namespace) -> None:
    """Refuse --pull of what runs without containers; warn of the variable. Raises ConfigError."""
    if getattr(found, "pull", False):
        raise ConfigError(
            "--pull: images are for containers, and nothing of this runs in one; remedy: leave it"
            " out, and what is needed is built here, or use --runtime docker"
        )
    if (policy := policy_of(found)) is not PullPolicy.BUILD:
        say(f"warning: {POLICY}={policy} is not used: nothing of this runs in a container")


def own_registry(root: Path) -> str:
    """Return where the release workflow of the repository that was cloned publishes its images.

    Raises ConfigError where that is not known.
    """
    address = _origin(root)
    registry = published_by(address)
    if registry is None:
        where = f"was cloned from {address}" if address else "is no clone of a repository"
        raise ConfigError(
            f"{REGISTRY}, from which images are pulled, is not set; only a repository on GitHub"
            f" has a registry of its own, and {root} {where}; remedy:"
            f" {REGISTRY}=ghcr.io/OWNER/REPOSITORY, or {BUILD_INSTEAD}"
        )
    return registry


def published_by(address: str) -> str | None:
    """Return where the release workflow of a repository publishes; None if it is not on GitHub.

    The release workflow asks this too: no other line names the registry.
    """
    found = _GITHUB.fullmatch(address)
    return f"ghcr.io/{found['name'].lower()}" if found else None


def _origin(root: Path) -> str:
    """Return the address that a repository was cloned from, or nothing.

    A repository around the folder is somebody else's.
    """
    if not (root / ".git").exists():
        return ""
    words = ["git", "-C", str(root), "config", "--get", "remote.origin.url"]
    try:
        return subprocess.run(words, capture_output=True, text=True, check=False).stdout.strip()
    except OSError:  # there is no git
        return ""


def _docker(*words: str, stdout: Any = subprocess.DEVNULL) -> subprocess.CompletedProcess[str]:  # noqa: ANN401 - as subprocess takes it
    command = ["docker", *words]
    _log.debug("$ %s", shlex.join(command))
    return subprocess.run(
        command,
        env=composing.docker_environment(),
        stdin=subprocess.DEVNULL,
        stdout=stdout,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )


def _reason(stderr: str) -> str:
    lines = stderr.strip().splitlines() or ["docker gives no reason"]
    return lines[-1].removeprefix("Error response from daemon: ")
