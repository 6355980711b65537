//! Training.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use linfa::traits::Fit as _;
use linfa::{DatasetBase, ParamGuard};
use linfa_clustering::{KMeans, KMeansInit};
use linfa_nn::distance::{Distance, L2Dist};
use ndarray::{Array1, Array2, ArrayView, ArrayView2, Dimension};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256Plus;

use crate::file::Fault;
use crate::model::Model;
use crate::name_of;

/// Where the centroids start.
#[derive(Debug, Clone, PartialEq)]
pub enum Start {
    /// k-means++.
    PlusPlus,
    /// Observations drawn at random.
    Random,
    /// These, (`n_clusters`, `n_features`).
    Centers(Array2<f64>),
}

/// How to train.
#[derive(Debug, Clone, PartialEq)]
pub struct Fitting {
    /// How many clusters.
    pub n_clusters: usize,
    /// Where the centroids start.
    pub start: Start,
    /// Restarts; the best of them is kept.
    pub n_init: usize,
    /// The most iterations of one restart.
    pub max_iter: u64,
    /// linfa's: it stops once the centroids together move by less than this,
    /// sqrt(sum of squared shifts) < `tol`.
    pub tol: f64,
    /// The same seed gives the same model.
    pub seed: u64,
    /// Whether each observation is asked for its cluster at the end, which is one more pass over
    /// all of them.
    pub labels: bool,
}

/// What training gave.
#[derive(Debug)]
pub struct Fit {
    /// The model.
    pub model: Model,
    /// Iterations, summed over all restarts (linfa does not tell them apart).
    pub n_iter: u64,
    /// Where the observations are; nothing unless `Fitting::labels`.
    pub assignment: Option<Assignment>,
}

/// Where the observations are among the final centroids.
#[derive(Debug)]
pub struct Assignment {
    /// The cluster of each observation.
    pub labels: Array1<usize>,
    /// Sum of squared distances of the observations to their centroids.
    pub inertia: f64,
}

/// Training that cannot be done.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum FitError {
    /// A parameter out of its range.
    #[error("{name}: {value} is not allowed; give {allowed}")]
    Parameter {
        /// Which.
        name: &'static str,
        /// What it was.
        value: String,
        /// What may be given.
        allowed: &'static str,
    },
    /// Observations of nothing.
    #[error("X: its observations have no features, at least 1 is wanted")]
    NoFeatures,
    /// Fewer observations than clusters, on which linfa would panic or make something up.
    #[error("X: {n_samples} observations cannot make {n_clusters} clusters")]
    TooFew {
        /// Observations.
        n_samples: usize,
        /// Clusters.
        n_clusters: usize,
    },
    /// A number that is none.
    #[error("X: row {row}, feature {feature}: {value} is not a finite number")]
    NotFinite {
        /// Counted from 0.
        row: usize,
        /// Counted from 0.
        feature: usize,
        /// Its name.
        value: String,
    },
    /// A number whose squares, added up, overflow.
    #[error("X: row {row}, feature {feature}: {value} is too large; scale X to within {limit}")]
    TooLarge {
        /// Counted from 0.
        row: usize,
        /// Counted from 0.
        feature: usize,
        /// The number.
        value: String,
        /// The largest that is taken.
        limit: String,
    },
    /// Starting centroids of another shape.
    #[error("init: {got:?} came, {wanted:?} is wanted: n_clusters of X's features")]
    Shape {
        /// Their shape.
        got: (usize, usize),
        /// The right one.
        wanted: (usize, usize),
    },
    /// Starting centroids that cannot be a model.
    #[error("init: {0}")]
    Init(Fault),
    /// linfa did not find any: starting centroids so far off that squares overflow.
    #[error("no clusters were found ({0}); are the numbers of init too large to be squared?")]
    Linfa(String),
}

