"""What a check of a point raises where it does not find what it looks for."""

from __future__ import annotations


class Differs(Exception):  # noqa: N818 - the server did not err, it differs
    """A server does something else than the contract says: `seen`, in words."""

    def __init__(self, seen: str) -> None:
        super().__init__(seen)
        self.seen = seen


class NotChecked(Exception):  # noqa: N818 - nothing went wrong
    """A point cannot be checked of this server: `why`."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
