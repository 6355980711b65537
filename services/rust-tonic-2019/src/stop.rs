//! The signals that stop the server.

use std::{fs, io};

use tokio::signal::unix::{signal, Signal, SignalKind};

pub(crate) const SIGINT: i32 = 2;
pub(crate) const SIGTERM: i32 = 15;

/// A signal that stops the server, unless the process was started to ignore it: a script has its
/// jobs in the background ignore SIGINT.
pub(crate) struct Stop(Option<Signal>);

impl Stop {
    pub(crate) fn by(number: i32) -> io::Result<Self> {
        let heard = if is_ignored(number) {
            None
        } else {
            Some(signal(SignalKind::from_raw(number))?)
        };
        Ok(Self(heard))
    }

    pub(crate) async fn wait(&mut self) {
        match &mut self.0 {
            Some(heard) => {
                heard.recv().await;
            }
            None => std::future::pending().await,
        }
    }
}

/// Whether this process ignores a signal, as the kernel says.
fn is_ignored(number: i32) -> bool {
    fs::read_to_string("/proc/self/status")
        .unwrap_or_default()
        .lines()
        .find_map(|line| line.strip_prefix("SigIgn:"))
        .and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok())
        .is_some_and(|mask| mask & (1 << (number - 1)) != 0)
}
