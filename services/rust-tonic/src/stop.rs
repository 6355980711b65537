//! The signals that stop the server.

use std::{fs, future, io};

use tokio::signal::unix::{Signal, SignalKind, signal};

/// A signal that stops the server, unless the process was started to ignore it: a script has its
/// jobs in the background ignore SIGINT.
pub struct Stop(Option<Signal>);

impl Stop {
    /// Begin to listen for a signal.
    ///
    /// # Errors
    /// Where the system does not allow it.
    pub fn by(kind: SignalKind) -> io::Result<Self> {
        let heard = if ignored(kind) {
            None
        } else {
            Some(signal(kind)?)
        };
        Ok(Self(heard))
    }

    /// Wait until the signal comes.
    pub async fn wait(&mut self) {
        match &mut self.0 {
            Some(heard) => {
                heard.recv().await;
            }
            None => future::pending().await,
        }
    }
}

/// Whether this process ignores a signal, as the kernel says.
fn ignored(kind: SignalKind) -> bool {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    is_in_mask(&status, kind.as_raw_value())
}

fn is_in_mask(status: &str, number: i32) -> bool {
    let mask = status
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok());
    mask.is_some_and(|mask| mask & (1 << (number - 1)) != 0)
}

#[cfg(test)]
mod tests {
    use super::is_in_mask;

    #[test]
    fn the_kernels_mask_of_ignored_signals_is_read() {
        let status = "Name:\tx\nSigBlk:\t0000000000000000\nSigIgn:\t0000000000000002\n";
        assert!(is_in_mask(status, 2));
        assert!(!is_in_mask(status, 15));
        assert!(!is_in_mask("Name:\tx\n", 2));
    }
}
