//! What the kernel says of a thread: the CPU time that it used, and how long it waited for a CPU.

use std::fs;
use std::path::Path;

use crate::schedule::Nanos;

/// The kernel's file of the thread that reads it: CPU time, run delay (ns), time slices.
const OWN: &str = "/proc/thread-self/schedstat";

/// A thread's clocks, or the sum of several threads' (ns).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Clock {
    /// How long it ran.
    pub(crate) cpu: Nanos,
    /// How long it was ready to run, and others had its CPU; none where this kernel does not tell.
    pub(crate) run_delay: Option<Nanos>,
}

impl Clock {
    /// The sum of no threads.
    pub(crate) const NONE: Self = Self {
        cpu: 0,
        run_delay: Some(0),
    };

    /// Read those of the thread that calls.
    pub(crate) fn read() -> Self {
        Self {
            cpu: cpu_time(),
            run_delay: run_delay(Path::new(OWN)),
        }
    }

    /// Return what was added since an earlier reading.
    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            cpu: self.cpu.saturating_sub(before.cpu),
            run_delay: both(self.run_delay, before.run_delay, Nanos::saturating_sub),
        }
    }

    /// Return the sum with another thread's; a run delay that one of them lacks is none of both.
    pub(crate) fn plus(self, other: Self) -> Self {
        Self {
            cpu: self.cpu + other.cpu,
            run_delay: both(self.run_delay, other.run_delay, |mine, more| mine + more),
        }
    }
}

fn both(
    one: Option<Nanos>,
    other: Option<Nanos>,
    join: impl Fn(Nanos, Nanos) -> Nanos,
) -> Option<Nanos> {
    one.zip(other).map(|(one, other)| join(one, other))
}

fn cpu_time() -> Nanos {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
    let seconds = Nanos::try_from(time.tv_sec).unwrap_or_default();
    seconds * 1_000_000_000 + Nanos::try_from(time.tv_nsec).unwrap_or_default()
}

/// Read the run delay from a file of the kernel's (ns).
///
/// A kernel that does not count writes only zeros: a thread that reads the file has had a slice.
fn run_delay(file: &Path) -> Option<Nanos> {
    let text = fs::read_to_string(file).ok()?;
    let mut numbers = text.split_ascii_whitespace().map(str::parse);
    let mut next = || -> Option<Nanos> { numbers.next()?.ok() };
    let (_, waited, slices) = (next()?, next()?, next()?);
    (slices > 0).then_some(waited)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(name: &str) -> Option<Nanos> {
        let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/common/schedstat");
        run_delay(&fixtures.join(name))
    }

    #[test]
    fn the_run_delay_is_the_second_number_of_the_kernels_file() {
        assert_eq!(read("counted"), Some(453_233_702));
        assert_eq!(read("just-begun"), Some(1_137_201));
    }

    #[test]
    fn a_kernel_that_does_not_count_tells_no_run_delay() {
        for name in ["uncounted", "empty", "words", "not-there"] {
            assert_eq!(read(name), None, "{name}");
        }
    }

    #[test]
    fn clocks_of_several_threads_add_up_and_one_without_a_run_delay_leaves_none() {
        let clock = |cpu, run_delay| Clock { cpu, run_delay };
        let used = clock(900, Some(50)).since(clock(400, Some(20)));
        assert_eq!(used, clock(500, Some(30)));
        assert_eq!(used.plus(clock(100, Some(5))), clock(600, Some(35)));
        assert_eq!(used.plus(clock(100, None)), clock(600, None));
    }
}
