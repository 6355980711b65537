"""What figures depend on, as names and values in one list. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.model.records import Fingerprint


def facts(fingerprint: Fingerprint) -> Iterator[tuple[str, str]]:
    """Yield each fact's name with its value: the host's, the engine's, builds and software."""
    yield from fingerprint.host.items()
    yield from ((f"engine, {name}", value) for name, value in fingerprint.engine.items())
    yield from ((f"build of {name}", value) for name, value in fingerprint.images.items())
    yield from ((f"registry digest of {name}", each) for name, each in fingerprint.digests.items())
    for of, versions in fingerprint.software.items():
        yield f"software of {of}", ", ".join(f"{name} {each}" for name, each in versions.items())
