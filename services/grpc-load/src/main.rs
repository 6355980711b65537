//! The program: reads the command line, loads, says what went wrong.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser;
use grpc_load::options::Options;
use grpc_load::run::run;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let options = Options::parse();
    let end = Arc::new(AtomicBool::new(false));
    let seen = Arc::clone(&end);
    // The first Ctrl-C ends the load and keeps what was measured, the second ends all.
    let handler = ctrlc::set_handler(move || {
        if seen.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
    if let Err(error) = handler {
        eprintln!("grpc-load: {error}");
    }
    run(&options, &end).unwrap_or_else(|problem| {
        eprintln!("grpc-load: {problem}");
        problem.exit_code()
    })
}
