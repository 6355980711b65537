"""The command that judges runs by the published claims."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

import pytest

from clusterbench.cli import judging as verdicts
from clusterbench.cli.commands import COMMANDS
from clusterbench.cli.parser import Place, command_line
from clusterbench.errors import ConfigError, RunRefused
from clusterbench.store.run_folder import RunFolder
from support.factories import run_record
from support.small_files import claims

if TYPE_CHECKING:
    from pathlib import Path

    from clusterbench.model.records import RunRecord

# ------------------------------------------------------------------------- several runs at once


def record(name: str = "one", **changes: Any) -> Any:
    base = run_record(id=name)
    print_ = dataclasses.replace(base.fingerprint, **changes.pop("fingerprint", {}))
    return dataclasses.replace(base, fingerprint=print_, **changes)


def test_runs_of_different_hosts_are_refused_with_what_differs() -> None:
    other = record("two", fingerprint={"host": {"cpu": "Made-up 2", "kernel": "6.1"}})
    with pytest.raises(RunRefused, match=r"one and two .*cpu: Made-up 1 and Made-up 2"):
        verdicts.check_hosts([record(), other])
    verdicts.check_hosts([record(), record("two")])


def test_runs_of_one_host_that_differ_otherwise_are_flagged() -> None:
    assert verdicts.differences([record(), record("two")]) == []
    (said,) = verdicts.differences([record(), record("two", runtime="docker")])
    assert said == "one ran as process, two as docker"


def test_runs_that_share_a_server_of_another_build_are_flagged_and_others_are_not() -> None:
    def of(name: str, **fingerprint: Any) -> RunRecord:
        return record(name, fingerprint=fingerprint)

    one = of("one", software={"a": {"numpy": "1"}}, images={"a": "sha256:1"})
    for changed in (
        of("two", software={"a": {"numpy": "2"}}, images={"a": "sha256:1"}),
        of("two", software={"a": {"numpy": "1"}}, images={"a": "sha256:2"}),
    ):
        assert verdicts.differences([one, changed]) == ["one and two ran other builds of a"]
    more = of(
        "two",
        software={"a": {"numpy": "1"}, "b": {"numpy": "3"}},
        images={"a": "sha256:1", "b": "sha256:3"},
    )
    assert verdicts.differences([one, more]) == []
    assert verdicts.differences([one, of("two", software={}, images={})]) == []


def test_the_claims_of_the_first_run_that_kept_any_are_in_force(tmp_path: Path) -> None:
    kept = claims(tmp_path)
    assert verdicts.in_force([record(), record("two", claims=kept)]) == kept
    with pytest.raises(ConfigError, match="one: no claims were in force"):
        verdicts.in_force([record()])


def test_claims_in_force_stay_in_the_run_folder(tmp_path: Path) -> None:
    kept = claims(tmp_path)
    folder = RunFolder.create(tmp_path / "results", run_record(claims=kept))
    assert RunFolder.open(folder.path).run.claims == kept


def test_judging_two_runs_prints_their_claims_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    kept, results = claims(tmp_path), tmp_path / "results"
    for name in ("one", "two"):
        RunFolder.create(results, run_record(id=name, claims=kept))

    def there() -> dict[Path, tuple[int, bytes]]:
        files = (file for file in results.rglob("*") if file.is_file())
        return {file: (file.stat().st_mtime_ns, file.read_bytes()) for file in files}

    before = there()
    words = ["claims", "one", "two", "--results", str(results)]
    verdicts.claims(command_line(COMMANDS, Place()).parse(words))
    assert all(claim.id in capsys.readouterr().out for claim in kept.claims[:1])
    assert there() == before
