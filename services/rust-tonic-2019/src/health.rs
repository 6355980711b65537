//! `grpc.health.v1`, which tonic 0.1 does not bring: one status, of the server and its service.

use std::pin::Pin;

use tokio::stream::{Stream, StreamExt};
use tokio::sync::watch::Receiver;
use tonic::{Request, Response, Status};

use crate::proto::health::health_check_response::ServingStatus;
use crate::proto::health::health_server::Health;
use crate::proto::health::{HealthCheckRequest, HealthCheckResponse};
use crate::service;

/// Responds with the last status of its channel.
pub(crate) struct Statuses(pub(crate) Receiver<ServingStatus>);

fn known(request: &Request<HealthCheckRequest>) -> Result<(), Status> {
    match request.get_ref().service.as_str() {
        "" | service::NAME => Ok(()),
        other => Err(Status::not_found(format!("no service {other:?}"))),
    }
}

fn response(status: ServingStatus) -> HealthCheckResponse {
    let mut response = HealthCheckResponse::default();
    response.set_status(status);
    response
}

#[tonic::async_trait]
impl Health for Statuses {
    async fn check(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<HealthCheckResponse>, Status> {
        known(&request)?;
        Ok(Response::new(response(*self.0.borrow())))
    }

    type WatchStream =
        Pin<Box<dyn Stream<Item = Result<HealthCheckResponse, Status>> + Send + Sync>>;

    async fn watch(
        &self,
        request: Request<HealthCheckRequest>,
    ) -> Result<Response<Self::WatchStream>, Status> {
        known(&request)?;
        let statuses = self.0.clone().map(|status| Ok(response(status)));
        Ok(Response::new(Box::pin(statuses)))
    }
}
