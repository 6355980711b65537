"""The parser that `./lab` and the package build alike: commands, help, did-you-mean.

Standard library only.
"""

from __future__ import annotations

import argparse
import os
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn

from clusterbench import __version__
from clusterbench.cli.names import Names
from clusterbench.errors import ConfigError, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PROGRAM = "CLUSTERBENCH_PROGRAM"
"""The environment variable with what the user typed before the command's name."""

RUNTIMES = ("docker", "process")


class Group(StrEnum):
    """The headings of the help."""

    MEASURING = "measuring"
    RESULTS = "results"
    BY_HAND = "by hand"
    DEVELOPING = "developing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a command line is read.

    `runtimes` are those to choose from here, and `usual` the one that is taken where none is
    given; None leaves the choice to the launcher. In a container nothing is installed, and
    nothing runs as a local process.
    """

    program: str = "clusterbench"
    names: Names = field(default_factory=Names)
    runtimes: tuple[str, ...] = RUNTIMES
    usual: str | None = "docker"
    container: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command: its name (`run`, or `runs list`), its line of help, its options, what it does.

    `words` are its positional arguments as usage shows them. `check` checks what takes more than
    one option to know, and raises ConfigError. `hidden` leaves it out of the help.
    `passes_on` says that arguments which are not its own are allowed (`./lab test`). `contained`
    says whether it works in the orchestrator's container too.
    """

    name: str
    summary: str
    run: Callable[[argparse.Namespace], int]
    group: Group = Group.MEASURING
    words: str = ""
    declare: Callable[[Parser, Place], None] = lambda _parser, _place: None
    check: Callable[[argparse.Namespace], None] = lambda _arguments: None
    hidden: bool = False
    passes_on: bool = False
    contained: bool = True


class _Help(argparse.RawDescriptionHelpFormatter):
    """Help whose names are not broken at their hyphens, so that they can be copied."""

    def _split_lines(self, text: str, width: int) -> list[str]:
        return textwrap.wrap(text, width, break_on_hyphens=False)


