//! The result: as JSON for programs (`schema/result.schema.json`), and as text for people.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use hdrhistogram::Histogram;
use hdrhistogram::serialization::{Serializer, V2Serializer};
use serde::Serialize;

use crate::clock::Clock;
use crate::outcome::{Outcome, STATUS_NAMES};
use crate::record::{Counts, Record, SECOND};
use crate::schedule::{Arrivals, Nanos};

/// What was asked for, as it is repeated in the result.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Asked {
    pub(crate) target: String,
    pub(crate) method: String,
    pub(crate) tls: bool,
    pub(crate) load: AskedLoad,
    pub(crate) connections: u32,
    pub(crate) threads: u32,
    pub(crate) duration_s: f64,
    pub(crate) drop_s: f64,
    pub(crate) deadline_s: Option<f64>,
    pub(crate) requests: usize,
    pub(crate) expected: bool,
}

/// The load.
#[derive(Debug, Clone, Serialize)]
#[serde(tag = "kind", rename_all = "lowercase")]
pub(crate) enum AskedLoad {
    /// Requests in flight.
    Closed { concurrency: u32 },
    /// Requests per second by a schedule.
    Open {
        rate: f64,
        arrivals: Arrivals,
        seed: u64,
        send_quantum_s: f64,
    },
}

/// The HTTP/2 settings in force.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Http2 {
    /// The server's limit of streams on a connection; none where it sets none.
    pub(crate) max_concurrent_streams: Option<u32>,
    /// This side's receive windows (bytes).
    pub(crate) stream_window: u32,
    pub(crate) connection_window: u32,
}

/// All of a result.
#[derive(Debug, Serialize)]
pub(crate) struct Report {
    grpc_load: &'static str,
    asked: Asked,
    /// When the load began: Unix time (s).
    began: f64,
    window: WindowReport,
    all: CountsReport,
    latency: Times,
    #[serde(skip_serializing_if = "Option::is_none")]
    send_delay: Option<Times>,
    held_back: Times,
    seconds: Vec<SecondReport>,
    /// The CPU time that the load's threads used within the window (s).
    cpu_s: f64,
    /// How long they were ready to run, and others had their CPUs (s); none where this is not told.
    run_delay_s: Option<f64>,
    http2: Http2,
    reconnects: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_loss: Option<String>,
    /// Why the figures are not to be trusted; empty where they are.
    pub(crate) spoiled: Vec<String>,
}

#[derive(Debug, Serialize)]
struct WindowReport {
    seconds: f64,
    /// OK responses that ended in the window, per second.
    throughput: f64,
    #[serde(flatten)]
    counts: CountsReport,
}

#[derive(Debug, Serialize)]
struct CountsReport {
    scheduled: u64,
    sent: u64,
    answered: u64,
    ok: u64,
    wrong: u64,
    malformed: u64,
    reset: u64,
    refused: u64,
    lost: u64,
    expired: u64,
    unanswered: u64,
    not_sent: u64,
    /// Responses of another status than OK, by its name.
    statuses: BTreeMap<&'static str, u64>,
}

/// A distribution of times (s); `histogram` has all of it (ns).
#[derive(Debug, Serialize)]
struct Times {
    count: u64,
    mean: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    p99_9: f64,
    max: f64,
    /// HdrHistogram V2, base64, of nanoseconds.
    histogram: String,
}

#[derive(Debug, Serialize)]
struct SecondReport {
    scheduled: u64,
    ok: u64,
    failed: u64,
    p50: Option<f64>,
    p99: Option<f64>,
    max: Option<f64>,
}

/// What a report is made of beside the record.
#[derive(Debug)]
pub(crate) struct Measured {
    pub(crate) asked: Asked,
    pub(crate) began: f64,
    /// What the load's threads used within the window.
    pub(crate) used: Clock,
    pub(crate) http2: Http2,
    pub(crate) reconnects: u64,
    pub(crate) last_loss: Option<String>,
    /// The send delay (p99, ns) from which on the figures count as spoiled.
    pub(crate) send_delay_limit: Nanos,
    /// Whether the load was ended before its time.
    pub(crate) interrupted: bool,
}

