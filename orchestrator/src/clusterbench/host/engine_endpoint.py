"""Finds the container engine: the one place that says where it is, and by what that was found.

Standard library only: `./lab` and what it starts look for the engine by the same function.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from clusterbench.errors import HostError

if TYPE_CHECKING:
    from collections.abc import Mapping

SOCKET = Path("/var/run/docker.sock")
"""Where an engine listens by default, and where compose.yaml mounts it into containers."""

OUTSIDE = "CLUSTERBENCH_ENGINE"
"""The environment variable that tells a container where its engine is outside it, and how found."""

#: What else than DOCKER_HOST and DOCKER_CONTEXT decides where docker's commands go, and how.
_TLS = ("DOCKER_TLS", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH")
_PORT, _TLS_PORT = 2375, 2376


@dataclass(frozen=True, slots=True, kw_only=True)
class TlsFiles:
    """The files (PEM) that a TLS connection takes, those that are there, and whether to verify."""

    ca: Path | None = None
    certificate: Path | None = None
    key: Path | None = None
    verify: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """Where the engine is (`unix://`, `tcp://`, `ssh://`), and by what that was found.

    `context` is the name of the Docker context, where one says it. `outside` is what a container
    was told of the socket that is mounted into it.
    """

    url: str
    found_by: str
    tls: TlsFiles | None = None
    context: str | None = None
    outside: str = ""

    @property
    def socket(self) -> Path | None:
        """Its socket, where it is one of this machine."""
        return Path(self.url.removeprefix("unix://")) if self.url.startswith("unix://") else None

    @property
    def by_ssh(self) -> bool:
        """Whether it is reached by ssh, which is for engines of other machines."""
        return self.url.startswith("ssh://")

    def __str__(self) -> str:
        return self.outside or f"{self.url} ({self.found_by})"


def find_endpoint(
    environment: Mapping[str, str] | None = None, home: Path | None = None
) -> Endpoint:
    """Return the engine's endpoint; nothing is contacted.

    The first of these that is set says it: DOCKER_SOCKET, DOCKER_HOST, DOCKER_CONTEXT, the current
    context of Docker's config.json, and else the default socket. Raises HostError for a context
    that is not there.
    """
    all_of_it = os.environ if environment is None else environment
    given = {name: value for name, value in all_of_it.items() if value}
    if socket := given.get("DOCKER_SOCKET"):
        path = Path(socket.removeprefix("unix://")).absolute()
        return Endpoint(url=f"unix://{path}", found_by="DOCKER_SOCKET")
    config = _config(given, home)
    tls = _tls_of_the_environment(given, config)
    if host := given.get("DOCKER_HOST"):
        return Endpoint(url=_whole(host, tls), found_by="DOCKER_HOST", tls=_needed(host, tls))
    context, by = given.get("DOCKER_CONTEXT"), "DOCKER_CONTEXT"
    if context is None:
        context, by = _current(config), f"currentContext in {config / 'config.json'}"
    if context in {None, "default"}:
        outside = given.get(OUTSIDE, "")
        return Endpoint(url=f"unix://{SOCKET}", found_by="the default", outside=outside)
    return _context(str(context), by, config)


def variables(found: Endpoint, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which docker's commands, and Compose, reach this very engine."""
    kept = dict(environment)
    for name in ("DOCKER_CONTEXT", "DOCKER_HOST"):
        kept.pop(name, None)
    if found.socket is not None:
        for name in _TLS:
            kept.pop(name, None)
        # compose.yaml mounts the one, Compose builds and starts by the other.
        return kept | {"DOCKER_SOCKET": str(found.socket), "DOCKER_HOST": found.url}
    if found.context is not None:
        return kept | {"DOCKER_CONTEXT": found.context}
    return kept | {"DOCKER_HOST": found.url}


def not_allowed(found: Endpoint) -> str | None:
    """Return that this user may not use the engine's socket, and the remedy; None where it may."""
    socket = found.socket
    if socket is None or not socket.exists() or os.access(socket, os.R_OK | os.W_OK):
        return None
    try:
        group, user = socket.group(), pwd.getpwuid(os.geteuid()).pw_name
    except KeyError:  # a number without a name
        group, user = str(socket.stat().st_gid), str(os.geteuid())
    return (
        f"{user} may not use the engine at {found}; remedy: sudo usermod -aG {group} {user}, and"
        " log in again"
    )


