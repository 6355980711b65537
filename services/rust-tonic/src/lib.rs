//! A K-means model of linfa, served over gRPC with tonic.
//!
//! [`options`] reads the command line, [`model`] the model, [`service`] answers the calls that
//! [`dispatch`] takes to it, [`bind`] takes the port, a [`worker`] runs on a core or several,
//! [`serve`] runs it all until a signal comes.

pub mod bind;
pub mod codec;
pub mod counts;
pub mod dispatch;
pub mod log;
pub mod model;
pub mod options;
pub mod serve;
pub mod service;
pub mod testdata;
pub mod tool;
pub mod worker;

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
