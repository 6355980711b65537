"""Reads bench.toml, compose.yaml, claims.toml and data/ into the model; each mistake is named."""
