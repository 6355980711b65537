"""What the engine and its images are: the container part of the fingerprint."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import docker
import docker.errors

from clusterbench.errors import HostError, MeasureError
from clusterbench.host.engine_endpoint import find_endpoint
from clusterbench.model.execution import Unknown
from clusterbench.model.units import Bytes
from clusterbench.runtime.docker.creation import printed_by, temporary
from clusterbench.runtime.docker.engine import opened
from clusterbench.runtime.generator_versions import ASK, parse_versions

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

#: Debian packages that carry what a server's or a generator's speed depends on.
PACKAGES = ("libc6", "libstdc++6", "libgomp1", "libssl3", "nghttp2-client")
#: What a machine runs by itself beside its own programs.
_ALSO_RUNS = {"amd64": "386", "arm64": "arm"}
_KNOWN: dict[tuple[str, bool], Mapping[str, str]] = {}


def describe_engine(client: docker.DockerClient) -> Mapping[str, str]:
    """Return the engine's own versions and settings."""
    info, version = client.info(), client.version()
    parts = {part["Name"]: part.get("Version", "") for part in version.get("Components", ())}
    users = users_of(info.get("SecurityOptions") or ())
    return {
        "runtime": "docker",
        "endpoint": str(find_endpoint()),
        "engine": str(version.get("Version", "")),
        "api": str(version.get("ApiVersion", "")),
        "containerd": str(parts.get("containerd", "")),
        "runc": str(parts.get("runc", "")),
        "os": str(info.get("OperatingSystem", "")),
        "kernel": str(info.get("KernelVersion", "")),
        "cpus": str(info.get("NCPU", "")),
        "cgroup": f"v{info.get('CgroupVersion', '?')} {info.get('CgroupDriver', '')}".strip(),
        "storage": str(info.get("Driver", "")),
        **({"users": users} if users else {}),
    }


def users_of(security_options: Iterable[str]) -> str:
    """Return whose users containers have, where they are not the host's: by `docker info`."""
    names = {option.partition(",")[0] for option in security_options}
    if "name=rootless" in names:
        return "rootless"
    if "name=userns" in names:
        return "remapped (userns-remap)"
    return ""


def image_id(client: docker.DockerClient, image: str) -> str:
    """Return an image's id. Raises docker's ImageNotFound."""
    return str(client.images.get(image).id)


def registry_digests(client: docker.DockerClient, images: Mapping[str, str]) -> Mapping[str, str]:
    """Return what the registries of these images call them, by the same names: REPOSITORY@DIGEST.

    One that was neither pulled from its registry nor pushed there has none, nor has one that is
    not here.
    """
    found = {name: _registry_digest(client, image) for name, image in images.items()}
    return {name: digest for name, digest in found.items() if digest is not None}


def _registry_digest(client: docker.DockerClient, image: str) -> str | None:
    try:
        known = client.images.get(image).attrs.get("RepoDigests") or ()
    except docker.errors.ImageNotFound:
        return None
    # A `:` before the last `/` is that of a port.
    folder, slash, name = image.partition("@")[0].rpartition("/")
    repository = f"{folder}{slash}{name.partition(':')[0]}"
    return next((str(each) for each in known if each.partition("@")[0] == repository), None)


def image_size(client: docker.DockerClient, image: str) -> Bytes | Unknown:
    """Return an image's size on the engine's disk (bytes): all its layers, also shared ones."""
    try:
        size = client.images.get(image).attrs.get("Size")
    except docker.errors.ImageNotFound:
        return Unknown("the engine no longer has the image")
    return Bytes(size) if size else Unknown("the engine does not tell an image's size")


def there(client: docker.DockerClient, image: str) -> bool:
    """Return whether the engine has an image."""
    try:
        client.images.get(image)
    except docker.errors.ImageNotFound:
        return False
    return True


def machine(client: docker.DockerClient) -> str:
    """Name the engine's machine, as `platform.machine` does."""
    arch = str(client.version().get("Arch", ""))
    return {"amd64": "x86_64", "arm64": "aarch64"}.get(arch, arch)


def check_machine(client: docker.DockerClient, image: str) -> None:
    """Check that an image is for the engine's machine: another's would run, emulated and slowly.

    Raises HostError with the remedy.
    """
    built_for = str(client.images.get(image).attrs.get("Architecture", ""))
    engine = str(client.version().get("Arch", ""))
    if built_for and built_for not in {engine, _ALSO_RUNS.get(engine)}:
        raise HostError(
            f"{image} is an image for {built_for}, and the engine's machine is {engine}; remedy:"
            " unset DOCKER_DEFAULT_PLATFORM, and build or pull it again"
        )


def describe_image(
    client: docker.DockerClient, image: str, labels: Mapping[str, str], *, generators: bool = False
) -> Mapping[str, str]:
    """Return versions of what an image holds; with `generators`, of those too.

    The packages come from a container that is made and never started. Read once per image
    and process. Raises HostError for an image that is for another machine.
    """
    check_machine(client, image)
    key = (image_id(client, image), generators)
    if key not in _KNOWN:
        versions = dict(_packages(client, image, labels))
        if generators:
            versions.update(_generators(client, image, labels))
        _KNOWN[key] = versions
    return _KNOWN[key]


def parse_dpkg(status: str) -> Mapping[str, str]:
    """Return name -> version of the installed PACKAGES from dpkg's status file."""
    found: dict[str, str] = {}
    for paragraph in status.split("\n\n"):
        fields = dict(re.findall(r"^(Package|Version|Status): (.*)$", paragraph, re.MULTILINE))
        if fields.get("Package") in PACKAGES and fields.get("Status", "").endswith(" installed"):
            found[fields["Package"]] = fields.get("Version", "")
    return found


def _packages(
    client: docker.DockerClient, image: str, labels: Mapping[str, str]
) -> Mapping[str, str]:
    with temporary(client, image, labels=labels, network_mode="none") as container:
        try:
            with opened(container, "/var/lib/dpkg/status") as status:
                return parse_dpkg(status.read().decode("utf-8", "replace"))
        except (docker.errors.NotFound, MeasureError):
            return {}  # not a Debian image: it has no such packages


def _generators(
    client: docker.DockerClient, image: str, labels: Mapping[str, str]
) -> Mapping[str, str]:
    printed = printed_by(client, image, ["sh", "-c", ASK], labels=labels)
    return parse_versions(printed or "")
