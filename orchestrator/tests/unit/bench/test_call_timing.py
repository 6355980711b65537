"""How calls are timed: in a process whose environment is made."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING

from clusterbench.bench import call_timing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pytest


def test_calls_are_timed_without_what_a_users_shell_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}

    def run(
        words: Sequence[str], *, env: Mapping[str, str], check: bool
    ) -> subprocess.CompletedProcess[bytes]:
        assert not check
        seen.update(env)
        (file,) = (word.partition("=")[2] for word in words if word.startswith("--benchmark-json="))
        with open(file, "wb") as written:  # noqa: PTH123 - pytest writes it so
            written.write(b"{}")
        return subprocess.CompletedProcess(words, 0)

    monkeypatch.setattr(subprocess, "run", run)
    for name in ("MALLOC_ARENA_MAX", "GODEBUG", "PYTEST_ADDOPTS"):
        monkeypatch.setenv(name, "1")
    monkeypatch.setenv("PYTHONPATH", "/where/services/are")
    assert call_timing.timed(3) == b"{}"
    assert seen["PYTHONPATH"] == "/where/services/are"
    assert {"MALLOC_ARENA_MAX", "GODEBUG", "PYTEST_ADDOPTS"} & {*seen} == set()
