//! The file of each request (`--samples`): a JSON line that says what follows, then records.
//!
//! The first line is JSON, padded with blanks to a whole number of records, and ends with a
//! newline. Each record is 40 bytes, little-endian; see `FIELDS`. numpy reads them with
//! `numpy.fromfile(path, dtype, offset=header_bytes)`.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::Path;
use std::sync::mpsc::Receiver;

use crate::connection::Flight;
use crate::outcome::Outcome;
use crate::schedule::Nanos;

/// How many samples are handed to the writer at once.
pub(crate) const CHUNK: usize = 4096;
/// The length of a record, and what the header's is a multiple of (bytes).
const RECORD: usize = 40;
const HEADER: usize = 1200;

/// The fields of a record, in order, as numpy names types.
const FIELDS: [(&str, &str); 6] = [
    ("scheduled", "<i8"),
    ("latency", "<i8"),
    ("send_delay", "<i8"),
    ("held_back", "<i8"),
    ("outcome", "<i4"),
    ("reserved", "<i4"),
];

/// One request: times in ns, `scheduled` since the start of the load; -1 where there is none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sample {
    scheduled: Nanos,
    latency: i64,
    send_delay: i64,
    held_back: Nanos,
    outcome: u8,
}

impl Sample {
    /// Return what is kept of a request that ended.
    pub(crate) fn of(flight: &Flight, outcome: Outcome, latency: Nanos) -> Self {
        let signed = |nanos: Nanos| i64::try_from(nanos).unwrap_or(i64::MAX);
        Self {
            scheduled: flight.scheduled,
            latency: if outcome == Outcome::NotSent {
                -1
            } else {
                signed(latency)
            },
            send_delay: flight.send_delay.map_or(-1, signed),
            held_back: flight.held_back,
            outcome: outcome.number(),
        }
    }

    fn bytes(&self) -> [u8; RECORD] {
        let mut record = [0; RECORD];
        let (parts, _) = record.as_chunks_mut::<8>();
        let fields = [
            self.scheduled.to_le_bytes(),
            self.latency.to_le_bytes(),
            self.send_delay.to_le_bytes(),
            self.held_back.to_le_bytes(),
            u64::from(self.outcome).to_le_bytes(),
        ];
        for (part, field) in parts.iter_mut().zip(fields) {
            *part = field;
        }
        record
    }
}

/// Write the header, then samples as they come, until every sender is gone.
///
/// # Errors
///
/// Returns the error of the file system.
pub(crate) fn write(
    path: &Path,
    about: &serde_json::Value,
    from: &Receiver<Vec<Sample>>,
) -> io::Result<()> {
    let mut file = BufWriter::with_capacity(1 << 20, File::create(path)?);
    let fields: Vec<_> = FIELDS
        .iter()
        .map(|(name, kind)| vec![*name, *kind])
        .collect();
    let header = serde_json::json!({
        "format": "grpc-load samples 1", "header_bytes": HEADER, "fields": fields, "about": about,
    });
    let mut line = header.to_string().into_bytes();
    if line.len() >= HEADER {
        return Err(io::Error::other("the header is too long"));
    }
    line.resize(HEADER - 1, b' ');
    line.push(b'\n');
    file.write_all(&line)?;
    for chunk in from {
        for sample in &chunk {
            file.write_all(&sample.bytes())?;
        }
    }
    file.flush()
}
