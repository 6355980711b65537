"""Which machine this is, and whether another that says something of itself may be it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from clusterbench.host.machine_identity import BOOT_ID, boot_id, differs, own_container

if TYPE_CHECKING:
    from pathlib import Path

ID = "6b40c8f1-88cc-412e-878c-10bc62e3987c"
PLAIN = "22 1 0:20 / /proc rw - proc proc rw\n"
#: What systemd-nspawn and LXC mount.
OVER_IT = f"99 22 0:45 /proc-boot-id /proc/{BOOT_ID} ro - tmpfs tmpfs ro\n"
CONTAINER = "f" * 64
IN_A_CONTAINER = (
    f"7 1 8:1 /var/lib/docker/containers/{CONTAINER}/hostname /etc/hostname rw - ext4 /dev/x rw\n"
)


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    for name, text in {
        BOOT_ID: f"{ID}\n",
        "self/mountinfo": PLAIN,
        "meminfo": "MemTotal:       16777216 kB\nMemFree: 1 kB\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_the_boot_id_is_the_machines(proc: Path) -> None:
    assert boot_id(proc) == ID


def test_a_boot_id_that_was_mounted_over_it_tells_nothing(proc: Path) -> None:
    (proc / "self/mountinfo").write_text(PLAIN + OVER_IT)
    assert boot_id(proc) is None


def test_a_kernel_without_a_boot_id_tells_nothing(tmp_path: Path) -> None:
    assert boot_id(tmp_path) is None


def test_another_kernel_or_another_memory_is_another_machine(proc: Path) -> None:
    here, memory = os.uname().release, 16777216 * 1024
    assert differs(kernel=here, memory=memory, proc=proc) is None
    assert "kernel is 2.4.0" in str(differs(kernel="2.4.0", memory=memory, proc=proc))
    assert "bytes of memory" in str(differs(kernel=here, memory=memory - 4096, proc=proc))


def test_a_container_knows_its_own_id(proc: Path) -> None:
    assert own_container(proc) is None
    (proc / "self/mountinfo").write_text(PLAIN + IN_A_CONTAINER)
    assert own_container(proc) == CONTAINER
