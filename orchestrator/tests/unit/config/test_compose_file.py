from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.config.compose_file import (
    DEFAULT_GRACE,
    Recipe,
    Role,
    Service,
    image_of,
    read_services,
    servers,
    with_role,
    with_tag,
)
from clusterbench.errors import ConfigError
from support.small_files import SMALL

if TYPE_CHECKING:
    from pathlib import Path

SERVER = """
services:
  mine:
    image: me/mine
    x-lab: {lab}
    {line}
"""


def read(tmp_path: Path, line: str, lab: str = "{role: server}") -> Service:
    path = tmp_path / "compose.yaml"
    path.write_text(SERVER.format(line=line, lab=lab))
    return read_services(path)["mine"]


def complaint(path: Path, text: str) -> str:
    path.write_text(text)
    with pytest.raises(ConfigError) as raised:
        read_services(path)
    return str(raised.value)


# --------------------------------------------------------------------------------------- roles


def test_every_entry_says_its_role_and_names_mean_nothing(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(
        "services:\n"
        "  training-image: {image: a, x-lab: {role: server}}\n"
        "  orchestrator: {image: b, x-lab: {role: trainer}}\n"
        "  builds: {image: a, x-lab: {role: image, of: training-image, optional: true}}\n"
    )
    services = read_services(path)
    assert list(servers(services)) == ["training-image"]
    assert list(with_role(services, Role.TRAINER)) == ["orchestrator"]
    built = image_of(services, "training-image")
    assert built is not None
    assert (built.name, built.optional) == ("builds", True)
    assert image_of(services, "orchestrator") is None


def test_a_service_says_its_edition_else_it_is_current() -> None:
    services = read_services(SMALL / "compose.yaml")
    assert {each.name: each.edition for each in servers(services).values()} == {
        "slow": "current", "fast": "current", "slow-2019": "2019",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("lab", "what"),
    [
        ("{}", "x-lab.role` is missing; it takes 'server' or 'generator' or 'trainer' or 'orch"),
        ("{role: srver}", "x-lab.role` is 'srver'; did you mean 'server'? allowed: server, gen"),
        ("{role: image}", "x-lab.of` is missing; it names the service whose image this is"),
        ("{role: image, of: mien}", "x-lab.of` is 'mien'; did you mean 'mine'? allowed: mine"),
        ("{role: image, of: mine, needs: [go]}", "x-lab.needs` is not for the role image"),
        ("{role: server, of: mine}", "x-lab.of` is not for the role server"),
        ("{role: generator, command: [x]}", "x-lab.command` is not for the role generator"),
        ("{role: server, edition: 2019}", "x-lab.edition` is 2019; did you mean '2019'?"),
        ("{role: server, optional: true}", "x-lab.optional` is not for the role server"),
    ],
)
def test_a_role_that_cannot_be_is_told(tmp_path: Path, lab: str, what: str) -> None:
    said = complaint(tmp_path / "compose.yaml", SERVER.format(line="init: true", lab=lab))
    assert f"compose.yaml:5: `services.mine.{what}" in said


def test_an_entry_that_says_no_role_is_refused(tmp_path: Path) -> None:
    said = complaint(tmp_path / "compose.yaml", "services:\n  mine: {image: i}\n")
    assert "compose.yaml:2: `services.mine.x-lab` is missing; it takes a table of role, " in said


@pytest.mark.parametrize("role", ["generator", "trainer", "orchestrator", "image, of: mine"])
def test_what_only_compose_reads_of_an_entry_may_say_anything(tmp_path: Path, role: str) -> None:
    mine = read(tmp_path, 'volumes: ["${HERE}:/x"]', lab=f"{{role: {role}}}")
    assert mine.image == "me/mine"


def test_how_a_generator_and_a_trainer_are_hardened_is_read(tmp_path: Path) -> None:
    for role in ("generator", "trainer"):
        mine = read(tmp_path, "read_only: true\n    user: '0:0'", lab=f"{{role: {role}}}")
        assert (mine.read_only, mine.user) == (True, None)


# ------------------------------------------------------------------------------------- values


def test_anchors_and_merge_keys_are_followed(tmp_path: Path) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(
        "x-base: &base {init: true, mem_limit: 1g}\n"
        "services: {mine: {<<: *base, image: i, mem_limit: 2g, x-lab: {role: server}}}\n"
    )
    mine = read_services(path)["mine"]
    assert mine.init
    assert mine.mem_limit == 2 * 2**30


def test_a_mistake_in_an_anchor_is_told_at_its_own_line(tmp_path: Path) -> None:
    said = complaint(
        tmp_path / "compose.yaml",
        "x-base: &base\n  mem_limit: much\n"
        "services:\n  mine: {<<: *base, image: i, x-lab: {role: server}}\n",
    )
    assert "compose.yaml:2: `services.mine.mem_limit` is 'much'; it takes bytes, or" in said


def test_every_mistake_is_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    said = complaint(
        tmp_path / "compose.yaml",
        "services:\n"
        "  one:\n    init: 3\n    image: i\n    x-lab: {role: server, needs: [goo]}\n"
        "  two:\n    image: i\n    privileged: true\n    x-lab: {role: server}\n",
    )
    first, *lines = said.splitlines()
    assert first == "3 mistakes:"
    keys = [line.removeprefix(f"  {tmp_path}/compose.yaml:").split(" ")[:2] for line in lines]
    assert keys == [
        ["3:", "`services.one.init`"],
        ["5:", "`services.one.x-lab.needs`"],
        ["8:", "`services.two.privileged`"],
    ]


@pytest.mark.parametrize("line", ["privileged: true", "volumes: [a:/b]", "cap_add: [SYS_ADMIN]"])
def test_a_key_that_would_be_dropped_is_refused_by_name(tmp_path: Path, line: str) -> None:
    key = line.split(":", maxsplit=1)[0]
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, line)
    for part in (str(tmp_path / "compose.yaml"), f"`services.mine.{key}`", "mem_limit"):
        assert part in str(raised.value)


