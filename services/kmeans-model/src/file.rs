//! `model.json`, read and written.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;

use ndarray::Array2;
use serde::Deserialize;

use crate::fault::Fault;
use crate::model::Model;

/// The content of a model file. Unknown keys are ignored.
#[derive(Debug, Deserialize)]
pub struct ModelFile {
    n_clusters: usize,
    n_features: usize,
    centroids: Vec<Vec<f64>>,
}

impl ModelFile {
    /// Parse the text of a model file into the model.
    ///
    /// # Errors
    /// Where it is not a model that can be served.
    pub fn parse(json: &[u8]) -> Result<Model, Fault> {
        let file: Self = serde_json::from_slice(json).map_err(not_a_model)?;
        Model::from_centroids(file.centroids()?)
    }

    /// Write a model, with the seed that it was trained with, to a file.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn save(model: &Model, seed: Option<u64>, path: &Path) -> io::Result<()> {
        Self::write(model, seed, File::create(path)?)
    }

    /// Write a model as the text of a model file, one centroid per line. Numbers read back exactly.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write(model: &Model, seed: Option<u64>, out: impl Write) -> io::Result<()> {
        let mut out = BufWriter::new(out);
        let (n_clusters, n_features) = (model.n_clusters(), model.n_features());
        write!(
            out,
            "{{\"n_clusters\": {n_clusters}, \"n_features\": {n_features}"
        )?;
        if let Some(seed) = seed {
            write!(out, ", \"seed\": {seed}")?;
        }
        write!(out, ", \"centroids\": [")?;
        for (i, row) in model.centroids().rows().into_iter().enumerate() {
            out.write_all(if i == 0 { b"\n" } else { b",\n" })?;
            serde_json::to_writer(&mut out, &row.to_vec())?;
        }
        writeln!(out, "\n]}}")?;
        out.flush()
    }

    fn centroids(self) -> Result<Array2<f64>, Fault> {
        let (n_clusters, n_features) = (self.n_clusters, self.n_features);
        if self.centroids.len() != n_clusters {
            let found = self.centroids.len();
            return Err(Fault::new(format!(
                "says n_clusters = {n_clusters} but has {found} centroids"
            )));
        }
        for (i, row) in self.centroids.iter().enumerate() {
            if row.len() != n_features {
                let found = row.len();
                return Err(Fault::new(format!(
                    "says n_features = {n_features} but row {i} of centroids has {found}"
                )));
            }
        }
        Array2::from_shape_vec((n_clusters, n_features), self.centroids.concat())
            .map_err(not_a_model)
    }
}

fn not_a_model(error: impl std::fmt::Display) -> Fault {
    Fault::new(format!("is not a model ({error})"))
}
