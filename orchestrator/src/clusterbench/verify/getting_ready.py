"""Points of a server's start: it gets ready, says what it is, and is there for health checks."""

from __future__ import annotations

import time
from functools import partial
from typing import TYPE_CHECKING

from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2

from clusterbench.load.generator import SERVICE
from clusterbench.model.numbers import plural
from clusterbench.runtime.server_log import events, parse_startup
from clusterbench.verify.checked_server import PATIENCE, SOMEBODY_ELSES, raw, status_of
from clusterbench.verify.complaints import Differs, NotChecked
from clusterbench.verify.point import Point

if TYPE_CHECKING:
    import grpc

    from clusterbench.verify.checked_server import CheckedServer

_HEALTH = "grpc.health.v1.Health"
_REFLECTION = ("grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection")
_REMEDY_HEALTH = (
    'register grpc.health.v1.Health; set "" and "ml.ClusteringService" to SERVING once the '
    "model is loaded"
)


def _starts(subject: CheckedServer) -> str:
    began = time.monotonic()
    subject.server()
    return f"SERVING after {time.monotonic() - began:.1f} s" if subject.ours else "SERVING"


def _ready(subject: CheckedServer) -> str:
    with subject.stub():
        subject.check_serves()
    return "its first response is right"


def _unknown_health(subject: CheckedServer) -> str:
    with subject.channel() as channel:
        check = health_pb2_grpc.HealthStub(channel).Check
        request = health_pb2.HealthCheckRequest(service="ml.Other")
        code, _ = status_of(lambda: check(request, timeout=PATIENCE))
    if code != "NOT_FOUND":
        raise Differs(code)
    return code


def _says_what_it_is(subject: CheckedServer) -> str:
    if not subject.ours:
        raise NotChecked(SOMEBODY_ELSES)
    subject.server()
    found = parse_startup(subject.last_words())
    lacking = [key for key in ("server", "versions") if not found.get(key)]
    if not found:
        raise Differs('no line {"event": "starting", ...} on standard output')
    if lacking:
        raise Differs(f"its line `starting` has no {' and no '.join(lacking)}")
    return f"server {found['server']}, {plural(len(found['versions']), 'version')}"


def _says_where(subject: CheckedServer) -> str:
    if not subject.ours:
        raise NotChecked(SOMEBODY_ELSES)
    server = subject.server()
    found = [each for each in events(subject.last_words()) if each.get("event") == "listening"]
    if not found:
        raise Differs('no line {"event": "listening", ...} on standard output')
    if found[0].get("port") != server.address.port:
        raise Differs(f"port {found[0].get('port')!r}; it listens on {server.address.port}")
    return f"port {found[0]['port']}"


def _reflection(subject: CheckedServer) -> str:
    asked = [
        reflection_pb2.ServerReflectionRequest(list_services=""),
        reflection_pb2.ServerReflectionRequest(file_containing_symbol=SERVICE),
    ]
    with subject.channel() as channel:
        for service in _REFLECTION:
            listed, described = _reflected(channel, service, asked)
            if listed is None or described is None:
                continue
            names = {each.name for each in listed.list_services_response.service}
            if SERVICE not in names:
                raise Differs(f"it lists {', '.join(sorted(names)) or 'nothing'}")
            if not described.file_descriptor_response.file_descriptor_proto:
                raise Differs(f"it does not describe {SERVICE}")
            return service.removesuffix(".ServerReflection")
    raise Differs("neither grpc.reflection.v1 nor v1alpha is there")


def _reflected(
    channel: grpc.Channel, service: str, asked: list[reflection_pb2.ServerReflectionRequest]
) -> list[reflection_pb2.ServerReflectionResponse | None]:
    """Return the responses of a reflection service; None for each where it is not there."""
    call = channel.stream_stream(
        f"/{service}/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    found: list[reflection_pb2.ServerReflectionResponse | None] = []
    status_of(lambda: found.extend(call(iter(asked), timeout=PATIENCE)))
    return [*found, None, None][:2]


def _unknown_method(subject: CheckedServer) -> str:
    with subject.channel() as channel:
        for service, method in ((SERVICE, "Train"), ("ml.Other", "Predict")):
            call = raw(channel, method, service)
            code, _ = status_of(partial(call, b"", timeout=PATIENCE))
            if code != "UNIMPLEMENTED":
                raise Differs(f"{code} for {service}/{method}")
    return "UNIMPLEMENTED"


POINTS = (
    Point(
        name="starts",
        expected='gRPC health says SERVING, for "" and for ml.ClusteringService',
        remedy=f"{_REMEDY_HEALTH}; read SERVER_MODEL, listen on SERVER_HOST and SERVER_PORT",
        check=_starts,
    ),
    Point(
        name="ready when it says so",
        expected="the first request after SERVING gets its response",
        remedy="say SERVING only once the model is loaded",
        check=_ready,
    ),
    Point(
        name="health of an unknown service",
        expected="NOT_FOUND",
        remedy="take your gRPC library's own health service",
        check=_unknown_health,
    ),
    Point(
        name="says what it is",
        expected='a line on standard output: {"event": "starting", "server": ..., "versions": ...}',
        remedy="print that line as JSON and flush it; the report shows the versions",
        check=_says_what_it_is,
        required=False,
    ),
    Point(
        name="says where it listens",
        expected='a line on standard output: {"event": "listening", "host": ..., "port": ...}',
        remedy="print that line as JSON and flush it; with SERVER_PORT=0 only it tells the port",
        check=_says_where,
        required=False,
    ),
    Point(
        name="reflection",
        expected="gRPC reflection lists and describes ml.ClusteringService",
        remedy="register your gRPC library's reflection service: grpcurl and others then need no "
        ".proto file",
        check=_reflection,
        required=False,
    ),
    Point(
        name="unknown method",
        expected="UNIMPLEMENTED",
        remedy="register only the methods of protos/centroids.proto, and no handler for others",
        check=_unknown_method,
    ),
)