/// Trains on observations, (`n_samples`, `n_features`).
///
/// Everything that would make linfa panic or answer nonsense is refused first.
///
/// # Errors
/// Where a parameter or the observations do not allow it.
pub fn fit(observations: ArrayView2<'_, f64>, fitting: &Fitting) -> Result<Fit, FitError> {
    fitting.check()?;
    check_observations(observations, fitting.n_clusters)?;
    let start = fitting
        .start
        .for_linfa(fitting.n_clusters, observations.ncols())?;
    let distance = Counting::default();
    let linfa = |error: String| FitError::Linfa(error);
    let random = Xoshiro256Plus::seed_from_u64(fitting.seed);
    let fitted = KMeans::params_with(fitting.n_clusters, random, distance.clone())
        .init_method(start)
        .n_runs(fitting.n_init)
        .max_n_iterations(fitting.max_iter)
        .tolerance(fitting.tol)
        .check()
        .map_err(|error| linfa(error.to_string()))?
        .fit(&DatasetBase::from(observations))
        .map_err(|error| linfa(error.to_string()))?;
    let n_iter = distance.iterations.load(Ordering::Relaxed);

    let model = Model::from_centroids(fitted.centroids().clone())
        .map_err(|fault| linfa(fault.to_string()))?;
    let assignment = if fitting.labels {
        let assigned = assign(observations, &model);
        Some(assigned.ok_or_else(|| linfa("its centroids have another width".into()))?)
    } else {
        None
    };
    Ok(Fit {
        model,
        n_iter,
        assignment,
    })
}

/// linfa's own inertia is a mean, and over the centroids before they moved last.
fn assign(observations: ArrayView2<'_, f64>, model: &Model) -> Option<Assignment> {
    let labels = model.predict_parallel(observations)?;
    let inertia = observations
        .rows()
        .into_iter()
        .zip(&labels)
        .map(|(row, &label)| L2Dist.rdistance(row, model.centroids().row(label)))
        .sum();
    Some(Assignment { labels, inertia })
}

impl Fitting {
    /// Refuses what is out of range, without looking at any observations.
    ///
    /// # Errors
    /// The first parameter that is out of range.
    pub fn check(&self) -> Result<(), FitError> {
        let refuse = |name, value: String, allowed| {
            Err(FitError::Parameter {
                name,
                value,
                allowed,
            })
        };
        if self.n_clusters == 0 || i32::try_from(self.n_clusters).is_err() {
            let allowed = "a whole number from 1 to 2147483647";
            return refuse("n_clusters", self.n_clusters.to_string(), allowed);
        }
        if self.n_init == 0 {
            return refuse(
                "n_init",
                self.n_init.to_string(),
                "\"auto\" or a whole number from 1",
            );
        }
        if self.max_iter == 0 {
            return refuse(
                "max_iter",
                self.max_iter.to_string(),
                "a whole number from 1",
            );
        }
        if !(self.tol.is_finite() && self.tol > 0.0) {
            return refuse("tol", name_of(self.tol), "a finite number above 0");
        }
        Ok(())
    }
}

impl Start {
    fn for_linfa(&self, n_clusters: usize, n_features: usize) -> Result<KMeansInit<f64>, FitError> {
        match self {
            Self::PlusPlus => Ok(KMeansInit::KMeansPlusPlus),
            Self::Random => Ok(KMeansInit::Random),
            Self::Centers(centers) => {
                let (got, wanted) = (centers.dim(), (n_clusters, n_features));
                if got != wanted {
                    return Err(FitError::Shape { got, wanted });
                }
                Model::from_centroids(centers.clone()).map_err(FitError::Init)?;
                Ok(KMeansInit::Precomputed(centers.clone()))
            }
        }
    }
}

fn check_observations(
    observations: ArrayView2<'_, f64>,
    n_clusters: usize,
) -> Result<(), FitError> {
    let (n_samples, n_features) = observations.dim();
    if n_features == 0 {
        return Err(FitError::NoFeatures);
    }
    if n_samples < n_clusters {
        return Err(FitError::TooFew {
            n_samples,
            n_clusters,
        });
    }
    let limit = largest(observations.len());
    let fine = observations
        .as_slice()
        .is_some_and(|values| all_within(values, limit));
    let found = if fine {
        None
    } else {
        first_above(observations.iter(), limit)
    };
    match found {
        None => Ok(()),
        Some((at, value)) => {
            let (row, feature) = (at / n_features, at % n_features);
            Err(if value.is_finite() {
                FitError::TooLarge {
                    row,
                    feature,
                    value: format!("{value:e}"),
                    limit: format!("{limit:.1e}"),
                }
            } else {
                FitError::NotFinite {
                    row,
                    feature,
                    value: name_of(value),
                }
            })
        }
    }
}

