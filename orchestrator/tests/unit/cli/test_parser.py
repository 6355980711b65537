"""The one declaration of commands and options: help, words, and what each place offers."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

import pytest
import shtab

from clusterbench import __version__
from clusterbench.cli import app
from clusterbench.cli.names import Names, read_names
from clusterbench.cli.parser import Place, command_line, words
from clusterbench.config.compose_file import read_services, servers
from clusterbench.errors import ConfigError
from clusterbench.model.contender import CURRENT
from support import small_lab
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

NAMES = Names(profiles=("quick", "standard"), contenders=("rust-tonic", "sklearn-grpc"))
EVERY = [command.name for command in app.COMMANDS]


@pytest.mark.parametrize("name", EVERY)
def test_every_command_has_help_that_names_what_was_typed_on_one_usage_line(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    line = command_line(app.COMMANDS, Place(program="./lab", names=NAMES))
    with pytest.raises(SystemExit):
        line.parse([*name.split(), "--help"])
    usage, blank, *_ = capsys.readouterr().out.splitlines()
    assert usage.startswith(f"usage: ./lab {name}")
    assert usage.endswith("[options]")
    assert blank == ""


@pytest.mark.parametrize("name", EVERY)
def test_every_command_prints_the_version(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command_line(app.COMMANDS, Place()).parse([*name.split(), "--version"])
    assert capsys.readouterr().out == f"clusterbench {__version__}\n"


def test_choices_are_listed_whole_so_that_they_can_be_copied(
    capsys: pytest.CaptureFixture[str],
) -> None:
    with pytest.raises(SystemExit):
        command_line(app.COMMANDS, Place(names=NAMES)).parse(["run", "--help"])
    help_ = " ".join(capsys.readouterr().out.split())
    for listed in ("profiles: quick standard", "contenders: rust-tonic, sklearn-grpc"):
        assert listed in help_
    assert "ryzen-7-1700, one-core" in help_


@pytest.mark.parametrize(
    "line",
    [
        "run --contender rust-tonic --contender sklearn-grpc --levels 64,256 --warm-up 0.0",
        "run --runtime process --install --resume --quiet",
        "run --no-install --verbose",
        "train --quick --points 9 --threads one",
        "bench calls --rounds 3",
        "claims one two",
        "runs prune --keep 3 --older-than 30.0 --yes",
        "data generate --out there",
        "serve rust-tonic --port 6001",
    ],
)
def test_words_ask_for_the_same(line: str) -> None:
    found = command_line(app.COMMANDS, Place(names=NAMES)).parse(shlex.split(line))
    again = command_line(app.COMMANDS, Place(names=NAMES)).parse(words(found))
    assert shlex.join(words(found)) == line
    assert {**vars(again), "leaf": None, "command": None} == {
        **vars(found),
        "leaf": None,
        "command": None,
    }


def test_a_container_offers_neither_local_processes_nor_installing() -> None:
    line = command_line(app.COMMANDS, Place(runtimes=("docker",), container=True))
    assert not {"serve", "build", "bench", "bench calls"} & {*line.leaves}
    for arguments in (["run", "--install"], ["run", "--runtime", "process"], ["serve", "x"]):
        with pytest.raises(ConfigError):
            line.parse(arguments)


def test_a_command_of_two_words_that_is_cut_short_names_the_second() -> None:
    with pytest.raises(ConfigError, match="there is no command lst: did you mean 'list'"):
        command_line(app.COMMANDS, Place()).parse(["runs", "lst"])


def test_options_are_not_taken_for_others_that_begin_alike() -> None:
    with pytest.raises(ConfigError, match="--prof is not understood; did you mean '--profile'"):
        command_line(app.COMMANDS, Place()).parse(["run", "--prof", "quick"])


def test_quiet_and_verbose_exclude_each_other() -> None:
    with pytest.raises(ConfigError, match="not allowed with"):
        command_line(app.COMMANDS, Place()).parse(["run", "-q", "-v"])


def test_names_are_keys_of_bench_toml_and_compose_yaml(tmp_path: Path) -> None:
    names = read_names(small_lab.write(tmp_path / "lab"))
    assert names.profiles[:2] == ("usual", "all")
    assert names.contenders[:3] == ("slow", "fast", "fast-noop")
    assert names.contenders[-1] == "slow-noop"
    assert names.services == ("slow", "fast", "slow-2019")
    assert names.comparisons == ("fast", "fast-cores", "slow")
    assert names.training_contenders == ("sklearn", "linfa-rust", "sklearn-2019")
    assert names.editions == {"slow-2019": "2019"}


@pytest.mark.parametrize("text", ["[profiles", "profiles = 3", "[contenders]\nx = 1", ""])
def test_a_file_that_is_wrong_has_no_names_and_is_no_error_here(tmp_path: Path, text: str) -> None:
    (tmp_path / "bench.toml").write_text(text)
    (tmp_path / "compose.yaml").write_text(text)
    assert read_names(tmp_path).profiles == read_names(tmp_path).services == ()
    assert read_names(tmp_path / "nowhere") == Names()


def test_the_shipped_servers_and_their_editions_are_read_as_compose_yaml_has_them() -> None:
    services = read_services(ROOT / "compose.yaml")
    names = read_names(ROOT)
    assert names.services == tuple(servers(services))
    old = {name: s.edition for name, s in servers(services).items() if s.edition != CURRENT}
    assert names.editions == old != {}


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_shells_complete_commands_options_and_names(shell: str) -> None:
    parser = command_line(app.COMMANDS, Place(program="lab", names=NAMES, usual=None)).parser
    script = shtab.complete(parser, shell=shell)
    for completed in ("claims", "older-than", "rust-tonic", "podman"):
        assert (completed in script) is (completed != "podman")
