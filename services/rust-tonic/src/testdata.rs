//! Observations to ask for and to train on.

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
    /// Observations of `n_features` numbers.
    #[must_use]
    pub fn new(n_features: usize, seed: u64) -> Self {
        Self {
            random: Xoshiro256Plus::seed_from_u64(seed),
            n_features,
        }
    }

    /// The next observation.
    pub fn observation(&mut self) -> Observation {
        let Self { random, n_features } = self;
        let features = (0..*n_features)
            .map(|_| random.gen_range(-100.0..100.0))
            .collect();
        Observation { features }
    }

    /// Writes requests for Predict: a JSON array, an object a line.
    ///
    /// # Errors
    /// Those of the writer.
    pub fn write_requests(&mut self, out: &mut impl Write, samples: usize) -> io::Result<()> {
        write_array(out, samples, |out| {
            let observation = self.observation();
            write_observation(out, &observation)
        })
    }

    /// Writes requests for PredictBatch, of `samples` observations each.
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

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::Value;

    fn requests(samples: usize, seed: u64) -> Value {
        let mut text = Vec::new();
        Source::new(3, seed)
            .write_requests(&mut text, samples)
            .unwrap();
        serde_json::from_slice(&text).unwrap()
    }

    #[test]
    fn requests_are_objects_of_features_in_range() {
        let requests = requests(50, 1);
        assert_eq!(requests.as_array().unwrap().len(), 50);
        for request in requests.as_array().unwrap() {
            let features = request["features"].as_array().unwrap();
            assert_eq!(features.len(), 3);
            assert!(
                features
                    .iter()
                    .all(|v| (-100.0..100.0).contains(&v.as_f64().unwrap()))
            );
        }
    }

    #[test]
    fn the_same_seed_gives_the_same_observations_and_another_gives_others() {
        assert_eq!(requests(5, 7), requests(5, 7));
        assert_ne!(requests(5, 7), requests(5, 8));
    }

    #[test]
    fn batches_hold_as_many_observations_as_asked_for() {
        for (batches, samples) in [(4, 10), (1, 0), (0, 3)] {
            let mut text = Vec::new();
            Source::new(2, 1)
                .write_batches(&mut text, batches, samples)
                .unwrap();
            let value: Value = serde_json::from_slice(&text).unwrap();
            let value = value.as_array().unwrap();
            assert_eq!(value.len(), batches);
            assert!(
                value
                    .iter()
                    .all(|b| b["observations"].as_array().unwrap().len() == samples)
            );
        }
    }
}
