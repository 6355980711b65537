"""Options of a server: the command line, else the environment, else the default."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from grpcio_server.errors import OptionError

MODEL, NULL = "model", "null"
THREADS, ASYNCIO = "threads", "asyncio"
SPARED, DEFAULT = "spared", "default"
OFF, ON = "off", "on"


@dataclass(frozen=True)
class Options:
    """How one server is to run."""

    host: str
    port: int
    """0 takes a free one."""
    model: Path
    handler: str
    """`model` answers by the model; `null` decodes and answers 1, which prices the transport."""
    executor: str
    """`threads` answers calls from a pool of them; `asyncio` from one event loop."""
    batching: str
    """`on` answers the calls that wait while the model works together, by one `predict`."""
    workers: int
    """Processes that share the port."""
    threads: int
    """Threads of each process that answer calls."""
    max_streams: int
    """Bound on the concurrent HTTP/2 streams of one connection."""
    gc: str
    """`spared` has Python's collector of cycles look at less, less often; or its `default`."""


@dataclass(frozen=True)
class _Option:
    flag: str
    default: str
    parse: Callable[[str], Any]
    """Raises ValueError for what is not allowed."""
    allowed: str
    help: str

    @property
    def field(self) -> str:
        return self.flag.removeprefix("--").replace("-", "_")

    @property
    def variable(self) -> str:
        return f"SERVER_{self.field.upper()}"


def _whole(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        # int() alone would take 1_000, blanks, and the digits of every script.
        if not (text.isascii() and text.isdecimal() and low <= int(text) <= high):
            raise ValueError(text)
        return int(text)

    return parse


def _count(flag: str, default: int, high: int, help_: str) -> _Option:
    return _Option(flag, str(default), _whole(1, high), f"a whole number from 1 to {high}", help_)


def _one_of(*choices: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text not in choices:
            raise ValueError(text)
        return text

    return parse


def _text(text: str) -> str:
    if not text.strip():
        raise ValueError(text)
    return text


def _path(text: str) -> Path:
    return Path(_text(text))


_OPTIONS = (
    _Option("--host", "0.0.0.0", _text, "a name or address", "address to listen on"),  # noqa: S104
    _Option(
        "--port",
        "5001",
        _whole(0, 65535),
        "a whole number from 0 to 65535",
        "port to listen on; 0 takes a free one, and the log says which",
    ),
    _Option("--model", "data/model.json", _path, "a file's path", "the model to serve"),
    _Option(
        "--handler",
        MODEL,
        _one_of(MODEL, NULL),
        f"{MODEL} or {NULL}",
        "answer by the model, or decode and answer 1",
    ),
    _Option(
        "--executor",
        THREADS,
        _one_of(THREADS, ASYNCIO),
        f"{THREADS} or {ASYNCIO}",
        "answer calls from a pool of threads, or from one event loop",
    ),
    _Option(
        "--batching",
        OFF,
        _one_of(OFF, ON),
        f"{OFF} or {ON}",
        "answer calls that wait while the model works together; of use with threads alone",
    ),
    _count("--workers", 1, 256, "processes that share the port"),
    # More threads wait for the interpreter's lock and answer fewer calls; see the README.
    _count("--threads", 8, 1024, "threads of each process that answer calls"),
    _count("--max-streams", 200, 2**31 - 1, "concurrent HTTP/2 streams of one connection"),
    _Option(
        "--gc",
        SPARED,
        _one_of(SPARED, DEFAULT),
        f"{SPARED} or {DEFAULT}",
        "have Python's collector of cycles look at less, and less often, or leave it as it is",
    ),
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise OptionError(f"{message}; see {self.prog} --help")


def parse(name: str, arguments: Sequence[str], environment: Mapping[str, str]) -> Options:
    """Settle the options of the server called `name`; an empty variable counts as unset.

    Raises OptionError, naming the option or the variable, its value, and what is allowed.
    """
    parser = _Parser(prog=name, allow_abbrev=False, description="A server of ml.ClusteringService.")
    for option in _OPTIONS:
        parser.add_argument(
            option.flag,
            metavar=option.field.upper(),
            help=f"{option.help} ({option.allowed}; {option.variable}; default {option.default})",
        )
    given = vars(parser.parse_args(arguments))
    values: dict[str, Any] = {
        option.field: _value(option, given, environment) for option in _OPTIONS
    }
    return Options(**values)


def _value(option: _Option, given: Mapping[str, Any], environment: Mapping[str, str]) -> object:
    if given[option.field] is not None:
        source, text = option.flag, given[option.field]
    elif environment.get(option.variable):
        source, text = option.variable, environment[option.variable]
    else:
        source, text = option.flag, option.default
    try:
        return option.parse(text)
    except ValueError:
        raise OptionError(f"{source}: {text!r} is not allowed; give {option.allowed}") from None
