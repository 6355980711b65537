//! A K-means model of linfa, served over gRPC with tonic.
//!
//! [`options`] reads the command line, [`model`] the model, [`service`] answers calls,
//! [`bind`] takes the port, [`serve`] runs it all until a signal comes.

pub mod bind;
pub mod log;
pub mod model;
pub mod options;
pub mod serve;
pub mod service;
pub mod testdata;
pub mod tool;

/// What `protos/centroids.proto` describes, generated when this is built.
pub mod proto {
    #![allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
    tonic::include_proto!("ml");

    /// The contract itself, encoded, for server reflection.
    pub const FILE_DESCRIPTOR_SET: &[u8] =
        include_bytes!(concat!(env!("OUT_DIR"), "/centroids.bin"));
}

/// The packages that a measurement depends on, with the versions they were built at.
pub const VERSIONS: [(&str, &str); 11] = include!(concat!(env!("OUT_DIR"), "/versions.rs"));
