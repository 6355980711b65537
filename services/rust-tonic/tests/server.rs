//! The server as its users meet it: a process, a port, a log.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::indexing_slicing)]

use std::io::{BufRead, BufReader, Read};
use std::process::{Child, ChildStdout, Command, Output, Stdio};

use http::uri::PathAndQuery;
use rust_tonic::proto::clustering_service_client::ClusteringServiceClient;
use rust_tonic::proto::{Observation, PredictBatchRequest, PredictRequest, PredictResponse};
use rust_tonic::service::MAX_MESSAGE_BYTES;
use serde_json::Value;
use tokio_stream::StreamExt;
use tokio_stream::wrappers::ReceiverStream;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_check_response::ServingStatus;
use tonic_health::pb::health_client::HealthClient;
use tonic_reflection::pb::v1::ServerReflectionRequest;
use tonic_reflection::pb::v1::server_reflection_client::ServerReflectionClient;
use tonic_reflection::pb::v1::server_reflection_request::MessageRequest;
use tonic_reflection::pb::v1::server_reflection_response::MessageResponse;

const SERVER: &str = env!("CARGO_BIN_EXE_rust-tonic");
const MODEL: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/model.json");

/// A server on a free port; killed when a test ends without stopping it.
struct Server {
    process: Child,
    log: BufReader<ChildStdout>,
    starting: Value,
    port: u16,
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Server {
    fn start(options: &[&str]) -> Self {
        Self::start_with(options, &[])
    }

    fn start_with(options: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut process = command(&["--host", "127.0.0.1", "--port", "0"])
            .args(options)
            .envs(environment.iter().copied())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut log = BufReader::new(process.stdout.take().unwrap());
        let [starting, listening, serving] = [(); 3].map(|()| {
            let mut line = String::new();
            log.read_line(&mut line).unwrap();
            serde_json::from_str::<Value>(&line).unwrap()
        });
        assert_eq!(starting["event"], "starting");
        assert_eq!(listening["event"], "listening");
        assert_eq!(serving["event"], "serving");
        let port = listening["port"].as_u64().unwrap().try_into().unwrap();
        Self {
            process,
            log,
            starting,
            port,
        }
    }

    async fn channel(&self) -> Channel {
        let at = format!("http://127.0.0.1:{}", self.port);
        Channel::from_shared(at).unwrap().connect().await.unwrap()
    }

    async fn client(&self) -> ClusteringServiceClient<Channel> {
        ClusteringServiceClient::new(self.channel().await)
            .max_encoding_message_size(usize::MAX)
            .max_decoding_message_size(usize::MAX)
    }

    fn signal(&self, name: &str) {
        let pid = self.process.id().to_string();
        assert!(
            Command::new("kill")
                .args(["-s", name, &pid])
                .status()
                .unwrap()
                .success()
        );
    }

    /// Return its exit code and the rest of its log.
    fn ended(&mut self) -> (Option<i32>, String) {
        let mut rest = String::new();
        self.log.read_to_string(&mut rest).unwrap();
        (self.process.wait().unwrap().code(), rest)
    }
}

fn command(options: &[&str]) -> Command {
    let model = r#"{"n_clusters": 2, "n_features": 2, "centroids": [[-5, 0], [5, 0]]}"#;
    std::fs::write(MODEL, model).unwrap();
    let mut command = Command::new(SERVER);
    command.env_clear().args(["--model", MODEL]).args(options);
    command
}

fn refused(options: &[&str]) -> Output {
    command(options).output().unwrap()
}

async fn ask(client: &mut ClusteringServiceClient<Channel>, x: f64) -> Result<i32, Status> {
    let answer = client
        .predict(PredictRequest {
            features: vec![x, 0.0],
        })
        .await?;
    Ok(answer.into_inner().cluster_index)
}

fn batch(n: usize) -> PredictBatchRequest {
    let observation = Observation {
        features: vec![1.0, 2.0],
    };
    PredictBatchRequest {
        observations: vec![observation; n],
    }
}

#[tokio::test]
async fn the_first_line_says_what_runs() {
    let server = Server::start(&["--max-streams", "64", "--threads", "2"]);
    let said = &server.starting;
    assert_eq!(said["server"], "rust-tonic");
    assert_eq!(said["handler"], "model");
    assert_eq!(
        (&said["model"]["n_clusters"], &said["model"]["n_features"]),
        (&2.into(), &2.into())
    );
    assert_eq!((&said["workers"], &said["threads"]), (&1.into(), &2.into()));
    assert_eq!(said["max_streams"], 64);
    assert_eq!(said["pools"]["tokio_worker_threads"], 2);
    assert_eq!(said["versions"]["linfa"], "0.8.1");
}

#[tokio::test]
async fn an_option_wins_over_its_variable_and_an_empty_variable_counts_as_unset() {
    let environment = [
        ("SERVER_PORT", "1"),
        ("SERVER_HANDLER", "noop"),
        ("SERVER_MAX_STREAMS", ""),
        ("SERVER_THREADS", ""),
    ];
    let server = Server::start_with(&["--workers", "2", "--threads", "1"], &environment);
    assert_ne!(server.port, 1);
    assert_eq!(server.starting["handler"], "noop");
    assert_eq!(server.starting["max_streams"], 200);
    let mut client = server.client().await;
    assert_eq!(ask(&mut client, -1.0).await.unwrap(), 1);
}

#[tokio::test]
async fn every_way_to_run_it_predicts_alike() {
    for options in [
        &["--workers", "1"][..],
        &["--workers", "3"],
        &["--threads", "2"],
        &["--runtime", "multi-thread", "--threads", "1"],
        &["--max-streams", "none"],
    ] {
        let server = Server::start(options);
        for _ in 0..8 {
            // One connection each, since the kernel deals those out among workers.
            let mut client = server.client().await;
            assert_eq!(ask(&mut client, -1.0).await.unwrap(), 0);
            assert_eq!(ask(&mut client, 1.0).await.unwrap(), 1);
        }
    }
}

#[tokio::test]
async fn it_logs_the_work_of_each_worker_at_its_end() {
    for (options, workers) in [
        (&["--workers", "3", "--threads", "1"][..], 3),
        (&["--threads", "2"], 1),
    ] {
        let mut server = Server::start(options);
        for _ in 0..8 {
            let mut client = server.client().await;
            ask(&mut client, 1.0).await.unwrap();
            client.predict_batch(batch(2)).await.unwrap();
        }
        server.signal("TERM");
        let (_, log) = server.ended();
        let last: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        let did = last["workers"].as_array().unwrap();
        assert_eq!(did.len(), workers);
        let sum = |what: &str| {
            did.iter()
                .map(|work| work[what].as_u64().unwrap())
                .sum::<u64>()
        };
        assert_eq!((sum("requests"), sum("connections")), (16, 8));
        assert!(
            did.iter()
                .all(|work| work["cpu_seconds"].as_f64().unwrap() > 0.0)
        );
    }
}

#[tokio::test]
async fn health_knows_the_service_and_nothing_else() {
    let server = Server::start(&[]);
    let mut health = HealthClient::new(server.channel().await);
    for service in ["", "ml.ClusteringService"] {
        let request = HealthCheckRequest {
            service: service.into(),
        };
        let status = health.check(request).await.unwrap().into_inner().status();
        assert_eq!(status, ServingStatus::Serving);
    }
    let request = HealthCheckRequest {
        service: "ml.Other".into(),
    };
    assert_eq!(
        health.check(request).await.unwrap_err().code(),
        Code::NotFound
    );
}

#[tokio::test]
async fn reflection_lists_the_services() {
    let server = Server::start(&[]);
    let request = ServerReflectionRequest {
        host: String::new(),
        message_request: Some(MessageRequest::ListServices(String::new())),
    };
    let mut answers = ServerReflectionClient::new(server.channel().await)
        .server_reflection_info(tokio_stream::once(request))
        .await
        .unwrap()
        .into_inner();
    let answer = answers.message().await.unwrap().unwrap().message_response;
    let Some(MessageResponse::ListServicesResponse(list)) = answer else {
        unreachable!()
    };
    let names: Vec<_> = list
        .service
        .iter()
        .map(|service| service.name.as_str())
        .collect();
    assert!(names.contains(&"ml.ClusteringService"), "{names:?}");
    assert!(names.contains(&"grpc.health.v1.Health"), "{names:?}");
}

#[tokio::test]
async fn too_long_a_message_exhausts_a_resource_and_the_server_lives_on() {
    let server = Server::start(&[]);
    let mut client = server.client().await;
    // 20 bytes a row.
    let status = client
        .predict_batch(batch(MAX_MESSAGE_BYTES / 20 + 1))
        .await
        .unwrap_err();
    assert_eq!(status.code(), Code::ResourceExhausted, "{status}");
    assert_eq!(ask(&mut client, 1.0).await.unwrap(), 1);
}

#[tokio::test]
async fn a_large_batch_does_not_hold_up_other_requests() {
    let server = Server::start(&[]);
    let (mut many, mut one) = (server.client().await, server.client().await);
    let many = tokio::spawn(async move { many.predict_batch(batch(100_000)).await });
    assert_eq!(ask(&mut one, 1.0).await.unwrap(), 1);
    assert_eq!(
        many.await.unwrap().unwrap().into_inner().cluster_indexes,
        vec![1; 100_000]
    );
}

#[tokio::test]
async fn a_signal_ends_it_well_even_while_health_is_watched() {
    for signal in ["TERM", "INT"] {
        let mut server = Server::start(&[]);
        let mut health = HealthClient::new(server.channel().await);
        let watched = health
            .watch(HealthCheckRequest::default())
            .await
            .unwrap()
            .into_inner();
        let watched = watched.map(|answer| answer.unwrap().status());
        tokio::pin!(watched);
        assert_eq!(watched.next().await, Some(ServingStatus::Serving));
        server.signal(signal);
        assert_eq!(watched.next().await, Some(ServingStatus::NotServing));
        assert_eq!(watched.next().await, None);
        let (code, log) = server.ended();
        assert_eq!(code, Some(0));
        assert!(log.contains(&format!(r#""signal":"SIG{signal}""#)), "{log}");
        let last: Value = serde_json::from_str(log.lines().last().unwrap()).unwrap();
        assert_eq!(last["event"], "stopped");
    }
}

#[tokio::test]
async fn a_request_in_flight_is_finished_before_it_ends() {
    let mut server = Server::start(&[]);
    let channel = server.channel().await;
    // A request that is under way, and whose message comes only after the signal.
    let (message, messages) = tokio::sync::mpsc::channel(1);
    let mut slow = tonic::client::Grpc::new(channel.clone());
    slow.ready().await.unwrap();
    let call = tokio::spawn(async move {
        let messages = tonic::Request::new(ReceiverStream::new(messages));
        let path = PathAndQuery::from_static("/ml.ClusteringService/Predict");
        let codec = tonic_prost::ProstCodec::<PredictRequest, PredictResponse>::default();
        slow.client_streaming(messages, path, codec).await
    });
    tokio::task::yield_now().await;
    // One connection, so that the response to this shows that the other request has arrived.
    ask(&mut ClusteringServiceClient::new(channel), 1.0)
        .await
        .unwrap();
    server.signal("TERM");
    let mut line = String::new();
    server.log.read_line(&mut line).unwrap();
    assert!(line.contains("stopping"), "{line}");
    message
        .send(PredictRequest {
            features: vec![1.0, 0.0],
        })
        .await
        .unwrap();
    drop(message);
    assert_eq!(call.await.unwrap().unwrap().into_inner().cluster_index, 1);
    assert_eq!(server.ended().0, Some(0));
}

#[tokio::test]
async fn a_log_that_nobody_reads_stops_nothing() {
    let mut server = Server::start(&[]);
    server.log = BufReader::new(
        Command::new("true")
            .stdout(Stdio::piped())
            .spawn()
            .unwrap()
            .stdout
            .unwrap(),
    );
    let mut client = server.client().await;
    assert_eq!(ask(&mut client, 1.0).await.unwrap(), 1);
    server.signal("TERM");
    assert_eq!(server.process.wait().unwrap().code(), Some(0));
}

#[test]
fn a_taken_port_is_refused_in_one_line_with_exit_code_2() {
    let server = Server::start(&[]);
    let port = server.port.to_string();
    for workers in ["1", "2"] {
        let output = refused(&["--host", "127.0.0.1", "--port", &port, "--workers", workers]);
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2));
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(
            told.starts_with("rust-tonic: cannot listen on 127.0.0.1:"),
            "{told}"
        );
    }
}

#[test]
fn a_mistake_is_refused_in_one_line_with_exit_code_2() {
    for (options, name) in [
        (&["--model", "/nowhere"][..], "/nowhere"),
        (&["--port", "many"], "--port"),
        (&["--handler", ""], "--handler"),
        (&["--unknown"], "--unknown"),
    ] {
        let output = Command::new(SERVER)
            .env_clear()
            .args(options)
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert_eq!(told.lines().count(), 1, "{told}");
        assert!(
            told.starts_with("rust-tonic: ") && told.contains(name),
            "{told}"
        );
        assert!(output.stdout.is_empty());
    }
}
