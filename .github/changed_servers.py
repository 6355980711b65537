"""Print which servers of compose.yaml a change touches, as a JSON list: for a job's matrix.

    git diff --name-only BASE HEAD | python3 .github/changed_servers.py

Standard library only. What a server is built from is its entry's `x-lab.sources`; a change
of data/ or of what all servers share touches each of them. The servers of 2019 stay as they are.
"""

import json
import re
import sys
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "orchestrator" / "src"))

from clusterbench.local.source_digest import FILES_LEFT_OUT, FOLDERS_LEFT_OUT  # noqa: E402

#: What every server serves.
SHARED = ("data",)


def sources(compose: str) -> Mapping[str, Sequence[str]]:
    """Return what each of today's servers is built from, from the text of compose.yaml."""
    found = {}
    for entry in re.split(r"(?m)^  (?=[A-Za-z0-9])", compose):
        listed = re.search(r"(?m)^ +sources: \[([^]]*)\]$", entry)
        server = re.search(r"(?m)^ +role: server$", entry)
        if listed and server and not re.search(r"(?m)^ +edition: ", entry):
            found[entry.partition(":")[0]] = [each.strip() for each in listed[1].split(",")]
    return found


def touched(changed: Iterable[str], servers: Mapping[str, Sequence[str]]) -> list[str]:
    """Return the servers that are built from one of the files that changed, or serve it."""
    built = [path for path in changed if _is_built(Path(path))]
    return [name for name, of in servers.items() if any(_within(each, of) for each in built)]


def _within(path: str, sources: Iterable[str]) -> bool:
    """Return whether a file is one of these, or lies in one of these folders."""
    return any(path == each or path.startswith(f"{each}/") for each in (*sources, *SHARED))


def _is_built(path: Path) -> bool:
    """Return whether a file is one that a build reads: no test, and none that only describes."""
    return path.name not in FILES_LEFT_OUT and not FOLDERS_LEFT_OUT & {*path.parts[:-1]}


if __name__ == "__main__":
    there = sources((ROOT / "compose.yaml").read_text(encoding="utf-8"))
    sys.stdout.write(f"{json.dumps(touched(sys.stdin.read().splitlines(), there))}\n")
