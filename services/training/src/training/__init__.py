"""Times how long K-means takes to train, in scikit-learn and in linfa."""
