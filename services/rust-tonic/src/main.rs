//! `rust-tonic`: the server.

use std::io::Write;
use std::num::NonZero;
use std::process::ExitCode;

use rust_tonic::options::{Invocation, Options};
use rust_tonic::serve::{self, ServeError};

// What a small call costs is mostly allocation; mimalloc is measurably quicker at it than glibc. jemalloc is there to compare.
#[cfg(feature = "jemalloc")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

#[cfg(all(feature = "mimalloc", not(feature = "jemalloc")))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Where stderr is closed there is nobody to tell.
            let _ = writeln!(std::io::stderr(), "rust-tonic: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run() -> Result<(), ServeError> {
    let environment = |name: &str| std::env::var_os(name).map(|v| v.to_string_lossy().into_owned());
    let cpus = std::thread::available_parallelism().map_or(1, NonZero::get);
    match Options::read(std::env::args_os(), environment, cpus)? {
        Invocation::Serve(options) => serve::serve(&options),
        Invocation::Print(text) => {
            let _ = std::io::stdout().write_all(text.as_bytes());
            Ok(())
        }
    }
}
