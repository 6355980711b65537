"""Where each command runs: in containers or here; what is made first, and what is started."""

from __future__ import annotations

import argparse
import json
import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from clusterbench.cli.parser import words
from clusterbench.cli.runs_given import runs_given
from clusterbench.cli.verify_target import parse_target
from clusterbench.errors import ExitCode, HostError, StoreError
from clusterbench.host.own_commit import COMMIT, own_commit
from clusterbench.local.build import cache_of
from clusterbench.local.how_to_call import how_to_call
from clusterbench.local.served_model import served_model
from clusterbench.model.compare_plan import Arm
from clusterbench.own_files import reason
from clusterbench.own_program import PROGRAM
from launcher import composing, image_source, revision_images
from launcher.environment import environment
from launcher.image_source import ImageSource, PullPolicy
from launcher.own_bench import included_files
from launcher.say import say
from launcher.testing import import_path

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.cli.parser import Place

DATA_GIVEN = "/lab/data-given"
"""Where the orchestrator's container sees the folder of --data."""


def start(root: Path, found: argparse.Namespace, place: Place) -> int:
    """Start what was asked for, which has been checked as far as names and folders go."""
    ways = {
        "run": _measure,
        "capacity": _measure,
        "train": _measure,
        "compare": _compare,
        "calibrate": _measure,
        "report": _report,
        "serve": _serve,
        "verify": _verify,
        "bench calls": _time_calls,
    }
    image_source.policy_of(found)  # a mistaken variable is named before anything is begun
    if found.command.name in {"doctor", "plan"}:
        found.runtime = found.runtime or ("docker" if composing.find_engine().there else "process")
    return ways.get(found.command.name, _here)(root, found, place)


def _here(root: Path, found: argparse.Namespace, place: Place) -> int:
    """Become the command in the lab's environment."""
    image_source.refuse(found)
    inside = environment(root, "run")
    return inside.become(["-m", "clusterbench", *words(found)], {PROGRAM: place.program})


def _measure(root: Path, found: argparse.Namespace, place: Place) -> int:
    """Measure: check everything first, then build what this experiment needs, then begin."""
    found.runtime = _choose(found.runtime)
    if found.runtime == "process":
        return _here(root, found, place)  # it checks before it provides, builds and begins
    contained = Contained(root, found, place)
    images = ImageSource.of(root, found)
    images.provide_orchestrator()
    code, text = contained.plan()
    if code != ExitCode.OK:
        return code
    if getattr(found, "plan_only", False):
        return contained.run()
    images.provide_planned(json.loads(text)["images"])
    return contained.run()


def _compare(root: Path, found: argparse.Namespace, place: Place) -> int:
    """Compare: revisions are checked out here, where git is, and their images built here too.

    Two runs that were measured before need no engine.
    """
    if (runs := runs_given(found)) is not None:
        for arm, path in zip(Arm, runs, strict=True):
            setattr(found, arm, str(path.absolute()))
        return _here(root, found, place)
    found.runtime = _choose(found.runtime or revision_images.needed(found))
    if found.runtime == "process":
        return _here(root, found, place)
    markdown, found.markdown = found.markdown, None
    mounts = revision_images.check_out(root, found)
    inside = _results(found, root) / f".compare-{os.getpid()}.md"
    if markdown is not None:
        found.markdown = Path("/results") / inside.name
    contained = Contained(root, found, place, mounts)
    images = ImageSource.of(root, found)
    images.provide_orchestrator()
    code, text = contained.plan()
    if code != ExitCode.OK:
        return code
    if not found.plan_only:
        planned = json.loads(text)
        images.provide_planned(planned["images"])
        pulled = images.policy is not PullPolicy.BUILD
        revision_images.build(root, planned["revisions"], others_pulled=pulled)
    try:
        return contained.run()
    finally:
        if inside.exists():
            shutil.move(inside, markdown)


def _report(root: Path, found: argparse.Namespace, place: Place) -> int:
    runtime, found.runtime = _choose(found.runtime), None
    if runtime == "process":
        return _here(root, found, place)
    ImageSource.of(root, found).provide_orchestrator()
    return Contained(root, found, place).run()


def _verify(root: Path, found: argparse.Namespace, place: Place) -> int:
    """Check a server: one that runs already, or that is a command alone, from here."""
    target = parse_target(found.target)
    if target.address:
        found.runtime = found.runtime or "process"
        return _here(root, found, place)
    if found.runtime is None and target.name in place.names.commands:
        say(f"local processes: {target.name} is given by a command")
        found.runtime = "process"
        return _here(root, found, place)
    return _measure(root, found, place)


