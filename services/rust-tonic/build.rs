//! Compiles the contract, without protoc, and notes what this was built with.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::{env, fs};

use prost::Message;

const PROTOS: &str = "../../protos";

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let contract = Path::new(PROTOS).join("centroids.proto");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed=../Cargo.lock");
    println!("cargo::rerun-if-changed={}", contract.display());

    let descriptors = protox::compile([&contract], [PROTOS])?;
    fs::write(out.join("centroids.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure()
        .codec_path("crate::codec::SmallBuffers")
        .compile_fds(descriptors)?;
    Ok(built::write_built_file()?)
}
