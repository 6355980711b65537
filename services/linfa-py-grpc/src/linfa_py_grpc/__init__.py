"""A server of ml.ClusteringService that answers by linfa, called from Python."""
