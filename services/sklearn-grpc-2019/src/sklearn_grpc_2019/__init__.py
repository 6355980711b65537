"""A server of ml.ClusteringService that answers by scikit-learn 0.21.3's own KMeans.predict."""
