//! The parameters of training.

use linfa::ParamGuard;
use linfa_clustering::{KMeans, KMeansInit, KMeansValidParams};
use linfa_nn::distance::Distance;
use ndarray::{Array2, ArrayView2};
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256Plus;

use crate::fault::Fault;
use crate::model::Model;
use crate::{name_of, observations};

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
    /// The number of clusters.
    pub n_clusters: usize,
    /// Where the centroids start.
    pub start: Start,
    /// Restarts, of which the best is kept.
    pub n_init: usize,
    /// The most iterations of one restart.
    pub max_iter: u64,
    /// linfa's tolerance: it stops once sqrt(sum of squared shifts of the centroids) < `tol`.
    pub tol: f64,
    /// The same seed gives the same model.
    pub seed: u64,
    /// Whether to compute the cluster of each observation at the end, which is one more pass over
    /// all of them.
    pub labels: bool,
}

impl Start {
    /// Return the start of this name, `k-means++` or `random`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        match name {
            "k-means++" => Some(Self::PlusPlus),
            "random" => Some(Self::Random),
            _ => None,
        }
    }

    fn for_linfa(&self, n_clusters: usize, n_features: usize) -> Result<KMeansInit<f64>, Fault> {
        match self {
            Self::PlusPlus => Ok(KMeansInit::KMeansPlusPlus),
            Self::Random => Ok(KMeansInit::Random),
            Self::Centers(centers) => {
                let (got, wanted) = (centers.dim(), (n_clusters, n_features));
                if got != wanted {
                    return Err(Fault::new(format!(
                        "init: {got:?} came, {wanted:?} is wanted: n_clusters of X's features"
                    )));
                }
                Model::from_centroids(centers.clone())
                    .map_err(|fault| Fault::new(format!("init: {fault}")))?;
                Ok(KMeansInit::Precomputed(centers.clone()))
            }
        }
    }
}

impl Fitting {
    /// Train from k-means++ without restarts, with scikit-learn's other defaults.
    #[must_use]
    pub fn new(n_clusters: usize) -> Self {
        Self {
            n_clusters,
            start: Start::PlusPlus,
            n_init: 1,
            max_iter: 300,
            tol: 1e-4,
            seed: 0,
            labels: true,
        }
    }

    /// Check the parameters, without any observations.
    ///
    /// # Errors
    /// The first parameter that is out of its range.
    pub fn check(&self) -> Result<(), Fault> {
        let refuse = |name, value: String, allowed| {
            Err(Fault::new(format!(
                "{name}: {value} is not allowed; give {allowed}"
            )))
        };
        if self.n_clusters == 0 || i32::try_from(self.n_clusters).is_err() {
            let allowed = "a whole number from 1 to 2147483647";
            return refuse("n_clusters", self.n_clusters.to_string(), allowed);
        }
        if self.n_init == 0 {
            return refuse("n_init", "0".into(), "\"auto\" or a whole number from 1");
        }
        if self.max_iter == 0 {
            return refuse("max_iter", "0".into(), "a whole number from 1");
        }
        if !(self.tol.is_finite() && self.tol > 0.0) {
            return refuse("tol", name_of(self.tol), "a finite number above 0");
        }
        Ok(())
    }

    /// Return linfa's parameters, with this distance, for these observations,
    /// (`n_samples`, `n_features`).
    ///
    /// # Errors
    /// Where linfa would panic or compute nonsense.
    pub fn for_linfa<D: Distance<f64>>(
        &self,
        observations: ArrayView2<'_, f64>,
        distance: D,
    ) -> Result<KMeansValidParams<f64, Xoshiro256Plus, D>, Fault> {
        self.check()?;
        observations::check(observations, self.n_clusters)?;
        let start = self
            .start
            .for_linfa(self.n_clusters, observations.ncols())?;
        let random = Xoshiro256Plus::seed_from_u64(self.seed);
        KMeans::params_with(self.n_clusters, random, distance)
            .init_method(start)
            .n_runs(self.n_init)
            .max_n_iterations(self.max_iter)
            .tolerance(self.tol)
            .check()
            .map_err(|error| Fault::new(error.to_string()))
    }
}
