//! The class `KMeans`.

use std::path::PathBuf;
use std::sync::Arc;

use kmeans_model::{Assignment, Fit, Fitting, Model, ModelFile, Start, fit};
use numpy::{PyArray1, PyArray2};
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyType};

use crate::errors::{not_fitted, value_error};
use crate::input::{Rows, with_row};
use crate::parameters;
use crate::prediction::{predict, predict_row};

/// As in scikit-learn: enough restarts for random starts, one where starts are good or given.
const AUTO_N_INIT_RANDOM: usize = 10;

/// K-means clustering by linfa, with scikit-learn's interface.
///
/// Parameters
/// ----------
/// n_clusters : int, default 8
/// init : "k-means++", "random" or an array of (n_clusters, n_features), default "k-means++"
/// n_init : "auto" or int, default "auto"
///     Restarts, of which the best is kept. "auto" is 10 for "random" and 1 otherwise.
/// max_iter : int, default 300
///     The most iterations of one restart.
/// tol : float, default 1e-4
///     linfa's: fitting stops when sqrt(sum of squared shifts of the centroids) < tol.
/// random_state : int or None, default None
///     The same seed gives the same model. None draws another seed each time.
/// compute_labels : bool, default True
///     False saves a last pass over all of X, which computes `labels_` and `inertia_`.
#[pyclass(module = "linfa_kmeans")]
pub(crate) struct KMeans {
    /// How to fit, with a seed that is used only where there is a `random_state`.
    fitting: Fitting,
    /// Restarts, or None for "auto".
    n_init: Option<usize>,
    /// The seed, or None.
    #[pyo3(get)]
    random_state: Option<u64>,
    model: Option<Arc<Model>>,
    training: Option<Training>,
}

/// What only fitting gives.
struct Training {
    n_iter: u64,
    assignment: Option<Assignment>,
}

