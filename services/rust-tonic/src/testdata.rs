//! Observations to predict and to train on.

use std::io::{self, Write};

use rand::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256Plus;
use serde_json::to_writer;

use crate::proto::Observation;

/// Observations drawn uniformly from [-100, 100), the same for the same seed.
#[derive(Debug)]
pub struct Source {
    random: Xoshiro256Plus,
    n_features: usize,
}

impl Source {
    /// Make a source of observations with `n_features` features.
    #[must_use]
    pub fn new(n_features: usize, seed: u64) -> Self {
        Self {
            random: Xoshiro256Plus::seed_from_u64(seed),
            n_features,
        }
    }

    /// Return the next observation.
    pub fn observation(&mut self) -> Observation {
        let Self { random, n_features } = self;
        let features = (0..*n_features)
            .map(|_| random.gen_range(-100.0..100.0))
            .collect();
        Observation { features }
    }

    /// Write requests for Predict: a JSON array, one object per line.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_requests(&mut self, out: &mut impl Write, samples: usize) -> io::Result<()> {
        write_array(out, samples, |out| {
            let observation = self.observation();
            write_observation(out, &observation)
        })
    }

    /// Write requests for PredictBatch, of `samples` observations each.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_batches(
        &mut self,
        out: &mut impl Write,
        batches: usize,
        samples: usize,
    ) -> io::Result<()> {
        write_array(out, batches, |out| {
            out.write_all(b"{\"observations\": [")?;
            for sample in 0..samples {
                if sample > 0 {
                    out.write_all(b", ")?;
                }
                write_observation(out, &self.observation())?;
            }
            out.write_all(b"]}")
        })
    }
}

fn write_observation(out: &mut impl Write, observation: &Observation) -> io::Result<()> {
    out.write_all(b"{\"features\": ")?;
    to_writer(&mut *out, &observation.features)?;
    out.write_all(b"}")
}

fn write_array<W: Write>(
    out: &mut W,
    n: usize,
    mut item: impl FnMut(&mut W) -> io::Result<()>,
) -> io::Result<()> {
    out.write_all(b"[\n")?;
    for i in 0..n {
        item(out)?;
        out.write_all(if i + 1 < n { b",\n" } else { b"\n" })?;
    }
    out.write_all(b"]\n")
}
