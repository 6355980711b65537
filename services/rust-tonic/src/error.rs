//! Why a server did not serve.

use std::io;

use crate::bind::BindError;
use crate::model::ModelError;
use crate::options::OptionsError;

/// Why a server did not serve.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// A mistake in options or environment.
    #[error(transparent)]
    Options(#[from] OptionsError),
    /// A model that cannot be served.
    #[error(transparent)]
    Model(#[from] ModelError),
    /// A port that cannot be taken.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The model did not predict a cluster for one of its own centroids.
    #[error("the model gives no cluster for its own first centroid")]
    Mute,
    /// The system gave no thread, socket or signal.
    #[error("cannot run: {0}")]
    System(#[from] io::Error),
    /// rayon gave no pool.
    #[error("cannot run: {0}")]
    Pool(#[from] rayon::ThreadPoolBuildError),
    /// The contract or its reflection is broken.
    #[error("cannot offer reflection: {0}")]
    Reflection(#[from] tonic_reflection::server::Error),
    /// tonic stopped.
    #[error("stopped serving: {0}")]
    Transport(#[from] tonic::transport::Error),
}

impl ServeError {
    /// Return the exit code: 2 for what the user can set right, 1 for the rest.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Options(_) | Self::Model(_) | Self::Bind(_) => 2,
            _ => 1,
        }
    }
}