/// Return nanoseconds in seconds.
#[expect(clippy::cast_precision_loss, reason = "shown with a few digits")]
pub(crate) fn seconds(nanos: Nanos) -> f64 {
    nanos as f64 / SECOND as f64
}

/// Return how many that are per second.
#[expect(clippy::cast_precision_loss, reason = "a rate of a few digits")]
pub(crate) fn per_second(count: u64, over: f64) -> f64 {
    count as f64 / over
}

/// From this share of its threads' time on, waiting for a CPU is why a generator sends late.
const WAITED: f64 = 0.01;

/// Say why the generator sent late, and what helps. `waited` is the share of its threads' time in
/// which they were ready to run and had no CPU, where the kernel tells it.
fn cause(waited: Option<f64>) -> String {
    let work = "give it more CPU, --threads, or a --send-quantum";
    match waited {
        None => work.to_owned(),
        Some(share) if share > WAITED => format!(
            "others had its CPU for {:.1}% of the time, which is the cause: \
             give it a CPU that nothing else uses",
            share * 100.0
        ),
        Some(share) => format!(
            "others had its CPU for {:.1}% of the time, which is not the cause: {work}",
            share * 100.0
        ),
    }
}

impl Report {
    /// Make the result of a record.
    pub(crate) fn new(record: &Record, measured: Measured) -> Self {
        let window = record.window();
        let length = seconds(window.to - window.from);
        let open = matches!(measured.asked.load, AskedLoad::Open { .. });
        let mut spoiled = Vec::new();
        let delay = record.send_delay.value_at_quantile(0.99);
        if open && delay > measured.send_delay_limit {
            let threads_time = length * f64::from(measured.asked.threads);
            let waited = measured
                .used
                .run_delay
                .map(|delay| seconds(delay) / threads_time);
            spoiled.push(format!(
                "the generator itself sent late: its send delay is {} at p99 (limit {}); {}",
                short(delay),
                short(measured.send_delay_limit),
                cause(waited)
            ));
        }
        if measured.interrupted {
            spoiled.push("it was ended before its time".to_owned());
        }
        Self {
            grpc_load: env!("CARGO_PKG_VERSION"),
            asked: measured.asked,
            began: measured.began,
            window: WindowReport {
                seconds: length,
                throughput: per_second(record.ended_ok, length),
                counts: CountsReport::of(&record.inside),
            },
            all: CountsReport::of(&record.all),
            latency: Times::of(&record.latency),
            send_delay: open.then(|| Times::of(&record.send_delay)),
            held_back: Times::of(&record.held_back),
            seconds: record
                .seconds
                .iter()
                .map(|second| {
                    let at = |quantile| {
                        let some = !second.latency.is_empty();
                        some.then(|| seconds(second.latency.value_at_quantile(quantile)))
                    };
                    SecondReport {
                        scheduled: second.scheduled,
                        ok: second.ok,
                        failed: second.failed,
                        p50: at(0.5),
                        p99: at(0.99),
                        max: at(1.0),
                    }
                })
                .collect(),
            cpu_s: seconds(measured.used.cpu),
            run_delay_s: measured.used.run_delay.map(seconds),
            http2: measured.http2,
            reconnects: measured.reconnects,
            last_loss: measured.last_loss,
            spoiled,
        }
    }

