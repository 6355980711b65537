//! `linfa_kmeans`: linfa's K-means for Python, with scikit-learn's manners.
//!
//! Observations come as NumPy arrays and are not copied; Python's lock is released while
//! they are worked on. All that computes is in `kmeans-model`.

mod errors;
mod estimator;
mod input;
mod parameters;

use pyo3::prelude::*;

#[pymodule]
fn linfa_kmeans(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add_class::<estimator::KMeans>()?;
    module.add("NotFittedError", errors::not_fitted_type(py)?)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}
