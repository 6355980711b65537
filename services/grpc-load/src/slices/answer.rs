//! The lines of standard output: `schema/slices.schema.json`.

use std::collections::BTreeMap;

use hdrhistogram::Histogram;
use serde::Serialize;

use crate::outcome::Outcome;
use crate::report::{encoded, per_second, seconds};
use crate::schedule::Arrivals;
use crate::worker::{Load, Sliced};

/// The first line: every connection is open.
#[derive(Debug, Serialize)]
#[expect(
    clippy::struct_field_names,
    reason = "it is the key that programs look for"
)]
pub(super) struct Ready<'a> {
    pub(super) ready: bool,
    pub(super) targets: Vec<&'a str>,
    pub(super) settings: Settings<'a>,
}

/// What holds for every slice.
#[derive(Debug, Serialize)]
pub(super) struct Settings<'a> {
    pub(super) grpc_load: &'static str,
    pub(super) method: &'a str,
    pub(super) tls: bool,
    /// Of each target.
    pub(super) connections: u32,
    pub(super) arrivals: Arrivals,
    pub(super) seed: u64,
    pub(super) send_quantum_s: f64,
    pub(super) deadline_s: Option<f64>,
    pub(super) drain_s: f64,
    pub(super) requests: usize,
    pub(super) expected: bool,
    /// Each target's limit of streams on a connection; none where it sets none.
    pub(super) max_concurrent_streams: Vec<Option<u32>>,
}

/// What came of a slice. Times are in seconds.
#[derive(Debug, Serialize)]
pub(super) struct Answer {
    target: usize,
    began: f64,
    seconds: f64,
    drained: f64,
    scheduled: u64,
    ok: u64,
    wrong: u64,
    failed: BTreeMap<&'static str, u64>,
    throughput: f64,
    latency: Option<Spread>,
    latency_histogram: String,
    send_delay: Option<Spread>,
    held_back: Option<Spread>,
    cpu: f64,
    run_delay: Option<f64>,
    reconnected: u64,
    lost_connections: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    last_loss: Option<String>,
}

/// A line that cannot be done.
#[derive(Debug, Serialize)]
pub(super) struct Refusal {
    pub(super) error: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) target: Option<usize>,
}

/// A distribution of times (s).
#[derive(Debug, Serialize)]
struct Spread {
    mean: f64,
    p50: f64,
    p90: f64,
    p99: f64,
    max: f64,
}

impl Answer {
    /// Make the answer of a slice of a target that began at `began` (Unix time, s), before which
    /// `reconnected` connections were opened again.
    pub(super) fn new(target: usize, began: f64, reconnected: u64, sliced: &Sliced) -> Self {
        let record = &sliced.record;
        let is_open = matches!(sliced.load, Load::Open { .. });
        let stop = record.window().to;
        let first = record.first_due.unwrap_or_default();
        let length = seconds(stop.saturating_sub(first));
        Self {
            target,
            began,
            seconds: length,
            drained: seconds(record.last_end.saturating_sub(first)),
            scheduled: record.all.scheduled,
            ok: record.all.of(Outcome::Ok),
            wrong: record.all.of(Outcome::Wrong),
            failed: Outcome::failures()
                .filter(|outcome| *outcome != Outcome::Wrong)
                .map(|outcome| (outcome.name(), record.all.of(outcome)))
                .filter(|(_, count)| *count > 0)
                .collect(),
            throughput: per_second(record.ended_ok, length),
            latency: Spread::of(&record.latency),
            latency_histogram: encoded(&record.latency),
            send_delay: Spread::of(&record.send_delay).filter(|_| is_open),
            held_back: Spread::of(&record.held_back),
            cpu: seconds(sliced.used.cpu),
            run_delay: sliced
                .used
                .run_delay
                .map(|waited| seconds(waited) / seconds(sliced.took.max(1))),
            reconnected,
            lost_connections: sliced.lost,
            last_loss: sliced.last_loss.clone(),
        }
    }
}

impl Spread {
    /// Return the spread of times; none of no times.
    fn of(histogram: &Histogram<u64>) -> Option<Self> {
        let at = |quantile| seconds(histogram.value_at_quantile(quantile));
        (!histogram.is_empty()).then(|| Self {
            mean: histogram.mean() / 1e9,
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            max: seconds(histogram.max()),
        })
    }
}
