"""Standard input, output and error as a shell leads them: closed, full, or read by nobody."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from clusterbench.errors import ExitCode
from support.repository import IMPORTED_FROM, ROOT

LAB = ROOT / "lab"
RUN = "from clusterbench.cli.app import main; import sys; sys.exit(main(sys.argv[1:]))"
PACKAGE = f"'{sys.executable}' -c '{RUN}'"
#: Without site-packages, as the launcher runs before it has made an environment.
LAUNCHER = f"'{sys.executable}' -S '{LAB}'"


def shell(command: str, *, status_of_first: bool = False) -> subprocess.CompletedProcess[str]:
    """Run a command line from the repository's folder."""
    pipe = "set -o pipefail; " if status_of_first else ""
    return subprocess.run(
        ["bash", "-c", pipe + command], cwd=ROOT, capture_output=True, text=True, check=False
    )


COMMANDS = [
    f"{PACKAGE} plan",
    f"{PACKAGE} plan --json",
    f"{LAUNCHER} --help",
    f"{LAUNCHER} --version",
]
each_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda line: line.split("' ")[-1])


@each_command
@pytest.mark.parametrize(
    ("to", "says"),
    [("> /dev/full", "No space left on device"), (">&-", "is closed")],
    ids=["full", "closed"],
)
def test_output_that_cannot_be_written_is_one_message_and_an_exit_code(
    command: str, to: str, says: str
) -> None:
    done = shell(f"{command} {to}")
    assert done.returncode == ExitCode.ERROR
    (message,) = done.stderr.splitlines()
    assert message.startswith("lab: error: standard output")
    assert says in message
    assert "remedy: " in message


PRINTS = """
import sys
from clusterbench.cli.app import guarded

def run():
    for stream in (sys.stdout, sys.stderr):
        print("5 \\u00b5s \\u00b1 1, \\u2265 caf\\u00e9 \\u96ea \\udcff", file=stream)
    return 0

sys.exit(guarded(run))
"""


@pytest.mark.parametrize(
    ("encoding", "expected"),
    [
        ("ascii", b"5 us +/- 1, >= cafe ? \xff\n"),
        ("latin-1", b"5 \xb5s \xb1 1, >= caf\xe9 ? \xff\n"),
        ("utf-8", "5 µs ± 1, ≥ café 雪 ".encode() + b"\xff\n"),
    ],
)
def test_letters_that_an_encoding_lacks_are_written_by_plain_ones(
    encoding: str, expected: bytes
) -> None:
    done = subprocess.run(
        [sys.executable, "-c", PRINTS],
        env={"PYTHONPATH": os.pathsep.join(IMPORTED_FROM), "PYTHONIOENCODING": encoding},
        capture_output=True,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, expected, expected)


@each_command
def test_output_that_nobody_reads_to_its_end_is_no_message(command: str) -> None:
    done = shell(f"{command} | true", status_of_first=True)
    assert done.stderr == ""
    assert done.returncode in {ExitCode.OK, ExitCode.ERROR}  # by which of the two was quicker


@each_command
def test_what_is_printed_does_not_depend_on_the_other_streams(command: str) -> None:
    usual, done = shell(command), shell(f"{command} <&- 2>&-")
    assert (done.returncode, done.stdout) == (usual.returncode, usual.stdout)
    assert usual.returncode == ExitCode.OK


@pytest.mark.parametrize("stream", ["2> /dev/full", "2>&-"])
@pytest.mark.parametrize("program", [PACKAGE, LAUNCHER], ids=["package", "launcher"])
def test_an_error_that_cannot_be_told_keeps_its_exit_code(program: str, stream: str) -> None:
    done = shell(f"{program} plan --nonsense {stream}")
    assert done.returncode == ExitCode.CONFIG
    assert done.stdout == ""


def test_no_file_takes_the_place_of_a_stream_that_is_closed() -> None:
    """Else what children print on standard error goes into the lab's own files."""
    code = (
        "import os; from clusterbench.cli.app import guarded;"
        'guarded(lambda: print([os.open("/dev/null", os.O_RDONLY) > 2] * 1) or 0)'
    )
    assert shell(f"'{sys.executable}' -c '{code}' <&- 2>&-").stdout == "[True]\n"


@pytest.mark.parametrize(("unbuffered", "seen"), [("1", "first\n"), ("", "")])
def test_output_is_written_at_once_where_that_is_asked_for(unbuffered: str, seen: str) -> None:
    code = (
        "import os; from clusterbench.cli.app import guarded;"
        'guarded(lambda: print("first") or os._exit(0))'
    )
    command = f"PYTHONUNBUFFERED={unbuffered} '{sys.executable}' -c '{code}'"
    assert shell(command).stdout == seen
