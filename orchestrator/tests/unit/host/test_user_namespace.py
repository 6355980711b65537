"""Users of a container that are not the host's, and what they explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.host.user_namespace import cause, is_nobody, is_remapped

if TYPE_CHECKING:
    from pathlib import Path

THE_HOSTS = "         0          0 4294967295\n"
REMAPPED = "         0     100000      65536\n"
ROOTLESS = "         0       1000          1\n         1     100000      65536\n"
DENIED = PermissionError(13, "Permission denied")


def proc(folder: Path, uid_map: str) -> Path:
    (folder / "self").mkdir()
    (folder / "self/uid_map").write_text(uid_map)
    return folder


@pytest.mark.parametrize("uid_map", [REMAPPED, ROOTLESS])
def test_users_that_are_mapped_explain_what_is_denied_with_a_remedy(
    tmp_path: Path, uid_map: str
) -> None:
    there = proc(tmp_path, uid_map)
    assert is_remapped(there)
    assert "userns-remap" in cause(DENIED, there)
    assert "userns_mode: host" in cause(DENIED, there)
    assert cause(OSError(28, "No space left on device"), there) == ""
    assert is_nobody(65534, there)
    assert not is_nobody(1000, there)


@pytest.mark.parametrize("uid_map", [THE_HOSTS, ""])
def test_the_hosts_own_users_explain_nothing(tmp_path: Path, uid_map: str) -> None:
    there = proc(tmp_path, uid_map)
    assert not is_remapped(there)
    assert cause(DENIED, there) == ""
    assert not is_nobody(65534, there)
