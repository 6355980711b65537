//! Sends requests to a server and prints the responses.

use std::error::Error;
use std::io::Write;
use std::num::ParseFloatError;
use std::time::Duration;

use clap::Args;
use rust_tonic::proto::clustering_service_client::ClusteringServiceClient;
use rust_tonic::proto::{Observation, PredictBatchRequest, PredictRequest};
use tonic::Status;
use tonic::transport::Endpoint;

const PATIENCE: Duration = Duration::from_secs(10);

/// Sends observations to a server, one by one with Predict and together with PredictBatch, and
/// prints both results as a JSON object.
#[derive(Debug, Args)]
pub(crate) struct CommandLine {
    /// The server's host
    #[arg(long, default_value = "localhost")]
    host: String,
    /// The server's port
    #[arg(long, default_value_t = 5001)]
    port: u16,
    /// Observations, each as numbers with commas between them
    #[arg(default_values = ["0,0"], value_parser = observation, allow_negative_numbers = true,
          allow_hyphen_values = true)]
    observations: Vec<Observation>,
}

fn observation(text: &str) -> Result<Observation, String> {
    let features: Result<_, ParseFloatError> = text
        .split(',')
        .map(|number| number.trim().parse())
        .collect();
    let features = features.map_err(|_| "give numbers with commas between them, as in 1.5,-2")?;
    Ok(Observation { features })
}

pub(crate) fn run(line: CommandLine) -> Result<(), Box<dyn Error>> {
    tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()?
        .block_on(send(line))
}

async fn send(line: CommandLine) -> Result<(), Box<dyn Error>> {
    let at = format!("{}:{}", line.host, line.port);
    let endpoint = Endpoint::from_shared(format!("http://{at}"))
        .map_err(|_| format!("--host: {:?} is not a host", line.host))?
        .connect_timeout(PATIENCE)
        .timeout(PATIENCE);
    let channel = endpoint.connect().await.map_err(|_| {
        format!("no server listens at {at}; start one, or name it with --host and --port")
    })?;
    let mut client = ClusteringServiceClient::new(channel);
    let refused =
        |status: Status| format!("{at} returned {:?}: {}", status.code(), status.message());

    let mut predict = Vec::new();
    for observation in &line.observations {
        let request = PredictRequest {
            features: observation.features.clone(),
        };
        let response = client.predict(request).await.map_err(refused)?;
        predict.push(response.into_inner().cluster_index);
    }
    let request = PredictBatchRequest {
        observations: line.observations,
    };
    let response = client.predict_batch(request).await.map_err(refused)?;
    let predict_batch = response.into_inner().cluster_indexes;

    let clusters = serde_json::json!({"predict": predict, "predict_batch": predict_batch});
    Ok(writeln!(std::io::stdout(), "{clusters}")?)
}
