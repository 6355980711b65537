"""What a release publishes of compose.yaml: each image that it builds, by its name there.

    release_images.py check v1.2.3                  whether a tag is that of the lab's version
    release_images.py registry                      the registry that `./lab run --pull` takes
    release_images.py bake --machine x86_64 ...     what builds all images: a file for `buildx bake`
    release_images.py join --tag v1.2.3 ... FILES   one manifest of each image for all machines

Standard library and the launcher only. `bake` and `join` ask `docker compose config` for the
images; which of them are for certain machines only is in `x-lab`, which Compose does not show.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT / "orchestrator"), str(ROOT / "orchestrator" / "src")]

from clusterbench import __version__  # noqa: E402
from launcher.image_source import published_by  # noqa: E402

#: What Docker calls the machines that images are published for, by their names in x-lab.
PLATFORMS = {"x86_64": "linux/amd64", "aarch64": "linux/arm64"}
#: What the builder attests of each image: from what and how it was made, and what it holds.
ATTESTED = ["type=provenance,mode=max", "type=sbom"]
LATEST = "latest"


@dataclass(frozen=True)
class Built:
    """An image of compose.yaml: its name without a registry, how to build it, and for what."""

    name: str
    build: Mapping[str, Any]
    machines: Sequence[str]


def machines_of(compose: str) -> Mapping[str, Sequence[str]]:
    """Return the machines that an entry of compose.yaml is for, where it is not for all."""
    found = {}
    for entry in re.split(r"(?m)^  (?=[A-Za-z0-9])", compose):
        if listed := re.search(r"(?m)^ +(?:x-lab: \{.*)?machines: \[([^]]*)\]", entry):
            found[entry.partition(":")[0]] = [each.strip() for each in listed[1].split(",")]
    return found


def built_images(config: Mapping[str, Any], compose: str) -> list[Built]:
    """Return each image that compose.yaml builds, once, from two readings of it."""
    only = machines_of(compose)
    found: dict[str, Built] = {}
    for service, entry in config["services"].items():
        if "build" not in entry:
            continue
        of = service.removesuffix("-image")
        name = re.split("[:@]", entry["image"].rpartition("/")[2])[0]
        found[name] = Built(name, entry["build"], only.get(of, [*PLATFORMS]))
    return [*found.values()]


def bake(
    images: Iterable[Built], machine: str, *, registry: str, push: bool, labels: Mapping[str, str]
) -> dict[str, Any]:
    """Return what `docker buildx bake` builds for a machine, and pushes by digest alone."""
    targets = {}
    for each in images:
        if machine not in each.machines:
            continue
        name = f"{registry}/{each.name}"
        pushed = f"push-by-digest=true,name-canonical=true,push={str(push).lower()}"
        targets[each.name] = {
            **{key: each.build[key] for key in ("context", "dockerfile", "target", "args")
               if key in each.build},
            "platforms": [PLATFORMS[machine]],
            "attest": ATTESTED,
            "labels": labels,
            "output": [f"type=image,name={name},{pushed}"],
        }  # fmt: skip
    return {"group": {"default": {"targets": [*targets]}}, "target": targets}


def labels(environment: Mapping[str, str]) -> dict[str, str]:
    """Return what images say of themselves: their source, and the commit and tag of it."""
    source = _repository(environment)
    known = {
        "org.opencontainers.image.source": source,
        "org.opencontainers.image.revision": environment.get("GITHUB_SHA", ""),
        "org.opencontainers.image.version": environment.get("GITHUB_REF_NAME", ""),
        "org.opencontainers.image.licenses": "MIT",
    }
    return {name: value for name, value in known.items() if value}


def tags(tag: str) -> list[str]:
    """Return the tags that an image gets: `latest` too, but for a version before a release."""
    before = re.search(r"\d(a|b|rc|\.?dev|-)", tag)
    return [tag] if before else [tag, LATEST]


def join(images: Iterable[Built], tag: str, registry: str, files: Sequence[Path]) -> list[str]:
    """Join what was pushed for each machine under one name; return them as IMAGE:TAG@DIGEST.

    The files are those that `buildx bake --metadata-file` wrote, one for each machine. An image
    that one of its machines lacks ends it before any is tagged.
    """
    pushed = [json.loads(file.read_text(encoding="utf-8")) for file in files]
    parts: dict[str, list[str]] = {}
    for each in images:
        parts[each.name] = [
            found[each.name]["containerimage.digest"] for found in pushed if each.name in found
        ]
        if len(parts[each.name]) != len(each.machines):
            lacking = f"{len(parts[each.name])} of {len(each.machines)}"
            sys.exit(f"{each.name} was pushed for {lacking} machines: {', '.join(each.machines)}")
    joined = []
    for name, digests in parts.items():
        image = f"{registry}/{name}"
        named = [word for each in tags(tag) for word in ("--tag", f"{image}:{each}")]
        _docker("buildx", "imagetools", "create", *named, *(f"{image}@{d}" for d in digests))
        shown = _docker(
            "buildx", "imagetools", "inspect", f"{image}:{tag}", "--format", "{{json .Manifest}}"
        )
        joined.append(f"{image}:{tag}@{json.loads(shown)['digest']}")
    return joined


def _docker(*words: str) -> str:
    done = subprocess.run(["docker", *words], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        sys.exit(f"docker {' '.join(words)}: exit status {done.returncode}")
    return done.stdout


def _repository(environment: Mapping[str, str]) -> str:
    server = environment.get("GITHUB_SERVER_URL", "https://github.com")
    return f"{server}/{environment['GITHUB_REPOSITORY']}"


def _images() -> list[Built]:
    """Return the images of this repository's compose.yaml."""
    file = ROOT / "compose.yaml"
    shown = _docker("compose", "--file", str(file), "config", "--format", "json")
    return built_images(json.loads(shown), file.read_text(encoding="utf-8"))


def main() -> None:
    """Print what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0], allow_abbrev=False)
    asked = parser.add_subparsers(dest="asked", required=True)
    asked.add_parser("check").add_argument("tag")
    asked.add_parser("registry")
    baked = asked.add_parser("bake")
    baked.add_argument("--machine", choices=PLATFORMS, required=True)
    baked.add_argument("--registry", required=True)
    baked.add_argument("--push", action="store_true")
    joined = asked.add_parser("join")
    joined.add_argument("--tag", required=True)
    joined.add_argument("--registry", required=True)
    joined.add_argument("files", type=Path, nargs="+")
    given = parser.parse_args()
    if given.asked == "check":
        if given.tag != f"v{__version__}":
            sys.exit(f"the tag is {given.tag}, and that of the version is v{__version__}")
        written = f"{given.tag} is the tag of the version"
    elif given.asked == "registry":
        address = _repository(os.environ)
        written = published_by(address) or sys.exit(f"{address} is no repository on GitHub")
    elif given.asked == "bake":
        made = bake(
            _images(), given.machine, registry=given.registry, push=given.push,
            labels=labels(os.environ),
        )  # fmt: skip
        written = json.dumps(made, indent=1)
    else:
        written = "\n".join(join(_images(), given.tag, given.registry, given.files))
    sys.stdout.write(f"{written}\n")


if __name__ == "__main__":
    main()
