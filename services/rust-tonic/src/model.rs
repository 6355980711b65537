//! A K-means model: read from `model.json`, answered by linfa.

use std::io::Write;
use std::path::{Path, PathBuf};

use linfa::DatasetBase;
use linfa::traits::{Fit, Predict};
use linfa_clustering::{KMeans, KMeansInit};
use linfa_nn::distance::L2Dist;
use ndarray::{Array2, ArrayView1};
use serde::{Deserialize, Serialize};

/// A model that answers; its centroids are finite, and there is at least one.
#[derive(Debug)]
pub struct Model {
    kmeans: KMeans<f64, L2Dist>,
}

/// `model.json`. Keys that are not known are left alone.
#[derive(Debug, Serialize, Deserialize)]
pub struct ModelFile {
    /// Rows of `centroids`.
    pub n_clusters: usize,
    /// Numbers in each of them.
    pub n_features: usize,
    /// What the centroids were made from, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub seed: Option<u64>,
    /// One row a cluster.
    pub centroids: Vec<Vec<f64>>,
}

/// A model that cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("model {}: {fault}; name another with --model or SERVER_MODEL, or make one with train_model", path.display())]
pub struct ModelError {
    path: PathBuf,
    #[source]
    fault: Fault,
}

/// What is wrong with a model.
#[derive(Debug, PartialEq, thiserror::Error)]
pub enum Fault {
    /// No file, or none that can be read.
    #[error("cannot be read ({0})")]
    Unreadable(String),
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
        /// NaN or an infinity.
        value: f64,
    },
    /// linfa did not take the centroids.
    #[error("is refused by linfa ({0})")]
    Linfa(String),
}

impl Model {
    /// Reads a model file.
    ///
    /// # Errors
    /// Where it is missing, or is not a model that can be served.
    pub fn read(path: &Path) -> Result<Self, ModelError> {
        std::fs::read(path)
            .map_err(|error| Fault::Unreadable(error.to_string()))
            .and_then(|bytes| Self::parse(&bytes))
            .map_err(|fault| ModelError {
                path: path.to_owned(),
                fault,
            })
    }

    /// Parses the text of a model file.
    ///
    /// # Errors
    /// Where it is not a model that can be served.
    pub fn parse(json: &[u8]) -> Result<Self, Fault> {
        let file = serde_json::from_slice::<ModelFile>(json);
        Self::from_centroids(
            file.map_err(|error| Fault::Form(error.to_string()))?
                .checked()?,
        )
    }

    /// A model of these centroids, exactly. linfa offers no constructor: it is fitted with
    /// them as its starting point, on no observations, which moves none of them.
    fn from_centroids(centroids: Array2<f64>) -> Result<Self, Fault> {
        let (n_clusters, n_features) = centroids.dim();
        let nothing = DatasetBase::from(Array2::<f64>::zeros((0, n_features)));
        KMeans::params(n_clusters)
            .init_method(KMeansInit::Precomputed(centroids))
            .n_runs(1)
            .max_n_iterations(1)
            .fit(&nothing)
            .map(|kmeans| Self { kmeans })
            .map_err(|error| Fault::Linfa(error.to_string()))
    }

    /// The centroids, (`n_clusters`, `n_features`).
    #[must_use]
    pub fn centroids(&self) -> &Array2<f64> {
        self.kmeans.centroids()
    }

    /// How many clusters there are.
    #[must_use]
    pub fn n_clusters(&self) -> usize {
        self.centroids().nrows()
    }

    /// How many features an observation has.
    #[must_use]
    pub fn n_features(&self) -> usize {
        self.centroids().ncols()
    }

    /// The cluster of one observation, or nothing where its width is not `n_features`
    /// (on which linfa would panic).
    ///
    /// One row at a time is also how batches go: linfa's method for many rows hands them to
    /// rayon's pool, whose threads the server does without.
    #[must_use]
    #[inline]
    pub fn predict(&self, observation: &[f64]) -> Option<i32> {
        if observation.len() != self.n_features() {
            return None;
        }
        let cluster: usize = self.kmeans.predict(&ArrayView1::from(observation));
        i32::try_from(cluster).ok()
    }
}

