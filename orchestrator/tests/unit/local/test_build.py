"""Building what recipes say, with recipes that copy files."""

from __future__ import annotations

import platform
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clusterbench.config.compose_file import Recipe, Role, Service
from clusterbench.errors import ConfigError, HostError
from clusterbench.local import toolchains
from clusterbench.local.build import build, cache_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.runtime.process.built import Built


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """A repository with one source file, and a count of builds."""
    (tmp_path / "services" / "ghz-runner").mkdir(parents=True)
    (tmp_path / "services" / "Cargo.toml").write_text('[workspace.package]\nrust-version="1.88"\n')
    (tmp_path / "services" / "rust-toolchain.toml").write_text('[toolchain]\nchannel="1.95.0"\n')
    (tmp_path / "services" / "ghz-runner" / "go.mod").write_text("module x\n\ngo 1.26\n")
    (tmp_path / "source").mkdir()
    (tmp_path / "source" / "server").write_text("#!/bin/sh\n")
    (tmp_path / "source" / "server").chmod(0o755)
    return tmp_path


COPY = ("sh", "-c", "mkdir -p {env} && cp source/server {env}/server && echo x >> {cache}/count")


def service(
    name: str = "one",
    *,
    needs: tuple[str, ...] = (),
    steps: tuple[tuple[str, ...], ...] = (COPY,),
    command: tuple[str, ...] = ("{env}/server", "--fast"),
    variants: Mapping[str, Recipe] | None = None,
) -> Service:
    recipe = Recipe(
        needs=needs,
        sources=(Path("source"),),
        build=steps,
        command=command,
        variants=variants or {},
    )
    return Service(name=name, role=Role.SERVER, image=f"x/{name}", recipe=recipe)


def variant(
    *steps: tuple[str, ...], needs: tuple[str, ...] = (), command: tuple[str, ...] = ("{env}/one",)
) -> Recipe:
    return Recipe(needs=needs, sources=(Path("source"),), build=steps, command=command)


def built(
    root: Path, *services: Service, said: list[str] | None = None, variants: Sequence[str] = ()
) -> Built:
    given = {each.name: each for each in services}
    say = said.append if said is not None else lambda _text: None
    return build(given, root, say, generators=(), variants=variants)


def builds(root: Path) -> int:
    return (cache_of(root) / "count").read_text().count("x")


def test_a_built_server_has_its_command_with_every_placeholder_filled(root: Path) -> None:
    result = built(root, service())
    assert result.commands == {"one": (str(root / ".lab/build/one/server"), "--fast")}
    assert "one" not in result.skipped


def test_what_did_not_change_is_not_built_again_and_what_did_is(root: Path) -> None:
    first = built(root, service())
    again = built(root, service())
    assert builds(root) == 1
    assert again.digests == first.digests
    (root / "source" / "server").write_text("#!/bin/sh\nexit 1\n")
    edited = built(root, service())
    assert builds(root) == 2
    assert edited.digests != first.digests


def test_a_server_that_was_removed_is_built_again(root: Path) -> None:
    result = built(root, service())
    Path(result.commands["one"][0]).unlink()
    built(root, service())
    assert builds(root) == 2


def test_a_build_that_failed_is_not_taken_for_built(root: Path) -> None:
    broken = ("sh", "-c", "echo half > {env}.half; echo the compiler says no; exit 1")
    with pytest.raises(HostError, match="the compiler says no"):
        built(root, service(steps=(COPY, broken)))
    with pytest.raises(HostError, match="step 2 of 2 failed"):
        built(root, service(steps=(COPY, broken)))
    assert builds(root) == 2


def test_a_build_that_leaves_no_program_is_an_error(root: Path) -> None:
    with pytest.raises(HostError, match=r"left no .*one/server"):
        built(root, service(steps=(("true",),)))


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        (b"MZ\x90\x00 a program of Windows", "Exec format error"),
        (b"\0asm\x01\0\0\0", "Exec format error"),
        (b"#!/none/sh\n", "No such file or directory"),
        (b"#!/bin/sh\necho libfoo.so.1: cannot open shared object file >&2; exit 127\n", "libfoo"),
        (b"#!/bin/sh\nkill -ILL $$\n", "ended with 132"),
    ],
)
def test_what_was_built_and_does_not_run_on_this_machine_is_an_error_at_once(
    root: Path, program: bytes, reason: str
) -> None:
    (root / "source" / "server").write_bytes(program)
    for _twice in range(2):
        with pytest.raises(HostError, match=r"one was built, but does not run on this") as found:
            built(root, service())
        assert reason in str(found.value)
    assert builds(root) == 2


def test_what_was_built_is_tried_once(root: Path) -> None:
    (root / "source" / "server").write_text('#!/bin/sh\necho "$@" >> tries\nexit 2\n')
    built(root, service())
    built(root, service())
    assert (cache_of(root) / "tries").read_text() == "--fast --help\n"


