"""The commands that only a repository has: `test`, `lint`, `lock` and `completion`."""

from __future__ import annotations

import importlib
import importlib.util
from typing import TYPE_CHECKING

from clusterbench.cli import options
from clusterbench.cli.parser import Command, Group, words

if TYPE_CHECKING:
    import argparse
    from collections.abc import Iterator

    from clusterbench.cli.parser import Parser, Place

SHELLS = ("bash", "zsh", "fish")


def commands() -> Iterator[Command]:
    """Return the commands that this repository has."""
    yield Command(
        name="test",
        summary="unit, process and Docker tests; arguments go to pytest: test -k NAME",
        words="[PYTEST ARGUMENTS]",
        group=Group.DEVELOPING,
        declare=options.install,
        run=_test,
        passes_on=True,
    )
    yield Command(
        name="lint",
        summary="run every check of the sources, or the one that is named",
        words="[CHECK]",
        group=Group.DEVELOPING,
        declare=_declare_lint,
        run=_lint,
    )
    if importlib.util.find_spec("launcher.locking"):
        yield Command(
            name="lock",
            summary="make every lock file again",
            group=Group.DEVELOPING,
            declare=_declare_lock,
            run=_lock,
        )
    yield Command(
        name="completion",
        summary="print what completes commands and options in a shell: bash, zsh or fish",
        words="SHELL",
        group=Group.DEVELOPING,
        declare=_declare_completion,
        run=_completion,
    )


def _declare_lint(parser: Parser, _place: Place) -> None:
    parser.add_argument("check", nargs="?", metavar="CHECK", help="only this one: ruff-check, ...")


def _declare_lock(parser: Parser, _place: Place) -> None:
    parser.add_argument(
        "--upgrade", action="store_true", help="move every version to the newest that is allowed"
    )
    parser.add_argument(
        "--edition-2019", action="store_true",
        help="also the Python locks of 2019: the newest versions of 31 January 2020",
    )  # fmt: skip


def _declare_completion(parser: Parser, _place: Place) -> None:
    parser.add_argument(
        "shell", choices=SHELLS, metavar="SHELL",
        help='bash, zsh or fish; for bash: eval "$(./lab completion bash)"',
    )  # fmt: skip


# Each imports what it does when it runs: `./lab --help` needs none of it.


def _test(arguments: argparse.Namespace) -> int:
    from launcher.testing import test  # noqa: PLC0415

    return test(arguments.root, arguments.rest, install=arguments.install)


def _lint(arguments: argparse.Namespace) -> int:
    from launcher.linting import lint  # noqa: PLC0415

    return lint(arguments.root, words(arguments)[1:])


def _lock(arguments: argparse.Namespace) -> int:
    locking = importlib.import_module("launcher.locking")
    return int(locking.lock(arguments.root, words(arguments)[1:]))


def _completion(arguments: argparse.Namespace) -> int:
    from launcher.environment import environment  # noqa: PLC0415
    from launcher.say import say  # noqa: PLC0415

    inside = environment(arguments.root, "run", say)
    inside.become(
        ["-m", "launcher.completion", arguments.shell],
        {"PYTHONPATH": str(arguments.root / "orchestrator")},
    )
