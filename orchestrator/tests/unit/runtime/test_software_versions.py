"""What images and load generators say of their versions."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from clusterbench.errors import HostError
from clusterbench.runtime.docker.images import check_machine, parse_dpkg, users_of
from clusterbench.runtime.generator_versions import parse_versions


def test_packages_are_those_that_are_installed() -> None:
    status = (
        "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9+deb12u14\n\n"
        "Package: libssl3\nStatus: deinstall ok config-files\nVersion: 3.0\n\n"
        "Package: vim\nStatus: install ok installed\nVersion: 9\n"
    )
    assert parse_dpkg(status) == {"libc6": "2.36-9+deb12u14"}
    assert parse_dpkg("") == {}


def test_load_generators_say_their_versions() -> None:
    printed = "github.com/bojand/ghz\tv0.121.0\nh2load nghttp2/1.52.0\ngrpc-load 0.1.0\n"
    assert parse_versions(printed) == {
        "ghz": "0.121.0", "h2load": "1.52.0", "grpc-load": "0.1.0",
    }  # fmt: skip
    assert parse_versions("sh: h2load: not found\nsh: grpc-load: not found\n") == {}


@pytest.mark.parametrize(
    ("options", "users"),
    [
        (["name=seccomp,profile=builtin", "name=cgroupns"], ""),
        (["name=seccomp,profile=builtin", "name=userns"], "remapped (userns-remap)"),
        (["name=seccomp,profile=builtin", "name=rootless", "name=cgroupns"], "rootless"),
        ([], ""),
    ],
)
def test_engines_with_users_of_their_own_are_recognised_by_what_they_say(
    options: list[str], users: str
) -> None:
    assert users_of(options) == users


def engine(machine: str, image: str) -> Any:
    """An engine of one machine, whose images are of another."""
    found = SimpleNamespace(attrs={"Architecture": image})
    return SimpleNamespace(
        version=lambda: {"Arch": machine}, images=SimpleNamespace(get=lambda _name: found)
    )


@pytest.mark.parametrize(
    ("machine", "image"), [("amd64", "amd64"), ("arm64", "arm64"), ("amd64", "386"), ("amd64", "")]
)
def test_an_image_for_the_engines_machine_is_taken(machine: str, image: str) -> None:
    check_machine(engine(machine, image), "x/one")


@pytest.mark.parametrize(("machine", "image"), [("amd64", "arm64"), ("arm64", "amd64")])
def test_an_image_for_another_machine_is_refused_with_the_remedy(machine: str, image: str) -> None:
    told = f"x/one is an image for {image}, and the engine's machine is {machine}; remedy: unset"
    with pytest.raises(HostError, match=told):
        check_machine(engine(machine, image), "x/one")
