//! Compiles the contracts, and notes the versions that the lock file fixes. The crate `built`, which
//! does that for the server of today, would move crates of 2019 in the lock file.

use std::error::Error;
use std::path::PathBuf;
use std::{env, fs};

/// The packages that a measurement depends on.
const NOTED: [&str; 8] = [
    "h2",
    "hyper",
    "linfa",
    "linfa-clustering",
    "ndarray",
    "prost",
    "tokio",
    "tonic",
];
/// What the generated service decodes with, and how often it is named.
const CODEC: (&str, usize) = ("tonic :: codec :: ProstCodec :: default ()", 2);
/// What it is to decode with: the same, with a bound on the size of a message.
const BOUNDED: &str = "crate::codec::BoundedCodec::default()";

fn main() -> Result<(), Box<dyn Error>> {
    let out = PathBuf::from(env::var("OUT_DIR")?);
    for (contract, folder) in [
        ("../../protos/centroids.proto", "../../protos"),
        ("proto/health.proto", "proto"),
    ] {
        println!("cargo:rerun-if-changed={contract}");
        tonic_build::configure()
            .build_client(false)
            .format(false)
            .compile(&[contract], &[folder])?;
    }
    println!("cargo:rerun-if-changed=build.rs");
    println!("cargo:rerun-if-changed=Cargo.lock");

    // tonic 0.1 has no bound on the size of a message, and no way to give its codec.
    let service = out.join("ml.rs");
    let generated = fs::read_to_string(&service)?;
    if generated.matches(CODEC.0).count() != CODEC.1 {
        return Err("the generated service does not decode as it is known to".into());
    }
    fs::write(&service, generated.replace(CODEC.0, BOUNDED))?;

    fs::write(
        out.join("versions.rs"),
        versions(&fs::read_to_string("Cargo.lock")?)?,
    )?;
    Ok(())
}

/// Return a Rust expression: an array of (package, version), as in `Cargo.lock`.
fn versions(lock: &str) -> Result<String, Box<dyn Error>> {
    let mut rows = Vec::new();
    for package in &NOTED {
        let version = locked(lock, package).ok_or(format!("Cargo.lock has no {package}"))?;
        rows.push(format!("({package:?}, {version:?})"));
    }
    let compiler = std::process::Command::new(env::var("RUSTC")?)
        .arg("--version")
        .output()?;
    let compiler = String::from_utf8(compiler.stdout)?;
    let compiler = compiler
        .split_whitespace()
        .nth(1)
        .ok_or("rustc told no version")?;
    rows.push(format!("(\"rustc\", {compiler:?})"));
    Ok(format!("[{}]", rows.join(", ")))
}

fn locked<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let name = format!("name = {package:?}");
    let entry = lock
        .split("[[package]]")
        .find(|entry| entry.lines().any(|line| line == name))?;
    entry
        .lines()
        .find_map(|line| line.strip_prefix("version = \"")?.strip_suffix('"'))
}
