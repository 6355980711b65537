//! The command line and the environment, checked into [`Options`].

use std::ffi::OsString;
use std::path::PathBuf;

use clap::Parser;
use clap::error::ErrorKind;

/// How the server is to run; every value is in its range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Options {
    /// An address, or a name that resolves to one.
    pub host: String,
    /// 0 takes a free one.
    pub port: u16,
    /// The model file.
    pub model: PathBuf,
    /// What answers.
    pub handler: HandlerKind,
    /// Runtimes that share the port.
    pub workers: usize,
    /// The runtimes' flavour.
    pub runtime: RuntimeKind,
    /// Threads of each runtime; 1 where it is of the current thread.
    pub threads: usize,
    /// The bound on concurrent streams of one connection, if any.
    pub max_streams: Option<u32>,
}

/// What answers calls.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HandlerKind {
    /// The model.
    Model,
    /// A constant: it prices the transport.
    Null,
}

impl HandlerKind {
    /// The word for it in options and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Model => "model",
            Self::Null => "null",
        }
    }
}

/// A flavour of tokio's runtime.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RuntimeKind {
    /// One thread does all.
    CurrentThread,
    /// Threads hand tasks to each other; there may be one of them too.
    MultiThread,
}

impl RuntimeKind {
    /// The word for it in options and logs.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::CurrentThread => "current-thread",
            Self::MultiThread => "multi-thread",
        }
    }
}

/// What a command line asks for.
#[derive(Debug, PartialEq, Eq)]
pub enum Invocation {
    /// To serve.
    Serve(Options),
    /// To print this text (help, the version) and end.
    Print(String),
}

/// An option or variable that cannot be followed.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OptionsError {
    /// A value out of its range.
    #[error("{name}: {value:?} is not allowed; give {allowed}")]
    Value {
        /// The option or the variable.
        name: &'static str,
        /// What it was set to.
        value: String,
        /// What may be given.
        allowed: String,
    },
    /// A command line that is none.
    #[error("{0} (--help lists the options)")]
    CommandLine(String),
}

/// Serves a K-means model over gRPC.
///
/// Each option is also an environment variable; the option wins, and an empty variable
/// counts as unset.
#[derive(Debug, Parser)]
#[command(name = "rust-tonic", version, disable_help_subcommand = true)]
struct CommandLine {
    /// Address to listen on [env: SERVER_HOST] [default: 0.0.0.0]
    #[arg(long)]
    host: Option<String>,
    /// Port; 0 takes a free one, and the log says which [env: SERVER_PORT] [default: 5001]
    #[arg(long, allow_hyphen_values = true)]
    port: Option<String>,
    /// Model file [env: SERVER_MODEL] [default: data/model.json]
    #[arg(long)]
    model: Option<String>,
    /// `model`, or `null`: answer a constant, to price the transport [env: SERVER_HANDLER] [default: model]
    #[arg(long)]
    handler: Option<String>,
    /// Runtimes that share the port [env: SERVER_WORKERS] [default: one for each CPU that it may
    /// run on, or as many as their threads leave room for]
    #[arg(long, allow_hyphen_values = true)]
    workers: Option<String>,
    /// `current-thread` or `multi-thread`, the flavour of the runtimes [env: SERVER_RUNTIME]
    /// [default: by their threads, of which the first has one]
    #[arg(long)]
    runtime: Option<String>,
    /// Threads of each runtime [env: SERVER_THREADS] [default: 1; the CPUs it may run on, shared
    /// out, where the workers or the runtime multi-thread are asked for]
    #[arg(long, allow_hyphen_values = true)]
    threads: Option<String>,
    /// Bound on concurrent streams of one connection, or `none` [env: SERVER_MAX_STREAMS] [default: 200]
    #[arg(long, allow_hyphen_values = true)]
    max_streams: Option<String>,
}

