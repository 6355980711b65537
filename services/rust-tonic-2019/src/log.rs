//! The server's log: one JSON object per line, on stdout.

use std::io::Write;

use serde_json::{json, Map, Value};

/// Write one event. Failures are ignored: a log that nobody reads must not stop a server.
pub(crate) fn write(event: &str, facts: Value) {
    let mut line = match facts {
        Value::Object(facts) => facts,
        _ => Map::new(),
    };
    line.insert("event".into(), json!(event));
    let text = format!("{}\n", Value::Object(line));
    let mut stdout = std::io::stdout();
    let _ = stdout
        .write_all(text.as_bytes())
        .and_then(|()| stdout.flush());
}
