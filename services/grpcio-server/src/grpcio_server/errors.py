"""Errors that end a server with one line, which says what is wrong, where, and what to do."""


class ServerError(Exception):
    """The server cannot go on, for no fault of what it was given."""

    exit_code = 1


class UsageError(ServerError):
    """What the user gave cannot be used: an option, a model, an address."""

    exit_code = 2
