"""`python -m clusterbench`."""

import sys

from clusterbench.cli.app import main

sys.exit(main())
