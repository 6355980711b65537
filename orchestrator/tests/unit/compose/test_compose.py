from __future__ import annotations

from pathlib import Path

import pytest

from clusterbench.config.compose_file import (
    DEFAULT_GRACE,
    Kind,
    Recipe,
    Service,
    read_services,
    servers,
    variants,
)
from clusterbench.errors import ConfigError
from clusterbench.model.experiment import of_2019

REPOSITORY = Path(__file__).parents[4]

SERVER = """
services:
  mine:
    image: me/mine
    {line}
"""


def read(tmp_path: Path, line: str) -> Service:
    path = tmp_path / "compose.yaml"
    path.write_text(SERVER.format(line=line))
    return read_services(path)["mine"]


def test_the_labs_own_file_defines_three_servers_in_two_editions_with_hardening_and_recipes() -> (
    None
):
    services = read_services(REPOSITORY / "compose.yaml")
    three = ["sklearn-grpc", "linfa-py-grpc", "rust-tonic"]
    assert list(servers(services)) == [*three, *map(of_2019, three)]
    for server in servers(services).values():
        assert server.read_only
        assert server.init
        assert server.cap_drop == ("ALL",)
        assert server.user == "10001:10001"
        assert server.security_opt == ("no-new-privileges:true",)
        assert set(server.tmpfs) == {"/tmp"}  # noqa: S108 - within a container
        assert server.mem_limit == 4 * 2**30
        assert server.recipe is not None
        assert server.recipe.command


def test_the_labs_other_entries_are_recognised_and_are_no_servers() -> None:
    kinds = {name: each.kind for name, each in read_services(REPOSITORY / "compose.yaml").items()}
    assert kinds["ghz-runner"] is Kind.GENERATOR
    assert kinds["orchestrator"] is Kind.ORCHESTRATOR
    assert kinds["rust-tonic-image"] is Kind.IMAGE


def test_anchors_and_merge_keys_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(
        "x-base: &base {init: true, mem_limit: 1g}\n"
        "services: {mine: {<<: *base, image: i, mem_limit: 2g}}\n"
    )
    mine = read_services(path)["mine"]
    assert mine.init
    assert mine.mem_limit == 2 * 2**30


@pytest.mark.parametrize("line", ["privileged: true", "volumes: [a:/b]", "cap_add: [SYS_ADMIN]"])
def test_a_key_that_would_be_dropped_is_refused_by_name(tmp_path: Path, line: str) -> None:
    key = line.split(":", maxsplit=1)[0]
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, line)
    for part in (str(tmp_path / "compose.yaml"), "service mine", f"`{key}`", "mem_limit"):
        assert part in str(raised.value)


@pytest.mark.parametrize(
    "line",
    [
        'user: "${ME}"',
        'environment: {THREADS: "${THREADS:-4}"}',
        'mem_limit: "${MEMORY:-4g}"',
        'x-lab: {command: ["${BIN}"]}',
    ],
)
def test_a_key_that_is_read_holds_no_interpolation(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match="only Compose interpolates"):
        read(tmp_path, line)


def test_keys_that_the_runtime_settles_may_interpolate(tmp_path: Path) -> None:
    assert read(tmp_path, 'cpuset: "${SERVER_CPUS:-}"').image == "me/mine"


@pytest.mark.parametrize(
    ("text", "size"),
    [("4g", 4 * 2**30), ("512m", 2**29), ("1024", 1024), ("1.5GB", 3 * 2**29), ("2KiB", 2048)],
)
def test_memory_is_read_as_compose_reads_it(tmp_path: Path, text: str, size: int) -> None:
    assert read(tmp_path, f"mem_limit: {text}").mem_limit == size


@pytest.mark.parametrize(("text", "seconds"), [("10s", 10), ("1m30s", 90), ("500ms", 0.5)])
def test_durations_are_read_as_compose_reads_them(
    tmp_path: Path, text: str, seconds: float
) -> None:
    assert read(tmp_path, f"stop_grace_period: {text}").stop_grace_period == seconds


def test_a_grace_period_that_is_not_given_is_composes_default(tmp_path: Path) -> None:
    assert read(tmp_path, "init: true").stop_grace_period == DEFAULT_GRACE