@pytest.mark.parametrize(
    "line",
    [
        'user: "${ME}"',
        'environment: {THREADS: "${THREADS:-4}"}',
        'mem_limit: "${MEMORY:-4g}"',
    ],
)
def test_a_key_that_is_read_holds_no_interpolation(tmp_path: Path, line: str) -> None:
    with pytest.raises(ConfigError, match="only Compose interpolates"):
        read(tmp_path, line)


@pytest.mark.parametrize(
    ("variables", "image"),
    [
        ({}, "me/mine:latest"),
        ({"LAB_REGISTRY": "", "LAB_TAG": ""}, "me/mine:latest"),
        ({"LAB_REGISTRY": "ghcr.io/us/lab", "LAB_TAG": "v2"}, "ghcr.io/us/lab/mine:v2"),
    ],
)
def test_where_an_image_comes_from_is_filled_in_as_compose_does(
    tmp_path: Path, variables: dict[str, str], image: str
) -> None:
    path = tmp_path / "compose.yaml"
    named = '"${LAB_REGISTRY:-me}/mine:${LAB_TAG:-latest}"'
    path.write_text(f"services: {{mine: {{image: {named}, x-lab: {{role: server}}}}}}\n")
    assert read_services(path, variables)["mine"].image == image


@pytest.mark.parametrize(
    ("image", "tagged"),
    [
        ("me/mine", "me/mine:v2"),
        ("me/mine:latest", "me/mine:v2"),
        ("localhost:5000/me/mine", "localhost:5000/me/mine:v2"),
        ("localhost:5000/me/mine:v1", "localhost:5000/me/mine:v2"),
    ],
)
def test_an_image_has_one_tag(image: str, tagged: str) -> None:
    assert with_tag(image, "v2") == tagged


@pytest.mark.parametrize("image", ["me/${MINE:-mine}", "${LAB_REGISTRY}/mine"])
def test_no_other_variable_fills_in_an_image(tmp_path: Path, image: str) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(f'services: {{mine: {{image: "{image}", x-lab: {{role: server}}}}}}\n')
    with pytest.raises(ConfigError, match="only Compose interpolates"):
        read_services(path, {"MINE": "mine", "LAB_REGISTRY": "me"})


def test_a_recipe_holds_no_interpolation(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="only Compose interpolates"):
        read(tmp_path, "init: true", lab='{role: server, command: ["${BIN}"]}')


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


def test_a_role_that_is_a_list_is_none(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"x-lab\.role` is \['server'\]; .*allowed: server, "):
        read(tmp_path, "init: true", lab="{role: [server]}")


def test_a_command_as_text_is_split_as_a_shell_would(tmp_path: Path) -> None:
    assert read(tmp_path, "command: serve --name 'a b'").command == ("serve", "--name", "a b")


