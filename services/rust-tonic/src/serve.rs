//! Runs the server: from good options to the last call in flight.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use kmeans_model::Model;
use tokio::runtime::{Builder, Runtime};
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::{mpsc, watch};
use tokio_stream::StreamExt;
use tonic::service::Routes;
use tonic::transport::Server;
use tonic::transport::server::TcpIncoming;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, HealthService};

use crate::bind::{self, BindError};
use crate::log::{self, Event, ModelShape};
use crate::model::{self, ModelError};
use crate::options::{HandlerKind, Options, OptionsError};
use crate::service::{self, Handler};
use crate::{VERSIONS, proto};

/// Calls in flight get this long when a signal has come.
const DRAIN: Duration = Duration::from_secs(5);
/// Health says NOT_SERVING this long before those that watch it are sent home, who would
/// else hold the server for all of `DRAIN`.
const WATCHERS: Duration = Duration::from_millis(250);
/// Between two tries to accept where the process is out of file descriptors.
const RETRY_ACCEPT: Duration = Duration::from_millis(50);
/// How often over a caller may give up all its streams before the server has looked at any.
/// hyper's own bound is 20 streams, at which it closes the connection on all the others.
const GIVEN_UP: usize = 10;

/// Why a server did not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A mistake in options or environment.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// A model that cannot be served.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A port that cannot be had.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The model did not answer an observation of its own.
    #[error("the model does not answer its own first centroid")]
    Mute,
    /// The system gave no thread, socket or signal.
    #[error("cannot run: {0}")]
    System(#[from] io::Error),
    /// rayon gave no pool.
    #[error("cannot run: {0}")]
    Pool(#[from] rayon::ThreadPoolBuildError),
    /// The contract or its reflection is broken.
    #[error("cannot offer reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// tonic gave up.
    #[error("stopped serving: {0}")]
    Transport(#[from] tonic::transport::Error),
}

impl ServeError {
    /// 2 for what the user can set right, 1 for the rest.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Options(_) | Self::Model(_) | Self::Bind(_) => 2,
            _ => 1,
        }
    }
}

/// Serves until SIGTERM or SIGINT, then finishes calls in flight.
///
/// # Errors
/// Where the model, the port or the system does not allow it.
pub fn serve(options: &Options) -> Result<(), ServeError> {
    // Nothing that is served uses rayon (see `service`), but linfa starts its pool,
    // by default with a thread for each CPU of the host.
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global()?;
    let model = Arc::new(model::read(&options.model)?);
    log::write(&Event::Starting {
        server: "rust-tonic",
        handler: options.handler.name(),
        model: ModelShape {
            path: &options.model,
            n_clusters: model.n_clusters(),
            n_features: model.n_features(),
        },
        workers: options.workers,
        threads: options.threads,
        max_streams: options.max_streams,
        pools: BTreeMap::from([
            ("tokio_worker_threads", options.threads),
            ("rayon_threads", rayon::current_num_threads()),
        ]),
        versions: BTreeMap::from(VERSIONS),
    });
    let listeners = bind::listeners(&options.host, options.port, options.workers)?;
    // This one waits for signals and keeps health; the workers have their own.
    Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(supervise(options, &model, listeners))
}

