"""The environment of what the lab starts."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from clusterbench.runtime.environments import BECOME_CLEAN, clean_environment

#: What a shell may hold that changes figures, or sends load elsewhere.
STRAY = {
    "http_proxy": "http://127.0.0.1:9",
    "HTTPS_PROXY": "http://127.0.0.1:9",
    "ALL_PROXY": "http://127.0.0.1:9",
    "GOMAXPROCS": "1",
    "GODEBUG": "http2client=0",
    "GRPC_EXPERIMENTS": "none",
    "LC_ALL": "de_DE.ISO-8859-1",
    "MALLOC_ARENA_MAX": "1",
    "OMP_NUM_THREADS": "64",
    "PYTHONOPTIMIZE": "2",
    "RUST_LOG": "trace",
    "TOKIO_WORKER_THREADS": "1",
}
OURS = {"PATH": "/usr/bin:/bin", "HOME": "/home/me", "LANG": "de_DE.ISO-8859-1", "TZ": "Asia/Tokyo"}
CLEAN = {"PATH": "/usr/bin:/bin", "HOME": "/home/me", "LANG": "C.UTF-8", "TZ": "UTC"}


@pytest.fixture(autouse=True)
def _stray(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**STRAY, **OURS}.items():
        monkeypatch.setenv(name, value)


def test_nothing_is_inherited_but_where_commands_and_files_are_found() -> None:
    assert clean_environment() == CLEAN
    assert clean_environment({"OMP_NUM_THREADS": "1", "TZ": "Asia/Tokyo"}) == {
        **CLEAN,
        "OMP_NUM_THREADS": "1",
        "TZ": "Asia/Tokyo",
    }
    found = clean_environment(path=[Path("/a"), Path("/b")])
    assert found["PATH"] == "/a:/b:/usr/bin:/bin"


def test_a_command_of_a_shell_sees_the_same() -> None:
    asked = subprocess.run(
        ["sh", "-c", BECOME_CLEAN, "sh", "env", "X=a b", "env"],
        env={**STRAY, **OURS},
        capture_output=True,
        text=True,
        check=True,
    )
    assert dict(line.split("=", 1) for line in asked.stdout.splitlines()) == {**CLEAN, "X": "a b"}