    /// Return the summary that people read.
    pub(crate) fn summary(&self) -> String {
        let mut text = String::new();
        let counts = &self.window.counts;
        let load = match &self.asked.load {
            AskedLoad::Closed { concurrency } => {
                format!("closed loop, {concurrency} requests in flight")
            }
            AskedLoad::Open { rate, arrivals, .. } => {
                let how = if *arrivals == Arrivals::Poisson {
                    "Poisson"
                } else {
                    "even"
                };
                format!(
                    "open loop, {} requests per second, {how} arrivals",
                    grouped(*rate)
                )
            }
        };
        let _ = writeln!(text, "{} at {}", self.asked.method, self.asked.target);
        let _ = writeln!(
            text,
            "  {load}; {} connections, {} thread{}; window of {:.3} s",
            self.asked.connections,
            self.asked.threads,
            if self.asked.threads == 1 { "" } else { "s" },
            self.window.seconds
        );
        let _ = writeln!(
            text,
            "  throughput    {} OK responses per second",
            grouped(self.window.throughput)
        );
        let checked = if self.asked.expected {
            "each the expected message"
        } else {
            "checked by status"
        };
        let _ = writeln!(
            text,
            "  requests      {} scheduled, {} OK ({checked})",
            counts.scheduled, counts.ok
        );
        let failures = counts.failures();
        if !failures.is_empty() {
            let _ = writeln!(text, "  failed        {}", failures.join(", "));
        }
        let _ = writeln!(
            text,
            "  {:<12}{:>11}{:>11}{:>11}{:>11}{:>11}",
            "", "p50", "p90", "p99", "p99.9", "max"
        );
        let _ = writeln!(text, "  {}", self.latency.row("latency"));
        if let Some(delay) = &self.send_delay {
            let _ = writeln!(text, "  {}", delay.row("send delay"));
        }
        if self.held_back.max > 0.0 {
            let _ = writeln!(text, "  {}", self.held_back.row("held back"));
        }
        if counts.sent > 0 {
            let each = self.cpu_s / per_second(counts.sent, 1.0) * 1e6;
            let threads_time = self.window.seconds * f64::from(self.asked.threads);
            let waited = self.run_delay_s.map_or(String::new(), |delay| {
                format!("; {:.1}% waiting for a CPU", delay / threads_time * 100.0)
            });
            let _ = writeln!(
                text,
                "  generator     {each:.2} us of CPU per request, {:.0}% of its threads' time{waited}",
                self.cpu_s / threads_time * 100.0
            );
        }
        if self.reconnects > 0 {
            let why = self.last_loss.as_deref().unwrap_or("of an unknown reason");
            let _ = writeln!(
                text,
                "  connections   lost {} times; the last: {why}",
                self.reconnects
            );
        }
        for reason in &self.spoiled {
            let _ = writeln!(text, "  SPOILED       {reason}");
        }
        text
    }
}

impl CountsReport {
    fn of(counts: &Counts) -> Self {
        let statuses = (1..=16)
            .filter_map(|code| {
                let count = counts.of(Outcome::Status(code));
                STATUS_NAMES
                    .get(usize::from(code))
                    .filter(|_| count > 0)
                    .map(|name| (*name, count))
            })
            .collect();
        Self {
            scheduled: counts.scheduled,
            sent: counts.sent(),
            answered: counts.answered(),
            ok: counts.of(Outcome::Ok),
            wrong: counts.of(Outcome::Wrong),
            malformed: counts.of(Outcome::Malformed),
            reset: counts.of(Outcome::Reset),
            refused: counts.of(Outcome::Refused),
            lost: counts.of(Outcome::Lost),
            expired: counts.of(Outcome::Expired),
            unanswered: counts.of(Outcome::Unanswered),
            not_sent: counts.of(Outcome::NotSent),
            statuses,
        }
    }

    fn failures(&self) -> Vec<String> {
        let kinds = [
            (self.wrong, "wrong responses"),
            (self.malformed, "no gRPC responses"),
            (self.reset, "reset"),
            (self.refused, "refused unprocessed"),
            (self.lost, "lost with a connection"),
            (self.expired, "past their deadline"),
            (self.unanswered, "unanswered at the end"),
            (self.not_sent, "never sent"),
        ];
        let others = self.statuses.iter().map(|(name, count)| (*count, *name));
        kinds
            .into_iter()
            .chain(others)
            .filter(|(count, _)| *count > 0)
            .map(|(count, what)| format!("{count} {what}"))
            .collect()
    }
}

impl Times {
    fn of(histogram: &Histogram<u64>) -> Self {
        let at = |quantile| seconds(histogram.value_at_quantile(quantile));
        Self {
            count: histogram.len(),
            mean: histogram.mean() / 1e9,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p99_9: at(0.999),
            max: seconds(histogram.max()),
            histogram: encoded(histogram),
        }
    }

    fn row(&self, name: &str) -> String {
        let mut row = format!("{name:<12}");
        for value in [self.p50, self.p90, self.p99, self.p99_9, self.max] {
            let _ = write!(row, "{:>11}", short_seconds(value));
        }
        row
    }
}