/// The largest number of which `n` squared differences can be added up: linfa's k-means++
/// panics where that overflows.
#[expect(
    clippy::cast_precision_loss,
    reason = "a bound, with a factor of 2 to spare"
)]
fn largest(n: usize) -> f64 {
    (f64::MAX / n as f64).sqrt() / 4.0
}

/// Whether all are from -limit to limit; NaN is not. Many at a time, with no branch among them,
/// so that they are compared as quickly as they come from memory.
fn all_within(values: &[f64], limit: f64) -> bool {
    values.chunks(1024).all(|some| {
        some.iter()
            .fold(true, |fine, value| fine & (value.abs() <= limit))
    })
}

/// The first number that is not from -limit to limit; NaN is not.
fn first_above<'a>(values: impl Iterator<Item = &'a f64>, limit: f64) -> Option<(usize, f64)> {
    values
        .copied()
        .enumerate()
        .find(|(_, value)| !all_within(&[*value], limit))
}

/// The Euclidean distance, counting the calls of `distance`. linfa does not tell how many
/// iterations it took, but calls this once in each, to see how far the centroids moved;
/// observations are compared by `rdistance`.
#[derive(Debug, Clone, Default)]
struct Counting {
    iterations: Arc<AtomicU64>,
}

impl Distance<f64> for Counting {
    fn distance<D: Dimension>(&self, a: ArrayView<'_, f64, D>, b: ArrayView<'_, f64, D>) -> f64 {
        self.iterations.fetch_add(1, Ordering::Relaxed);
        L2Dist.distance(a, b)
    }

    #[inline]
    fn rdistance<D: Dimension>(&self, a: ArrayView<'_, f64, D>, b: ArrayView<'_, f64, D>) -> f64 {
        L2Dist.rdistance(a, b)
    }

    fn rdist_to_dist(&self, rdist: f64) -> f64 {
        Distance::<f64>::rdist_to_dist(&L2Dist, rdist)
    }

