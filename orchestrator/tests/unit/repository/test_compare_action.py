"""The action and the workflow that compare a pull request's servers, with made-up programs."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from support.repository import ROOT

ACTION = ROOT / ".github" / "actions" / "compare"
WORKFLOWS = ROOT / ".github" / "workflows"

#: Stands for `./lab`: writes its words, and what a comparison leaves.
LAB = """#!/bin/sh
printf '%s\\n' "$@" >"$RUNNER_TEMP/words"
while [ $# -gt 0 ]; do
  case $1 in
    --markdown) markdown=$2 ;;
    --results) mkdir -p "$2/x-compare"; echo page >"$2/x-compare/report.html" ;;
  esac
  shift
done
echo "measuring" >&2
if [ "$MADE_UP_CODE" = 2 ]; then echo "no contender x" >&2; exit 2; fi
echo "### x is slower" >"$markdown"
echo '{"verdict": "worse"}'
exit "$MADE_UP_CODE"
"""
#: Stands for `gh`: lists comments from a file, and writes down each call.
GH = """#!/bin/sh
printf '%s ' "$@" >>"$RUNNER_TEMP/calls"; echo >>"$RUNNER_TEMP/calls"
case "$*" in *--paginate*) cat "$RUNNER_TEMP/before" ;; esac
"""


class Job:
    """A job on a runner of its own, where a script of the action runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.action = folder / "lab" / ".github" / "actions" / "compare"
        shutil.copytree(ACTION, self.action)
        self._program(folder / "lab" / "lab", LAB)
        self._program(folder / "bin" / "gh", GH)
        self.variables = {
            **os.environ,
            "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
            "RUNNER_TEMP": str(folder),
            "RUNNER_OS": "Linux",
            "RUNNER_ARCH": "X64",
            "HOME": str(folder / "home"),
            "GITHUB_STEP_SUMMARY": str(folder / "summary"),
            "GITHUB_OUTPUT": str(folder / "output"),
            "GITHUB_SERVER_URL": "https://git.example",
            "GITHUB_REPOSITORY": "us/lab",
            "GITHUB_RUN_ID": "7",
            "NUMBER": "12",
            "FOLDER": str(folder / "compare-rust-tonic"),
            "NAME": "rust-tonic",
            "BASELINE": "rust-tonic@abc",
            "CANDIDATE": "rust-tonic@def",
            "FAIL_OVER": "5%",
            "PRECISION": "2%",
            "BUDGET": "5m",
            "LAB_RUNTIME": "process",
            "BENCH": "",
            "OPTIONS": "",
            "MADE_UP_CODE": "0",
        }

    def _program(self, path: Path, text: str) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(0o755)

    def run(self, script: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [str(self.action / script)], env={**self.variables, **variables}, text=True,
            capture_output=True, check=False, cwd=self.folder,
        )  # fmt: skip

    def text(self, name: str) -> str:
        return (self.folder / name).read_text()

    @property
    def outputs(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.text("output").splitlines())


@pytest.fixture
def job(tmp_path: Path) -> Job:
    return Job(tmp_path)


def test_a_regression_is_in_the_summary_and_in_the_outputs_and_the_page_is_kept(job: Job) -> None:
    assert job.run("compare.sh", MADE_UP_CODE="1").returncode == 0
    assert job.text("summary") == "### x is slower\n"
    assert job.outputs["exit-code"] == "1"
    assert job.outputs["verdict"] == "worse"
    kept = Path(job.outputs["folder"])
    assert {each.name for each in kept.iterdir()} == {
        "comment.md", "compare.json", "compare.log", "report.html",
    }  # fmt: skip


def test_what_was_not_compared_says_why_in_the_summary(job: Job) -> None:
    assert job.run("compare.sh", MADE_UP_CODE="2").returncode == 0
    assert "rust-tonic was not compared (exit status 2)" in job.text("summary")
    assert "no contender x" in job.text("summary")
    assert (job.outputs["exit-code"], job.outputs["verdict"]) == ("2", "")


def test_inputs_are_single_words_and_options_are_several(job: Job) -> None:
    (job.folder / "my bench.toml").touch()
    job.run("compare.sh", BASELINE="command:./a b", OPTIONS="--metric p50", BENCH="my bench.toml")
    words = job.text("words").splitlines()
    assert words[:2] == ["compare", "command:./a b"]
    assert words[words.index("--metric") + 1] == "p50"
    assert words[words.index("--bench") + 1] == str(job.folder / "my bench.toml")


def test_a_name_that_is_no_name_of_a_file_is_refused(job: Job) -> None:
    ran = job.run("compare.sh", NAME="../x")
    assert ran.returncode == 2
    assert "letters, digits" in ran.stderr


def compared(job: Job, before: str) -> str:
    folder = Path(job.variables["FOLDER"])
    folder.mkdir()
    (folder / "comment.md").write_text("### x is slower\n")
    (job.folder / "before").write_text(before)
    ran = job.run("comment.sh")
    assert ran.returncode == 0, ran.stderr
    body = (folder / "body.md").read_text()
    assert body.startswith("<!-- clusterbench action: rust-tonic -->\n### x is slower")
    assert "https://git.example/us/lab/actions/runs/7" in body
    return job.text("calls").splitlines()[-1]


