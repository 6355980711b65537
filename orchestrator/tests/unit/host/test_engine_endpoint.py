"""Where the engine is, by all the ways in which docker is told it."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.errors import HostError
from clusterbench.host import engine_endpoint
from clusterbench.host.engine_endpoint import OUTSIDE, find_endpoint, not_allowed, variables

if TYPE_CHECKING:
    from pathlib import Path

DEFAULT = "unix:///var/run/docker.sock"
PEM = ("ca.pem", "cert.pem", "key.pem")


def context(config: Path, name: str, host: str, *tls: str, skip: bool = False) -> None:
    """Keep a context as `docker context create` does."""
    key = hashlib.sha256(name.encode()).hexdigest()
    about = {"Name": name, "Endpoints": {"docker": {"Host": host, "SkipTLSVerify": skip}}}
    for folder, files in {
        config / "contexts/meta" / key: {"meta.json": json.dumps(about)},
        config / "contexts/tls" / key / "docker": dict.fromkeys(tls, "PEM"),
    }.items():
        folder.mkdir(parents=True)
        for file, text in files.items():
            (folder / file).write_text(text)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A folder of docker's with two contexts, of which one is the current one."""
    folder = tmp_path / ".docker"
    context(folder, "desktop-linux", "unix:///home/x/desktop.sock")
    context(folder, "build-box", "tcp://10.0.0.1:2376", *PEM)
    (folder / "config.json").write_text(json.dumps({"currentContext": "desktop-linux"}))
    return folder


ALL = {
    "DOCKER_SOCKET": "/run/a.sock",
    "DOCKER_HOST": "unix:///run/b.sock",
    "DOCKER_CONTEXT": "build-box",
}


@pytest.mark.parametrize(
    ("unset", "url", "found_by"),
    [
        ([], "unix:///run/a.sock", "DOCKER_SOCKET"),
        (["DOCKER_SOCKET"], "unix:///run/b.sock", "DOCKER_HOST"),
        (["DOCKER_SOCKET", "DOCKER_HOST"], "tcp://10.0.0.1:2376", "context build-box"),
        ([*ALL], "unix:///home/x/desktop.sock", "context desktop-linux"),
    ],
)
@pytest.mark.parametrize("empty", [True, False])
def test_the_first_that_says_where_the_engine_is_counts_and_is_named(
    config: Path, unset: list[str], url: str, found_by: str, *, empty: bool
) -> None:
    given = {name: value for name, value in ALL.items() if name not in unset}
    if empty:
        given |= dict.fromkeys(unset, "")
    found = find_endpoint(given, config.parent)
    assert str(found) == f"{url} ({found_by})"
    assert find_endpoint({**given, "DOCKER_CONFIG": str(config)}, config / "no home") == found


@pytest.mark.parametrize("text", ["", "{", "[]", '{"currentContext": 3}', '{"auths": {}}', None])
def test_no_context_is_the_default_socket(tmp_path: Path, text: str | None) -> None:
    folder = tmp_path / ".docker"
    folder.mkdir()
    if text is not None:
        (folder / "config.json").write_text(text)
    assert str(find_endpoint({}, tmp_path)) == f"{DEFAULT} (the default)"


def test_the_context_default_stands_for_the_default_socket(config: Path) -> None:
    assert find_endpoint({"DOCKER_CONTEXT": "default"}, config.parent).url == DEFAULT


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("unix://", DEFAULT),
        ("10.0.0.1", "tcp://10.0.0.1:2375"),
        ("tcp://10.0.0.1", "tcp://10.0.0.1:2375"),
        ("tcp://[::1]:99", "tcp://[::1]:99"),
        ("ssh://me@host", "ssh://me@host"),
    ],
)
def test_an_address_gets_what_docker_adds_to_it(tmp_path: Path, host: str, url: str) -> None:
    assert find_endpoint({"DOCKER_HOST": host}, tmp_path).url == url


def test_a_context_that_is_not_there_is_named_with_its_remedy(config: Path) -> None:
    with pytest.raises(HostError, match=r"context gone \(DOCKER_CONTEXT\).*docker context use"):
        find_endpoint({"DOCKER_CONTEXT": "gone"}, config.parent)
    (config / "config.json").write_text('{"currentContext": "gone"}')
    with pytest.raises(HostError, match=r"context gone \(currentContext in .*config\.json\)"):
        find_endpoint({}, config.parent)


