"""A command in the load generators' container: its start, its end, and what it left behind."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from clusterbench.errors import GeneratorFailed
from clusterbench.model.units import Seconds
from clusterbench.runtime.docker.engine import engine_errors, wait_until
from clusterbench.runtime.environments import BECOME_CLEAN

if TYPE_CHECKING:
    from collections.abc import Sequence

    from docker.models.containers import Container

#: A volume, since an archive of a tmpfs comes out empty, and in it the working folder: whatever
#: the image says of the volume's owner, a folder that is put there is the lab's user's.
OUT = "/out"
WORK = f"{OUT}/work"
ENDS_WITHIN = Seconds(10.0)

#: Forgets what earlier commands wrote, leaves its process id (it leads its own group, since the
#: engine starts each command in a session of its own), and becomes the command, whose environment
#: is made: it is neither the image's nor that of the container.
_START = f"""set -e
pid=$1 old=$2; shift 2
IFS=/; rm -f -- $old; unset IFS
echo $$ > "$pid"
{{wait}}
{BECOME_CLEAN}
"""
#: Before that one with an input waits for a line: whoever writes it then has all that it says.
_WAIT = "read -r _"


class ContainerCommand:
    """One command in the container. Ended by `end`, unless it ended by itself.

    `name` is that of its program, `pid` a plain name of a file for its process id, `old` are plain
    names of files to remove before.
    """

    def __init__(
        self,
        container: Container,
        command: Sequence[str],
        *,
        name: str,
        pid: str,
        old: Sequence[str],
        stdin: bool = False,
    ) -> None:
        self._container, self._api, self.name, self.pid = container, container.client.api, name, pid
        script = _START.format(wait=_WAIT if stdin else ":")
        words = ["sh", "-c", script, "sh", pid, "/".join(old), *command]
        self._over = False
        with engine_errors(GeneratorFailed, f"cannot start {name}"):
            made = self._api.exec_create(container.id, words, workdir=WORK, stdin=stdin)
            self._id = made["Id"]
            how: dict[str, Any] = {"socket": True} if stdin else {"stream": True, "demux": True}
            #: Its connection where it has an input, else an iterator of its outputs' parts.
            self.started: Any = self._api.exec_start(self._id, **how)

    def exit_status(self) -> int | None:
        """Return its exit status, for which the engine may take a moment; None while it runs."""
        with engine_errors(GeneratorFailed, f"cannot learn how {self.name} ended"):
            if wait_until(self._ended, ENDS_WITHIN):
                self._over = True
                return int(self._api.exec_inspect(self._id)["ExitCode"])
        return None

    def end(self) -> bool:
        """Kill it and all that it started, unless it is known to have ended.

        Returns whether anything had to be done.
        """
        if self._over:
            return False
        self._over = True
        with engine_errors(GeneratorFailed, f"cannot end {self.name}"):
            self._container.reload()
            if self._container.status == "running":
                # Asked at once after the start, there may be no process id yet.
                wait_until(self._killed, ENDS_WITHIN, every=0.1)
        return True

    def _ended(self) -> bool:
        state = self._api.exec_inspect(self._id)
        return not state["Running"] and state["ExitCode"] is not None

    def _killed(self) -> bool:
        """Kill its process group; return whether it has ended or has been told to."""
        if self._ended():
            return True
        script = f'read -r pid < {self.pid} && kill -s KILL -- "-$pid"'
        status, _ = self._container.exec_run(["sh", "-c", script], workdir=WORK)
        return bool(status == 0)
