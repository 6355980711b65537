//! Parameters of a `KMeans`, from Python.

use kmeans_model::Start;
use numpy::PyArray2;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::PyString;

use crate::errors::value_error;
use crate::input::Rows;

/// The names, in the order in which they are shown.
pub(crate) const NAMES: [&str; 7] = [
    "n_clusters",
    "init",
    "n_init",
    "max_iter",
    "tol",
    "random_state",
    "compute_labels",
];

/// Read where the centroids start.
pub(crate) fn start(init: Option<&Bound<'_, PyAny>>) -> PyResult<Start> {
    let Some(init) = init else {
        return Ok(Start::PlusPlus);
    };
    let Ok(name) = init.cast::<PyString>() else {
        return Ok(Start::Centers(Rows::read("init", init)?.view()?.to_owned()));
    };
    let name = name.to_cow()?;
    Start::named(&name).ok_or_else(|| {
        value_error(format!(
            "init: {name:?} is not allowed; give \"k-means++\", \"random\" or an array of \
             (n_clusters, n_features)"
        ))
    })
}

/// Return a start as Python gives it: a word, or an array of its own.
pub(crate) fn init<'py>(py: Python<'py>, start: &Start) -> PyResult<Bound<'py, PyAny>> {
    Ok(match start {
        Start::PlusPlus => "k-means++".into_pyobject(py)?.into_any(),
        Start::Random => "random".into_pyobject(py)?.into_any(),
        Start::Centers(centers) => PyArray2::from_array(py, centers).into_any(),
    })
}

/// Read the number of restarts; `None` is "auto".
pub(crate) fn n_init(given: Option<&Bound<'_, PyAny>>) -> PyResult<Option<usize>> {
    const ALLOWED: &str = "give \"auto\" or a whole number from 1";
    let Some(given) = given else {
        return Ok(None);
    };
    if let Ok(word) = given.cast::<PyString>() {
        return match word.to_cow()?.as_ref() {
            "auto" => Ok(None),
            other => Err(value_error(format!(
                "n_init: {other:?} is not allowed; {ALLOWED}"
            ))),
        };
    }
    let number: i64 = given
        .extract()
        .map_err(|_| PyTypeError::new_err(format!("n_init: {given} is not a number; {ALLOWED}")))?;
    Ok(Some(usize::try_from(number).unwrap_or(0)))
}

/// Read the seed, if any.
pub(crate) fn random_state(given: Option<i64>) -> PyResult<Option<u64>> {
    given
        .map(u64::try_from)
        .transpose()
        .map_err(|_| value_error("random_state: give None or a whole number from 0"))
}
