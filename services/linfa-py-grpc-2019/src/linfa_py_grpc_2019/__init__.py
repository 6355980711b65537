"""A server of ml.ClusteringService that answers by PyPI's linfa 0.1.0."""
