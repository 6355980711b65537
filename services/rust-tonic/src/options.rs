//! The command line and the environment, checked into [`Options`].

use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::ops::RangeInclusive;
use std::path::PathBuf;
use std::str::FromStr;

use clap::builder::{NonEmptyStringValueParser, Resettable};
use clap::error::{ContextKind, ContextValue};
use clap::{Arg, CommandFactory, FromArgMatches, Parser, ValueEnum};
use serde::Serialize;

/// Serves a K-means model over gRPC.
///
/// Each option is also an environment variable. The option wins. An empty variable counts as unset.
#[derive(Debug, Clone, PartialEq, Eq, Parser)]
#[command(name = "rust-tonic", version)]
pub struct Options {
    /// Address to listen on
    #[arg(long, env = "SERVER_HOST", default_value = "0.0.0.0")]
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub host: String,
    /// Port; 0 takes a free one, which the log names
    #[arg(long, env = "SERVER_PORT", default_value = "5001")]
    #[arg(value_parser = whole(0..=u16::MAX), allow_hyphen_values = true)]
    pub port: u16,
    /// Model file
    #[arg(long, env = "SERVER_MODEL", default_value = "data/model.json")]
    pub model: PathBuf,
    /// What responds to requests
    #[arg(long, env = "SERVER_HANDLER", default_value = "model")]
    pub handler: HandlerKind,
    /// Runtimes that share the port, from 1 to 1024 [default: one per CPU that the server may
    /// run on, or as many as their threads leave room for]
    #[arg(long, env = "SERVER_WORKERS")]
    #[arg(value_parser = whole(1..=1024_usize), allow_hyphen_values = true)]
    pub workers: Option<usize>,
    /// Kind of each runtime [default: current-thread for one thread, else multi-thread]
    #[arg(long, env = "SERVER_RUNTIME")]
    pub runtime: Option<RuntimeKind>,
    /// Threads of each runtime, from 1 to 1024 [default: 1; with --workers or with
    /// --runtime multi-thread, the CPUs are shared out]
    #[arg(long, env = "SERVER_THREADS")]
    #[arg(value_parser = whole(1..=1024_usize), allow_hyphen_values = true)]
    pub threads: Option<usize>,
    /// Bound on concurrent streams of one connection: from 1 to 2147483647, or `none`
    #[arg(long, env = "SERVER_MAX_STREAMS", default_value = "200")]
    #[arg(value_parser = max_streams, allow_hyphen_values = true)]
    pub max_streams: MaxStreams,
}

/// A bound on concurrent streams, if any. clap takes an `Option` by that name for an option
/// that may be left out.
pub type MaxStreams = Option<u32>;

/// What responds to requests.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum HandlerKind {
    /// The model
    Model,
    /// No-op: decodes the request and returns a constant, which shows the cost of gRPC alone
    Noop,
}

/// A kind of tokio's runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum RuntimeKind {
    /// One thread does all the work
    CurrentThread,
    /// Threads take tasks from each other; one thread is allowed too
    MultiThread,
}

/// The runtimes that serve.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Runtimes {
    /// How many there are; they share the port.
    pub workers: usize,
    /// The kind of each.
    pub kind: RuntimeKind,
    /// Threads of each; 1 where the kind is the current thread.
    pub threads: usize,
}

/// A mistake in options or environment.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} (--help lists the options)")]
pub struct OptionsError(String);

impl Options {
    /// Read a command line, whose first argument is the program's name, and the environment.
    ///
    /// Where help or the version is asked for, prints it and ends the process, as clap does.
    ///
    /// # Errors
    /// Where an option is unknown or a value is not allowed.
    pub fn read(arguments: impl IntoIterator<Item = OsString>) -> Result<Self, OptionsError> {
        Self::command()
            .mut_args(without_empty_variable)
            .try_get_matches_from(arguments)
            .and_then(|matches| Self::from_arg_matches(&matches))
            .map_err(|error| {
                if error.use_stderr() {
                    OptionsError(one_line(&error))
                } else {
                    error.exit()
                }
            })
    }

