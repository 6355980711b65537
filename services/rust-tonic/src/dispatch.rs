//! Where a request goes.

use std::convert::Infallible;
use std::task::{Context, Poll};

use futures_util::future::{Either, MapOk, TryFutureExt};
use http::{HeaderValue, Request, Response};
use tonic::body::Body;
use tonic::codegen::{BoxFuture, Service};
use tonic::service::Routes;
use tonic::{Code, Status};

use crate::proto::clustering_service_server::ClusteringServiceServer;
use crate::service::{self, Handler};

/// Takes requests for the service straight to it, and those for health and reflection through
/// tonic's router. The router looks up each path in a tree and wraps each response once more,
/// which was one in fourteen instructions of a small request.
#[derive(Debug, Clone)]
pub struct Dispatch {
    clustering: ClusteringServiceServer<Handler>,
    others: Routes,
}

type Answer = Response<Body>;

impl Dispatch {
    /// Send requests for the service to `clustering`, the rest to `others`.
    #[must_use]
    pub fn new(clustering: ClusteringServiceServer<Handler>, others: Routes) -> Self {
        Self { clustering, others }
    }
}

impl Service<Request<Body>> for Dispatch {
    type Response = Answer;
    type Error = Infallible;
    type Future = Either<
        MapOk<BoxFuture<Answer, Infallible>, fn(Answer) -> Answer>,
        <Routes as Service<Request<Body>>>::Future,
    >;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        // The service is always ready.
        Service::<Request<Body>>::poll_ready(&mut self.others, context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        if is_of_service(request.uri().path()) {
            let answer = self.clustering.call(request);
            Either::Left(answer.map_ok(exhausted_not_out_of_range))
        } else {
            Either::Right(self.others.call(request))
        }
    }
}

/// Return whether a path is `/<the service>/<a method>`.
fn is_of_service(path: &str) -> bool {
    path.strip_prefix('/')
        .and_then(|path| path.strip_prefix(service::NAME))
        .is_some_and(|rest| rest.starts_with('/'))
}

/// Map OUT_OF_RANGE to RESOURCE_EXHAUSTED. tonic refuses too long a message with the first, where
/// gRPC's own libraries (and the other servers here) use the second. Nothing else of the service is
/// out of range. The headers hold a status only where a request failed.
fn exhausted_not_out_of_range(mut answer: Answer) -> Answer {
    if let Some(status) = answer.headers_mut().get_mut(Status::GRPC_STATUS)
        && Code::from_bytes(status.as_bytes()) == Code::OutOfRange
    {
        *status = HeaderValue::from(Code::ResourceExhausted as u16);
    }
    answer
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_the_service_are_its_own() {
        for (path, own) in [
            ("/ml.ClusteringService/Predict", true),
            ("/ml.ClusteringService/NoSuchMethod", true),
            ("/ml.ClusteringService", false),
            ("/ml.ClusteringServices/Predict", false),
            ("/grpc.health.v1.Health/Check", false),
            ("*", false),
            ("", false),
        ] {
            assert_eq!(is_of_service(path), own, "{path}");
        }
    }

    #[test]
    fn only_out_of_range_is_mapped() {
        for (code, mapped) in [
            (Code::OutOfRange, Code::ResourceExhausted),
            (Code::InvalidArgument, Code::InvalidArgument),
        ] {
            let answer = Status::new(code, "why").into_http::<Body>();
            let status = Status::from_header_map(exhausted_not_out_of_range(answer).headers());
            let status = status.unwrap();
            assert_eq!((status.code(), status.message()), (mapped, "why"));
        }
    }
}
