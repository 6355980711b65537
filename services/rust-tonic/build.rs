//! Compiles the contract, without protoc, and notes what this is built with: the compiler, and the
//! locked version of each package.

use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::{env, fs};

use prost::Message;

const PROTOS: &str = "../../protos";
const LOCK: &str = "../Cargo.lock";

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let contract = Path::new(PROTOS).join("centroids.proto");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={LOCK}");
    println!("cargo::rerun-if-changed={}", contract.display());

    let descriptors = protox::compile([&contract], [PROTOS])?;
    fs::write(out.join("centroids.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure()
        .codec_path("crate::codec::SmallBuffers")
        .compile_fds(descriptors)?;

    let lock = fs::read_to_string(LOCK).map_err(|error| format!("{LOCK}: {error}"))?;
    fs::write(out.join("locked.rs"), format!("{:?}", locked(&lock)))?;
    let compiler = Command::new(env::var("RUSTC")?).arg("--version").output()?;
    let said = String::from_utf8(compiler.stdout)?;
    println!("cargo::rustc-env=RUSTC_VERSION={}", said.trim());
    Ok(())
}

/// Return the name and version of each package, which are lines of their own in the lock file.
fn locked(lock: &str) -> Vec<(&str, &str)> {
    let fields = |name: &'static str| {
        lock.lines()
            .filter_map(move |line| line.strip_prefix(name)?.strip_suffix('"'))
    };
    fields("name = \"").zip(fields("version = \"")).collect()
}
