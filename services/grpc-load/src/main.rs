//! The program: reads the command line, loads, says what went wrong.

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use clap::Parser;
use grpc_load::options::Options;
use grpc_load::run::run;
use signal_hook::consts::{SIGINT, SIGTERM};
use signal_hook::flag;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let options = Options::parse();
    let end = Arc::new(AtomicBool::new(false));
    for signal in [SIGINT, SIGTERM] {
        // The first ends the load and keeps what was measured, the second ends all.
        let registered = flag::register_conditional_shutdown(signal, 130, Arc::clone(&end))
            .and_then(|_| flag::register(signal, Arc::clone(&end)));
        if let Err(error) = registered {
            eprintln!("grpc-load: {error}");
        }
    }
    run(&options, &end).unwrap_or_else(|problem| {
        eprintln!("grpc-load: {problem}");
        problem.exit_code()
    })
}
