"""The environment that Compose gets from the launcher: what it needs to work, and nothing else.

compose.yaml is filled in from the environment. What `./lab` was asked for it hands over as words,
so that no variable of the user's shell has a say in what is started. Of the lab's own, only those
pass that name its images.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Any

_BEGINNINGS = (
    # The client, the builder and how they reach the engine.
    "DOCKER_", "BUILDKIT_", "BUILDX_", "SSH_", "SSL_CERT_", "XDG_",
    # What helpers that keep a registry's credentials ask for.
    "AWS_", "AZURE_", "CLOUDSDK_", "DBUS_", "GNUPG", "GOOGLE_", "GPG_", "PASSWORD_STORE_",
    # The language of messages.
    "LC_",
)  # fmt: skip
_NAMES = frozenset(
    {
        "COLUMNS", "HOME", "LANG", "LANGUAGE", "LOGNAME", "NO_COLOR", "PATH", "TERM", "TMPDIR",
        "TZ", "USER",
        # Of Compose's own, those that say how it works. One that names other files, services or
        # environments (COMPOSE_FILE, COMPOSE_PROFILES, COMPOSE_ENV_FILES) is about another project.
        "COMPOSE_ANSI", "COMPOSE_BAKE", "COMPOSE_HTTP_TIMEOUT", "COMPOSE_PARALLEL_LIMIT",
        "COMPOSE_PROGRESS", "COMPOSE_PROJECT_NAME",
        "LAB_REGISTRY", "LAB_TAG",
    }
)  # fmt: skip
_PROXIES = frozenset({"ALL_PROXY", "FTP_PROXY", "HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"})


def for_compose(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the part of an environment that Compose gets."""
    return {name: value for name, value in environment.items() if _is_needed(name)}


def literal(value: Any) -> Any:  # noqa: ANN401 - whatever JSON can hold
    """Return a value of an override as Compose has to read it: every `$` of a text doubled."""
    if isinstance(value, str):
        return value.replace("$", "$$")
    if isinstance(value, Mapping):
        return {name: literal(each) for name, each in value.items()}
    return [literal(each) for each in value] if isinstance(value, list) else value


def _is_needed(name: str) -> bool:
    return name in _NAMES or name.upper() in _PROXIES or name.startswith(_BEGINNINGS)
