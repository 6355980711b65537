"""Serving by hand as a process, with a made-up build."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clusterbench.config.compose_file import Recipe, Role, Service
from clusterbench.local import serve as serving
from clusterbench.runtime.process.built import Built

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

RECIPE = Recipe(needs=(), sources=(), build=(), command=("/bin/mine",))
MINE = Service(
    name="mine", role=Role.SERVER, image="me/mine", environment={"FROM_COMPOSE": "yes"},
    recipe=RECIPE,
)  # fmt: skip


class Became(Exception):  # noqa: N818 - it stands for a process that became another
    """The process became another."""


def test_a_server_by_hand_sees_what_a_measured_one_does_and_its_users_own_variables(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    seen: dict[str, str] = {}

    def become(_path: str, _words: Sequence[str], environment: Mapping[str, str]) -> None:
        seen.update(environment)
        raise Became

    (tmp_path / "model.json").write_text('{"n_clusters":1, "n_features":1, "centroids":[[1]]}')
    monkeypatch.setattr(os, "execve", become)
    built = Built(commands={"mine": ("/bin/mine",)})
    monkeypatch.setattr(serving, "build", lambda *_, **__: built)
    monkeypatch.setattr(serving, "how_to_call", lambda *_: "call it so")
    for name in ("OMP_NUM_THREADS", "http_proxy", "SERVER_THREADS", "SERVER_PORT"):
        monkeypatch.setenv(name, "7")
    with pytest.raises(Became):
        serving.serve(
            {"mine": MINE}, tmp_path, "mine", data=tmp_path, port=5001, say=lambda _: None
        )
    assert seen["SERVER_THREADS"] == "7"
    assert seen["FROM_COMPOSE"] == "yes"
    assert seen["SERVER_PORT"] == "5001"
    served = Path(seen["SERVER_MODEL"])  # what was read, written anew
    assert served.is_relative_to(tmp_path / ".lab")
    assert json.loads(served.read_bytes())["centroids"] == [[1.0]]
    assert "OMP_NUM_THREADS" not in seen
    assert "http_proxy" not in seen
