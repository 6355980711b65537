"""The launcher's command line: what it keeps for itself, and what it passes on."""

from __future__ import annotations

import argparse
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.errors import ConfigError

if TYPE_CHECKING:
    from collections.abc import Sequence

HELP = """\
usage: ./lab COMMAND [options]

measuring
  run       build everything, run an experiment, write its plots and page
  train     time how long K-means takes to train: ./lab train --quick
  plan      what a run would do: on which CPUs, how long
  report    make the plots and the page of a run folder again
  claims    judge the published claims by a run, or several: ./lab claims [RUN...]
  bench     each server beside its alternatives; `bench calls`, `bench overload`: docs/bench.md
  data      make a data folder: ./lab data generate --out DIR
  doctor    what is missing here, or would spoil the figures, and the fix

by hand
  serve     start one server on localhost:5001: ./lab serve rust-tonic
  build     build servers and ghz as local processes need them

developing
  test      unit, process and Docker tests; arguments go to pytest
  lint      every check of .pre-commit-config.yaml: ruff, mypy, clippy, ...
  lock      make every lock file again; `lock --upgrade` moves all versions

./lab COMMAND --help says more. With a container engine, `run`, `train`, `report` and `claims`
happen in containers (docker compose); without one, as local processes. `--runtime docker|process`
chooses.
"""

RUNTIME_HELP = """\
Options of the launcher:
  --runtime docker|process  where servers run: in containers (the default where there is an
                            engine: figures should come from there), or as local processes
  --data DIR                a data folder that `./lab data generate --out DIR` made
  --results DIR             where run folders go (default: results/)
  --no-install              never install h2load or a browser; as root, on Debian, the launcher
                            installs them for local processes otherwise, saying so first
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Launch:
    """What the launcher itself understands of `run`, `report`, and the like.

    Paths are absolute; `rest` goes on as it is.
    """

    runtime: str | None
    data: Path | None
    results: Path | None
    install: bool
    help: bool
    rest: tuple[str, ...]

    def paths(self) -> list[str]:
        """Return its folders as options again, for what the launcher starts."""
        given = (("--data", self.data), ("--results", self.results))
        return [word for option, path in given if path for word in (option, str(path))]


def read_launch(command: str, arguments: Sequence[str]) -> Launch:
    """Pick the launcher's options out of a command's arguments. Raises ConfigError."""
    parser = _Parser(prog=f"./lab {command}", add_help=False, allow_abbrev=False)
    parser.add_argument("--runtime", choices=("docker", "process"))
    parser.add_argument("--data", type=_folder)
    parser.add_argument("--results", type=_absolute)
    parser.add_argument("--no-install", dest="install", action="store_false")
    parser.add_argument("-h", "--help", action="store_true")
    known, rest = parser.parse_known_args(list(arguments))
    return Launch(
        runtime=known.runtime,
        data=known.data,
        results=known.results,
        install=known.install,
        help=known.help,
        rest=tuple(_from_here(word) for word in rest),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Serve:
    """What `./lab serve` takes."""

    name: str
    data: Path
    port: int
    runtime: str | None
    install: bool = True


def read_serve(root: Path, arguments: Sequence[str]) -> Serve:
    """Read the arguments of `./lab serve`. Raises ConfigError."""
    parser = _Parser(
        prog="./lab serve",
        allow_abbrev=False,
        description="Start one server by hand, on localhost, for anybody's client."
        " Ctrl-C stops it.",
    )
    parser.add_argument("name", metavar="NAME", help="a server of compose.yaml: rust-tonic, ...")
    parser.add_argument(
        "--data", type=_folder, default=root / "data", help="the folder of its model.json"
    )
    parser.add_argument("--port", type=_port, default=5001, help="default: 5001")
    parser.add_argument(
        "--runtime",
        choices=("docker", "process"),
        help="default: docker where there is an engine",
    )
    known = parser.parse_args(list(arguments))
    return Serve(name=known.name, data=known.data, port=known.port, runtime=known.runtime)


class _Parser(argparse.ArgumentParser):
    """A parser whose errors are ConfigErrors like any other of the lab."""

    def error(self, message: str) -> None:  # type: ignore[override]
        raise ConfigError(f"{self.prog}: {message}; see {self.prog} --help")


def _absolute(text: str) -> Path:
    return Path(text).absolute()


def _folder(text: str) -> Path:
    path = Path(text).absolute()
    if not path.is_dir():
        raise argparse.ArgumentTypeError(f"{text} is no folder")
    if not (path / "model.json").is_file():
        raise argparse.ArgumentTypeError(
            f"{text} holds no model.json; `./lab data generate --out DIR` makes a data folder"
        )
    return path


def _port(text: str) -> int:
    highest = 65535
    if not text.isdigit() or not 1 <= int(text) <= highest:
        raise argparse.ArgumentTypeError(f"{text} is no port: 1 to {highest}")
    return int(text)


def _from_here(word: str) -> str:
    """Make a path that exists from where the user stands absolute: commands run in the root."""
    looks_like_a_path = os.sep in word and not word.startswith("-")
    return os.path.abspath(word) if looks_like_a_path and os.path.exists(word) else word  # noqa: PTH100, PTH110
