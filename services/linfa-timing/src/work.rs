//! What is timed.

use std::hint::black_box;
use std::time::Instant;

use kmeans_model::{Fault, FitError, Fitting, Model, Start};
use linfa::traits::Fit as _;
use linfa::{DatasetBase, ParamGuard as _};
use linfa_clustering::{KMeans, KMeansInit};
use linfa_nn::distance::L2Dist;
use ndarray::{Array2, ArrayView2};
use rand::SeedableRng as _;
use rand_xoshiro::Xoshiro256Plus;
use serde_json::{Value, json};

use crate::orders::{FitOrder, Init, Name, Work};

/// An order that could not be followed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failed {
    /// It is none.
    #[error("not an order: {0}")]
    Order(String),
    /// It cannot be trained so.
    #[error(transparent)]
    Fit(#[from] FitError),
    /// The model is none.
    #[error("centroids: {0}")]
    Model(#[from] Fault),
    /// linfa itself refused.
    #[error("linfa: {0}")]
    Linfa(String),
}

/// Trains, and says how long that took.
pub(crate) fn fit(data: ArrayView2<'_, f64>, order: FitOrder) -> Result<Value, Failed> {
    let start = match order.init {
        Init::Named(Name::Random) => Start::Random,
        Init::Named(Name::PlusPlus) => Start::PlusPlus,
        Init::Centroids(rows) => Start::Centers(array(&rows)?),
        Init::Other(other) => {
            return Err(Failed::Order(format!(
                "init: {other} is neither \"random\", \"k-means++\" nor rows of numbers"
            )));
        }
    };
    let fitting = Fitting {
        n_clusters: order.n_clusters,
        start,
        n_init: order.n_init,
        max_iter: order.max_iter,
        tol: order.tolerance,
        seed: order.seed,
        labels: order.work == Work::Model,
    };
    let (seconds, n_iter, centroids) = match order.work {
        Work::Model | Work::Centroids => {
            let began = Instant::now();
            let fitted = kmeans_model::fit(data, &fitting)?;
            let seconds = began.elapsed().as_secs_f64();
            (
                seconds,
                Some(fitted.n_iter),
                fitted.model.centroids().clone(),
            )
        }
        Work::Linfa => {
            // Checked by what checks for the binding: linfa would panic on some of it.
            check(data, &fitting)?;
            let (seconds, centroids) = linfa_alone(data, &fitting)?;
            (seconds, None, centroids)
        }
    };
    Ok(json!({
        "seconds": seconds,
        "n_iter": n_iter,
        "n_init": order.n_init,
        "centroids": centroids.rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
    }))
}

fn linfa_alone(data: ArrayView2<'_, f64>, fitting: &Fitting) -> Result<(f64, Array2<f64>), Failed> {
    let init = match &fitting.start {
        Start::PlusPlus => KMeansInit::KMeansPlusPlus,
        Start::Random => KMeansInit::Random,
        Start::Centers(centers) => KMeansInit::Precomputed(centers.clone()),
    };
    let random = Xoshiro256Plus::seed_from_u64(fitting.seed);
    let checked = KMeans::params_with(fitting.n_clusters, random, L2Dist)
        .init_method(init)
        .n_runs(fitting.n_init)
        .max_n_iterations(fitting.max_iter)
        .tolerance(fitting.tol)
        .check()
        .map_err(|error| Failed::Linfa(error.to_string()))?;
    let began = Instant::now();
    let fitted = checked
        .fit(&DatasetBase::from(data))
        .map_err(|error| Failed::Linfa(error.to_string()))?;
    let seconds = began.elapsed().as_secs_f64();
    Ok((seconds, fitted.centroids().clone()))
}

fn check(data: ArrayView2<'_, f64>, fitting: &Fitting) -> Result<(), Failed> {
    fitting.check()?;
    let (n_samples, n_features) = data.dim();
    if n_samples < fitting.n_clusters {
        let n_clusters = fitting.n_clusters;
        return Err(Failed::Fit(FitError::TooFew {
            n_samples,
            n_clusters,
        }));
    }
    if let Start::Centers(centers) = &fitting.start {
        let (got, wanted) = (centers.dim(), (fitting.n_clusters, n_features));
        if got != wanted {
            return Err(Failed::Fit(FitError::Shape { got, wanted }));
        }
    }
    Ok(())
}

/// Asks for the cluster of one row, again and again, and says how long one call took.
pub(crate) fn predict_one(
    data: ArrayView2<'_, f64>,
    centroids: &[Vec<f64>],
    times: u64,
) -> Result<Value, Failed> {
    let model = Model::from_centroids(array(centroids)?)?;
    let rows: Vec<Vec<f64>> = data
        .rows()
        .into_iter()
        .take(1024)
        .map(|r| r.to_vec())
        .collect();
    if rows.is_empty() || data.ncols() != model.n_features() {
        let (got, wanted) = (data.ncols(), model.n_features());
        return Err(Failed::Order(format!(
            "{} rows of {got} features are loaded, a model of {wanted} wants some of {wanted}",
            data.nrows()
        )));
    }
    let began = Instant::now();
    for (_, row) in (0..times).zip(rows.iter().cycle()) {
        black_box(model.predict(black_box(row)));
    }
    let nanoseconds = began.elapsed().as_secs_f64() * 1e9;
    #[expect(clippy::cast_precision_loss, reason = "no count comes near 2^52")]
    let calls = times.max(1) as f64;
    Ok(json!({"nanoseconds": nanoseconds / calls}))
}

fn array(rows: &[Vec<f64>]) -> Result<Array2<f64>, Failed> {
    let width = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != width) {
        return Err(Failed::Order("centroids are rows of one width".into()));
    }
    Array2::from_shape_vec((rows.len(), width), rows.concat())
        .map_err(|error| Failed::Order(error.to_string()))
}
