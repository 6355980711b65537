//! A model that answers.

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_clustering::{KMeans, KMeansInit};
use ndarray::{Array1, Array2, ArrayView1, ArrayView2};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256Plus;

use crate::distance::Euclidean;
use crate::file::Fault;
use crate::{first_not_finite, name_of};

/// A model that answers; its centroids are finite, and there is at least one.
#[derive(Debug, Clone)]
pub struct Model {
    kmeans: KMeans<f64, Euclidean>,
}

impl Model {
    /// A model of these centroids, (`n_clusters`, `n_features`), exactly.
    ///
    /// linfa offers no constructor: it is fitted with them as its starting point, on no
    /// observations, which moves none of them.
    ///
    /// # Errors
    /// Where there are none, more than an answer can number, or some are not finite.
    pub fn from_centroids(centroids: Array2<f64>) -> Result<Self, Fault> {
        let (n_clusters, n_features) = centroids.dim();
        if n_clusters == 0 || n_features == 0 {
            return Err(Fault::Empty {
                n_clusters,
                n_features,
            });
        }
        if i32::try_from(n_clusters).is_err() {
            return Err(Fault::TooMany(n_clusters));
        }
        let centroids = if centroids.is_standard_layout() {
            centroids
        } else {
            centroids.as_standard_layout().into_owned()
        };
        if let Some((at, value)) = centroids.as_slice().and_then(first_not_finite) {
            let (row, feature) = (at / n_features, at % n_features);
            return Err(Fault::NotFinite {
                row,
                feature,
                value: name_of(value),
            });
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
            .map_err(|error| Fault::Linfa(error.to_string()))
    }

    /// The centroids, (`n_clusters`, `n_features`).
    #[must_use]
    pub fn centroids(&self) -> &Array2<f64> {
        self.kmeans.centroids()
    }

    /// How many clusters there are.
    #[must_use]
    pub fn n_clusters(&self) -> usize {
        self.centroids().nrows()
    }

    /// How many features an observation has.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.centroids().ncols()
    }

    /// The cluster of one observation, or nothing where its width is not `n_features`
    /// (on which linfa would panic). Of what is not finite it says cluster 0.
    #[must_use]
    #[inline]
    pub fn predict(&self, observation: &[f64]) -> Option<i32> {
        if observation.len() != self.n_features() {
            return None;
        }
        let cluster: usize = self.kmeans.predict(&ArrayView1::from(observation));
        i32::try_from(cluster).ok()
    }

    /// The clusters of many observations, by linfa's method for many, which hands them to
    /// the threads of rayon's pool; or nothing where their width is not `n_features`.
    #[must_use]
    pub fn predict_parallel(&self, observations: ArrayView2<'_, f64>) -> Option<Array1<usize>> {
        (observations.ncols() == self.n_features()).then(|| self.kmeans.predict(&observations))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{ShapeBuilder, array};
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn centroids_stay_as_they_were_given_bit_by_bit(
            rows in (1_usize..9, 1_usize..5).prop_flat_map(|(k, d)| {
                prop::collection::vec(prop::collection::vec(-1e300_f64..1e300, d), k)
            })
        ) {
            let shape = (rows.len(), rows[0].len());
            let given = Array2::from_shape_vec(shape, rows.concat()).unwrap();
            let model = Model::from_centroids(given.clone()).unwrap();
            prop_assert_eq!(model.centroids().mapv(f64::to_bits), given.mapv(f64::to_bits));
        }

        #[test]
        fn no_observation_panics(row in prop::collection::vec(any::<f64>(), 0..5)) {
            let model = Model::from_centroids(array![[0.0, 0.0], [9.0, 9.0]]).unwrap();
            prop_assert_eq!(model.predict(&row).is_some(), row.len() == 2);
        }
    }

    #[test]
    fn the_nearest_centroid_answers_one_by_one_and_together() {
        let model = Model::from_centroids(array![[-5.0, 0.0], [5.0, 0.0]]).unwrap();
        assert_eq!(model.predict(&[-1.0, 3.0]), Some(0));
        assert_eq!(model.predict(&[1.0, 3.0]), Some(1));
        let together = model.predict_parallel(array![[-1.0, 3.0], [1.0, 3.0]].view());
        assert_eq!(together, Some(array![0, 1]));
        assert_eq!(model.predict_parallel(array![[1.0]].view()), None);
    }

    #[test]
    fn centroids_in_column_order_are_served_too() {
        let columns = Array2::from_shape_vec((2, 2).f(), vec![1.0, 2.0, 3.0, 4.0]).unwrap();
        let model = Model::from_centroids(columns).unwrap();
        assert_eq!(model.centroids(), &array![[1.0, 3.0], [2.0, 4.0]]);
    }

    #[test]
    fn centroids_that_cannot_be_served_are_refused() {
        let told = |centroids| Model::from_centroids(centroids).unwrap_err().to_string();
        assert!(told(Array2::zeros((0, 2))).contains("0 clusters of 2 features"));
        assert!(told(Array2::zeros((2, 0))).contains("2 clusters of 0 features"));
        let told = told(array![[0.0, 1.0], [2.0, f64::INFINITY]]);
        assert_eq!(
            told,
            "row 1 of centroids, feature 1: infinity is not a finite number"
        );
    }
}
