//! Trains a K-means model on generated observations and writes it.

use std::error::Error;
use std::fs::File;
use std::io::{BufWriter, Write, stdout};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Parser, value_parser};
use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_clustering::KMeans;
use linfa_nn::distance::L2Dist;
use ndarray::Array2;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256Plus;
use rust_tonic::model::ModelFile;
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
    let (n_clusters, n_features) = (line.centroids as usize, line.features as usize);
    let points = line.points.unwrap_or(100 * n_clusters);
    if points < n_clusters {
        return Err(format!(
            "--points: {points} observations cannot make {n_clusters} clusters; give {n_clusters} or more"
        )
        .into());
    }
    let model = train(n_clusters, n_features, points, line.seed)?;
    let file = ModelFile {
        n_clusters,
        n_features,
        seed: Some(line.seed),
        centroids: model
            .centroids()
            .rows()
            .into_iter()
            .map(|row| row.to_vec())
            .collect(),
    };
    if line.output.as_os_str() == "-" {
        let mut out = BufWriter::new(stdout().lock());
        file.write(&mut out)?;
        return Ok(out.flush()?);
    }
    write(&file, &line.output).map_err(|error| {
        format!(
            "--output: {} cannot be written ({error})",
            line.output.display()
        )
        .into()
    })
}

fn train(
    n_clusters: usize,
    n_features: usize,
    points: usize,
    seed: u64,
) -> Result<KMeans<f64, L2Dist>, Box<dyn Error>> {
    let mut source = Source::new(n_features, seed);
    let values = (0..points)
        .flat_map(|_| source.observation().features)
        .collect();
    let observations = DatasetBase::from(Array2::from_shape_vec((points, n_features), values)?);
    let random = Xoshiro256Plus::seed_from_u64(seed);
    Ok(KMeans::params_with_rng(n_clusters, random)
        .n_runs(1)
        .fit(&observations)?)
}

fn write(file: &ModelFile, path: &PathBuf) -> std::io::Result<()> {
    let mut out = BufWriter::new(File::create(path)?);
    file.write(&mut out)?;
    out.flush()
}
