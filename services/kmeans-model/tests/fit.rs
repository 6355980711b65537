//! Training.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use kmeans_model::{Assignment, Fitting, Start, fit};
use linfa::DatasetBase;
use linfa::traits::Fit as _;
use linfa_clustering::KMeans;
use ndarray::{Array2, array};
use proptest::prelude::*;
use rand::SeedableRng;
use rand_xoshiro::Xoshiro256Plus;

fn fitting(n_clusters: usize) -> Fitting {
    Fitting {
        max_iter: 100,
        tol: 1e-6,
        seed: 1,
        ..Fitting::new(n_clusters)
    }
}

fn two_blobs() -> Array2<f64> {
    array![
        [0.0, 0.0],
        [0.0, 2.0],
        [2.0, 0.0],
        [100.0, 100.0],
        [100.0, 102.0],
        [102.0, 100.0]
    ]
}

#[test]
fn two_blobs_are_found_from_every_kind_of_start() {
    let given = Start::Centers(array![[1.0, 1.0], [90.0, 90.0]]);
    for start in [Start::PlusPlus, Start::Random, given] {
        let fitting = Fitting {
            start,
            n_init: 5,
            ..fitting(2)
        };
        let fit = fit(two_blobs().view(), &fitting).unwrap();
        let Assignment { labels, inertia } = fit.assignment.unwrap();
        assert!(labels.iter().take(3).all(|label| *label == labels[0]));
        assert_ne!(labels[0], labels[3]);
        let centroid = fit.model.centroids().row(labels[0]);
        assert!(
            centroid
                .iter()
                .all(|value| (value - 2.0 / 3.0).abs() < 1e-5)
        );
        assert!((inertia - 32.0 / 3.0).abs() < 1e-6, "{inertia}");
        assert!(fit.n_iter >= 5);
    }
}

#[test]
fn without_labels_the_same_model_is_found() {
    let with = fit(two_blobs().view(), &fitting(2)).unwrap();
    let without = Fitting {
        labels: false,
        ..fitting(2)
    };
    let without = fit(two_blobs().view(), &without).unwrap();
    assert!(without.assignment.is_none());
    assert_eq!(with.model.centroids(), without.model.centroids());
    assert_eq!(with.n_iter, without.n_iter);
}

#[test]
fn iterations_are_counted() {
    let start = Start::Centers(array![[1.0, 1.0], [90.0, 90.0]]);
    for max_iter in [1, 2, 3] {
        let fitting = Fitting {
            start: start.clone(),
            max_iter,
            ..fitting(2)
        };
        assert_eq!(fit(two_blobs().view(), &fitting).unwrap().n_iter, max_iter);
    }
}

#[test]
fn the_same_seed_gives_the_same_model() {
    let fit = |seed| fit(two_blobs().view(), &Fitting { seed, ..fitting(3) }).unwrap();
    assert_eq!(fit(5).model.centroids(), fit(5).model.centroids());
}

#[test]
fn counting_leaves_the_centroids_as_they_are_bit_by_bit() {
    let random = Xoshiro256Plus::seed_from_u64(1);
    let plain = KMeans::params_with_rng(2, random)
        .n_runs(1)
        .max_n_iterations(100)
        .tolerance(1e-6)
        .fit(&DatasetBase::from(two_blobs()))
        .unwrap();
    let counted = fit(two_blobs().view(), &fitting(2)).unwrap();
    assert_eq!(plain.centroids(), counted.model.centroids());
}

#[test]
fn what_linfa_would_choke_on_is_refused() {
    let x = two_blobs();
    for (fitting, told) in [
        (fitting(0), "n_clusters: 0"),
        (
            Fitting {
                n_init: 0,
                ..fitting(2)
            },
            "n_init: 0",
        ),
        (
            Fitting {
                max_iter: 0,
                ..fitting(2)
            },
            "max_iter: 0",
        ),
        (
            Fitting {
                tol: 0.0,
                ..fitting(2)
            },
            "tol: 0",
        ),
        (
            Fitting {
                tol: f64::NAN,
                ..fitting(2)
            },
            "tol: NaN",
        ),
        (fitting(7), "6 observations cannot make 7 clusters"),
        (
            Fitting {
                start: Start::Centers(array![[1.0]]),
                ..fitting(2)
            },
            "init: (1, 1) came",
        ),
        (
            Fitting {
                start: Start::Centers(array![[1.0, f64::NAN]]),
                ..fitting(1)
            },
            "init: row 0 of centroids, feature 1: NaN",
        ),
    ] {
        let error = fit(x.view(), &fitting).unwrap_err().to_string();
        assert!(error.contains(told), "{error}");
    }
    let error = fit(
        array![[0.0, 1.0], [2.0, -f64::INFINITY]].view(),
        &fitting(1),
    )
    .unwrap_err();
    assert_eq!(
        error.to_string(),
        "X: row 1, feature 1: -infinity is not a finite number"
    );
    let error = fit(Array2::zeros((3, 0)).view(), &fitting(1)).unwrap_err();
    assert!(error.to_string().contains("no features"), "{error}");
}

#[test]
fn numbers_whose_squares_overflow_are_refused() {
    let error = fit(array![[0.0], [-1e229]].view(), &fitting(1))
        .unwrap_err()
        .to_string();
    assert_eq!(
        error,
        "X: row 1, feature 0: -1e229 is too large; scale X to within 2.4e153"
    );
}

proptest! {
    #[test]
    fn no_observations_panic(
        values in prop::collection::vec(any::<f64>(), 0..24),
        d in 1_usize..4,
        k in 0_usize..5,
        seed in any::<u64>(),
        random in any::<bool>(),
    ) {
        let n = values.len() / d;
        let x = Array2::from_shape_vec((n, d), values[..n * d].to_vec()).unwrap();
        let start = if random { Start::Random } else { Start::PlusPlus };
        let fitting = Fitting { start, seed, max_iter: 5, ..fitting(k) };
        if let Ok(fit) = fit(x.view(), &fitting) {
            prop_assert_eq!((fit.assignment.unwrap().labels.len(), fit.model.n_clusters()), (n, k));
        }
    }

    #[test]
    fn as_many_equal_observations_as_you_like_panic_nothing(n in 1_usize..9, k in 1_usize..9) {
        let done = fit(Array2::ones((n, 2)).view(), &fitting(k));
        prop_assert_eq!(done.is_ok(), n >= k);
    }
}
