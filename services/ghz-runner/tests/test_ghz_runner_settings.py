from __future__ import annotations

import pytest
from ghz_runner.settings import Settings, read_settings

from clusterbench.errors import ConfigError
from clusterbench.model.experiment import Method

#: As compose.yaml sets it.
PUBLISHED = {
    "LAB_TARGET": "rust-tonic",
    "LAB_CONCURRENCY": "64 128 256 512 1024",
    "LAB_DURATION": "30s",
    "LAB_METHOD": "Predict",
    "LAB_CONNECTIONS": "8",
    "LAB_GENERATOR": "ghz",
    "LAB_SERVER_CPUS": "",
    "LAB_GENERATOR_CPUS": "",
}


def settings(**changes: str) -> Settings:
    return read_settings({**PUBLISHED, **changes})


def test_the_published_sweep_is_read() -> None:
    found = settings()
    assert found.target == "rust-tonic"
    assert found.scenario.sweep == (64, 128, 256, 512, 1024)
    assert found.timing.load == 30.0
    assert found.scenario.method is Method.PREDICT
    assert found.scenario.generator == "ghz"
    assert str(found.server_cpus) == "unpinned"


@pytest.mark.parametrize("text", ["8 64", "8,64", " 8, 64 ", "8,,64", "8 64 8"])
def test_levels_may_be_parted_by_spaces_and_commas(text: str) -> None:
    assert settings(LAB_CONCURRENCY=text).scenario.sweep == (8, 64)


@pytest.mark.parametrize(
    ("text", "seconds"), [("500ms", 0.5), ("3s", 3.0), ("1.5s", 1.5), ("1m", 60.0), ("5m", 300.0)]
)
def test_a_duration_has_a_unit(text: str, seconds: float) -> None:
    assert settings(LAB_DURATION=text).timing.load == pytest.approx(seconds)


@pytest.mark.parametrize(("text", "cpus"), [("0", "0"), ("0-3,8", "0-3,8"), ("2,1,0", "0-2")])
def test_cpus_are_read_as_the_engine_reads_them(text: str, cpus: str) -> None:
    assert str(settings(LAB_GENERATOR_CPUS=text).generator_cpus) == cpus


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("LAB_TARGET", "", "LAB_TARGET is not set"),
        ("LAB_CONCURRENCY", "", "LAB_CONCURRENCY is not set"),
        ("LAB_CONCURRENCY", "64 0", "'0' is not a whole number from 1 to 1000000"),
        ("LAB_CONCURRENCY", "64 many", "'many' is not a whole number"),
        ("LAB_CONCURRENCY", "-8", "'-8' is not a whole number"),
        ("LAB_DURATION", "30", "'30' is not a time such as 30s"),
        ("LAB_DURATION", "1h", "'1h' is not a time"),
        ("LAB_DURATION", "0s", "0s is not from 100ms to 5m"),
        ("LAB_DURATION", "6m", "6m is not from 100ms to 5m"),
        ("LAB_METHOD", "predict", "'predict' is not Predict or PredictBatch"),
        ("LAB_CONCURRENCY", "99999999999", "is not a whole number from 1 to 1000000"),
        ("LAB_CONCURRENCY", "9" * 5000, "is not a whole number from 1 to 1000000"),
        ("LAB_CONCURRENCY", "\u0967", "is not a whole number from 1 to 1000000"),
        ("LAB_CONCURRENCY", "1_000", "'1_000' is not a whole number from 1 to 1000000"),
        ("LAB_CONNECTIONS", "0", "'0' is not a whole number from 1 to 20000"),
        ("LAB_CONNECTIONS", "20001", "'20001' is not a whole number from 1 to 20000"),
        ("LAB_DURATION", "nan", "'nan' is not a time such as 30s"),
        ("LAB_DURATION", "\u0969s", "is not a time such as 30s"),
        ("LAB_DURATION", "1e400s", "'1e400s' is not a time such as 30s"),
        ("LAB_DURATION", "9" * 5000 + "s", "is not a time such as 30s"),
        ("LAB_SERVER_CPUS", "0-99999999999", "is not a list of CPUs"),
        ("LAB_SERVER_CPUS", "\u0967", "is not a list of CPUs"),
        ("LAB_GENERATOR", "wrk", "'wrk' is not ghz or h2load or grpc-load"),
        ("LAB_SERVER_CPUS", "all", "'all' is not a list of CPUs such as 0-3"),
        ("LAB_GENERATOR_CPUS", "0-", "'0-' is not a list of CPUs"),
    ],
)
def test_a_wrong_setting_is_told_with_its_value_and_what_is_allowed(
    name: str, value: str, says: str
) -> None:
    with pytest.raises(ConfigError, match=f"^{name}") as told:
        settings(**{name: value})
    assert says in str(told.value)


def test_h2load_refuses_a_level_that_its_connections_cannot_share_and_says_which_it_can() -> None:
    with pytest.raises(ConfigError, match="LAB_CONCURRENCY holds 100") as told:
        settings(LAB_GENERATOR="h2load", LAB_CONCURRENCY="64 100")
    assert "96 or 104" in str(told.value)
    assert settings(LAB_GENERATOR="ghz", LAB_CONCURRENCY="64 100").scenario.sweep == (64, 100)


def test_a_concurrency_below_the_connections_has_a_connection_for_each_request() -> None:
    found = settings(LAB_GENERATOR="h2load", LAB_CONCURRENCY="3", LAB_CONNECTIONS="8")
    assert found.scenario.connections_at(3) == 3


@pytest.mark.parametrize("duration", ["100ms", "500ms", "1s", "2s", "30s"])
def test_the_window_is_what_is_left_of_a_level_and_never_empty(duration: str) -> None:
    found = settings(LAB_DURATION=duration)
    timing = found.timing
    assert timing.window > 0
    assert timing.dropped <= 1.0


def test_the_first_second_of_a_published_level_is_dropped() -> None:
    assert settings().timing.dropped == 1.0
