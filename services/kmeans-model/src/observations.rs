//! Observations that linfa can train on.

use ndarray::ArrayView2;

use crate::fault::Fault;
use crate::name_of;

/// Check observations, (`n_samples`, `n_features`). linfa would panic or compute nonsense where
/// there are fewer than clusters, or where their squares overflow.
pub(crate) fn check(observations: ArrayView2<'_, f64>, n_clusters: usize) -> Result<(), Fault> {
    let (n_samples, n_features) = observations.dim();
    if n_features == 0 {
        return Err(Fault::new(
            "X: its observations have no features, at least 1 is wanted",
        ));
    }
    if n_samples < n_clusters {
        return Err(Fault::new(format!(
            "X: {n_samples} observations cannot make {n_clusters} clusters"
        )));
    }
    let limit = largest(observations.len());
    let values = observations.as_slice();
    if values.is_some_and(|values| all_within(values, limit)) {
        return Ok(());
    }
    let mut values = observations.iter().enumerate();
    let Some((at, &value)) = values.find(|(_, value)| !all_within(&[**value], limit)) else {
        return Ok(());
    };
    let fault = if value.is_finite() {
        format!("{value:e} is too large; scale X to within {limit:.1e}")
    } else {
        format!("{} is not a finite number", name_of(value))
    };
    let (row, feature) = (at / n_features, at % n_features);
    Err(Fault::new(format!(
        "X: row {row}, feature {feature}: {fault}"
    )))
}

/// Return the largest number of which `n` squared differences can be added up: linfa's k-means++
/// panics where that overflows.
#[expect(
    clippy::cast_precision_loss,
    reason = "a bound, with a factor of 2 to spare"
)]
fn largest(n: usize) -> f64 {
    (f64::MAX / n as f64).sqrt() / 4.0
}

/// Return whether all are from -limit to limit; NaN is not. Many at a time, with no branch among
/// them, so that they are compared as quickly as they come from memory.
fn all_within(values: &[f64], limit: f64) -> bool {
    values.chunks(1024).all(|some| {
        some.iter()
            .fold(true, |fine, value| fine & (value.abs() <= limit))
    })
}
