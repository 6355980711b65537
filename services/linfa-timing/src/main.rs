//! Times linfa's K-means by itself: orders on standard input, one line of JSON in return for each.

mod orders;
mod work;

use std::io::{self, BufRead, BufReader, Write};
use std::mem;
use std::process::ExitCode;

use ndarray::Array2;
use serde_json::{Value, json};

use crate::orders::{Order, read_values};
use crate::work::{fit, predict_one};

fn main() -> ExitCode {
    match follow(BufReader::new(io::stdin().lock()), io::stdout().lock()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // The reader is gone, or less data came than was announced.
            let _ = writeln!(io::stderr(), "linfa-timing: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Follow orders until there are no more.
fn follow(mut orders: impl BufRead, mut responses: impl Write) -> io::Result<()> {
    let mut data = Array2::zeros((0, 0));
    let mut line = String::new();
    while orders.read_line(&mut line)? > 0 {
        let outcome = match serde_json::from_str(&line) {
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
            Err(error) => Err(format!("not an order: {error}").into()),
        };
        let response: Value = outcome.unwrap_or_else(|error| json!({"error": error.to_string()}));
        writeln!(responses, "{response}")?;
        responses.flush()?;
        line.clear();
    }
    Ok(())
}