/// Return a histogram as HdrHistogram V2 in base64.
pub(crate) fn encoded(histogram: &Histogram<u64>) -> String {
    let mut bytes = Vec::new();
    // Writing into memory does not fail.
    let _ = V2Serializer::new().serialize(histogram, &mut bytes);
    STANDARD.encode(bytes)
}

fn short(nanos: Nanos) -> String {
    short_seconds(seconds(nanos))
}

/// Write a time with three digits and its unit.
fn short_seconds(value: f64) -> String {
    let (scaled, unit) = match value {
        v if v >= 1.0 => (v, "s"),
        v if v >= 1e-3 => (v * 1e3, "ms"),
        v => (v * 1e6, "us"),
    };
    let digits = if scaled >= 100.0 {
        0
    } else if scaled >= 10.0 {
        1
    } else {
        2
    };
    format!("{scaled:.digits$} {unit}")
}

/// Write a number with commas.
fn grouped(value: f64) -> String {
    let digits = if value < 100.0 {
        format!("{value:.2}")
    } else {
        format!("{value:.0}")
    };
    let (whole, rest) = digits
        .split_once('.')
        .map_or((digits.as_str(), None), |(w, r)| (w, Some(r)));
    let mut text = String::new();
    for (index, digit) in whole.chars().enumerate() {
        if index > 0 && (whole.len() - index) % 3 == 0 {
            text.push(',');
        }
        text.push(digit);
    }
    rest.map_or(text.clone(), |rest| format!("{text}.{rest}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::Window;

    #[test]
    fn numbers_and_times_are_written_for_people() {
        assert_eq!(grouped(1_234_567.4), "1,234,567");
        assert_eq!(grouped(12.5), "12.50");
        assert_eq!(short(45_300), "45.3 us");
        assert_eq!(short(1_500_000), "1.50 ms");
        assert_eq!(short(2 * SECOND), "2.00 s");
    }

    /// Return the result of two seconds on two threads which sent 5 ms late.
    fn late(run_delay: Option<Nanos>) -> Report {
        let window = Window {
            from: 0,
            to: 2 * SECOND,
        };
        let mut record = Record::new(window, None);
        record.send_delay.saturating_record(5_000_000);
        let load = AskedLoad::Open {
            rate: 100.0,
            arrivals: Arrivals::Poisson,
            seed: 1,
            send_quantum_s: 0.0,
        };
        let asked = Asked {
            target: "localhost:1".to_owned(),
            method: "a.B/C".to_owned(),
            tls: false,
            load,
            connections: 2,
            threads: 2,
            duration_s: 2.0,
            drop_s: 0.0,
            deadline_s: None,
            requests: 1,
            expected: false,
        };
        let http2 = Http2 {
            max_concurrent_streams: None,
            stream_window: 1,
            connection_window: 1,
        };
        Report::new(
            &record,
            Measured {
                asked,
                began: 0.0,
                used: Clock {
                    cpu: SECOND,
                    run_delay,
                },
                http2,
                reconnects: 0,
                last_loss: None,
                send_delay_limit: 1_000_000,
                interrupted: false,
            },
        )
    }

    #[test]
    fn a_late_generator_says_whether_its_run_delay_is_the_cause() {
        let said = |run_delay| late(run_delay).spoiled.join("\n");
        let (waited, worked) = (said(Some(SECOND / 10)), said(Some(SECOND / 100)));
        assert!(
            waited.contains("2.5% of the time, which is the cause"),
            "{waited}"
        );
        assert!(
            worked.contains("0.2% of the time, which is not the cause"),
            "{worked}"
        );
        assert!(worked.contains("--threads"), "{worked}");
    }

    #[test]
    fn where_the_kernel_tells_no_run_delay_no_cause_is_said() {
        let report = late(None);
        assert_eq!(report.run_delay_s, None);
        assert_eq!(report.spoiled.len(), 1);
        assert!(!report.spoiled.join("").contains("cause"));
    }

    #[test]
    fn the_run_delay_is_told_in_seconds() {
        assert_eq!(late(Some(SECOND / 10)).run_delay_s, Some(0.1));
    }
}
