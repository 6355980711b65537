//! The command line, and what it means once it is checked.

use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::time::Duration;

use clap::{ArgGroup, Parser};

use crate::problem::{Problem, Result};
use crate::schedule::Arrivals;

/// Puts load on a gRPC server by a fixed concurrency or a fixed schedule, and checks every response.
///
/// With --concurrency so many requests are in flight all the time (a closed loop). With --rate
/// requests are due on a schedule, whatever the responses do (an open loop), and latency counts
/// from when a request was due. With --slices short loads of several servers are ordered line by
/// line on standard input. Exit codes: 0; 1 the server cannot be reached, or what was measured
/// cannot be written; 2 bad input; 3 the generator's own delay spoiled the figures.
#[derive(Debug, Clone, Parser)]
#[command(name = "grpc-load", version, max_term_width = 100)]
#[command(group = ArgGroup::new("load").required(true).args(["concurrency", "rate", "slices"]))]
#[command(group = ArgGroup::new("open_loop").args(["rate", "slices"]))]
#[command(group = ArgGroup::new("types").args(["proto", "descriptor_set"]))]
pub struct Options {
    /// Where the server listens: HOST:PORT. With --slices several, separated by commas.
    pub target: String,

    /// The unary method: package.Service/Method.
    pub method: String,

    /// A .proto file with the method; may be given again. Without it or --descriptor-set, the
    /// server is asked by reflection.
    #[arg(long, value_name = "FILE")]
    pub proto: Vec<PathBuf>,

    /// Where .proto files import from; may be given again [default: where they are].
    #[arg(long, short = 'I', value_name = "FOLDER", requires = "proto")]
    pub include: Vec<PathBuf>,

    /// A file that protoc --include_imports --descriptor_set_out wrote.
    #[arg(long, value_name = "FILE")]
    pub descriptor_set: Option<PathBuf>,

    /// Requests as JSON: an array of messages, sent in turn, or one message [default: {}].
    #[arg(long, value_name = "FILE")]
    pub data: Option<PathBuf>,

    /// The right responses as JSON: an array of messages, one for each request.
    #[arg(long, value_name = "FILE")]
    pub expect: Option<PathBuf>,

    /// A header of each request, NAME: VALUE; may be given again.
    #[arg(long, short = 'H', value_name = "HEADER")]
    pub header: Vec<String>,

    /// Closed loop: requests in flight over all connections.
    #[arg(long, short = 'c', value_name = "N", value_parser = clap::value_parser!(u32).range(1..=i64::from(LARGEST_CONCURRENCY)))]
    pub concurrency: Option<u32>,

    /// Open loop: requests per second that are due.
    #[arg(long, short = 'r', value_name = "R", value_parser = rate)]
    pub rate: Option<f64>,

    /// Load one target after another as JSON lines on standard input say, over connections that
    /// stay open: {"target": 0, "seconds": 0.2, "rate": 2000} or "concurrency" in place of "rate".
    /// Each line is answered with one line of JSON; {"close": true} or the end of input ends it.
    #[arg(long, conflicts_with_all = ["duration", "drop", "output", "samples", "send_delay_limit"])]
    pub slices: bool,

    /// Open loop: how requests are spread over time.
    #[arg(long, value_enum, default_value = "poisson", requires = "open_loop")]
    pub arrivals: Arrivals,

    /// Open loop: what the random schedule begins with; the same seed makes the same schedule.
    #[arg(long, value_name = "N", default_value_t = 1, requires = "open_loop")]
    pub seed: u64,

