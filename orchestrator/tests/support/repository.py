"""Where the repository is, for tests of what it ships."""

from pathlib import Path

ROOT = Path(__file__).parents[3]
