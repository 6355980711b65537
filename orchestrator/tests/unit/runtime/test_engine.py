from __future__ import annotations

import io
import tarfile
from http.client import RemoteDisconnected
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

import docker
import docker.errors
import pytest
import requests

from clusterbench.errors import HostError, MeasureError, ServerFailed
from clusterbench.runtime.docker import engine
from clusterbench.runtime.docker.connection import connect

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def api_error(status: int, explanation: str) -> docker.errors.APIError:
    response = requests.Response()
    response.status_code = status
    return docker.errors.APIError("refused", response=response, explanation=explanation)


def test_an_error_of_the_engine_becomes_an_error_of_the_lab() -> None:
    with (
        pytest.raises(ServerFailed, match="cannot start x: no space left"),
        engine.engine_errors(ServerFailed, "cannot start x"),
    ):
        raise api_error(500, "no space left")


def test_a_missing_image_says_how_to_build_it() -> None:
    with (
        pytest.raises(HostError, match="No such image: a/b; build it with `docker compose build`"),
        engine.engine_errors(ServerFailed, "cannot start x"),
    ):
        raise docker.errors.ImageNotFound("404", explanation="No such image: a/b")


def test_cpus_that_the_engine_does_not_have_are_the_hosts_lack() -> None:
    with (
        pytest.raises(HostError, match="choose another CPU plan"),
        engine.engine_errors(ServerFailed, "cannot start x"),
    ):
        raise api_error(400, "Requested CPUs are not available - requested 63, available: 0-1")


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("PermissionError(13, 'Permission denied')", "usermod -aG docker"),
        ("FileNotFoundError(2, 'No such file or directory')", "DOCKER_SOCKET"),
        ("ConnectionRefusedError(111, 'Connection refused')", "start the engine"),
    ],
)
def test_an_engine_out_of_reach_says_what_to_do(text: str, remedy: str) -> None:
    with (
        pytest.raises(HostError, match=remedy),
        engine.engine_errors(HostError, "cannot reach the Docker engine"),
    ):
        raise docker.errors.DockerException(f"Error while fetching server API version: {text}")


def test_a_socket_that_is_not_there_is_a_host_error(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_SOCKET", f"{tmp_path}/none.sock")
    with pytest.raises(HostError, match=r"none\.sock"):
        connect()


def test_an_engine_that_is_lost_in_mid_run_fails_what_it_was_asked_for_and_is_named(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_SOCKET", f"{tmp_path}/own.sock")
    client = docker.DockerClient(base_url=f"unix://{tmp_path}/own.sock", version="1.45")
    with (
        pytest.raises(ServerFailed, match=rf"cannot look at x: .* unix://{tmp_path}/own\.sock"),
        engine.engine_errors(ServerFailed, "cannot look at x"),
    ):
        client.containers.list()
    client.close()


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            requests.ReadTimeout("Read timed out."),
            "unix:///own.sock (DOCKER_SOCKET) does not answer",
        ),
        (
            requests.ConnectionError("Connection aborted.", RemoteDisconnected("closed")),
            "the connection to unix:///own.sock (DOCKER_SOCKET) broke off",
        ),
    ],
)
def test_a_lost_engine_is_told_in_plain_words(
    monkeypatch: pytest.MonkeyPatch, error: Exception, said: str
) -> None:
    monkeypatch.setenv("DOCKER_SOCKET", "/own.sock")
    with (
        pytest.raises(ServerFailed) as raised,
        engine.engine_errors(ServerFailed, "cannot look at x"),
    ):
        raise error
    assert str(raised.value) == f"cannot look at x: {said}"


def test_files_come_out_of_an_archive_as_they_went_in_owned_by_the_images_user() -> None:
    content = bytes(range(256)) * 9000
    tar = engine.archive({"a.bin": content, "work/": b""})
    with tarfile.open(fileobj=io.BytesIO(tar)) as opened:
        members = {m.name: m for m in opened}
    assert members["a.bin"].uid == members["work"].uid == 10001
    assert members["a.bin"].mode == 0o644
    assert members["work"].isdir()

    chunks: Iterator[bytes] = (tar[i : i + 1000] for i in range(0, len(tar), 1000))
    container: Any = SimpleNamespace(get_archive=lambda _path, chunk_size: (chunks, chunk_size))
    with engine.opened(container, "/out/a.bin") as file:
        assert file.read() == content


def test_a_folder_is_not_taken_for_an_output() -> None:
    tar = engine.archive({"work/": b""})
    container: Any = SimpleNamespace(
        name="made-up", get_archive=lambda _path, chunk_size: (iter([tar]), chunk_size)
    )
    with (
        pytest.raises(MeasureError, match="/out/work in made-up is not a file"),
        engine.opened(container, "/out/work"),
    ):
        pass


class Stubborn:
    """A container that somebody else is removing."""

    def __init__(self, *responses: Exception | None) -> None:
        self.responses = list(responses)

    def remove(self, **_: object) -> None:
        answer = self.responses.pop(0)
        if answer is not None:
            raise answer


def test_removing_what_somebody_else_removes_waits_until_it_is_gone() -> None:
    container = Stubborn(
        api_error(409, "removal is already in progress"), docker.errors.NotFound("gone")
    )
    engine.remove(container)
    assert not container.responses


def test_removing_fails_for_any_other_reason() -> None:
    with pytest.raises(docker.errors.APIError):
        engine.remove(Stubborn(api_error(500, "driver failed")))
