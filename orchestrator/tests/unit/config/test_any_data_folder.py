"""Whatever a data folder holds, it is read or refused with one error of the lab's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from clusterbench.config.data_folder import read_data
from clusterbench.config.generate_data import generate
from clusterbench.errors import ConfigError
from clusterbench.model.data import BATCHES, MODEL, OBSERVATIONS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from clusterbench.model.data import DataFolder

GOOD = generate(clusters=2, features=2, samples=2, batch=2, seed=1)
FILES = [MODEL, OBSERVATIONS, BATCHES]

#: What takes the place of a part of a good file.
PIECES = st.sampled_from([
    b"", b"0", b"-0", b"-", b"1e999", b"-1e400", b"1e308", b"5e-324", b"9" * 400, b"9" * 5000,
    b"NaN", b"-Infinity", b"true", b"null", b"[]", b"{}", b"[" * 50_000, b'{"a":' * 50_000, b'"',
    b"\\ud800", b"\xff", b"\xed\xa0\x80", b"\xef\xbb\xbf", b"\x00", b'"features"', b",", b"]",
    b'"n_clusters": 1,', b"}", b"//", b"1_0", "\u0967".encode(), b"0x10", b"01", b"+1", b"1.",
])  # fmt: skip
NUMBERS = st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3),
    lambda inside: (
        st.lists(inside, max_size=3)
        | st.dictionaries(
            st.sampled_from(
                ["n_clusters", "n_features", "centroids", "features", "observations", "x"]
            ),
            inside,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@pytest.fixture
def read(tmp_path: Path) -> Callable[[str, bytes], DataFolder | None]:
    """Return what reads a good folder with one other file: None where it is refused by name."""

    def one(file: str, content: bytes) -> DataFolder | None:
        for name, good in GOOD.items():
            (tmp_path / name).write_bytes(content if name == file else good)
        try:
            return read_data(tmp_path)
        except ConfigError as refused:
            said = str(refused)
        assert said.startswith(f"{tmp_path}/")
        assert len(said) < 600
        assert said.isprintable()
        return None

    return one


def anything(examples: int) -> settings:
    # The fixture is a folder that is written anew each time.
    return settings(
        max_examples=examples, suppress_health_check=[HealthCheck.function_scoped_fixture]
    )


@anything(300)
@given(file=st.sampled_from(FILES), content=st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(
    read: Callable[[str, bytes], DataFolder | None], file: str, content: bytes
) -> None:
    assert read(file, content) is None


@anything(500)
@given(file=st.sampled_from(FILES), data=st.data())
def test_a_good_file_with_any_part_changed_is_read_or_refused(
    read: Callable[[str, bytes], DataFolder | None], file: str, data: st.DataObject
) -> None:
    good = GOOD[file]
    start = data.draw(st.integers(0, len(good)))
    end = data.draw(st.integers(start, min(len(good), start + 30)))
    changed = good[:start] + data.draw(PIECES | st.binary(max_size=6)) + good[end:]
    folder = read(file, changed)
    if folder is not None:
        assert np.isfinite(folder.centroids).all()
        assert folder.centroids.shape[1] == folder.observations.shape[1]


@anything(500)
@given(file=st.sampled_from(FILES), value=VALUES, inside=st.booleans())
def test_any_json_is_read_or_refused(
    read: Callable[[str, bytes], DataFolder | None], file: str, value: object, *, inside: bool
) -> None:
    whole = {
        MODEL: {"n_clusters": 1, "n_features": 2, "centroids": value},
        OBSERVATIONS: [{"features": value}],
        BATCHES: [{"observations": [{"features": value}]}],
    }
    read(file, json.dumps(whole[file] if inside else value).encode())


@anything(300)
@given(rows=st.integers(1, 3).flatmap(lambda width: st.lists(
    st.lists(NUMBERS, min_size=width, max_size=width), min_size=1, max_size=4
)))  # fmt: skip
def test_what_is_written_anew_reads_back_bit_by_bit(
    tmp_path: Path, rows: list[list[float]]
) -> None:
    def files(folder: DataFolder) -> dict[str, bytes]:
        return {
            MODEL: folder.model_json,
            OBSERVATIONS: folder.observations_json,
            BATCHES: folder.batches_json,
        }

    asked = [{"features": row} for row in rows]
    model = {"n_clusters": 1, "n_features": len(rows[0]), "centroids": rows[:1], "seed": 1}
    first = {MODEL: model, OBSERVATIONS: asked, BATCHES: [{"observations": asked}]}
    for name, content in first.items():
        (tmp_path / name).write_text(json.dumps(content))
    largest = max(abs(number) for row in rows for number in row)
    if largest > 1e100:
        with pytest.raises(ConfigError, match="to 1e\\+100; make"):
            read_data(tmp_path)
        return
    once = read_data(tmp_path)
    assert once.observations.tobytes() == np.array(rows).tobytes()
    for name, raw in files(once).items():
        (tmp_path / name).write_bytes(raw)
    again = read_data(tmp_path)
    assert files(again) == files(once)
    assert again.centroids.tobytes() == once.centroids.tobytes() == np.array(rows[:1]).tobytes()
    assert again.observations.tobytes() == once.observations.tobytes()
    assert [b.tobytes() for b in again.batches] == [b.tobytes() for b in once.batches]
