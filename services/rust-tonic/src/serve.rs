//! Runs the server: from checked options to the last request in flight.

use std::collections::BTreeMap;
use std::io;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use kmeans_model::Model;
use tokio::runtime::Builder;
use tokio::signal::unix::SignalKind;
use tokio::sync::{mpsc, watch};
use tonic::service::Routes;
use tonic_health::ServingStatus;
use tonic_health::server::{HealthReporter, HealthService};

use crate::bind;
use crate::counts::Counts;
use crate::dispatch::Dispatch;
use crate::error::ServeError;
use crate::log::{self, Event, ModelShape};
use crate::options::{HandlerKind, MaxStreams, Options, Runtimes};
use crate::service::{self, Answer, Handler};
use crate::stop::Stop;
use crate::versions::versions;
use crate::{model, proto, worker};

/// Between health's NOT_SERVING and the end of its watches, which would otherwise keep the server
/// up until requests in flight are overdue.
const WATCHERS: Duration = Duration::from_millis(250);

/// The allocator, by the features that this was built with.
pub const ALLOCATOR: &str = if cfg!(feature = "jemalloc") {
    "jemalloc"
} else if cfg!(feature = "mimalloc") {
    "mimalloc"
} else {
    "system"
};

/// Serve until SIGTERM or SIGINT, then finish the requests in flight.
///
/// # Errors
/// Where the model, the port or the system does not allow it.
pub fn serve(options: &Options, runtimes: Runtimes) -> Result<(), ServeError> {
    // No request uses rayon (see `service`), but linfa starts its pool,
    // by default with one thread per CPU of the host.
    rayon::ThreadPoolBuilder::new()
        .num_threads(1)
        .build_global()?;
    let model = Arc::new(model::read(&options.model)?);
    log::write(&Event::Starting {
        server: "rust-tonic",
        handler: options.handler,
        model: ModelShape {
            path: &options.model,
            n_clusters: model.n_clusters(),
            n_features: model.n_features(),
        },
        allocator: ALLOCATOR,
        runtime: runtimes.kind,
        workers: runtimes.workers,
        threads: runtimes.threads,
        max_streams: options.max_streams,
        pools: BTreeMap::from([
            ("tokio_worker_threads", runtimes.threads),
            ("rayon_threads", rayon::current_num_threads()),
        ]),
        versions: versions(),
    });
    let listeners = bind::listeners(&options.host, options.port, runtimes.workers)?;
    // This one waits for signals and keeps health; the workers have their own.
    Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(supervise(options, runtimes, &model, listeners))
}

async fn supervise(
    options: &Options,
    runtimes: Runtimes,
    model: &Arc<Model>,
    listeners: Vec<TcpListener>,
) -> Result<(), ServeError> {
    let mut terminate = Stop::by(SignalKind::terminate())?;
    let mut interrupt = Stop::by(SignalKind::interrupt())?;
    let address = listeners
        .first()
        .ok_or(io::ErrorKind::AddrNotAvailable)
        .map_or_else(|kind| Err(io::Error::from(kind)), TcpListener::local_addr)?;

    let health = HealthReporter::new();
    set_health(&health, ServingStatus::NotServing).await;
    let answer = match options.handler {
        HandlerKind::Model => Answer::Model(Arc::clone(model)),
        HandlerKind::Noop => Answer::Noop,
    };
    let mut workers = Workers::start(runtimes, options.max_streams, listeners, &answer, &health)?;
    log::write(&Event::Listening {
        host: address.ip(),
        port: address.port(),
    });

    let first: Vec<f64> = model.centroids().row(0).to_vec();
    model.predict(&first).ok_or(ServeError::Mute)?;
    set_health(&health, ServingStatus::Serving).await;
    log::write(&Event::Serving);

    let signal = tokio::select! {
        () = terminate.wait() => "SIGTERM",
        () = interrupt.wait() => "SIGINT",
        Some(end) = workers.ends.recv() => return end,
    };
    log::write(&Event::Stopping { signal });
    workers.stop(health).await?;
    log::write(&Event::Stopped {
        workers: workers.counts.iter().map(|counts| counts.read()).collect(),
    });
    Ok(())
}

/// The workers that run.
struct Workers {
    counts: Vec<Arc<Counts>>,
    stop: watch::Sender<bool>,
    ends: mpsc::UnboundedReceiver<Result<(), ServeError>>,
}

impl Workers {
    /// Start one worker per listener.
    fn start(
        runtimes: Runtimes,
        max_streams: MaxStreams,
        listeners: Vec<TcpListener>,
        answer: &Answer,
        health: &HealthReporter,
    ) -> Result<Self, ServeError> {
        let (stop, stopping) = watch::channel(false);
        let (ended, ends) = mpsc::unbounded_channel();
        let mut all = Vec::new();
        for listener in listeners {
            // Each worker owns all that it writes: workers that shared a reference count would wait
            // for each other.
            let counts = Arc::new(Counts::default());
            let handler = Handler::new(answer.clone(), Arc::clone(&counts));
            let dispatch = Dispatch::new(service::server(handler), others(health)?);
            all.push(Arc::clone(&counts));
            worker::start(
                runtimes,
                max_streams,
                listener,
                dispatch,
                counts,
                stopping.clone(),
                ended.clone(),
            )?;
        }
        Ok(Self {
            counts: all,
            stop,
            ends,
        })
    }

    /// Stop all workers, and wait until the requests in flight are done or overdue.
    async fn stop(&mut self, mut health: HealthReporter) -> Result<(), ServeError> {
        set_health(&health, ServingStatus::NotServing).await;
        // It fails where every worker has ended, which is what is wanted.
        let _ = self.stop.send(true);
        let all_ended = async {
            while let Some(end) = self.ends.recv().await {
                end?;
            }
            Ok::<(), ServeError>(())
        };
        tokio::pin!(all_ended);
        if let Ok(end) = tokio::time::timeout(WATCHERS, &mut all_ended).await {
            return end;
        }
        for name in ["", service::NAME] {
            health.clear_service_status(name).await;
        }
        all_ended.await
    }
}

/// Set health, overall and by the service's name.
async fn set_health(health: &HealthReporter, status: ServingStatus) {
    for name in ["", service::NAME] {
        health.set_service_status(name, status).await;
    }
}

/// Return the routes of health and reflection.
fn others(health: &HealthReporter) -> Result<Routes, ServeError> {
    let reflection = || {
        tonic_reflection::server::Builder::configure()
            .register_encoded_file_descriptor_set(proto::FILE_DESCRIPTOR_SET)
            .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
    };
    let health = HealthService::from_health_reporter(health.clone());
    let health = tonic_health::pb::health_server::HealthServer::new(health);
    Ok(Routes::new(health)
        .add_service(reflection().build_v1()?)
        .add_service(reflection().build_v1alpha()?)
        .prepare())
}
