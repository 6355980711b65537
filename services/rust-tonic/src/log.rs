//! The server's log: one JSON object per line, on stdout.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::IpAddr;
use std::path::Path;

use serde::Serialize;

use crate::counts::Work;
use crate::options::{HandlerKind, MaxStreams, RuntimeKind};

/// The events of a server, in the order in which they happen.
#[derive(Debug, Serialize)]
#[serde(tag = "event", rename_all = "lowercase")]
pub enum Event<'a> {
    /// The options and the model are good.
    Starting {
        /// The name of this server.
        server: &'a str,
        /// What responds to requests.
        handler: HandlerKind,
        /// The model and its shape.
        model: ModelShape<'a>,
        /// `mimalloc`, `jemalloc` or `system`.
        allocator: &'a str,
        /// The kind of each runtime.
        runtime: RuntimeKind,
        /// Runtimes that share the port.
        workers: usize,
        /// Threads of each runtime.
        threads: usize,
        /// The bound on concurrent streams of one connection, if any.
        max_streams: MaxStreams,
        /// Every thread pool that matters, and its size.
        pools: BTreeMap<&'a str, usize>,
        /// Packages and their versions.
        versions: BTreeMap<&'a str, &'a str>,
    },
    /// The port is open; requests are served from here on.
    Listening {
        /// The address, as it was bound.
        host: IpAddr,
        /// The port, as it was bound.
        port: u16,
    },
    /// The model works, and health says SERVING.
    Serving,
    /// A signal came; requests in flight are finished.
    Stopping {
        /// Its name, as in `SIGTERM`.
        signal: &'a str,
    },
    /// No worker runs any more.
    Stopped {
        /// The work of each worker.
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

/// Write one event. Failures are ignored: a log that nobody reads must not stop a server.
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