class Parser(argparse.ArgumentParser):
    """A parser whose errors are ConfigErrors that say what was meant and what is allowed.

    `overview` is the help in place of argparse's own, which has no headings for commands.
    """

    overview = ""

    def format_help(self) -> str:
        """Write the help."""
        if self.overview:
            return f"{self.format_usage()}\n{self.overview}\n"
        return super().format_help()

    def error(self, message: str) -> NoReturn:
        """Raise what is wrong as a ConfigError."""
        said = re.sub(r"^argument ([^:]+): (\S+): ", r"\1 \2: ", message)
        said = said.removeprefix("argument ").replace("COMMAND ", "there is no command ", 1)
        raise ConfigError(f"{self.prog}: {said}; see {self.prog} --help")

    def _check_value(self, action: argparse.Action, value: object) -> None:
        if value == []:  # of a positional argument that may be left out
            return
        if action.choices is not None and value not in action.choices:
            raise argparse.ArgumentError(action, f"{value}: {one_of(str(value), action.choices)}")

    def check(self, option: str, value: str | None) -> None:
        """Check a value that did not come from the command line, as one of the option's choices."""
        action = next(a for a in self._actions if option in a.option_strings)
        if value is not None and action.choices is not None and value not in action.choices:
            self.error(f"{option} {value}: {one_of(value, action.choices)}")


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The parser of a set of commands in a place."""

    commands: tuple[Command, ...]
    place: Place
    parser: Parser
    leaves: dict[str, Parser]

    def parse(self, arguments: Sequence[str]) -> argparse.Namespace:
        """Read a command line; `command`, `leaf` and `rest` say which it is of.

        Raises ConfigError where it is wrong. Prints and exits for --help and --version.
        """
        given = list(arguments) or ["--help"]
        if (two := " ".join(given[:2])) in self.leaves and given[0] in self.leaves:
            given = [two, *given[2:]]
        self._check_options(given)
        found, rest = self.parser.parse_known_args(given)
        leaf: Parser = found.leaf
        if rest and not found.command.passes_on:
            leaf.error(f"{rest[0]} is not understood")
        found.rest = rest
        if getattr(found, "profile", "") is None:
            found.profile = os.environ.get("PROFILE") or None
            leaf.check("--profile", found.profile)
        return found

    def _check_options(self, given: Sequence[str]) -> None:
        """Name an option that a command does not have, before its value is taken for a name."""
        first, second = (*given, "", "")[:2]
        leaf = self.leaves.get(f"{first} {second}") or self.leaves.get(first)
        if leaf is None or leaf.get_default("command").passes_on:
            return
        known = [option for action in leaf._actions for option in action.option_strings]  # noqa: SLF001
        for word in given:
            option = word.partition("=")[0]
            if option.startswith("--") and option != "--" and option not in known:
                close = get_close_matches(option, known, n=1)
                near = "".join(f"; did you mean {other!r}?" for other in close)
                leaf.error(f"{option} is not understood{near}")


def command_line(commands: Iterable[Command], place: Place) -> CommandLine:
    """Build the parser of these commands."""
    commands = tuple(c for c in commands if c.contained or not place.container)
    parser = Parser(
        prog=place.program, usage=f"{place.program} COMMAND [options]", allow_abbrev=False
    )
    parser.overview = overview(commands, place.program)
    _version(parser)
    kinds = parser.add_subparsers(metavar="COMMAND", required=True)
    nests: dict[str, argparse._SubParsersAction[Parser]] = {}
    leaves: dict[str, Parser] = {}
    alone = {command.name for command in commands}
    for command in commands:
        first, _, second = command.name.partition(" ")
        if not second or first in alone:  # `bench` is a command, and so is `bench calls`
            leaves[command.name] = _leaf(kinds, command.name, command, place)
            continue
        if first not in nests:
            names = [c.name for c in commands if c.name.startswith(f"{first} ")]
            nests[first] = _nest(kinds, first, place, ", ".join(names))
        leaves[command.name] = _leaf(nests[first], second, command, place)
    return CommandLine(commands, place, parser, leaves)


def _nest(
    under: argparse._SubParsersAction[Parser], name: str, place: Place, names: str
) -> argparse._SubParsersAction[Parser]:
    """Add the parser of the first word of several commands."""
    program = f"{place.program} {name}"
    usage = f"{program} COMMAND [options]"
    nest = under.add_parser(name, prog=program, usage=usage, help=names, allow_abbrev=False)
    _version(nest)
    return nest.add_subparsers(metavar="COMMAND", required=True)


def _leaf(
    under: argparse._SubParsersAction[Parser], name: str, command: Command, place: Place
) -> Parser:
    """Add the parser of one command."""
    # Shells complete what has help: a word each.
    shown: dict[str, Any] = {} if command.hidden or " " in name else {"help": command.summary}
    leaf = under.add_parser(
        name,
        prog=f"{place.program} {command.name}",
        usage=" ".join(filter(None, [place.program, command.name, command.words, "[options]"])),
        description=command.summary,
        formatter_class=_Help,
        allow_abbrev=False,
        **shown,
    )
    _version(leaf)
    command.declare(leaf, place)
    leaf.set_defaults(command=command, leaf=leaf)
    return leaf


def overview(commands: Sequence[Command], program: str) -> str:
    """Write the commands by heading, a line each."""
    shown = [command for command in commands if not command.hidden]
    width = max((len(command.name) for command in shown), default=0)
    parts = []
    for group in Group:
        lines = [f"  {c.name:{width}}  {c.summary}" for c in shown if c.group is group]
        if lines:
            parts.append("\n".join([group.value, *lines]))
    return "\n\n".join(
        [*parts, f"{program} COMMAND --help says more; {program} --version prints the version."]
    )


def words(arguments: argparse.Namespace) -> list[str]:
    """Return the command line that asks for the same: the command, then what is not usual."""
    leaf: Parser = arguments.leaf
    found = [*arguments.command.name.split()]
    for action in leaf._actions:  # noqa: SLF001 - argparse has no other way to list them
        value = getattr(arguments, action.dest, None)
        if value is None or value == action.default or action.dest in {"help", "version"}:
            continue
        option = next((o for o in reversed(action.option_strings) if _sets(action, o, value)), None)
        each = value if isinstance(value, list) else [value]
        if option is None:
            found += [_text(one) for one in each]
        elif action.nargs == 0:
            found.append(option)
        else:
            found += [word for one in each for word in (option, _text(one))]
    return found


def _sets(action: argparse.Action, option: str, value: object) -> bool:
    """Return whether an option sets the value: of `--install` and `--no-install`, one does."""
    if isinstance(action, argparse.BooleanOptionalAction):
        return option.startswith("--no-") is not bool(value)
    return option.startswith("--")


def _text(value: object) -> str:
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _version(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--version", action="version", version=f"clusterbench {__version__}",
        help="print the version and exit",
    )  # fmt: skip


def program() -> str:
    """Return what the user typed before the command's name."""
    return os.environ.get(PROGRAM) or "clusterbench"
