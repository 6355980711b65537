"""What ends a server with one line on standard error, and with which exit code."""


class ServerError(Exception):
    """Something failed that no user gave."""

    exit_code = 1


class UsageError(ServerError):
    """What the user gave cannot be used: an option, a model, an address."""

    exit_code = 2
