"""A command of a load generator that has nothing to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from clusterbench.errors import GeneratorFailed

if TYPE_CHECKING:
    from clusterbench.model.units import Seconds
    from clusterbench.runtime.port import Dialogue


class SilentDialogue:
    """Nothing of what it was asked is ever answered."""

    def ask(self, line: str, timeout: Seconds) -> str:
        raise GeneratorFailed("it said nothing")

    def heard(self, timeout: Seconds) -> str:
        raise GeneratorFailed("it said nothing")


if TYPE_CHECKING:
    _dialogue: Dialogue = SilentDialogue()
