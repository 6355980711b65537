//! `grpc.health.v1`, which tonic of then did not bring: one status, of the server and its service.

use std::pin::Pin;

use tokio::stream::{Stream, StreamExt};
use tokio::sync::watch::Receiver;
use tonic::{Request, Response, Status};

use crate::proto::health::health_check_response::ServingStatus;
use crate::proto::health::health_server::Health;
use crate::proto::health::{HealthCheckRequest, HealthCheckResponse};
use crate::service;

/// Answers what the other end of its channel says.
pub(crate) struct Answers(pub(crate) Receiver<ServingStatus>);

fn known(request: &Request<HealthCheckRequest>) -> Result<(), Status> {
    match request.get_ref().service.as_str() {
        "" | service::NAME => Ok(()),
        other => Err(Status::not_found(format!("no service {other:?}"))),
    }
}

fn answer(status: ServingStatus) -> HealthCheckResponse {
    let mut answer = HealthCheckResponse::default();
    answer.set_status(status);
    answer
}

#[tonic::async_trait]
impl Health for Answers {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        known(&request)?;
        Ok(Response::new(answer(*self.0.borrow())))
    }

    type WatchStream =
        Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send + Sync>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        known(&request)?;
        let statuses = self.0.clone().map(|status| Ok(answer(status)));
        Ok(Response::new(Box::pin(statuses)))
    }
}
