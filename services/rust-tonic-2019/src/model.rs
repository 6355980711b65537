//! The model file, and linfa's model of its centroids.

use std::convert::TryFrom;
use std::path::Path;

use linfa::clustering::KMeans;
use ndarray::ArrayView2;
use serde::Deserialize;
use serde_json::json;

/// A trained model. Its centroids are finite, and there is at least one.
pub(crate) struct Model {
    kmeans: KMeans,
    pub(crate) n_clusters: usize,
    pub(crate) n_features: usize,
    /// The first centroid, to test the model with.
    pub(crate) first: Vec<f64>,
}

#[derive(Deserialize)]
struct File {
    n_clusters: usize,
    n_features: usize,
    centroids: Vec<Vec<f64>>,
}

impl Model {
    /// Read a model file. The error is one line.
    pub(crate) fn read(path: &Path) -> Result<Self, String> {
        let named = |what: String| {
            format!(
                "model {}: {what}; name another with --model or SERVER_MODEL",
                path.display()
            )
        };
        let text = std::fs::read(path).map_err(|e| named(format!("cannot be read ({e})")))?;
        Self::parse(&text).map_err(named)
    }

    fn parse(text: &[u8]) -> Result<Self, String> {
        let not_a_model = |error: serde_json::Error| format!("is not a model ({error})");
        let file: File = serde_json::from_slice(text).map_err(not_a_model)?;
        let (k, d) = (file.n_clusters, file.n_features);
        let first = match file.centroids.first() {
            Some(first) if d > 0 => first.clone(),
            _ => return Err("has no clusters, or no features".into()),
        };
        if file.centroids.len() != k {
            return Err(format!(
                "says n_clusters = {k} but has {} centroids",
                file.centroids.len()
            ));
        }
        if let Some(row) = file.centroids.iter().position(|row| row.len() != d) {
            return Err(format!(
                "says n_features = {d}, which row {row} of centroids has not"
            ));
        }
        // linfa 0.1 has no constructor, but reads what it wrote: as the published server did.
        let kmeans = serde_json::from_value(json!({
            "hyperparameters": {"n_clusters": k, "tolerance": 1e-4, "max_n_iterations": 300},
            "centroids": {"v": 1, "dim": [k, d], "data": file.centroids.concat()},
        }));
        Ok(Self {
            kmeans: kmeans.map_err(not_a_model)?,
            n_clusters: k,
            n_features: d,
            first,
        })
    }

    /// Return the cluster of one observation, or what is wrong with it. linfa panics for a wrong
    /// width, and returns cluster 0 for what is not finite. Errors name the row.
    pub(crate) fn predict(&self, row: usize, features: &[f64]) -> Result<i32, String> {
        if features.len() != self.n_features {
            let came = features.len();
            return Err(format!(
                "row {row}: {came} features came, {} wanted",
                self.n_features
            ));
        }
        if let Some((j, value)) = features
            .iter()
            .enumerate()
            .find(|(_, value)| !value.is_finite())
        {
            return Err(format!(
                "row {row}, feature {j}: {} is not a finite number",
                spell(*value)
            ));
        }
        ArrayView2::from_shape((1, features.len()), features)
            .ok()
            .and_then(|observation| {
                self.kmeans
                    .predict(&observation)
                    .into_iter()
                    .copied()
                    .next()
            })
            .and_then(|cluster| i32::try_from(cluster).ok())
            .ok_or_else(|| format!("row {row}: linfa gave no cluster"))
    }
}

fn spell(value: f64) -> &'static str {
    if value.is_nan() {
        "NaN"
    } else if value > 0.0 {
        "infinity"
    } else {
        "-infinity"
    }
}

#[cfg(test)]
mod tests {
    use super::Model;

    #[test]
    fn the_nearest_centroid_is_found_and_bad_rows_are_refused() {
        let model = Model::parse(br#"{"n_clusters":2,"n_features":1,"centroids":[[-1],[1]]}"#);
        let model = model.unwrap();
        assert_eq!(model.predict(0, &[3.0]), Ok(1));
        assert_eq!(model.predict(0, &[-3.0]), Ok(0));
        let told = model.predict(4, &[f64::NEG_INFINITY]).unwrap_err();
        assert_eq!(told, "row 4, feature 0: -infinity is not a finite number");
        assert_eq!(
            model.predict(1, &[]).unwrap_err(),
            "row 1: 0 features came, 1 wanted"
        );
    }
}