#[pymethods]
impl KMeans {
    #[new]
    #[pyo3(
        signature = (n_clusters=8, *, init=None, n_init=None, max_iter=300, tol=1e-4, random_state=None, compute_labels=true),
        text_signature = "(n_clusters=8, *, init=\"k-means++\", n_init=\"auto\", max_iter=300, tol=1e-4, random_state=None, compute_labels=True)"
    )]
    #[expect(clippy::needless_pass_by_value, reason = "as PyO3 hands them over")]
    fn new(
        n_clusters: i64,
        init: Option<Bound<'_, PyAny>>,
        n_init: Option<Bound<'_, PyAny>>,
        max_iter: i64,
        tol: f64,
        random_state: Option<i64>,
        compute_labels: bool,
    ) -> PyResult<Self> {
        let start = parameters::start(init.as_ref())?;
        let n_init = parameters::n_init(n_init.as_ref())?;
        let random_state = parameters::random_state(random_state)?;
        let auto = match start {
            Start::Random => AUTO_N_INIT_RANDOM,
            _ => 1,
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
            model: None,
            training: None,
        })
    }

    /// Make a model of exactly these centroids, an array of (n_clusters, n_features).
    #[classmethod]
    fn from_centers(_class: &Bound<'_, PyType>, centers: &Bound<'_, PyAny>) -> PyResult<Self> {
        let centers = Rows::read("centers", centers)?.view()?.to_owned();
        let model = Model::from_centroids(centers)
            .map_err(|fault| value_error(format!("centers: {fault}")))?;
        Ok(Self::of_model(model))
    }

    /// Read a model from a file that `save` wrote.
    #[classmethod]
    #[expect(clippy::needless_pass_by_value, reason = "as PyO3 hands it over")]
    fn load(_class: &Bound<'_, PyType>, py: Python<'_>, path: PathBuf) -> PyResult<Self> {
        let text = py.detach(|| std::fs::read(&path))?;
        let model = py.detach(|| ModelFile::parse(&text));
        model
            .map(Self::of_model)
            .map_err(|fault| value_error(format!("{}: {fault}", path.display())))
    }

    /// Write the model as JSON. Its numbers read back exactly.
    #[expect(clippy::needless_pass_by_value, reason = "as PyO3 hands it over")]
    fn save(slf: &Bound<'_, Self>, path: PathBuf) -> PyResult<()> {
        let py = slf.py();
        let model = Arc::clone(slf.borrow().model(py)?);
        let seed = slf.borrow().random_state;
        Ok(py.detach(|| ModelFile::save(&model, seed, &path))?)
    }

    /// Find the clusters of the observations X, (n_samples, n_features). Return self.
    ///
    /// An X of float64 in C order is used as it is, anything else is copied. The interpreter's lock
    /// is released meanwhile. `y` is ignored.
    #[pyo3(signature = (X, y=None))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    fn fit<'py>(
        slf: Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        y: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, Self>> {
        let _ = y;
        let rows = Rows::read("X", X)?;
        let observations = rows.view()?;
        // Not borrowed while it fits: other threads may still use the model that it was.
        let mut fitting = slf.borrow().fitting.clone();
        if slf.borrow().random_state.is_none() {
            fitting.seed = getrandom::u64().map_err(value_error)?;
        }
        let fitted = slf
            .py()
            .detach(|| fit(observations, &fitting))
            .map_err(value_error)?;
        let Fit {
            model,
            n_iter,
            assignment,
        } = fitted;
        let mut own = slf.try_borrow_mut()?;
        own.model = Some(Arc::new(model));
        own.training = Some(Training { n_iter, assignment });
        drop(own);
        Ok(slf)
    }

    /// Return the cluster of each row of X, (n_samples, n_features), as an int32 array of (n_samples,).
    ///
    /// The interpreter's lock is released meanwhile. To use several cores, call it from several threads.
    #[pyo3(signature = (X))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    fn predict<'py>(
        slf: &Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<i32>>> {
        let py = slf.py();
        // Not borrowed while it predicts: another thread may fit this again meanwhile.
        let model = Arc::clone(slf.borrow().model(py)?);
        let rows = Rows::read("X", X)?;
        let observations = rows.view()?;
        let clusters = py
            .detach(|| predict(&model, observations))
            .map_err(value_error)?;
        Ok(PyArray1::from_vec(py, clusters))
    }

    /// Return the cluster of one observation, a list or an array of n_features numbers.
    ///
    /// It is quicker than `predict` of a single row.
    fn predict_one(&self, py: Python<'_>, row: &Bound<'_, PyAny>) -> PyResult<i32> {
        let model = self.model(py)?;
        with_row(row, |values| {
            predict_row(model, values).map_err(value_error)
        })
    }

    /// Fit, and return the cluster of each row of X: `labels_`, so not with compute_labels=False.
    #[pyo3(signature = (X, y=None))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    fn fit_predict<'py>(
        slf: Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        y: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyArray1<i32>>> {
        let py = slf.py();
        if !slf.borrow().fitting.labels {
            return Err(value_error(
                "fit_predict gives labels_, which compute_labels=False leaves out; call fit, then predict",
            ));
        }
        let slf = Self::fit(slf, X, y)?;
        slf.borrow().labels(py)
    }

    /// The centroids, (n_clusters, n_features): a copy.
    #[getter(cluster_centers_)]
    fn cluster_centers<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray2<f64>>> {
        Ok(PyArray2::from_array(py, self.model(py)?.centroids()))
    }

    /// The number of features of an observation.
    #[getter(n_features_in_)]
    fn n_features_in(&self, py: Python<'_>) -> PyResult<usize> {
        Ok(self.model(py)?.n_features())
    }

    /// Iterations, summed over all restarts (linfa does not tell them apart).
    #[getter(n_iter_)]
    fn n_iter(&self, py: Python<'_>) -> PyResult<u64> {
        Ok(self.training(py)?.n_iter)
    }

    /// Sum of squared distances of the observations to their centroids.
    #[getter(inertia_)]
    fn inertia(&self, py: Python<'_>) -> PyResult<f64> {
        Ok(self.assignment(py)?.inertia)
    }

    /// The cluster of each observation that it was fitted to, (n_samples,): a copy.
    #[getter(labels_)]
    fn labels<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyArray1<i32>>> {
        let labels = &self.assignment(py)?.labels;
        Ok(PyArray1::from_owned_array(
            py,
            labels.mapv(|label| i32::try_from(label).unwrap_or(i32::MAX)),
        ))
    }

    /// Return the parameters by name. `deep` is ignored.
    #[pyo3(signature = (deep=true))]
    fn get_params<'py>(slf: &Bound<'py, Self>, deep: bool) -> PyResult<Bound<'py, PyDict>> {
        let _ = deep;
        let all = PyDict::new(slf.py());
        for name in parameters::NAMES {
            all.set_item(name, slf.getattr(name)?)?;
        }
        Ok(all)
    }

    /// The number of clusters.
    #[getter]
    fn n_clusters(&self) -> usize {
        self.fitting.n_clusters
    }

    /// Where the centroids start.
    #[getter]
    fn init<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        parameters::init(py, &self.fitting.start)
    }

    /// Restarts, or "auto".
    #[getter]
    fn n_init<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        Ok(match self.n_init {
            Some(n) => n.into_pyobject(py)?.into_any(),
            None => "auto".into_pyobject(py)?.into_any(),
        })
    }

    /// The most iterations of one restart.
    #[getter]
    fn max_iter(&self) -> u64 {
        self.fitting.max_iter
    }

    /// Fitting stops once the centroids together move by less.
    #[getter]
    fn tol(&self) -> f64 {
        self.fitting.tol
    }

    /// Whether fitting gives labels_ and inertia_.
    #[getter]
    fn compute_labels(&self) -> bool {
        self.fitting.labels
    }

    fn __repr__(slf: &Bound<'_, Self>) -> PyResult<String> {
        let mut shown = Vec::new();
        for (name, value) in &Self::get_params(slf, false)? {
            let value = match value.cast::<PyArray2<f64>>() {
                Ok(_) => "array(...)".to_owned(),
                Err(_) => value.repr()?.to_string(),
            };
            shown.push(format!("{name}={value}"));
        }
        Ok(format!("KMeans({})", shown.join(", ")))
    }
}

impl KMeans {
    fn of_model(model: Model) -> Self {
        let start = Start::Centers(model.centroids().clone());
        Self {
            fitting: Fitting {
                start,
                ..Fitting::new(model.n_clusters())
            },
            n_init: None,
            random_state: None,
            model: Some(Arc::new(model)),
            training: None,
        }
    }

    fn model(&self, py: Python<'_>) -> PyResult<&Arc<Model>> {
        self.model.as_ref().ok_or_else(|| {
            not_fitted(
                py,
                "this KMeans is not fitted; call fit, or make one with from_centers or load",
            )
        })
    }

    fn training(&self, py: Python<'_>) -> PyResult<&Training> {
        self.training.as_ref().ok_or_else(|| {
            not_fitted(
                py,
                "this KMeans was not fitted here, which alone gives this; call fit",
            )
        })
    }

    fn assignment(&self, py: Python<'_>) -> PyResult<&Assignment> {
        self.training(py)?.assignment.as_ref().ok_or_else(|| {
            not_fitted(
                py,
                "this KMeans was fitted with compute_labels=False, which left out labels_ and inertia_",
            )
        })
    }
}
