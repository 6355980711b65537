//! Compiles the contract, without protoc, and notes the versions that the lock file fixes.

use std::error::Error;
use std::fmt::Write;
use std::path::{Path, PathBuf};
use std::{env, fs};

use prost::Message;

const PROTOS: &str = "../../protos";
const LOCK: &str = "../Cargo.lock";
/// The packages that a measurement depends on.
const NOTED: [&str; 10] = [
    "h2",
    "hyper",
    "linfa",
    "linfa-clustering",
    "mimalloc",
    "ndarray",
    "prost",
    "rayon",
    "tokio",
    "tonic",
];

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    let contract = Path::new(PROTOS).join("centroids.proto");
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={}", contract.display());
    println!("cargo::rerun-if-changed={LOCK}");

    let descriptors = protox::compile([&contract], [PROTOS])?;
    fs::write(out.join("centroids.bin"), descriptors.encode_to_vec())?;
    tonic_prost_build::configure()
        .codec_path("crate::codec::SmallBuffers")
        .compile_fds(descriptors)?;

    fs::write(
        out.join("versions.rs"),
        versions(&fs::read_to_string(LOCK)?)?,
    )?;
    Ok(())
}

/// A Rust expression: an array of (package, version), as `Cargo.lock` has them.
fn versions(lock: &str) -> Result<String, Box<dyn Error>> {
    let mut rows = String::from("[");
    for package in NOTED {
        let version = locked(lock, package).ok_or(format!("{LOCK} has no package {package}"))?;
        write!(rows, "(\"{package}\", \"{version}\"), ")?;
    }
    let compiler = std::process::Command::new(env::var("RUSTC")?)
        .arg("--version")
        .output()?;
    let compiler = String::from_utf8(compiler.stdout)?;
    let compiler = compiler
        .split_whitespace()
        .nth(1)
        .ok_or("rustc told no version")?;
    Ok(rows + &format!("(\"rustc\", \"{compiler}\")]"))
}

fn locked<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let entry = lock.split("[[package]]").find(|entry| {
        entry
            .lines()
            .any(|line| line == format!("name = \"{package}\""))
    })?;
    entry
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
}