def test_what_a_build_sees_is_no_variable_of_the_users(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GOOS", "windows")
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy")
    told = ("sh", "-c", 'echo "${{GOOS-none}} $HTTPS_PROXY $PIP_USER" > {cache}/seen')
    built(root, service(steps=(COPY, told)))
    assert (cache_of(root) / "seen").read_text() == "none http://proxy 0\n"


def test_two_clones_of_one_source_have_one_digest(root: Path) -> None:
    other = root / "elsewhere"
    for name in ("services", "source"):
        (other / name).parent.mkdir(exist_ok=True)
        (root / name).rename(other / name)
    there = built(other, service())
    for name in ("services", "source"):
        (other / name).rename(root / name)
    assert built(root, service()).digests == there.digests


def test_what_one_environment_of_a_clone_built_another_need_not_build(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = service(steps=(COPY, ("true", "{python}")))
    python = Path(sys.executable)
    for kind in ("dev", "run"):
        (root / ".lab/env" / kind / "bin").mkdir(parents=True)
        (root / ".lab/env" / kind / "bin/python").symlink_to(python)
    monkeypatch.setattr(sys, "executable", str(root / ".lab/env/dev/bin/python"))
    first = built(root, made)
    monkeypatch.setattr(sys, "executable", str(root / ".lab/env/run/bin/python"))
    assert built(root, made).digests == first.digests
    assert builds(root) == 1


def test_a_server_whose_toolchain_is_missing_is_skipped_with_a_warning_and_the_rest_built(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = toolchains.shutil.which
    monkeypatch.setattr(
        toolchains.shutil,
        "which",
        lambda name, **more: None if name == "cc" else found(name, **more),
    )
    said: list[str] = []
    result = built(root, service("rusty", needs=("cargo",)), service("one"), said=said)
    assert list(result.commands) == ["one"]
    assert "gcc libc6-dev" in result.skipped["rusty"]
    assert any(text.startswith("warning: rusty is skipped") for text in said)


AGAIN = ("install", "-D", "source/server", "{env}/one")


def test_only_the_variants_that_are_wanted_are_built_each_in_a_folder_of_its_own(
    root: Path,
) -> None:
    made = service(variants={"slow": variant(AGAIN), "odd": variant(("false",))})
    assert list(built(root, made).commands) == ["one"]
    result = built(root, made, variants=["one@slow"])
    assert list(result.commands) == ["one", "one@slow"]
    assert result.commands["one@slow"] == (str(root / ".lab/build/one@slow/one"),)
    assert result.digests["one@slow"] != result.digests["one"]
    assert builds(root) == 1


def test_a_variant_may_run_what_its_service_built(root: Path) -> None:
    made = service(variants={"flag": variant(command=("{service}/server", "--slow"))})
    result = built(root, made, variants=["one@flag"])
    assert result.commands["one@flag"] == (str(root / ".lab/build/one/server"), "--slow")


def test_a_variant_that_cannot_be_built_is_skipped_with_its_reason_and_the_rest_built(
    root: Path,
) -> None:
    broken = variant(("sh", "-c", "echo no such flag; exit 1"))
    made = service(variants={"broken": broken, "slow": variant(AGAIN)})
    said: list[str] = []
    result = built(root, made, said=said, variants=["one@broken", "one@slow"])
    assert list(result.commands) == ["one", "one@slow"]
    assert "no such flag" in result.skipped["one@broken"]
    assert any(text.startswith("warning: one@broken is skipped") for text in said)


def test_a_mistake_in_a_variant_is_named_with_its_place(root: Path) -> None:
    made = service(variants={"odd": variant(command=("{home}/server",))})
    with pytest.raises(ConfigError, match=r"services\.one\.x-lab\.variants\.odd: .*env, service"):
        built(root, made, variants=["one@odd"])


def test_an_unknown_placeholder_names_the_allowed_ones(root: Path) -> None:
    with pytest.raises(ConfigError, match=r"one\.x-lab: .*\{home\}.*python, env, service, cache"):
        built(root, service(command=("{home}/server",)))


def test_a_source_that_is_not_there_is_named(root: Path) -> None:
    (root / "source" / "server").unlink()
    (root / "source").rmdir()
    with pytest.raises(ConfigError, match=r"one.x-lab.sources: .*source"):
        built(root, service())


def test_a_server_for_other_machines_is_skipped_with_the_reason(root: Path) -> None:
    made = service()
    assert made.recipe is not None
    elsewhere = replace(made, machines=("pdp11",))
    result = built(root, elsewhere)
    assert result.commands == {}
    assert "pdp11 only" in result.skipped["one"]
    assert platform.machine() in result.skipped["one"]


def test_only_the_load_generators_that_are_wanted_are_built_and_one_without_its_toolchain_is_told(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def lacking(_self: toolchains.Toolchains, name: str) -> toolchains.Toolchain:
        raise HostError(f"no {name} here")

    monkeypatch.setattr(toolchains.Toolchains, "get", lacking)
    wanted = build({}, root, lambda _text: None, generators=["grpc-load", "h2load"])
    assert wanted.skipped["grpc-load"] == "no cargo here"
    assert "grpc-load" not in wanted.programs
    assert "ghz" not in wanted.skipped
    everything = build({}, root, lambda _text: None)
    assert everything.skipped["ghz"] == "no go here"
    assert everything.skipped["grpc-load"] == "no cargo here"
