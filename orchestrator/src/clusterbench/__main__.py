"""`python -m clusterbench`."""

from clusterbench.cli.app import main

main()
