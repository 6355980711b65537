//! Errors as Python sees them.

use std::fmt::Display;

use pyo3::exceptions::{PyAttributeError, PyValueError};
use pyo3::prelude::*;
use pyo3::sync::PyOnceLock;
use pyo3::types::{PyDict, PyType};

static NOT_FITTED: PyOnceLock<Py<PyType>> = PyOnceLock::new();

/// Make a `ValueError` of a fault.
pub(crate) fn value_error(fault: impl Display) -> PyErr {
    PyValueError::new_err(fault.to_string())
}

/// Return the class `NotFittedError`. As in scikit-learn it is a `ValueError` and an
/// `AttributeError`, so that `hasattr` works.
pub(crate) fn not_fitted_type(py: Python<'_>) -> PyResult<Bound<'_, PyType>> {
    let made = NOT_FITTED.get_or_try_init(py, || {
        let names = PyDict::new(py);
        names.set_item("__module__", "linfa_kmeans")?;
        names.set_item(
            "__doc__",
            "Raised for what only fitting gives, before fitting.",
        )?;
        let bases = (
            py.get_type::<PyValueError>(),
            py.get_type::<PyAttributeError>(),
        );
        let made = py
            .get_type::<PyType>()
            .call1(("NotFittedError", bases, names))?;
        Ok::<_, PyErr>(made.cast_into::<PyType>()?.unbind())
    })?;
    Ok(made.bind(py).clone())
}

/// Make the error of a model that was not fitted yet.
pub(crate) fn not_fitted(py: Python<'_>, told: &'static str) -> PyErr {
    match not_fitted_type(py) {
        Ok(class) => PyErr::from_type(class, told),
        Err(error) => error,
    }
}
