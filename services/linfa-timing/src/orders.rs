//! The orders, and the data that follows one.

use std::io::{self, Read};

use kmeans_model::{Fitting, Start};
use ndarray::Array2;
use serde::Deserialize;

/// One line of standard input.
#[derive(Debug, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case", deny_unknown_fields)]
pub(crate) enum Order {
    /// Read the data that follows the line.
    Load {
        /// Rows.
        points: usize,
        /// Numbers in a row.
        features: usize,
    },
    /// Train on the data.
    Fit(FitOrder),
    /// Predict the cluster of one row, many times.
    PredictOne {
        /// The model.
        centroids: Vec<Vec<f64>>,
        /// How many times.
        times: u64,
    },
}

/// How to train. What is left out is linfa's own default.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct FitOrder {
    #[serde(default)]
    pub(crate) work: Work,
    n_clusters: usize,
    init: Option<Init>,
    n_init: Option<usize>,
    max_iter: Option<u64>,
    tolerance: Option<f64>,
    seed: Option<u64>,
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
enum Init {
    /// `random` or `k-means++`.
    Named(String),
    /// These, one per row.
    Centroids(Vec<Vec<f64>>),
    /// Anything else, to be named in the error.
    Other(serde_json::Value),
}

impl Init {
    fn start(self) -> Result<Start, String> {
        let unknown = |given| {
            format!(
                "not an order: init: {given} is neither \"random\", \"k-means++\" nor rows of numbers"
            )
        };
        match self {
            Self::Named(name) => Start::named(&name).ok_or_else(|| unknown(format!("{name:?}"))),
            Self::Centroids(rows) => Ok(Start::Centers(array(&rows)?)),
            Self::Other(other) => Err(unknown(other.to_string())),
        }
    }
}

impl FitOrder {
    /// Return the parameters of training.
    ///
    /// # Errors
    /// Where `init` is not known.
    pub(crate) fn fitting(self) -> Result<Fitting, String> {
        let default = Fitting::new(self.n_clusters);
        Ok(Fitting {
            start: self.init.map_or(Ok(Start::PlusPlus), Init::start)?,
            n_init: self.n_init.unwrap_or(10),
            max_iter: self.max_iter.unwrap_or(default.max_iter),
            tol: self.tolerance.unwrap_or(default.tol),
            seed: self.seed.unwrap_or(default.seed),
            labels: self.work == Work::Model,
            ..default
        })
    }
}

/// Make an array of rows.
///
/// # Errors
/// Where the rows differ in width.
pub(crate) fn array(rows: &[Vec<f64>]) -> Result<Array2<f64>, String> {
    let width = rows.first().map_or(0, Vec::len);
    if rows.iter().any(|row| row.len() != width) {
        return Err("not an order: centroids are rows of one width".into());
    }
    Array2::from_shape_vec((rows.len(), width), rows.concat()).map_err(|error| error.to_string())
}

/// Read rows of little-endian 64-bit floats, (`points`, `features`).
///
/// # Errors
/// Where fewer come than were announced.
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
