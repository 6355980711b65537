"""The old name of support.factories."""

from support.factories import *  # noqa: F403