impl ModelFile {
    /// Writes it as JSON, a row of centroids a line; numbers read back exactly.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(&self, out: &mut impl Write) -> std::io::Result<()> {
        write!(
            out,
            "{{\"n_clusters\": {}, \"n_features\": {}",
            self.n_clusters, self.n_features
        )?;
        if let Some(seed) = self.seed {
            write!(out, ", \"seed\": {seed}")?;
        }
        write!(out, ", \"centroids\": [")?;
        for (i, row) in self.centroids.iter().enumerate() {
            out.write_all(if i == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut *out, row)?;
        }
        writeln!(out, "\n]}}")
    }

    fn checked(self) -> Result<Array2<f64>, Fault> {
        let Self {
            n_clusters,
            n_features,
            centroids,
            ..
        } = self;
        if n_clusters == 0 || n_features == 0 {
            return Err(Fault::Empty {
                n_clusters,
                n_features,
            });
        }
        if i32::try_from(n_clusters).is_err() {
            return Err(Fault::TooMany(n_clusters));
        }
        if centroids.len() != n_clusters {
            return Err(Fault::Clusters {
                said: n_clusters,
                found: centroids.len(),
            });
        }
        for (row, centroid) in centroids.iter().enumerate() {
            if centroid.len() != n_features {
                return Err(Fault::Features {
                    row,
                    said: n_features,
                    found: centroid.len(),
                });
            }
            if let Some(feature) = centroid.iter().position(|value| !value.is_finite()) {
                let value = centroid.get(feature).copied().unwrap_or(f64::NAN);
                return Err(Fault::NotFinite {
                    row,
                    feature,
                    value,
                });
            }
        }
        Array2::from_shape_vec((n_clusters, n_features), centroids.concat())
            .map_err(|error| Fault::Form(error.to_string()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn json(n_clusters: usize, n_features: usize, centroids: &[Vec<f64>]) -> Vec<u8> {
        let file = ModelFile {
            n_clusters,
            n_features,
            seed: Some(1),
            centroids: centroids.to_vec(),
        };
        let mut text = Vec::new();
        file.write(&mut text).unwrap();
        text
    }

    proptest! {
        #[test]
        fn centroids_are_served_bit_by_bit_as_they_were_written(
            centroids in (1_usize..9, 1_usize..5).prop_flat_map(|(k, d)| {
                prop::collection::vec(prop::collection::vec(-1e9_f64..1e9, d), k)
            })
        ) {
            let d = centroids[0].len();
            let model = Model::parse(&json(centroids.len(), d, &centroids)).unwrap();
            let served: Vec<u64> = model.centroids().iter().map(|v| v.to_bits()).collect();
            let written: Vec<u64> = centroids.concat().iter().map(|v| v.to_bits()).collect();
            prop_assert_eq!(served, written);
        }

        #[test]
        fn no_observation_panics(row in prop::collection::vec(any::<f64>(), 0..5)) {
            let model = Model::parse(&json(2, 2, &[vec![0.0, 0.0], vec![9.0, 9.0]])).unwrap();
            prop_assert_eq!(model.predict(&row).is_some(), row.len() == 2);
        }

        #[test]
        fn no_text_panics(text in ".*") {
            prop_assert!(Model::parse(text.as_bytes()).is_err());
        }
    }

    #[test]
    fn the_nearest_centroid_answers() {
        let model = Model::parse(&json(2, 2, &[vec![-5.0, 0.0], vec![5.0, 0.0]])).unwrap();
        assert_eq!(model.predict(&[-1.0, 3.0]), Some(0));
        assert_eq!(model.predict(&[1.0, 3.0]), Some(1));
    }

    #[test]
    fn a_model_reads_back_as_it_was_written() {
        let rows = vec![
            vec![0.1 + 0.2, 1e-300],
            vec![-0.0, 1.797_693_134_862_315_7e308],
        ];
        let file: ModelFile = serde_json::from_slice(&json(2, 2, &rows)).unwrap();
        assert_eq!((file.seed, file.centroids), (Some(1), rows));
    }

    #[test]
    fn keys_that_are_not_known_are_left_alone() {
        let text = br#"{"n_clusters":1,"n_features":1,"made_by":"hand","centroids":[[1]]}"#;
        assert_eq!(Model::parse(text).unwrap().n_clusters(), 1);
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
            let fault = Model::parse(text.as_bytes()).unwrap_err().to_string();
            assert!(fault.contains(told), "{text}: {fault}");
        }
    }

    #[test]
    fn a_missing_model_is_named_with_what_to_do() {
        let told = Model::read(Path::new("/nowhere/model.json"))
            .unwrap_err()
            .to_string();
        assert!(
            told.starts_with("model /nowhere/model.json: cannot be read ("),
            "{told}"
        );
        assert!(told.contains("--model"), "{told}");
    }

    #[test]
    fn centroids_that_are_not_finite_are_refused() {
        let file = ModelFile {
            n_clusters: 1,
            n_features: 2,
            seed: None,
            centroids: vec![vec![0.0, f64::INFINITY]],
        };
        let fault = file.checked().unwrap_err();
        assert_eq!(
            fault,
            Fault::NotFinite {
                row: 0,
                feature: 1,
                value: f64::INFINITY
            }
        );
    }
}
