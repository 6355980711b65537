"""Control groups with a CPU quota, made for a test and removed after it."""

from __future__ import annotations

import os
import time
import uuid
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_ROOT = Path("/sys/fs/cgroup")
_PERIOD = 100_000
_ENDS_WITHIN = 10.0


@dataclass(frozen=True)
class QuotaGroup:
    """A cgroup: its `name` is its path below the root, its `folder` where its quota is."""

    name: str
    folder: Path

    def within(self, command: Sequence[str]) -> list[str]:
        """Return a command as it is run in a cgroup below this one, which has no quota itself."""
        inner = self.folder / "inner"
        inner.mkdir(exist_ok=True)
        return ["sh", "-ec", f'echo $$ > {inner}/cgroup.procs; exec "$@"', "sh", *command]

    def holds_any(self) -> bool:
        """Return whether a process is below it, by `within`."""
        return bool((self.folder / "inner" / "cgroup.procs").read_text())

    def add(self, pid: int) -> None:
        """Put a process into it."""
        (self.folder / "cgroup.procs").write_text(str(pid))


@contextmanager
def quota_group(cpus: float) -> Iterator[QuotaGroup]:
    """Make a cgroup with a quota of so many CPUs. Skips the test where that is not allowed."""
    name = f"labtest-{uuid.uuid4().hex[:8]}"
    v2 = (_ROOT / "cgroup.controllers").exists()
    folder = (_ROOT if v2 else _ROOT / "cpu") / name
    try:
        folder.mkdir()
        quota = str(round(cpus * _PERIOD))
        if v2:
            (folder / "cpu.max").write_text(f"{quota} {_PERIOD}")
        else:
            (folder / "cpu.cfs_quota_us").write_text(quota)
    except OSError as error:
        with suppress(OSError):
            folder.rmdir()
        pytest.skip(f"no cgroup with a quota can be made here: {error}")
    try:
        yield QuotaGroup(f"/{name}", folder)
    finally:
        # An engine makes it in every hierarchy.
        for each in {folder, *_ROOT.glob(f"*/{name}")}:
            _remove(each)


def _remove(folder: Path) -> None:
    """Remove a cgroup with those in it, as soon as what ran there is gone."""
    deadline = time.monotonic() + _ENDS_WITHIN
    while folder.exists():
        for path, _, _ in os.walk(folder, topdown=False):
            with suppress(OSError):
                Path(path).rmdir()
        if time.monotonic() > deadline:
            return
        time.sleep(0.05)
