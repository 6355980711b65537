"""The command `training pass`."""

from __future__ import annotations

import sys

from training import one_pass


def main() -> None:
    """Run one pass with today's libraries, and exit with its code."""
    sys.exit(one_pass.main("training", "training.contenders"))


if __name__ == "__main__":
    main()
