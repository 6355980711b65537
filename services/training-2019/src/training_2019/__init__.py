"""How long K-means took to train in 2019: scikit-learn 0.21.3, and linfa 0.1.0 from Python."""
