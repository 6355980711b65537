//! What the program does with slices: who is loaded, what is answered, what stays open.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "JSON that lacks a key, or a program that ended, fails the test"
)]

mod common;

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStdin, ChildStdout, Command, ExitStatus, Stdio};
use std::sync::atomic::Ordering;
use std::thread;
use std::time::{Duration, Instant};

use common::{Manner, Served, count, file, on_its_own, serve, serve_so_many};
use serde_json::{Value, json};

const CONNECTIONS: u64 = 3;
/// How long the program may take for what takes it no time (a busy machine).
const PATIENCE: Duration = Duration::from_secs(60);

/// The program, with its input and its output.
struct Slices {
    child: Child,
    input: Option<ChildStdin>,
    output: BufReader<ChildStdout>,
    ready: Value,
}

impl Slices {
    /// Start it on these servers, and wait until it is ready.
    fn on(servers: &[&Served], words: &[&str]) -> Self {
        let targets: Vec<String> = servers.iter().map(|one| one.address.to_string()).collect();
        let mut child = program(&targets.join(","), words);
        let mut made = Self {
            input: child.stdin.take(),
            output: BufReader::new(child.stdout.take().unwrap()),
            child,
            ready: Value::Null,
        };
        made.ready = made.line();
        assert_eq!(made.ready["ready"], true);
        made
    }

