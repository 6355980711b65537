"""Counts what a server does to the CPU: context switches from /proc, instructions by perf stat.

It runs as profilers do: a script beside the server, in its PID namespace where it is contained. So
it counts the server's own processes (`perf stat -p`), all threads of them, and no cgroup has to be
found or be seen from there. Counting costs a little, and so no trial is measured meanwhile.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from clusterbench.host.profilers.profiler import last_line
from clusterbench.model.counts import HARDWARE, SWITCHES, HardwareCount, SwitchCount
from clusterbench.model.units import Seconds

if TYPE_CHECKING:
    from collections.abc import Iterator

    from clusterbench.host.profilers.profiler import Sampled

_EVENTS = ("instructions", "cycles", "task-clock")
#: The parts of what the script prints.
_BEFORE, _AFTER, _COUNTS, _SAID = "== before", "== after", "== counts", "== said"
#: `/proc/7/task/9/status:voluntary_ctxt_switches: 45`, and the first field of schedstat, in ns.
_STATUS = re.compile(r"^/proc/\d+/task/(\d+)/status:(non)?voluntary_ctxt_switches:\s*(\d+)$")
_RAN = re.compile(r"^/proc/\d+/task/(\d+)/schedstat:(\d+) ")
#: An event with its PMU, where a host has several kinds of cores, and its modifiers.
_EVENT = re.compile(r"^(?:[\w-]+/)?(?P<name>[a-z-]+)/?(?::(?P<modifiers>\w+))?$")
#: What the kernel calls the PMU of CPUs: of x86, of its P and E cores, of Arm and of RISC-V.
_PMUS = re.compile(r"cpu|cpu_core|cpu_atom|armv\w+|apple_\w+_pmu|riscv\w*")

#: Where the kernel lists what can count.
EVENT_SOURCES = Path("/sys/bus/event_source/devices")
NOT_OFFERED = "this machine's kernel offers no hardware counters"
_NOT_COUNTED = "they counted nothing in the window: other programs may hold them"
_REFUSED = re.compile(
    r"perf_event_paranoid|permission|not permitted|Access to performance", re.IGNORECASE
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What one window of counting gave; `lacking` says of what is None why."""

    switches: SwitchCount | None = None
    hardware: HardwareCount | None = None
    lacking: Mapping[str, str] = field(default_factory=dict)


class Counters:
    """The script, and how its output is read: runs where a profiler does (`profilers.profiler`)."""

    name = "counters"
    window = Seconds(2.0)
    one_at_a_time = False

    def suits(self, server: Sampled) -> bool:
        """Return whether there is any process to count."""
        return bool(server.programs)

    def script(self, server: Sampled) -> str:
        """Return a script that counts for `window` and prints all that it saw.

        It never fails: what perf cannot count leaves the switches.
        """
        pids = [str(pid) for pid in sorted(server.programs)]
        stat = shlex.join([
            "perf", "stat", "-x,", "-e", ",".join(_EVENTS), "-o", "counts.csv",
            "-p", ",".join(pids), "--", "sleep", f"{self.window:g}",
        ])  # fmt: skip
        # None of the user's settings, and numbers with points.
        return f"""export PERF_CONFIG=/dev/null LC_ALL=C
look() {{ for pid in {" ".join(pids)}; do
grep -H ctxt_switches /proc/$pid/task/*/status
grep -H . /proc/$pid/task/*/schedstat
done 2>/dev/null; }}
echo "{_BEFORE}"; look
{stat} >said 2>&1 || sleep {self.window:g}
echo "{_AFTER}"; look
echo "{_COUNTS}"; cat counts.csv 2>/dev/null
echo "{_SAID}"; cat said
"""

    def fold(self, server: Sampled, printed: str) -> str:  # noqa: ARG002 - of any server
        """Return what was printed, which `read` reads."""
        return printed

    def why(self, said: str) -> str:
        """Return in one line why it printed nothing."""
        return last_line(said, "it printed nothing")

    def read(self, printed: str) -> Counts:
        """Return what the script printed as counts."""
        parts = _parts(printed)
        switches = switched(parts[_BEFORE], parts[_AFTER])
        hardware = parse_counts(parts[_COUNTS], parts[_SAID])
        lacking = {}
        if switches is None:
            lacking[SWITCHES] = "the kernel does not tell them of its threads"
        if isinstance(hardware, str):
            lacking[HARDWARE] = hardware
        return Counts(
            switches=switches,
            hardware=None if isinstance(hardware, str) else hardware,
            lacking=lacking,
        )


