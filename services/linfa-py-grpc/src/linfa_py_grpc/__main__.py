"""The command `linfa-py-grpc`."""

from __future__ import annotations

import sys

from grpcio_server import Model, Predictor, Service, run
from linfa_py_grpc.crates import BINDING, versions


def load(model: Model) -> Predictor:
    """Make the predictor. Its libraries load only now that their settings are in place."""
    from linfa_py_grpc.predictor import LinfaPredictor  # noqa: PLC0415

    return LinfaPredictor(model.centroids)


SERVICE = Service(
    name="linfa-py-grpc",
    load=load,
    libraries=(BINDING,),
    versions=versions,
    pools=("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
)


def main() -> None:
    """Serve until told to stop."""
    sys.exit(run(SERVICE))


if __name__ == "__main__":
    main()
