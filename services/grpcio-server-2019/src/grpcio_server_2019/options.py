"""Options of a server: the command line, else the environment, else the default."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Callable, Mapping, NoReturn, Sequence

from grpcio_server_2019.errors import UsageError

MODEL, NULL = "model", "null"

THREADS_A_CPU = 5
"""What Python 3.7's ThreadPoolExecutor(max_workers=None), as published, takes for each CPU."""

UNBOUNDED = 2**31 - 1


@dataclass(frozen=True)
class Options:
    """How one server is to run."""

    host: str
    port: int
    model: Path
    handler: str
    workers: int
    """Always 1: the servers of then were one process."""
    threads: int
    max_streams: int


@dataclass(frozen=True)
class _Option:
    flag: str
    default: str
    parse: Callable[[str], Any]
    """Raises ValueError for what is not allowed."""
    allowed: str

    @property
    def field(self) -> str:
        return self.flag[2:].replace("-", "_")

    @property
    def variable(self) -> str:
        return f"SERVER_{self.field.upper()}"


def _whole(flag: str, default: int, low: int, high: int) -> _Option:
    def parse(text: str) -> int:
        # int() alone would take 1_000, blanks, and the digits of every script.
        if not (text.isascii() and text.isdecimal() and low <= int(text) <= high):
            raise ValueError(text)
        return int(text)

    allowed = f"a whole number from {low} to {high}" if low < high else str(low)
    return _Option(flag, str(default), parse, allowed)


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError(text)
    return text


def _handler(text: str) -> str:
    if text not in (MODEL, NULL):
        raise ValueError(text)
    return text


def _options() -> Sequence[_Option]:
    threads = THREADS_A_CPU * len(os.sched_getaffinity(0))
    return (
        _Option("--host", "0.0.0.0", _text, "a name or address"),  # noqa: S104
        _whole("--port", 5001, 0, 65535),
        _Option("--model", "data/model.json", lambda text: Path(_text(text)), "a file's path"),
        _Option("--handler", MODEL, _handler, f"{MODEL} or {NULL}"),
        _whole("--workers", 1, 1, 1),
        _whole("--threads", threads, 1, 4096),
        _whole("--max-streams", UNBOUNDED, 1, UNBOUNDED),
    )


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise UsageError(f"{message}; see {self.prog} --help")


def parse(name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Settle the options of the server called `name`; an empty variable counts as unset.

    Raises UsageError, naming the option or the variable, its value, and what is allowed.
    """
    parser = _Parser(prog=name, allow_abbrev=False, description="A server of ml.ClusteringService.")
    options = _options()
    for option in options:
        about = f"{option.allowed}; {option.variable}; default {option.default}"
        parser.add_argument(option.flag, metavar=option.field.upper(), help=about)
    given = vars(parser.parse_args(arguments))
    values = {option.field: _value(option, given, environment) for option in options}
    return Options(**values)


def _value(option: _Option, given: Mapping[str, Any], environment: Mapping[str, str]) -> Any:
    if given[option.field] is not None:
        source, text = option.flag, given[option.field]
    elif environment.get(option.variable):
        source, text = option.variable, environment[option.variable]
    else:
        source, text = option.flag, option.default
    try:
        return option.parse(text)
    except ValueError:
        raise UsageError(f"{source}: {text!r} is not allowed; give {option.allowed}") from None
