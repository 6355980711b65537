"""Whether an engine is on this machine: a run's CPUs, addresses and fingerprint are taken here.

Standard library only.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING

from clusterbench.host.procfs import PROC, fields, read_text, size

if TYPE_CHECKING:
    from pathlib import Path

BOOT_ID = "sys/kernel/random/boot_id"
"""Below /proc: what the kernel drew when it started. Every container of the machine reads it."""


def boot_id(proc: Path = PROC) -> str | None:
    """Return the identity of the running kernel; None where it cannot be known.

    LXC and systemd-nspawn mount one of their own over it, which tells nothing of the machine.
    """
    own = str(PROC / BOOT_ID)
    if any(line.split()[4] == own for line in _mounts(proc)):
        return None
    return read_text(proc / BOOT_ID).strip() or None


def own_container(proc: Path = PROC) -> str | None:
    """Return the id of the container that this process is in, where the engine's mounts tell it."""
    for line in _mounts(proc):
        root, place = line.split()[3:5]
        match = re.search(r"/containers/([0-9a-f]{64})/", root)
        if match and place in {"/etc/hostname", "/etc/hosts", "/etc/resolv.conf"}:
            return match[1]
    return None


def differs(*, kernel: str, memory: int, proc: Path = PROC) -> str | None:
    """Return how a machine that says this of itself differs from this one; None where it may be it.

    `memory` is in bytes. That nothing differs proves nothing: two machines may be alike.
    """
    here = os.uname().release
    if kernel != here:
        return f"its kernel is {kernel or 'unknown'}, and this one's is {here}"
    total = size(fields(read_text(proc / "meminfo")).get("MemTotal", ""))
    if total and memory != total:
        return f"it has {memory:,} bytes of memory, and this one {total:,}"
    return None


def _mounts(proc: Path) -> list[str]:
    return read_text(proc / "self/mountinfo").splitlines()
