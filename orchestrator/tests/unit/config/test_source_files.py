from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.config.source_files import read_toml, read_yaml
from clusterbench.errors import ConfigError

if TYPE_CHECKING:
    from pathlib import Path

TOML = """\
one = 1
[a]
b.c = 2
list = [
    "x = 1",
]
inline = {d = 3}
[a."e f".g]
"h i" = 4
"""
YAML = """\
base: &base {x: 1, y: 2}
list:
  - first
  - second: 3
over:
  <<: *base
  y: 4
1: {z: 5}
"""


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("one",), 1),
        (("a",), 2),
        (("a", "b", "c"), 3),
        (("a", "list", 0), 4),
        (("a", "inline", "d"), 7),
        (("a", "e f", "g"), 8),
        (("a", "e f", "g", "h i"), 9),
        (("a", "missing"), 2),
        (("missing", "x"), None),
    ],
)
def test_a_key_of_toml_has_its_line_else_that_of_the_table_around_it(
    tmp_path: Path, key: tuple[str | int, ...], line: int | None
) -> None:
    file = tmp_path / "a.toml"
    file.write_text(TOML)
    assert read_toml(file).line(key) == line


@pytest.mark.parametrize(
    ("key", "line"),
    [
        (("base", "y"), 1),
        (("list", 0), 3),
        (("list", 1, "second"), 4),
        (("over", "x"), 1),
        (("over", "y"), 7),
        (("over", "missing"), 5),
        (("1", "z"), 8),
        (("list", 7), 2),
        (("missing",), None),
    ],
)
def test_a_key_of_yaml_has_its_line_also_where_it_is_merged(
    tmp_path: Path, key: tuple[str | int, ...], line: int | None
) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(YAML)
    assert read_yaml(file).line(key) == line


@pytest.mark.parametrize("content", [b"a = ", b"a = \xff", b"a\x00"])
def test_what_is_no_toml_is_refused_by_path(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "a.toml"
    file.write_bytes(content)
    with pytest.raises(ConfigError, match=r"a\.toml: "):
        read_toml(file)
