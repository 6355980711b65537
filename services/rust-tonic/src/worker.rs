//! One worker: a runtime with a socket of its own on the port that all share.

use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};
use tokio::sync::{mpsc, watch};
use tokio_stream::StreamExt;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;

use crate::counts::Counts;
use crate::dispatch::Dispatch;
use crate::error::ServeError;
use crate::options::{MaxStreams, RuntimeKind, Runtimes};

/// Requests in flight get this long once a signal has come.
const DRAIN: Duration = Duration::from_secs(5);
/// A runtime's threads get this long to end, once nothing is in flight.
const THREADS_END: Duration = Duration::from_secs(1);
/// Between two tries to accept where the process is out of file descriptors.
const RETRY_ACCEPT: Duration = Duration::from_millis(50);
/// How many times over a client may give up all its streams before the server has looked at any.
/// hyper's own bound is 20 streams. Past it hyper closes the connection, with all other requests.
const GIVEN_UP: u32 = 10;

/// Start a worker on a thread of its own. It serves until `stopping` turns true, finishes the
/// requests in flight, and sends `ended` its result.
///
/// # Errors
/// Where the system gives no thread.
pub fn start(
    runtimes: Runtimes,
    max_streams: MaxStreams,
    listener: TcpListener,
    dispatch: Dispatch,
    counts: Arc<Counts>,
    stopping: watch::Receiver<bool>,
    ended: mpsc::UnboundedSender<Result<(), ServeError>>,
) -> io::Result<()> {
    let runtime = runtime(runtimes, &counts)?;
    thread::Builder::new()
        .name("worker".into())
        .spawn(move || {
            let end = runtime.block_on(work(listener, dispatch, max_streams, &counts, stopping));
            runtime.shutdown_timeout(THREADS_END);
            counts.thread_ends();
            // Nobody listens where the server is ending for another reason.
            let _ = ended.send(end);
        })?;
    Ok(())
}

fn runtime(runtimes: Runtimes, counts: &Arc<Counts>) -> io::Result<Runtime> {
    let mut builder = match runtimes.kind {
        RuntimeKind::CurrentThread => Builder::new_current_thread(),
        RuntimeKind::MultiThread => Builder::new_multi_thread(),
    };
    if runtimes.kind == RuntimeKind::MultiThread {
        builder.worker_threads(runtimes.threads);
    }
    let counts = Arc::clone(counts);
    builder
        .thread_name("tokio")
        .on_thread_stop(move || counts.thread_ends())
        .enable_all()
        .build()
}

async fn work(
    listener: TcpListener,
    dispatch: Dispatch,
    max_streams: MaxStreams,
    counts: &Counts,
    stopping: watch::Receiver<bool>,
) -> Result<(), ServeError> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let incoming = TcpIncoming::from(listener)
        .with_nodelay(Some(true))
        .then(|accepted| async {
            match accepted {
                Ok(_) => counts.connection(),
                Err(_) => tokio::time::sleep(RETRY_ACCEPT).await,
            }
            accepted
        });
    // Clients whose deadlines pass in overload are no attack.
    let given_up = max_streams.map(|streams| GIVEN_UP.saturating_mul(streams) as usize);
    let serving = Server::builder()
        // Without a bound, overload fills memory with requests that nobody waits for any more,
        // and the server completes next to none.
        .max_concurrent_streams(max_streams)
        .http2_max_pending_accept_reset_streams(given_up)
        .serve_with_incoming_shutdown(dispatch, incoming, stopped(stopping.clone()));
    let overdue = async {
        stopped(stopping).await;
        tokio::time::sleep(DRAIN).await;
    };
    tokio::select! {
        end = serving => Ok(end?),
        () = overdue => Ok(()),
    }
}

async fn stopped(mut stopping: watch::Receiver<bool>) {
    // An error means that the supervisor is gone, which is a reason to stop too.
    let _ = stopping.wait_for(|stop| *stop).await;
}