@pytest.mark.parametrize("text", ["{", "[]", "{}", '{"Endpoints": null}'])
def test_a_context_that_names_no_engine_is_an_error_of_its_own(config: Path, text: str) -> None:
    for file in config.glob("contexts/meta/*/meta.json"):
        file.write_text(text)
    with pytest.raises(HostError, match=r"desktop-linux .* names no engine"):
        find_endpoint({}, config.parent)


def test_a_context_brings_its_own_certificates(config: Path) -> None:
    tls = find_endpoint({"DOCKER_CONTEXT": "build-box"}, config.parent).tls
    assert tls is not None
    assert tls.verify
    assert [path and path.name for path in (tls.ca, tls.certificate, tls.key)] == [*PEM]
    context(config, "trusting", "tcp://10.0.0.2", skip=True)
    found = find_endpoint({"DOCKER_CONTEXT": "trusting"}, config.parent)
    assert found.url == "tcp://10.0.0.2:2376"
    assert found.tls is not None
    assert not found.tls.verify


@pytest.mark.parametrize(
    ("given", "verified"),
    [
        ({"DOCKER_TLS_VERIFY": "1"}, True),
        ({"DOCKER_TLS": "1"}, False),
        ({"DOCKER_TLS_VERIFY": ""}, None),
        ({}, None),
    ],
)
def test_tls_of_the_environment_is_read_as_docker_reads_it(
    tmp_path: Path, given: dict[str, str], verified: bool | None
) -> None:
    (tmp_path / "ca.pem").touch()
    given |= {"DOCKER_CERT_PATH": str(tmp_path), "DOCKER_HOST": "tcp://127.0.0.1"}
    tls = find_endpoint(given, tmp_path).tls
    assert (tls.verify if tls else None) is verified
    assert tls is None or (tls.ca, tls.certificate) == (tmp_path / "ca.pem", None)


def test_a_container_calls_its_engine_as_it_was_found_outside(tmp_path: Path) -> None:
    found = find_endpoint({OUTSIDE: "unix:///run/user/1/docker.sock (context rootless)"}, tmp_path)
    assert found.url == DEFAULT
    assert str(found) == "unix:///run/user/1/docker.sock (context rootless)"


@pytest.mark.parametrize(
    "given",
    [
        ALL,
        {"DOCKER_HOST": "unix:///run/b.sock", "DOCKER_TLS_VERIFY": "1"},
        {"DOCKER_HOST": "tcp://127.0.0.1:2375", "DOCKER_CONTEXT": "desktop-linux"},
        {"DOCKER_HOST": "tcp://127.0.0.1:2376", "DOCKER_TLS_VERIFY": "1"},
        {"DOCKER_CONTEXT": "build-box"},
        {"DOCKER_CONTEXT": "default"},
        {},
    ],
)
def test_the_commands_of_docker_reach_the_engine_that_was_found(
    config: Path, given: dict[str, str]
) -> None:
    found = find_endpoint(given, config.parent)
    theirs = variables(found, given)
    # What docker itself reads, which knows no DOCKER_SOCKET.
    docker: dict[str, Any] = {k: v for k, v in theirs.items() if k != "DOCKER_SOCKET"}
    reached = find_endpoint(docker, config.parent)
    assert (reached.url, reached.tls) == (found.url, found.tls)
    assert theirs.get("DOCKER_SOCKET") == (str(found.socket) if found.socket else None)
    if found.socket:
        assert "DOCKER_TLS_VERIFY" not in theirs


def test_a_socket_that_this_user_may_not_use_is_told_with_its_group(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    socket = tmp_path / "docker.sock"
    found = find_endpoint({"DOCKER_SOCKET": str(socket)})
    monkeypatch.setattr(engine_endpoint.os, "access", lambda *_: False)
    assert not_allowed(found) is None  # there is none
    socket.touch()
    told = not_allowed(found) or ""
    assert f"may not use the engine at unix://{socket} (DOCKER_SOCKET); remedy: sudo " in told
    assert f"usermod -aG {socket.group()} " in told
    monkeypatch.setattr(engine_endpoint.os, "access", lambda *_: True)
    assert not_allowed(found) is None
