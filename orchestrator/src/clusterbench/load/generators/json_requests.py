"""The contract and the requests as files, for generators that read protobuf's JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING

import centroids_pb2 as pb
from google.protobuf import descriptor_pb2

from clusterbench.model.experiment import Method

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.model.data import DataFolder

PROTOSET = "centroids.protoset"
REQUESTS: Mapping[Method, str] = {
    Method.PREDICT: "observations.json",
    Method.PREDICT_BATCH: "observations_batch.json",
}


def json_requests(data: DataFolder) -> Mapping[str, bytes]:
    """Return the contract and the requests of both methods, by file name."""
    return {
        PROTOSET: _protoset(),
        REQUESTS[Method.PREDICT]: data.observations_json,
        REQUESTS[Method.PREDICT_BATCH]: data.batches_json,
    }


def _protoset() -> bytes:
    """Return the contract as it is read without a compiler: a set of file descriptors."""
    contract = descriptor_pb2.FileDescriptorProto()
    pb.DESCRIPTOR.CopyToProto(contract)
    return descriptor_pb2.FileDescriptorSet(file=[contract]).SerializeToString()
