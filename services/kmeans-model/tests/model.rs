//! Models, made of centroids and used.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use kmeans_model::Model;
use ndarray::{Array2, ShapeBuilder, array};
use proptest::prelude::*;

proptest! {
    #[test]
    fn centroids_stay_as_they_were_given_bit_by_bit(
        rows in (1_usize..9, 1_usize..5).prop_flat_map(|(k, d)| {
            prop::collection::vec(prop::collection::vec(-1e300_f64..1e300, d), k)
        })
    ) {
        let shape = (rows.len(), rows[0].len());
        let given = Array2::from_shape_vec(shape, rows.concat()).unwrap();
        let model = Model::from_centroids(given.clone()).unwrap();
        prop_assert_eq!(model.centroids().mapv(f64::to_bits), given.mapv(f64::to_bits));
    }

    #[test]
    fn no_observation_panics(row in prop::collection::vec(any::<f64>(), 0..5)) {
        let model = Model::from_centroids(array![[0.0, 0.0], [9.0, 9.0]]).unwrap();
        prop_assert_eq!(model.predict(&row).is_some(), row.len() == 2);
    }
}

#[test]
fn the_nearest_centroid_answers_one_by_one_and_together() {
    let model = Model::from_centroids(array![[-5.0, 0.0], [5.0, 0.0]]).unwrap();
    assert_eq!(model.predict(&[-1.0, 3.0]), Some(0));
    assert_eq!(model.predict(&[1.0, 3.0]), Some(1));
    let together = model.predict_parallel(array![[-1.0, 3.0], [1.0, 3.0]].view());
    assert_eq!(together, Some(array![0, 1]));
    assert_eq!(model.predict_parallel(array![[1.0]].view()), None);
}

#[test]
fn centroids_in_column_order_are_served_too() {
    let columns = Array2::from_shape_vec((2, 2).f(), vec![1.0, 2.0, 3.0, 4.0]).unwrap();
    let model = Model::from_centroids(columns).unwrap();
    assert_eq!(model.centroids(), &array![[1.0, 3.0], [2.0, 4.0]]);
}

#[test]
fn centroids_that_cannot_be_served_are_refused() {
    let told = |centroids| Model::from_centroids(centroids).unwrap_err().to_string();
    assert!(told(Array2::zeros((0, 2))).contains("0 clusters of 2 features"));
    assert!(told(Array2::zeros((2, 0))).contains("2 clusters of 0 features"));
    let told = told(array![[0.0, 1.0], [2.0, f64::INFINITY]]);
    assert_eq!(
        told,
        "row 1 of centroids, feature 1: infinity is not a finite number"
    );
}
