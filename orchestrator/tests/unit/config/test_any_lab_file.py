"""Whatever the lab's own files hold, they are read or refused with one error of the lab's own."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusterbench.cli.names import read_names
from clusterbench.config import bench_file, claims_file
from clusterbench.config.compose_file import read_services
from clusterbench.errors import ConfigError
from support import small_lab

if TYPE_CHECKING:
    from pathlib import Path

SUMMARIES = "data/published/summaries.csv"
FILES = ["bench.toml", "compose.yaml", "claims.toml", SUMMARIES]

#: What takes the place of a value, or of any part.
PIECES = st.sampled_from([
    b"", b"0", b"-0", b"1e400", b"9" * 400, b"9" * 5000, b"0x" + b"f" * 5000, b"nan", b"inf",
    b"true", b"{}", b"[" * 3000, b'"', b"'''", b"\\", b"\xff", b"\xef\xbb\xbf", b"2019-99-99",
    b"\x00", b"12:30:45", b"1_0", b"*a", b"<<: ", b"!!python/x ", b'!!timestamp "x"', b".inf",
    b'!!int "x"', b"[[x]]\n", b"- ", b"? ", b"99999999999999999999g",
    b"99999999999999999999s", "\u0967".encode(),
])  # fmt: skip


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return small_lab.write(tmp_path / "lab")


@settings(max_examples=250, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=st.sampled_from(FILES), data=st.data())
def test_a_file_with_any_part_changed_is_read_or_refused(
    root: Path, name: str, data: st.DataObject
) -> None:
    good = (root / name).read_bytes()
    if data.draw(st.booleans()):
        values = [match.span(1) for match in re.finditer(rb"[=:,] *([^\n,}\]]+)", good)]
        start, end = data.draw(st.sampled_from(values))
    else:
        start = data.draw(st.integers(0, len(good)))
        end = data.draw(st.integers(start, min(len(good), start + 20)))
    (root / name).write_bytes(good[:start] + data.draw(PIECES) + good[end:])
    try:
        read_names(root)
        services = read_services(root / "compose.yaml")
        bench = bench_file.read(root / "bench.toml", services)
        claims_file.read(root / "claims.toml", root / SUMMARIES, bench)
    except ConfigError as refused:
        said = str(refused)
    else:
        said = str(root)
    finally:
        (root / name).write_bytes(good)
    assert str(root) in said
