//! Prints requests to send, as JSON.

use std::error::Error;
use std::io::{BufWriter, Write, stdout};

use clap::{Args, Subcommand, value_parser};
use rust_tonic::testdata::Source;

/// Prints requests for Predict, uniform in [-100, 100), as a JSON array.
#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct CommandLine {
    /// Requests
    #[arg(long, default_value_t = 1_000)]
    samples: usize,
    #[command(flatten)]
    observations: Observations,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Args)]
struct Observations {
    /// Features of each observation
    #[arg(long, default_value = "2", value_parser = value_parser!(u32).range(1..=65_536))]
    features: u32,
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
        #[command(flatten)]
        observations: Observations,
    },
}

impl Observations {
    fn source(&self) -> Source {
        Source::new(self.features as usize, self.seed)
    }
}

pub(crate) fn run(line: &CommandLine) -> Result<(), Box<dyn Error>> {
    let mut out = BufWriter::new(stdout().lock());
    match &line.command {
        Some(Command::Batch {
            batches,
            samples,
            observations,
        }) => observations
            .source()
            .write_batches(&mut out, *batches, *samples)?,
        None => line
            .observations
            .source()
            .write_requests(&mut out, line.samples)?,
    }
    Ok(out.flush()?)
}
