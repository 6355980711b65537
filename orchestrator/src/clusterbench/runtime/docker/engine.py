"""What the Docker engine answers: errors become the lab's, archives become bytes and files."""

from __future__ import annotations

import io
import tarfile
import time
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, Any

import docker
import docker.errors
import requests

from clusterbench.errors import HostError, LabError, MeasureError
from clusterbench.host.engine_endpoint import find_endpoint

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from _typeshed import WriteableBuffer
    from docker.models.containers import Container

    from clusterbench.model.units import Seconds

#: Labels of everything that the lab starts; clean-up looks at nothing else.
PROJECT_LABEL = "clusterbench.project"
RUN_LABEL = "clusterbench.run"
ROLE_LABEL = "clusterbench.role"

#: The user that owns what is put into containers: the images' `lab`.
LAB_USER = 10001
LAB = f"{LAB_USER}:{LAB_USER}"
#: For a container that reaches nothing and changes nothing.
SEALED: Mapping[str, Any] = {
    "network_mode": "none",
    "user": LAB,
    "read_only": True,
    "cap_drop": ["ALL"],
}

_NO_SUCH_CPUS = "Requested CPUs are not available"


@contextmanager
def engine_errors(error: type[LabError], doing: str) -> Iterator[None]:
    """Turn the SDK's errors into the lab's: what the host lacks is a HostError, else `error`.

    An engine that does not answer is no lack but an `error` that names it: in mid-run it fails
    what it was asked for, as any other loss does.
    """
    try:
        yield
    except docker.errors.ImageNotFound as raised:
        raise HostError(
            f"{doing}: {_say(raised)}; build it with `docker compose build`"
        ) from raised
    except docker.errors.APIError as raised:
        if _NO_SUCH_CPUS in str(raised.explanation):
            raise HostError(f"{doing}: {_say(raised)}; choose another CPU plan") from raised
        raise error(f"{doing}: {_say(raised)}") from raised
    except (docker.errors.DockerException, requests.RequestException, OSError) as raised:
        reason = _unreachable(raised, remedy=not issubclass(error, MeasureError))
        raise error(f"{doing}: {reason}") from raised


def _say(error: docker.errors.APIError) -> str:
    return str(error.explanation or error)


def _unreachable(error: Exception, *, remedy: bool) -> str:
    """Return why the engine cannot be reached, with what helps where a run has not begun."""
    endpoint, text = find_endpoint(), str(error)
    if endpoint.socket is not None and endpoint.socket.is_dir():
        return (
            f"{endpoint.socket} is a folder and no socket; engines make such a folder where they"
            f" are to mount what is not there, here {endpoint}; remedy: set DOCKER_SOCKET to the"
            " socket's path: `docker context inspect --format '{{.Endpoints.docker.Host}}'` prints"
            " it behind unix://"
        )
    if "Permission denied" in text or "PermissionError" in text:
        return (
            f"permission denied on {endpoint}: add yourself to its group "
            f"(`sudo usermod -aG docker $USER`, then log in again)"
        )
    if "FileNotFoundError" in text or "No such file" in text or "refused" in text:
        return f"nothing answers on {endpoint}" + remedy * (
            ": start the engine, or say where its socket is "
            "(DOCKER_SOCKET=/path, DOCKER_HOST, or `docker context use`), "
            "or run without one (`--runtime process`)"
        )
    if isinstance(error, requests.Timeout):
        return f"{endpoint} does not answer"
    if "Connection aborted" in text:
        return f"the connection to {endpoint} broke off"
    return f"no answer from {endpoint}: {text}"


def archive(files: Mapping[str, bytes], mode: int = 0o644) -> bytes:
    """Make a tar of files by name, owned by the images' user; `name/` is an empty folder."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.uid = entry.gid = LAB_USER
            entry.mtime = int(time.time())
            if name.endswith("/"):
                entry.type, entry.mode = tarfile.DIRTYPE, 0o755
                tar.addfile(entry)
            else:
                entry.size, entry.mode = len(content), mode
                tar.addfile(entry, io.BytesIO(content))
    return buffer.getvalue()


@contextmanager
def opened(container: Container, path: str) -> Iterator[IO[bytes]]:
    """Open one file of a container to read. Raises docker's NotFound."""
    stream, _ = container.get_archive(path, chunk_size=1 << 20)
    with tarfile.open(fileobj=io.BufferedReader(_Chunks(stream)), mode="r|") as tar:
        first = tar.next()
        content = tar.extractfile(first) if first and first.isfile() else None
        if content is None:
            raise MeasureError(f"{path} in {container.name} is not a file")
        yield content


class _Chunks(io.RawIOBase):
    """A stream of chunks as a file to read, so that an archive is never whole in memory."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = iter(chunks)
        self._left = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: WriteableBuffer) -> int:
        self._left = self._left or next(self._chunks, b"")
        with memoryview(buffer) as view:
            part = self._left[: len(view)]
            view[: len(part)] = part
        self._left = self._left[len(part) :]
        return len(part)


def remove(container: Container) -> None:
    """Kill and remove a container and its anonymous volumes; one that is gone is well."""
    for attempt in range(50):
        try:
            container.remove(force=True, v=True)
        except docker.errors.NotFound:
            return
        except docker.errors.APIError as error:
            # Somebody (a --rm, another clean-up) is at it already: it is gone in a moment.
            if error.status_code != requests.codes.conflict or attempt == 49:  # noqa: PLR2004
                raise
            time.sleep(0.1)
        else:
            return


def network(client: docker.DockerClient, name: str, project: str) -> bool:
    """Find the lab's internal network, or make it as Compose would; return whether it was made."""
    with engine_errors(HostError, f"cannot prepare the network {name}"):
        # The engine's filter also finds names that hold this one.
        if any(found.name == name for found in client.networks.list(names=[name])):
            return False
        labels = {
            "com.docker.compose.network": "lab",
            "com.docker.compose.project": project,
            PROJECT_LABEL: project,
        }
        client.networks.create(name, driver="bridge", internal=True, labels=labels)
        return True


def wait_until(done: Callable[[], bool], within: Seconds, every: float = 0.02) -> bool:
    """Poll until `done()`; return False when the time (s) is over before."""
    deadline = time.monotonic() + within
    while not done():
        if time.monotonic() > deadline:
            return False
        time.sleep(every)
    return True
