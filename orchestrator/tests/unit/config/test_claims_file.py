from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from clusterbench.config.claims_file import read_published
from clusterbench.errors import ConfigError
from clusterbench.model.claims import Sides
from support.small_files import SMALL, claims

if TYPE_CHECKING:
    from pathlib import Path


def test_every_claim_is_a_row_and_every_percentile_its_own(tmp_path: Path) -> None:
    ids = [claim.id for claim in claims(tmp_path).claims]
    assert ids == ["train", "faster", "sooner-p50", "sooner-p99", "fewer"]


def test_a_claim_is_measured_as_the_defaults_say_unless_it_says_otherwise(tmp_path: Path) -> None:
    train, faster, _, sooner, fewer = claims(tmp_path).claims
    assert (faster.times, faster.levels, faster.minimum_levels) == (7.0, (8, 16), 2)
    assert (faster.sources.sweep, faster.sources.saturated) == (("sweep",), ("saturated",))
    assert (sooner.percentile, fewer.times, fewer.levels) == ("p99", None, (16,))
    assert (train.levels, train.sources.sweep) == ((), ("equal-work",))


def test_a_claim_about_training_names_who_trains_in_each_edition(tmp_path: Path) -> None:
    train, *others = claims(tmp_path).claims
    assert (train.better, train.than) == ("linfa-rust", ("sklearn",))
    assert train.editions == {"2019": Sides(better="linfa-rust", than=("sklearn-2019",))}
    assert not any(claim.editions for claim in others)


def test_the_published_summaries_and_their_host_are_in_force_with_the_claims(
    tmp_path: Path,
) -> None:
    found = claims(tmp_path)
    assert [each.contender for each in found.published] == ["slow", "fast"]
    assert found.host == "Ryzen 7 1700"


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            "times = 7.0",
            "tims = 7.0",
            "`claims.faster.tims` is not a key here; did you mean 'times'",
        ),
        ("times = 7.0\n", "", "`claims.faster.times` is missing"),
        ("times = 7.0", "times = 1.0", "`claims.faster.times` is 1.0; it takes a number above 1"),
        ("times = 7.0", 'times = "7x"', "`claims.faster.times` is '7x'; it takes a number above 1"),
        ('"throughput"', '"thruput"', "allowed: throughput, latency, errors, training"),
        (
            'better = "fast"',
            'better = "fst"',
            "`claims.faster.better` is 'fst'; did you mean 'fast'",
        ),
        (
            'than = ["slow"]',
            'than = ["fast"]',
            "`claims.faster.than` names 'fast', which is said to",
        ),
        (
            'than = ["slow"]',
            "than = []",
            "`claims.faster.than` is []; it takes a list of one or mor",
        ),
        ('["p50", "p99"]', '["p51"]', "`claims.sooner.percentiles` holds 'p51'; did you mean"),
        ('percentiles = ["p50", "p99"]', "", "`claims.sooner.percentiles` is missing"),
        (
            'published = "lower"',
            'published = "lower"\npercentiles = ["p50"]',
            "`claims.fewer.percentiles` is for claims about latency alone",
        ),
        ('"lower"', '"lower"\ntimes = 2.0', "`claims.fewer.times` is not for errors"),
        ("tolerance = 0.25", "tolerance = 1.5", "is 1.5; it takes a number between 0 and 1"),
        (
            "minimum_levels = 2",
            "minimum_levels = 0",
            "is 0; it takes a whole number from 1 to",
        ),
        (
            'subject = "latency"',
            f"subject = 0x{'f' * 5000}",
            "subject` is a number of thousands of digits; allowed: ",
        ),
        ("levels = [8, 16]", "levels = [8, 8]", "`defaults.levels` holds 8 twice"),
        ("[claims.train]", "[claim.train]", "`claim` is not a key here; did you mean 'claims'?"),
    ],
)
def test_a_mistake_names_the_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        claims(tmp_path, (old, new))
    assert str(tmp_path / "claims.toml") in str(raised.value)
    assert what in str(raised.value)


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ('sweep = ["sweep"]', 'sweep = ["swep"]', "defaults.sources.sweep` holds 'swep'; did you"),
        (
            '["published"]',
            '["sweep"]',
            "`defaults.sources.as_published` holds 'sweep'; allowed: pub",
        ),
        (
            '["saturated"]',
            '["sweep"]',
            "`defaults.sources.saturated` holds 'sweep'; allowed: satur",
        ),
        (
            'sweep = ["sweep"]',
            'sweep = ["open"]',
            "`defaults.sources.sweep` holds 'open'; allowed: ",
        ),
        ('["equal-work"]', '["equal"]', "`claims.train.sources.sweep` holds 'equal'; did you mean"),
        ('than = ["sklearn"]', 'than = ["slow"]', "`claims.train.than` holds 'slow'; allowed: "),
        ("{2019 = ", "{2018 = ", "`claims.train.editions.2018` is not a key here; did you mean"),
        (
            'than = ["sklearn-2019"]',
            'than = ["sklearn-2018"]',
            "`claims.train.editions.2019.than` holds 'sklearn-2018'; did you mean 'sklearn-2019'",
        ),
        (
            'published = "lower"',
            'published = "lower"\neditions = {2019 = {better = "fast", than = ["slow"]}}',
            "`claims.fewer.editions` is for claims about training",
        ),
    ],
)
def test_a_name_of_what_there_is_not_is_told_with_those_that_there_are(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    with pytest.raises(ConfigError) as raised:
        claims(tmp_path, (old, new))
    assert what in str(raised.value)


def test_every_mistake_is_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as raised:
        claims(
            tmp_path,
            ("tolerance = 0.25", "tolerance = 2"),
            ('better = "fast"', 'better = "fst"'),
            ('sources = {as_published = ["as-published"]', 'sources = {as_published = ["as-publ"]'),
        )
    first, *lines = str(raised.value).splitlines()
    assert first == "3 mistakes:"
    text = (tmp_path / "claims.toml").read_text().splitlines()
    told = [text[int(line.split(":")[1]) - 1] for line in lines]
    assert [line.split(" ")[0] for line in told] == ["tolerance", "sources", "better"]


def test_every_broken_line_of_the_published_figures_is_named(tmp_path: Path) -> None:
    file = tmp_path / "summaries.csv"
    header = (SMALL / "summaries.csv").read_text().splitlines()[0]
    file.write_text(f"{header}\nslow,two,1,1,0,1,1,1,1,1,1\nslow,2,1,1\n")
    with pytest.raises(ConfigError) as raised:
        read_published(file)
    assert "summaries.csv:2: not a published summary" in str(raised.value)
    assert "summaries.csv:3: not a published summary" in str(raised.value)


@pytest.mark.parametrize(("text", "what"), [(None, "cannot be read"), ("a,b\n", "no summary")])
def test_published_figures_that_are_not_there_are_told(
    tmp_path: Path, text: str | None, what: str
) -> None:
    file = tmp_path / "none.csv"
    if text is not None:
        file.write_text(text)
    with pytest.raises(ConfigError, match=rf"none\.csv: .*{what}"):
        read_published(file)
