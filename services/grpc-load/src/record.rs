//! What a thread counts while it loads: outcomes, histograms, a row per second.

use std::sync::mpsc::SyncSender;

use hdrhistogram::Histogram;

use crate::connection::Ended;
use crate::outcome::{OUTCOMES, Outcome};
use crate::samples::{CHUNK, Sample};
use crate::schedule::Nanos;

/// A second, in nanoseconds.
pub(crate) const SECOND: Nanos = 1_000_000_000;
/// The longest time a histogram holds: an hour. Longer ones count as an hour.
const LONGEST: Nanos = 3600 * SECOND;

/// The part of a load that counts: requests that are scheduled in it (ns since the start).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Window {
    pub(crate) from: Nanos,
    pub(crate) to: Nanos,
}

impl Window {
    /// Return whether a moment lies in it; its end does not.
    pub(crate) fn holds(self, moment: Nanos) -> bool {
        (self.from..self.to).contains(&moment)
    }
}

/// How many requests were due, and how each of them ended.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) scheduled: u64,
    outcomes: [u64; OUTCOMES],
}

impl Counts {
    /// Count one end.
    pub(crate) fn add(&mut self, outcome: Outcome) {
        if let Some(count) = self.outcomes.get_mut(usize::from(outcome.number())) {
            *count += 1;
        }
    }

    /// Return how many ended so.
    pub(crate) fn of(&self, outcome: Outcome) -> u64 {
        self.outcomes
            .get(usize::from(outcome.number()))
            .copied()
            .unwrap_or(0)
    }

    /// Return how many have ended in any way.
    pub(crate) fn ended(&self) -> u64 {
        self.outcomes.iter().sum()
    }

    /// Return how many left this side.
    pub(crate) fn sent(&self) -> u64 {
        self.scheduled.saturating_sub(self.of(Outcome::NotSent))
    }

    /// Return how many got a response, of whatever status.
    pub(crate) fn answered(&self) -> u64 {
        let statuses: u64 = (1..=16).map(|code| self.of(Outcome::Status(code))).sum();
        self.of(Outcome::Ok) + self.of(Outcome::Wrong) + self.of(Outcome::Malformed) + statuses
    }

    fn merge(&mut self, other: &Self) {
        self.scheduled += other.scheduled;
        for (count, more) in self.outcomes.iter_mut().zip(other.outcomes) {
            *count += more;
        }
    }
}

/// One second of the load: requests by when they were due, OK responses by when they came.
#[derive(Debug, Clone)]
pub(crate) struct Second {
    pub(crate) scheduled: u64,
    pub(crate) ok: u64,
    pub(crate) failed: u64,
    pub(crate) latency: Histogram<u32>,
}

impl Second {
    fn new() -> Self {
        Self {
            scheduled: 0,
            ok: 0,
            failed: 0,
            latency: coarse(),
        }
    }
}

fn coarse() -> Histogram<u32> {
    // Two digits of up to an hour: the bounds are constants that fit.
    Histogram::new_with_bounds(1, LONGEST, 2).unwrap_or_else(|_| unreachable!("constants"))
}

/// Return an empty histogram of nanoseconds, of three significant digits, up to an hour.
pub(crate) fn histogram() -> Histogram<u64> {
    Histogram::new_with_bounds(1, LONGEST, 3).unwrap_or_else(|_| unreachable!("constants"))
}

/// What a thread, or all threads together, measured.
#[derive(Debug)]
pub(crate) struct Record {
    window: Window,
    /// Of the whole load.
    pub(crate) all: Counts,
    /// Of requests that were due in the window.
    pub(crate) inside: Counts,
    /// When the first request was due, and when the last one ended (ns).
    pub(crate) first_due: Option<Nanos>,
    pub(crate) last_end: Nanos,
    /// OK responses that came within the window, whenever their requests were due.
    pub(crate) ended_ok: u64,
    /// Of OK responses to requests that were due in the window: from when they were due (ns).
    pub(crate) latency: Histogram<u64>,
    /// Of requests that were due in the window and left (ns).
    pub(crate) send_delay: Histogram<u64>,
    /// The same: what the server's limits kept them back (ns).
    pub(crate) held_back: Histogram<u64>,
    /// How many of them were not kept back: `close` adds them to the histogram, all at once.
    free: u64,
    pub(crate) seconds: Vec<Second>,
    samples: Option<(SyncSender<Vec<Sample>>, Vec<Sample>)>,
}

