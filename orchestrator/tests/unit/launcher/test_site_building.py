"""`./lab docs`: what a broken link, and a browser, get."""

from __future__ import annotations

import argparse
import threading
import urllib.request
from http.server import ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.errors import ExitCode
from launcher import site_building
from launcher.environment import Environment

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Environment:
    """An environment whose Python does what a test writes into it."""
    found = Environment(tmp_path, tmp_path / "env")
    found.python.parent.mkdir(parents=True)
    monkeypatch.setattr(site_building, "environment", lambda _root, _kind: found)
    return found


def python_that(inside: Environment, does: str) -> None:
    inside.python.write_text(f"#!/bin/sh\n{does}\n")
    inside.python.chmod(0o755)


def asked(root: Path) -> argparse.Namespace:
    return argparse.Namespace(root=root, serve=False)


def test_where_to_open_the_site_is_printed(
    inside: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    python_that(inside, "exit 0")
    assert site_building.docs(asked(inside.root)) == ExitCode.OK
    assert f"file://{inside.root}/.lab/site/index.html" in capsys.readouterr().err


def test_a_site_that_is_not_built_is_an_error_and_named_nowhere(
    inside: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    python_that(inside, "exit 1")
    assert site_building.docs(asked(inside.root)) == ExitCode.ERROR
    assert "index.html" not in capsys.readouterr().err


def test_the_site_is_served_to_this_machine_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "index.html").write_text("a page")
    started: list[ThreadingHTTPServer] = []
    there = threading.Event()

    class Noticed(ThreadingHTTPServer):
        def serve_forever(self, *arguments: Any) -> None:
            started.append(self)
            there.set()
            super().serve_forever(*arguments)

    monkeypatch.setattr(site_building, "ThreadingHTTPServer", Noticed)
    thread = threading.Thread(target=site_building.serve, args=(tmp_path,))
    thread.start()
    try:
        assert there.wait(10)
        host, port = started[0].server_address[:2]
        assert host == "127.0.0.1"
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/index.html") as response:
            assert response.read() == b"a page"
    finally:
        started[0].shutdown()
        thread.join(10)
