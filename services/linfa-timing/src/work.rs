//! What is timed.

use std::error::Error;
use std::hint::black_box;
use std::time::Instant;

use kmeans_model::{Fitting, Model};
use linfa::DatasetBase;
use linfa::traits::Fit as _;
use linfa_nn::distance::L2Dist;
use ndarray::{Array2, ArrayView2};
use serde_json::{Value, json};

use crate::orders::{FitOrder, Work, array};

/// The response to an order, or why it was not followed.
pub(crate) type Outcome = Result<Value, Box<dyn Error>>;

/// The most rows that `predict_one` goes through.
const ROWS: usize = 1024;

/// Train, and return the time that it took, in seconds, with the centroids.
pub(crate) fn fit(data: ArrayView2<'_, f64>, order: FitOrder) -> Outcome {
    let work = order.work;
    let fitting = order.fitting()?;
    let (seconds, n_iter, centroids) = match work {
        Work::Model | Work::Centroids => {
            let began = Instant::now();
            let fitted = kmeans_model::fit(data, &fitting)?;
            let seconds = began.elapsed().as_secs_f64();
            let centroids = fitted.model.centroids().clone();
            (seconds, Some(fitted.n_iter), centroids)
        }
        Work::Linfa => {
            let (seconds, centroids) = linfa_alone(data, &fitting)?;
            (seconds, None, centroids)
        }
    };
    Ok(json!({
        "seconds": seconds,
        "n_iter": n_iter,
        "n_init": fitting.n_init,
        "centroids": centroids.rows().into_iter().map(|row| row.to_vec()).collect::<Vec<_>>(),
    }))
}

fn linfa_alone(
    data: ArrayView2<'_, f64>,
    fitting: &Fitting,
) -> Result<(f64, Array2<f64>), Box<dyn Error>> {
    let linfa = fitting.for_linfa(data, L2Dist)?;
    let began = Instant::now();
    let fitted = linfa.fit(&DatasetBase::from(data))?;
    let seconds = began.elapsed().as_secs_f64();
    Ok((seconds, fitted.centroids().clone()))
}

/// Predict the cluster of one row, many times, and return the nanoseconds per call.
pub(crate) fn predict_one(
    data: ArrayView2<'_, f64>,
    centroids: &[Vec<f64>],
    times: u64,
) -> Outcome {
    let model =
        Model::from_centroids(array(centroids)?).map_err(|fault| format!("centroids: {fault}"))?;
    let rows = data.rows().into_iter().take(ROWS);
    let rows: Vec<Vec<f64>> = rows.map(|row| row.to_vec()).collect();
    if rows.is_empty() || data.ncols() != model.n_features() {
        let (points, got, wanted) = (data.nrows(), data.ncols(), model.n_features());
        return Err(format!(
            "{points} rows of {got} features are loaded, a model of {wanted} wants some of {wanted}"
        )
        .into());
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
