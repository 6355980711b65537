"""The table of exit codes in the documentation is that of the code."""

from __future__ import annotations

import re

from clusterbench.errors import ExitCode
from support.repository import ROOT

COMMANDS = ROOT / "docs" / "commands.md"


def test_the_documented_exit_codes_are_those_that_there_are() -> None:
    documented = re.findall(r"(?m)^\| (\d+) \|", COMMANDS.read_text())
    assert [int(code) for code in documented] == [code.value for code in ExitCode]
