"""What the lab's Python servers share: everything but the predictor. Python 3.7 reads it too.

A server is a `Service` (its name, and how its predictor is made) handed to `run`. Importing this
package loads neither NumPy nor gRPC: both read their settings when they load, and workers are
forked before either has started a thread.
"""

from grpcio_server.main import run
from grpcio_server.model import Model
from grpcio_server.service import Predictor, Service

__all__ = ["Model", "Predictor", "Service", "run"]
