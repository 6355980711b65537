//! A line of standard input: the slice that it orders, checked.

use std::fmt;
use std::time::Duration;

use serde::Deserialize;

use crate::options::{LARGEST_CONCURRENCY, LONGEST, RATES};

/// How a line is written, as far as it goes for every error.
const WRITTEN: &str = "write {\"target\": 0, \"seconds\": 0.2, \"rate\": 2000}, \"concurrency\" in place \
                       of \"rate\" for a closed loop, or {\"close\": true}";

/// What a line asks for.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Order {
    /// A slice.
    Slice(Slice),
    /// The end.
    Close,
}

/// One short load of one target.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slice {
    /// Which target, from 0.
    pub(super) target: usize,
    /// How long requests are due, or started.
    pub(super) duration: Duration,
    pub(super) kind: Kind,
}

/// How a slice loads.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Kind {
    /// So many requests per second are due.
    Open(f64),
    /// So many requests are in flight.
    Closed(u32),
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Line {
    target: Option<u64>,
    seconds: Option<f64>,
    rate: Option<f64>,
    concurrency: Option<u64>,
    #[serde(default)]
    close: bool,
}

/// Read a line, given how many targets there are, and how many connections each has.
///
/// # Errors
///
/// Says what is wrong with it, and what is allowed.
pub(super) fn read(text: &[u8], targets: usize, connections: u32) -> Result<Order, String> {
    let line: Line = serde_json::from_slice(text).map_err(|error| format!("{error}; {WRITTEN}"))?;
    if line.close {
        return Ok(Order::Close);
    }
    let target = required(line.target, "target")?;
    let target = usize::try_from(target)
        .ok()
        .filter(|target| *target < targets)
        .ok_or_else(|| not_allowed("target", target, &format!("0 to {}", targets - 1)))?;
    let seconds = required(line.seconds, "seconds")?;
    if !(seconds > 0.0 && seconds <= LONGEST) {
        let allowed = format!("more than 0, up to {LONGEST}");
        return Err(not_allowed("seconds", seconds, &allowed));
    }
    let kind = match (line.rate, line.concurrency) {
        (Some(rate), None) if RATES.contains(&rate) => Kind::Open(rate),
        (Some(rate), None) => {
            let allowed = format!("{} to {}", RATES.start(), RATES.end());
            return Err(not_allowed("rate", rate, &allowed));
        }
        (None, Some(asked)) => u32::try_from(asked)
            .ok()
            .filter(|all| (connections..=LARGEST_CONCURRENCY).contains(all))
            .map(Kind::Closed)
            .ok_or_else(|| {
                let allowed = format!(
                    "{connections} (--connections: fewer leave some idle) to {LARGEST_CONCURRENCY}"
                );
                not_allowed("concurrency", asked, &allowed)
            })?,
        _ => {
            return Err(format!(
                "give either \"rate\" or \"concurrency\"; {WRITTEN}"
            ));
        }
    };
    Ok(Order::Slice(Slice {
        target,
        duration: Duration::from_secs_f64(seconds),
        kind,
    }))
}

fn required<T>(value: Option<T>, name: &str) -> Result<T, String> {
    value.ok_or_else(|| format!("\"{name}\" is missing; {WRITTEN}"))
}

fn not_allowed(name: &str, value: impl fmt::Display, allowed: &str) -> String {
    format!("\"{name}\": {value} is not allowed; allowed: {allowed}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read_line(text: &str) -> Result<Order, String> {
        read(text.as_bytes(), 2, 8)
    }

    #[test]
    fn a_line_orders_an_open_loop_a_closed_loop_or_the_end() {
        let slice = |target, kind| {
            let duration = Duration::from_millis(200);
            Ok(Order::Slice(Slice {
                target,
                duration,
                kind,
            }))
        };
        let open = read_line(r#"{"target":0,"seconds":0.2,"rate":2000}"#);
        let closed = read_line(r#"{"target":1,"seconds":0.2,"concurrency":64}"#);
        assert_eq!(open, slice(0, Kind::Open(2000.0)));
        assert_eq!(closed, slice(1, Kind::Closed(64)));
        assert_eq!(read_line(r#"{"close":true}"#), Ok(Order::Close));
    }

    #[test]
    fn what_is_no_order_is_named_with_what_is_allowed() {
        let cases = [
            ("", "\"target\": 0"),
            ("nonsense", "\"target\": 0"),
            ("[]", "\"target\": 0"),
            (r#"{"seconds":1,"rate":1}"#, "\"target\" is missing"),
            (r#"{"target":2,"seconds":1,"rate":1}"#, "0 to 1"),
            (r#"{"target":-1,"seconds":1,"rate":1}"#, "-1"),
            (r#"{"target":0,"rate":1}"#, "\"seconds\" is missing"),
            (r#"{"target":0,"seconds":0,"rate":1}"#, "more than 0"),
            (r#"{"target":0,"seconds":1e9,"rate":1}"#, "up to 86400"),
            (r#"{"target":0,"seconds":1,"rate":0}"#, "0.01 to 100000000"),
            (r#"{"target":0,"seconds":1}"#, "either"),
            (
                r#"{"target":0,"seconds":1,"rate":1,"concurrency":8}"#,
                "either",
            ),
            (r#"{"target":0,"seconds":1,"concurrency":7}"#, "8 (--conn"),
            (
                r#"{"target":0,"seconds":1,"concurrency":9999999}"#,
                "1000000",
            ),
            (r#"{"target":0,"seconds":1,"rat":1}"#, "`rat`"),
        ];
        for (line, said) in cases {
            let error = read_line(line).err().unwrap_or_default();
            assert!(error.contains(said), "{line}: {error}");
        }
    }
}
