//! What a load needs before it begins: the server's address and trust, the method, the requests.

use std::net::{SocketAddr, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;

use http::HeaderValue;
use prost_reflect::{DescriptorPool, DynamicMessage, MethodDescriptor};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};

use crate::connection::Work;
use crate::link::Tls;
use crate::messages::{self, Expected};
use crate::options::Options;
use crate::problem::{Problem, Result};
use crate::reflection;

/// What a request says of who sends it.
const USER_AGENT: &str = concat!("grpc-load/", env!("CARGO_PKG_VERSION"));

/// A server, as it is reached.
pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) tls: Option<Tls>,
    authority: String,
}

impl Server {
    /// Look up where a target is, `HOST:PORT`, and prepare what TLS takes.
    ///
    /// # Errors
    ///
    /// Says what is wrong with the target, its name or its certificates.
    pub(crate) fn of(options: &Options, target: &str) -> Result<Self> {
        let wrong = |why: String| Problem::Input(format!("{target}: {why}"));
        let host = target
            .rsplit_once(':')
            .map(|(host, _)| host.trim_start_matches('[').trim_end_matches(']'))
            .filter(|host| !host.is_empty())
            .ok_or_else(|| wrong("write the target as HOST:PORT".to_owned()))?;
        let address = target
            .to_socket_addrs()
            .map_err(|error| wrong(error.to_string()))?
            .next()
            .ok_or_else(|| wrong("this name has no address".to_owned()))?;
        let authority = options
            .authority
            .clone()
            .unwrap_or_else(|| target.to_owned());
        let tls = if options.tls || options.cacert.is_some() {
            let name = options.authority.as_deref().unwrap_or(host);
            let name = name
                .rsplit_once(':')
                .map_or(name, |(name, _)| name)
                .to_owned();
            let name = ServerName::try_from(name).map_err(|error| wrong(error.to_string()))?;
            Some(Tls {
                config: Arc::new(trust(options.cacert.as_deref())?),
                name,
            })
        } else {
            None
        };
        Ok(Self {
            address,
            tls,
            authority,
        })
    }
}

fn trust(cacert: Option<&Path>) -> Result<rustls::ClientConfig> {
    let mut roots = rustls::RootCertStore::empty();
    if let Some(file) = cacert {
        let wrong =
            |error: &dyn std::fmt::Display| Problem::Input(format!("{}: {error}", file.display()));
        let certificates: std::result::Result<Vec<_>, _> = CertificateDer::pem_file_iter(file)
            .map_err(|error| wrong(&error))?
            .collect();
        for certificate in certificates.map_err(|error| wrong(&error))? {
            roots.add(certificate).map_err(|error| wrong(&error))?;
        }
    } else {
        roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    }
    if roots.is_empty() {
        return Err(Problem::Input(
            "TLS: no certificate to trust was found; give --cacert".to_owned(),
        ));
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| Problem::Input(format!("TLS: {error}")))?
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Ok(config)
}

/// Find the method: by the files that the options name, else by reflection.
///
/// # Errors
///
/// Says what is wrong with the files, or what the server does not tell.
pub(crate) fn find(options: &Options, server: &Server) -> Result<MethodDescriptor> {
    let pool: DescriptorPool = if !options.proto.is_empty() {
        messages::compile(&options.proto, &options.include)?
    } else if let Some(file) = &options.descriptor_set {
        messages::descriptor_set(file)?
    } else {
        let (service, _) = messages::split_method(&options.method)?;
        let within = options.connect_timeout;
        reflection::ask(
            server.address,
            server.tls.as_ref(),
            &server.authority,
            service,
            within,
        )?
    };
    messages::find_method(&pool, &options.method)
}

/// Return what is sent to a server: each request as it goes over the wire, and the right responses.
///
/// # Errors
///
/// Names the file, and the message or header in it that does not fit.
pub(crate) fn work(options: &Options, server: &Server, method: &MethodDescriptor) -> Result<Work> {
    let requests = match &options.data {
        Some(file) => messages::read_messages(file, &method.input())?,
        None => vec![DynamicMessage::new(method.input())],
    };
    let expected = match &options.expect {
        None => None,
        Some(file) => {
            let right = messages::read_messages(file, &method.output())?;
            if right.len() != requests.len() {
                return Err(Problem::Input(format!(
                    "{}: {} responses for {} requests; give one for each",
                    file.display(),
                    right.len(),
                    requests.len()
                )));
            }
            Some(Expected::new(method.output(), right))
        }
    };
    Ok(Work {
        request: head(options, server, method)?,
        bodies: requests.iter().map(messages::framed).collect(),
        expected,
        longest: options.longest_response,
    })
}

fn head(
    options: &Options,
    server: &Server,
    method: &MethodDescriptor,
) -> Result<http::Request<()>> {
    let scheme = if server.tls.is_some() {
        "https"
    } else {
        "http"
    };
    let service = method.parent_service().full_name().to_owned();
    let uri = format!(
        "{scheme}://{}/{service}/{}",
        server.authority,
        method.name()
    );
    let problem =
        |error: &dyn std::fmt::Display| Problem::Input(format!("the request's head: {error}"));
    // Each request has a copy of the head, which is cheapest of bytes that last.
    let uri = http::Uri::from_maybe_shared(messages::lasting(uri)).map_err(|e| problem(&e))?;
    let mut head = http::Request::post(uri)
        .header("te", HeaderValue::from_static("trailers"))
        .header("content-type", HeaderValue::from_static("application/grpc"))
        .header("user-agent", HeaderValue::from_static(USER_AGENT));
    if let Some(deadline) = options.deadline {
        // At most eight digits and a unit.
        let micros = deadline.as_micros();
        let value = if micros < 100_000_000 {
            format!("{micros}u")
        } else {
            format!("{}m", deadline.as_millis())
        };
        head = head.header(
            "grpc-timeout",
            lasting_value(value).map_err(|e| problem(&e))?,
        );
    }
    for header in &options.header {
        let (name, value) = header.split_once(':').ok_or_else(|| {
            Problem::Input(format!("--header {header:?}: write it as NAME: VALUE"))
        })?;
        let value = lasting_value(value.trim().to_owned()).map_err(|e| problem(&e))?;
        head = head.header(name.trim(), value);
    }
    head.body(()).map_err(|error| problem(&error))
}

fn lasting_value(
    text: String,
) -> std::result::Result<HeaderValue, http::header::InvalidHeaderValue> {
    HeaderValue::from_maybe_shared(messages::lasting(text))
}
