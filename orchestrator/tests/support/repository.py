"""Where the repository is, for tests of what it ships."""

from pathlib import Path

ROOT = Path(__file__).parents[3]
#: What a Python that a test starts imports from.
IMPORTED_FROM = [str(ROOT / "orchestrator" / "src"), str(ROOT / "orchestrator" / "tests")]
