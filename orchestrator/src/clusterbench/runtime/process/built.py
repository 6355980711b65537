"""What can run as a process. Standard library only, as all that `./lab` imports."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """What can run as a process, and what cannot.

    `commands` start each service that was built, by its name or, for a variant, by
    `service@variant`. `programs` are the load generators by name, built or the system's. `skipped`
    says why another service or load generator is not there. `digests` are content hashes of what
    each was built from, the counterpart of an image's id, and `versions` the toolchains that
    built it.
    """

    commands: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    programs: Mapping[str, Path] = field(default_factory=dict)
    skipped: Mapping[str, str] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)
    versions: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def also(self, other: Built) -> Built:
        """Return what either has; of one name, the other's."""
        return Built(
            commands={**self.commands, **other.commands},
            programs={**self.programs, **other.programs},
            skipped={**self.skipped, **other.skipped},
            digests={**self.digests, **other.digests},
            versions={**self.versions, **other.versions},
        )
