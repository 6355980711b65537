//! The command line and the environment, checked.

use std::collections::HashMap;
use std::convert::TryFrom;
use std::path::PathBuf;

/// How the server is to run; every value is in its range.
#[derive(Debug)]
pub(crate) struct Options {
    pub(crate) host: String,
    /// 0 takes a free one.
    pub(crate) port: u16,
    pub(crate) model: PathBuf,
    /// Whether to return a constant, which shows the cost of gRPC alone.
    pub(crate) noop: bool,
    pub(crate) threads: usize,
    pub(crate) max_streams: u32,
}

/// What a command line asks for.
#[derive(Debug)]
pub(crate) enum Invocation {
    /// To serve.
    Serve(Options),
    /// To print this text and end.
    Print(String),
}

const NAMES: [&str; 7] = [
    "host",
    "port",
    "model",
    "handler",
    "workers",
    "threads",
    "max-streams",
];

const HELP: &str = "\
usage: rust-tonic-2019 [--NAME VALUE]...

Each option is also a variable, SERVER_NAME. The option wins. An empty variable counts as unset.
  --host         address to listen on (0.0.0.0)
  --port         0 takes a free one, which the log names (5001)
  --model        model file (data/model.json)
  --handler      model, or noop: return a constant, which shows the cost of gRPC alone (model)
  --workers      1 only
  --threads      threads of the runtime (as many as CPUs that the server may run on)
  --max-streams  bound on concurrent streams of one connection (none: 2147483647)
";

/// Read a command line and an environment. The error is one line.
pub(crate) fn read(
    arguments: &[String],
    environment: impl Fn(&str) -> Option<String>,
) -> Result<Invocation, String> {
    let mut given: HashMap<&str, String> = HashMap::new();
    let mut words = arguments.iter();
    while let Some(word) = words.next() {
        if word == "--help" || word == "-h" {
            return Ok(Invocation::Print(HELP.into()));
        }
        let mut parts = word.splitn(2, '=');
        let flag = parts.next().unwrap_or_default();
        let name = NAMES
            .iter()
            .copied()
            .find(|name| flag.strip_prefix("--") == Some(*name));
        let name = name.ok_or_else(|| format!("{word}: no such option (--help lists them)"))?;
        let value = parts.next().or_else(|| words.next().map(String::as_str));
        let value = value.ok_or_else(|| format!("{word}: a value is missing"))?;
        let _ = given.insert(name, value.into());
    }
    let setting = |name: &str, default: &str| {
        let variable = format!("SERVER_{}", name.to_uppercase().replace('-', "_"));
        match (
            given.get(name),
            environment(&variable).filter(|value| !value.is_empty()),
        ) {
            (Some(value), _) => (format!("--{name}"), value.clone()),
            (None, Some(value)) => (variable, value),
            (None, None) => (format!("--{name}"), default.into()),
        }
    };
    let text = |name: &str, default: &str, allowed: &str| match setting(name, default) {
        (from, value) if value.trim().is_empty() => Err(refuse(&from, &value, allowed)),
        (_, value) => Ok(value),
    };
    let number = |name: &str, default: u32, least: u32, most: u32| {
        let (from, value) = setting(name, &default.to_string());
        match value.parse::<u32>() {
            Ok(number) if least <= number && number <= most => Ok(number),
            _ => Err(refuse(
                &from,
                &value,
                &format!("a whole number from {least} to {most}"),
            )),
        }
    };
    let handler = setting("handler", "model");
    if handler.1 != "model" && handler.1 != "noop" {
        return Err(refuse(&handler.0, &handler.1, "model or noop"));
    }
    let unbounded = 2_147_483_647;
    let cpus = std::thread::available_parallelism().map_or(1, std::num::NonZeroUsize::get);
    let cpus = u32::try_from(cpus).unwrap_or(1);
    let port = number("port", 5001, 0, 65535)?;
    number("workers", 1, 1, 1)?;
    Ok(Invocation::Serve(Options {
        host: text("host", "0.0.0.0", "an address")?,
        port: u16::try_from(port).unwrap_or_default(),
        model: text("model", "data/model.json", "a file")?.into(),
        noop: handler.1 == "noop",
        threads: number("threads", cpus, 1, 1024)? as usize,
        max_streams: number("max-streams", unbounded, 1, unbounded)?,
    }))
}

fn refuse(name: &str, value: &str, allowed: &str) -> String {
    format!("{name}: {value:?} is not allowed; give {allowed}")
}
