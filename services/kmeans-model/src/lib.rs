//! A K-means model of linfa: read from a file, trained, and used, all by linfa's public API.
//!
//! The server and the Python binding are built on this crate. So they differ in how they are
//! called and in nothing else.

#[cfg(not(feature = "l2dist"))]
mod distance;
#[cfg(feature = "l2dist")]
mod distance {
    pub(crate) use linfa_nn::distance::L2Dist as Euclidean;
}
mod fault;
mod file;
mod fit;
mod fitting;
mod model;
mod observations;

pub use fault::Fault;
pub use file::ModelFile;
pub use fit::{Assignment, Fit, fit};
pub use fitting::{Fitting, Start};
pub use model::Model;

/// Return the first number that is not finite, and its index.
#[must_use]
pub fn first_not_finite(values: &[f64]) -> Option<(usize, f64)> {
    // All at once first, which is quick and nearly always enough.
    if values.iter().all(|value| value.is_finite()) {
        return None;
    }
    values
        .iter()
        .copied()
        .enumerate()
        .find(|(_, value)| !value.is_finite())
}

/// Return `NaN`, `infinity`, `-infinity` or the number, as every server here names them.
#[must_use]
pub fn name_of(value: f64) -> String {
    match value {
        value if value == f64::INFINITY => "infinity".into(),
        value if value == f64::NEG_INFINITY => "-infinity".into(),
        value => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_number_that_is_not_finite_is_found() {
        assert_eq!(first_not_finite(&[1.0, -0.0, f64::MAX]), None);
        let found = first_not_finite(&[1.0, f64::NEG_INFINITY, f64::NAN]);
        assert_eq!(found, Some((1, f64::NEG_INFINITY)));
    }

    #[test]
    fn what_is_not_finite_has_one_name() {
        let names = [f64::NAN, -f64::NAN, f64::INFINITY, f64::NEG_INFINITY].map(name_of);
        assert_eq!(names, ["NaN", "NaN", "infinity", "-infinity"]);
    }
}
