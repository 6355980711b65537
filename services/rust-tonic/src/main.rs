//! `rust-tonic`: the server.

use std::io::Write;
use std::num::NonZero;
use std::process::ExitCode;

use rust_tonic::error::ServeError;
use rust_tonic::options::Options;
use rust_tonic::serve::serve;

// A small request's cost is mostly allocation, at which mimalloc is measurably quicker than glibc.
// jemalloc is there to compare.
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
            // Where stderr is closed nobody reads it.
            let _ = writeln!(std::io::stderr(), "rust-tonic: {error}");
            ExitCode::from(error.exit_code())
        }
    }
}

fn run() -> Result<(), ServeError> {
    let options = Options::read(std::env::args_os())?;
    let cpus = std::thread::available_parallelism().map_or(1, NonZero::get);
    serve(&options, options.runtimes(cpus)?)
}
