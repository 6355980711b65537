"""A server that somebody else started, with load generators that are scripts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.config.compose_file import GENERATOR
from clusterbench.errors import ServerFailed
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.model.execution import Address, Unknown
from clusterbench.model.units import Seconds
from clusterbench.runtime.attached import AttachedRuntime

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.runtime.port import Runtime

SCRIPT = """#!/bin/sh
[ "$1" = --version ] && echo h2load nghttp2/1.52.0 || cat in > out
"""
THEIRS = Contender(name="theirs", service="theirs")
UNPINNED = CpuSet()


@pytest.fixture
def runtime(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Runtime:
    script = tmp_path / "bin" / "h2load"
    script.parent.mkdir()
    script.write_text("#!/bin/sh\necho h2load nghttp2/1.52.0; [ ! -f in ] || cat in > out\n")
    script.chmod(0o755)
    monkeypatch.setenv("PATH", f"{script.parent}:/usr/bin:/bin")
    return AttachedRuntime(
        Address("theirs", 5001), log="its log: elsewhere", scratch=tmp_path / "scratch"
    )


def test_a_server_of_others_is_where_it_is_and_shows_neither_counters_nor_log(
    runtime: Runtime,
) -> None:
    with runtime.open(), runtime.server(THEIRS, UNPINNED) as server:
        assert str(server.address) == "theirs:5001"
        assert server.running()
        assert server.usage() is None
        assert server.started_steps == {}
        assert server.started_at is None
        assert server.image_size() == Unknown("it was started by somebody else")
        server.verify()
        server.stop()
        assert server.running(), "whoever started it stops it"
        assert server.logs() == "its log: elsewhere"
        with pytest.raises(ServerFailed, match="theirs:5001 cannot be paused"):
            server.paused()


def test_load_generators_work_beside_this_process_and_leave_nothing(
    runtime: Runtime, tmp_path: Path
) -> None:
    with runtime.open(), runtime.generator(UNPINNED) as generator:
        generator.put({"in": b"content"})
        with generator.execute(["h2load"], outputs=["out"]) as execution:
            done = execution.wait(Seconds(30))
            assert done.outputs["out"].read_bytes() == b"content"
        assert generator.usage().cpu > 0
    assert not (tmp_path / "scratch").exists()


def test_a_load_generator_sees_a_made_environment_without_the_proxies_of_this_one(
    runtime: Runtime, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("http_proxy", "HTTPS_PROXY", "GOMAXPROCS", "LC_ALL"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with (
        runtime.open(),
        runtime.generator(UNPINNED) as generator,
        generator.execute(["env"]) as execution,
    ):
        seen = execution.wait(Seconds(30)).stdout
    assert {line.partition("=")[0] for line in seen.splitlines()} == {"PATH", "HOME", "LANG", "TZ"}


def test_the_fingerprint_names_the_load_generators_that_are_there(runtime: Runtime) -> None:
    assert runtime.lacks("h2load") is None
    assert runtime.lacks("no-such-generator") == "no-such-generator is not installed"
    assert runtime.skip(THEIRS) is None
    found = runtime.describe([THEIRS])
    assert found.engine["runtime"] == "attached"
    assert found.images == {}
    assert found.software[GENERATOR]["h2load"] == "1.52.0"
