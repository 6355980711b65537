//! A trained model.

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_clustering::{KMeans, KMeansInit};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256Plus;

use crate::distance::Euclidean;
use crate::fault::Fault;
use crate::{first_not_finite, name_of};

/// A trained model. Its centroids are finite, and there is at least one.
#[derive(Debug, Clone)]
pub struct Model {
    kmeans: KMeans<f64, Euclidean>,
}

impl Model {
    /// Make a model of exactly these centroids, (`n_clusters`, `n_features`).
    ///
    /// linfa offers no constructor. So linfa is fitted with them as its starting point, on no
    /// observations, which moves none of them.
    ///
    /// # Errors
    /// Where there are none, more than an `i32` can number, or some are not finite.
    pub fn from_centroids(centroids: Array2<f64>) -> Result<Self, Fault> {
        let (n_clusters, n_features) = centroids.dim();
        if n_clusters == 0 || n_features == 0 {
            return Err(Fault::new(format!(
                "has {n_clusters} clusters of {n_features} features, at least 1 of each is wanted"
            )));
        }
        if i32::try_from(n_clusters).is_err() {
            return Err(Fault::new(format!(
                "has {n_clusters} clusters, at most {} can be served",
                i32::MAX
            )));
        }
        let centroids = if centroids.is_standard_layout() {
            centroids
        } else {
            centroids.as_standard_layout().into_owned()
        };
        if let Some((at, value)) = centroids.as_slice().and_then(first_not_finite) {
            return Err(Fault::new(format!(
                "row {} of centroids, feature {}: {} is not a finite number",
                at / n_features,
                at % n_features,
                name_of(value)
            )));
        }
        let nothing = DatasetBase::from(Array2::<f64>::zeros((0, n_features)));
        // Nothing is drawn at random.
        let random = Xoshiro256Plus::seed_from_u64(0);
        KMeans::params_with(n_clusters, random, Euclidean)
            .init_method(KMeansInit::Precomputed(centroids))
            .n_runs(1)
            .max_n_iterations(1)
            .fit(&nothing)
            .map(|kmeans| Self { kmeans })
            .map_err(|error| Fault::new(format!("is refused by linfa ({error})")))
    }

    /// Return the centroids, (`n_clusters`, `n_features`).
    #[must_use]
    pub fn centroids(&self) -> &Array2<f64> {
        self.kmeans.centroids()
    }

    /// Return the number of clusters.
    #[must_use]
    pub fn n_clusters(&self) -> usize {
        self.centroids().nrows()
    }

    /// Return the number of features of an observation.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.centroids().ncols()
    }

    /// Return the cluster of one observation, or `None` where its width is not `n_features`
    /// (on which linfa would panic). For what is not finite it returns cluster 0.
    #[must_use]
    #[inline]
    pub fn predict(&self, observation: &[f64]) -> Option<i32> {
        if observation.len() != self.n_features() {
            return None;
        }
        let cluster: usize = self.kmeans.predict(&ArrayView1::from(observation));
        i32::try_from(cluster).ok()
    }

    /// Return the clusters of many observations, computed on the threads of rayon's pool, or
    /// `None` where their width is not `n_features`.
    #[must_use]
    pub fn predict_parallel(&self, observations: ArrayView2<'_, f64>) -> Option<Array1<usize>> {
        (observations.ncols() == self.n_features()).then(|| self.kmeans.predict(&observations))
    }
}
