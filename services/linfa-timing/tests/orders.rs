//! The program as its users meet it: orders in, responses out.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

use std::io::Write;
use std::process::{Command, Stdio};

use serde_json::{Value, json};

/// Feed the program, and return whether it succeeded with its responses.
fn run(input: &[u8]) -> (bool, Vec<Value>) {
    let mut program = Command::new(env!("CARGO_BIN_EXE_linfa-timing"))
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    program.stdin.take().unwrap().write_all(input).unwrap();
    let output = program.wait_with_output().unwrap();
    let lines = std::str::from_utf8(&output.stdout).unwrap().lines();
    let responses = lines.map(|line| serde_json::from_str(line).unwrap());
    (output.status.success(), responses.collect())
}

fn with_two_blobs(order: &str) -> Vec<Value> {
    let rows = [0.0, 0.0, 0.0, 2.0, 10.0, 10.0, 10.0, 12.0_f64];
    let mut input = b"{\"do\": \"load\", \"points\": 4, \"features\": 2}\n".to_vec();
    input.extend(rows.iter().flat_map(|value| value.to_le_bytes()));
    input.extend(order.as_bytes());
    let (succeeded, responses) = run(&input);
    assert!(succeeded);
    responses
}

#[test]
fn a_fit_from_given_centroids_finds_the_middles_and_tells_how_long_it_took() {
    for (work, counted) in [("model", true), ("linfa", false)] {
        let order = format!(
            r#"{{"do": "fit", "work": "{work}", "n_clusters": 2, "init": [[0, 0], [9, 9]],
             "n_init": 1, "max_iter": 100, "tolerance": 1e-9}}"#
        )
        .replace('\n', " ");
        let responses = with_two_blobs(&order);
        assert_eq!(responses[0], json!({"points": 4, "features": 2}));
        for (found, wanted) in [(0, [0.0, 1.0]), (1, [10.0, 11.0])] {
            for (feature, middle) in wanted.into_iter().enumerate() {
                let value = responses[1]["centroids"][found][feature].as_f64().unwrap();
                assert!((value - middle).abs() < 1e-6, "{responses:?}");
            }
        }
        assert_eq!(responses[1]["n_iter"].is_u64(), counted);
        assert!(responses[1]["seconds"].as_f64().unwrap() > 0.0);
    }
}

#[test]
fn what_is_left_out_is_linfas_default() {
    let responses = with_two_blobs(r#"{"do": "fit", "n_clusters": 2}"#);
    assert_eq!(responses[1]["n_init"], json!(10));
}

#[test]
fn predicting_one_row_is_timed_over_many_calls() {
    let order = r#"{"do": "predict_one", "centroids": [[0, 0], [9, 9]], "times": 100}"#;
    let responses = with_two_blobs(order);
    assert!(responses[1]["nanoseconds"].as_f64().unwrap() > 0.0);
}

#[test]
fn an_order_that_cannot_be_followed_gets_an_error_and_the_next_one_is_followed() {
    for (order, told) in [
        ("dance", "not an order: expected value"),
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
        let responses = with_two_blobs(&format!("{order}\n{{\"do\": \"fit\", \"n_clusters\": 1}}"));
        let error = responses[1]["error"].as_str().unwrap();
        assert!(error.contains(told), "{order}: {error}");
        assert!(
            responses[2]["seconds"].is_number(),
            "{order}: {responses:?}"
        );
    }
}

#[test]
fn data_that_ends_early_is_an_error() {
    let input = b"{\"do\": \"load\", \"points\": 4, \"features\": 2}\nshort";
    let (succeeded, responses) = run(input);
    assert!(!succeeded && responses.is_empty());
}
