//! `rust-tonic-2019`: a K-means model of linfa 0.1, served over gRPC with tonic 0.1.

mod codec;
mod health;
mod log;
mod model;
mod options;
mod serve;
mod service;
mod stop;

use std::io::Write;
use std::process::exit;

use crate::options::Invocation;

/// As in compose.yaml.
const NAME: &str = "rust-tonic-2019";

/// The versions that this was built with, of the packages that a measurement depends on.
const VERSIONS: [(&str, &str); 9] = include!(concat!(env!("OUT_DIR"), "/versions.rs"));

/// The code generated from the contracts.
#[allow(
    missing_docs,
    unreachable_pub,
    clippy::all,
    clippy::pedantic,
    clippy::unwrap_used,
    unused
)]
mod proto {
    pub mod ml {
        tonic::include_proto!("ml");
    }
    pub mod health {
        tonic::include_proto!("grpc.health.v1");
    }
}

/// Why a server did not serve: its one line, and its exit code.
#[derive(Debug)]
struct Failure {
    code: i32,
    what: String,
}

impl Failure {
    /// Make a failure that the user can set right.
    fn of_user(what: impl Into<String>) -> Self {
        Self {
            code: 2,
            what: what.into(),
        }
    }
}

impl<E: std::error::Error> From<E> for Failure {
    fn from(error: E) -> Self {
        Self {
            code: 1,
            what: error.to_string(),
        }
    }
}

fn main() {
    if let Err(failure) = run() {
        // Where stderr is closed nobody reads it.
        let _ = writeln!(std::io::stderr(), "{}: {}", NAME, failure.what);
        exit(failure.code);
    }
}

fn run() -> Result<(), Failure> {
    let environment = |name: &str| std::env::var_os(name).map(|v| v.to_string_lossy().into_owned());
    let arguments = std::env::args_os().skip(1);
    let arguments: Vec<_> = arguments
        .map(|a| a.to_string_lossy().into_owned())
        .collect();
    match options::read(&arguments, environment).map_err(Failure::of_user)? {
        Invocation::Serve(options) => serve::serve(&options),
        Invocation::Print(text) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            Ok(())
        }
    }
}
