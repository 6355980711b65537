"""The parts that are the system's."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from clusterbench.errors import HostError
from clusterbench.host import browser
from clusterbench.local import system_tools as tools

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder on PATH: empty."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("BROWSER_PATH", raising=False)
    return tmp_path


def program(path: Path) -> Path:
    path.write_text("#!/bin/sh\n")
    path.chmod(0o755)
    return path


def commands(monkeypatch: pytest.MonkeyPatch, *, root: bool, works: bool = True) -> list[str]:
    """Record the commands that would run, as root or not."""
    ran: list[str] = []

    def recorded(command: list[str], **_more: object) -> None:
        ran.append(" ".join(command))
        if not works:
            raise HostError("no network")

    monkeypatch.setattr(tools, "make", recorded)
    monkeypatch.setattr(os, "geteuid", lambda: 0 if root else 1000)
    monkeypatch.setattr(tools, "on_terminal", lambda: False)
    return ran


def provide(
    path: Path, *, install: bool | None = None, ask: Callable[[str], bool] | None = None
) -> list[str]:
    said: list[str] = []
    parts = ["h2load", "browser"]
    tools.provide(parts, install=install, log=path / "log", say=said.append, ask=ask)
    return said


def test_a_browser_is_found_by_browser_path_before_path(path: Path) -> None:
    program(path / "chromium")
    mine = program(path / "mine")
    assert browser.find_browser({"BROWSER_PATH": str(mine)}) == mine
    assert browser.find_browser({}) == path / "chromium"
    assert browser.find_browser({"BROWSER_PATH": str(path / "gone")}) is None


def test_the_systems_load_generators_are_found_on_path(path: Path) -> None:
    assert tools.find_programs() == {}
    found = program(path / "h2load")
    assert tools.find_programs() == {"h2load": found}


def test_each_missing_part_says_what_is_lost_and_the_command(path: Path) -> None:
    lost = tools.missing()
    assert "scenarios are skipped" in lost["h2load"]
    assert "apt-get install --no-install-recommends nghttp2-client" in lost["h2load"]
    assert "chromium-headless-shell" in lost["browser"]
    assert "servers and load generators in Rust are left out" in lost["cc"]
    assert "gcc libc6-dev" in lost["cc"]
    for name in ("h2load", "google-chrome", "cc"):
        program(path / name)
    assert tools.missing() == {}


@pytest.mark.parametrize(("terminal", "install"), [(False, None), (True, True)])
def test_root_without_a_terminal_or_as_asked_installs_what_is_missing_and_says_so_first(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, terminal: bool, install: bool | None
) -> None:
    program(path / "apt-get")
    ran = commands(monkeypatch, root=True)
    monkeypatch.setattr(tools, "on_terminal", lambda: terminal)
    said = provide(path, install=install)
    assert "installing h2load and browser" in said[0]
    assert "--no-install forbids this" in said[0]
    assert [command.split()[-1] for command in ran] == [
        "update",
        "nghttp2-client",
        "fonts-dejavu-core",
    ]


@pytest.mark.parametrize("agreed", [True, False])
def test_on_a_terminal_it_asks_first_and_shows_the_command(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, agreed: bool
) -> None:
    program(path / "apt-get")
    ran = commands(monkeypatch, root=True)
    monkeypatch.setattr(tools, "on_terminal", lambda: True)
    asked: list[str] = []

    def answer(question: str) -> bool:
        asked.append(question)
        return agreed

    provide(path, ask=answer)
    assert "apt-get install --no-install-recommends nghttp2-client" in asked[0]
    assert bool(ran) is agreed


@pytest.mark.parametrize(("root", "install"), [(True, False), (False, True), (False, None)])
def test_nobody_else_installs_anything_but_is_told_the_command(
    path: Path, monkeypatch: pytest.MonkeyPatch, *, root: bool, install: bool | None
) -> None:
    program(path / "apt-get")
    ran = commands(monkeypatch, root=root)
    said = provide(path, install=install)
    assert ran == []
    assert all(text.startswith("warning:") for text in said)
    assert all(("sudo apt-get" in text) != root for text in said)


def test_an_installation_that_fails_is_a_warning_for_each_part(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(path / "apt-get")
    commands(monkeypatch, root=True, works=False)
    said = provide(path)
    assert sum("no network" in text for text in said) == 3


def test_nothing_is_said_or_done_when_nothing_is_missing(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program(path / "h2load")
    program(path / "chromium")
    ran = commands(monkeypatch, root=True)
    assert provide(path) == []
    assert ran == []
