"""What the lab's Python servers of 2019 share: everything but the predictor. For Python 3.7."""

from grpcio_server_2019.main import run
from grpcio_server_2019.model import Model
from grpcio_server_2019.service import Predictor, Service

__all__ = ["Model", "Predictor", "Service", "run"]
