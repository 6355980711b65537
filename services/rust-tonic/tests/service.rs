//! The service's responses.
#![allow(clippy::unwrap_used)]

use std::sync::Arc;

use kmeans_model::{Model, ModelFile};
use proptest::prelude::*;
use rust_tonic::proto::clustering_service_server::ClusteringService;
use rust_tonic::proto::{Observation, PredictBatchRequest, PredictRequest};
use rust_tonic::service::{Answer, Handler};
use tokio::runtime::Builder;
use tonic::{Code, Request, Status};

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
async fn an_empty_batch_has_an_empty_response() {
    assert!(clusters(&handler(), &[]).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_large_batch_keeps_its_order() {
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
async fn the_no_op_handler_returns_a_constant_for_every_observation() {
    let noop = Handler::new(Answer::Noop, Arc::default());
    assert_eq!(cluster(&noop, &[f64::NAN]).await.unwrap(), 1);
    assert_eq!(clusters(&noop, &[vec![], vec![1.0]]).await.unwrap(), [1, 1]);
}

proptest! {
    #[test]
    fn no_features_panic_and_all_get_a_cluster_or_an_error(
        features in prop::collection::vec(any::<f64>(), 0..4)
    ) {
        let good = features.len() == 2 && features.iter().all(|value| value.is_finite());
        let runtime = Builder::new_current_thread().build().unwrap();
        let got = runtime.block_on(cluster(&handler(), &features));
        prop_assert_eq!(got.is_ok(), good);
    }
}
