"""The command `sklearn-grpc`."""

from __future__ import annotations

import sys

from grpcio_server import Model, Predictor, Service, run


def load(model: Model) -> Predictor:
    """Make the predictor. Its libraries load only now that their settings are in place."""
    from sklearn_grpc.predictor import holding  # noqa: PLC0415

    return holding(model.centroids)


SERVICE = Service(
    name="sklearn-grpc",
    load=load,
    libraries=("scikit-learn", "scipy"),
    pools=("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"),
    # What is not finite has been refused; scikit-learn need not look again. A variable, since
    # set_config() holds for the thread that called it, and others run the handlers.
    settings={"SKLEARN_ASSUME_FINITE": "1"},
)


def main() -> None:
    """Serve until told to stop."""
    sys.exit(run(SERVICE))


if __name__ == "__main__":
    main()
