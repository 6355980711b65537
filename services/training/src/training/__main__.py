"""Entry point: `pass` runs one pass as it is told; all else trains by hand and prints a table."""

from __future__ import annotations

import sys

from training import one_pass


def main() -> None:
    """Run the command line, and exit with its code."""
    if sys.argv[1:] == ["pass"]:
        sys.exit(one_pass.main())
    # Not needed for a pass, and not to be loaded before the number of threads is fixed.
    from training import by_hand  # noqa: PLC0415

    sys.exit(by_hand.main(sys.argv[1:]))


if __name__ == "__main__":
    main()
