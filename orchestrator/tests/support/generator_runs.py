"""A load generator run once, as the lab calls it, on a server that is there."""

from __future__ import annotations

import shutil
import subprocess
from typing import TYPE_CHECKING

import pytest

from clusterbench.model.execution import Completed
from support.contract import PATIENCE
from support.local_servers import BUILDS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clusterbench.load.generator import Load, LoadGenerator, Reading
    from clusterbench.model.data import DataFolder

_PATH = f"{BUILDS}:{BUILDS / 'grpc-load' / 'bin'}:/usr/bin:/bin"


def run_load(
    driver: LoadGenerator,
    load: Load,
    data: DataFolder,
    folder: Path,
    *,
    meanwhile: Callable[[subprocess.Popen[str]], None] = lambda process: None,
) -> Reading:
    """Put a generator's files into a folder, run it there, and read what it leaves.

    `meanwhile` is called with its process as soon as it runs. Skips the test where the generator
    is not built.
    """
    if shutil.which(driver.name, path=_PATH) is None:
        pytest.skip(f"{driver.name} is not built: there is none in {_PATH}")
    for name, content in driver.files(data).items():
        (folder / name).write_bytes(content)
    invocation = driver.invocation(load, "t")
    with subprocess.Popen(
        invocation.command, cwd=folder, env={"PATH": _PATH}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            meanwhile(process)
            stdout, stderr = process.communicate(timeout=2 * PATIENCE)
        finally:
            process.kill()
    outputs = {name: folder / name for name in invocation.outputs if (folder / name).exists()}
    return driver.read(
        load,
        Completed(stdout=stdout, stderr=stderr, exit_status=process.returncode, outputs=outputs),
    )
