//! When requests are due in an open loop. Pure: a seed and a rate in, times out.

use std::f64::consts::LN_2;
use std::time::Duration;

use rand_core::{Rng, SeedableRng};
use rand_xoshiro::Xoshiro256PlusPlus;

/// Nanoseconds since the start of the load.
pub(crate) type Nanos = u64;

/// Return a duration in nanoseconds.
pub(crate) fn nanos(duration: Duration) -> Nanos {
    Nanos::try_from(duration.as_nanos()).unwrap_or(Nanos::MAX)
}

/// How requests are spread over time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, serde::Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Arrivals {
    /// Independent users: exponential gaps.
    Poisson,
    /// Equal gaps.
    Constant,
}

/// An endless schedule: each call of `next` returns when a further request is due.
#[derive(Debug)]
pub(crate) struct Schedule {
    arrivals: Arrivals,
    gap: f64,
    at: f64,
    random: Xoshiro256PlusPlus,
}

impl Schedule {
    /// Make a schedule of `rate` requests per second.
    ///
    /// Thread `thread` of `threads` has its own part of it: other random numbers, and equal gaps
    /// that fall between those of the others.
    pub(crate) fn new(arrivals: Arrivals, rate: f64, seed: u64, thread: u32, threads: u32) -> Self {
        let gap = 1e9 / rate;
        let shift = gap * f64::from(thread) / f64::from(threads);
        Self {
            arrivals,
            gap,
            at: if arrivals == Arrivals::Constant {
                shift
            } else {
                0.0
            },
            random: Xoshiro256PlusPlus::seed_from_u64(seed ^ (u64::from(thread) << 48)),
        }
    }

    /// Return a schedule that begins anew at time 0, with another rate.
    ///
    /// Its random numbers go on from where these are.
    pub(crate) fn restarted(&self, rate: f64) -> Self {
        Self {
            gap: 1e9 / rate,
            at: 0.0,
            random: self.random.clone(),
            ..*self
        }
    }

    /// Return when the next request is due.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "centuries fit"
    )]
    pub(crate) fn next(&mut self) -> Nanos {
        let due = match self.arrivals {
            Arrivals::Poisson => {
                self.at += self.gap * exponential(self.random.next_u64());
                self.at
            }
            Arrivals::Constant => {
                let due = self.at;
                self.at += self.gap;
                due
            }
        };
        due as Nanos
    }
}

/// Return an exponential number of mean 1 from 64 random bits, by inversion.
fn exponential(bits: u64) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
    let uniform = ((bits >> 11) as f64 + 1.0) / (1_u64 << 53) as f64; // in (0, 1]
    -uniform.log2() * LN_2
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first(count: usize, mut schedule: Schedule) -> Vec<Nanos> {
        std::iter::repeat_with(|| schedule.next())
            .take(count)
            .collect()
    }

    #[test]
    fn equal_gaps_of_several_threads_interleave() {
        let one = first(3, Schedule::new(Arrivals::Constant, 1000.0, 1, 0, 2));
        let other = first(3, Schedule::new(Arrivals::Constant, 1000.0, 1, 1, 2));
        assert_eq!(one, [0, 1_000_000, 2_000_000]);
        assert_eq!(other, [500_000, 1_500_000, 2_500_000]);
    }

    #[test]
    #[expect(clippy::cast_precision_loss, reason = "times of a second are exact")]
    fn a_poisson_schedule_keeps_its_rate_and_its_spread() {
        let times = first(200_000, Schedule::new(Arrivals::Poisson, 1e6, 7, 0, 1));
        let gaps: Vec<f64> = times
            .windows(2)
            .map(|two| (two[1] - two[0]) as f64)
            .collect();
        let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
        let variance = gaps.iter().map(|gap| (gap - mean).powi(2)).sum::<f64>() / gaps.len() as f64;
        assert!((mean / 1000.0 - 1.0).abs() < 0.01, "mean gap {mean}");
        assert!(
            (variance.sqrt() / mean - 1.0).abs() < 0.02,
            "deviation {}",
            variance.sqrt()
        );
    }

    #[test]
    fn a_schedule_that_restarts_has_the_new_rate_and_other_arrivals_which_its_seed_repeats() {
        let restarted = |seed| {
            let mut schedule = Schedule::new(Arrivals::Poisson, 1e5, seed, 0, 1);
            let before: Vec<Nanos> = (0..100).map(|_| schedule.next()).collect();
            (before, first(100, schedule.restarted(1e5)))
        };
        let (before, after) = restarted(3);
        assert_ne!(before, after);
        assert_eq!((before, after), restarted(3));
        let mut even = Schedule::new(Arrivals::Constant, 1000.0, 1, 0, 1);
        even.next();
        assert_eq!(first(2, even.restarted(500.0)), [0, 2_000_000]);
    }

    #[test]
    fn a_seed_makes_the_same_schedule_again_and_another_seed_another_one() {
        let poisson = |seed| first(100, Schedule::new(Arrivals::Poisson, 1e5, seed, 0, 1));
        assert_eq!(poisson(3), poisson(3));
        assert_ne!(poisson(3), poisson(4));
    }
}
