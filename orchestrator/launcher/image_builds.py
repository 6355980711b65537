"""All images at once, built beside what else `./lab test` makes."""

from __future__ import annotations

from contextlib import contextmanager, suppress
from functools import partial
from typing import TYPE_CHECKING

from clusterbench.errors import HostError
from clusterbench.local.make import begun, make
from clusterbench.own_files import kept
from launcher import composing
from launcher.say import say

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@contextmanager
def images_begun(root: Path) -> Iterator[Callable[[], bool]]:
    """Begin to build all images where there is an engine; yield what waits for them.

    It returns whether each could be built, and raises HostError where one is missing that any run
    needs. What is still being built at the end of the block is ended.
    """
    found = composing.find_engine()
    if not found.there:
        say(f"the Docker tests will be skipped: {found.why}")
        yield lambda: False
        return
    log = kept(root) / "logs" / "images.log"
    log.unlink(missing_ok=True)
    entries = composing.entries(root)
    images = [name for name, entry in entries.items() if "build" in entry]
    awaited = {"orchestrator", *entries["orchestrator"].get("depends_on", {})}
    needed = [name for name in images if name in awaited]
    others = [name for name in images if name not in awaited]
    build = composing.compose(root, ["--progress", "plain", "build"])
    variables = composing.docker_environment()
    begin = partial(begun, cwd=root, log=log, say=say, env=variables)
    made = partial(make, cwd=root, log=log, say=say, env=variables)
    say("the engine builds the images in the background")
    with begin([*build, *images], what="building the images") as all_of_them:

        def wait() -> bool:
            with suppress(HostError):
                all_of_them.wait()
                return True
            return _in_parts(made, build, needed, others)

        yield wait


def _in_parts(
    made: Callable[..., None], build: list[str], needed: list[str], others: list[str]
) -> bool:
    """Build the images that any run needs, then the others; return whether those could be built."""
    made([*build, *needed], what="building the images that any run needs")
    try:
        made([*build, *others], what="building the other images")
    except HostError as error:
        # Those of 2019 are for x86-64 alone. The tests of what is not there are skipped, or fail.
        say(f"warning: of {', '.join(others)} not all could be built: {error}")
        return False
    return True
