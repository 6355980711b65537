from __future__ import annotations

import pytest

from clusterbench.config.compose_file import Role, Service
from clusterbench.errors import ConfigError, HostError
from clusterbench.model.cpus import CpuSet
from clusterbench.model.experiment import Contender, Seconds
from clusterbench.model.records import WorkerShare
from clusterbench.runtime.docker.images import parse_dpkg
from clusterbench.runtime.generator_versions import parse_versions
from clusterbench.runtime.server_log import events, parse_startup, parse_workers
from clusterbench.runtime.service_lookup import check_cpus, port_of, service_of

LOG = """\
WARNING: something printed before
{"event": "starting", "server": "x", "threads": 4}
{not json}
[1, 2]
{"event": "listening", "host": "0.0.0.0", "port": 5001}
"""
SERVERS = {"x": Service(name="x", role=Role.SERVER, image="me/x")}


def test_the_first_event_starting_is_the_startup() -> None:
    assert parse_startup(LOG) == {"event": "starting", "server": "x", "threads": 4}


def test_a_log_without_events_says_nothing() -> None:
    assert parse_startup("hello\n") == {}
    assert parse_startup('{"event": "serving"}\n') == {}


def test_events_are_the_json_objects_of_a_log() -> None:
    assert [event["event"] for event in events(LOG)] == ["starting", "listening"]


def stopped(workers: str) -> str:
    return f'{LOG}{{"event": "stopping"}}\n{{"event": "stopped", "workers": {workers}}}\n'


def test_a_server_that_stopped_says_what_each_worker_did_in_their_order() -> None:
    said = stopped(
        '[{"requests": 7, "cpu_seconds": 2, "connections": 3}, {"requests": 9, "cpu_seconds": 0.5}]'
    )
    assert parse_workers(said) == (
        WorkerShare(requests=7, cpu_seconds=Seconds(2.0), connections=3),
        WorkerShare(requests=9, cpu_seconds=Seconds(0.5), connections=None),
    )


@pytest.mark.parametrize(
    "log",
    [
        "",
        LOG,
        '{"event": "stopped"}\n',
        stopped("noop"),
        stopped("2"),
        stopped('["requests"]'),
        stopped('[{"requests": 7}]'),
        stopped('[{"requests": 7.5, "cpu_seconds": 1}]'),
        stopped('[{"requests": true, "cpu_seconds": 1}]'),
        stopped('[{"requests": -7, "cpu_seconds": 1}]'),
        stopped('[{"requests": 7, "cpu_seconds": NaN}]'),
        stopped('[{"requests": 7, "cpu_seconds": Infinity}]'),
        stopped('[{"requests": 7, "cpu_seconds": 1, "connections": -1}]'),
        stopped('[{"requests": 7, "cpu_seconds": 1}, {"requests": "many", "cpu_seconds": 1}]'),
    ],
)
def test_a_log_that_does_not_say_it_in_that_form_says_nothing_of_workers(log: str) -> None:
    assert parse_workers(log) == ()


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


@pytest.mark.parametrize("value", ["http", "-1", "65536", "1.5"])
def test_a_wrong_port_is_named(value: str) -> None:
    with pytest.raises(ConfigError, match=f"contender a: SERVER_PORT is '{value}'"):
        port_of({"SERVER_PORT": value}, "a", 5001)


def test_cpus_that_are_not_there_are_named_with_those_that_are() -> None:
    check_cpus(CpuSet((0, 1)), (0, 1, 2), "the engine")
    with pytest.raises(HostError, match="CPU 5,7 cannot be used: the engine has 0-2; choose"):
        check_cpus(CpuSet((0, 5, 7)), (0, 1, 2), "the engine")


def test_packages_are_those_that_are_installed() -> None:
    status = (
        "Package: libc6\nStatus: install ok installed\nVersion: 2.36-9+deb12u14\n\n"
        "Package: libssl3\nStatus: deinstall ok config-files\nVersion: 3.0\n\n"
        "Package: vim\nStatus: install ok installed\nVersion: 9\n"
    )
    assert parse_dpkg(status) == {"libc6": "2.36-9+deb12u14"}
    assert parse_dpkg("") == {}


def test_load_generators_say_their_versions() -> None:
    printed = "github.com/bojand/ghz\tv0.121.0\nh2load nghttp2/1.52.0\n"
    assert parse_versions(printed) == {"ghz": "0.121.0", "h2load": "1.52.0"}
    assert parse_versions("sh: h2load: not found\n") == {}
