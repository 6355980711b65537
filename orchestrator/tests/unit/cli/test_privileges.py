"""Giving up root: with a kernel that records what it is asked."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from clusterbench.cli import privileges
from clusterbench.cli.privileges import become_owner
from clusterbench.errors import HostError
from clusterbench.host import user_namespace

if TYPE_CHECKING:
    from pathlib import Path


class Owned:
    """A folder with an owner."""

    def __init__(self, uid: int, gid: int = 0) -> None:
        self.st_uid, self.st_gid = uid, gid

    def stat(self) -> Owned:
        return self

    def exists(self) -> bool:
        return True


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, object]]:
    """What the kernel was asked for, in order, by a process that is root."""
    calls: list[tuple[str, object]] = []
    monkeypatch.setattr(privileges.os, "geteuid", lambda: 0)
    for name in ("setgroups", "setgid", "setuid"):
        monkeypatch.setattr(
            privileges.os, name, lambda value, name=name: calls.append((name, value))
        )
    return calls


def test_root_becomes_the_owner_and_gives_up_the_user_last(asked: list[tuple[str, object]]) -> None:
    become_owner(Owned(1234, 2345), [Owned(0, 105)])  # type: ignore[arg-type, list-item]
    assert asked == [("setgroups", [105]), ("setgid", 2345), ("setuid", 1234)]


def test_roots_own_folder_leaves_nobody_else_to_be(asked: list[tuple[str, object]]) -> None:
    become_owner(Owned(0))  # type: ignore[arg-type]
    assert asked == []


def test_an_owner_without_a_number_in_a_remapped_container_is_named_with_the_remedy(
    asked: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(user_namespace, "is_remapped", lambda _proc: True)
    with pytest.raises(HostError, match=r"userns-remap.*remedy: .*userns_mode: host"):
        become_owner(Owned(65534))  # type: ignore[arg-type]
    assert asked == []
    become_owner(Owned(1234, 2345))  # type: ignore[arg-type]
    assert asked[-1] == ("setuid", 1234)


def test_who_is_not_root_changes_nothing(
    asked: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    become_owner(Owned(1234))  # type: ignore[arg-type]
    assert asked == []


def test_a_socket_that_is_not_there_adds_no_group(
    asked: list[tuple[str, object]], tmp_path: Path
) -> None:
    become_owner(Owned(1234, 2345), [tmp_path / "docker.sock"])  # type: ignore[arg-type]
    assert asked[0] == ("setgroups", [])


@pytest.mark.usefixtures("asked")
def test_a_missing_folder_says_to_mount_it(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="remedy: mount the folder"):
        become_owner(tmp_path / "results")


def test_a_kernel_that_refuses_names_the_capabilities(
    asked: list[tuple[str, object]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def refused(_value: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "setgid", refused)
    with pytest.raises(HostError, match="SETUID and SETGID"):
        become_owner(Owned(1234))  # type: ignore[arg-type]
    assert ("setuid", 1234) not in asked
