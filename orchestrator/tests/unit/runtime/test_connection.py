"""Connecting to engines that are reached over a network: made-up ones, on this machine."""

from __future__ import annotations

import json
import os
import re
import shutil
import ssl
import subprocess
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clusterbench.errors import HostError
from clusterbench.runtime.docker.connection import connect

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MEMORY = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
HERE = {"KernelVersion": os.uname().release, "MemTotal": int(MEMORY[1]) * 1024 if MEMORY else 0}
NOWHERE = "http://127.0.0.1:9"
#: What other programs' CAs are given by, and what leads to a proxy.
MISLEADING = {
    "REQUESTS_CA_BUNDLE": "/etc/hostname",
    "CURL_CA_BUNDLE": "/etc/hostname",
    "http_proxy": NOWHERE,
    "https_proxy": NOWHERE,
    "all_proxy": NOWHERE,
}


@pytest.fixture
def serve() -> Iterator[Callable[..., str]]:
    """Return what starts an engine that says this of itself, and gives its address."""
    servers: list[ThreadingHTTPServer] = []

    def start(about: dict[str, object], pem: Path | None = None) -> str:
        answers = {
            "/version": {"ApiVersion": "1.45", "Version": "26.1.5"},
            "/v1.45/info": about,
        }

        class Answers(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                if not about:
                    self.send_error(404)
                    return
                body = json.dumps(answers.get(self.path)).encode()
                self.send_response(200 if self.path in answers else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        server = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
        if pem is not None:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(pem / "cert.pem", pem / "key.pem")
            server.socket = context.wrap_socket(server.socket, server_side=True)
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"tcp://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def pem(tmp_path: Path) -> Path:
    """A folder with a certificate of 127.0.0.1 that is its own CA."""
    if shutil.which("openssl") is None:
        pytest.skip("certificates take openssl")
    folder = tmp_path / "pem"
    folder.mkdir()
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=engine"]
    words += ["-addext", "subjectAltName=IP:127.0.0.1", "-days", "2"]
    words += ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    subprocess.run(words, check=True, capture_output=True)
    shutil.copy(folder / "cert.pem", folder / "ca.pem")
    return folder


@pytest.fixture(autouse=True)
def misled(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in MISLEADING.items():
        monkeypatch.setenv(name, value)
    for name in ("DOCKER_SOCKET", "DOCKER_TLS", "DOCKER_TLS_VERIFY", "NO_PROXY", "no_proxy"):
        monkeypatch.delenv(name, raising=False)


def test_an_engine_of_this_machine_is_asked_directly_and_never_through_a_proxy(
    serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", serve(HERE))
    client = connect()
    assert client.api.api_version == "1.45"
    client.close()


def test_an_engines_own_ca_counts_whatever_other_programs_trust(
    serve: Callable[..., str], pem: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", serve(HERE, pem))
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(pem))
    client = connect()
    assert client.info() == HERE
    client.close()


def test_an_engine_whose_ca_is_unknown_is_not_trusted(
    serve: Callable[..., str], pem: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DOCKER_HOST", serve(HERE, pem))
    monkeypatch.setenv("DOCKER_TLS_VERIFY", "1")
    monkeypatch.setenv("DOCKER_CERT_PATH", str(tmp_path))
    with pytest.raises(HostError, match=r"tcp://127\.0\.0\.1.*DOCKER_HOST.*certificate"):
        connect()


def test_what_answers_and_is_no_engine_is_named(
    serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    url = serve({})
    monkeypatch.setenv("DOCKER_HOST", url)
    with pytest.raises(HostError, match=rf"answers at {url} \(DOCKER_HOST\) is no Docker engine"):
        connect()


@pytest.mark.parametrize("other", [{"KernelVersion": "2.4.0"}, {"MemTotal": 640 * 1024}])
def test_an_engine_that_says_it_is_elsewhere_is_refused_by_name(
    serve: Callable[..., str], monkeypatch: pytest.MonkeyPatch, other: dict[str, object]
) -> None:
    url = serve({**HERE, **other})
    monkeypatch.setenv("DOCKER_HOST", url)
    with pytest.raises(HostError, match=rf"{url} \(DOCKER_HOST\) is on another machine"):
        connect()


def test_an_engine_that_is_reached_by_ssh_is_refused_by_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@build-box")
    with pytest.raises(HostError, match=r"ssh://me@build-box \(DOCKER_HOST\) is on another"):
        connect()


def test_a_folder_in_place_of_a_socket_says_how_it_came_there_and_what_to_set(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "docker.sock").mkdir()
    monkeypatch.setenv("DOCKER_SOCKET", str(tmp_path / "docker.sock"))
    with pytest.raises(HostError, match=r"is a folder and no socket.*remedy: set DOCKER_SOCKET"):
        connect()
