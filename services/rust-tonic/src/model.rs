//! Reads the model to serve.

use std::path::{Path, PathBuf};

use kmeans_model::{Fault, Model, ModelFile};

/// A model that cannot be served.
#[derive(Debug, thiserror::Error)]
#[error("model {}: {what}; name another with --model or SERVER_MODEL, or make one with train_model", path.display())]
pub struct ModelError {
    path: PathBuf,
    what: String,
}

/// Read a model file.
///
/// # Errors
/// Where it is missing, or is not a model that can be served.
pub fn read(path: &Path) -> Result<Model, ModelError> {
    let refuse = |what| ModelError {
        path: path.to_owned(),
        what,
    };
    let text = std::fs::read(path).map_err(|e| refuse(format!("cannot be read ({e})")))?;
    ModelFile::parse(&text).map_err(|fault: Fault| refuse(fault.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_missing_model_is_named_with_what_to_do() {
        let told = read(Path::new("/nowhere/model.json"))
            .unwrap_err()
            .to_string();
        assert!(
            told.starts_with("model /nowhere/model.json: cannot be read ("),
            "{told}"
        );
        assert!(told.contains("--model"), "{told}");
    }

    #[test]
    fn a_broken_model_is_named_with_its_fault() {
        let told = read(Path::new("Cargo.toml")).unwrap_err().to_string();
        assert!(
            told.starts_with("model Cargo.toml: is not a model ("),
            "{told}"
        );
    }
}
