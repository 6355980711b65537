"""What `verify` is to look at: a contender, an image or an address. Standard library only."""

from __future__ import annotations

import re
from dataclasses import dataclass

from clusterbench.errors import ConfigError, shown
from clusterbench.model.bounds import PORTS

_IMAGE = "image:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One of three: the name of a contender, the reference of an image, or (host, port)."""

    name: str = ""
    image: str = ""
    address: tuple[str, int] | None = None


def parse_target(text: str) -> Target:
    """Read `rust-tonic`, `image:me/mine:1` or `localhost:5001`. Raises ConfigError."""
    if text.startswith(_IMAGE):
        if image := text.removeprefix(_IMAGE):
            return Target(image=image)
        raise ConfigError("verify image:REFERENCE: which image? image:example/mine:1.2")
    host, colon, port = text.rpartition(":")
    if not colon:
        return Target(name=text)
    number = PORTS.read(port)
    if not re.fullmatch(r"[A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]", host) or number is None:
        raise ConfigError(
            f"verify {shown(text)}: no address; it takes HOST:PORT, as in localhost:5001, "
            "image:REFERENCE, or the name of a contender"
        )
    return Target(address=(host, int(number)))
