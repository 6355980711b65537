"""A server of ml.ClusteringService that answers by scikit-learn's own KMeans.predict."""
