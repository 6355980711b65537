"""linfa 0.1.0's KMeans, holding given centroids in their order, by its public API alone."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from linfa import KMeans

from grpcio_server.estimators import EstimatorPredictor

if TYPE_CHECKING:
    from collections.abc import Sequence


def holding(centroids: Sequence[Sequence[float]]) -> EstimatorPredictor:
    """Make a predictor of the given centroids: (n_clusters, n_features), finite.

    linfa offers no constructor. Fitted to the centroids themselves it keeps them, but in an order
    of its own; so it is saved, they are written into its file as they are, and it is loaded again.
    That reads some a last digit off (serde_json of then), and costs a request nothing.
    """
    rows = np.array(centroids, dtype=np.float64)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "model.json")
        # One cluster and one row: fitting has nothing to move, whatever the rows are.
        KMeans(n_clusters=1, max_iter=1, random_state=0).fit(rows[:1]).save(str(path))
        document = json.loads(path.read_text())
        document["hyperparams"]["n_clusters"] = len(rows)
        document["model"]["hyperparameters"]["n_clusters"] = len(rows)
        held = document["model"]["centroids"]
        held["dim"], held["data"] = list(rows.shape), rows.ravel().tolist()
        path.write_text(json.dumps(document))
        return EstimatorPredictor(KMeans.load(str(path)))
