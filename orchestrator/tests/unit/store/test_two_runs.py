"""Two run folders compared, with and without a calibration of their host."""

from __future__ import annotations

import argparse
import dataclasses
import json
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from clusterbench.cli.comparing_runs import compare_runs as command
from clusterbench.errors import ConfigError
from clusterbench.measure.between_runs import _ratio
from clusterbench.model.calibration import Calibration, Noise
from clusterbench.model.compared import CompareVerdict
from clusterbench.model.interval import Estimate
from clusterbench.model.units import Seconds
from clusterbench.report.render.runs_compared_screen import (
    runs_compared_markdown,
    runs_compared_screen,
)
from clusterbench.store import calibrations
from clusterbench.store.run_folder import RunFolder
from clusterbench.store.two_runs import compare_runs
from support.factories import cpu_plan, run_record, trial_record
from support.run_folders import closed_loop
from support.run_folders import measured as folder

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.records import Fingerprint
    from clusterbench.model.runs_compared import FigureChange, RunsCompared


def run(results: Path, number: int, *, slower: float = 1.0, **changes: Any) -> Path:
    """A run whose rust-tonic takes `slower` times as long for its requests."""
    record = run_record(id=f"2030010{number}T000000Z-made-up", **changes)
    made = RunFolder.create(results, record)
    for round_ in (1, 2):
        trial = trial_record(id=f"r{round_}-rust-tonic-predict-64", round=round_)
        made.add_samples(trial.id, closed_loop(0.016 * slower))
        made.append(trial)
    return made.path


def calibrate(results: Path, *, run_spread: float | None = 0.01, runs: int = 6) -> None:
    fingerprint = run_record().fingerprint
    calibrations.write(
        results,
        Calibration(
            created="2030-01-01T00:00:00+00:00",
            clusterbench="0.2.0",
            digest=calibrations.digest_of(fingerprint),
            fingerprint=fingerprint,
            plan=cpu_plan(),
            seconds=Seconds(60.0),
            noise=(
                Noise(contender="rust-tonic", metric="throughput", round=0.01, run=run_spread,
                      rounds=3, runs=runs),
            ),
        ),
    )  # fmt: skip


def change(found: RunsCompared, metric: str = "throughput") -> FigureChange:
    return next(each for each in found.changes if each.metric == metric)


def compared(results: Path, slower: float = 1.0, **options: Any) -> RunsCompared:
    return compare_runs(run(results, 1), run(results, 2, slower=slower), results=results, **options)


def test_without_a_calibration_it_is_too_noisy_to_say_however_large(tmp_path: Path) -> None:
    found = compared(tmp_path, slower=2.0)
    assert change(found).verdict is CompareVerdict.TOO_NOISY
    assert change(found).ratio is not None
    assert "not calibrated" in change(found).why
    assert found.judged == ()


def test_with_a_calibration_what_is_slower_beyond_its_noise_is_worse(tmp_path: Path) -> None:
    calibrate(tmp_path)
    found = compared(tmp_path, slower=1.25)
    assert change(found).verdict is CompareVerdict.SLOWER
    assert [each.metric for each in found.failing(0.05)] == ["throughput"]
    assert found.failing(0.5) == ()
    assert found.calibrated == "2030-01-01T00:00:00+00:00"


def test_what_is_within_the_noise_between_runs_is_not_judged(tmp_path: Path) -> None:
    calibrate(tmp_path, run_spread=0.1)
    assert change(compared(tmp_path, slower=1.05)).verdict is CompareVerdict.TOO_NOISY


def test_runs_that_hardly_differ_on_a_quiet_host_have_no_difference(tmp_path: Path) -> None:
    calibrate(tmp_path, run_spread=0.0)
    assert change(compared(tmp_path)).verdict is CompareVerdict.NO_DIFFERENCE


@pytest.mark.parametrize(("spread", "runs"), [(None, 6), (0.01, 1)])
def test_a_calibration_that_measured_no_runs_gives_no_interval(
    tmp_path: Path, spread: float | None, runs: int
) -> None:
    calibrate(tmp_path, run_spread=spread, runs=runs)
    found = change(compared(tmp_path, slower=2.0))
    assert found.verdict is CompareVerdict.TOO_NOISY
    assert "the calibration has not measured" in found.why


def test_about_5_of_100_intervals_miss_no_change() -> None:
    """Runs without any change, whose spread a calibration of many runs knows."""
    rng = np.random.default_rng(3)
    noise = Noise(contender="x", metric="cpu", round=0.03, run=0.02, runs=200)

    def figure() -> Estimate:
        rounds = np.exp(rng.normal(0, 0.02) + rng.normal(0, 0.03, 4))
        return Estimate(
            value=float(np.exp(np.log(rounds).mean())), low=None, high=None,
            rounds=tuple(map(float, rounds)),
        )  # fmt: skip

    outside = 0
    for _ in range(2000):
        low, high = _ratio(figure(), figure(), noise).ends or (0.0, 9.0)
        outside += not low <= 1 <= high
    assert 0.03 < outside / 2000 < 0.07


