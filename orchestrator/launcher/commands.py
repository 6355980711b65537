"""The commands that measure and serve: each chooses where, says so, and starts what does it."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from clusterbench.errors import ConfigError, HostError
from clusterbench.local import system_tools as tools
from clusterbench.local.how_to_call import how_to_call, no_such_server
from launcher import engine
from launcher.arguments import RUNTIME_HELP, Launch, read_launch, read_serve
from launcher.environment import environment
from launcher.images import build_more
from launcher.say import say

if TYPE_CHECKING:
    from collections.abc import Sequence

_MEASURING = ("run", "train")

DATA_GIVEN = "/lab/data-given"
"""Where the orchestrator's container sees the folder of --data."""


def run(root: Path, arguments: Sequence[str]) -> int:
    """Run an experiment, in containers or as local processes."""
    return _measure(root, "run", arguments, parts=["h2load", "browser"])


def report(root: Path, arguments: Sequence[str]) -> int:
    """Make a run folder's plots and page again; an engine's image has the browser it takes."""
    return _measure(root, "report", arguments, parts=["browser"])


def train(root: Path, arguments: Sequence[str]) -> int:
    """Time training, in containers or as local processes."""
    return _measure(root, "train", arguments, parts=["browser"])


def claims(root: Path, arguments: Sequence[str]) -> int:
    """Judge the published claims by run folders; it draws nothing."""
    return _measure(root, "claims", arguments, parts=[])


def plan(root: Path, arguments: Sequence[str]) -> NoReturn:
    """Return what a run would do."""
    launch = read_launch("plan", arguments)
    _local(root, "plan", [*launch.paths(), *_help(launch), *launch.rest])


def data(root: Path, arguments: Sequence[str]) -> NoReturn:
    """Make a data folder."""
    here = [_absolute_out(before, word) for before, word in _pairs(arguments)]
    _local(root, "data", here)


def doctor(root: Path, arguments: Sequence[str]) -> NoReturn:
    """Return what is missing here, or would spoil the figures."""
    launch = read_launch("doctor", arguments)
    options = [] if launch.help else ["--runtime", launch.runtime or _usual()]
    _local(root, "doctor", [*options, *launch.paths(), *_help(launch), *launch.rest])


def build(root: Path, arguments: Sequence[str]) -> NoReturn:
    """Build servers and ghz for local processes."""
    if arguments:
        raise ConfigError(f"./lab build takes no arguments, and got: {' '.join(arguments)}")
    _local(root, "build", [])


def serve(root: Path, arguments: Sequence[str]) -> int:
    """Start one server on localhost."""
    chosen = read_serve(root, arguments)
    runtime = _choose(chosen.runtime)
    if runtime == "process":
        where = ["--data", str(chosen.data), "--port", str(chosen.port)]
        _local(root, "serve", [chosen.name, *where])
    known = engine.servers(root)
    if chosen.name not in known:
        raise no_such_server(chosen.name, known)
    say(how_to_call(chosen.name, chosen.data / "model.json", chosen.port))
    override: dict[str, Any] = {
        "services": {
            chosen.name: {
                "networks": ["lab", "serve"],
                "ports": [f"127.0.0.1:{chosen.port}:5001"],
                "volumes": [f"{chosen.data / 'model.json'}:/data/model.json:ro"],
            }
        },
        # The lab's own network reaches nothing outside it, and nothing outside reaches it.
        "networks": {"serve": {"name": "clusterbench-serve"}},
    }
    return engine.run(root, ["--service-ports", "--build", chosen.name], override)


def _measure(root: Path, command: str, arguments: Sequence[str], *, parts: list[str]) -> int:
    launch = read_launch(command, arguments)
    if launch.help:
        sys.stdout.write(f"usage: ./lab {command} [options]\n\n{RUNTIME_HELP}\n")
        sys.stdout.flush()
        _local(root, command, ["--help"])
    if _choose(launch.runtime) == "docker":
        if command in _MEASURING:
            build_more(root, command, launch.rest)
        return _in_containers(root, command, launch)
    log = root / ".lab" / "logs" / "install.log"
    inside = environment(root, "run", say)
    tools.provide(parts, may_install=launch.install, log=log, say=say)
    options = ["--runtime", "process"] if command in _MEASURING else []
    return inside.become(["-m", "clusterbench", command, *options, *launch.paths(), *launch.rest])


def _in_containers(root: Path, command: str, launch: Launch) -> int:
    volumes = []
    options = ["--runtime", "docker"] if command in _MEASURING else []
    if launch.data is not None:
        volumes.append(f"{launch.data}:{DATA_GIVEN}:ro")
        options += ["--data", DATA_GIVEN]
    results = launch.results or root / "results"
    # Made here, since the engine would make a folder that is missing as root.
    results.mkdir(parents=True, exist_ok=True)
    if launch.results is not None:
        volumes.append(f"{results}:/results")
    override = {"services": {"orchestrator": {"volumes": volumes}}} if volumes else None
    alone = ["--no-deps"] if command not in _MEASURING else []
    seen = [_as_the_container_sees(word, root, results) for word in launch.rest]
    words = ["--build", *alone, "orchestrator", command, *options, *seen]
    return engine.run(root, words, override)


def _as_the_container_sees(word: str, root: Path, results: Path) -> str:
    """Turn a path of a run folder into the container's path of it."""
    for folder in (results, root / "results"):
        if Path(word).is_absolute() and Path(word).is_relative_to(folder):
            return str(Path("/results") / Path(word).relative_to(folder))
    return word


def _choose(asked: str | None) -> str:
    """Choose where servers run, and say why."""
    if asked == "process":
        say("local processes, as asked")
        return "process"
    found = engine.find_engine()
    if asked == "docker":
        if not found.there:
            raise HostError(
                f"--runtime docker: {found.why}; remedy: start or install Docker with Compose v2,"
                " or use --runtime process"
            )
        say(f"containers, as asked: {found.why}")
        return "docker"
    chosen = "docker" if found.there else "process"
    where = "containers" if found.there else "local processes"
    say(f"{where}: {found.why}; --runtime {'process' if found.there else 'docker'} is the other")
    return chosen


def _usual() -> str:
    return "docker" if engine.find_engine().there else "process"


def _local(root: Path, command: str, arguments: Sequence[str]) -> NoReturn:
    environment(root, "run", say).become(["-m", "clusterbench", command, *arguments])


def _help(launch: Launch) -> list[str]:
    return ["--help"] if launch.help else []


def _pairs(words: Sequence[str]) -> list[tuple[str, str]]:
    return list(zip(["", *words], words, strict=False))


def _absolute_out(before: str, word: str) -> str:
    """Make `--out DIR` absolute, as seen from where the user stands: commands run in the root."""
    if before == "--out":
        return str(Path(word).absolute())
    if word.startswith("--out="):
        return f"--out={Path(word.removeprefix('--out=')).absolute()}"
    return word
