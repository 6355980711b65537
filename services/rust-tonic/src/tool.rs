//! How the command-line tools end.

use std::error::Error;
use std::io::{self, Write};
use std::process::ExitCode;

/// Return a tool's exit code, after one line on stderr where it failed. It succeeds where nobody
/// reads its output any more, as in `| head`.
#[must_use]
pub fn end(name: &str, result: Result<(), Box<dyn Error>>) -> ExitCode {
    let Err(error) = result else {
        return ExitCode::SUCCESS;
    };
    let pipe = error.downcast_ref::<io::Error>();
    if pipe.is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe) {
        return ExitCode::SUCCESS;
    }
    let _ = writeln!(io::stderr(), "{name}: {error}");
    ExitCode::FAILURE
}
