//! Clusters of observations, or what is wrong with them.

use kmeans_model::{Model, first_not_finite, name_of};
use ndarray::ArrayView2;

/// Predict row by row, on the calling thread. linfa's method for many rows uses rayon's threads,
/// which would be one more pool in a server, and which are gone in a process that was forked.
pub(crate) fn predict(
    model: &Model,
    observations: ArrayView2<'_, f64>,
) -> Result<Vec<i32>, String> {
    let mut clusters = Vec::with_capacity(observations.nrows());
    for (i, row) in observations.rows().into_iter().enumerate() {
        let values = row.to_slice().ok_or("X: its rows are not contiguous")?;
        let cluster = predict_row(model, values).map_err(|fault| format!("X: row {i}: {fault}"))?;
        clusters.push(cluster);
    }
    if clusters.is_empty() && observations.ncols() != model.n_features() {
        let fault = width(observations.ncols(), model.n_features());
        return Err(format!("X: {fault}"));
    }
    Ok(clusters)
}

/// Predict the cluster of one observation. linfa returns cluster 0 for what is not finite, so that
/// is refused.
#[inline]
pub(crate) fn predict_row(model: &Model, values: &[f64]) -> Result<i32, String> {
    let cluster = model
        .predict(values)
        .ok_or_else(|| width(values.len(), model.n_features()))?;
    match first_not_finite(values) {
        None => Ok(cluster),
        Some((j, value)) => {
            let name = name_of(value);
            Err(format!("feature {j}: {name} is not a finite number"))
        }
    }
}

fn width(got: usize, wanted: usize) -> String {
    format!("{got} features came, {wanted} wanted")
}
