"""What the environment of a contender may say to the lab's own servers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.config.tables import wrong
from clusterbench.errors import shown
from clusterbench.model.bounds import PORTS, Bounds

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from pydantic_core import InitErrorDetails

#: What they read as numbers, with the widest bounds that any of them has.
_NUMBERS = {
    "SERVER_PORT": Bounds(0, PORTS.high, whole=True),
    "SERVER_WORKERS": Bounds(1, 1024, whole=True),
    "SERVER_THREADS": Bounds(1, 4096, whole=True),
    "SERVER_MAX_STREAMS": Bounds(1, 2**31 - 1, whole=True),
}
_UNBOUNDED = ("SERVER_MAX_STREAMS", "none")


def number_problems(environment: Mapping[str, str], *above: str) -> Iterator[InitErrorDetails]:
    """Return the variables that one of the servers may read as a number, and another not.

    `above` are the keys of the table that `environment` is in. An empty variable counts as unset.
    """
    for name, text in environment.items():
        allowed = _NUMBERS.get(name)
        if allowed and text and (name, text) != _UNBOUNDED and allowed.read(text) is None:
            what = f"is {shown(text)}; it takes {allowed.takes}, in plain digits"
            yield wrong(*above, "environment", name, what=what)
