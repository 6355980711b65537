//! `linfa_kmeans`: linfa's K-means for Python, with scikit-learn's interface.
//!
//! Observations come as NumPy arrays and are not copied. The interpreter's lock is released while
//! they are computed with. All that computes is in `kmeans-model`.

mod errors;
mod estimator;
mod input;
mod parameters;
mod prediction;

use pyo3::prelude::*;

#[pymodule]
fn linfa_kmeans(module: &Bound<'_, PyModule>) -> PyResult<()> {
    let py = module.py();
    module.add_class::<estimator::KMeans>()?;
    module.add("NotFittedError", errors::not_fitted_type(py)?)?;
    module.add("__version__", env!("CARGO_PKG_VERSION"))
}
