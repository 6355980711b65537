"""What can go wrong that is not a call's own fault: each says what, where, and what to do."""

from __future__ import annotations


class ServerError(Exception):
    """Ends the server with one line on standard error and `exit_code`."""

    exit_code = 1


class UsageError(ServerError):
    """What the user gave cannot be used: an option, a model, an address."""

    exit_code = 2


class OptionError(UsageError):
    """An option or environment variable has a value that is not allowed."""


class ModelError(UsageError):
    """The model file is missing or broken."""


class AddressError(UsageError):
    """The server cannot listen where it was told to."""


class WorkerError(ServerError):
    """A worker ended that should not have."""
