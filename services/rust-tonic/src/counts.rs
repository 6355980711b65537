//! What a worker does, counted, so that it shows how evenly the load was spread.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use serde::Serialize;

/// Counted while it works. Each worker has its own, on cache lines of its own: a count costs
/// an addition, and no worker waits for another's.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Counts {
    calls: AtomicU64,
    connections: AtomicU64,
    cpu_nanoseconds: AtomicU64,
}

/// What a worker did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Work {
    /// Calls of the service, whatever came of them.
    pub calls: u64,
    /// Connections that were accepted.
    pub connections: u64,
    /// CPU time of its threads.
    pub cpu_seconds: f64,
}

impl Counts {
    /// A call came.
    pub fn call(&self) {
        self.calls.fetch_add(1, Ordering::Relaxed);
    }

    /// A connection came.
    pub fn connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// This thread, one of the worker's, ends here: its CPU time counts.
    pub fn thread_ends(&self) {
        // Every Linux has this clock; without it the time is not counted.
        let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
        let time = time.map_or(Duration::ZERO, Duration::from);
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.cpu_nanoseconds
            .fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// What it did up to now; CPU time only of threads that have ended.
    #[must_use]
    pub fn read(&self) -> Work {
        let cpu = Duration::from_nanos(self.cpu_nanoseconds.load(Ordering::Relaxed));
        Work {
            calls: self.calls.load(Ordering::Relaxed),
            connections: self.connections.load(Ordering::Relaxed),
            cpu_seconds: cpu.as_secs_f64(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_cpu_time_of_every_thread_that_ended_is_added_up() {
        let counts = Counts::default();
        let work = |n: u64| (0..n).fold(0, |sum, i| std::hint::black_box(sum ^ i));
        let ended = |counts: &Counts| {
            work(1_000_000);
            counts.thread_ends();
        };
        std::thread::scope(|scope| scope.spawn(|| ended(&counts)).join().unwrap());
        let one = counts.read().cpu_seconds;
        std::thread::scope(|scope| scope.spawn(|| ended(&counts)).join().unwrap());
        assert!(one > 0.0);
        assert!(counts.read().cpu_seconds > one);
    }
}
