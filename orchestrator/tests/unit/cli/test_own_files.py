"""Files of the lab's own that cannot be read or written: one message with path, reason, remedy."""

from __future__ import annotations

import errno
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clusterbench import own_files
from clusterbench.cli.app import guarded
from clusterbench.errors import ExitCode, HostError
from clusterbench.local.make import held, make
from clusterbench.own_files import HOME, KEPT, can_be_written, kept, naming, trouble
from clusterbench.store import run_folder as store

if TYPE_CHECKING:
    from collections.abc import Callable

FULL = Path("/dev/full")


def told(capsys: pytest.CaptureFixture[str], run: Callable[[], None], code: int) -> str:
    """Return the one message that comes of running something that fails."""

    def ran() -> int:
        run()
        return 0

    assert guarded(ran) == code
    (message,) = capsys.readouterr().err.splitlines()
    assert message.startswith("lab: error: ")
    return message


def error(number: int, path: Path | None = None) -> OSError:
    return OSError(number, os.strerror(number), None if path is None else str(path))


@pytest.mark.parametrize(
    ("number", "remedy"),
    [
        (errno.ENOSPC, "make room on that disk (df -h {there})"),
        (errno.EDQUOT, "make room on that disk (df -h {there})"),
        (errno.EROFS, "use a folder that can be written"),
        (errno.ENOTDIR, "move {there} out of the way"),
        (errno.EEXIST, "move {there} out of the way"),
        (errno.ENOENT, "make what follows {there} in that path"),
        (errno.EIO, "see whether that path can be read and written"),
    ],
)
def test_an_error_of_a_file_has_its_path_the_reason_and_what_to_do(
    tmp_path: Path, number: int, remedy: str
) -> None:
    path = tmp_path / "not" / "there"
    message = trouble(error(number, path))
    assert message.startswith(f"{path}: {os.strerror(number)}; remedy: ")
    assert remedy.format(there=tmp_path) in message


def test_what_belongs_to_another_is_named_with_its_owner_and_the_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = tmp_path / ".lab"
    (kept / "env").mkdir(parents=True)
    stranger = os.geteuid() + 4242
    monkeypatch.setattr(own_files.os, "geteuid", lambda: stranger)
    message = trouble(error(errno.EACCES, kept / "env" / "lock"))
    assert f"you are user {stranger}: sudo chown -R {stranger} {kept}" in message
    assert f"{kept} is " in message


def test_nobody_is_told_to_become_the_owner_of_a_folder_above_the_one_that_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_files.os, "geteuid", lambda: tmp_path.stat().st_uid + 4242)
    assert trouble(error(errno.EACCES, tmp_path)).endswith(f" {tmp_path}")
    above = trouble(error(errno.EACCES, tmp_path / "not" / "there"))
    assert "chown" not in above
    assert above.endswith(": name a folder of your own")


def test_what_is_ones_own_and_refused_can_be_allowed(tmp_path: Path) -> None:
    message = trouble(error(errno.EACCES, tmp_path / "lock"))
    assert message.endswith(f"allow yourself to write {tmp_path} (chmod u+rwX {tmp_path})")


def test_what_is_refused_below_a_checkout_of_anothers_can_be_kept_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_files.os, "geteuid", lambda: tmp_path.stat().st_uid + 4242)
    refused = trouble(error(errno.EACCES, tmp_path / KEPT / "env"))
    assert refused.endswith(", or set LAB_HOME to a folder of your own")
    read_only = trouble(error(errno.EROFS, tmp_path / KEPT / "env"))
    assert "remedy: set LAB_HOME to a folder that can be written" in read_only


def test_what_the_lab_makes_is_kept_in_the_repository_or_below_lab_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert kept(tmp_path) == tmp_path / KEPT
    for home in (str(tmp_path / "home"), "home"):
        monkeypatch.setenv(HOME, home)
        one, other = kept(tmp_path), kept(tmp_path / "another")
        assert one.is_relative_to(tmp_path / "home")
        assert one != other
        assert KEPT in one.parts


def test_a_folder_can_be_written_where_the_nearest_that_is_there_can(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Path] = []

    def access(path: Path, _mode: int) -> bool:
        asked.append(path)
        return False

    assert can_be_written(tmp_path / "not" / "there")
    monkeypatch.setattr(own_files.os, "access", access)
    assert not can_be_written(tmp_path / "not" / "there")
    assert asked == [tmp_path]


def test_a_full_disk_under_a_log_is_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "a.log"
    log.symlink_to(FULL)

    def run() -> None:
        make(["true"], what="making", cwd=tmp_path, log=log, say=print)

    message = told(capsys, run, ExitCode.HOST)
    assert f"{log}: No space left on device; remedy: make room on that disk" in message


def test_a_folder_for_locks_that_cannot_be_made_is_one_message(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / ".lab").touch()

    def run() -> None:
        with held(tmp_path / ".lab" / "build" / "lock", what="building", say=print):
            pass

    message = told(capsys, run, ExitCode.HOST)
    assert f"{tmp_path / '.lab' / 'build'}: Not a directory; remedy: move {tmp_path}" in message


def test_results_that_cannot_be_made_are_one_message_with_a_remedy(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "file").touch()

    def run() -> None:
        with store.lock(tmp_path / "file" / "results"):
            pass

    message = told(capsys, run, ExitCode.STORE)
    assert "cannot be written: Not a directory; remedy: move" in message


def test_only_a_lock_that_is_held_is_taken_for_another_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def flock(*_: object) -> None:
        raise error(errno.ENOLCK)

    monkeypatch.setattr(store.fcntl, "flock", flock)

    def run() -> None:
        with store.lock(tmp_path):
            pass

    assert "No locks available" in told(capsys, run, ExitCode.STORE)


def test_an_error_that_names_no_file_gets_the_one_that_was_written(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="No space left") as raised, naming(tmp_path / "x"):
        raise error(errno.ENOSPC)
    assert raised.value.filename == str(tmp_path / "x")
    with pytest.raises(OSError, match="No space left") as raised, naming(tmp_path / "x"):
        raise error(errno.ENOSPC, tmp_path / "y")
    assert raised.value.filename == str(tmp_path / "y")


def test_a_full_disk_is_one_message_even_where_no_file_is_named(
    capsys: pytest.CaptureFixture[str],
) -> None:
    def run() -> None:
        raise error(errno.ENOSPC)

    assert "No space left on device; remedy: make room" in told(capsys, run, ExitCode.HOST)


def test_an_error_that_is_about_no_file_is_not_hidden() -> None:
    def run() -> int:
        raise error(errno.ECONNREFUSED)

    with pytest.raises(ConnectionRefusedError):
        guarded(run)


def test_a_command_that_fails_on_a_disk_that_is_nearly_full_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "a.log"

    def fail() -> str:
        with pytest.raises(HostError) as raised:
            make(["false"], what="making", cwd=tmp_path, log=log, say=print)
        return str(raised.value)

    assert "left" not in fail()
    disk = os.statvfs(tmp_path)
    nearly_full = os.statvfs_result((disk.f_bsize, 4096, 1000, 300, 300, *disk[5:]))
    monkeypatch.setattr(own_files.os, "statvfs", lambda _path: nearly_full)
    assert f"that disk has only 1 MiB left: make room (df -h {tmp_path})" in fail()
