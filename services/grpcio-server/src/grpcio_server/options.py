"""Options of a server: the command line, else the environment, else the default."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from grpcio_server.errors import UsageError

MODEL, NOOP = "model", "noop"
THREADS, ASYNCIO = "threads", "asyncio"
OFF, ON = "off", "on"
SPARED, DEFAULT = "spared", "default"
UNBOUNDED = 2**31 - 1
_LONGEST = 18
"""Digits of the longest number that is read."""


@dataclass(frozen=True)
class Options:
    """How one server runs: a field for each of OPTIONS.

    An option that an edition does not offer is as a plain grpcio server has it.
    """

    host: str
    port: int
    model: Path
    handler: str
    workers: int
    threads: int
    max_streams: int
    executor: str = THREADS
    batching: str = OFF
    gc: str = DEFAULT


@dataclass(frozen=True)
class Option:
    """One option: `read` turns its text into a value, of `choices` where there are any."""

    name: str
    default: object
    help: str
    read: Callable[[str], object] = str
    choices: tuple[str, ...] | None = None

    @property
    def flag(self) -> str:
        """Return the option as the command line has it."""
        return "--" + self.name.replace("_", "-")

    @property
    def variable(self) -> str:
        """Return the environment variable that is read where the option is not given."""
        return f"SERVER_{self.name.upper()}"


def whole(low: int, high: int) -> Callable[[str], int]:
    """Return what reads a whole number from `low` to `high`."""
    allowed = f"a whole number from {low} to {high}" if low < high else str(low)

    def read(text: str) -> int:
        # int() alone would take 1_000, blanks, and the digits of every script; of thousands of
        # digits it takes none.
        plain = text.isascii() and text.isdecimal() and len(text) <= _LONGEST
        if not (plain and low <= int(text) <= high):
            cut = text if len(text) <= _LONGEST else text[:_LONGEST] + "..."
            raise argparse.ArgumentTypeError(f"{cut!r} is not allowed; give {allowed}")
        return int(text)

    return read


OPTIONS = (
    Option("host", "0.0.0.0", "address to listen on"),  # noqa: S104
    Option("port", 5001, "port to listen on; 0 takes a free one", whole(0, 65535)),
    Option("model", Path("data/model.json"), "the model to serve", Path),
    Option("handler", MODEL, "answer by the model, or decode and answer 1", choices=(MODEL, NOOP)),
    Option(
        "executor",
        THREADS,
        "run handlers in a pool of threads, or in one event loop",
        choices=(THREADS, ASYNCIO),
    ),
    Option(
        "batching",
        OFF,
        "answer requests that wait while the model works together (with threads)",
        choices=(OFF, ON),
    ),
    Option("workers", 1, "processes that share the port", whole(1, 256)),
    # More threads wait for the interpreter's lock and answer fewer requests; see the README.
    Option("threads", 8, "threads of each process that run handlers", whole(1, 4096)),
    Option("max_streams", 200, "concurrent HTTP/2 streams per connection", whole(1, UNBOUNDED)),
    Option(
        "gc",
        SPARED,
        "have Python's collector of cycles look at less, and less often, or leave it as it is",
        choices=(SPARED, DEFAULT),
    ),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def parse(
    name: str, offered: Sequence[Option], arguments: Sequence[str], environment: Mapping[str, str]
) -> Options:
    """Settle the options of the server called `name`; an empty variable counts as unset.

    Raises UsageError, naming the option or the variable, its value, and what is allowed.
    """
    parser = _Parser(prog=name, allow_abbrev=False, description="A server of ml.ClusteringService.")
    for each in offered:
        parser.add_argument(
            each.flag,
            type=each.read,
            choices=each.choices,
            help=f"{each.help} ({each.variable}; default {each.default})",
        )
    values: dict[str, Any] = vars(parser.parse_args(arguments))
    for each in offered:
        if values[each.name] is None:
            text = environment.get(each.variable)
            values[each.name] = _value(parser, each, text) if text else each.default
    return Options(**values)


def _value(parser: _Parser, option: Option, text: str) -> object:
    """Read a variable as its option is read."""
    try:
        return getattr(parser.parse_args([f"{option.flag}={text}"]), option.name)
    except UsageError as error:
        raise UsageError(f"{option.variable}: {error}") from None
