"""What a release publishes, and what its workflow may: with a made-up `docker`."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from clusterbench import __version__
from support.repository import ROOT

if TYPE_CHECKING:
    from pathlib import Path

SCRIPT = ROOT / ".github" / "release_images.py"
WORKFLOW = ROOT / ".github" / "workflows" / "release.yml"
COMPOSE = (ROOT / "compose.yaml").read_text()
SERVICES = yaml.safe_load(COMPOSE)["services"]
BUILT = {each["x-lab"]["of"]: each for each in SERVICES.values() if "build" in each}
REGISTRY = "ghcr.io/us/lab"
X86_ONLY = {"sklearn-grpc-2019", "linfa-py-grpc-2019", "training-2019"}


@pytest.fixture(scope="module")
def release() -> Any:
    """Return the script as a module."""
    spec = importlib.util.spec_from_file_location("release_images", SCRIPT)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def images(release: Any) -> Any:
    return release.built_images({"services": SERVICES}, COMPOSE)


def test_every_image_that_compose_builds_is_published_under_its_own_name(release: Any) -> None:
    found = images(release)
    assert {each.name for each in found} == {*BUILT}
    assert len(found) == len(BUILT)
    for each in found:
        assert each.build == BUILT[each.name]["build"]
        assert f"/{each.name}:" in SERVICES[each.name]["image"]


def test_an_image_is_published_for_the_machines_that_its_service_is_for(release: Any) -> None:
    for each in images(release):
        usual = ["x86_64", "aarch64"]
        assert each.machines == SERVICES[each.name]["x-lab"].get("machines", usual)
    assert {each.name for each in images(release) if each.machines == ["x86_64"]} == X86_ONLY


@pytest.mark.parametrize("push", [True, False])
def test_the_builder_makes_all_images_of_a_machine_and_attests_each(
    release: Any, *, push: bool
) -> None:
    made = release.bake(images(release), "aarch64", registry=REGISTRY, push=push, labels={"a": "b"})
    targets = made["target"]
    assert targets.keys() == BUILT.keys() - X86_ONLY
    assert {*made["group"]["default"]["targets"]} == targets.keys()
    for name, target in targets.items():
        assert target["platforms"] == ["linux/arm64"]
        assert target["attest"] == ["type=provenance,mode=max", "type=sbom"]
        assert target["dockerfile"] == BUILT[name]["build"]["dockerfile"]
        assert target.get("target") == BUILT[name]["build"].get("target")
        (output,) = target["output"]
        assert f"name={REGISTRY}/{name},push-by-digest=true" in output
        assert output.endswith(f"push={str(push).lower()}")


@pytest.mark.parametrize(
    ("tag", "latest"),
    [
        ("v1.2.3", True), ("v0.10.0", True),
        ("v1.2.3rc1", False), ("v1.2.3-rc.1", False), ("v1.0.0.dev1", False), ("v2.0.0b2", False),
    ],
)  # fmt: skip
def test_a_version_before_a_release_is_not_the_latest(
    release: Any, tag: str, *, latest: bool
) -> None:
    assert release.tags(tag) == ([tag, "latest"] if latest else [tag])


# ---------------------------------------------------------------------------- one manifest each

#: Shows what compose.yaml builds, and notes what it is told of manifests.
DOCKER = """#!/bin/sh
case "$1 $2 $3" in
"compose --file "*) cat "$0.config";;
"buildx imagetools create") echo "$*" >>"$0.created";;
"buildx imagetools inspect") echo '{"digest": "sha256:joined", "manifests": []}';;
*) exit 1;;
esac
"""


def joining(folder: Path, *, lost: str = "") -> subprocess.CompletedProcess[str]:
    """Join what was pushed for both machines, of which `lost` was pushed for one alone."""
    docker = folder / "docker"
    docker.write_text(DOCKER)
    docker.chmod(0o755)
    docker.with_suffix(".config").write_text(json.dumps({"services": SERVICES}))
    pushed = {
        "x86_64": {name: {"containerimage.digest": f"sha256:x{name}"} for name in BUILT},
        "aarch64": {
            name: {"containerimage.digest": f"sha256:a{name}"}
            for name in BUILT.keys() - X86_ONLY - {lost}
        },
    }
    files = []
    for machine, found in pushed.items():
        files.append(folder / f"{machine}.json")
        files[-1].write_text(json.dumps(found))
    asked = ["join", "--registry", REGISTRY, "--tag", "v1.2.3", *map(str, files)]
    return subprocess.run(
        [sys.executable, str(SCRIPT), *asked],
        env={**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_what_was_pushed_for_each_machine_is_one_image_which_is_named_by_its_digest(
    tmp_path: Path,
) -> None:
    done = joining(tmp_path)
    assert done.returncode == 0, done.stderr
    assert {*done.stdout.splitlines()} == {
        f"{REGISTRY}/{name}:v1.2.3@sha256:joined" for name in BUILT
    }
    created = (tmp_path / "docker.created").read_text().splitlines()
    assert len(created) == len(BUILT)
    image, old = f"{REGISTRY}/rust-tonic", f"{REGISTRY}/training-2019"
    joined = "buildx imagetools create"
    assert (
        f"{joined} --tag {image}:v1.2.3 --tag {image}:latest"
        f" {image}@sha256:xrust-tonic {image}@sha256:arust-tonic"
    ) in created
    assert f"{joined} --tag {old}:v1.2.3 --tag {old}:latest {old}@sha256:xtraining-2019" in created


def test_where_a_machine_lacks_an_image_none_is_tagged(tmp_path: Path) -> None:
    done = joining(tmp_path, lost="training")
    assert done.returncode == 1
    assert done.stderr == "training was pushed for 1 of 2 machines: x86_64, aarch64\n"
    assert not (tmp_path / "docker.created").exists()


# ---------------------------------------------------------------------------------- by hand


def asked(*words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, str(SCRIPT), *words], env={**os.environ, **variables},
        capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_images_go_where_a_clone_of_the_repository_looks_for_them() -> None:
    github = {"GITHUB_SERVER_URL": "https://github.com", "GITHUB_REPOSITORY": "Us/Lab"}
    assert asked("registry", **github).stdout == f"{REGISTRY}\n"
    elsewhere = asked("registry", **(github | {"GITHUB_SERVER_URL": "https://git.example"}))
    assert elsewhere.stderr == "https://git.example/Us/Lab is no repository on GitHub\n"
    assert elsewhere.returncode == 1


def test_a_tag_of_another_version_ends_a_release() -> None:
    assert asked("check", f"v{__version__}").returncode == 0
    other = asked("check", "v0.0.1")
    assert other.returncode == 1
    assert other.stderr == f"the tag is v0.0.1, and that of the version is v{__version__}\n"


# ---------------------------------------------------------------------------- the workflow


def jobs() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(WORKFLOW.read_text())["jobs"]
    return found


def test_each_job_may_what_it_needs_and_no_more() -> None:
    assert yaml.safe_load(WORKFLOW.read_text())["permissions"] == {"contents": "read"}
    assert {name: job.get("permissions") for name, job in jobs().items()} == {
        "plan": None,
        "images": {"contents": "read", "packages": "write"},
        "join": {"contents": "read", "packages": "write"},
        "attest": {"attestations": "write", "id-token": "write", "packages": "write"},
        "packages": None,
        "publish": {"id-token": "write"},
        "release": {"contents": "write"},
    }


def test_started_by_hand_it_publishes_nothing() -> None:
    """What writes anywhere waits for a job that a tag alone starts."""
    pushed = "github.event_name == 'push'"
    all_jobs = jobs()
    assert all_jobs["join"]["if"] == pushed
    for name in ("attest", "publish", "release"):
        needs = all_jobs[name]["needs"]
        assert {"join", "attest"} & {*([needs] if isinstance(needs, str) else needs)}
        assert "if" not in all_jobs[name], "it would run where what it needs was skipped"
    assert all_jobs["images"]["env"]["PUSH"] == "${{ " + pushed + " && '--push' || '' }}"
    for step in all_jobs["images"]["steps"]:
        writes = re.match("docker/login-action@|actions/upload-artifact@", step.get("uses", ""))
        assert step.get("if") == (pushed if writes else None)


def test_images_are_listed_nowhere_but_in_compose() -> None:
    said = WORKFLOW.read_text() + SCRIPT.read_text()
    assert [name for name in BUILT if re.search(rf"(?<![\w/-]){name}(?![\w/-])", said)] == [
        "orchestrator"
    ], "which is a folder of Python too"


def test_each_python_project_has_an_environment_that_pypi_trusts_for_it_alone() -> None:
    found = jobs()["publish"]["strategy"]["matrix"]["include"]
    built = (ROOT / ".github" / "build_packages.sh").read_text()
    for each in found:
        project = (ROOT / each["folder"] / "pyproject.toml").read_text()
        assert f'name = "{each["project"]}"' in project
        assert re.search(rf"for package in .*\b{each['folder']}\b", built)
    assert len({each["environment"] for each in found}) == len(found)


def test_a_published_package_takes_the_images_that_were_published_with_it() -> None:
    registry = "${{ needs.plan.outputs.registry }}"
    assert jobs()["packages"]["env"]["LAB_REGISTRY"] == registry
    assert jobs()["join"]["env"]["REGISTRY"] == registry