def test_the_first_comment_is_made(job: Job) -> None:
    assert "--method POST repos/us/lab/issues/12/comments" in compared(job, "")


def test_a_later_one_takes_the_place_of_the_bots_own(job: Job) -> None:
    assert "--method PATCH repos/us/lab/issues/comments/99" in compared(job, "99\n100\n")


# ------------------------------------------------------------------------------- what was built


def key(job: Job, **variables: str) -> str:
    (job.folder / "output").unlink(missing_ok=True)
    ran = job.run("builds.sh", **variables)
    assert ran.returncode == 0, ran.stderr
    first, *more = job.text("output").splitlines()
    lab = job.folder / "lab" / ".lab"
    assert more[:3] == ["paths<<END", str(lab / "env"), str(lab / "build")]
    assert more[-1] == "END"
    assert first.startswith("key=clusterbench-Linux-X64-")
    return first


def test_builds_are_kept_by_lock_files_and_not_by_sources(job: Job) -> None:
    services = job.folder / "lab" / "services"
    (services / "x").mkdir(parents=True)
    (services / "Cargo.lock").write_text("linfa 1")
    before = key(job)
    (services / "x" / "main.rs").write_text("changed")
    built = job.folder / "lab" / ".lab" / "build" / "x"
    built.mkdir(parents=True)
    (built / "Cargo.lock").write_text("of a build")
    assert key(job) == before
    assert key(job, NAME="another") != before
    (services / "Cargo.lock").write_text("linfa 2")
    locked = key(job)
    assert locked != before
    (services / "x" / "requirements.txt").write_text("numpy==1")
    assert key(job) not in {before, locked}


def test_builds_are_kept_once_a_verdict_shows_that_they_are_whole() -> None:
    read = yaml.safe_load((ACTION / "action.yml").read_text())
    names = [step["name"] for step in read["runs"]["steps"]]
    save = read["runs"]["steps"][names.index("Keep what was built")]
    restore = read["runs"]["steps"][names.index("Take what was built before")]
    assert names.index("Take what was built before") < names.index("Compare")
    assert names.index("Compare") < names.index("Keep what was built") < names.index("Pass or fail")
    assert "steps.compare.outputs.verdict != ''" in save["if"]
    assert save["with"] == restore["with"]


# ------------------------------------------------------------------------------ which servers


@pytest.mark.parametrize(
    ("changed", "servers"),
    [
        (["services/rust-tonic/src/main.rs"], {"rust-tonic"}),
        (["services/kmeans-model/src/lib.rs"], {"rust-tonic", "linfa-py-grpc"}),
        (["services/grpcio-server/src/x.py"], {"sklearn-grpc", "linfa-py-grpc"}),
        (["protos/centroids.proto"], {"sklearn-grpc", "linfa-py-grpc", "rust-tonic"}),
        (["data/model.json"], {"sklearn-grpc", "linfa-py-grpc", "rust-tonic"}),
        (["services/rust-tonic/README.md", "services/rust-tonic/tests/x.rs"], set()),
        (["services/ghz-runner/Dockerfile", "services/rust-tonic-2019/src/main.rs"], set()),
    ],
)
def test_the_servers_that_a_change_touches_are_those_built_from_it(
    changed: list[str], servers: set[str]
) -> None:
    ran = subprocess.run(
        [sys.executable, str(ROOT / ".github" / "changed_servers.py")],
        input="\n".join(changed), capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert set(json.loads(ran.stdout)) == servers


# ------------------------------------------------------------------------------ what they may


def steps() -> list[tuple[str, dict[str, Any]]]:
    found = []
    for file in (*WORKFLOWS.glob("*.yml"), ACTION / "action.yml"):
        read = yaml.safe_load(file.read_text())
        for part in (read.get("jobs") or {"runs": read.get("runs")}).values():
            found += [(file.name, step) for step in part.get("steps", ())]
    return found


def test_every_action_of_others_is_pinned_by_its_full_commit() -> None:
    used = [step["uses"] for _, step in steps() if "uses" in step]
    assert used
    for each in used:
        name, _, commit = each.partition("@")
        assert name.startswith("./") or (len(commit) == 40 and int(commit, 16)), each


def test_no_script_is_made_of_what_somebody_else_wrote() -> None:
    """An expression within a script is run: a branch's name can be a command."""
    for file, step in steps():
        assert "${{" not in step.get("run", "") or file == "ci.yml", step


def test_no_job_may_more_than_it_needs() -> None:
    read = yaml.safe_load((WORKFLOWS / "compare.yml").read_text())
    assert read["permissions"] == {"contents": "read"}
    assert "permissions" not in read["jobs"]["which"]
    assert read["jobs"]["compare"]["permissions"] == {"contents": "read", "pull-requests": "write"}
    assert "pull_request_target" not in str(read)


def test_only_a_pull_request_of_this_repository_is_commented_on() -> None:
    read = yaml.safe_load((ACTION / "action.yml").read_text())
    comment = next(step for step in read["runs"]["steps"] if step["name"] == "Comment")
    assert "github.event.pull_request.head.repo.full_name == github.repository" in comment["if"]
