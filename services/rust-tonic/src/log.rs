//! The server's log: one JSON object a line, on stdout.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::IpAddr;
use std::path::Path;

use serde::Serialize;

use crate::counts::Work;

/// What a server has to tell, in the order in which it happens.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event<'a> {
    /// The options and the model are good.
    Starting {
        /// The name of this server.
        server: &'a str,
        /// `model` or `null`.
        handler: &'a str,
        /// The model and its shape.
        model: ModelShape<'a>,
        /// `mimalloc`, `jemalloc` or `system`.
        allocator: &'a str,
        /// `current-thread` or `multi-thread`.
        runtime: &'a str,
        /// Runtimes that share the port.
        workers: usize,
        /// Threads of each runtime.
        threads: usize,
        /// The bound on concurrent streams of one connection, if any.
        max_streams: Option<u32>,
        /// Every thread pool that matters, and its size.
        pools: BTreeMap<&'a str, usize>,
        /// Packages and their versions.
        versions: BTreeMap<&'a str, &'a str>,
    },
    /// The port is taken; calls are answered from here on.
    Listening {
        /// The address, as it was bound.
        host: IpAddr,
        /// The port, as it was bound.
        port: u16,
    },
    /// The model answers, and health says SERVING.
    Serving,
    /// A signal came; calls in flight are finished.
    Stopping {
        /// Its name, as in `SIGTERM`.
        signal: &'a str,
    },
    /// Nothing runs any more.
    Stopped {
        /// What each worker did.
        workers: Vec<Work>,
    },
}

/// A model file and what is in it.
#[derive(Debug, Serialize)]
pub struct ModelShape<'a> {
    /// The file.
    pub path: &'a Path,
    /// Rows of centroids.
    pub n_clusters: usize,
    /// Numbers of each row.
    pub n_features: usize,
}

/// Writes one event. A log that nobody reads any more must not stop a server, so
/// failures are ignored.
pub fn write(event: &Event<'_>) {
    if let Ok(mut line) = serde_json::to_vec(event) {
        line.push(b'\n');
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_all(&line).and_then(|()| stdout.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_event_is_named_first() {
        let line = serde_json::to_string(&Event::Listening {
            host: [0, 0, 0, 0].into(),
            port: 5001,
        });
        assert_eq!(
            line.unwrap(),
            r#"{"event":"listening","host":"0.0.0.0","port":5001}"#
        );
    }

    #[test]
    fn an_event_without_facts_is_an_object_too() {
        assert_eq!(
            serde_json::to_string(&Event::Serving).unwrap(),
            r#"{"event":"serving"}"#
        );
    }
}
