"""Build hook: compiles centroids.proto into the wheel, and nothing into the source tree.

The generated modules are top-level ones, as every gRPC tool expects, so they can carry no
`py.typed`; their types come as stub-only packages (PEP 561), which mypy finds by itself.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

PROTO = "centroids.proto"
MODULES = ("centroids_pb2", "centroids_pb2_grpc")


class StubsHook(BuildHookInterface):  # type: ignore[type-arg]
    """Runs protoc when a wheel is built and adds what it wrote."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002
        """Generate into a temporary folder and have the wheel take the files from there."""
        self._generated = tempfile.TemporaryDirectory(prefix="clusterbench-protos-")
        out = Path(self._generated.name)
        subprocess.run(
            [
                sys.executable,
                "-m",
                "grpc_tools.protoc",
                "--proto_path=.",  # protoc parts a path at each `:`
                f"--plugin=protoc-gen-mypy_grpc={_plugin('protoc-gen-mypy_grpc')}",
                f"--python_out={out}",
                f"--pyi_out={out}",
                f"--grpc_python_out={out}",
                f"--mypy_grpc_out=quiet:{out}",
                PROTO,
            ],
            cwd=self.root,
            check=True,
        )
        for module in MODULES:
            build_data["force_include"][str(out / f"{module}.py")] = f"{module}.py"
            build_data["force_include"][str(out / f"{module}.pyi")] = f"{module}-stubs/__init__.pyi"

    def finalize(self, *_: object) -> None:
        """Remove the temporary folder: the wheel holds its files now."""
        self._generated.cleanup()


def _plugin(name: str) -> str:
    """Find a protoc plugin in the environment that builds or else on PATH."""
    beside = shutil.which(name, path=sysconfig.get_path("scripts"))
    found = beside or shutil.which(name)
    if found is None:
        raise FileNotFoundError(f"{name}: not found; install protos/requirements-build.txt first")
    return found
