//! `ml.ClusteringService`: what a call is answered.

use std::sync::Arc;

use kmeans_model::{Model, first_not_finite, name_of};
use tonic::server::NamedService;
use tonic::{Request, Response, Status};

use crate::counts::Counts;
use crate::proto::clustering_service_server::{ClusteringService, ClusteringServiceServer};
use crate::proto::{
    Observation, PredictBatchRequest, PredictBatchResponse, PredictRequest, PredictResponse,
};

/// The longest message that is taken, in bytes.
pub const MAX_MESSAGE_BYTES: usize = 64 << 20;

/// The service's name in the contract.
pub const NAME: &str = <ClusteringServiceServer<Handler> as NamedService>::NAME;

/// Products of a batch that are worked through before other calls get their turn: about
/// a third of a millisecond.
const PRODUCTS_PER_SLICE: usize = 1 << 18;

/// What the null handler says of everything.
const CONSTANT: i32 = 1;

/// Answers calls, and counts them.
#[derive(Debug)]
pub struct Handler {
    answer: Answer,
    counts: Arc<Counts>,
}

/// With what calls are answered.
#[derive(Debug, Clone)]
pub enum Answer {
    /// With the model.
    Model(Arc<Model>),
    /// With a constant: it prices the transport.
    Null,
}

impl Handler {
    /// Answers so, and counts there.
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
        self.counts.call();
        let cluster_index = match &self.answer {
            Answer::Model(model) => predict(model, 0, &request.get_ref().features)?,
            Answer::Null => CONSTANT,
        };
        Ok(Response::new(PredictResponse { cluster_index }))
    }

    async fn predict_batch(
        &self,
        request: Request<PredictBatchRequest>,
    ) -> Result<Response<PredictBatchResponse>, Status> {
        self.counts.call();
        let observations = &request.get_ref().observations;
        let cluster_indexes = match &self.answer {
            Answer::Model(model) => predict_batch(model, observations).await?,
            Answer::Null => vec![CONSTANT; observations.len()],
        };
        Ok(Response::new(PredictBatchResponse { cluster_indexes }))
    }
}

/// The cluster of one observation, checked first: of what is not finite linfa says cluster 0.
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

/// The clusters of many. Slice by slice, since a runtime of one thread answers nobody else
/// meanwhile; on this thread still, since a server's threads are what its options say.
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

/// The service, ready to be served.
#[must_use]
pub fn server(handler: Handler) -> ClusteringServiceServer<Handler> {
    ClusteringServiceServer::new(handler).max_decoding_message_size(MAX_MESSAGE_BYTES)
}

#[cfg(test)]
mod tests {
    use super::*;
    use kmeans_model::ModelFile;
    use proptest::prelude::*;
    use tonic::Code;

    const INFINITY: f64 = f64::INFINITY;

    fn model() -> Model {
        let text = br#"{"n_clusters":2,"n_features":2,"centroids":[[-5,0],[5,0]]}"#;
        ModelFile::parse(text).unwrap()
    }

    fn handler() -> Handler {
        Handler::new(Answer::Model(Arc::new(model())), Arc::default())
    }

    fn batch(rows: &[Vec<f64>]) -> Request<PredictBatchRequest> {
        let observations = rows
            .iter()
            .map(|features| Observation {
                features: features.clone(),
            })
            .collect();
        Request::new(PredictBatchRequest { observations })
    }

    async fn clusters(handler: &Handler, rows: &[Vec<f64>]) -> Result<Vec<i32>, Status> {
        Ok(handler
            .predict_batch(batch(rows))
            .await?
            .into_inner()
            .cluster_indexes)
    }

    async fn cluster(handler: &Handler, features: &[f64]) -> Result<i32, Status> {
        let request = Request::new(PredictRequest {
            features: features.to_vec(),
        });
        Ok(handler.predict(request).await?.into_inner().cluster_index)
    }

    #[tokio::test]
    async fn the_model_answers() {
        assert_eq!(cluster(&handler(), &[-1.0, 2.0]).await.unwrap(), 0);
        let rows = [vec![9.0, 9.0], vec![-9.0, 9.0], vec![1.0, 0.0]];
        assert_eq!(clusters(&handler(), &rows).await.unwrap(), [1, 0, 1]);
    }

    #[tokio::test]
    async fn an_empty_batch_has_an_empty_answer() {
        assert!(clusters(&handler(), &[]).await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn a_large_batch_is_answered_in_order() {
        let rows: Vec<_> = (0..100_000)
            .map(|i| vec![f64::from(i % 2) - 0.5, 0.0])
            .collect();
        let answer = clusters(&handler(), &rows).await.unwrap();
        assert_eq!(answer.len(), rows.len());
        assert!(
            answer
                .iter()
                .enumerate()
                .all(|(i, &cluster)| usize::try_from(cluster) == Ok(i % 2))
        );
    }

    #[tokio::test]
    async fn a_bad_observation_is_refused_with_what_came_and_what_was_wanted() {
        for (features, told) in [
            (vec![], "row 0: 0 features came, 2 wanted"),
            (vec![1.0], "row 0: 1 features came, 2 wanted"),
            (vec![f64::NAN; 3], "row 0: 3 features came, 2 wanted"),
            (
                vec![1.0, f64::NAN],
                "row 0, feature 1: NaN is not a finite number",
            ),
            (
                vec![1.0, -f64::NAN],
                "row 0, feature 1: NaN is not a finite number",
            ),
            (
                vec![INFINITY, f64::NAN],
                "row 0, feature 0: infinity is not a finite number",
            ),
            (
                vec![1.0, -INFINITY],
                "row 0, feature 1: -infinity is not a finite number",
            ),
        ] {
            let status = cluster(&handler(), &features).await.unwrap_err();
            assert_eq!(
                (status.code(), status.message()),
                (Code::InvalidArgument, told)
            );
        }
    }

    #[tokio::test]
    async fn the_first_bad_row_fails_the_whole_batch() {
        let rows = [vec![1.0, 2.0], vec![1.0, f64::NAN], vec![]];
        let status = clusters(&handler(), &rows).await.unwrap_err();
        assert_eq!(
            status.message(),
            "row 1, feature 1: NaN is not a finite number"
        );
    }

    #[tokio::test]
    async fn the_null_handler_answers_a_constant_whatever_comes() {
        let null = Handler::new(Answer::Null, Arc::default());
        assert_eq!(cluster(&null, &[f64::NAN]).await.unwrap(), 1);
        assert_eq!(clusters(&null, &[vec![], vec![1.0]]).await.unwrap(), [1, 1]);
    }

    proptest! {
        #[test]
        fn no_features_panic_and_all_are_answered_or_refused(
            features in prop::collection::vec(any::<f64>(), 0..4)
        ) {
            let model = model();
            let good = features.len() == 2 && features.iter().all(|value| value.is_finite());
            prop_assert_eq!(predict(&model, 0, &features).is_ok(), good);
        }
    }
}
