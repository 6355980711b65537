//! Servers that behave as a test says, and the program run against them.
#![allow(dead_code, reason = "each file of tests takes its part of it")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test may end so"
)]

use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::{Command, Output};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread;
use std::time::Duration;

use bytes::Bytes;
use h2::server::{self, SendResponse};
use h2::{Reason, RecvStream};
use http::{HeaderMap, HeaderValue, Request, Response};
use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{Instant, sleep, sleep_until};

/// What a server does with the requests of a connection.
#[derive(Debug, Clone)]
pub(crate) enum Manner {
    /// Echoes each request.
    Echo,
    /// Echoes, as one message encoded in another way: an unknown field in front.
    EchoOtherwise,
    /// Answers each request with these bytes, whatever they are.
    Raw(Vec<u8>),
    /// Says a status by trailers alone.
    TrailersOnly(&'static str),
    /// Says a status after the message.
    StatusAfter(&'static str),
    /// Ends the stream without a status.
    NoStatus,
    /// Another HTTP status.
    Http(u16),
    /// Resets every `n`th stream with this reason, and echoes the others.
    Reset(u64, Reason),
    /// Says goodbye after `n` requests, and answers those that it has.
    GoodbyeAfter(u64),
    /// Closes the socket after `n` requests, in the middle of others.
    CloseAfter(u64),
    /// Takes requests and never answers.
    Silent,
    /// Allows so many streams at once, and takes so long for each.
    Limited(u32, Duration),
    /// Has no window for bodies at first, and opens it after so long.
    ShutWindow(Duration),
    /// Changes its settings again and again.
    Restless,
    /// Echoes, but answers nothing from the one moment after its start to the other.
    Stopped(Duration, Duration),
}

/// A server that runs until the tests end.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    /// How many requests it has seen.
    pub(crate) seen: Arc<AtomicU64>,
    pub(crate) connections: Arc<AtomicU64>,
}

/// Start a server on a port of its own.
pub(crate) fn serve(manner: Manner) -> Served {
    on_its_own(move |stream, seen| {
        let manner = manner.clone();
        async move {
            let _ = connection(stream, manner, seen).await;
        }
    })
}

/// Start a server that takes so many connections, and then listens no more.
pub(crate) fn serve_so_many(manner: Manner, most: u64) -> Served {
    listening(most, move |stream, seen| {
        let manner = manner.clone();
        async move {
            let _ = connection(stream, manner, seen).await;
        }
    })
}

/// Start a server that accepts connections and treats each socket so.
pub(crate) fn on_its_own<F, R>(treat: F) -> Served
where
    F: Fn(TcpStream, Arc<AtomicU64>) -> R + Clone + Send + 'static,
    R: Future<Output = ()> + 'static,
{
    listening(u64::MAX, treat)
}

fn listening<F, R>(most: u64, treat: F) -> Served
where
    F: Fn(TcpStream, Arc<AtomicU64>) -> R + Clone + Send + 'static,
    R: Future<Output = ()> + 'static,
{
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    let (seen, connections) = (Arc::<AtomicU64>::default(), Arc::<AtomicU64>::default());
    let (count, accepted) = (Arc::clone(&seen), Arc::clone(&connections));
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        let tasks = tokio::task::LocalSet::new();
        tasks.block_on(&runtime, async move {
            let listener = TcpListener::from_std(listener).unwrap();
            while accepted.load(Ordering::Relaxed) < most {
                let (stream, _) = listener.accept().await.unwrap();
                accepted.fetch_add(1, Ordering::Relaxed);
                stream.set_nodelay(true).unwrap();
                tokio::task::spawn_local(treat(stream, Arc::clone(&count)));
            }
            drop(listener);
            std::future::pending::<()>().await;
        });
    });
    Served {
        address,
        seen,
        connections,
    }
}

async fn connection(
    stream: TcpStream,
    manner: Manner,
    seen: Arc<AtomicU64>,
) -> Result<(), h2::Error> {
    let began = Instant::now();
    let mut builder = server::Builder::new();
    builder
        .max_concurrent_streams(10_000)
        .max_pending_accept_reset_streams(100_000)
        .max_concurrent_reset_streams(100_000);
    match manner {
        Manner::Limited(most, _) => _ = builder.max_concurrent_streams(most),
        Manner::ShutWindow(_) => _ = builder.initial_window_size(0),
        _ => {}
    }
    let mut connection = builder.handshake::<_, Bytes>(stream).await?;
    let mut here = 0;
    let mut tick = tokio::time::interval(Duration::from_millis(5));
    let mut settled = false;
    loop {
        let accepted = tokio::select! {
            accepted = connection.accept() => accepted,
            _ = tick.tick(), if matches!(manner, Manner::ShutWindow(_) | Manner::Restless) => {
                match manner {
                    Manner::ShutWindow(after) if began.elapsed() >= after && !settled => {
                        settled = connection.set_initial_window_size(65_535).is_ok();
                    }
                    Manner::Restless => {
                        here += 1;
                        let size = if here % 2 == 0 { 0 } else { 1000 + here };
                        let _ = connection.set_initial_window_size(size);
                    }
                    _ => {}
                }
                continue;
            }
        };
        let Some(accepted) = accepted else {
            return Ok(());
        };
        let (request, respond) = accepted?;
        let number = seen.fetch_add(1, Ordering::Relaxed);
        here += 1;
        match manner {
            Manner::GoodbyeAfter(most) if u64::from(here) >= most => connection.graceful_shutdown(),
            Manner::CloseAfter(most) if u64::from(here) >= most => return Ok(()),
            _ => {}
        }
        let manner = manner.clone();
        tokio::task::spawn_local(async move {
            let _ = answer(request, respond, manner, number, began).await;
        });
    }
}