    fn line(&mut self) -> Value {
        let mut line = String::new();
        self.output.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    fn write(&mut self, text: &str) {
        self.input
            .as_mut()
            .unwrap()
            .write_all(text.as_bytes())
            .unwrap();
    }

    /// Write one line, and return the line that answers it.
    fn order(&mut self, order: &Value) -> Value {
        self.write(&format!("{order}\n"));
        self.line()
    }

    /// Load a slice, of which each request ends once.
    fn slice(&mut self, order: &Value) -> Value {
        let answer = self.order(order);
        assert_eq!(answer["target"], order["target"], "{answer}");
        let failed: u64 = answer["failed"]
            .as_object()
            .unwrap()
            .values()
            .filter_map(Value::as_u64)
            .sum();
        assert_eq!(
            count(&answer, "ok") + count(&answer, "wrong") + failed,
            count(&answer, "scheduled"),
            "each request ends once: {answer}"
        );
        answer
    }

    /// End its input, and return how it ended and the lines that it still wrote.
    fn end(mut self) -> (ExitStatus, Vec<String>) {
        drop(self.input.take());
        let rest = self.output.by_ref().lines().map(Result::unwrap).collect();
        (self.child.wait().unwrap(), rest)
    }
}

impl Drop for Slices {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn program(targets: &str, words: &[&str]) -> Child {
    let connections = CONNECTIONS.to_string();
    Command::new(env!("CARGO_BIN_EXE_grpc-load"))
        .args([
            "--slices",
            targets,
            "test.Echo/Say",
            "--connections",
            &connections,
        ])
        .args(["--proto", &file("echo.proto")])
        .args(words)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

fn open(target: usize) -> Value {
    json!({"target": target, "seconds": 0.2, "rate": 2000})
}

fn closed(target: usize) -> Value {
    json!({"target": target, "seconds": 0.2, "concurrency": 16})
}

fn seen(served: &Served) -> u64 {
    served.seen.load(Ordering::Relaxed)
}

fn accepted(served: &Served) -> u64 {
    served.connections.load(Ordering::Relaxed)
}

/// Wait until something holds.
fn until(holds: impl Fn() -> bool) {
    let began = Instant::now();
    while !holds() {
        assert!(began.elapsed() < PATIENCE);
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn only_the_target_of_a_slice_is_loaded_and_all_connections_stay_open() {
    let (one, other) = (serve(Manner::Echo), serve(Manner::Echo));
    let (requests, right) = (file("requests.json"), file("requests.json"));
    let words = ["--data", &requests, "--expect", &right];
    let mut slices = Slices::on(&[&one, &other], &words);
    assert_eq!([accepted(&one), accepted(&other)], [CONNECTIONS; 2]);
    for make in [open, closed] {
        for (target, loaded, idle) in [(0, &one, &other), (1, &other, &one), (0, &one, &other)] {
            let before = [seen(loaded), seen(idle)];
            let answer = slices.slice(&make(target));
            assert_eq!(count(&answer, "ok"), count(&answer, "scheduled"));
            assert!(count(&answer, "ok") >= 16, "{answer}");
            assert_eq!(
                [seen(loaded), seen(idle)],
                [before[0] + count(&answer, "scheduled"), before[1]]
            );
            assert_eq!(answer["reconnected"], 0);
        }
    }
    assert_eq!([accepted(&one), accepted(&other)], [CONNECTIONS; 2]);
    assert!(slices.end().0.success());
}

#[test]
fn a_response_that_is_not_the_expected_one_is_wrong_and_has_no_latency() {
    let served = serve(Manner::Raw(vec![0; 5]));
    let words = [
        "--data",
        &file("requests.json"),
        "--expect",
        &file("others.json"),
    ];
    let mut slices = Slices::on(&[&served], &words);
    for order in [open(0), closed(0)] {
        let answer = slices.slice(&order);
        assert!(count(&answer, "scheduled") >= 16, "{answer}");
        assert_eq!(count(&answer, "wrong"), count(&answer, "scheduled"));
        assert_eq!(answer["latency"], Value::Null);
        assert_eq!(answer["throughput"], 0.0);
    }
}

#[test]
fn a_seed_repeats_the_arrivals_of_all_slices_which_differ_from_each_other() {
    let served = serve(Manner::Echo);
    let arrivals = |seed: &str| {
        let mut slices = Slices::on(&[&served], &["--seed", seed]);
        let mut scheduled = || {
            // The schedule goes on over a closed loop, too.
            slices.slice(&json!({"target": 0, "seconds": 0.01, "concurrency": 3}));
            count(&slices.slice(&open(0)), "scheduled")
        };
        [scheduled(), scheduled(), scheduled()]
    };
    let first = arrivals("3");
    assert_eq!(first, arrivals("3"));
    assert_ne!(first, arrivals("4"));
    assert_ne!(first, [first[0]; 3]);
}

#[test]
fn an_answer_tells_times_of_the_slice_and_of_the_generator() {
    let served = serve(Manner::Echo);
    let mut slices = Slices::on(&[&served], &["--arrivals", "constant"]);
    let answer = slices.slice(&open(0));
    assert_eq!(count(&answer, "scheduled"), 400);
    assert_eq!(answer["seconds"], 0.2);
    assert!(answer["drained"].as_f64() > Some(0.19), "{answer}");
    let (latency, delay) = (&answer["latency"], &answer["send_delay"]);
    for name in ["mean", "p50", "p90", "p99", "max"] {
        assert!(latency[name].as_f64() > Some(0.0), "{answer}");
    }
    assert!(delay["max"].as_f64() <= latency["max"].as_f64(), "{answer}");
    assert!(answer["cpu"].as_f64() > Some(0.0), "{answer}");
    assert!(!answer["latency_histogram"].as_str().unwrap().is_empty());
    assert_eq!(slices.slice(&closed(0))["send_delay"], Value::Null);
    assert_eq!(slices.ready["settings"]["arrivals"], "constant");
    assert_eq!(slices.ready["targets"], json!([served.address.to_string()]));
}

#[test]
fn connections_that_break_in_mid_slice_lose_their_requests_and_are_there_for_the_next() {
    for make in [open, closed] {
        let served = serve(Manner::CloseAfter(5));
        let mut slices = Slices::on(&[&served], &[]);
        for reconnected in [0, CONNECTIONS] {
            let answer = slices.slice(&make(0));
            assert!(count(&answer["failed"], "lost") > 0, "{answer}");
            assert_eq!(count(&answer, "reconnected"), reconnected);
            assert_eq!(count(&answer, "lost_connections"), CONNECTIONS);
            assert!(answer["last_loss"].is_string());
        }
        assert_eq!(accepted(&served), 2 * CONNECTIONS);
    }
}

#[test]
fn what_is_due_once_no_connection_is_left_is_never_sent_and_waits_for_nothing() {
    let served = serve(Manner::CloseAfter(5));
    let mut slices = Slices::on(&[&served], &["--drain", "1h"]);
    let answer = slices.slice(&json!({"target": 0, "seconds": 1, "rate": 1000}));
    let [lost, not_sent] =
        ["lost", "not_sent"].map(|name| answer["failed"][name].as_u64().unwrap_or_default());
    assert!(lost > 0, "{answer}");
    assert_eq!(
        count(&answer, "ok") + lost + not_sent,
        count(&answer, "scheduled"),
        "{answer}"
    );
}

#[test]
fn a_target_that_is_gone_is_named_and_the_other_is_loaded_on() {
    let gone = serve_so_many(Manner::CloseAfter(1), CONNECTIONS);
    let other = serve(Manner::Echo);
    let mut slices = Slices::on(&[&gone, &other], &[]);
    let lost = slices.slice(&open(0));
    assert!(count(&lost["failed"], "lost") > 0, "{lost}");
    for _ in 0..2 {
        let refused = slices.order(&open(0));
        let error = refused["error"].as_str().unwrap();
        assert!(
            error.contains(&gone.address.to_string()) && error.contains("refused"),
            "{error}"
        );
        assert_eq!(refused["target"], 0);
        let answer = slices.slice(&closed(1));
        assert_eq!(count(&answer, "ok"), count(&answer, "scheduled"));
    }
}

#[test]
fn a_stalled_target_is_given_up_after_the_drain_and_its_connections_stay() {
    let (stalled, other) = (serve(Manner::Silent), serve(Manner::Echo));
    let mut slices = Slices::on(&[&stalled, &other], &["--drain", "500ms"]);
    for make in [open, closed] {
        let answer = slices.slice(&make(0));
        let unanswered = count(&answer["failed"], "unanswered");
        assert_eq!(unanswered, count(&answer, "scheduled"), "{answer}");
        let answer = slices.slice(&make(1));
        assert!(count(&answer, "ok") > 0, "{answer}");
    }
    assert_eq!(accepted(&stalled), CONNECTIONS);
}

#[test]
fn a_deadline_ends_what_a_stalled_target_does_not_answer() {
    let stalled = serve(Manner::Silent);
    let mut slices = Slices::on(&[&stalled], &["--deadline", "50ms"]);
    for order in [open(0), closed(0)] {
        let answer = slices.slice(&order);
        assert_eq!(
            count(&answer["failed"], "expired"),
            count(&answer, "scheduled")
        );
    }
}

#[test]
fn a_goodbye_loses_no_request_and_the_next_slice_has_connections_again() {
    let served = serve(Manner::GoodbyeAfter(20));
    let mut slices = Slices::on(&[&served], &[]);
    let mut ok = 0;
    for _ in 0..3 {
        let answer = slices.slice(&closed(0));
        let refused = answer["failed"]["refused"].as_u64().unwrap_or_default();
        assert_eq!(
            count(&answer, "ok") + refused,
            count(&answer, "scheduled"),
            "{answer}"
        );
        ok += count(&answer, "ok");
    }
    assert!(ok >= 3 * 20 * CONNECTIONS, "{ok}");
}

#[test]
fn a_bad_line_is_answered_with_what_is_allowed_and_the_next_is_done() {
    let served = serve(Manner::Echo);
    let mut slices = Slices::on(&[&served], &[]);
    let endless = "x".repeat(200_000);
    let cases = [
        ("nonsense", "\"seconds\": 0.2"),
        ("", "\"seconds\": 0.2"),
        (endless.as_str(), "\"seconds\": 0.2"),
        (r#"{"target":1,"seconds":0.1,"rate":10}"#, "allowed: 0 to 0"),
        (
            r#"{"target":0,"seconds":0.1,"concurrency":2}"#,
            "allowed: 3",
        ),
    ];
    for (line, said) in cases {
        slices.write(&format!("{line}\n"));
        let answer = slices.line();
        assert!(answer["error"].as_str().unwrap().contains(said), "{answer}");
        assert!(count(&slices.slice(&closed(0)), "ok") > 0);
    }
}

#[test]
fn lines_that_come_together_are_answered_in_turn_and_the_end_of_input_ends_it() {
    let served = serve(Manner::Echo);
    let mut slices = Slices::on(&[&served], &[]);
    slices.write(&format!("{}\n{}", closed(0), closed(0)));
    let (status, lines) = slices.end();
    assert!(status.success(), "{status}");
    assert_eq!(lines.len(), 2, "{lines:?}");
}

#[test]
fn a_line_that_says_close_ends_it_and_what_comes_after_it_is_not_done() {
    let served = serve(Manner::Echo);
    let mut slices = Slices::on(&[&served], &[]);
    slices.write(&format!("{{\"close\":true}}\n{}\n", closed(0)));
    let (status, lines) = slices.end();
    assert!(status.success(), "{status}");
    assert!(lines.is_empty(), "{lines:?}");
}

#[test]
fn a_signal_ends_it_while_it_waits_for_a_line() {
    let served = serve(Manner::Echo);
    let mut slices = Slices::on(&[&served], &[]);
    let process = slices.child.id().to_string();
    assert!(
        Command::new("kill")
            .args(["-TERM", &process])
            .status()
            .unwrap()
            .success()
    );
    assert!(slices.child.wait().unwrap().success());
}

#[test]
fn between_slices_it_answers_pings_and_uses_next_to_no_cpu_time() {
    let served = on_its_own(|stream, pongs| async move {
        let mut connection = h2::server::handshake(stream).await.unwrap();
        let mut pings = connection.ping_pong().unwrap();
        tokio::task::spawn_local(async move {
            while pings.ping(h2::Ping::opaque()).await.is_ok() {
                pongs.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        });
        while connection.accept().await.is_some() {}
    });
    let slices = Slices::on(&[&served], &[]);
    let (before, first) = (ticks(&slices.child), seen(&served));
    until(|| seen(&served) > first + 20 * CONNECTIONS);
    let used = ticks(&slices.child) - before;
    assert!(used < 20, "{used} ticks of CPU time");
}

/// Return the CPU time that a process has used, in ticks of 10 ms.
fn ticks(child: &Child) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{}/stat", child.id())).unwrap();
    let fields: Vec<&str> = text
        .rsplit(')')
        .next()
        .unwrap()
        .split_whitespace()
        .collect();
    fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap()
}

#[test]
fn a_target_that_cannot_be_reached_at_the_start_is_named() {
    let served = serve(Manner::Echo);
    let nobody = std::net::TcpListener::bind("127.0.0.1:0")
        .unwrap()
        .local_addr()
        .unwrap()
        .to_string();
    let child = program(&format!("{},{nobody}", served.address), &[]);
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(1));
    assert!(said.contains(&nobody) && said.contains("refused"), "{said}");
    assert!(done.stdout.is_empty());
}
