"""What is no number that can be run is refused by the name of its option or key."""

from __future__ import annotations

from math import nan
from typing import TYPE_CHECKING

import pytest

from clusterbench.cli import app
from clusterbench.cli.assembly import asked
from clusterbench.cli.parser import Place, command_line
from clusterbench.config import bench_file
from clusterbench.config.compose_file import read_services
from clusterbench.config.resolve import Overrides
from clusterbench.errors import ConfigError
from clusterbench.model.experiment import DataSet
from support import small_lab

if TYPE_CHECKING:
    from pathlib import Path

DATA = DataSet(n_clusters=3, n_features=2, n_requests=4, n_batches=2, digest={})
#: Of no option, whatever its bounds.
NEVER = [
    "", " ", "-", "nan", "inf", "-inf", "1e400", "0x10", "1_000", "+5", "\t5", "5\n", "five", "-1",
    "99999999999999999999", "9" * 400, "9" * 5000, "\u0967\u0968", "\uff11", "1,000.0", "\ud800",
]  # fmt: skip


LINE = command_line(app.COMMANDS, Place(usual=None))


def numbers() -> list[tuple[str, str]]:
    """Return every option that takes a number, with its command."""
    return [
        (name, action.option_strings[-1])
        for name, leaf in LINE.leaves.items()
        for action in leaf._actions
        if action.metavar in {"N", "N,N,...", "SECONDS", "DAYS", "PORT", "X"}
    ]


def test_options_that_take_numbers_are_found() -> None:
    found = {option for _, option in numbers()}
    assert {"--levels", "--duration", "--seed", "--port", "--spread", "--older-than"} <= found


def test_the_help_of_an_option_says_which_numbers_are_allowed() -> None:
    said = " ".join(LINE.leaves["run"].format_help().split())
    assert "how many rounds; from 1 to 1000" in said
    assert "length of each window; from 0.01 to 300" in said
    assert "64,256; each from 1 to 1000000" in said


@pytest.mark.parametrize(("command", "option"), numbers())
def test_what_no_program_can_run_is_refused_with_what_can(command: str, option: str) -> None:
    for text in NEVER:
        with pytest.raises(ConfigError) as refused:
            LINE.parse([*command.split(), f"{option}={text}"])
        said = str(refused.value)
        assert f"{command}: {option}" in said
        assert "it takes " in said
        assert len(said) < 250
        assert said.isprintable()
        assert said.isascii()


LOADS = "it takes a number from 0.01 to 300"
ROUNDS = "it takes a whole number from 1 to 1000"


@pytest.mark.parametrize(
    ("given", "asked", "change", "takes"),
    [
        ("--rounds=1001", Overrides(rounds=1001), ("rounds = 2", "rounds = 1001"), ROUNDS),
        ("--window=300.5", Overrides(window=300.5), ("window = 5.0", "window = 300.5"), LOADS),
        ("--window=0", Overrides(window=0.0), ("window = 5.0", "window = 0"), LOADS),
        ("--duration=301", Overrides(duration=301.0), ("duration = 3.0", "duration = 301"), LOADS),
        ("--duration=nan", Overrides(duration=nan), ("window = 5.0", "window = nan"), LOADS),
        (
            "--warm-up=3601", Overrides(warm_up=3601.0), ("longest = 4.0", "longest = 3601"),
            "it takes a number from 0 to 3600",
        ),
        (
            "--seed=2147483648", Overrides(seed=2**31), ("seed = 1", "seed = 2147483648"),
            "it takes a whole number from 0 to 2147483647",
        ),
    ],
)  # fmt: skip
def test_the_command_line_and_bench_toml_have_the_same_bounds(
    tmp_path: Path, given: str, asked: Overrides, change: tuple[str, str], takes: str
) -> None:
    root = small_lab.write(tmp_path / "lab")
    services = read_services(root / "compose.yaml")
    with pytest.raises(ConfigError, match=f"{takes};"):
        LINE.parse(["run", given])
    bench = bench_file.read(root / "bench.toml", services)
    with pytest.raises(ConfigError, match=f"{given.partition('=')[0]} .*: {takes}$"):
        bench.experiment(DATA, asked)
    file = root / "bench.toml"
    file.write_text(file.read_text().replace(*change, 1))
    with pytest.raises(ConfigError, match=f"{change[0].partition(' ')[0]}` is .*; {takes}$"):
        bench_file.read(file, services)


@pytest.mark.parametrize("command", ["run", "plan", "capacity", "bench", "bench overload"])
def test_each_command_that_runs_trials_takes_how_often_one_is_repeated(command: str) -> None:
    given = LINE.parse([*command.split(), "--repeats", "0"])
    assert asked(given).repeats == 0


def test_levels_have_the_bounds_of_a_sweep(tmp_path: Path) -> None:
    root = small_lab.write(tmp_path / "lab")
    services = read_services(root / "compose.yaml")
    takes = r"it takes (a )?whole numbers? from 1 to 1000000"
    assert LINE.parse(["run", "--levels", "1000000, 1"]).levels == (1_000_000, 1)
    with pytest.raises(ConfigError, match=f"--levels 64,1000001: {takes}, like 64,256"):
        LINE.parse(["run", "--levels", "64,1000001"])
    with pytest.raises(ConfigError, match=f"--levels 1000001: {takes}"):
        bench_file.read(root / "bench.toml", services).experiment(
            DATA, Overrides(levels=(1_000_001,))
        )
    file = root / "bench.toml"
    file.write_text(file.read_text().replace("sweep = [8, 16]", "sweep = [8, 1000001]", 1))
    with pytest.raises(ConfigError, match=f"sweep` holds 1000001; {takes}"):
        bench_file.read(file, services)


def test_a_number_of_any_size_in_a_file_is_an_error_of_one_line(tmp_path: Path) -> None:
    root = small_lab.write(tmp_path / "lab")
    services = read_services(root / "compose.yaml")
    file = root / "bench.toml"
    text = file.read_text()
    for value in ("9" * 5000, "0x" + "f" * 5000, "-1e400", "[" * 5000, "9" * 400):
        file.write_text(text.replace("seed = 1", f"seed = {value}", 1))
        with pytest.raises(ConfigError) as refused:
            bench_file.read(file, services)
        assert len(str(refused.value)) < 800
        assert str(refused.value).startswith(str(file))


def test_a_number_or_a_date_that_yaml_cannot_make_is_no_traceback(tmp_path: Path) -> None:
    file = tmp_path / "compose.yaml"
    for value in ("9" * 5000, "2019-99-99", '!!timestamp "x"', '!!int "x"', "[" * 5000):
        file.write_text(f"services: {value}")
        with pytest.raises(ConfigError, match=r"compose\.yaml: not YAML"):
            read_services(file)