def elsewhere() -> Fingerprint:
    here = run_record().fingerprint
    return dataclasses.replace(here, host={**here.host, "cpu": "Made-up 2"})


def test_another_host_is_named_and_needs_across_hosts(tmp_path: Path) -> None:
    calibrate(tmp_path)
    one, other = run(tmp_path, 1), run(tmp_path, 2, slower=2.0, fingerprint=elsewhere())
    with pytest.raises(ConfigError, match="cpu: was Made-up 1, is Made-up 2") as refused:
        compare_runs(one, other, results=tmp_path)
    assert "--across-hosts" in str(refused.value)
    found = compare_runs(one, other, results=tmp_path, across_hosts=True)
    assert change(found).verdict is CompareVerdict.TOO_NOISY
    assert "one host" in change(found).why
    assert found.elsewhere == ("fingerprint.host.cpu: was Made-up 1, is Made-up 2",)


def test_another_build_is_what_one_compares_and_is_named(tmp_path: Path) -> None:
    here = run_record().fingerprint
    newer = dataclasses.replace(here, images={"rust-tonic": "sha256:2"})
    found = compare_runs(run(tmp_path, 1), run(tmp_path, 2, fingerprint=newer), results=tmp_path)
    assert found.elsewhere == ()
    assert found.differences == ("fingerprint.images.rust-tonic: was sha256:1, is sha256:2",)


def test_another_commit_is_named(tmp_path: Path) -> None:
    found = compare_runs(
        run(tmp_path, 1, commit="a" * 40), run(tmp_path, 2, commit="b" * 40), results=tmp_path
    )
    assert found.differences == (f"commit: was {'a' * 40}, is {'b' * 40}",)


def test_a_run_and_itself_are_refused(tmp_path: Path) -> None:
    one = run(tmp_path, 1)
    with pytest.raises(ConfigError, match="same run twice"):
        compare_runs(one, one, results=tmp_path)


def test_scenarios_that_load_servers_otherwise_are_left_out(tmp_path: Path) -> None:
    asked = run_record().experiment
    wider = {
        name: dataclasses.replace(each, connections=16) for name, each in asked.scenarios.items()
    }
    other = dataclasses.replace(asked, scenarios=wider)
    found = compare_runs(run(tmp_path, 1), run(tmp_path, 2, experiment=other), results=tmp_path)
    assert not [each for each in found.changes if each.scenario]
    assert any("connections: was 8, is 16" in line for line in found.differences)


def test_start_and_memory_are_compared_per_contender(tmp_path: Path) -> None:
    one = folder(tmp_path / "a", id="20300101T000000Z-a").path
    other = folder(tmp_path / "b", id="20300102T000000Z-b").path
    found = compare_runs(one, other, results=tmp_path)
    assert change(found, "memory").first == change(found, "memory").second
    assert change(found, "memory").scenario is None


def test_the_screen_says_the_largest_change_first_and_fits(tmp_path: Path) -> None:
    calibrate(tmp_path)
    found = compared(tmp_path, slower=1.25)
    text = runs_compared_screen(found, 80)
    assert max(map(len, text.splitlines())) <= 80
    assert "1 of 2 figures are worse: rust-tonic at predict 64, throughput -" in " ".join(
        text.split()
    )
    assert "calibration of this host of 2030-01-01" in " ".join(text.split())
    assert "worse" in runs_compared_markdown(found)


def test_the_screen_says_that_and_why_it_is_too_noisy(tmp_path: Path) -> None:
    text = " ".join(runs_compared_screen(compared(tmp_path), 80).split())
    assert "no figure can be judged. 2 of 2 figures too noisy to say: this host was not" in text
    assert "by `calibrate`" in text


def test_the_command_prints_text_or_json_and_writes_markdown(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    calibrate(tmp_path)
    one, other = run(tmp_path, 1), run(tmp_path, 2, slower=1.25)
    arguments = argparse.Namespace(
        results=tmp_path, across_hosts=False, precision=0.02, markdown=tmp_path / "text.md",
        json=True, quiet=False, verbose=False,
    )  # fmt: skip
    assert command(arguments, one, other).failing(0.05)
    value = json.loads(capsys.readouterr().out)
    assert value["first"] == "20300101T000000Z-made-up"
    assert "worse" in (tmp_path / "text.md").read_text()
    arguments.json = False
    command(arguments, one, other)
    assert "rust-tonic at predict 64" in " ".join(capsys.readouterr().out.split())
