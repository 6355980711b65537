"""How the arms of a comparison are written, and what each becomes."""

from __future__ import annotations

import pytest

from clusterbench.config.arms import Asked, contenders, parse, resolved
from clusterbench.errors import ConfigError
from clusterbench.model.compare_plan import Arm
from clusterbench.model.contender import Contender

KNOWN = {
    "fast": Contender(name="fast", service="fast", title="a fast one", environment={"A": "1"}),
    "fast-native": Contender(name="fast-native", service="fast", variant="native"),
    "theirs": Contender(name="theirs", image="me/server:1"),
}
COMMIT = "0123456789abcdef0123456789abcdef01234567"


def both(baseline: str, candidate: str, commit: str = COMMIT) -> dict[Arm, Contender]:
    asked = {Arm.BASELINE: parse(baseline, KNOWN), Arm.CANDIDATE: parse(candidate, KNOWN)}
    done = {arm: resolved(each, commit) if each.revision else each for arm, each in asked.items()}
    return dict(contenders(done, KNOWN))


def candidate(text: str) -> Contender:
    return both("fast", text)[Arm.CANDIDATE]


def test_a_name_is_that_contender_of_bench_toml() -> None:
    assert candidate("fast-native") == KNOWN["fast-native"]


def test_a_revision_is_of_a_service_of_its_own_with_the_contenders_environment() -> None:
    found = candidate("fast@main")
    assert found.service == "fast@0123456789ab"
    assert found.build == "fast@0123456789ab"
    assert found.environment == {"A": "1"}
    assert found.name != "fast"


def test_a_variant_of_a_revision_is_another_build_of_it() -> None:
    assert candidate("fast-native@v1").build == "fast@0123456789ab@native"


@pytest.mark.parametrize("revision", ["main", "HEAD~1", "v0.2.0", "feature/x", "HEAD@{1}", "a1b2"])
def test_whatever_git_takes_is_a_revision(revision: str) -> None:
    asked = parse(f"fast@{revision}", KNOWN)
    assert (asked.name, asked.revision, asked.commit) == ("fast", revision, None)


def test_a_resolved_revision_is_read_again_as_it_was_written() -> None:
    found = resolved(parse("fast@feature/x", KNOWN), COMMIT)
    assert parse(found.written, KNOWN) == found
    assert found.described == "fast@feature/x (0123456789ab)"


def test_a_revision_that_names_its_commit_is_described_by_it_alone() -> None:
    assert resolved(parse("fast@0123456789ab", KNOWN), COMMIT).described == "fast@0123456789ab"


def test_an_image_is_somebody_elses_server() -> None:
    found = candidate("image:registry:5000/me/server:1.2@sha256:aa")
    assert found.image == "registry:5000/me/server:1.2@sha256:aa"
    assert found.service is None
    assert found.command is None


def test_a_command_is_read_as_a_shell_reads_one() -> None:
    assert candidate("command:./serve --name 'a b'").command == ("./serve", "--name", "a b")


def test_an_arm_and_itself_are_two_contenders_that_differ_by_name_alone() -> None:
    found = both("fast", "fast")
    assert found[Arm.BASELINE].name == "fast-baseline"
    assert found[Arm.CANDIDATE].name == "fast-candidate"
    assert {each.service for each in found.values()} == {"fast"}


@pytest.mark.parametrize("text", ["fast@feature/x", "image:me/server", "command:./a /b/c"])
def test_names_can_be_those_of_files_and_of_containers(text: str) -> None:
    assert "/" not in candidate(text).name
    assert " " not in candidate(text).name


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("fats", "there is no contender fats; did you mean 'fast'"),
        ("fats@main", "there is no contender fats; did you mean 'fast'"),
        ("fast@", "it takes NAME .*NAME@REVISION"),
        ("@main", "it takes NAME"),
        ("", "it takes NAME"),
        ("fast@HEAD:README.md", "a branch, a tag or a commit has no `:`"),
        ("image:", "nothing stands after it; it takes NAME"),
        ("command: ", "nothing stands after it"),
        ("image:me/server --fast", "an image's reference has no spaces"),
        ("command:./serve 'a", "no closing quotation; it takes a command line"),
    ],
)
def test_a_mistake_says_what_is_allowed(text: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint):
        parse(text, KNOWN)


def test_somebody_elses_server_has_no_revisions_here() -> None:
    with pytest.raises(ConfigError, match=r"somebody else's server .* leave out what stands after"):
        candidate("theirs@main")


def test_a_revision_that_nobody_resolved_cannot_be_compared() -> None:
    asked = {Arm.BASELINE: Asked(written="fast", name="fast"), Arm.CANDIDATE: parse("fast@main")}
    with pytest.raises(ConfigError, match=r"use `\./lab compare` in place of the orchestrator's"):
        contenders(asked, KNOWN)
