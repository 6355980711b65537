"""The Docker adapter on an engine and a client whose settings are not the usual ones."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.config.compose_file import GENERATOR
from clusterbench.errors import JobFailed, ServerFailed
from clusterbench.model.contender import Contender
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker import images
from clusterbench.runtime.docker.creation import create
from clusterbench.runtime.docker.engine import PROJECT_LABEL, RUN_LABEL, archive
from support import factories
from support.second_engine import SecondEngine, second_engine
from support.stand_in_containers import FIRST, GENERATORS, HARDENED, IMAGE, STAND_IN, Lab
from support.stand_in_processes import until

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from clusterbench.runtime.docker.docker_runtime import DockerRuntime

pytestmark = pytest.mark.docker

#: The stand-in as the image of everything: a shell, a load generator, volumes that nobody names.
HOME = "labtest/home"
H2LOAD = b"#!/bin/sh\necho h2load nghttp2/1.52.0\n"
PROXY = {"httpProxy": "http://127.0.0.1:9", "httpsProxy": "http://127.0.0.1:9"}
CLEAN = {"PATH", "HOME", "LANG", "TZ"}


@pytest.fixture(scope="module", params=["local", "none"])
def apart(engine: Any, request: pytest.FixtureRequest) -> Iterator[SecondEngine]:
    """An engine of its own, whose containers log elsewhere than to json-file unless told to."""
    settings = {"log-driver": request.param}
    with second_engine(settings, images=[IMAGE], first=engine) as made:
        client = made.client()
        container = client.containers.create(IMAGE)
        container.put_archive("/usr/local/bin", archive({"h2load": H2LOAD}, mode=0o755))
        volumes = ["VOLUME /out", "VOLUME /data", "VOLUME /theirs"]
        container.commit(HOME, changes=[*volumes, 'ENTRYPOINT ["sh", "-c"]'])
        container.remove()
        yield made


@pytest.fixture
def lab(apart: SecondEngine, monkeypatch: pytest.MonkeyPatch) -> Lab:
    monkeypatch.setattr(images, "_KNOWN", {})
    return Lab(apart.client(), "labtest")


def runtime(lab: Lab) -> DockerRuntime:
    """Everything in the image that declares volumes."""
    return lab.runtime(
        **{
            "stand-in": replace(HARDENED, image=HOME),
            GENERATOR: replace(GENERATORS, image=HOME),
            "trains": replace(HARDENED, name="trains", image=HOME, entrypoint=None, command=None),
            "tells": replace(HARDENED, name="tells", image=HOME, command=("env; sleep 100",)),
            "broken": replace(HARDENED, name="broken", image=HOME, command=("echo why; exit 2",)),
        }
    )


def start_and_use(made: DockerRuntime, name: str) -> None:
    """It may end before or after the engine says that it has started."""
    with made.server(Contender(name=name, service=name), FIRST) as server:
        assert until(lambda: not server.running())
        server.usage()


def there_is(engine: Any) -> dict[str, list[str]]:
    """Return what an engine has of each that a run makes, by its id or name."""
    return {
        "containers": sorted(each.id for each in engine.containers.list(all=True)),
        "volumes": sorted(each.name for each in engine.volumes.list()),
        "networks": sorted(each.name for each in engine.networks.list()),
    }


def test_versions_logs_and_last_lines_are_read_whatever_the_engines_log_driver_is(
    lab: Lab,
) -> None:
    made = runtime(lab)
    with made.open():
        assert made.describe([STAND_IN]).software[GENERATOR]["h2load"] == "1.52.0"
        with made.server(STAND_IN, FIRST) as server:
            assert until(lambda: "extra" in server.logs())
        with pytest.raises(JobFailed, match=r"trains: exit status 3\n  \| no memory"):
            made.run_once(factories.job("echo no memory >&2; exit 3", cpus=FIRST))
        with pytest.raises(ServerFailed, match=r"\n  \| why"):
            start_and_use(made, "broken")


def test_what_a_run_made_is_gone_after_it_volumes_and_networks_too(lab: Lab) -> None:
    before = there_is(lab.engine)
    made = runtime(lab)
    with made.open():
        made.describe([STAND_IN])
        with made.server(STAND_IN, FIRST), made.generator(FIRST) as generator:
            with generator.execute(["true"]) as execution:
                execution.wait(Seconds(30))
            during = there_is(lab.engine)
        made.run_once(factories.job("true", cpus=FIRST))
        with pytest.raises(JobFailed):
            made.run_once(factories.job("exit 3", cpus=FIRST))
    assert {kind for kind in before if before[kind] != during[kind]} == {*before}
    assert there_is(lab.engine) == before


def test_an_interrupted_run_leaves_nothing_either(lab: Lab) -> None:
    before = there_is(lab.engine)
    made = runtime(lab)

    def interrupted() -> None:
        with made.open(), made.server(STAND_IN, FIRST), made.generator(FIRST):
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert there_is(lab.engine) == before


def test_volumes_of_a_killed_run_go_though_somebody_removed_their_container_without_them(
    lab: Lab,
) -> None:
    others = lab.engine.volumes.create(labels={PROJECT_LABEL: "another"})
    nobodys = lab.engine.volumes.create()
    before = there_is(lab.engine)
    labels = {PROJECT_LABEL: lab.project, RUN_LABEL: "killed"}
    create(lab.engine, HOME, labels=labels, volumes=["/data"]).remove()
    left = {*there_is(lab.engine)["volumes"]} - {*before["volumes"]}
    assert len(left) == 3, "/data, and what the image declares beside it"
    with runtime(lab).open():
        assert not left & {*there_is(lab.engine)["volumes"]}
    assert there_is(lab.engine) == before
    for volume in (others, nobodys):
        volume.remove()


def test_proxies_of_the_engines_client_reach_no_server_no_job_and_no_load_generator(
    apart: SecondEngine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"proxies": {"default": PROXY}}))
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))
    lab = Lab(apart.client(), "labtest")
    made = runtime(lab)
    with made.open():
        with made.generator(FIRST) as generator, generator.execute(["env"]) as execution:
            seen = execution.wait(Seconds(30)).stdout
        assert {line.partition("=")[0] for line in seen.splitlines()} == CLEAN
        with made.server(Contender(name="tells", service="tells"), FIRST) as server:
            assert until(lambda: "SERVER_PORT=5001" in server.logs())
            assert "127.0.0.1:9" not in server.logs()
        told = made.run_once(factories.job("env > out", cpus=FIRST)).content.decode()
        assert "WORD=told" in told
        assert "127.0.0.1:9" not in told
