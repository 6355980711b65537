//! Trains a K-means model on generated observations and writes it.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Parser, value_parser};
use kmeans_model::{Fitting, Model, ModelFile, Start, fit};
use ndarray::Array2;
use rust_tonic::testdata::Source;

/// Trains a K-means model on observations uniform in [-100, 100), and writes it as the
/// servers read it.
#[derive(Debug, Parser)]
#[command(version)]
struct CommandLine {
    /// Numbers of each observation
    #[arg(long, default_value = "2", value_parser = value_parser!(u32).range(1..=65_536))]
    features: u32,
    /// Clusters
    #[arg(long, default_value = "100", value_parser = value_parser!(u32).range(1..=1_000_000))]
    centroids: u32,
    /// Where to write it; `-` is standard output
    #[arg(long)]
    output: PathBuf,
    /// Observations to train on; at least as many as there are clusters [default: 100 a cluster]
    #[arg(long)]
    points: Option<usize>,
    /// The same seed gives the same model
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

fn main() -> ExitCode {
    rust_tonic::tool::end("train_model", run(&CommandLine::parse()))
}

fn run(line: &CommandLine) -> Result<(), Box<dyn Error>> {
    let model = train(line)?;
    if line.output.as_os_str() == "-" {
        return Ok(write(&model, line.seed, stdout().lock())?);
    }
    save(&model, line.seed, &line.output).map_err(|error| {
        format!(
            "--output: {} cannot be written ({error})",
            line.output.display()
        )
        .into()
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
        labels: true,
        n_clusters,
        start: Start::PlusPlus,
        n_init: 1,
        max_iter: 300,
        tol: 1e-4,
        seed: line.seed,
    };
    Ok(fit(observations.view(), &fitting)?.model)
}

fn save(model: &Model, seed: u64, path: &Path) -> std::io::Result<()> {
    write(model, seed, File::create(path)?)
}

fn write(model: &Model, seed: u64, out: impl Write) -> std::io::Result<()> {
    let mut out = BufWriter::new(out);
    ModelFile::write(&mut out, model.centroids().view(), Some(seed))?;
    out.flush()
}
