//! Test data.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use rust_tonic::testdata::Source;
use serde_json::Value;

fn requests(samples: usize, seed: u64) -> Value {
    let mut text = Vec::new();
    Source::new(3, seed)
        .write_requests(&mut text, samples)
        .unwrap();
    serde_json::from_slice(&text).unwrap()
}

#[test]
fn requests_are_objects_of_features_in_range() {
    let requests = requests(50, 1);
    assert_eq!(requests.as_array().unwrap().len(), 50);
    for request in requests.as_array().unwrap() {
        let features = request["features"].as_array().unwrap();
        assert_eq!(features.len(), 3);
        assert!(
            features
                .iter()
                .all(|v| (-100.0..100.0).contains(&v.as_f64().unwrap()))
        );
    }
}

#[test]
fn the_same_seed_gives_the_same_observations_and_another_gives_others() {
    assert_eq!(requests(5, 7), requests(5, 7));
    assert_ne!(requests(5, 7), requests(5, 8));
}

#[test]
fn batches_hold_as_many_observations_as_asked_for() {
    for (batches, samples) in [(4, 10), (1, 0), (0, 3)] {
        let mut text = Vec::new();
        Source::new(2, 1)
            .write_batches(&mut text, batches, samples)
            .unwrap();
        let value: Value = serde_json::from_slice(&text).unwrap();
        let value = value.as_array().unwrap();
        assert_eq!(value.len(), batches);
        assert!(
            value
                .iter()
                .all(|b| b["observations"].as_array().unwrap().len() == samples)
        );
    }
}
