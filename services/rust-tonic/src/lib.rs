//! A K-means model of linfa, served over gRPC with tonic.
//!
//! [`options`] reads the command line and [`model`] the model. [`bind`] opens the port.
//! [`dispatch`] takes requests to the [`service`]. A [`worker`] runs on one core or several.
//! [`serve`] runs them all until a signal comes.

pub mod bind;
pub mod codec;
pub mod counts;
pub mod dispatch;
pub mod error;
pub mod log;
pub mod model;
pub mod options;
pub mod serve;
pub mod service;
pub mod stop;
pub mod testdata;
pub mod tool;
pub mod versions;
pub mod worker;

/// The code generated from `protos/centroids.proto`.
pub mod proto {
    #![allow(missing_docs, unreachable_pub, clippy::all, clippy::pedantic)]
    tonic::include_proto!("ml");

    /// The encoded contract, for server reflection.
    pub const FILE_DESCRIPTOR_SET: &[u8] =
        include_bytes!(concat!(env!("OUT_DIR"), "/centroids.bin"));
}