impl Options {
    /// Reads a command line (the first argument is the program's name) and an environment, on
    /// so many CPUs.
    ///
    /// # Errors
    /// Where an option is unknown or a value is not allowed.
    pub fn read(
        arguments: impl IntoIterator<Item = OsString>,
        environment: impl Fn(&str) -> Option<String>,
        cpus: usize,
    ) -> Result<Invocation, OptionsError> {
        let given = match CommandLine::try_parse_from(arguments) {
            Ok(given) => given,
            Err(error) => return stop(&error),
        };
        let setting = |option, variable, value: Option<String>| match value {
            Some(value) => Some(Setting {
                name: option,
                value,
            }),
            None => environment(variable)
                .filter(|value| !value.is_empty())
                .map(|value| Setting {
                    name: variable,
                    value,
                }),
        };
        let host = setting("--host", "SERVER_HOST", given.host);
        let port = setting("--port", "SERVER_PORT", given.port);
        let model = setting("--model", "SERVER_MODEL", given.model);
        let handler = setting("--handler", "SERVER_HANDLER", given.handler);
        let workers = setting("--workers", "SERVER_WORKERS", given.workers);
        let threads = setting("--threads", "SERVER_THREADS", given.threads);
        let runtime = setting("--runtime", "SERVER_RUNTIME", given.runtime);
        let max_streams = setting("--max-streams", "SERVER_MAX_STREAMS", given.max_streams);
        let runtime = runtime.map(Setting::runtime).transpose()?;
        let workers = workers.map(|s| s.number(1, 1024)).transpose()?;
        let threads = match (threads, runtime) {
            (Some(s), Some(RuntimeKind::CurrentThread)) => Some(s.one_thread()?),
            (Some(s), _) => Some(s.number(1, 1024)?),
            (None, Some(RuntimeKind::CurrentThread)) => Some(1),
            (None, _) => None,
        };
        // Whatever is not said shares the CPUs out: a runtime a core, or one over all of them
        // where its threads are to take work from one another.
        let share = |among: usize| (cpus / among).clamp(1, 1024);
        let (workers, threads) = match (workers, threads) {
            (Some(workers), Some(threads)) => (workers, threads),
            (Some(workers), None) => (workers, share(workers)),
            (None, Some(threads)) => (share(threads), threads),
            (None, None) if runtime == Some(RuntimeKind::MultiThread) => (1, share(1)),
            (None, None) => (share(1), 1),
        };
        Ok(Invocation::Serve(Self {
            host: host.map_or(Ok("0.0.0.0".into()), Setting::host)?,
            port: port.map_or(Ok(5001), |s| s.number(0, u16::MAX))?,
            model: model.map_or(Ok("data/model.json".into()), Setting::path)?,
            handler: handler.map_or(Ok(HandlerKind::Model), Setting::handler)?,
            workers,
            runtime: runtime.unwrap_or(match threads {
                1 => RuntimeKind::CurrentThread,
                _ => RuntimeKind::MultiThread,
            }),
            threads,
            max_streams: max_streams.map_or(Ok(Some(200)), Setting::bound)?,
        }))
    }
}

/// One value that was given, and where.
struct Setting {
    name: &'static str,
    value: String,
}

impl Setting {
    fn number<N>(self, least: N, most: N) -> Result<N, OptionsError>
    where
        N: std::str::FromStr + PartialOrd + std::fmt::Display + Copy,
    {
        match self.value.parse::<N>() {
            Ok(number) if least <= number && number <= most => Ok(number),
            _ => Err(self.refuse(format!("a whole number from {least} to {most}"))),
        }
    }

    fn bound(self) -> Result<Option<u32>, OptionsError> {
        match (self.value.as_str(), self.value.parse()) {
            ("none", _) => Ok(None),
            (_, Ok(number)) if (1..=i32::MAX as u32).contains(&number) => Ok(Some(number)),
            _ => Err(self.refuse("none or a whole number from 1 to 2147483647")),
        }
    }

    fn one_thread(self) -> Result<usize, OptionsError> {
        if self.value == "1" {
            Ok(1)
        } else {
            Err(self.refuse("1, or the runtime multi-thread"))
        }
    }

    fn runtime(self) -> Result<RuntimeKind, OptionsError> {
        [RuntimeKind::CurrentThread, RuntimeKind::MultiThread]
            .into_iter()
            .find(|kind| kind.name() == self.value)
            .ok_or_else(|| self.refuse("current-thread or multi-thread"))
    }

    fn handler(self) -> Result<HandlerKind, OptionsError> {
        [HandlerKind::Model, HandlerKind::Null]
            .into_iter()
            .find(|kind| kind.name() == self.value)
            .ok_or_else(|| self.refuse("model or null"))
    }

    fn host(self) -> Result<String, OptionsError> {
        if self.value.trim().is_empty() {
            Err(self.refuse("an address"))
        } else {
            Ok(self.value)
        }
    }

    fn path(self) -> Result<PathBuf, OptionsError> {
        if self.value.is_empty() {
            Err(self.refuse("a file"))
        } else {
            Ok(self.value.into())
        }
    }

    fn refuse(self, allowed: impl Into<String>) -> OptionsError {
        OptionsError::Value {
            name: self.name,
            value: self.value,
            allowed: allowed.into(),
        }
    }
}

