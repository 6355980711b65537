//! The distance of an observation from a centroid.

use linfa_nn::distance::{Distance, L2Dist};
use ndarray::{ArrayView, Dimension, Zip};

/// The Euclidean distance, for linfa to predict with: bit by bit that of its own `L2Dist`.
///
/// `L2Dist` checks the shapes of each pair that it compares, and is too long for the compiler to
/// inline. Against a hundred centroids of two features that was more than half of a prediction's
/// instructions. linfa offers the trait for distances of one's own.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Euclidean;

impl Distance<f64> for Euclidean {
    fn distance<D: Dimension>(&self, a: ArrayView<'_, f64, D>, b: ArrayView<'_, f64, D>) -> f64 {
        self.rdistance(a, b).sqrt()
    }

    #[inline(always)]
    #[expect(clippy::inline_always, reason = "a call would cost more than it does")]
    fn rdistance<D: Dimension>(&self, a: ArrayView<'_, f64, D>, b: ArrayView<'_, f64, D>) -> f64 {
        Zip::from(a)
            .and(b)
            .fold(0.0, |sum, a, b| sum + (a - b) * (a - b))
    }

    fn rdist_to_dist(&self, rdist: f64) -> f64 {
        Distance::<f64>::rdist_to_dist(&L2Dist, rdist)
    }

    fn dist_to_rdist(&self, dist: f64) -> f64 {
        Distance::<f64>::dist_to_rdist(&L2Dist, dist)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::ArrayView1;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn it_is_linfas_own_bit_by_bit(
            pairs in prop::collection::vec((any::<f64>(), any::<f64>()), 1..40)
        ) {
            let (a, b): (Vec<_>, Vec<_>) = pairs.into_iter().unzip();
            let (a, b) = (ArrayView1::from(&a), ArrayView1::from(&b));
            let (own, linfas) = (Euclidean.rdistance(a, b), L2Dist.rdistance(a, b));
            prop_assert!(own.to_bits() == linfas.to_bits() || (own.is_nan() && linfas.is_nan()));
            let (own, linfas) = (Euclidean.distance(a, b), L2Dist.distance(a, b));
            prop_assert!(own.to_bits() == linfas.to_bits() || (own.is_nan() && linfas.is_nan()));
        }
    }
}
