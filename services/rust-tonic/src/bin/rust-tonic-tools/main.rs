//! The command-line tools in one program, which does what the name says that it is called by: three
//! programs would be linked and optimised three times.

mod client;
mod gentestdata;
mod train_model;

use std::process::ExitCode;

use clap::Parser;
use rust_tonic::tool::end;

#[derive(Debug, Parser)]
#[command(multicall = true, propagate_version = true, version)]
enum CommandLine {
    #[command(name = "client")]
    Client(client::CommandLine),
    #[command(name = "gentestdata")]
    Gentestdata(gentestdata::CommandLine),
    #[command(name = "train_model")]
    TrainModel(train_model::CommandLine),
}

fn main() -> ExitCode {
    match CommandLine::parse() {
        CommandLine::Client(line) => end("client", client::run(line)),
        CommandLine::Gentestdata(line) => end("gentestdata", gentestdata::run(&line)),
        CommandLine::TrainModel(line) => end("train_model", train_model::run(&line)),
    }
}