    /// Compute the runtimes. What was not asked for shares out this many CPUs: one runtime per
    /// CPU, or one runtime over all of them where its threads are to take work from each other.
    ///
    /// # Errors
    /// Where several threads of the runtime current-thread are asked for.
    pub fn runtimes(&self, cpus: usize) -> Result<Runtimes, OptionsError> {
        let threads = match (self.threads, self.runtime) {
            (Some(2..), Some(RuntimeKind::CurrentThread)) => {
                return Err(OptionsError(
                    "--threads (SERVER_THREADS): the runtime current-thread has 1 thread; \
                     give 1, or the runtime multi-thread"
                        .into(),
                ));
            }
            (None, Some(RuntimeKind::CurrentThread)) => Some(1),
            (threads, _) => threads,
        };
        let share = |among: usize| (cpus / among).clamp(1, 1024);
        let (workers, threads) = match (self.workers, threads) {
            (Some(workers), Some(threads)) => (workers, threads),
            (Some(workers), None) => (workers, share(workers)),
            (None, Some(threads)) => (share(threads), threads),
            (None, None) if self.runtime == Some(RuntimeKind::MultiThread) => (1, share(1)),
            (None, None) => (share(1), 1),
        };
        let kind = self.runtime.unwrap_or(match threads {
            1 => RuntimeKind::CurrentThread,
            _ => RuntimeKind::MultiThread,
        });
        Ok(Runtimes {
            workers,
            kind,
            threads,
        })
    }
}

/// Return a parser of whole numbers in a range. clap's own does not name the range to someone
/// who gave a word.
fn whole<N>(range: RangeInclusive<N>) -> impl Fn(&str) -> Result<N, String> + Clone
where
    N: FromStr + PartialOrd + Display + Clone,
{
    move |text| match text.parse() {
        Ok(number) if range.contains(&number) => Ok(number),
        _ => Err(format!(
            "give a whole number from {} to {}",
            range.start(),
            range.end()
        )),
    }
}

fn max_streams(text: &str) -> Result<MaxStreams, String> {
    if text == "none" {
        return Ok(None);
    }
    // HTTP/2 has no larger one.
    let number = whole(1..=i32::MAX.unsigned_abs())(text);
    number
        .map(Some)
        .map_err(|allowed| format!("{allowed}, or none"))
}

/// Take an empty variable for unset, as Compose passes one on that is not set.
fn without_empty_variable(argument: Arg) -> Arg {
    let argument = argument.hide_env_values(true);
    match argument.get_env().and_then(env::var_os) {
        Some(value) if value.is_empty() => argument.env(Resettable::Reset),
        _ => argument,
    }
}

/// Write clap's message, which has several lines, in one. It names the option even where the
/// value came from a variable, so the variable is added.
fn one_line(error: &clap::Error) -> String {
    let text = error.to_string();
    let mut parts: Vec<_> = text
        .lines()
        .map(|line| line.trim().trim_start_matches("error: "))
        .take_while(|line| !line.starts_with("Usage:") && !line.starts_with("For more"))
        .filter(|line| !line.is_empty())
        .map(str::to_owned)
        .collect();
    if let Some(variable) = variable(error) {
        parts.push(format!("{variable} is set to it"));
    }
    parts.join("; ")
}

/// Return the variable that holds the value which was refused, if one does.
fn variable(error: &clap::Error) -> Option<String> {
    let text = |kind| match error.get(kind) {
        Some(ContextValue::String(text)) => Some(text.as_str()),
        _ => None,
    };
    let (option, value) = (
        text(ContextKind::InvalidArg)?,
        text(ContextKind::InvalidValue)?,
    );
    let mut command = Options::command();
    command.build();
    let argument = command
        .get_arguments()
        .find(|argument| argument.to_string() == option)?;
    let name = argument.get_env()?;
    (env::var_os(name)? == value).then(|| name.to_string_lossy().into_owned())
}