/// clap reports help as an error, and errors over many lines.
fn stop(error: &clap::Error) -> Result<Invocation, OptionsError> {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => Ok(Invocation::Print(text)),
        _ => {
            let first = text.lines().next().unwrap_or_default();
            let first = first.strip_prefix("error: ").unwrap_or(first);
            Err(OptionsError::CommandLine(first.to_owned()))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str, environment: &[(&str, &str)]) -> Result<Invocation, OptionsError> {
        read_on(1, line, environment)
    }

    fn read_on(
        cpus: usize,
        line: &str,
        environment: &[(&str, &str)],
    ) -> Result<Invocation, OptionsError> {
        let variable = |name: &str| {
            environment
                .iter()
                .find(|(key, _)| *key == name)
                .map(|(_, value)| (*value).to_owned())
        };
        Options::read(line.split_whitespace().map(OsString::from), variable, cpus)
    }

    fn options(line: &str, environment: &[(&str, &str)]) -> Options {
        match read(line, environment) {
            Ok(Invocation::Serve(options)) => options,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn nothing_given_takes_the_defaults() {
        let options = options("rust-tonic", &[]);
        assert_eq!((options.host.as_str(), options.port), ("0.0.0.0", 5001));
        assert_eq!(options.model, PathBuf::from("data/model.json"));
        assert_eq!(options.handler, HandlerKind::Model);
        assert_eq!(
            (options.workers, options.threads, options.max_streams),
            (1, 1, Some(200))
        );
    }

    #[test]
    fn the_workers_share_the_cpus_unless_told_otherwise() {
        for (line, expected) in [
            ("rust-tonic", (4, 1)),
            ("rust-tonic --workers 1", (1, 4)),
            ("rust-tonic --workers 2", (2, 2)),
            ("rust-tonic --workers 9", (9, 1)),
            ("rust-tonic --threads 1", (4, 1)),
            ("rust-tonic --threads 3", (1, 3)),
            ("rust-tonic --threads 9", (1, 9)),
            ("rust-tonic --workers 3 --threads 2", (3, 2)),
            ("rust-tonic --runtime multi-thread", (1, 4)),
        ] {
            let Ok(Invocation::Serve(options)) = read_on(4, line, &[]) else {
                panic!("{line}")
            };
            assert_eq!((options.workers, options.threads), expected, "{line}");
        }
    }

    #[test]
    fn a_runtime_of_one_thread_is_of_the_current_thread_unless_told_otherwise() {
        use RuntimeKind::{CurrentThread, MultiThread};
        for (line, expected) in [
            ("rust-tonic --threads 1", (CurrentThread, 1)),
            ("rust-tonic", (CurrentThread, 1)),
            ("rust-tonic --workers 1", (MultiThread, 4)),
            ("rust-tonic --runtime current-thread", (CurrentThread, 1)),
            (
                "rust-tonic --runtime multi-thread --threads 1",
                (MultiThread, 1),
            ),
        ] {
            let Ok(Invocation::Serve(options)) = read_on(4, line, &[]) else {
                panic!("{line}")
            };
            assert_eq!((options.runtime, options.threads), expected, "{line}");
        }
    }

    #[test]
    fn streams_may_be_left_unbounded() {
        let options = options("rust-tonic --max-streams none", &[]);
        assert_eq!(options.max_streams, None);
    }

    #[test]
    fn an_option_wins_over_its_variable() {
        let environment = [("SERVER_PORT", "6001"), ("SERVER_HANDLER", "null")];
        let options = options("rust-tonic --port 0", &environment);
        assert_eq!((options.port, options.handler), (0, HandlerKind::Null));
    }

    #[test]
    fn an_empty_variable_counts_as_unset() {
        let environment = [
            ("SERVER_PORT", ""),
            ("SERVER_THREADS", ""),
            ("SERVER_MODEL", ""),
        ];
        assert_eq!(
            options("rust-tonic", &environment),
            options("rust-tonic", &[])
        );
    }

    #[test]
    fn a_bad_value_is_refused_in_one_line_with_what_is_allowed() {
        for (line, environment, told) in [
            (
                "rust-tonic --port 65536",
                [("", "")],
                r#"--port: "65536" is not allowed; give a whole number from 0 to 65535"#,
            ),
            (
                "rust-tonic --workers -1",
                [("", "")],
                r#"--workers: "-1" is not allowed; give a whole number from 1 to 1024"#,
            ),
            (
                "rust-tonic",
                [("SERVER_HANDLER", "nil")],
                r#"SERVER_HANDLER: "nil" is not allowed; give model or null"#,
            ),
            (
                "rust-tonic",
                [("SERVER_MAX_STREAMS", "0")],
                r#"SERVER_MAX_STREAMS: "0" is not allowed; give none or a whole number from 1 to 2147483647"#,
            ),
            (
                "rust-tonic --runtime current-thread",
                [("SERVER_THREADS", "2")],
                r#"SERVER_THREADS: "2" is not allowed; give 1, or the runtime multi-thread"#,
            ),
            (
                "rust-tonic",
                [("SERVER_RUNTIME", "one")],
                r#"SERVER_RUNTIME: "one" is not allowed; give current-thread or multi-thread"#,
            ),
        ] {
            assert_eq!(read(line, &environment).unwrap_err().to_string(), told);
        }
    }

    #[test]
    fn an_unknown_option_is_refused_in_one_line() {
        let told = read("rust-tonic --prot 1", &[]).unwrap_err().to_string();
        assert!(told.contains("--prot") && !told.contains('\n'), "{told}");
    }

    #[test]
    fn help_names_every_variable() {
        let Ok(Invocation::Print(text)) = read("rust-tonic --help", &[]) else {
            panic!()
        };
        for name in [
            "HOST",
            "PORT",
            "MODEL",
            "HANDLER",
            "WORKERS",
            "RUNTIME",
            "THREADS",
            "MAX_STREAMS",
        ] {
            assert!(text.contains(&format!("SERVER_{name}")), "{name}");
        }
    }
}
