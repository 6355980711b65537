"""The command `training-2019 pass`."""

from __future__ import annotations

import sys

from training import one_pass


def main() -> None:
    """Run one pass with the libraries of 2019, and exit with its code."""
    sys.exit(one_pass.main("training-2019", "training_2019.contenders"))


if __name__ == "__main__":
    main()
