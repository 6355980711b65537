//! Notes what this is built with: the compiler, and the locked version of each package.

use std::error::Error;
use std::path::PathBuf;
use std::process::Command;
use std::{env, fs};

const LOCK: &str = "../Cargo.lock";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=build.rs");
    println!("cargo::rerun-if-changed={LOCK}");
    let lock = fs::read_to_string(LOCK).map_err(|error| format!("{LOCK}: {error}"))?;
    let out = PathBuf::from(env::var("OUT_DIR")?).join("locked.rs");
    fs::write(out, format!("{:?}", locked(&lock)))?;

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
