//! Trains a K-means model on generated observations and writes it.

use std::error::Error;
use std::io::stdout;
use std::path::PathBuf;

use clap::{Args, value_parser};
use kmeans_model::{Fitting, Model, ModelFile, fit};
use ndarray::Array2;
use rust_tonic::testdata::Source;

/// Trains a K-means model on observations uniform in [-100, 100), and writes it as the
/// servers read it.
#[derive(Debug, Args)]
pub(crate) struct CommandLine {
    /// Features of each observation
    #[arg(long, default_value = "2", value_parser = value_parser!(u32).range(1..=65_536))]
    features: u32,
    /// Clusters
    #[arg(long, default_value = "100", value_parser = value_parser!(u32).range(1..=1_000_000))]
    centroids: u32,
    /// Where to write it; `-` is standard output
    #[arg(long)]
    output: PathBuf,
    /// Observations to train on; at least as many as there are clusters [default: 100 per cluster]
    #[arg(long)]
    points: Option<usize>,
    /// The same seed gives the same model
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

pub(crate) fn run(line: &CommandLine) -> Result<(), Box<dyn Error>> {
    let model = train(line)?;
    let seed = Some(line.seed);
    if line.output.as_os_str() == "-" {
        return Ok(ModelFile::write(&model, seed, stdout().lock())?);
    }
    ModelFile::save(&model, seed, &line.output).map_err(|error| {
        let path = line.output.display();
        format!("--output: {path} cannot be written ({error})").into()
    })
}

fn train(line: &CommandLine) -> Result<Model, Box<dyn Error>> {
    let (n_clusters, n_features) = (line.centroids as usize, line.features as usize);
    let points = line.points.unwrap_or(n_clusters.saturating_mul(100));
    if points < n_clusters {
        return Err(format!(
            "--points: {points} observations cannot make {n_clusters} clusters; give {n_clusters} or more"
        )
        .into());
    }
    let mut source = Source::new(n_features, line.seed);
    let values = (0..points)
        .flat_map(|_| source.observation().features)
        .collect();
    let observations = Array2::from_shape_vec((points, n_features), values)?;
    let fitting = Fitting {
        seed: line.seed,
        ..Fitting::new(n_clusters)
    };
    Ok(fit(observations.view(), &fitting)?.model)
}
