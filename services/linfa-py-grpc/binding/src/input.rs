//! Python's numbers, read without a copy where their layout allows it.

use ndarray::ArrayView2;
use numpy::{
    PyArray1, PyArray2, PyArrayDescrMethods, PyArrayMethods, PyReadonlyArray2, PyUntypedArray,
    PyUntypedArrayMethods,
};
use pyo3::exceptions::PyTypeError;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyDict, PyFloat, PyList};

use crate::errors::value_error;

/// Rows of numbers, in C order, held for reading.
pub(crate) struct Rows<'py>(PyReadonlyArray2<'py, f64>);

impl<'py> Rows<'py> {
    /// Borrow `given` where it is an array of float64 in C order with two dimensions, else make such
    /// a copy. Anything that NumPy converts to real numbers is accepted.
    ///
    /// Errors call it `name`.
    pub(crate) fn read(name: &str, given: &Bound<'py, PyAny>) -> PyResult<Self> {
        if let Ok(array) = given.cast::<PyArray2<f64>>()
            && array.is_c_contiguous()
            && let Ok(readonly) = array.try_readonly()
            && readonly.as_slice().is_ok()
        {
            return Ok(Self(readonly));
        }
        let converted = convert(name, given)?;
        let n_dimensions = converted.cast::<PyUntypedArray>()?.ndim();
        if n_dimensions != 2 {
            return Err(value_error(format!(
                "{name}: {n_dimensions} dimensions came, 2 wanted; give (observations, features), as \
                 {name}.reshape(1, -1) for a single observation"
            )));
        }
        let array = converted.cast_into::<PyArray2<f64>>()?;
        Ok(Self(array.try_readonly().map_err(value_error)?))
    }

    /// Return the numbers, (rows, columns).
    pub(crate) fn view(&self) -> PyResult<ArrayView2<'_, f64>> {
        let values = self.0.as_slice().map_err(value_error)?;
        let &[rows, columns] = self.0.shape() else {
            return Err(value_error("two dimensions are wanted"));
        };
        ArrayView2::from_shape((rows, columns), values).map_err(value_error)
    }
}

/// Convert to an array of float64 in C order. Complex numbers, text and objects are refused, where
/// NumPy would drop a part, or parse.
fn convert<'py>(name: &str, given: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
    let py = given.py();
    let numpy = py.import(intern!(py, "numpy"))?;
    let array = numpy.call_method1(intern!(py, "asarray"), (given,))?;
    let kind = array.cast::<PyUntypedArray>()?.dtype().kind();
    // An empty list is float64 to NumPy.
    if !matches!(kind, b'f' | b'i' | b'u' | b'b') {
        let dtype = array.getattr(intern!(py, "dtype"))?;
        return Err(PyTypeError::new_err(format!(
            "{name}: its dtype is {dtype}, real numbers are wanted"
        )));
    }
    let options = PyDict::new(py);
    options.set_item(intern!(py, "dtype"), intern!(py, "float64"))?;
    options.set_item(intern!(py, "order"), intern!(py, "C"))?;
    numpy.call_method(intern!(py, "require"), (array, "float64", ["C", "A"]), None)
}

/// Pass the numbers of one observation to `ask`. Lists and arrays of float64 take a path of their
/// own, since this runs for every request.
pub(crate) fn with_row<T>(
    given: &Bound<'_, PyAny>,
    ask: impl FnOnce(&[f64]) -> PyResult<T>,
) -> PyResult<T> {
    if let Ok(list) = given.cast::<PyList>() {
        let mut values = Vec::with_capacity(list.len());
        for item in list {
            values.push(match item.cast_exact::<PyFloat>() {
                Ok(float) => float.value(),
                Err(_) => item
                    .extract()
                    .map_err(|error| not_a_row(given.py(), &error))?,
            });
        }
        return ask(&values);
    }
    if let Ok(array) = given.cast::<PyArray1<f64>>() {
        let readonly = array.try_readonly().map_err(value_error)?;
        if let Ok(values) = readonly.as_slice() {
            return ask(values);
        }
        return ask(&readonly.as_array().to_vec());
    }
    let values: Vec<f64> = given
        .extract()
        .map_err(|error| not_a_row(given.py(), &error))?;
    ask(&values)
}

fn not_a_row(py: Python<'_>, cause: &PyErr) -> PyErr {
    PyTypeError::new_err(format!(
        "row: one dimension of real numbers is wanted ({})",
        cause.value(py)
    ))
}