    /// Open loop: requests due within so long leave together, on one connection; 0 sends each at
    /// once. It costs less CPU, and adds half of itself to the send delay.
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = time, requires = "open_loop")]
    pub send_quantum: Duration,

    /// HTTP/2 connections over all threads; with --slices, to each target.
    #[arg(long, short = 'C', value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u32).range(1..=65_536))]
    pub connections: u32,

    /// Threads, each with its own connections; --slices has one.
    #[arg(long, short = 't', value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub threads: u32,

    /// How long requests are due, or started.
    #[arg(long, short = 'd', value_name = "TIME", default_value = "10s", value_parser = time)]
    pub duration: Duration,

    /// What of it at the beginning does not count.
    #[arg(long, value_name = "TIME", default_value = "0", value_parser = time)]
    pub drop: Duration,

    /// How long responses are waited for after the end, also after that of each slice.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    pub drain: Duration,

    /// How long a request may take; the server is told by grpc-timeout.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub deadline: Option<Duration>,

    /// How long connecting may take.
    #[arg(long, value_name = "TIME", default_value = "10s", value_parser = time)]
    pub connect_timeout: Duration,

    /// TLS, trusting what this system trusts.
    #[arg(long)]
    pub tls: bool,

    /// TLS, trusting these certificates alone (PEM).
    #[arg(long, value_name = "FILE")]
    pub cacert: Option<PathBuf>,

    /// The server's name, for TLS and as :authority [default: of the target].
    #[arg(long, value_name = "NAME")]
    pub authority: Option<String>,

    /// The longest response that is taken (bytes).
    #[arg(long, value_name = "BYTES", default_value_t = 4 << 20)]
    pub longest_response: usize,

    /// Open loop: how many requests may wait for the server's stream limit; more are given up.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    pub most_held: usize,

    /// Open loop: the send delay (p99) from which on the figures count as spoiled.
    #[arg(long, value_name = "TIME", default_value = "1ms", value_parser = time, requires = "rate")]
    pub send_delay_limit: Duration,

    /// Write the result as JSON here; - is standard output.
    #[arg(long, short = 'o', value_name = "FILE")]
    pub output: Option<PathBuf>,

    /// Write each request here, 40 bytes each.
    #[arg(long, value_name = "FILE")]
    pub samples: Option<PathBuf>,

    /// Print nothing but errors and, with --output -, the JSON.
    #[arg(long, short = 'q')]
    pub quiet: bool,
}

impl Options {
    /// Check what holds between options.
    ///
    /// # Errors
    ///
    /// Names the options that do not go together, and what is allowed.
    pub fn check(&self) -> Result<()> {
        let wrong = |text: String| Err(Problem::Input(text));
        if self.slices && self.threads > 1 {
            return wrong(format!(
                "--threads {}: --slices has one thread, so that one clock orders all slices",
                self.threads
            ));
        }
        if !self.slices && self.target.contains(',') {
            return wrong(format!(
                "{}: several targets go with --slices alone",
                self.target
            ));
        }
        if self.duration.is_zero() {
            return wrong("--duration: nothing is sent in no time".to_owned());
        }
        if self.drop >= self.duration {
            return wrong("--drop: it leaves nothing of --duration".to_owned());
        }
        if self.threads > self.connections {
            return wrong(format!(
                "--threads {}: each has a connection of its own, and --connections is {}",
                self.threads, self.connections
            ));
        }
        if let Some(concurrency) = self.concurrency
            && concurrency < self.connections
        {
            return wrong(format!(
                "--concurrency {concurrency}: fewer requests than --connections ({}) leave some idle",
                self.connections
            ));
        }
        if self.deadline.is_some_and(|deadline| deadline.is_zero()) {
            return wrong("--deadline: no request can be answered in no time".to_owned());
        }
        Ok(())
    }
}

/// The longest time that any option takes: a day.
pub(crate) const LONGEST: f64 = 86_400.0;
/// The rates that can be scheduled (requests per second).
pub(crate) const RATES: RangeInclusive<f64> = 0.01..=1e8;
/// The most requests in flight.
pub(crate) const LARGEST_CONCURRENCY: u32 = 1_000_000;

/// Read a time: 50us, 200ms, 1.5s, 10 (seconds), 2m, 1h.
fn time(text: &str) -> std::result::Result<Duration, String> {
    let digits = text
        .find(|letter: char| letter.is_ascii_alphabetic())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let scale = match unit {
        "us" => 1e-6,
        "ms" => 1e-3,
        "" | "s" => 1.0,
        "m" => 60.0,
        "h" => 3600.0,
        _ => return Err(format!("unit {unit:?}; allowed: us, ms, s, m, h")),
    };
    let seconds = number
        .parse::<f64>()
        .map_err(|_| "write it as 50us, 200ms, 10s, 2m".to_owned())?
        * scale;
    if (0.0..=LONGEST).contains(&seconds) {
        Ok(Duration::from_secs_f64(seconds))
    } else {
        Err("allowed: 0 to 24h".to_owned())
    }
}

