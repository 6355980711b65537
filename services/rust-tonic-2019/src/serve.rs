//! Runs the server: from checked options to the last request in flight.

use std::collections::BTreeMap;
use std::net::TcpListener;
use std::sync::Arc;
use std::time::Duration;

use serde_json::{json, Value};
use tokio::stream::StreamExt;
use tokio::sync::{oneshot, watch};
use tokio::time::timeout;
use tonic::transport::Server;

use crate::health::Statuses;
use crate::model::Model;
use crate::options::Options;
use crate::proto::health::health_check_response::ServingStatus;
use crate::proto::health::health_server::HealthServer;
use crate::proto::ml::clustering_service_server::ClusteringServiceServer;
use crate::service::Handler;
use crate::stop::{Stop, SIGINT, SIGTERM};
use crate::{log, Failure, NAME, VERSIONS};

/// Requests in flight get this long once a signal has come.
const DRAIN: Duration = Duration::from_secs(5);
/// Between health's `NOT_SERVING` and the end of its watches, which would otherwise keep the
/// server up for all of `DRAIN`.
const WATCHERS: Duration = Duration::from_millis(250);

/// Serve until SIGTERM or SIGINT, then finish the requests in flight.
pub(crate) fn serve(options: &Options) -> Result<(), Failure> {
    let model = Arc::new(Model::read(&options.model).map_err(Failure::of_user)?);
    log::write(
        "starting",
        json!({
            "server": NAME,
            "handler": if options.noop { "noop" } else { "model" },
            "model": {
                "path": options.model.to_string_lossy(),
                "n_clusters": model.n_clusters,
                "n_features": model.n_features,
            },
            "workers": 1,
            "threads": options.threads,
            "max_streams": options.max_streams,
            "pools": {"tokio_core_threads": options.threads},
            "versions": VERSIONS.iter().copied().collect::<BTreeMap<_, _>>(),
        }),
    );
    let listener = TcpListener::bind((options.host.as_str(), options.port)).map_err(|error| {
        let (host, port) = (&options.host, options.port);
        Failure::of_user(format!(
            "cannot listen on {host}:{port}: {error}; choose another with --host and --port"
        ))
    })?;
    // As `#[tokio::main]` makes it, with one thread per CPU.
    tokio::runtime::Builder::new()
        .threaded_scheduler()
        .core_threads(options.threads)
        .enable_all()
        .build()?
        .block_on(supervise(options, model, listener))
}

async fn supervise(
    options: &Options,
    model: Arc<Model>,
    listener: TcpListener,
) -> Result<(), Failure> {
    let mut terminate = Stop::by(SIGTERM)?;
    let mut interrupt = Stop::by(SIGINT)?;
    let address = listener.local_addr()?;
    let (say, hear) = watch::channel(ServingStatus::NotServing);
    let (stop, stopping) = oneshot::channel();
    let handler = Handler((!options.noop).then(|| Arc::clone(&model)));
    let max_streams = options.max_streams;
    let mut ended = tokio::spawn(async move {
        let mut listener = tokio::net::TcpListener::from_std(listener)?;
        // tonic of then would end with the first connection that could not be accepted.
        let incoming = listener
            .incoming()
            .filter_map(Result::ok)
            .map(|connection| {
                let _ = connection.set_nodelay(true);
                Ok::<_, std::io::Error>(connection)
            });
        Server::builder()
            .max_concurrent_streams(max_streams)
            .add_service(ClusteringServiceServer::new(handler))
            .add_service(HealthServer::new(Statuses(hear)))
            .serve_with_incoming_shutdown(incoming, async {
                // An error means that the supervisor is gone, which is a reason to stop too.
                let _ = stopping.await;
            })
            .await
            .map_err(Failure::from)
    });
    log::write(
        "listening",
        json!({"host": address.ip(), "port": address.port()}),
    );
    model
        .predict(0, &model.first)
        .map_err(|what| Failure { code: 1, what })?;
    let _ = say.broadcast(ServingStatus::Serving);
    log::write("serving", Value::Null);

    let signal = tokio::select! {
        () = terminate.wait() => "SIGTERM",
        () = interrupt.wait() => "SIGINT",
        end = &mut ended => return end?,
    };
    log::write("stopping", json!({ "signal": signal }));
    let _ = say.broadcast(ServingStatus::NotServing);
    let _ = stop.send(());
    if let Ok(end) = timeout(WATCHERS, &mut ended).await {
        end??;
    } else {
        drop(say);
        if let Ok(end) = timeout(DRAIN, ended).await {
            end??;
        }
    }
    log::write("stopped", Value::Null);
    Ok(())
}
