//! The generated code is that of the contract.
//!
//! After a change of `protos/centroids.proto`, or of the packages that generate:
//! `GENERATE=1 cargo test --package rust-tonic --test contract`.
#![allow(clippy::unwrap_used)]

use std::path::{Path, PathBuf};
use std::{env, fs};

use prost::Message;

const PROTOS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../protos");
const GENERATED: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/generated");
const FILES: [&str; 2] = ["ml.rs", "centroids.bin"];

/// Generate the code and the encoded contract into a folder, without protoc.
fn generate(folder: &Path) {
    fs::create_dir_all(folder).unwrap();
    let contract = Path::new(PROTOS).join("centroids.proto");
    let descriptors = protox::compile([contract], [PROTOS]).unwrap();
    fs::write(folder.join("centroids.bin"), descriptors.encode_to_vec()).unwrap();
    tonic_prost_build::configure()
        .codec_path("crate::codec::SmallBuffers")
        .out_dir(folder)
        .emit_rerun_if_changed(false)
        .compile_fds(descriptors)
        .unwrap();
}

#[test]
fn the_generated_code_is_that_of_the_contract() {
    if env::var_os("GENERATE").is_some() {
        generate(Path::new(GENERATED));
    }
    let fresh = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join("generated");
    generate(&fresh);
    for file in FILES {
        assert!(
            fs::read(fresh.join(file)).unwrap()
                == fs::read(Path::new(GENERATED).join(file)).unwrap(),
            "{file} is not that of the contract: \
             GENERATE=1 cargo test --package rust-tonic --test contract writes it again"
        );
    }
}