@pytest.mark.parametrize(
    ("line", "what"),
    [
        ("mem_limit: much", "mem_limit` is 'much'; it takes bytes, or a number with b, k, m or g"),
        ("stop_grace_period: 10", "stop_grace_period` is 10; it takes a duration such as 10s or"),
        (f"mem_limit: {'9' * 400}", "mem_limit` is 999"),
        ("mem_limit: \u0967g", "mem_limit` is '\u0967g'; it takes bytes, or a number with b, k, m"),
        (f"stop_grace_period: {'9' * 400}s", "stop_grace_period` is '999"),
        ("init: 3", "init` is 3; it takes true or false"),
        ("cap_drop: {a: b}", "cap_drop` is {'a': 'b'}; it takes a list"),
        ("environment: [A]", "environment` is ['A']; it takes NAME: text or number, each with"),
        ("environment: {A: }", "environment` is {'A': None}; it takes NAME: text or number"),
    ],
)
def test_a_wrong_value_is_named_with_what_is_allowed(tmp_path: Path, line: str, what: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, line)
    assert f"`services.mine.{what}" in str(raised.value)


@pytest.mark.parametrize(
    ("lab", "what"),
    [
        ("needs: [java], command: [x]", "needs` holds 'java'; allowed: cargo, go, python, py"),
        ("needs: [go]", "command` is missing; it takes a list of words"),
        ("command: [x], shell: y", "shell` is not a key here; allowed: role, "),
        ("command: [x], build: [make]", "build` holds 'make'; it takes a list of one or more"),
    ],
)
def test_a_wrong_recipe_is_named_with_what_is_allowed(tmp_path: Path, lab: str, what: str) -> None:
    with pytest.raises(ConfigError) as raised:
        read(tmp_path, "init: true", lab=f"{{role: server, {lab}}}")
    assert f"`services.mine.x-lab.{what}" in str(raised.value)


VARIANTS = """
      role: server
      needs: [cargo]
      sources: [src]
      build: [[make]]
      command: [mine]
      variants: {variants}"""


def recipe(tmp_path: Path, variants: str) -> Recipe:
    read_recipe = read(tmp_path, "", lab=VARIANTS.format(variants=variants)).recipe
    assert read_recipe is not None
    return read_recipe


def test_a_variant_differs_from_its_service_by_what_it_says_and_by_no_more(tmp_path: Path) -> None:
    base = recipe(tmp_path, "{slow: {build: [[make, slow]]}, odd: {needs: [], command: [odd, -x]}}")
    slow, odd = base.variants["slow"], base.variants["odd"]
    assert (slow.build, slow.command) == ((("make", "slow"),), base.command)
    assert (slow.needs, slow.sources) == (("cargo",), base.sources)
    assert (odd.build, odd.command, odd.needs) == (base.build, ("odd", "-x"), ())
    assert not slow.variants


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("[a]", "` is ['a']; it takes a table"),
        ("{a b: {build: [[x]]}}", ".a b` is no name; a variant's name takes small letters"),
        ("{a: [x]}", ".a` is ['x']; it takes a table of needs, sources, build, command"),
        ("{a: {}}", ".a` is {}; it takes one or more of needs, sources, build, command"),
        ("{a: {shell: x}}", ".a.shell` is not a key here; allowed: needs, sources, build, comm"),
        ("{a: {variants: {}}}", ".a.variants` is not a key here; allowed: needs, sources"),
        ("{a: {build: [make]}}", ".a.build` holds 'make'; it takes a list of one or more"),
        ("{a: {command: []}}", ".a.command` is []; it takes a list of one or more"),
        ("{a: {needs: [java]}}", ".a.needs` holds 'java'; allowed: cargo, go, python, python3"),
    ],
)
def test_a_wrong_variant_is_named_with_what_is_allowed(
    tmp_path: Path, text: str, what: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        recipe(tmp_path, text)
    assert f"`services.mine.x-lab.variants{what}" in str(raised.value)


def test_a_service_without_an_image_is_refused(tmp_path: Path) -> None:
    said = complaint(tmp_path / "compose.yaml", "services: {mine: {x-lab: {role: server}}}")
    assert "`services.mine.image` is missing; it takes a text" in said


@pytest.mark.parametrize("text", ["", "services: []", "a: [", "services: {mine: 3}", "\x00"])
def test_a_file_that_defines_no_services_is_refused_by_path(tmp_path: Path, text: str) -> None:
    path = tmp_path / "compose.yaml"
    path.write_text(text)
    with pytest.raises(ConfigError, match=str(path)):
        read_services(path)


def test_a_file_that_is_not_there_is_refused_by_path(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.yaml: cannot be read: No such file"):
        read_services(tmp_path / "none.yaml")
