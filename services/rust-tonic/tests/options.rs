//! The command line and the environment.
#![allow(clippy::unwrap_used)]

use std::ffi::OsString;
use std::path::PathBuf;
use std::process::Command;

use rust_tonic::options::{HandlerKind, Options, OptionsError, RuntimeKind, Runtimes};

fn read(line: &str) -> Result<Options, OptionsError> {
    let words = ["rust-tonic"].into_iter().chain(line.split_whitespace());
    Options::read(words.map(OsString::from))
}

fn runtimes_of_four_cpus(line: &str) -> Runtimes {
    read(line).unwrap().runtimes(4).unwrap()
}

/// Run the program, which ends for a mistake, and return its exit code and message.
fn refused(line: &str, environment: &[(&str, &str)]) -> (Option<i32>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_rust-tonic"))
        .env_clear()
        .envs(environment.iter().copied())
        .args(line.split_whitespace())
        .output()
        .unwrap();
    assert!(output.stdout.is_empty());
    let message = String::from_utf8(output.stderr).unwrap();
    (output.status.code(), message)
}

#[test]
fn nothing_given_takes_the_defaults() {
    let options = read("").unwrap();
    assert_eq!((options.host.as_str(), options.port), ("0.0.0.0", 5001));
    assert_eq!(options.model, PathBuf::from("data/model.json"));
    assert_eq!(options.handler, HandlerKind::Model);
    assert_eq!(options.max_streams, Some(200));
    let one = Runtimes {
        workers: 1,
        kind: RuntimeKind::CurrentThread,
        threads: 1,
    };
    assert_eq!(options.runtimes(1), Ok(one));
}

#[test]
fn the_workers_share_the_cpus_unless_told_otherwise() {
    for (line, expected) in [
        ("", (4, 1)),
        ("--workers 1", (1, 4)),
        ("--workers 2", (2, 2)),
        ("--workers 9", (9, 1)),
        ("--threads 1", (4, 1)),
        ("--threads 3", (1, 3)),
        ("--threads 9", (1, 9)),
        ("--workers 3 --threads 2", (3, 2)),
        ("--runtime multi-thread", (1, 4)),
    ] {
        let runtimes = runtimes_of_four_cpus(line);
        assert_eq!((runtimes.workers, runtimes.threads), expected, "{line}");
    }
}

#[test]
fn a_runtime_of_one_thread_is_of_the_current_thread_unless_told_otherwise() {
    use RuntimeKind::{CurrentThread, MultiThread};
    for (line, expected) in [
        ("--threads 1", (CurrentThread, 1)),
        ("", (CurrentThread, 1)),
        ("--workers 1", (MultiThread, 4)),
        ("--runtime current-thread", (CurrentThread, 1)),
        ("--runtime multi-thread --threads 1", (MultiThread, 1)),
    ] {
        let runtimes = runtimes_of_four_cpus(line);
        assert_eq!((runtimes.kind, runtimes.threads), expected, "{line}");
    }
}

#[test]
fn streams_may_be_left_unbounded() {
    assert_eq!(read("--max-streams none").unwrap().max_streams, None);
}

#[test]
fn a_mistake_is_one_line_that_names_the_option_and_what_is_allowed() {
    for (line, environment, parts) in [
        (
            "--port 65536",
            &[][..],
            &["'65536'", "'--port", "a whole number from 0 to 65535"][..],
        ),
        (
            "--workers -1",
            &[],
            &["'-1'", "'--workers", "a whole number from 1 to 1024"],
        ),
        (
            "--workers many",
            &[],
            &["'many'", "'--workers", "a whole number from 1 to 1024"],
        ),
        (
            "",
            &[("SERVER_HANDLER", "null")],
            &["'null'", "--handler", "SERVER_HANDLER", "model, noop"],
        ),
        (
            "",
            &[("SERVER_MAX_STREAMS", "0")],
            &["'0'", "SERVER_MAX_STREAMS", "1 to 2147483647, or none"],
        ),
        (
            "--runtime current-thread",
            &[("SERVER_THREADS", "2")],
            &["SERVER_THREADS", "give 1, or the runtime multi-thread"],
        ),
        (
            "",
            &[("SERVER_RUNTIME", "one")],
            &["'one'", "SERVER_RUNTIME", "current-thread, multi-thread"],
        ),
        ("--host=", &[], &["'--host", "a value is required"]),
        ("--prot 1", &[], &["'--prot'", "'--port'"]),
    ] {
        let (code, message) = refused(line, environment);
        assert_eq!((code, message.lines().count()), (Some(2), 1), "{message}");
        for part in parts {
            assert!(message.contains(part), "{message} lacks {part}");
        }
    }
}

#[test]
fn only_a_variable_that_holds_the_mistake_is_named() {
    let (_, message) = refused("--port many", &[("SERVER_PORT", "5001")]);
    assert!(!message.contains("SERVER_PORT"), "{message}");
}

#[test]
fn help_names_every_variable_and_every_choice() {
    let mut program = Command::new(env!("CARGO_BIN_EXE_rust-tonic"));
    let output = program.arg("--help").output().unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(output.status.success());
    for name in [
        "SERVER_HOST",
        "SERVER_PORT",
        "SERVER_MODEL",
        "SERVER_HANDLER",
        "SERVER_WORKERS",
        "SERVER_RUNTIME",
        "SERVER_THREADS",
        "SERVER_MAX_STREAMS",
        "noop",
        "multi-thread",
    ] {
        assert!(text.contains(name), "{name}");
    }
}
