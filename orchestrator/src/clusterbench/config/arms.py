"""What `compare` compares, from how it is written: each of both arms becomes a contender.

Standard library only: `./lab` reads this before there is any environment.
"""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError, one_of, shown
from clusterbench.model.contender import Contender

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from clusterbench.model.compare_plan import Arm

IMAGE, COMMAND = "image:", "command:"
TAKES = (
    f"NAME (a contender), NAME@REVISION (as git has it), {IMAGE}REFERENCE (with an engine) or "
    f"'{COMMAND}LINE' (a command line, without one)"
)
#: So much of a commit names it in folders, images and builds.
_SHORT = 12
_COMMIT = re.compile(r"[0-9a-f]{40,64}")
#: In names of files and containers.
_PLAIN = re.compile(r"[^A-Za-z0-9._@+-]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """One arm as it was asked for: a contender, at a revision of the repository or as it is.

    Or somebody else's server, by `image` or by `command`. A revision that was resolved has its
    `commit`.
    """

    written: str
    name: str | None = None
    revision: str | None = None
    commit: str | None = None
    image: str | None = None
    command: tuple[str, ...] = ()

    @property
    def described(self) -> str:
        """Return it in the words of whoever asked, with the commit that a revision stood for."""
        if self.revision is None:
            return self.written
        known = self.commit is None or self.commit.startswith(self.revision)
        return f"{self.name}@{self.revision}" + ("" if known else f" ({short(str(self.commit))})")


def short(commit: str) -> str:
    """Return what names a commit in folders, images and builds."""
    return commit[:_SHORT]


def at(service: str, commit: str) -> str:
    """Name a service as it was at a commit."""
    return f"{service}@{short(commit)}"


def plain(service: str) -> str:
    """Return a service's name in compose.yaml, of which revision it may be."""
    return service.partition("@")[0]


def parse(text: str, known: Collection[str] = ()) -> Asked:
    """Read one arm; `known` are the contenders' names, and none allows any name.

    Raises ConfigError naming what is allowed.
    """
    for prefix in (IMAGE, COMMAND):
        if text.startswith(prefix) and not text.removeprefix(prefix).strip():
            raise ConfigError(f"{text}: nothing stands after it; it takes {TAKES}")
    if text.startswith(IMAGE):
        return _image(text)
    if text.startswith(COMMAND):
        return Asked(written=text, command=_words(text))
    name, at_sign, revision = text.partition("@")
    if not name or (at_sign and not revision):
        raise ConfigError(f"{shown(text)}: it takes {TAKES}")
    if known and name not in known:
        raise ConfigError(
            f"{shown(text)}: there is no contender {shown(name)}; {one_of(name, known)}; "
            f"an arm is {TAKES}"
        )
    # A commit's name holds no `:`. `./lab` writes after one which commit it is.
    asked, colon, commit = revision.partition(":")
    if colon and not _COMMIT.fullmatch(commit):
        raise ConfigError(f"{shown(text)}: a branch, a tag or a commit has no `:`")
    return Asked(written=text, name=name, revision=asked or None, commit=commit or None)


def resolved(asked: Asked, commit: str) -> Asked:
    """Return an arm whose revision is known to be a commit, as `parse` reads it again."""
    written = f"{asked.name}@{asked.revision}:{commit}"
    return replace(asked, written=written, commit=commit)


def contenders(
    asked: Mapping[Arm, Asked], known: Mapping[str, Contender]
) -> Mapping[Arm, Contender]:
    """Return the contender of each arm, with names of their own. Raises ConfigError.

    That of a revision is of a service `NAME@COMMIT`, which somebody must add to those of
    compose.yaml.
    """
    names = {arm: _PLAIN.sub("-", each.described).strip("-") for arm, each in asked.items()}
    if len({*names.values()}) < len(names):
        names = {arm: f"{name}-{arm}" for arm, name in names.items()}
    return {arm: _contender(each, names[arm], known) for arm, each in asked.items()}


def _contender(asked: Asked, name: str, known: Mapping[str, Contender]) -> Contender:
    if asked.image is not None:
        return Contender(name=name, image=asked.image, title=asked.image)
    if asked.command:
        return Contender(name=name, command=asked.command, title=shlex.join(asked.command))
    found = known.get(str(asked.name))
    if found is None:
        raise ConfigError(f"{asked.written}: {one_of(str(asked.name), known)}")
    if asked.revision is None:
        return replace(found, name=name)
    if found.service is None:
        raise ConfigError(
            f"{asked.written}: {asked.name} is somebody else's server (an image or a command), "
            "which this repository has no revisions of; leave out what stands after @"
        )
    if asked.commit is None:
        raise ConfigError(
            f"{asked.written}: a revision is built where git and the repository are; "
            "use `./lab compare` in place of the orchestrator's container"
        )
    return replace(found, name=name, service=at(found.service, asked.commit))


def _image(text: str) -> Asked:
    reference = text.removeprefix(IMAGE).strip()
    if re.search(r"\s", reference):
        raise ConfigError(
            f"{shown(text)}: an image's reference has no spaces, as in {IMAGE}me/server:1.2"
        )
    return Asked(written=text, image=reference)


def _words(text: str) -> tuple[str, ...]:
    try:
        return tuple(shlex.split(text.removeprefix(COMMAND)))
    except ValueError as error:
        raise ConfigError(
            f"{shown(text)}: {str(error).lower()}; it takes a command line as a shell reads one"
        ) from error
