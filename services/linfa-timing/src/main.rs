//! Times linfa's K-means by itself: orders on standard input, a line of JSON for each.

mod orders;
mod work;

use std::io::{self, BufRead, BufReader, Write};
use std::mem;
use std::process::ExitCode;

use ndarray::Array2;
use serde_json::{Value, json};

use crate::orders::{Order, read_values};
use crate::work::{Failed, fit, predict_one};

fn main() -> ExitCode {
    match follow(BufReader::new(io::stdin().lock()), io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Whoever listened is gone, or said that more would come than came.
            let _ = writeln!(io::stderr(), "linfa-timing: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Follows orders until there are no more.
fn follow(mut orders: impl BufRead, mut answers: impl Write) -> io::Result<()> {
    let mut data = Array2::zeros((0, 0));
    let mut line = String::new();
    while orders.read_line(&mut line)? > 0 {
        let answer = match serde_json::from_str(&line) {
            Ok(Order::Load { points, features }) => {
                // The old data goes before the new comes: both may not fit at once.
                drop(mem::take(&mut data));
                data = read_values(&mut orders, points, features)?;
                Ok(json!({"points": points, "features": features}))
            }
            Ok(Order::Fit(order)) => fit(data.view(), order),
            Ok(Order::PredictOne { centroids, times }) => {
                predict_one(data.view(), &centroids, times)
            }
            Err(error) => Err(Failed::Order(error.to_string())),
        };
        let said: Value = answer.unwrap_or_else(|failed| json!({"error": failed.to_string()}));
        writeln!(answers, "{said}")?;
        answers.flush()?;
        line.clear();
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(input: &[u8]) -> Vec<Value> {
        let mut answers = Vec::new();
        follow(input, &mut answers).unwrap();
        answers
            .split(|&byte| byte == b'\n')
            .filter(|line| !line.is_empty())
            .map(|line| serde_json::from_slice(line).unwrap())
            .collect()
    }

    fn with_two_blobs(order: &str) -> Vec<Value> {
        let rows = [0.0, 0.0, 0.0, 2.0, 10.0, 10.0, 10.0, 12.0_f64];
        let mut input = b"{\"do\": \"load\", \"points\": 4, \"features\": 2}\n".to_vec();
        input.extend(rows.iter().flat_map(|value| value.to_le_bytes()));
        input.extend(order.as_bytes());
        said(&input)
    }

    #[test]
    fn a_fit_from_given_centroids_finds_the_middles_and_says_how_long_it_took() {
        for (work, counted) in [("model", true), ("linfa", false)] {
            let order = format!(
                r#"{{"do": "fit", "work": "{work}", "n_clusters": 2, "init": [[0, 0], [9, 9]],
                 "n_init": 1, "max_iter": 100, "tolerance": 1e-9}}"#
            )
            .replace('\n', " ");
            let answers = with_two_blobs(&order);
            assert_eq!(answers[0], json!({"points": 4, "features": 2}));
            for (found, wanted) in [(0, [0.0, 1.0]), (1, [10.0, 11.0])] {
                for (feature, middle) in wanted.into_iter().enumerate() {
                    let value = answers[1]["centroids"][found][feature].as_f64().unwrap();
                    assert!((value - middle).abs() < 1e-6, "{answers:?}");
                }
            }
            assert_eq!(answers[1]["n_iter"].is_u64(), counted);
            assert!(answers[1]["seconds"].as_f64().unwrap() > 0.0);
        }
    }

    #[test]
    fn what_is_left_out_is_linfas_default() {
        let answers = with_two_blobs(r#"{"do": "fit", "n_clusters": 2}"#);
        assert_eq!(answers[1]["n_init"], json!(10));
    }

    #[test]
    fn predicting_one_row_is_timed_over_many_calls() {
        let order = r#"{"do": "predict_one", "centroids": [[0, 0], [9, 9]], "times": 100}"#;
        let answers = with_two_blobs(order);
        assert!(answers[1]["nanoseconds"].as_f64().unwrap() > 0.0);
    }

    #[test]
    fn an_order_that_cannot_be_followed_is_answered_and_the_next_one_is_followed() {
        for (order, told) in [
            ("dance", "expected value"),
            (r#"{"do": "dance"}"#, "unknown variant"),
            (
                r#"{"do": "fit", "n_clusters": 5}"#,
                "4 observations cannot make 5 clusters",
            ),
            (
                r#"{"do": "fit", "work": "linfa", "n_clusters": 5}"#,
                "4 observations cannot",
            ),
            (r#"{"do": "fit", "n_clusters": 2, "init": "best"}"#, "best"),
            (
                r#"{"do": "fit", "n_clusters": 2, "init": [[1, 2], [3]]}"#,
                "of one width",
            ),
            (
                r#"{"do": "predict_one", "centroids": [[1]], "times": 1}"#,
                "2 features",
            ),
            (
                r#"{"do": "predict_one", "centroids": [], "times": 1}"#,
                "0 clusters",
            ),
        ] {
            let answers =
                with_two_blobs(&format!("{order}\n{{\"do\": \"fit\", \"n_clusters\": 1}}"));
            let error = answers[1]["error"].as_str().unwrap();
            assert!(error.contains(told), "{order}: {error}");
            assert!(answers[2]["seconds"].is_number(), "{order}: {answers:?}");
        }
    }

    #[test]
    fn data_that_ends_early_is_an_error() {
        let input = b"{\"do\": \"load\", \"points\": 4, \"features\": 2}\nshort";
        assert!(follow(&input[..], Vec::new()).is_err());
    }
}
