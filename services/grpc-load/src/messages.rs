//! The method, its request bodies as they go over the wire, and the responses that are expected.

use std::fs;
use std::path::{Path, PathBuf};

use bytes::{BufMut, Bytes, BytesMut};
use prost::Message;
use prost_reflect::{DescriptorPool, DynamicMessage, MessageDescriptor, MethodDescriptor};
use serde_json::Value;

use crate::problem::{Problem, Result};

/// The length of the prefix of a gRPC message: a flag, and the message's length.
pub(crate) const PREFIX: usize = 5;

/// Find a unary method, `package.Service/Method`, among descriptors.
///
/// # Errors
///
/// Names what is there where the service or the method is not, or where it streams.
pub(crate) fn find_method(pool: &DescriptorPool, name: &str) -> Result<MethodDescriptor> {
    let (service_name, method_name) = split_method(name)?;
    let service = pool.get_service_by_name(service_name).ok_or_else(|| {
        let there: Vec<String> = pool.services().map(|s| s.full_name().to_owned()).collect();
        Problem::Input(format!(
            "no service {service_name:?}; there: {}",
            listed(&there)
        ))
    })?;
    let method = service
        .methods()
        .find(|method| method.name() == method_name)
        .ok_or_else(|| {
            let there: Vec<String> = service.methods().map(|m| m.name().to_owned()).collect();
            Problem::Input(format!(
                "{service_name} has no method {method_name:?}; it has {}",
                listed(&there)
            ))
        })?;
    if method.is_client_streaming() || method.is_server_streaming() {
        return Err(Problem::Input(format!(
            "{name} streams: only unary methods can be loaded"
        )));
    }
    Ok(method)
}

/// Split `package.Service/Method`, which may begin with a slash as in a URL.
///
/// # Errors
///
/// Says how a method is written.
pub(crate) fn split_method(name: &str) -> Result<(&str, &str)> {
    let plain = name.strip_prefix('/').unwrap_or(name);
    plain
        .split_once('/')
        .or_else(|| plain.rsplit_once('.'))
        .filter(|(service, method)| !service.is_empty() && !method.is_empty())
        .ok_or_else(|| {
            Problem::Input(format!(
                "{name:?} is no method; write it as package.Service/Method"
            ))
        })
}

fn listed(names: &[String]) -> String {
    if names.is_empty() {
        "none".to_owned()
    } else {
        names.join(", ")
    }
}

/// Compile `.proto` files to descriptors.
///
/// # Errors
///
/// Says what the compiler says.
pub(crate) fn compile(files: &[PathBuf], includes: &[PathBuf]) -> Result<DescriptorPool> {
    let mut places: Vec<PathBuf> = includes.to_vec();
    if places.is_empty() {
        places.extend(files.iter().filter_map(|file| file.parent()).map(|place| {
            if place.as_os_str().is_empty() {
                PathBuf::from(".")
            } else {
                place.to_owned()
            }
        }));
    }
    let mut compiler =
        protox::Compiler::new(&places).map_err(|error| Problem::Input(format!("{error}")))?;
    compiler.include_imports(true);
    for file in files {
        compiler
            .open_file(file)
            .map_err(|error| Problem::Input(format!("{}: {error}", file.display())))?;
    }
    Ok(compiler.descriptor_pool())
}

/// Read a file that `protoc --include_imports --descriptor_set_out` wrote.
///
/// # Errors
///
/// Names the file that cannot be read or is no descriptor set.
pub(crate) fn descriptor_set(file: &Path) -> Result<DescriptorPool> {
    let bytes =
        fs::read(file).map_err(|error| Problem::Input(format!("{}: {error}", file.display())))?;
    DescriptorPool::decode(bytes.as_slice())
        .map_err(|error| Problem::Input(format!("{}: no descriptor set: {error}", file.display())))
}

/// Read messages from a JSON file: an array of them, or one.
///
/// # Errors
///
/// Names the file, and the message in it that does not fit.
pub(crate) fn read_messages(file: &Path, kind: &MessageDescriptor) -> Result<Vec<DynamicMessage>> {
    let text = fs::read_to_string(file)
        .map_err(|error| Problem::Input(format!("{}: {error}", file.display())))?;
    messages(&text, kind).map_err(|error| Problem::Input(format!("{}: {error}", file.display())))
}

/// Read messages from JSON text: an array of them, or one.
///
/// # Errors
///
/// Says which message does not fit, and why.
pub(crate) fn messages(
    text: &str,
    kind: &MessageDescriptor,
) -> std::result::Result<Vec<DynamicMessage>, String> {
    let value: Value = serde_json::from_str(text).map_err(|error| format!("not JSON: {error}"))?;
    let values = match value {
        Value::Array(values) => values,
        one => vec![one],
    };
    if values.is_empty() {
        return Err("the array holds no message".to_owned());
    }
    values
        .into_iter()
        .enumerate()
        .map(|(index, value)| {
            DynamicMessage::deserialize(kind.clone(), value)
                .map_err(|error| format!("message {index} is no {}: {error}", kind.full_name()))
        })
        .collect()
}

/// Return a message as it goes over the wire: prefixed with its length, not compressed.
pub(crate) fn framed(message: &DynamicMessage) -> Bytes {
    let body = message.encode_to_vec();
    let mut frame = BytesMut::with_capacity(PREFIX + body.len());
    frame.put_u8(0);
    frame.put_u32(u32::try_from(body.len()).unwrap_or(u32::MAX));
    frame.extend_from_slice(&body);
    lasting(frame.freeze())
}

/// Return the same bytes for as long as the program runs: each request that shares them then counts
/// no references.
pub(crate) fn lasting(bytes: impl Into<Vec<u8>>) -> Bytes {
    Bytes::from_static(Vec::leak(bytes.into()))
}

/// The responses that are right, one for each request body, and how to compare with them.
#[derive(Debug, Clone)]
pub(crate) struct Expected {
    kind: MessageDescriptor,
    messages: Vec<DynamicMessage>,
    encoded: Vec<Bytes>,
}

impl Expected {
    /// Take the right responses, in the order of the requests.
    pub(crate) fn new(kind: MessageDescriptor, messages: Vec<DynamicMessage>) -> Self {
        let encoded = messages
            .iter()
            .map(|message| message.encode_to_vec().into())
            .collect();
        Self {
            kind,
            messages,
            encoded,
        }
    }

    /// Return whether `body`, without its prefix, is the right response to request `index`.
    ///
    /// The same message may be encoded in several ways, so bytes that differ are decoded.
    pub(crate) fn fits(&self, index: usize, body: &[u8]) -> bool {
        if self.encoded.get(index).is_some_and(|right| right == body) {
            return true;
        }
        let decoded = DynamicMessage::decode(self.kind.clone(), body);
        decoded.is_ok_and(|message| self.messages.get(index) == Some(&message))
    }
}
