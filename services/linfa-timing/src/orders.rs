//! What may be ordered, and the data that follows an order.

use std::io::{self, Read};

use ndarray::Array2;
use serde::Deserialize;

/// One line of standard input.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Order {
    /// Take the data that follows the line.
    Load {
        /// Rows.
        points: usize,
        /// Numbers in a row.
        features: usize,
    },
    /// Train on the data.
    Fit(FitOrder),
    /// Ask for the cluster of one row, many times.
    PredictOne {
        /// The model.
        centroids: Vec<Vec<f64>>,
        /// How many times.
        times: u64,
    },
}

/// How to train; what is left out is linfa's own default.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FitOrder {
    #[serde(default)]
    pub(crate) work: Work,
    pub(crate) n_clusters: usize,
    #[serde(default)]
    pub(crate) init: Init,
    #[serde(default = "ten")]
    pub(crate) n_init: usize,
    #[serde(default = "three_hundred")]
    pub(crate) max_iter: u64,
    #[serde(default = "a_ten_thousandth")]
    pub(crate) tolerance: f64,
    #[serde(default)]
    pub(crate) seed: u64,
}

/// What is timed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Work {
    /// What the binding's `fit` does: centroids, labels, inertia.
    #[default]
    Model,
    /// The same without labels and inertia, as with `compute_labels=False`.
    Centroids,
    /// linfa's own `fit`, and nothing else.
    Linfa,
}

/// Where the centroids start.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum Init {
    /// `random` or `k-means++`.
    Named(Name),
    /// These, a row each.
    Centroids(Vec<Vec<f64>>),
    /// Anything else, to be named in the error.
    Other(serde_json::Value),
}

/// A way to start that has a name.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) enum Name {
    #[serde(rename = "random")]
    Random,
    #[serde(rename = "k-means++")]
    PlusPlus,
}

impl Default for Init {
    fn default() -> Self {
        Self::Named(Name::PlusPlus)
    }
}

const fn ten() -> usize {
    10
}

const fn three_hundred() -> u64 {
    300
}

const fn a_ten_thousandth() -> f64 {
    1e-4
}

/// Reads rows of little-endian 64-bit floats.
///
/// # Errors
/// Where fewer come than were said.
pub(crate) fn read_values(
    from: &mut impl Read,
    points: usize,
    features: usize,
) -> io::Result<Array2<f64>> {
    const VALUE: usize = size_of::<f64>();
    let too_many = || io::Error::new(io::ErrorKind::InvalidInput, "more data than can be counted");
    let count = points.checked_mul(features).ok_or_else(too_many)?;
    let mut values = Vec::new();
    values
        .try_reserve_exact(count)
        .map_err(|error| io::Error::new(io::ErrorKind::OutOfMemory, error))?;
    let mut buffer = vec![0; 1 << 16];
    while values.len() < count {
        let wanted = ((count - values.len()).saturating_mul(VALUE)).min(buffer.len());
        let (part, _) = buffer.split_at_mut(wanted);
        from.read_exact(part)?;
        let (numbers, _) = part.as_chunks::<VALUE>();
        values.extend(numbers.iter().copied().map(f64::from_le_bytes));
    }
    Array2::from_shape_vec((points, features), values).map_err(io::Error::other)
}
