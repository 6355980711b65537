"""The server `linfa-py-grpc-2019`."""

from __future__ import annotations

import sys

from grpcio_server import Model, Predictor, Service, run
from grpcio_server_2019 import OPTIONS


def load(model: Model) -> Predictor:
    """Make the predictor. Its libraries load only now that their settings are in place."""
    from linfa_py_grpc_2019.predictor import holding  # noqa: PLC0415

    return holding(model.centroids)


SERVICE = Service(
    name="linfa-py-grpc-2019",
    load=load,
    # linfa 0.1.0 imports scikit-learn for its base classes.
    libraries=("linfa", "scikit-learn", "scipy"),
    pools=("RAYON_NUM_THREADS", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    options=OPTIONS,
)


def main() -> None:
    """Serve until told to stop."""
    sys.exit(run(SERVICE))


if __name__ == "__main__":
    main()
