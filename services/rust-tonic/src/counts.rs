//! Counts of each worker's work, which show how evenly the load was spread.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use nix::time::{ClockId, clock_gettime};
use serde::Serialize;

/// Counts while a worker works. Each worker has its own, on cache lines of its own: a count costs
/// one addition, and no worker waits for another.
#[derive(Debug, Default)]
#[repr(align(128))]
pub struct Counts {
    requests: AtomicU64,
    connections: AtomicU64,
    cpu_nanoseconds: AtomicU64,
}

/// What a worker did.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Work {
    /// Requests for the service, whatever their status.
    pub requests: u64,
    /// Connections accepted.
    pub connections: u64,
    /// CPU time of its threads, in seconds.
    pub cpu_seconds: f64,
}

impl Counts {
    /// Count a request.
    pub fn request(&self) {
        self.requests.fetch_add(1, Ordering::Relaxed);
    }

    /// Count a connection.
    pub fn connection(&self) {
        self.connections.fetch_add(1, Ordering::Relaxed);
    }

    /// Count the CPU time of this thread, one of the worker's, which ends here.
    pub fn thread_ends(&self) {
        // Every Linux has this clock.
        let time = clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID);
        let time = time.map_or(Duration::ZERO, Duration::from);
        let nanoseconds = u64::try_from(time.as_nanos()).unwrap_or(u64::MAX);
        self.cpu_nanoseconds
            .fetch_add(nanoseconds, Ordering::Relaxed);
    }

    /// Return the counts up to now, with CPU time only of threads that have ended.
    #[must_use]
    pub fn read(&self) -> Work {
        let cpu = Duration::from_nanos(self.cpu_nanoseconds.load(Ordering::Relaxed));
        Work {
            requests: self.requests.load(Ordering::Relaxed),
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
