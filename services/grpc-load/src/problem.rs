//! What can go wrong before or beside the load itself, and the exit code of each.

use std::process::ExitCode;

/// An error that ends the program with one message.
#[derive(Debug, thiserror::Error)]
pub enum Problem {
    /// An option, a file or a method is wrong: nothing was sent.
    #[error("{0}")]
    Input(String),
    /// The server cannot be reached, or does not speak HTTP/2.
    #[error("{0}")]
    Unreachable(String),
    /// What was measured cannot be written.
    #[error("{0}")]
    Output(String),
}

impl Problem {
    /// Return the exit code: 2 for bad input, 1 for the rest.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        match self {
            Self::Input(_) => ExitCode::from(2),
            Self::Unreachable(_) | Self::Output(_) => ExitCode::from(1),
        }
    }
}

/// What most functions return.
pub type Result<T> = std::result::Result<T, Problem>;
