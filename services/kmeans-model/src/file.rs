//! `model.json`, and what can be wrong with it.

use std::io::{self, Write};

use ndarray::{Array2, ArrayView2};
use serde::Deserialize;

use crate::model::Model;

/// What a model file holds; keys that are not known are left alone.
#[derive(Debug, Deserialize)]
pub struct ModelFile {
    n_clusters: usize,
    n_features: usize,
    centroids: Vec<Vec<f64>>,
}

/// What is wrong with a model.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not JSON, or not of this form.
    #[error("is not a model ({0})")]
    Form(String),
    /// A model of nothing.
    #[error("has {n_clusters} clusters of {n_features} features, at least 1 of each is wanted")]
    Empty {
        /// As the file says.
        n_clusters: usize,
        /// As the file says.
        n_features: usize,
    },
    /// More clusters than an answer can number.
    #[error("has {0} clusters, at most 2147483647 can be served")]
    TooMany(usize),
    /// The counts and the rows disagree.
    #[error("says n_clusters = {said} but has {found} centroids")]
    Clusters {
        /// As the file says.
        said: usize,
        /// Rows found.
        found: usize,
    },
    /// A row of the wrong width.
    #[error("says n_features = {said} but row {row} of centroids has {found}")]
    Features {
        /// Counted from 0.
        row: usize,
        /// As the file says.
        said: usize,
        /// Numbers found.
        found: usize,
    },
    /// A number that is none.
    #[error("row {row} of centroids, feature {feature}: {value} is not a finite number")]
    NotFinite {
        /// Counted from 0.
        row: usize,
        /// Counted from 0.
        feature: usize,
        /// Its name.
        value: String,
    },
    /// linfa did not take the centroids.
    #[error("is refused by linfa ({0})")]
    Linfa(String),
}

impl ModelFile {
    /// Parses the text of a model file into the model.
    ///
    /// # Errors
    /// Where it is not a model that can be served.
    pub fn parse(json: &[u8]) -> Result<Model, Fault> {
        let file: Self =
            serde_json::from_slice(json).map_err(|error| Fault::Form(error.to_string()))?;
        Model::from_centroids(file.centroids()?)
    }

    /// Writes centroids as a model file, a row a line; numbers read back exactly.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(
        out: &mut impl Write,
        centroids: ArrayView2<'_, f64>,
        seed: Option<u64>,
    ) -> io::Result<()> {
        let (n_clusters, n_features) = centroids.dim();
        write!(
            out,
            "{{\"n_clusters\": {n_clusters}, \"n_features\": {n_features}"
        )?;
        if let Some(seed) = seed {
            write!(out, ", \"seed\": {seed}")?;
        }
        write!(out, ", \"centroids\": [")?;
        for (i, row) in centroids.rows().into_iter().enumerate() {
            out.write_all(if i == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *out, &row.to_vec())?;
        }
        writeln!(out, "\n]}}")
    }

    fn centroids(self) -> Result<Array2<f64>, Fault> {
        let Self {
            n_clusters,
            n_features,
            centroids,
        } = self;
        if n_clusters == 0 || n_features == 0 {
            return Err(Fault::Empty {
                n_clusters,
                n_features,
            });
        }
        if centroids.len() != n_clusters {
            return Err(Fault::Clusters {
                said: n_clusters,
                found: centroids.len(),
            });
        }
        if let Some(row) = centroids.iter().position(|row| row.len() != n_features) {
            let found = centroids.get(row).map_or(0, Vec::len);
            return Err(Fault::Features {
                row,
                said: n_features,
                found,
            });
        }
        Array2::from_shape_vec((n_clusters, n_features), centroids.concat())
            .map_err(|error| Fault::Form(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_read_back_bit_by_bit(values in prop::collection::vec(-1e300_f64..1e300, 6)) {
            let written = Array2::from_shape_vec((3, 2), values).unwrap();
            let mut text = Vec::new();
            ModelFile::write(&mut text, written.view(), Some(7)).unwrap();
            let read = ModelFile::parse(&text).unwrap();
            prop_assert_eq!(read.centroids().mapv(f64::to_bits), written.mapv(f64::to_bits));
        }

        #[test]
        fn no_text_panics(text in ".*") {
            prop_assert!(ModelFile::parse(text.as_bytes()).is_err());
        }
    }

    #[test]
    fn the_smallest_and_largest_numbers_read_back() {
        let written = array![[0.1 + 0.2, 5e-324], [-0.0, f64::MAX]];
        let mut text = Vec::new();
        ModelFile::write(&mut text, written.view(), None).unwrap();
        assert_eq!(ModelFile::parse(&text).unwrap().centroids(), &written);
    }

    #[test]
    fn keys_that_are_not_known_are_left_alone() {
        let text = br#"{"n_clusters":1,"n_features":1,"made_by":"hand","centroids":[[1]]}"#;
        assert_eq!(ModelFile::parse(text).unwrap().n_clusters(), 1);
    }

    #[test]
    fn a_broken_model_is_refused_with_its_fault() {
        for (text, told) in [
            ("", "is not a model (EOF"),
            ("[1]", "is not a model ("),
            (
                r#"{"n_clusters":1,"centroids":[[1]]}"#,
                "missing field `n_features`",
            ),
            (
                r#"{"n_clusters":1,"n_features":1,"centroids":[["a"]]}"#,
                "invalid type",
            ),
            (
                r#"{"n_clusters":1,"n_features":1,"centroids":[[NaN]]}"#,
                "is not a model (",
            ),
            (
                r#"{"n_clusters":1,"n_features":1,"centroids":[[1e999]]}"#,
                "out of range",
            ),
            (
                r#"{"n_clusters":-1,"n_features":1,"centroids":[[1]]}"#,
                "invalid value",
            ),
            (
                r#"{"n_clusters":0,"n_features":2,"centroids":[]}"#,
                "has 0 clusters of 2 features",
            ),
            (
                r#"{"n_clusters":1,"n_features":0,"centroids":[[]]}"#,
                "has 1 clusters of 0 features",
            ),
            (
                r#"{"n_clusters":2,"n_features":1,"centroids":[[1]]}"#,
                "says n_clusters = 2 but has 1 centroids",
            ),
            (
                r#"{"n_clusters":2,"n_features":2,"centroids":[[1,2],[1]]}"#,
                "says n_features = 2 but row 1 of centroids has 1",
            ),
        ] {
            let fault = ModelFile::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(fault.contains(told), "{text}: {fault}");
        }
    }
}
