//! What a `KMeans` is made with.

use kmeans_model::{Fitting, Start};
use numpy::PyArray2;
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyString};

use crate::errors::value_error;
use crate::input::Rows;

/// As scikit-learn: enough restarts for random starts, one where starts are good or given.
const AUTO_N_INIT_RANDOM: usize = 10;

/// Checked parameters, as they were given.
#[derive(Debug, Clone)]
pub(crate) struct Parameters {
    fitting: Fitting,
    n_init: Option<usize>,
    random_state: Option<u64>,
}

impl Parameters {
    pub(crate) fn new(
        n_clusters: i64,
        init: &Bound<'_, PyAny>,
        n_init: &Bound<'_, PyAny>,
        max_iter: i64,
        tol: f64,
        random_state: Option<i64>,
        compute_labels: bool,
    ) -> PyResult<Self> {
        let start = start(init)?;
        let n_init = restarts(n_init)?;
        let random_state = match random_state.map(u64::try_from) {
            None => None,
            Some(Ok(seed)) => Some(seed),
            Some(Err(_)) => {
                return Err(value_error(
                    "random_state: give None or a whole number from 0",
                ));
            }
        };
        let auto = if start == Start::Random {
            AUTO_N_INIT_RANDOM
        } else {
            1
        };
        let fitting = Fitting {
            // What is below 0 is refused like 0.
            n_clusters: usize::try_from(n_clusters).unwrap_or(0),
            start,
            n_init: n_init.unwrap_or(auto),
            max_iter: u64::try_from(max_iter).unwrap_or(0),
            tol,
            seed: random_state.unwrap_or(0),
            labels: compute_labels,
        };
        fitting.check().map_err(value_error)?;
        Ok(Self {
            fitting,
            n_init,
            random_state,
        })
    }

    /// Of a model that is given and not fitted.
    pub(crate) fn of_model(centers: ndarray::Array2<f64>) -> Self {
        let n_clusters = centers.nrows();
        let start = Start::Centers(centers);
        let fitting = Fitting {
            n_clusters,
            start,
            n_init: 1,
            max_iter: 300,
            tol: 1e-4,
            seed: 0,
            labels: true,
        };
        Self {
            fitting,
            n_init: None,
            random_state: None,
        }
    }

    /// How to fit; without a `random_state`, each time from another seed.
    pub(crate) fn fitting(&self) -> PyResult<Fitting> {
        let seed = match self.random_state {
            Some(seed) => seed,
            None => getrandom::u64().map_err(value_error)?,
        };
        Ok(Fitting {
            seed,
            ..self.fitting.clone()
        })
    }

    pub(crate) fn compute_labels(&self) -> bool {
        self.fitting.labels
    }

    pub(crate) fn random_state(&self) -> Option<u64> {
        self.random_state
    }

    /// One of them, as Python gave it.
    pub(crate) fn get<'py>(&self, py: Python<'py>, name: &str) -> PyResult<Bound<'py, PyAny>> {
        self.to_dict(py)?.as_any().get_item(name)
    }

    /// By name, as Python gave them.
    pub(crate) fn to_dict<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyDict>> {
        let Fitting {
            n_clusters,
            start,
            max_iter,
            tol,
            labels,
            ..
        } = &self.fitting;
        let init = match start {
            Start::PlusPlus => "k-means++".into_pyobject(py)?.into_any(),
            Start::Random => "random".into_pyobject(py)?.into_any(),
            Start::Centers(centers) => {
                PyArray2::from_owned_array(py, numpy_array(centers)).into_any()
            }
        };
        let n_init = match self.n_init {
            Some(n) => n.into_pyobject(py)?.into_any(),
            None => "auto".into_pyobject(py)?.into_any(),
        };
        let all = PyDict::new(py);
        all.set_item("n_clusters", n_clusters)?;
        all.set_item("init", init)?;
        all.set_item("n_init", n_init)?;
        all.set_item("max_iter", max_iter)?;
        all.set_item("tol", tol)?;
        all.set_item("random_state", self.random_state)?;
        all.set_item("compute_labels", labels)?;
        Ok(all)
    }
}

/// A copy that Python may own.
pub(crate) fn numpy_array(array: &ndarray::Array2<f64>) -> ndarray::Array2<f64> {
    array.as_standard_layout().into_owned()
}

fn start(init: &Bound<'_, PyAny>) -> PyResult<Start> {
    let Ok(name) = init.cast::<PyString>() else {
        return Ok(Start::Centers(Rows::read("init", init)?.view()?.to_owned()));
    };
    match name.to_cow()?.as_ref() {
        "k-means++" => Ok(Start::PlusPlus),
        "random" => Ok(Start::Random),
        other => Err(value_error(format!(
            "init: {other:?} is not allowed; give \"k-means++\", \"random\" or an array of \
             (n_clusters, n_features)"
        ))),
    }
}

fn restarts(n_init: &Bound<'_, PyAny>) -> PyResult<Option<usize>> {
    const ALLOWED: &str = "give \"auto\" or a whole number from 1";
    if let Ok(word) = n_init.cast::<PyString>() {
        return match word.to_cow()?.as_ref() {
            "auto" => Ok(None),
            other => Err(value_error(format!(
                "n_init: {other:?} is not allowed; {ALLOWED}"
            ))),
        };
    }
    let number: i64 = n_init.extract().map_err(|_| {
        PyTypeError::new_err(format!("n_init: {n_init} is not a number; {ALLOWED}"))
    })?;
    Ok(Some(usize::try_from(number).unwrap_or(0)))
}
