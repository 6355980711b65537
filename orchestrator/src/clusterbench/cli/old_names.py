"""The variable that chose a profile before it had the lab's prefix. Standard library only."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from clusterbench.cli.parser import PROFILE
from clusterbench.errors import one_of

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable

    from clusterbench.cli.parser import Place

OLD_PROFILE = "PROFILE"


def heed_old_profile(
    arguments: argparse.Namespace, place: Place, tell: Callable[[str], None]
) -> None:
    """Take a profile from the variable's old name in a container, and warn; elsewhere only warn.

    With Compose alone the variable is the one way to choose, and people know it by that name. It
    may be a shell's own, so what is no profile there is passed over, and is no mistake.
    """
    old, profiles = os.environ.get(OLD_PROFILE), place.names.profiles
    if not old or not profiles or getattr(arguments, "profile", "") is not None:
        return
    if old not in profiles:
        if place.container:
            near = one_of(old, profiles)
            tell(
                f"warning: {OLD_PROFILE}={old} is not used: it names no profile; {PROFILE}: {near}"
            )
    elif place.container:
        arguments.profile = old
        tell(f"warning: {OLD_PROFILE}={old} is used; that variable is {PROFILE} now")
    else:
        tell(f"warning: {OLD_PROFILE}={old} is not used; --profile or {PROFILE} chooses a profile")