async fn supervise(
    options: &Options,
    model: &Arc<Model>,
    listeners: Vec<TcpListener>,
) -> Result<(), ServeError> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    let address = listeners
        .first()
        .ok_or(io::ErrorKind::AddrNotAvailable)
        .map_or_else(|kind| Err(io::Error::from(kind)), TcpListener::local_addr)?;

    let mut health = HealthReporter::new();
    set_health(&health, ServingStatus::NotServing).await;
    let handler = match options.handler {
        HandlerKind::Model => Handler::Model(Arc::clone(model)),
        HandlerKind::Null => Handler::Null,
    };
    let routes = routes(handler, &health)?;
    let (stop, stopping) = watch::channel(false);
    let (ended, mut ends) = mpsc::unbounded_channel();
    for listener in listeners {
        start_worker(
            options,
            listener,
            routes.clone(),
            stopping.clone(),
            ended.clone(),
        )?;
    }
    drop((stopping, ended));
    log::write(&Event::Listening {
        host: address.ip(),
        port: address.port(),
    });

    let first: Vec<f64> = model.centroids().row(0).to_vec();
    model.predict(&first).ok_or(ServeError::Mute)?;
    set_health(&health, ServingStatus::Serving).await;
    log::write(&Event::Serving);

    let signal = tokio::select! {
        _ = terminate.recv() => "SIGTERM",
        _ = interrupt.recv() => "SIGINT",
        Some(end) = ends.recv() => return end,
    };
    log::write(&Event::Stopping { signal });
    set_health(&health, ServingStatus::NotServing).await;
    // It fails where every worker has ended, which is what is asked for.
    let _ = stop.send(true);
    let all_ended = async {
        while let Some(end) = ends.recv().await {
            end?;
        }
        Ok::<(), ServeError>(())
    };
    tokio::pin!(all_ended);
    if let Ok(end) = tokio::time::timeout(WATCHERS, &mut all_ended).await {
        end?;
    } else {
        for name in ["", service::NAME] {
            health.clear_service_status(name).await;
        }
        all_ended.await?;
    }
    log::write(&Event::Stopped);
    Ok(())
}

/// Health, overall and by the service's name.
async fn set_health(health: &HealthReporter, status: ServingStatus) {
    for name in ["", service::NAME] {
        health.set_service_status(name, status).await;
    }
}

fn routes(handler: Handler, health: &HealthReporter) -> Result<Routes, ServeError> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let health = HealthService::from_health_reporter(health.clone());
    Ok(service::routes(handler)
        .add_service(tonic_health::pb::health_server::HealthServer::new(health))
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .prepare())
}

/// One runtime on a thread of its own. A runtime of one thread answers more calls a core
/// than one that hands tasks from thread to thread.
fn start_worker(
    options: &Options,
    listener: TcpListener,
    routes: Routes,
    stopping: watch::Receiver<bool>,
    ended: mpsc::UnboundedSender<Result<(), ServeError>>,
) -> Result<(), ServeError> {
    let runtime = runtime(options.threads)?;
    let max_streams = options.max_streams;
    thread::Builder::new()
        .name("worker".into())
        .spawn(move || {
            let end = runtime.block_on(work(listener, routes, max_streams, stopping));
            runtime.shutdown_background();
            // Nobody listens where the server is ending for another reason.
            let _ = ended.send(end);
        })?;
    Ok(())
}

fn runtime(threads: usize) -> io::Result<Runtime> {
    let mut builder = match threads {
        1 => Builder::new_current_thread(),
        _ => Builder::new_multi_thread(),
    };
    if threads > 1 {
        builder.worker_threads(threads);
    }
    builder.thread_name("tokio").enable_all().build()
}

async fn work(
    listener: TcpListener,
    routes: Routes,
    max_streams: u32,
    stopping: watch::Receiver<bool>,
) -> Result<(), ServeError> {
    let listener = tokio::net::TcpListener::from_std(listener)?;
    let incoming = TcpIncoming::from(listener)
        .with_nodelay(Some(true))
        .then(|accepted| async {
            if accepted.is_err() {
                tokio::time::sleep(RETRY_ACCEPT).await;
            }
            accepted
        });
    let serving = Server::builder()
        // Without a bound, overload fills memory with calls that nobody waits for any more,
        // and the server answers next to nothing.
        .max_concurrent_streams(max_streams)
        // Callers whose deadlines pass in overload are no attack.
        .http2_max_pending_accept_reset_streams(Some(GIVEN_UP.saturating_mul(max_streams as usize)))
        .add_routes(routes)
        .serve_with_incoming_shutdown(incoming, stopped(stopping.clone()));
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
