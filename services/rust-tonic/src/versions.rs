//! The versions of what a measurement depends on.

use std::collections::BTreeMap;

/// Every package of the lock file and its version: see build.rs.
const LOCKED: &[(&str, &str)] = &include!(concat!(env!("OUT_DIR"), "/locked.rs"));

const PACKAGES: [&str; 10] = [
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

/// Return the versions that this was built with, by package, and that of `rustc`.
#[must_use]
pub fn versions() -> BTreeMap<&'static str, &'static str> {
    let compiler = env!("RUSTC_VERSION").split_whitespace().nth(1);
    LOCKED
        .iter()
        .copied()
        .filter(|(package, _)| PACKAGES.contains(package))
        .chain(compiler.map(|version| ("rustc", version)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_package_and_the_compiler_have_a_version() {
        let versions = versions();
        for name in PACKAGES.into_iter().chain(["rustc"]) {
            let version = versions.get(name);
            assert!(
                version.is_some_and(|v| v.starts_with(char::is_numeric)),
                "{name}: {version:?}"
            );
        }
    }
}
