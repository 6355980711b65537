//! A server that tells its types by reflection over TLS: tonic's, with certificates made here.

#![allow(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "JSON that lacks a key, or a server that cannot start, fails the test"
)]

use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::thread;

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use serde_json::Value;
use tokio::net::TcpListener;
use tonic::transport::server::TcpIncoming;
use tonic::transport::{Identity, Server, ServerTlsConfig};

/// The name that the server's certificate bears.
const NAME: &str = "server.test";
const METHOD: &str = "grpc.health.v1.Health/Check";

/// The authorities' certificates, and the server's.
struct Certificates {
    authority: String,
    stranger: String,
    identity: Identity,
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

fn certificates() -> Certificates {
    let (authority, stranger) = (authority(), authority());
    let key = KeyPair::generate().unwrap();
    let params = CertificateParams::new([NAME.to_owned()]).unwrap();
    let own = params.signed_by(&key, &authority).unwrap();
    Certificates {
        authority: authority.pem(),
        stranger: stranger.pem(),
        identity: Identity::from_pem(own.pem(), key.serialize_pem()),
    }
}

/// Serve gRPC's health service, and reflection of it, over TLS until the tests end.
fn serve(identity: Identity) -> SocketAddr {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    listener.set_nonblocking(true).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        runtime.block_on(async move {
            let reflection = tonic_reflection::server::Builder::configure()
                .register_encoded_file_descriptor_set(tonic_health::pb::FILE_DESCRIPTOR_SET)
                .build_v1()
                .unwrap();
            let (_, health) = tonic_health::server::health_reporter();
            Server::builder()
                .tls_config(ServerTlsConfig::new().identity(identity))
                .unwrap()
                .add_service(reflection)
                .add_service(health)
                .serve_with_incoming(TcpIncoming::from(TcpListener::from_std(listener).unwrap()))
                .await
                .unwrap();
        });
    });
    address
}

/// A folder that is gone at the end of the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let folder = format!("grpc-load-{name}-{}", std::process::id());
        let path = std::env::temp_dir().join(folder);
        fs::create_dir_all(&path).unwrap();
        Self(path)
    }

    fn write(&self, name: &str, text: &str) -> PathBuf {
        let path = self.0.join(name);
        fs::write(&path, text).unwrap();
        path
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

fn program(address: SocketAddr, trusted: &Path, name: &str) -> Output {
    Command::new(env!("CARGO_BIN_EXE_grpc-load"))
        .args([
            "--concurrency",
            "8",
            "--duration",
            "300ms",
            "--quiet",
            "--output",
            "-",
        ])
        .args(["--authority", name, "--cacert"])
        .arg(trusted)
        .args([&address.to_string(), METHOD])
        .output()
        .unwrap()
}

#[test]
fn types_are_asked_by_reflection_over_tls_where_the_authority_is_trusted_and_the_name_is_right() {
    let made = certificates();
    let folder = Folder::new("reflection");
    let trusted = folder.write("authority.pem", &made.authority);
    let stranger = folder.write("stranger.pem", &made.stranger);
    let address = serve(made.identity);

    let done = program(address, &trusted, NAME);
    let said = String::from_utf8_lossy(&done.stderr).into_owned();
    assert_eq!(done.status.code(), Some(0), "{said}");
    let result: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(result["asked"]["tls"], true);
    assert!(result["all"]["ok"].as_u64() >= Some(8), "{result}");
    assert_eq!(result["all"]["ok"], result["all"]["scheduled"]);

    for (certificate, name) in [(&stranger, NAME), (&trusted, "another.test")] {
        let done = program(address, certificate, name);
        let said = String::from_utf8_lossy(&done.stderr).into_owned();
        assert_eq!(done.status.code(), Some(1), "{said}");
        assert!(said.contains("certificate"), "{said}");
        assert!(done.stdout.is_empty());
    }
}