def switched(before: str, after: str) -> SwitchCount | None:
    """Return what all threads did between two looks at /proc; None where the kernel tells nothing.

    A thread that began in between counts whole; one that ended in between is missed.
    """
    first, last = _threads(before), _threads(after)
    if not last or not any(cpu for _, _, cpu in last.values()):
        return None
    voluntary, involuntary, cpu = (
        sum(now[place] - first.get(thread, (0, 0, 0))[place] for thread, now in last.items())
        for place in range(3)
    )
    return SwitchCount(voluntary=voluntary, involuntary=involuntary, cpu=Seconds(cpu / 1e9))


def parse_counts(text: str, said: str = "") -> HardwareCount | str:
    """Return what `perf stat -x,` counted, or why it counted nothing; `said` is what else it said.

    Counts of several kinds of cores are added up. perf itself scales what took turns.
    """
    found: dict[str, float] = {}
    states, shares, user = set[str](), list[float](), False
    for value, event, share in _lines(text):
        match = _EVENT.match(event)
        if match is None or match["name"] not in _EVENTS:
            continue
        name = match["name"]
        try:
            found[name] = found.get(name, 0.0) + float(value)
        except ValueError:  # `<not supported>`, `<not counted>`
            if name != "task-clock":
                states.add(value)
            continue
        if name != "task-clock":
            shares.append(share / 100)
            user = user or "u" in (match["modifiers"] or "")
    if found.keys() >= set(_EVENTS) and found["cycles"]:
        return HardwareCount(
            instructions=round(found["instructions"]),
            cycles=round(found["cycles"]),
            cpu=Seconds(found["task-clock"] / 1e3),
            counted=min(1.0, *shares),
            user_only=user,
        )
    return _why_none(states, said)


def offered(sources: Path = EVENT_SOURCES) -> bool:
    """Return whether the kernel lists counters of the CPUs among its event sources."""
    try:
        return any(_PMUS.fullmatch(device.name) for device in sources.iterdir())
    except OSError:
        return False


def _why_none(states: set[str], said: str) -> str:
    if "<not supported>" in states:
        return NOT_OFFERED
    if states:
        return _NOT_COUNTED
    if "not found" in said:
        return "perf is not installed (Debian: linux-perf; Ubuntu: linux-tools-generic)"
    if _REFUSED.search(said):
        return (
            "the kernel does not let this user count: run as root, or set "
            "kernel.perf_event_paranoid to 2 or less (sysctl)"
        )
    return last_line(said, "perf printed no counts")


def _lines(text: str) -> Iterator[tuple[str, str, float]]:
    """Return value, event and per cent of the time counted, of each line of `perf stat -x,`."""
    for line in text.splitlines():
        columns = line.split(",")
        if len(columns) >= 5 and not line.startswith("#"):  # noqa: PLR2004 - the per cent's is the 5th
            share = columns[4]
            yield columns[0], columns[2], float(share) if share else 100.0


def _parts(printed: str) -> dict[str, str]:
    """Return the parts of what the script printed, "" for one that is missing."""
    found: dict[str, list[str]] = {_BEFORE: [], _AFTER: [], _COUNTS: [], _SAID: []}
    lines: list[str] = []
    for line in printed.splitlines():
        if line in found:
            lines = found[line]
        else:
            lines.append(line)
    return {name: "\n".join(part) for name, part in found.items()}


def _threads(text: str) -> dict[str, tuple[int, int, int]]:
    """Return each thread's voluntary and involuntary switches, and how long it ran (ns)."""
    counts: dict[str, list[int]] = {}
    for line in text.splitlines():
        if match := _STATUS.match(line):
            counts.setdefault(match[1], [0, 0, 0])[1 if match[2] else 0] = int(match[3])
        elif match := _RAN.match(line):
            counts.setdefault(match[1], [0, 0, 0])[2] = int(match[2])
    return {thread: (each[0], each[1], each[2]) for thread, each in counts.items()}
