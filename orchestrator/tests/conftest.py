"""What tests of all kinds share."""

from __future__ import annotations

import os
import re
import signal
from contextlib import nullcontext
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import settings
from xdist.scheduler import LoadScopeScheduling

from support.alone import Machine

# How long an example takes says nothing on a busy host; the same examples are tried everywhere.
settings.register_profile("lab", deadline=None, derandomize=True)
settings.load_profile("lab")

# What is ignored here is ignored by all that a test starts: SIGINT in the background of a script,
# SIGHUP under nohup. A test that wants one ignored says so itself.
for _number, _usual in (
    (signal.SIGINT, signal.default_int_handler),
    (signal.SIGTERM, signal.SIG_DFL),
    (signal.SIGHUP, signal.SIG_DFL),
):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, _usual)

#: Ids of tests that start servers as processes or in containers.
REAL_SERVERS = re.compile(r"(?:^|/)(process|docker)/")

#: What the workers of one run share.
MACHINE = pytest.StashKey[Machine]()

# Its tests assert, and are in no module that pytest collects.
pytest.register_assert_rewrite("support.contract")

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterator
    from pathlib import Path

    from support.lab import Lab


class _ByKindOfServer(LoadScopeScheduling):
    """Lets one worker run all tests of local processes, and one all those of containers.

    What many of them share is then made once. Tests that measure have the machine: support/alone.
    """

    def _split_scope(self, nodeid: str) -> str:
        found = REAL_SERVERS.search(nodeid)
        return found[1] if found else nodeid


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    return _ByKindOfServer(config, log)


def pytest_configure(config: pytest.Config) -> None:
    if run := getattr(config, "workerinput", {}).get("testrunuid"):
        config.stash[MACHINE] = Machine(run)


def pytest_unconfigure(config: pytest.Config) -> None:
    if found := config.stash.get(MACHINE, None):
        found.close()


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Wait for other workers: before a test until none measures, to measure until none tests."""
    found = item.config.stash.get(MACHINE, None)
    with found.held(alone=bool(item.get_closest_marker("alone"))) if found else nullcontext():
        return (yield)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """Tell where the time went, if `./lab test` told of its own parts."""
    if not os.environ.get("CLUSTERBENCH_TIME_SPENT"):
        return
    from launcher.time_spent import lines, parts_before  # noqa: PLC0415

    reports = (each for found in terminalreporter.stats.values() for each in found)
    terminalreporter.section("where the time went")
    for line in lines(parts_before(os.environ), (r for r in reports if hasattr(r, "duration"))):
        terminalreporter.line(line)


@pytest.fixture(scope="session")
def engine() -> Iterator[Any]:
    """Return a client of the Docker engine.

    Skips with the reason where there is no engine, and only there; fails instead with
    CLUSTERBENCH_REQUIRE_DOCKER=1, so that a CI cannot pass by losing its engine.
    """
    from clusterbench.errors import HostError  # noqa: PLC0415
    from clusterbench.runtime.docker.connection import connect  # noqa: PLC0415

    try:
        client = connect()
    except HostError as error:
        if os.environ.get("CLUSTERBENCH_REQUIRE_DOCKER") == "1":
            pytest.fail(f"CLUSTERBENCH_REQUIRE_DOCKER=1, and {error}")
        pytest.skip(str(error))
    yield client
    client.close()


@pytest.fixture(autouse=True)
def kept_in_the_repository(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """What a test of no real server makes is kept in its repository, where it says nothing else."""
    if not REAL_SERVERS.search(request.node.nodeid):
        monkeypatch.delenv("LAB_HOME", raising=False)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Lab]:
    """Return what makes the loop on fakes, with changes of the made-up experiment."""
    from support.lab import Lab  # noqa: PLC0415

    return lambda **changes: Lab(tmp_path, monkeypatch, **changes)