@pytest.mark.parametrize(
    ("line", "environment"),
    [
        ("environment: {A: b, N: 4}", {"A": "b", "N": "4"}),
        ("environment: [A=b, N=4=5]", {"A": "b", "N": "4=5"}),
    ],
)
def test_an_environment_is_a_mapping_or_a_list(
    tmp_path: Path, line: str, environment: dict[str, str]
) -> None:
    assert read(tmp_path, line).environment == environment


def test_a_command_as_text_is_split_as_a_shell_would(tmp_path: Path) -> None:
    assert read(tmp_path, "command: serve --name 'a b'").command == ("serve", "--name", "a b")


@pytest.mark.parametrize(
    ("line", "key"),
    [
        ("mem_limit: much", "mem_limit"),
        ("stop_grace_period: 10", "stop_grace_period"),
        ("init: 3", "init"),
        ("cap_drop: {a: b}", "cap_drop"),
        ("environment: [A]", "environment"),
        ("environment: {A: }", "environment"),
        ("x-lab: {needs: [java], command: [x]}", "x-lab.needs"),
        ("x-lab: {needs: [go]}", "x-lab.command"),
        ("x-lab: {command: [x], shell: y}", "x-lab"),
        ("x-lab: {command: [x], build: [make]}", "x-lab.build"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(tmp_path: Path, line: str, key: str) -> None:
    with pytest.raises(ConfigError, match=rf"service mine, key `{key}` .*; allowed: "):
        read(tmp_path, line)


VARIANTS = """x-lab:
      needs: [cargo]
      sources: [src]
      build: [[make]]
      command: [mine]
      variants: {variants}"""


def recipe(tmp_path: Path, variants: str) -> Recipe:
    read_recipe = read(tmp_path, VARIANTS.format(variants=variants)).recipe
    assert read_recipe is not None
    return read_recipe


def test_a_variant_differs_from_its_service_by_what_it_says_and_by_no_more(tmp_path: Path) -> None:
    base = recipe(tmp_path, "{slow: {build: [[make, slow]]}, odd: {needs: [], command: [odd, -x]}}")
    slow, odd = base.variants["slow"], base.variants["odd"]
    assert (slow.build, slow.command) == ((("make", "slow"),), base.command)
    assert (slow.needs, slow.sources) == (("cargo",), base.sources)
    assert (odd.build, odd.command, odd.needs) == (base.build, ("odd", "-x"), ())
    assert not slow.variants


def test_each_server_has_the_names_of_its_variants(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(
        "services:\n  plain: {image: i}\n  mine: {image: i, x-lab: {command: [x], "
        "variants: {a: {command: [y]}, b: {command: [z]}}}}\n  mine-image: {image: i}\n"
    )
    assert variants(read_services(path)) == {"plain": (), "mine": ("a", "b")}


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("[a]", "x-lab.variants"),
        ("{a b: {build: [[x]]}}", "x-lab.variants.a b"),
        ("{a: [x]}", "x-lab.variants.a"),
        ("{a: {}}", "x-lab.variants.a"),
        ("{a: {shell: x}}", "x-lab.variants.a"),
        ("{a: {variants: {}}}", "x-lab.variants.a"),
        ("{a: {build: [make]}}", "x-lab.variants.a.build"),
        ("{a: {command: []}}", "x-lab.variants.a.command"),
        ("{a: {needs: [java]}}", "x-lab.variants.a.needs"),
    ],
)
def test_a_wrong_variant_is_named_with_what_is_allowed(tmp_path: Path, text: str, key: str) -> None:
    with pytest.raises(ConfigError, match=rf"service mine, key `{key}` .*; allowed: "):
        recipe(tmp_path, text)


def test_a_service_without_an_image_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text("services: {mine: {init: true}}")
    with pytest.raises(ConfigError, match="key `image` is missing"):
        read_services(path)


@pytest.mark.parametrize("text", ["", "services: []", "a: [", "services: {mine: 3}", "\x00"])
def test_a_file_that_defines_no_services_is_refused_by_path(tmp_path: Path, text: str) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=str(path)):
        read_services(path)


def test_a_file_that_is_not_there_is_refused_by_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: No such file"):
        read_services(tmp_path / "none.yaml")
