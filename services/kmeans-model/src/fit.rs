//! Training.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use linfa::DatasetBase;
use linfa::traits::Fit as _;
use linfa_nn::distance::{Distance, L2Dist};
use ndarray::{Array1, ArrayView, ArrayView2, Dimension};

use crate::fault::Fault;
use crate::fitting::Fitting;
use crate::model::Model;

/// The result of training.
#[derive(Debug)]
pub struct Fit {
    /// The model.
    pub model: Model,
    /// Iterations, summed over all restarts (linfa does not tell them apart).
    pub n_iter: u64,
    /// The clusters of the observations, unless `Fitting::labels` is false.
    pub assignment: Option<Assignment>,
}

/// The clusters of the observations, by the final centroids.
#[derive(Debug)]
pub struct Assignment {
    /// The cluster of each observation.
    pub labels: Array1<usize>,
    /// Sum of squared distances of the observations to their centroids.
    pub inertia: f64,
}

/// Train on observations, (`n_samples`, `n_features`).
///
/// # Errors
/// Where a parameter or the observations would make linfa panic or compute nonsense.
pub fn fit(observations: ArrayView2<'_, f64>, fitting: &Fitting) -> Result<Fit, Fault> {
    let distance = Counting::default();
    let fitted = fitting
        .for_linfa(observations, distance.clone())?
        .fit(&DatasetBase::from(observations))
        .map_err(not_found)?;
    let n_iter = distance.iterations.load(Ordering::Relaxed);
    let model = Model::from_centroids(fitted.centroids().clone()).map_err(not_found)?;
    let assignment = if fitting.labels {
        let assigned = assign(observations, &model);
        Some(assigned.ok_or_else(|| not_found("its centroids have another width"))?)
    } else {
        None
    };
    Ok(Fit {
        model,
        n_iter,
        assignment,
    })
}

/// Describe what linfa did not manage: starting centroids may be so far off that squares overflow.
fn not_found(why: impl std::fmt::Display) -> Fault {
    Fault::new(format!(
        "no clusters were found ({why}); are the numbers of init too large to be squared?"
    ))
}

/// Compute labels and inertia. linfa's own inertia is a mean, and over the centroids before they
/// moved last.
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

/// The Euclidean distance, which counts the calls of `distance`. linfa does not return the number
/// of its iterations, but calls this once in each, to see how far the centroids moved; it compares
/// observations by `rdistance`.
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
