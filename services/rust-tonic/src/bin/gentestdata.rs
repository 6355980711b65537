//! Prints requests to send, as JSON.

use std::error::Error;
use std::io::{BufWriter, Write, stdout};
use std::process::ExitCode;

use clap::{Parser, Subcommand, value_parser};
use rust_tonic::testdata::Source;

/// Prints requests for Predict, uniform in [-100, 100), as a JSON array.
#[derive(Debug, Parser)]
#[command(version, args_conflicts_with_subcommands = true)]
struct CommandLine {
    #[command(flatten)]
    requests: Requests,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, clap::Args)]
struct Requests {
    /// Numbers of each observation
    #[arg(long, default_value = "2", value_parser = value_parser!(u32).range(1..=65_536))]
    features: u32,
    /// Requests
    #[arg(long, default_value_t = 1_000)]
    samples: usize,
    /// The same seed gives the same requests
    #[arg(long, default_value_t = 1)]
    seed: u64,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Prints requests for PredictBatch instead
    Batch {
        /// Requests
        #[arg(long, default_value_t = 100)]
        batches: usize,
        /// Observations of each request
        #[arg(long, default_value_t = 10)]
        samples: usize,
        /// Numbers of each observation
        #[arg(long, default_value = "2", value_parser = value_parser!(u32).range(1..=65_536))]
        features: u32,
        /// The same seed gives the same requests
        #[arg(long, default_value_t = 1)]
        seed: u64,
    },
}

fn main() -> ExitCode {
    rust_tonic::tool::end("gentestdata", run(&CommandLine::parse()))
}

fn run(line: &CommandLine) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(stdout().lock());
    match line.command {
        Some(Command::Batch {
            batches,
            samples,
            features,
            seed,
        }) => {
            Source::new(features as usize, seed).write_batches(&mut out, batches, samples)?;
        }
        None => {
            let Requests {
                features,
                samples,
                seed,
            } = line.requests;
            Source::new(features as usize, seed).write_requests(&mut out, samples)?;
        }
    }
    Ok(out.flush()?)
}
