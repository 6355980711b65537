//! Asks a server for its types: gRPC's server reflection, version 1, else its alpha.

use std::collections::HashSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::Request;
use prost::Message;
use prost_reflect::DescriptorPool;
use prost_reflect::prost_types::FileDescriptorProto;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::link::Tls;
use crate::messages::PREFIX;
use crate::problem::{Problem, Result};

const SERVICES: [&str; 2] = [
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
];

/// The messages of reflection that are needed here, as `reflection.proto` numbers them.
#[derive(Clone, PartialEq, Message)]
struct Ask {
    #[prost(string, optional, tag = "3")]
    file_by_filename: Option<String>,
    #[prost(string, optional, tag = "4")]
    file_containing_symbol: Option<String>,
}

#[derive(Clone, PartialEq, Message)]
struct Answer {
    #[prost(message, optional, tag = "4")]
    files: Option<Files>,
    #[prost(message, optional, tag = "7")]
    error: Option<Refusal>,
}

#[derive(Clone, PartialEq, Message)]
struct Files {
    #[prost(bytes = "vec", repeated, tag = "1")]
    files: Vec<Vec<u8>>,
}

#[derive(Clone, PartialEq, Message)]
struct Refusal {
    #[prost(int32, tag = "1")]
    code: i32,
    #[prost(string, tag = "2")]
    message: String,
}

/// Ask the server for the types of a service and for all that they import.
///
/// # Errors
///
/// Says why the server cannot be asked, and what to give instead.
pub(crate) fn ask(
    address: SocketAddr,
    tls: Option<&Tls>,
    authority: &str,
    service: &str,
    within: Duration,
) -> Result<DescriptorPool> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .map_err(|error| Problem::Unreachable(format!("cannot ask by reflection: {error}")))?;
    runtime.block_on(async {
        let asked = tokio::time::timeout(within, connected(address, tls, authority, service)).await;
        asked.unwrap_or_else(|_| {
            Err(Problem::Unreachable(format!(
                "{authority}: no reflection within {} s",
                within.as_secs()
            )))
        })
    })
}

async fn connected(
    address: SocketAddr,
    tls: Option<&Tls>,
    authority: &str,
    service: &str,
) -> Result<DescriptorPool> {
    let unreachable = |error: std::io::Error| Problem::Unreachable(format!("{authority}: {error}"));
    let stream = TcpStream::connect(address).await.map_err(unreachable)?;
    match tls {
        None => pool(stream, "http", authority, service).await,
        Some(tls) => {
            let connector = TlsConnector::from(Arc::clone(&tls.config));
            let stream = connector
                .connect(tls.name.clone(), stream)
                .await
                .map_err(unreachable)?;
            pool(stream, "https", authority, service).await
        }
    }
}

async fn pool<S>(stream: S, scheme: &str, authority: &str, service: &str) -> Result<DescriptorPool>
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    let unreachable =
        |error: &dyn std::fmt::Display| Problem::Unreachable(format!("{authority}: {error}"));
    let (sender, connection) = h2::client::handshake(stream)
        .await
        .map_err(|error| unreachable(&error))?;
    let asking = async {
        let mut last = None;
        for reflection in SERVICES {
            let mut asker = Asker {
                sender: sender.clone(),
                scheme,
                authority,
                reflection,
            };
            match asker.everything(service).await {
                Ok(pool) => return Ok(pool),
                Err(error) => last = last.or(Some(error)),
            }
        }
        let why = last.unwrap_or_default();
        Err(Problem::Input(format!(
            "{authority} does not tell the types of {service} by reflection ({why}); \
             give --proto or --descriptor-set"
        )))
    };
    // The connection drives itself until the questions are answered.
    tokio::select! {
        biased;
        asked = asking => asked,
        ended = connection => Err(unreachable(&ended.err().map_or("it hung up".to_owned(), |error| error.to_string()))),
    }
}

struct Asker<'a> {
    sender: h2::client::SendRequest<Bytes>,
    scheme: &'a str,
    authority: &'a str,
    reflection: &'a str,
}

impl Asker<'_> {
    async fn everything(&mut self, service: &str) -> std::result::Result<DescriptorPool, String> {
        let mut files: Vec<FileDescriptorProto> = Vec::new();
        let mut known: HashSet<String> = HashSet::new();
        let mut questions = vec![Ask {
            file_by_filename: None,
            file_containing_symbol: Some(service.to_owned()),
        }];
        while let Some(question) = questions.pop() {
            if question
                .file_by_filename
                .as_ref()
                .is_some_and(|name| known.contains(name))
            {
                continue;
            }
            for bytes in self.ask(&question).await? {
                let file = FileDescriptorProto::decode(bytes.as_slice())
                    .map_err(|error| error.to_string())?;
                if known.insert(file.name().to_owned()) {
                    questions.extend(file.dependency.iter().map(|name| Ask {
                        file_by_filename: Some(name.clone()),
                        file_containing_symbol: None,
                    }));
                    files.push(file);
                }
            }
        }
        let mut pool = DescriptorPool::new();
        pool.add_file_descriptor_protos(files)
            .map_err(|error| error.to_string())?;
        Ok(pool)
    }

    async fn ask(&mut self, question: &Ask) -> std::result::Result<Vec<Vec<u8>>, String> {
        let said = |error: h2::Error| error.to_string();
        let request = Request::post(format!(
            "{}://{}/{}/ServerReflectionInfo",
            self.scheme, self.authority, self.reflection
        ))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .body(())
        .map_err(|error| error.to_string())?;
        self.sender = self.sender.clone().ready().await.map_err(said)?;
        let (response, mut body) = self.sender.send_request(request, false).map_err(said)?;
        let message = question.encode_to_vec();
        let mut frame = vec![0];
        frame.extend_from_slice(
            &u32::try_from(message.len())
                .unwrap_or(u32::MAX)
                .to_be_bytes(),
        );
        frame.extend_from_slice(&message);
        body.send_data(frame.into(), true).map_err(said)?;
        let mut response = response.await.map_err(said)?.into_body();
        let mut bytes = Vec::new();
        while let Some(piece) = response.data().await {
            let piece = piece.map_err(said)?;
            response
                .flow_control()
                .release_capacity(piece.len())
                .map_err(said)?;
            bytes.extend_from_slice(&piece);
        }
        let Some(message) = bytes.get(PREFIX..) else {
            return Err("it has no reflection".to_owned());
        };
        let answer = Answer::decode(message).map_err(|error| error.to_string())?;
        match (answer.files, answer.error) {
            (Some(files), _) => Ok(files.files),
            (None, Some(refusal)) => Err(refusal.message),
            (None, None) => Err("an answer of another kind".to_owned()),
        }
    }
}
