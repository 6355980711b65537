"""The parser that `./lab` and the package build alike: commands, help, did-you-mean.

Standard library only.
"""

from __future__ import annotations

import argparse
import os
import pkgutil
import re
import textwrap
from collections.abc import Callable
from dataclasses import dataclass, field
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Any, NoReturn

from clusterbench import __version__
from clusterbench.cli.names import Names
from clusterbench.errors import ConfigError, ExitCode, one_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

PROFILE = "LAB_PROFILE"
"""The environment variable that stands for --profile. The lab's own variables begin with LAB_:
a shell may have any other word for something else."""

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


Declare = Callable[["Parser", Place], None]
"""What adds one option, or several, to the parser of a command."""


def option(*flags: str, **settings: Any) -> Declare:  # noqa: ANN401 - as argparse takes them
    """Return what declares an option, or a positional argument.

    `choices` may be a function of the names that there are; where it finds none, any name is
    allowed. `{choices}` in the help stands for them.
    """

    def declare(parser: Parser, place: Place) -> None:
        given = dict(settings)
        if callable(named := given.get("choices")):
            names: tuple[str, ...] = named(place.names)
            given["choices"] = names or None
            given["help"] = given["help"].replace("{choices}", ", ".join(names))
        parser.add_argument(*flags, **given)

    return declare


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A command: its name (`run`, or `runs list`), its line of help, its options, what does it.

    `handler` is `module:function`. It is imported when the command runs: `./lab` declares commands
    before there is an environment. `words` are its positional arguments as usage shows them.
    `check` checks what takes more than one option to know, and raises ConfigError. `hidden` leaves
    it out of the help. `passes_on` says that arguments which are not its own are allowed
    (`./lab test`). `contained` says whether it works in the orchestrator's container too.
    """

    name: str
    summary: str
    handler: str
    group: Group = Group.MEASURING
    words: str = ""
    options: tuple[Declare, ...] = ()
    check: Callable[[argparse.Namespace], None] = lambda _arguments: None
    hidden: bool = False
    passes_on: bool = False
    contained: bool = True

    def run(self, arguments: argparse.Namespace) -> int:
        """Call the handler, and return the exit code: 0 where it returns none."""
        return int(pkgutil.resolve_name(self.handler)(arguments) or ExitCode.OK)


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
        said = re.sub(r"^argument ([^:]+): (\S+|'[^']*'): ", r"\1 \2: ", message)
        said = said.removeprefix("argument ").replace("COMMAND ", "there is no command ", 1)
        raise ConfigError(f"{self.prog}: {said}; see {self.prog} --help")

    def _check_value(self, action: argparse.Action, value: object) -> None:
        left_out = value == []  # a positional argument that may be
        if action.choices is not None and value not in action.choices and not left_out:
            raise argparse.ArgumentError(action, f"{value}: {one_of(str(value), action.choices)}")

    def take_from_environment(self, variable: str, option: str) -> str | None:
        """Return the value of an environment variable, checked as that option's."""
        value = os.environ.get(variable) or None
        action = next(each for each in self._actions if option in each.option_strings)
        if value is not None and action.choices is not None and value not in action.choices:
            self.error(f"{variable}={value}: {one_of(value, action.choices)}")
        return value


@dataclass(frozen=True, slots=True)
class CommandLine:
    """The parser of a set of commands in a place, and that of each command by its name."""

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
            found.profile = leaf.take_from_environment(PROFILE, "--profile")
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
    top = parser.add_subparsers(metavar="COMMAND", required=True)
    nests: dict[str, argparse._SubParsersAction[Parser]] = {}
    leaves: dict[str, Parser] = {}
    names = [command.name for command in commands]
    for command in commands:
        first, _, second = command.name.partition(" ")
        if not second or first in names:  # `bench` is a command, and so is `bench calls`
            leaves[command.name] = _leaf(top, command.name, command, place)
            continue
        if first not in nests:
            within = ", ".join(name for name in names if name.startswith(f"{first} "))
            prog = f"{place.program} {first}"
            nest = top.add_parser(
                first, prog=prog, usage=f"{prog} COMMAND [options]", help=within, allow_abbrev=False
            )
            _version(nest)
            nests[first] = nest.add_subparsers(metavar="COMMAND", required=True)
        leaves[command.name] = _leaf(nests[first], second, command, place)
    return CommandLine(parser, leaves)


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
    for declare in command.options:
        declare(leaf, place)
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
        flag = [o for o in action.option_strings if _sets(action, o, value)][-1:]
        if action.nargs == 0:
            found += flag
        else:
            each = value if isinstance(value, list) else [value]
            found += [word for one in each for word in (*flag, _text(one))]
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
