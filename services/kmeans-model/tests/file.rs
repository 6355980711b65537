//! Model files, read and written.
#![allow(clippy::unwrap_used)]

use kmeans_model::{Model, ModelFile};
use ndarray::{Array2, array};
use proptest::prelude::*;

proptest! {
    #[test]
    fn numbers_read_back_bit_by_bit(values in prop::collection::vec(-1e300_f64..1e300, 6)) {
        let written = Array2::from_shape_vec((3, 2), values).unwrap();
        let mut text = Vec::new();
        let model = Model::from_centroids(written.clone()).unwrap();
        ModelFile::write(&model, Some(7), &mut text).unwrap();
        let read = ModelFile::parse(&text).unwrap();
        prop_assert_eq!(read.centroids().mapv(f64::to_bits), written.mapv(f64::to_bits));
    }

    #[test]
    fn no_text_panics(text in ".*") {
        prop_assert!(ModelFile::parse(text.as_bytes()).is_err());
    }
}

#[test]
fn the_smallest_and_largest_numbers_read_back() {
    let written = array![[0.1 + 0.2, 5e-324], [-0.0, f64::MAX]];
    let mut text = Vec::new();
    let model = Model::from_centroids(written.clone()).unwrap();
    ModelFile::write(&model, None, &mut text).unwrap();
    assert_eq!(ModelFile::parse(&text).unwrap().centroids(), &written);
}

#[test]
fn keys_that_are_not_known_are_left_alone() {
    let text = br#"{"n_clusters":1,"n_features":1,"made_by":"hand","centroids":[[1]]}"#;
    assert_eq!(ModelFile::parse(text).unwrap().n_clusters(), 1);
}

#[test]
fn a_broken_model_is_refused_with_its_fault() {
    for (text, told) in [
        ("", "is not a model (EOF"),
        ("[1]", "is not a model ("),
        (
            r#"{"n_clusters":1,"centroids":[[1]]}"#,
            "missing field `n_features`",
        ),
        (
            r#"{"n_clusters":1,"n_features":1,"centroids":[["a"]]}"#,
            "invalid type",
        ),
        (
            r#"{"n_clusters":1,"n_features":1,"centroids":[[NaN]]}"#,
            "is not a model (",
        ),
        (
            r#"{"n_clusters":1,"n_features":1,"centroids":[[1e999]]}"#,
            "out of range",
        ),
        (
            r#"{"n_clusters":-1,"n_features":1,"centroids":[[1]]}"#,
            "invalid value",
        ),
        (
            r#"{"n_clusters":0,"n_features":2,"centroids":[]}"#,
            "has 0 clusters of 2 features",
        ),
        (
            r#"{"n_clusters":1,"n_features":0,"centroids":[[]]}"#,
            "has 1 clusters of 0 features",
        ),
        (
            r#"{"n_clusters":2,"n_features":1,"centroids":[[1]]}"#,
            "says n_clusters = 2 but has 1 centroids",
        ),
        (
            r#"{"n_clusters":2,"n_features":2,"centroids":[[1,2],[1]]}"#,
            "says n_features = 2 but row 1 of centroids has 1",
        ),
    ] {
        let fault = ModelFile::parse(text.as_bytes()).unwrap_err().to_string();
        assert!(fault.contains(told), "{text}: {fault}");
    }
}