def _serve(root: Path, found: argparse.Namespace, place: Place) -> int:
    """Serve on localhost; a server whose dependencies are old is warned of."""
    name, port = found.name, found.port
    if edition := place.names.editions.get(name):
        say(
            f"warning: {name} runs dependencies of {edition}, with known security advisories "
            "(SECURITY.md): keep it away from networks that you do not trust"
        )
    runtime, found.runtime = _choose(found.runtime), None
    if runtime == "process":
        return _here(root, found, place)
    model = served_model(root, found.data)
    say(how_to_call(name, model.width, port))
    override: dict[str, Any] = {
        "services": {
            name: {
                "networks": ["lab", "serve"],
                "ports": [f"127.0.0.1:{port}:5001"],
                "volumes": [composing.mount(model.path, "/data/model.json", read_only=True)],
            }
        },
        # The lab's own network reaches nothing outside it, and nothing outside reaches it.
        "networks": {"serve": {"name": composing.SERVE_NETWORK}},
    }
    # A server waits for nothing but its image. Compose would keep a container of what builds it.
    images = ImageSource.of(root, found)
    images.provide(composing.waits_for(root, name), f"the image of {name}")
    return composing.run(root, ["--service-ports", "--no-deps", name], override)


def _time_calls(root: Path, found: argparse.Namespace, place: Place) -> int:
    """Time calls in the environment that holds what servers are made of; nothing is served."""
    inside = environment(root, "dev")
    if not inside.build_servers():
        raise HostError("the binding could not be built, so nothing was timed")
    # The build left linfa-timing there, where there is cargo.
    places = [inside.variables()["PATH"], str(cache_of(root) / "training" / "bin")]
    return inside.become(
        ["-m", "clusterbench", *words(found)],
        {PROGRAM: place.program, "PYTHONPATH": import_path(root), "PATH": os.pathsep.join(places)},
    )


class Contained:
    """A command in the orchestrator's container: its paths and options as it sees them."""

    def __init__(
        self,
        root: Path,
        found: argparse.Namespace,
        place: Place,
        mounts: Sequence[Mapping[str, Any]] = (),
    ) -> None:
        self._root, self._place = root, place
        self._plans_itself = hasattr(found, "plan_only")
        given = argparse.Namespace(**vars(found))
        given.runtime = given.install = None
        given.pull = False  # inside, all that it takes is there
        results = _results(given, root)
        # Made here: the engine makes none, and the container writes as this folder's owner.
        try:
            results.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StoreError(f"{results}: cannot be made: {reason(error)}") from error
        volumes = [*mounts]
        if results != root / "results":
            volumes.append(composing.mount(results, "/results"))
        if getattr(given, "data", None) and given.data != root / "data":
            volumes.append(composing.mount(given.data, DATA_GIVEN, read_only=True))
            given.data = Path(DATA_GIVEN)
        else:
            given.data = None
        volumes += included_files(given, root)
        for option in ("run_name", "run_folder"):
            if path := getattr(given, option, None):
                setattr(given, option, f"/results/{Path(path).name}")
        given.results = None
        self._words = words(given)
        # It is there since a moment ago: Compose would build it, and say so on standard output.
        entry: dict[str, Any] = {"pull_policy": "never"}
        if volumes:
            entry["volumes"] = volumes
        self._override: Mapping[str, Any] = {"services": {"orchestrator": entry}}
        # Written now: where it cannot be, nothing is built for nothing.
        composing.compose(root, [], self._override)

    def run(self) -> int:
        """Run it to its end, and return its exit code."""
        return composing.run(self._root, self._command(self._words), self._override)

    def plan(self) -> tuple[int, str]:
        """Have everything that was given checked; return the exit code, and the plan as JSON."""
        name, *rest = [word for word in self._words if word not in {"--json", "--plan-only"}]
        asked = [name, "--plan-only"] if self._plans_itself else ["plan"]
        return composing.ask(self._root, self._command([*asked, "--json", *rest]), self._override)

    def _command(self, asked: list[str]) -> list[str]:
        given = {PROGRAM: self._place.program, COMMIT: own_commit(self._root) or ""}
        variables = [word for each in given.items() for word in ("--env", "=".join(each))]
        return ["--no-deps", *variables, "orchestrator", *asked]


def _results(found: argparse.Namespace, root: Path) -> Path:
    """Return what the container sees as /results: where the named run lies, if one is."""
    if not hasattr(found, "results"):
        return root / "results"  # it keeps nothing, and becomes the owner of that folder
    named = getattr(found, "run_name", None) or getattr(found, "run_folder", None)
    if named and not Path(named).is_relative_to(found.results):
        return Path(named).parent
    return Path(found.results)


def _choose(asked: str | None) -> str:
    """Choose where servers run, and say why."""
    if asked == "process":
        say("local processes, as asked")
        return "process"
    found = composing.find_engine()
    if asked == "docker":
        if not found.there:
            remedy = "start or install Docker with Compose v2, or use --runtime process"
            more = "" if "remedy:" in found.why else f"; remedy: {remedy}"
            raise HostError(f"--runtime docker: {found.why}{more}")
        say(f"containers, as asked: {found.why}")
        return "docker"
    chosen = "docker" if found.there else "process"
    where = "containers" if found.there else "local processes"
    say(f"{where}: {found.why}; --runtime {'process' if found.there else 'docker'} is the other")
    return chosen
