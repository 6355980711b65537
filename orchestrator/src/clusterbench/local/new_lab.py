"""Writes a lab into a folder of its own: one that runs published images, without a checkout."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import clusterbench
from clusterbench.config.images_only import images_only
from clusterbench.errors import ConfigError, HostError, StoreError
from clusterbench.own_files import reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

FILES = ("compose.yaml", "bench.toml", "claims.toml", "data", "protos/centroids.proto", "LICENSE")
"""What the package holds of the repository's files; its build hook has the same list."""

_RESULTS = "results"
#: The first line of bench.toml, which names a file of the repository.
_SCHEMA = "#:schema "

_HEAD = """\
# A lab of clusterbench {version} that runs published images; `clusterbench init` wrote this file.
#
#   docker compose up orchestrator            pulls all, runs the profile `standard`
#   docker compose run --rm ghz-runner        one server, the published sweep, a table
#
# (`docker compose up` without a name would start every server at once: name one.)
#
# Images come from {registry} with the tag {tag}. The environment's LAB_REGISTRY and
# LAB_TAG name others, and LAB_PULL_POLICY=always looks for newer ones.
#
# The orchestrator and the command `clusterbench` read this file too, and start servers and
# generators from the same entries. `x-lab` says what an entry is for:
#   role     server, generator (its image has the load generators), trainer, orchestrator,
#            or image (it is only pulled)
#   of       of an image: the service whose image it is
#   optional of an image: a run goes without the service where the image is not there
#   edition  the year of a server's or trainer's dependencies, where it is not the current one
#   machines the only ones it runs on, where it does not run on any"""

_README = """\
# A lab of clusterbench {version}

Should this model be served from Python or from Rust, and what would each cost? This folder measures
it, with Docker alone: servers and load generators are published images.

```sh
docker compose up orchestrator              # the profile `standard`: about 12 minutes
docker compose run --rm ghz-runner          # one server by hand: a table
```

The plots and a page are then in `results/latest/`: open `report.html`. The same with the command
`clusterbench` (`pipx install clusterbench`, or `uvx clusterbench`):

```sh
clusterbench doctor                         # what is missing here, or would spoil the figures
clusterbench run --profile quick            # a first look: a minute of load
clusterbench compare rust-tonic linfa-py-grpc --budget 1m --fail-over never
clusterbench report                         # the newest run's answer and page again
```

| file | content |
|---|---|
| `compose.yaml` | every image and service. Images are {registry}/...:{tag} |
| `bench.toml` | every experiment: contenders, scenarios, profiles |
| `claims.toml` | the published claims, and what measures each |
| `data/` | the model, the requests, the published figures |
| `protos/` | the gRPC contract that each server keeps |
| `results/` | one folder per run |

A server of your own: give its image in a file beside `bench.toml`, and name it with `--bench`.

```toml
# my-bench.toml
include = ["{{lab}}/bench.toml"]

[contenders.mine]
image = "me/my-server"

[profiles.mine]
rounds = 2
contenders = ["mine", "rust-tonic"]
scenarios = ["predict-saturated"]
```

```sh
clusterbench verify mine --bench my-bench.toml
clusterbench run --bench my-bench.toml --profile mine
```

What is built from sources needs a clone of the repository, and `./lab` there: local processes
(`--runtime process`), earlier revisions in `compare`, and `bench`. The clone
also has the documentation.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Images:
    """Where a lab's images come from, and which."""

    registry: str
    tag: str


def images_of_this_version(environment: Mapping[str, str] = os.environ) -> Images:
    """Return the images that a new lab takes: those of this version, unless LAB_* name others.

    Raises ConfigError where nobody says where they are published.
    """
    named = environment.get("LAB_REGISTRY") or _published()
    if not named:
        raise ConfigError(
            "this package does not say where its images are published; remedy: "
            "LAB_REGISTRY=ghcr.io/OWNER/REPOSITORY in the environment, or "
            "LAB_REGISTRY=clusterbench LAB_TAG=latest for those that a clone has built here"
        )
    tag = environment.get("LAB_TAG") or f"v{clusterbench.__version__}"  # as releases are tagged
    return Images(registry=named, tag=tag)


def write_lab(folder: Path, images: Images, *, force: bool = False) -> list[Path]:
    """Write a lab into a folder, which is made; return the files.

    Raises ConfigError where something is there already, unless it may be written over (`force`);
    HostError for a package without the files; StoreError where a file cannot be written.
    """
    files = dict(_contents(images))
    _check_free(folder, files, force=force)
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        (folder / _RESULTS).mkdir(exist_ok=True)
    except OSError as error:
        raise StoreError(f"{folder}: cannot be written: {reason(error, folder)}") from error
    return [folder / name for name in files]


def _check_free(folder: Path, files: Mapping[str, bytes], *, force: bool) -> None:
    if (folder / "orchestrator" / "pyproject.toml").exists():
        raise ConfigError(f"{folder}: this is a clone of the repository, and a lab already: ./lab")
    try:
        there = sorted(each.name for each in folder.iterdir()) if folder.exists() else []
    except OSError as error:
        raise StoreError(f"{folder}: cannot be read: {reason(error, folder)}") from error
    ours = [name for name in files if (folder / name).exists()]
    if force or not there:
        return
    remedy = "name an empty or a new folder, or say --force"
    if ours:
        raise ConfigError(
            f"{folder / ours[0]}: it is there already; remedy: {remedy}, which writes over "
            f"{', '.join(ours)}"
        )
    raise ConfigError(
        f"{folder}: it is not empty ({there[0]}); remedy: {remedy}, which leaves what is there"
    )


def _contents(images: Images) -> Iterator[tuple[str, bytes]]:
    """Return the files of a new lab, by name."""
    version = clusterbench.__version__
    about = {"version": version, "registry": images.registry, "tag": images.tag}
    source = lab_files()
    for name in FILES:
        path = source / name
        for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if file.is_file():
                yield str(file.relative_to(source)), _content(file, images, about)
    yield "README.md", _README.format(**about).encode()


def _content(file: Path, images: Images, about: Mapping[str, str]) -> bytes:
    if file.name == "compose.yaml":
        head = _HEAD.format(**about)
        text = file.read_text(encoding="utf-8")
        made = images_only(text, registry=images.registry, tag=images.tag, head=head)
        return made.encode()
    if file.name == "bench.toml":
        lines = file.read_text(encoding="utf-8").splitlines(keepends=True)
        return "".join(line for line in lines if not line.startswith(_SCHEMA)).encode()
    return file.read_bytes()


def lab_files() -> Path:
    """Return where the lab's files are: in the package, or in the checkout that it is a part of.

    Raises HostError where there are none.
    """
    package = Path(clusterbench.__file__).resolve().parent
    checkout = package.parents[2]
    for folder in (package / "lab_files", checkout):
        if all((folder / name).exists() for name in FILES):
            return folder
    raise HostError(
        "this installation of clusterbench has no files for a lab, as that of the orchestrator's "
        "image; remedy: pipx install clusterbench, or uvx clusterbench init"
    )


def _published() -> str:
    """Return the registry that the package was built for; nothing where it was built for none."""
    file = Path(clusterbench.__file__).resolve().parent / "lab_files" / "registry"
    return file.read_text(encoding="utf-8").strip() if file.exists() else ""
