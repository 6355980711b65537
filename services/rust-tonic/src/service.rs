//! `ml.ClusteringService`: what responds to requests.

use std::sync::Arc;

use kmeans_model::{Model, first_not_finite, name_of};
use tonic::server::NamedService;
use tonic::{Request, Response, Status};

use crate::counts::Counts;
use crate::proto::clustering_service_server::{ClusteringService, ClusteringServiceServer};
use crate::proto::{
    Observation, PredictBatchRequest, PredictBatchResponse, PredictRequest, PredictResponse,
};

/// The longest message that is accepted, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 64 << 20;

/// The service's name in the contract.
pub const NAME: &str = <ClusteringServiceServer<Handler> as NamedService>::NAME;

/// Products of a batch that are computed before other requests get their turn: about a third
/// of a millisecond.
const PRODUCTS_PER_SLICE: usize = 1 << 18;

/// The no-op handler's response to every observation.
const CONSTANT: i32 = 1;

/// Responds to requests and counts them.
#[derive(Debug)]
pub struct Handler {
    answer: Answer,
    counts: Arc<Counts>,
}

/// What the responses come from.
#[derive(Debug, Clone)]
pub enum Answer {
    /// The model.
    Model(Arc<Model>),
    /// A constant, which shows the cost of gRPC alone.
    Noop,
}

impl Handler {
    /// Make a handler that responds with `answer` and counts in `counts`.
    #[must_use]
    pub fn new(answer: Answer, counts: Arc<Counts>) -> Self {
        Self { answer, counts }
    }
}

#[tonic::async_trait]
impl ClusteringService for Handler {
    async fn predict(
        &self,
        request: Request<PredictRequest>,
    ) -> Result<Response<PredictResponse>, Status> {
        self.counts.request();
        let cluster_index = match &self.answer {
            Answer::Model(model) => predict(model, 0, &request.get_ref().features)?,
            Answer::Noop => CONSTANT,
        };
        Ok(Response::new(PredictResponse { cluster_index }))
    }

    async fn predict_batch(
        &self,
        request: Request<PredictBatchRequest>,
    ) -> Result<Response<PredictBatchResponse>, Status> {
        self.counts.request();
        let observations = &request.get_ref().observations;
        let cluster_indexes = match &self.answer {
            Answer::Model(model) => predict_batch(model, observations).await?,
            Answer::Noop => vec![CONSTANT; observations.len()],
        };
        Ok(Response::new(PredictBatchResponse { cluster_indexes }))
    }
}

/// Return the cluster of one observation. linfa returns cluster 0 for what is not finite, so that
/// is refused.
#[inline]
fn predict(model: &Model, row: usize, features: &[f64]) -> Result<i32, Status> {
    let cluster = model.predict(features).ok_or_else(|| {
        let (got, wanted) = (features.len(), model.n_features());
        Status::invalid_argument(format!("row {row}: {got} features came, {wanted} wanted"))
    })?;
    match first_not_finite(features) {
        None => Ok(cluster),
        Some((j, value)) => Err(Status::invalid_argument(format!(
            "row {row}, feature {j}: {} is not a finite number",
            name_of(value)
        ))),
    }
}

/// Return the clusters of many observations. Slice by slice, since a runtime of one thread does
/// nothing else meanwhile; on this thread, since a server's threads are what its options say.
async fn predict_batch(model: &Model, observations: &[Observation]) -> Result<Vec<i32>, Status> {
    let products = model.n_clusters().saturating_mul(model.n_features());
    let slice = (PRODUCTS_PER_SLICE / products).max(1);
    let mut clusters = Vec::with_capacity(observations.len());
    for observations in observations.chunks(slice) {
        if !clusters.is_empty() {
            tokio::task::yield_now().await;
        }
        for observation in observations {
            clusters.push(predict(model, clusters.len(), &observation.features)?);
        }
    }
    Ok(clusters)
}

/// Return the service with its bound on messages.
#[must_use]
pub fn server(handler: Handler) -> ClusteringServiceServer<Handler> {
    ClusteringServiceServer::new(handler).max_decoding_message_size(MAX_MESSAGE_BYTES)
}