impl Record {
    /// Make an empty record; samples go to `samples` in chunks, where that is given.
    pub(crate) fn new(window: Window, samples: Option<SyncSender<Vec<Sample>>>) -> Self {
        Self {
            window,
            all: Counts::default(),
            inside: Counts::default(),
            first_due: None,
            last_end: 0,
            ended_ok: 0,
            latency: histogram(),
            send_delay: histogram(),
            held_back: histogram(),
            free: 0,
            seconds: Vec::new(),
            samples: samples.map(|sender| (sender, Vec::with_capacity(CHUNK))),
        }
    }

    /// Return the window.
    pub(crate) fn window(&self) -> Window {
        self.window
    }

    /// Count a request that is due.
    pub(crate) fn scheduled(&mut self, moment: Nanos) {
        self.first_due.get_or_insert(moment);
        self.all.scheduled += 1;
        self.inside.scheduled += u64::from(self.window.holds(moment));
        self.second(moment).scheduled += 1;
    }

    /// Count an end, which came at `now`.
    pub(crate) fn ended(&mut self, ended: &Ended, now: Nanos) {
        let Ended { flight, outcome } = *ended;
        let latency = now.saturating_sub(flight.scheduled);
        let ok = outcome == Outcome::Ok;
        self.all.add(outcome);
        self.last_end = now;
        self.ended_ok += u64::from(ok && self.window.holds(now));
        if self.window.holds(flight.scheduled) {
            self.inside.add(outcome);
            if ok {
                self.latency.saturating_record(latency);
            }
            if let Some(delay) = flight.send_delay {
                self.send_delay.saturating_record(delay);
                if flight.held_back == 0 {
                    self.free += 1;
                } else {
                    self.held_back.saturating_record(flight.held_back);
                }
            }
        }
        let second = self.second(now);
        second.failed += u64::from(!ok);
        if ok {
            second.ok += 1;
            second.latency.saturating_record(latency);
        }
        if let Some((sender, chunk)) = &mut self.samples {
            chunk.push(Sample::of(&flight, outcome, latency));
            if chunk.len() == CHUNK {
                // The writer has ended where a file cannot be written, and says so itself.
                let _ = sender.send(std::mem::replace(chunk, Vec::with_capacity(CHUNK)));
            }
        }
    }

    fn second(&mut self, moment: Nanos) -> &mut Second {
        let index = usize::try_from(moment / SECOND)
            .unwrap_or(usize::MAX)
            .min(24 * 3600);
        while self.seconds.len() <= index {
            self.seconds.push(Second::new());
        }
        match self.seconds.get_mut(index) {
            Some(second) => second,
            None => unreachable!("it was made above"),
        }
    }

    /// Complete the histograms, and hand the last samples on.
    pub(crate) fn close(&mut self) {
        let free = std::mem::take(&mut self.free);
        self.held_back
            .record_n(0, free)
            .unwrap_or_else(|_| unreachable!("it holds 0"));
        if let Some((sender, chunk)) = self.samples.take() {
            let _ = sender.send(chunk);
        }
    }

    /// Add what another thread measured in the same window.
    pub(crate) fn merge(&mut self, other: &Self) {
        self.all.merge(&other.all);
        self.inside.merge(&other.inside);
        self.first_due = self.first_due.into_iter().chain(other.first_due).min();
        self.last_end = self.last_end.max(other.last_end);
        self.ended_ok += other.ended_ok;
        for (mine, more) in [
            (&mut self.latency, &other.latency),
            (&mut self.send_delay, &other.send_delay),
            (&mut self.held_back, &other.held_back),
        ] {
            mine.add(more)
                .unwrap_or_else(|_| unreachable!("of the same bounds"));
        }
        while self.seconds.len() < other.seconds.len() {
            self.seconds.push(Second::new());
        }
        for (mine, more) in self.seconds.iter_mut().zip(&other.seconds) {
            mine.scheduled += more.scheduled;
            mine.ok += more.ok;
            mine.failed += more.failed;
            mine.latency
                .add(&more.latency)
                .unwrap_or_else(|_| unreachable!("of the same bounds"));
        }
    }
}
