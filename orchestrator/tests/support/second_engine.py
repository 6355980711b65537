"""Further Docker engines on this machine, each in a network namespace and folders of its own."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.errors import indent

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

NEEDED = ("dockerd", "containerd", "ip", "nsenter")
STARTS_WITHIN = 60.0
ENDS_WITHIN = 30.0


#: The user that an engine makes for remapping stays in the engine's own view of /etc.
_OWN_ETC = """
mkdir "$1"
mount -t tmpfs none "$1"
mkdir "$1/upper" "$1/work"
mount -t overlay none -o "lowerdir=/etc,upperdir=$1/upper,workdir=$1/work" /etc
shift
exec "$@"
"""


@dataclass(kw_only=True)
class SecondEngine:
    """An engine that runs. `url` is what DOCKER_HOST says, `socket` where it listens."""

    namespace: str
    folder: Path
    daemon: subprocess.Popen[bytes]
    extra: list[Any] = field(default_factory=list)

    @property
    def socket(self) -> Path:
        return self.folder / "docker.sock"

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    @property
    def log(self) -> Path:
        return self.folder / "dockerd.log"

    def client(self, timeout: float = 120) -> Any:
        """Return a client of it, which closes with the engine."""
        import docker  # noqa: PLC0415 - a host without an engine has no need of its client

        made = docker.DockerClient(base_url=self.url, timeout=timeout)
        self.extra.append(made)
        return made

    def within(self, command: Sequence[str]) -> list[str]:
        """Return a command as it is run in the engine's network namespace."""
        return ["nsenter", f"--net=/run/netns/{self.namespace}", "--", *command]

    def kill(self) -> None:
        """End it as a crash does: the engine, its containerd and their shims, all at once."""
        for pid in _below(self.folder):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.daemon.wait(ENDS_WITHIN)

    def commands(self) -> list[str]:
        """Return the command lines of what it is and runs, whether it answers or not."""
        lines = []
        for pid in _below(self.folder):
            with suppress(OSError):  # it has ended by now
                words = Path(f"/proc/{pid}/cmdline").read_bytes()
                lines.append(words.decode(errors="replace").replace("\0", " "))
        return lines

    def freeze(self) -> None:
        """Let it hang: its connections stay and nothing answers."""
        os.kill(self.daemon.pid, signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on."""
        os.kill(self.daemon.pid, signal.SIGCONT)


@contextmanager
def second_engine(
    settings: Mapping[str, Any] | None = None,
    *,
    images: Sequence[str] = (),
    first: Any = None,
    without: Sequence[str] = (),
) -> Iterator[SecondEngine]:
    """Start an engine with these settings of daemon.json; end it with all that it runs.

    `images` are copied from `first`, a client of the usual engine. `without` are controllers of
    cgroup version 1 that it does not see, as a rootless engine without delegation. Skips the test
    where no such second engine can be started here.
    """
    if os.geteuid() != 0:
        pytest.skip("a second engine takes root")
    if missing := [name for name in NEEDED if shutil.which(name) is None]:
        pytest.skip(f"a second engine takes {', '.join(missing)}, not found here")
    mapped = Path("/proc/sys/user/max_user_namespaces")
    if "userns-remap" in (settings or {}) and mapped.read_text().strip() == "0":
        pytest.skip("an engine that remaps users takes user namespaces, and none may be made here")
    hidden = [Path("/sys/fs/cgroup") / name for name in without]
    if not all(os.path.ismount(each) for each in hidden):
        pytest.skip("an engine without a controller takes cgroup version 1")
    namespace = f"labtest-{uuid.uuid4().hex[:8]}"
    # Short, since a socket's path may have 107 characters; not below pytest's own folders.
    folder = Path(tempfile.mkdtemp(prefix="engine-", dir="/var/tmp"))
    folder.chmod(0o711)  # users of a remapped engine pass through
    _run("ip", "netns", "add", namespace)
    try:
        _run("ip", "netns", "exec", namespace, "ip", "link", "set", "lo", "up")
        (folder / "daemon.json").write_text(json.dumps(dict(settings or {})))
        made = SecondEngine(
            namespace=namespace, folder=folder, daemon=_start(namespace, folder, hidden)
        )
        try:
            _wait_for(made)
            client = made.client()
            for image in images:
                client.images.load(_image(first, image).save(named=True))
            yield made
        finally:
            for each in made.extra:
                each.close()
            _end(made)
    finally:
        _run("ip", "netns", "delete", namespace)
        _unmount(folder)
        shutil.rmtree(folder, ignore_errors=True)


def _start(namespace: str, folder: Path, hidden: Sequence[Path] = ()) -> subprocess.Popen[bytes]:
    words = ["nsenter", f"--net=/run/netns/{namespace}", "--"]
    if "userns-remap" in json.loads((folder / "daemon.json").read_text()):
        words += ["unshare", "--mount", "--propagation", "slave", "--"]
        words += ["sh", "-ec", _OWN_ETC, "sh", str(folder / "etc")]
    if hidden:
        words += ["unshare", "--mount", "--propagation", "private", "sh", "-ec"]
        words += [f'umount {" ".join(map(str, hidden))}; exec "$@"', "sh"]
    words += ["dockerd"]
    words += ["--config-file", str(folder / "daemon.json")]
    words += ["--data-root", str(folder / "data"), "--exec-root", str(folder / "exec")]
    words += ["--pidfile", str(folder / "pid"), "--host", f"unix://{folder / 'docker.sock'}"]
    with (folder / "dockerd.log").open("wb") as log:
        return subprocess.Popen(
            words, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )


def _image(first: Any, name: str) -> Any:
    import docker.errors  # noqa: PLC0415

    try:
        return first.images.get(name)
    except docker.errors.ImageNotFound:
        return first.images.pull(name)


def _wait_for(made: SecondEngine) -> None:
    deadline = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < deadline and made.daemon.poll() is None:
        if made.socket.exists():
            with suppress(Exception):
                made.client(timeout=5).ping()
                return
        time.sleep(0.2)
    pytest.fail(f"the second engine did not start:\n{indent(made.log.read_text())}")


def _end(made: SecondEngine) -> None:
    """Ask it to end, thawed if it was frozen; then kill what is left of it."""
    if made.daemon.poll() is None:
        made.thaw()
        made.daemon.terminate()
        with suppress(subprocess.TimeoutExpired):
            made.daemon.wait(ENDS_WITHIN)
    deadline = time.monotonic() + ENDS_WITHIN
    while (left := _below(made.folder)) and time.monotonic() < deadline:
        for pid in left:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.1)
    made.daemon.wait(ENDS_WITHIN)


def _below(folder: Path) -> list[int]:
    """Return the processes that an engine is: those whose words name its folder, and their own.

    A shim names the folder by its socket, and what runs in a container is its child.
    """
    words: dict[int, str] = {}
    parents: dict[int, int] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdecimal():
            continue
        with suppress(OSError):
            words[int(entry.name)] = (entry / "cmdline").read_bytes().decode(errors="replace")
            stat = (entry / "stat").read_text().rpartition(")")[2].split()
            parents[int(entry.name)] = int(stat[1])
    own = {pid for pid, text in words.items() if str(folder) in text and pid != os.getpid()}
    own -= _ancestors(parents)
    while more := {pid for pid, parent in parents.items() if parent in own} - own:
        own |= more
    return sorted(own)


def _ancestors(parents: Mapping[int, int]) -> set[int]:
    found, pid = set(), os.getpid()
    while pid in parents:
        found.add(pid)
        pid = parents[pid]
    return found


def _unmount(folder: Path) -> None:
    mounts = [line.split()[1] for line in Path("/proc/mounts").read_text().splitlines()]
    for path in sorted((m for m in mounts if m.startswith(f"{folder}/")), reverse=True):
        subprocess.run(["umount", "--lazy", path], check=False, capture_output=True)


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no second engine can be started: {command[0]}: {done.stderr.strip()}")
