"""Images that a run pulls."""

from __future__ import annotations

from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import docker.errors
import pytest

from clusterbench.config.compose_file import Role, Service
from clusterbench.errors import HostError
from clusterbench.runtime.docker.pulling import absent, provide, pull

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICES = {
    each.name: each
    for each in (
        Service(name="one", role=Role.SERVER, image="reg.example/one:1"),
        Service(name="old", role=Role.SERVER, image="reg.example/old:1", machines=("pdp11",)),
        Service(name="own", role=Role.SERVER, image="own:1"),
        Service(name="one-image", role=Role.IMAGE, image="reg.example/one:1", of="one"),
        Service(name="old-image", role=Role.IMAGE, image="reg.example/old:1", of="old"),
        Service(name="own-image", role=Role.IMAGE, image="own:1", of="own", built=True),
    )
}
DONE = [{"status": "Status: Downloaded newer image"}]


class Registry:
    """An engine that pulls what a registry has."""

    def __init__(self, **answers: Any) -> None:
        self.answers, self.pulled, self.here = answers, [], set[str]()
        self.images, self.api = self, self

    def version(self) -> Mapping[str, str]:
        return {"Arch": "amd64"}

    def get(self, image: str) -> Any:
        if image not in self.here:
            raise docker.errors.ImageNotFound(image)
        return SimpleNamespace(id=image)

    def pull(self, image: str, **_: Any) -> Any:
        self.pulled.append(image)
        answer = self.answers.get(image.rsplit("/", maxsplit=1)[-1].split(":", maxsplit=1)[0], DONE)
        if isinstance(answer, Exception):
            raise answer
        return iter(answer)


def provided(engine: Any, wanted: Mapping[str, bool]) -> list[str]:
    said: list[str] = []
    provide(engine, SERVICES, wanted, said.append)
    return said


def test_what_is_missing_is_pulled_and_said() -> None:
    engine = Registry()
    said = provided(engine, {"one-image": True})
    assert engine.pulled == ["reg.example/one:1"]
    assert said == ["pulling reg.example/one:1 (1 of 1)"]


def test_what_is_here_or_built_or_for_other_machines_is_not_pulled() -> None:
    engine: Any = Registry()
    engine.here.add("reg.example/one:1")
    wanted = dict.fromkeys(("one-image", "own-image", "old-image"), True)
    assert provided(engine, wanted) == []
    assert engine.pulled == []
    assert [*absent(engine, SERVICES, SERVICES)] == []


@pytest.mark.parametrize(
    "answer",
    [
        [{"status": "Pulling"}, {"error": "no space left"}],
        docker.errors.NotFound("404", explanation="no space left"),
        docker.errors.DockerException("no space left"),
    ],
)
def test_one_that_cannot_be_had_is_named_with_the_reason_and_the_remedy(answer: Any) -> None:
    engine = Registry(one=answer)
    with pytest.raises(HostError) as raised:
        provided(engine, {"one-image": True})
    said = str(raised.value)
    for part in ("reg.example/one:1", "no space left", "LAB_REGISTRY", "docker login reg.example"):
        assert part in said


def test_an_image_of_docker_hub_names_no_registry_to_log_in_to() -> None:
    engine: Any = Registry(mine=[{"error": "denied"}])
    with pytest.raises(HostError, match=r"\(docker login\)"):
        pull(engine, "me/mine:1", print)


def test_one_that_a_run_can_do_without_is_warned_of() -> None:
    said = provided(Registry(one=[{"error": "denied"}]), {"one-image": False})
    assert said[-1].startswith("warning: reg.example/one:1 ")
    assert "denied" in said[-1]


def test_a_long_download_says_now_and_then_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    times = iter(range(0, 600, 6))
    monkeypatch.setattr("clusterbench.runtime.docker.pulling.time.monotonic", lambda: next(times))
    events = [
        {"status": "Pulling fs layer", "id": "a"},
        {"status": "Downloading", "id": "a", "progressDetail": {"current": 2e6, "total": 9e6}},
        {"status": "Download complete", "id": "a"},
    ]
    said: list[str] = []
    engine: Any = Registry(one=events)
    pull(engine, "reg.example/one:1", said.append)
    assert [each.split(" after")[0].strip() for each in said] == [
        "... waiting for the registry", "... 2 of 9 MB", "... 9 of 9 MB",
    ]  # fmt: skip
