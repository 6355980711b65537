from __future__ import annotations

import pytest

from clusterbench.config.compose_file import Role, Service
from clusterbench.errors import ConfigError, HostError
from clusterbench.model.contender import Contender
from clusterbench.model.cpus import CpuSet
from clusterbench.runtime.service_lookup import check_cpus, port_of, service_of

SERVERS = {"x": Service(name="x", role=Role.SERVER, image="me/x")}


def test_a_contender_finds_its_service() -> None:
    assert service_of(Contender(name="a", service="x"), SERVERS).image == "me/x"


@pytest.mark.parametrize("service", ["y", None])
def test_an_unknown_service_is_named_with_those_that_there_are(service: str | None) -> None:
    with pytest.raises(ConfigError, match=r"contender a: service .* allowed: x"):
        service_of(Contender(name="a", service=service), SERVERS)


def test_a_port_is_the_environments_else_the_default() -> None:
    assert port_of({"SERVER_PORT": "50051"}, "a", 5001) == 50051
    assert port_of({"SERVER_PORT": ""}, "a", 5001) == 5001
    assert port_of({}, "a", 0) == 0


@pytest.mark.parametrize("value", ["http", "-1", "65536", "1.5", "\u0967", "1_0", "9" * 5000])
def test_a_wrong_port_is_named(value: str) -> None:
    with pytest.raises(ConfigError, match=f"contender a: SERVER_PORT is '{value[:40]}'"):
        port_of({"SERVER_PORT": value}, "a", 5001)


def test_cpus_that_are_not_there_are_named_with_those_that_are() -> None:
    check_cpus(CpuSet((0, 1)), (0, 1, 2), "the engine")
    with pytest.raises(HostError, match="CPU 5,7 cannot be used: the engine has 0-2; choose"):
        check_cpus(CpuSet((0, 5, 7)), (0, 1, 2), "the engine")
