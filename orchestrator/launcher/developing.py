"""The commands that only a repository has: `test`, `lint`, `lock`, `docs` and `completion`."""

from __future__ import annotations

from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING

from clusterbench.cli import options
from clusterbench.cli.parser import Command, Group, option

if TYPE_CHECKING:
    import argparse

SHELLS = ("bash", "zsh", "fish")


_developing = partial(Command, group=Group.DEVELOPING)
_COMMANDS = (
    _developing(
        name="test",
        summary="unit, process and Docker tests; arguments go to pytest: test -k NAME",
        handler="launcher.testing:test",
        words="[PYTEST ARGUMENTS]",
        options=(options.install,),
        passes_on=True,
    ),
    _developing(
        name="lint",
        summary="run every check of the sources, or the one that is named",
        handler="launcher.linting:lint",
        words="[CHECK]",
        options=(
            option("check", nargs="?", metavar="CHECK", help="only this one: ruff-check, ..."),
        ),
    ),
    _developing(
        name="lock",
        summary="make every lock file again",
        handler="launcher.locking:lock",
        options=(
            option(
                "--upgrade", action="store_true",
                help="move every version to the newest that is allowed",
            ),
            option(
                "--edition-2019", action="store_true",
                help="also the Python locks of 2019: the newest versions of 31 January 2020",
            ),
        ),
    ),
    _developing(
        name="docs",
        summary="build the documentation as a site, into .lab/site, and print where to open it",
        handler="launcher.site_building:docs",
        options=(
            option("--serve", action="store_true", help="serve it to this machine until Ctrl-C"),
        ),
    ),
    _developing(
        name="completion",
        summary="print what completes commands and options in a shell: bash, zsh or fish",
        handler="launcher.developing:completion",
        words="SHELL",
        options=(
            option(
                "shell", choices=SHELLS, metavar="SHELL",
                help='bash, zsh or fish; for bash: eval "$(./lab completion bash)"',
            ),
            options.bench,
        ),
    ),
)  # fmt: skip


def commands() -> tuple[Command, ...]:
    """Return the commands whose handlers this repository has."""
    return tuple(each for each in _COMMANDS if find_spec(each.handler.partition(":")[0]))


def completion(arguments: argparse.Namespace) -> int:
    """Become what prints a shell's completion script, in the lab's environment."""
    from launcher.environment import environment  # noqa: PLC0415 - the help takes none of it

    root = arguments.root
    given = [arguments.shell, *([str(arguments.bench)] if arguments.bench else [])]
    environment(root, "run").become(
        ["-m", "launcher.completion", *given], {"PYTHONPATH": str(root / "orchestrator")}
    )
