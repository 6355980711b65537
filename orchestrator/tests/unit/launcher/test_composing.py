"""Finding an engine, with programs that answer as docker does."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from clusterbench.errors import HostError
from launcher import composing
from launcher.composing import ask, compose, entries, find_engine, mount, waits_for


def docker(path: Path, *, server: str = "echo 26.1.5", composed: str = "echo 2.26.1-4") -> None:
    script = f'#!/bin/sh\ncase "$1" in\nversion) {server};;\ncompose) {composed};;\nesac\n'
    (path / "docker").write_text(script)
    (path / "docker").chmod(0o755)


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Nothing says where the engine is, but what a test says."""
    for name in ("DOCKER_SOCKET", "DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path / ".docker"))


def test_an_engine_that_answers_with_compose_two_is_found_and_named(path: Path) -> None:
    docker(path)
    found = find_engine()
    assert found.there
    where = "unix:///var/run/docker.sock (the default)"
    assert found.why == f"Docker 26.1.5 with Compose 2.26.1-4, at {where}"


REMEMBERS = """#!/bin/sh
echo "$DOCKER_HOST,$DOCKER_SOCKET,$DOCKER_CONTEXT,$CLUSTERBENCH_ENGINE" >> "${0%/*}/said"
case "$1" in version) echo 26.1.5;; compose) echo '2.26.1'; esac
"""


def test_every_command_reaches_the_engine_that_docker_socket_names(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (path / "docker").write_text(REMEMBERS)
    (path / "docker").chmod(0o755)
    said = path / "said"
    for name, value in {
        "DOCKER_SOCKET": "/run/mine.sock",
        "DOCKER_HOST": "unix:///run/other.sock",
        "DOCKER_CONTEXT": "another",
    }.items():
        monkeypatch.setenv(name, value)
    assert "at unix:///run/mine.sock (DOCKER_SOCKET)" in find_engine().why
    composing.build(tmp_path, ["orchestrator"])
    composing.ask(tmp_path, ["orchestrator"], None)
    composing.run(tmp_path, ["orchestrator"])
    lines = said.read_text().splitlines()
    assert len(lines) >= 5
    named = "unix:///run/mine.sock (DOCKER_SOCKET)"
    assert set(lines) == {f"unix:///run/mine.sock,/run/mine.sock,,{named}"}


def test_a_context_that_is_not_there_is_no_engine(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker(path)
    monkeypatch.setenv("DOCKER_CONTEXT", "gone")
    assert not find_engine().there
    assert "the Docker context gone (DOCKER_CONTEXT)" in find_engine().why


def test_an_engine_that_is_reached_by_ssh_is_refused_by_name_before_it_is_called(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker(path, server=f"touch {path}/called")
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@build-box")
    found = find_engine()
    assert not found.there
    assert "ssh://me@build-box (DOCKER_HOST) is on another machine" in found.why
    assert not (path / "called").exists()


def another(path: Path, monkeypatch: pytest.MonkeyPatch, *, kernel: str, boot: str = "") -> None:
    """Have `docker` answer as an engine that is reached over a network does."""
    memory = re.search(r"MemTotal:\s+(\d+)", Path("/proc/meminfo").read_text())
    assert memory is not None
    answers = {
        "version": "26.1.5",
        "compose": """{"services": {"orchestrator": {"image": "o"}}}""",
        "info": f"{kernel} {int(memory[1]) * 1024}",
        "run": boot,
    }
    cases = "".join(f"{name}) echo '{answer}';; " for name, answer in answers.items())
    (path / "docker").write_text(f'#!/bin/sh\ncase "$1" in {cases} esac\n')
    (path / "docker").chmod(0o755)
    monkeypatch.setenv("DOCKER_HOST", "tcp://10.0.0.1:2375")


def test_an_engine_with_another_kernel_is_refused_by_name(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    another(path, monkeypatch, kernel="2.4.0")
    found = find_engine()
    assert not found.there
    assert "tcp://10.0.0.1:2375 (DOCKER_HOST) is on another machine: its kernel is" in found.why


def test_an_engine_of_a_machine_that_is_alike_is_refused_by_its_boot_id(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(composing, "boot_id", lambda: "this-boot")
    another(path, monkeypatch, kernel=os.uname().release, boot="another-boot")
    assert "Compose v2" in find_engine().why  # it is not refused by what it says of itself
    with pytest.raises(HostError, match=r"10\.0\.0\.1.*boot id is another-boot there"):
        composing.check_machine(path)
    another(path, monkeypatch, kernel=os.uname().release, boot="this-boot")
    composing.check_machine(path)


def test_no_docker_is_no_engine(path: Path) -> None:
    assert path.exists()
    assert not find_engine().there
    assert "not installed" in find_engine().why


def test_an_engine_that_does_not_answer_says_what_docker_says(path: Path) -> None:
    docker(path, server="echo permission denied on the socket >&2; exit 1")
    found = find_engine()
    assert not found.there
    assert found.why.endswith("permission denied on the socket")


@pytest.mark.parametrize("composed", ["echo no such command >&2; exit 1", "echo 1.29.2"])
def test_an_engine_without_compose_two_is_none_for_this_lab(path: Path, composed: str) -> None:
    docker(path, composed=composed)
    found = find_engine()
    assert not found.there
    assert "no Compose v2" in found.why


def test_a_compose_file_that_can_not_be_read_is_an_error_with_its_reason(path: Path) -> None:
    docker(path, composed="echo yaml: line 3 >&2; exit 15")
    with pytest.raises(HostError, match="yaml: line 3"):
        entries(path)


def test_what_an_entry_waits_for_is_named(path: Path) -> None:
    shown = '{"services": {"a": {"depends_on": {"a-image": {}}}, "b": {}}}'
    docker(path, composed=f"echo '{shown}'")
    assert waits_for(path, "a") == ["a-image"]
    assert waits_for(path, "b") == []


NETWORKS = """#!/bin/sh
echo "$*" >> "$0.asked"
case "$1 $2" in
"network ls") echo used; echo unused;;
"ps --all") case "$*" in
    *network=used*) echo a-container-that-has-stopped;;
    *label=clusterbench.run*) cat "$0.runs";;
    esac;;
esac
"""


def networks_removed(path: Path, *, runs: str) -> list[str]:
    """Ask for a plan beside these runs; return what docker was told of removing networks."""
    program = path / "docker"
    program.write_text(NETWORKS)
    program.chmod(0o755)
    (path / "cat").symlink_to("/bin/cat")
    (path / "docker.runs").write_text(runs)
    assert ask(path, ["orchestrator", "plan"], None) == (0, "")
    asked = (path / "docker.asked").read_text().splitlines()
    assert "run --rm --no-TTY orchestrator plan" in asked[0]
    return [words for words in asked[1:] if words.startswith("network")]


def test_networks_that_compose_made_go_after_a_command_where_no_container_is_in_them(
    path: Path,
) -> None:
    looked, *removed = networks_removed(path, runs="")
    assert "--filter name=^clusterbench$ --filter name=^clusterbench-serve$" in looked
    assert removed == ["network rm unused"]


def test_networks_stay_while_a_run_goes_on_which_may_be_between_two_servers(path: Path) -> None:
    assert networks_removed(path, runs="its-holder\n") == []


def test_two_overrides_have_two_files_and_one_override_has_one(tmp_path: Path) -> None:
    one = compose(tmp_path, ["run"], {"services": {"a": {}}})
    other = compose(tmp_path, ["run"], {"services": {"b": {}}})
    assert one == compose(tmp_path, ["run"], {"services": {"a": {}}})
    assert one != other
    assert len(list((tmp_path / ".lab" / "compose").iterdir())) == 2


def test_compose_reads_every_name_of_an_override_as_it_is(tmp_path: Path) -> None:
    """It would put variables' values in the place of `$HOME`, and part a volume at its `:`."""
    folder = tmp_path / "a:b $HOME ${x:-y}"
    entry = {"volumes": [mount(folder, "/results")], "command": ["$1"], "init": True}
    *_, file, _ = compose(tmp_path, ["run"], {"services": {"a": entry}})
    laid = json.loads(Path(file).read_text())["services"]["a"]
    assert laid["volumes"] == [
        {
            "type": "bind",
            "source": str(tmp_path / "a:b $$HOME $${x:-y}"),
            "target": "/results",
            "read_only": False,
            "bind": {"create_host_path": False},
        }
    ]
    assert (laid["command"], laid["init"]) == (["$$1"], True)


def test_compose_gets_what_it_works_with_and_nothing_else_that_fills_in_its_file(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    docker(path, composed='echo "$(/usr/bin/env)"')
    passed_on = {
        "DOCKER_HOST": "unix:///run/mine.sock", "DOCKER_SOCKET": "/run/mine.sock",
        "HOME": "/home/me", "https_proxy": "http://proxy", "LC_ALL": "C", "SSH_AUTH_SOCK": "/s",
        "COMPOSE_PROJECT_NAME": "mine", "LAB_REGISTRY": "ghcr.io/me", "LAB_TAG": "v2",
    }  # fmt: skip
    not_passed_on = {
        "TARGET": "x86_64-unknown-linux-gnu", "PROFILE": "release", "LAB_PROFILE": "quick",
        "LAB_TARGET": "none", "COMPOSE_FILE": "other.yaml", "COMPOSE_PROFILES": "other",
        "COMPOSE_ENV_FILES": "/missing", "COMPOSE_STATUS_STDOUT": "1", "METHOD": "GET",
    }  # fmt: skip
    for name, value in {**passed_on, **not_passed_on}.items():
        monkeypatch.setenv(name, value)
    status, printed = ask(tmp_path, ["orchestrator"], None)
    assert status == 0
    seen = dict(line.split("=", 1) for line in printed.splitlines())
    assert {name: seen.get(name) for name in passed_on} == passed_on
    assert not seen.keys() & not_passed_on.keys()


ATTENDING = """
import sys
from pathlib import Path
from launcher.composing import attend

sys.exit(attend(["docker", "compose", "run"], Path("."), "named", watched=False))
"""


def attended(path: Path, docker_script: str, *, through: str = "") -> subprocess.Popen[str]:
    """Start a process that attends to a `docker` that does as the script says.

    `through` is what a shell does before it becomes that process.
    """
    begin = '#!/bin/sh\nexport PATH=/usr/bin:/bin\nHERE=$(dirname "$0")\n'
    (path / "docker").write_text(f"{begin}{docker_script}\n")
    (path / "docker").chmod(0o755)
    importable = os.pathsep.join(sys.path)
    return subprocess.Popen(
        ["/bin/sh", "-c", f'{through}\nexec "$@"', "sh", sys.executable, "-c", ATTENDING],
        env={**os.environ, "PYTHONPATH": importable},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


IN_A_CONTAINER = """
case "$1" in
compose) echo up; while [ ! -e "$HERE/told" ]; do sleep 0.05; done; exit 130;;
kill) [ ! -e "$HERE/told" ] && echo "$3 $4" > "$HERE/told";;
esac
"""

STILL_BUILDING = """
case "$1" in
compose) trap 'exit 7' TERM; echo up; while :; do sleep 0.05; done;;
kill) exit 1;;
esac
"""


@pytest.mark.parametrize(
    ("number", "told"),
    [
        (signal.SIGINT, signal.SIGINT),
        (signal.SIGTERM, signal.SIGTERM),
        (signal.SIGHUP, signal.SIGTERM),
    ],
)
def test_a_signal_goes_to_the_container_whose_end_is_waited_for(
    path: Path, number: int, told: int
) -> None:
    process = attended(path, IN_A_CONTAINER)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(number)
    assert process.wait(timeout=30) == 130
    assert (path / "told").read_text().split() == [str(int(told)), "named"]


IN_A_CONTAINER_FOR_A_WHILE = """
case "$1" in
compose) echo up; while [ ! -e "$HERE/end" ]; do sleep 0.05; done; exit 5;;
kill) echo "$3" >> "$HERE/told";;
esac
"""


@pytest.mark.parametrize("name", ["HUP", "INT", "TERM"])
def test_a_signal_that_is_ignored_at_the_start_stays_ignored(path: Path, name: str) -> None:
    """As `nohup` and scripts with jobs in the background have it."""
    process = attended(path, IN_A_CONTAINER_FOR_A_WHILE, through=f"trap '' {name}")
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.Signals[f"SIG{name}"])
    (path / "end").touch()
    assert process.wait(timeout=30) == 5
    assert not (path / "told").exists()


def test_a_signal_before_there_is_a_container_ends_the_build(path: Path) -> None:
    process = attended(path, STILL_BUILDING)
    assert process.stdout is not None
    assert process.stdout.readline() == "up\n"
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=30) == 7


def test_the_exit_code_passes_through(path: Path) -> None:
    assert attended(path, "exit 3").wait(timeout=30) == 3