    fn dist_to_rdist(&self, dist: f64) -> f64 {
        Distance::<f64>::dist_to_rdist(&L2Dist, dist)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    fn fitting(n_clusters: usize) -> Fitting {
        let start = Start::PlusPlus;
        Fitting {
            n_clusters,
            start,
            n_init: 1,
            max_iter: 100,
            tol: 1e-6,
            seed: 1,
            labels: true,
        }
    }

    fn two_blobs() -> Array2<f64> {
        array![
            [0.0, 0.0],
            [0.0, 2.0],
            [2.0, 0.0],
            [100.0, 100.0],
            [100.0, 102.0],
            [102.0, 100.0]
        ]
    }

    #[test]
    fn two_blobs_are_found_from_every_kind_of_start() {
        let given = Start::Centers(array![[1.0, 1.0], [90.0, 90.0]]);
        for start in [Start::PlusPlus, Start::Random, given] {
            let fitting = Fitting {
                start,
                n_init: 5,
                ..fitting(2)
            };
            let fit = fit(two_blobs().view(), &fitting).unwrap();
            let Assignment { labels, inertia } = fit.assignment.unwrap();
            assert!(labels.iter().take(3).all(|label| *label == labels[0]));
            assert_ne!(labels[0], labels[3]);
            let centroid = fit.model.centroids().row(labels[0]);
            assert!(
                centroid
                    .iter()
                    .all(|value| (value - 2.0 / 3.0).abs() < 1e-5)
            );
            assert!((inertia - 32.0 / 3.0).abs() < 1e-6, "{inertia}");
            assert!(fit.n_iter >= 5);
        }
    }

    #[test]
    fn without_labels_the_same_model_is_found() {
        let with = fit(two_blobs().view(), &fitting(2)).unwrap();
        let without = Fitting {
            labels: false,
            ..fitting(2)
        };
        let without = fit(two_blobs().view(), &without).unwrap();
        assert!(without.assignment.is_none());
        assert_eq!(with.model.centroids(), without.model.centroids());
        assert_eq!(with.n_iter, without.n_iter);
    }

    #[test]
    fn iterations_are_counted() {
        let start = Start::Centers(array![[1.0, 1.0], [90.0, 90.0]]);
        for max_iter in [1, 2, 3] {
            let fitting = Fitting {
                start: start.clone(),
                max_iter,
                ..fitting(2)
            };
            assert_eq!(fit(two_blobs().view(), &fitting).unwrap().n_iter, max_iter);
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_model() {
        let fit = |seed| fit(two_blobs().view(), &Fitting { seed, ..fitting(3) }).unwrap();
        assert_eq!(fit(5).model.centroids(), fit(5).model.centroids());
    }

    #[test]
    fn counting_leaves_the_centroids_as_they_are_bit_by_bit() {
        let random = Xoshiro256Plus::seed_from_u64(1);
        let plain = KMeans::params_with_rng(2, random)
            .n_runs(1)
            .max_n_iterations(100)
            .tolerance(1e-6)
            .fit(&DatasetBase::from(two_blobs()))
            .unwrap();
        let counted = fit(two_blobs().view(), &fitting(2)).unwrap();
        assert_eq!(plain.centroids(), counted.model.centroids());
    }

    #[test]
    fn what_linfa_would_choke_on_is_refused() {
        let x = two_blobs();
        for (fitting, told) in [
            (fitting(0), "n_clusters: 0"),
            (
                Fitting {
                    n_init: 0,
                    ..fitting(2)
                },
                "n_init: 0",
            ),
            (
                Fitting {
                    max_iter: 0,
                    ..fitting(2)
                },
                "max_iter: 0",
            ),
            (
                Fitting {
                    tol: 0.0,
                    ..fitting(2)
                },
                "tol: 0",
            ),
            (
                Fitting {
                    tol: f64::NAN,
                    ..fitting(2)
                },
                "tol: NaN",
            ),
            (fitting(7), "6 observations cannot make 7 clusters"),
            (
                Fitting {
                    start: Start::Centers(array![[1.0]]),
                    ..fitting(2)
                },
                "init: (1, 1) came",
            ),
            (
                Fitting {
                    start: Start::Centers(array![[1.0, f64::NAN]]),
                    ..fitting(1)
                },
                "init: row 0 of centroids, feature 1: NaN",
            ),
        ] {
            let error = fit(x.view(), &fitting).unwrap_err().to_string();
            assert!(error.contains(told), "{error}");
        }
        let error = fit(
            array![[0.0, 1.0], [2.0, -f64::INFINITY]].view(),
            &fitting(1),
        )
        .unwrap_err();
        assert_eq!(
            error.to_string(),
            "X: row 1, feature 1: -infinity is not a finite number"
        );
        let error = fit(Array2::zeros((3, 0)).view(), &fitting(1)).unwrap_err();
        assert_eq!(error, FitError::NoFeatures);
    }

    #[test]
    fn numbers_whose_squares_overflow_are_refused() {
        let error = fit(array![[0.0], [-1e229]].view(), &fitting(1))
            .unwrap_err()
            .to_string();
        assert_eq!(
            error,
            "X: row 1, feature 0: -1e229 is too large; scale X to within 2.4e153"
        );
    }

    proptest! {
        #[test]
        fn no_observations_panic(
            values in prop::collection::vec(any::<f64>(), 0..24),
            d in 1_usize..4,
            k in 0_usize..5,
            seed in any::<u64>(),
            random in any::<bool>(),
        ) {
            let n = values.len() / d;
            let x = Array2::from_shape_vec((n, d), values[..n * d].to_vec()).unwrap();
            let start = if random { Start::Random } else { Start::PlusPlus };
            let fitting = Fitting { start, seed, max_iter: 5, ..fitting(k) };
            if let Ok(fit) = fit(x.view(), &fitting) {
                prop_assert_eq!((fit.assignment.unwrap().labels.len(), fit.model.n_clusters()), (n, k));
            }
        }

        #[test]
        fn as_many_equal_observations_as_you_like_panic_nothing(n in 1_usize..9, k in 1_usize..9) {
            let done = fit(Array2::ones((n, 2)).view(), &fitting(k));
            prop_assert_eq!(done.is_ok(), n >= k);
        }
    }
}
