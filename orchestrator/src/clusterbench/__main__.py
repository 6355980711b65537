"""`python -m clusterbench`."""

from clusterbench.cli import main

main()