async fn answer(
    request: Request<RecvStream>,
    mut respond: SendResponse<Bytes>,
    manner: Manner,
    number: u64,
    began: Instant,
) -> Result<(), h2::Error> {
    let mut body = request.into_body();
    let mut bytes = Vec::new();
    while let Some(piece) = body.data().await {
        let piece = piece?;
        body.flow_control().release_capacity(piece.len())?;
        bytes.extend_from_slice(&piece);
    }
    let head = || Response::builder().header("content-type", "application/grpc");
    let mut ok = "0";
    match manner {
        Manner::TrailersOnly(status) => {
            let response = head().header("grpc-status", status).body(()).unwrap();
            respond.send_response(response, true)?;
            return Ok(());
        }
        Manner::Http(status) => {
            respond.send_response(Response::builder().status(status).body(()).unwrap(), true)?;
            return Ok(());
        }
        Manner::Reset(each, reason) if number.is_multiple_of(each) => {
            respond.send_reset(reason);
            return Ok(());
        }
        Manner::Silent => {
            sleep(Duration::from_secs(3600)).await;
        }
        Manner::Limited(_, time) => sleep(time).await,
        Manner::Stopped(from, to) if (from..to).contains(&began.elapsed()) => {
            sleep_until(began + to).await;
        }
        Manner::Raw(ref raw) => bytes.clone_from(raw),
        Manner::EchoOtherwise => {
            let mut other = vec![0];
            let message = bytes.get(5..).unwrap_or_default();
            // Field 2 before field 1: the same message in another order.
            let text_ends = 2 + usize::from(message.get(1).copied().unwrap_or_default());
            let (text, number) = message.split_at(text_ends.min(message.len()));
            other.extend_from_slice(&u32::try_from(message.len()).unwrap().to_be_bytes());
            other.extend_from_slice(number);
            other.extend_from_slice(text);
            bytes = other;
        }
        Manner::StatusAfter(status) => ok = status,
        _ => {}
    }
    let mut stream = respond.send_response(head().body(()).unwrap(), false)?;
    if matches!(manner, Manner::NoStatus) {
        stream.send_data(bytes.into(), true)?;
        return Ok(());
    }
    stream.send_data(bytes.into(), false)?;
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from_str(ok).unwrap());
    stream.send_trailers(trailers)
}

/// Read what comes and write these bytes once, as a server that is none does.
pub(crate) async fn raw(mut stream: TcpStream, bytes: Vec<u8>, close: bool) {
    let _ = stream.write_all(&bytes).await;
    if close {
        let _ = stream.shutdown().await;
    }
    let mut sink = [0; 4096];
    while stream.read(&mut sink).await.is_ok_and(|count| count > 0) {}
}

/// Return the path of a file of the tests.
pub(crate) fn file(name: &str) -> String {
    let path: PathBuf = [env!("CARGO_MANIFEST_DIR"), "tests", "common", name]
        .iter()
        .collect();
    path.display().to_string()
}

/// Run the program with these words, and a server's address and the method at the end.
pub(crate) fn program(words: &[&str], address: SocketAddr) -> Output {
    Command::new(env!("CARGO_BIN_EXE_grpc-load"))
        .args(words)
        .args([
            "--proto",
            &file("echo.proto"),
            &address.to_string(),
            "test.Echo/Say",
        ])
        .output()
        .unwrap()
}

/// Run the program, and return its result; it fails neither by input nor by its own fault.
pub(crate) fn load(words: &[&str], address: SocketAddr) -> Value {
    let done = program(&[words, &["--quiet", "--output", "-"]].concat(), address);
    let code = done.status.code();
    assert!(
        matches!(code, Some(0 | 3)),
        "{code:?}: {}",
        String::from_utf8_lossy(&done.stderr)
    );
    let result: Value = serde_json::from_slice(&done.stdout).unwrap();
    for counts in [&result["all"], &result["window"]] {
        assert_eq!(
            ends(counts),
            count(counts, "scheduled"),
            "each request ends once: {counts}"
        );
    }
    result
}

/// Return a count.
pub(crate) fn count(counts: &Value, name: &str) -> u64 {
    counts[name]
        .as_u64()
        .unwrap_or_else(|| panic!("no count {name} in {counts}"))
}

/// Return how many requests ended, in all the ways that there are.
pub(crate) fn ends(counts: &Value) -> u64 {
    let kinds = [
        "ok",
        "wrong",
        "malformed",
        "reset",
        "refused",
        "lost",
        "expired",
        "unanswered",
        "not_sent",
    ];
    let statuses: u64 = counts["statuses"]
        .as_object()
        .unwrap()
        .values()
        .filter_map(Value::as_u64)
        .sum();
    statuses + kinds.iter().map(|kind| count(counts, kind)).sum::<u64>()
}
