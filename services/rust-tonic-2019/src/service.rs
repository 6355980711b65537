//! `ml.ClusteringService`: what responds to requests.

use std::sync::Arc;

use tonic::{Request, Response, Status};

use crate::model::Model;
use crate::proto::ml::clustering_service_server::ClusteringService;
use crate::proto::ml::{
    PredictBatchRequest, PredictBatchResponse, PredictRequest, PredictResponse,
};

/// The service's name in the contract.
pub(crate) const NAME: &str = "ml.ClusteringService";

/// The no-op handler's response to every observation.
const CONSTANT: i32 = 1;

/// Responds with the model's cluster, or with a constant where there is no model.
pub(crate) struct Handler(pub(crate) Option<Arc<Model>>);

#[tonic::async_trait]
impl ClusteringService for Handler {
    async fn predict(
        &self,
        request: Request<PredictRequest>,
    ) -> Result<Response<PredictResponse>, Status> {
        let cluster_index = match &self.0 {
            Some(model) => model
                .predict(0, &request.get_ref().features)
                .map_err(Status::invalid_argument)?,
            None => CONSTANT,
        };
        Ok(Response::new(PredictResponse { cluster_index }))
    }

    /// Predict row by row, as published: a batch holds its thread until it is done.
    async fn predict_batch(
        &self,
        request: Request<PredictBatchRequest>,
    ) -> Result<Response<PredictBatchResponse>, Status> {
        let observations = &request.get_ref().observations;
        let cluster_indexes = match &self.0 {
            Some(model) => observations
                .iter()
                .enumerate()
                .map(|(row, observation)| model.predict(row, &observation.features))
                .collect::<Result<_, _>>()
                .map_err(Status::invalid_argument)?,
            None => vec![CONSTANT; observations.len()],
        };
        Ok(Response::new(PredictBatchResponse { cluster_indexes }))
    }
}
