"""Commands that make things."""

from __future__ import annotations

import subprocess
import sys
import threading
from typing import TYPE_CHECKING

import pytest

from clusterbench.errors import HostError
from clusterbench.local import make as commands
from clusterbench.local.make import begun, held, make

if TYPE_CHECKING:
    from pathlib import Path


def test_output_goes_to_the_log_and_nothing_is_said_of_a_quick_success(tmp_path: Path) -> None:
    said: list[str] = []
    log = tmp_path / "logs" / "x.log"
    make(["sh", "-c", "echo made it"], what="making", cwd=tmp_path, log=log, say=said.append)
    assert "made it" in log.read_text()
    assert said == []


def test_a_failure_names_command_status_and_log_and_shows_its_own_last_lines(
    tmp_path: Path,
) -> None:
    log = tmp_path / "x.log"
    log.write_text("of an earlier command\n")
    script = ["sh", "-c", "echo first; echo the reason >&2; exit 7"]
    with pytest.raises(HostError) as caught:
        make(script, what="building x", cwd=tmp_path, log=log, say=print)
    message = str(caught.value)
    assert "building x failed" in message
    assert "exited with 7" in message
    assert str(log) in message
    assert "| the reason" in message
    assert "of an earlier command" not in message


def test_a_program_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(HostError, match="no-such-program: No such file"):
        make(["no-such-program"], what="x", cwd=tmp_path, log=tmp_path / "log", say=print)


def test_a_slow_command_gives_signs_of_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "HEARTBEAT", 0.02)
    said: list[str] = []
    make(["sleep", "0.3"], what="building x", cwd=tmp_path, log=tmp_path / "log", say=said.append)
    assert said
    assert all(text.startswith("building x (") for text in said)


def test_a_command_does_not_outlive_an_interrupted_maker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(commands, "HEARTBEAT", 0.02)
    pid = tmp_path / "pid"

    def interrupted(_text: str) -> None:
        if pid.exists() and pid.read_text().strip():
            raise KeyboardInterrupt

    script = ["sh", "-c", f"echo $$ > {pid}; exec sleep 600"]
    with pytest.raises(KeyboardInterrupt):
        make(script, what="x", cwd=tmp_path, log=tmp_path / "log", say=interrupted)
    gone = subprocess.run(["kill", "-0", pid.read_text().strip()], capture_output=True, check=False)
    assert gone.returncode != 0


def test_what_has_begun_goes_on_until_it_is_waited_for_or_the_block_ends(tmp_path: Path) -> None:
    go_on, log = tmp_path / "go-on", tmp_path / "log"
    script = ["sh", "-c", f"until [ -e {go_on} ]; do sleep 0.01; done; echo done"]
    with begun(script, what="x", cwd=tmp_path, log=log, say=print) as making:
        assert making.child.poll() is None
        go_on.touch()
        making.wait()
        assert log.read_text().endswith("\ndone\n")
    with begun(["sleep", "600"], what="x", cwd=tmp_path, log=log, say=print) as making:
        assert making.child.poll() is None
    assert making.child.poll() is not None


def test_a_held_lock_is_waited_for_and_said(tmp_path: Path) -> None:
    lock = tmp_path / "lock"
    said = threading.Event()
    order: list[str] = []

    def second() -> None:
        with held(lock, what="building", say=lambda _text: said.set()):
            order.append("second")

    thread = threading.Thread(target=second)
    with held(lock, what="building", say=print):
        thread.start()
        assert said.wait(timeout=30)
        order.append("first")
    thread.join(timeout=30)
    assert order == ["first", "second"]


def test_what_the_launcher_needs_early_imports_the_standard_library_only() -> None:
    early = ["make", "source_digest", "how_to_call", "toolchains", "system_tools"]
    imports = "; ".join(f"import clusterbench.local.{name}" for name in early)
    # Without site-packages: an environment is what these are for making.
    script = f"import sys; sys.path.append(sys.argv[1]); {imports}; import launcher.starting"
    source = commands.__file__.partition("/clusterbench/local/")[0]
    code = f"import sys; sys.path.append({str(source + '/..')!r}); {script}"
    done = subprocess.run(
        [sys.executable, "-I", "-S", "-c", code, source],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