def elsewhere(found: Endpoint, how: str) -> str:
    """Return why an engine of another machine is refused; `how` says by what that was seen."""
    return (
        f"the engine at {found} is on another machine: {how}; a run takes its CPUs, its addresses"
        " and its fingerprint from the machine where it runs; remedy: run the lab on the engine's"
        " machine, name an engine of this one (DOCKER_SOCKET, DOCKER_HOST, `docker context use`),"
        " or use --runtime process"
    )


def _config(environment: Mapping[str, str], home: Path | None) -> Path:
    if folder := environment.get("DOCKER_CONFIG"):
        return Path(folder)
    try:
        return (home or Path.home()) / ".docker"
    except RuntimeError:  # a user without a home
        return Path("/nonexistent")


def _current(config: Path) -> str | None:
    """Return the current context. A file that cannot be read names none, as for docker itself."""
    try:
        return _text(json.loads((config / "config.json").read_bytes()), "currentContext") or None
    except (OSError, ValueError):
        return None


def _context(name: str, by: str, config: Path) -> Endpoint:
    """Return the endpoint of a context that docker keeps in its folder."""
    key = hashlib.sha256(name.encode()).hexdigest()
    file = config / "contexts" / "meta" / key / "meta.json"
    try:
        docker = json.loads(file.read_bytes())["Endpoints"]["docker"]
    except OSError as error:
        raise HostError(
            f"the Docker context {name} ({by}) cannot be read: {file}: {error.strerror}; remedy:"
            " choose one of `docker context ls` by `docker context use`, or set DOCKER_SOCKET"
        ) from error
    except (ValueError, KeyError, TypeError) as error:
        raise HostError(
            f"the Docker context {name} ({by}) names no engine: {file}; remedy: make it again by"
            " `docker context create`, or set DOCKER_SOCKET"
        ) from error
    skip = isinstance(docker, dict) and docker.get("SkipTLSVerify") is True
    files = _tls_files(config / "contexts" / "tls" / key / "docker", verify=not skip)
    tls = files if skip or files.ca or files.certificate else None
    url = _text(docker, "Host") or f"unix://{SOCKET}"
    return Endpoint(
        url=_whole(url, tls), found_by=f"context {name}", tls=_needed(url, tls), context=name
    )


def _tls_of_the_environment(environment: Mapping[str, str], config: Path) -> TlsFiles | None:
    """Return what DOCKER_TLS_VERIFY, DOCKER_TLS and DOCKER_CERT_PATH say, as docker reads them."""
    verify = "DOCKER_TLS_VERIFY" in environment
    if not verify and "DOCKER_TLS" not in environment:
        return None
    return _tls_files(Path(environment.get("DOCKER_CERT_PATH", config)), verify=verify)


def _tls_files(folder: Path, *, verify: bool) -> TlsFiles:
    names = ("ca.pem", "cert.pem", "key.pem")
    ca, certificate, key = (path if (path := folder / name).is_file() else None for name in names)
    return TlsFiles(ca=ca, certificate=certificate, key=key, verify=verify)


def _needed(url: str, tls: TlsFiles | None) -> TlsFiles | None:
    """Return what TLS takes: nothing for a socket of this machine."""
    return None if url.startswith("unix://") else tls


def _whole(url: str, tls: TlsFiles | None) -> str:
    """Return an address with its scheme and its port, which docker leaves to be guessed."""
    whole = url if "://" in url else f"tcp://{url}"
    if whole == "unix://":
        return f"unix://{SOCKET}"
    parts = urlsplit(whole)
    if parts.scheme != "tcp":
        return whole
    try:
        port = parts.port
    except ValueError as error:
        raise HostError(f"DOCKER_HOST {url}: {error}") from error
    return whole if port else f"{whole.rstrip('/:')}:{_TLS_PORT if tls else _PORT}"


def _text(value: Any, key: str) -> str:  # noqa: ANN401 - JSON is untyped
    found = value.get(key) if isinstance(value, dict) else None
    return found if isinstance(found, str) else ""
