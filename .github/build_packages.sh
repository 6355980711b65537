#!/bin/sh
# Builds the Python packages as wheels and as source, and checks what PyPI would refuse:
#   .github/build_packages.sh FOLDER
# Each package is left in a folder of its own of FOLDER. PyPI is asked for what is locked alone.
set -eu
unset CDPATH

out=$(mkdir -p "$1" && cd "$1" && pwd)
cd "$(dirname "$0")/.."
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

python3 -m venv "$scratch/build"
"$scratch/build/bin/pip" install --quiet --disable-pip-version-check --require-hashes \
    --requirement orchestrator/requirements-uv.txt \
    --requirement orchestrator/requirements-release.txt \
    --requirement protos/requirements-build.txt
export UV_PYTHON="$scratch/build/bin/python" UV_PYTHON_DOWNLOADS=never

for package in protos orchestrator; do
    "$scratch/build/bin/uv" build --quiet --no-build-isolation --out-dir "$out/$package" "$package"
    rm -f "$out/$package/.gitignore"
    "$scratch/build/bin/twine" check "$out/$package"/*
done

# What the wheels hold starts without this repository.
python3 -m venv "$scratch/installed"
"$scratch/installed/bin/pip" install --quiet --disable-pip-version-check --no-deps "$out"/*/*.whl
cd "$scratch"
"$scratch/installed/bin/clusterbench" --version