fn rate(text: &str) -> std::result::Result<f64, String> {
    let rate = text
        .parse::<f64>()
        .map_err(|_| "a number of requests per second".to_owned())?;
    if RATES.contains(&rate) {
        Ok(rate)
    } else {
        Err("allowed: 0.01 to 100,000,000".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_command_line_is_well_formed() {
        use clap::CommandFactory;
        Options::command().debug_assert();
    }

    #[test]
    fn times_are_read_with_their_units() {
        assert_eq!(time("50us"), Ok(Duration::from_micros(50)));
        assert_eq!(time("1.5s"), Ok(Duration::from_millis(1500)));
        assert_eq!(time("10"), Ok(Duration::from_secs(10)));
        assert_eq!(time("2m"), Ok(Duration::from_secs(120)));
    }

    #[test]
    fn what_is_no_time_is_refused() {
        for text in [
            "",
            "s",
            "-1s",
            "nan",
            "inf",
            "1e400",
            "5 parsecs",
            "25h",
            "1d",
        ] {
            assert!(time(text).is_err(), "{text:?} was taken");
        }
    }

    #[test]
    fn a_rate_that_cannot_be_scheduled_is_refused() {
        for text in ["0", "-5", "nan", "inf", "1e400", "many", ""] {
            assert!(rate(text).is_err(), "{text:?} was taken");
        }
    }

    fn parsed(words: &[&str]) -> std::result::Result<Options, String> {
        let all = ["grpc-load"]
            .iter()
            .chain(words)
            .chain(&["localhost:1", "a.B/C"]);
        let options = Options::try_parse_from(all).map_err(|error| error.to_string())?;
        options.check().map_err(|error| error.to_string())?;
        Ok(options)
    }

    #[test]
    fn a_load_is_either_closed_or_open() {
        assert!(parsed(&["--concurrency", "8"]).is_ok());
        assert!(parsed(&["--rate", "8"]).is_ok());
        assert!(parsed(&["--slices"]).is_ok());
        assert!(parsed(&[]).is_err());
        assert!(parsed(&["--rate", "8", "--slices"]).is_err());
        assert!(parsed(&["--rate", "8", "--concurrency", "8"]).is_err());
    }

    #[test]
    fn slices_take_what_shapes_an_open_loop_and_nothing_that_a_line_says() {
        let shape = ["--slices", "--arrivals", "constant", "--seed", "7"];
        assert!(parsed(&shape).is_ok());
        assert!(parsed(&["--slices", "--send-quantum", "50us"]).is_ok());
        for words in [["--duration", "1s"], ["--output", "-"], ["--threads", "2"]] {
            assert!(
                parsed(&[&["--slices"], &words[..]].concat()).is_err(),
                "{words:?}"
            );
        }
    }

    #[test]
    fn several_targets_go_with_slices_alone() {
        let said = |words: &[&str]| {
            let all = [&["grpc-load", "h:1,h:2", "a.B/C"], words].concat();
            let options = Options::try_parse_from(all).map_err(|error| error.to_string())?;
            options.check().map_err(|error| error.to_string())
        };
        assert_eq!(said(&["--slices"]), Ok(()));
        assert!(said(&["--rate", "8"]).is_err_and(|error| error.contains("--slices")));
    }

    #[test]
    fn options_that_do_not_go_together_are_named() {
        let said = |words: &[&str]| parsed(words).err().unwrap_or_default();
        assert!(said(&["--concurrency", "4"]).contains("--connections (8)"));
        assert!(said(&["--rate", "4", "--threads", "9"]).contains("--threads 9"));
        assert!(said(&["--rate", "4", "--drop", "10s"]).contains("--drop"));
        assert!(said(&["--rate", "4", "--duration", "0"]).contains("--duration"));
    }
}
