"""Prints how far a server's first window lies from its settled level, with its interval.

    python orchestrator/benchmarks/first_windows.py CONTENDER [INSTANCES]

(with PYTHONPATH=orchestrator/src). A fresh instance is warmed up by the rule of bench.toml. It is
then loaded for the time of a trial's window, in pairs of slices with the instance before it, which
was loaded for longer, on the same CPUs. The figure is the ratio of CPU time per response, fresh to
settled. Its interval is Student's t over instances. What instances differ by, whatever their age,
counts once for and once against each, and so takes itself out. docs/method.md (A turn) has figures.
"""

from __future__ import annotations

import math
import random
import statistics
import sys
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from clusterbench.bench.instances import Instance, Starter
from clusterbench.bench.slicing import TARGETS, Slicer
from clusterbench.cli import compare_assembly
from clusterbench.cli.assembly import read_bench
from clusterbench.cli.compare_asked import CompareAsked
from clusterbench.cli.compare_assembly import CompareAssembly
from clusterbench.cli.options import DATA
from clusterbench.config.resolve import Overrides
from clusterbench.load.generator import Right
from clusterbench.load.generators import slice_lines
from clusterbench.load.generators.grpc_load import GrpcLoad
from clusterbench.load.generators.right_responses import right_of
from clusterbench.measure.two_level import two_level
from clusterbench.model.compare_plan import Arm
from clusterbench.model.experiment import Timing, WarmUp
from clusterbench.model.units import Seconds
from clusterbench.plan.schedule import warm_up_chunks
from clusterbench.runtime.port import Generator

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


INSTANCES = 12
SLICE = Seconds(0.2)
#: So many chunks more are loaded, after the pairs, before an instance counts as settled.
SETTLES = 5


@dataclass(kw_only=True)
class FirstWindows:
    """Measures fresh instances of one contender, each beside the one before it."""

    parts: CompareAssembly
    starter: Starter
    generator: Generator
    right: Right | None
    rule: WarmUp
    timing: Timing
    draw: random.Random = field(default_factory=lambda: random.Random(1))  # noqa: S311 - no secret

    def settle(self, instance: Instance) -> None:
        """Load an instance alone until it is settled, as far as anybody can tell."""
        with self._slicer(dict.fromkeys(TARGETS, instance)) as slicer:
            for _ in range(SETTLES):
                self._load(slicer, TARGETS[0], self.rule.chunk)

    def warm_up(self, instance: Instance) -> int:
        """Load an instance as before a turn's first window; return how many chunks it took."""
        chunks, costs = warm_up_chunks(self.rule), list[float]()
        with self._slicer(dict.fromkeys(TARGETS, instance)) as slicer:
            for number in range(1, chunks.stop):
                costs.append(self._load(slicer, TARGETS[0], self.rule.chunk))
                last = costs[-2:]
                agree = max(last) - min(last) <= self.rule.agree_within * max(last)
                if number >= chunks.start and agree:
                    return number
        return len(costs)

    def pairs(self, fresh: Arm, instances: Mapping[Arm, Instance]) -> list[float]:
        """Return the log ratio of each pair: CPU time per response, fresh over settled."""
        found: list[float] = []
        with self._slicer(instances) as slicer:
            self._load(slicer, fresh, self.timing.dropped)
            for _ in range(math.ceil(self.timing.window / SLICE)):
                order = self.draw.sample(TARGETS, len(TARGETS))
                cost = {arm: self._load(slicer, arm, SLICE) for arm in order}
                settled = next(arm for arm in TARGETS if arm is not fresh)
                found.append(math.log(cost[fresh] / cost[settled]))
        return found

    def _load(self, slicer: Slicer, arm: Arm, seconds: Seconds) -> float:
        """Load an arm in a closed loop; return the CPU time per response (s)."""
        load = self.parts.compare.load
        measured = slicer.load(
            arm, seconds, concurrency=max(self.rule.concurrency, load.connections)
        )
        if not measured.cpu or not measured.sliced.ok:
            sys.exit(f"{slicer.instances[arm]}: nothing was measured in a slice of {seconds:g} s")
        return measured.cpu / measured.sliced.ok

    @contextmanager
    def _slicer(self, instances: Mapping[Arm, Instance]) -> Iterator[Slicer]:
        load = self.parts.compare.load
        command = slice_lines.command(
            [instances[arm].server.address for arm in TARGETS],
            load.method,
            right=self.right,
            connections=load.connections,
            seed=self.draw.randrange(1 << 31),
        )
        with self.generator.talk(command) as dialogue:
            slicer = Slicer(dialogue=dialogue, instances=instances, cpus=self.parts.plan)
            slicer.wait_until_ready()
            yield slicer


def measure(windows: FirstWindows, instances: int) -> list[list[float]]:
    """Return the pairs of each fresh instance, and print a line about it."""
    contender = windows.parts.compare.baseline
    found: list[list[float]] = []
    with ExitStack() as last:
        before = last.enter_context(windows.starter.started(Arm.BASELINE, contender, 0))
        windows.settle(before)
        for number in range(1, instances + 1):
            fresh = TARGETS[number % len(TARGETS)]
            with ExitStack() as stack:
                instance = stack.enter_context(windows.starter.started(fresh, contender, number))
                chunks = windows.warm_up(instance)
                found.append(windows.pairs(fresh, {fresh: instance, before.arm: before}))
                windows.settle(instance)
                last.close()
                last.push(stack.pop_all())
                before = instance
            mean = math.expm1(statistics.fmean(found[-1]))
            say(f"{number}: {chunks} chunks of warm-up, first window {mean:+.1%}")
    return found


def say(line: str) -> None:
    """Print a line at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def main() -> None:
    """Measure a contender's first windows as local processes, and print the estimate."""
    name = sys.argv[1]
    instances = int(sys.argv[2]) if len(sys.argv) > 2 else INSTANCES
    asked = CompareAsked(
        arms=dict.fromkeys(TARGETS, name),
        bench=None,
        plan=None,
        runtime="process",
        data=DATA,
        budget=Seconds(0.0),
        seed=1,
    )
    parts = compare_assembly.assemble(asked)
    experiment = read_bench().experiment(parts.data.describe(), Overrides())
    where = compare_assembly.runtime(parts, "process", run_id="first-windows", say=say)
    with where.open(), where.generator(parts.plan.generator) as generator:
        generator.put(GrpcLoad().files(parts.data))
        method, contender = parts.compare.load.method, parts.compare.baseline
        windows = FirstWindows(
            parts=parts,
            starter=Starter(
                runtime=where,
                cpus=parts.plan,
                data=parts.data,
                method=method,
                deadline=parts.start_deadline,
                keep_log=lambda _name, _text: None,
            ),
            generator=generator,
            right=right_of(parts.data, method, noop=contender.noop),
            rule=experiment.warm_up,
            timing=experiment.timing,
        )
        found = two_level(measure(windows, instances))
    if found is not None:
        ratio = found.ratio
        low, high = (math.nan if each is None else each - 1 for each in (ratio.low, ratio.high))
        say(f"{name}: first window {ratio.value - 1:+.1%} [{low:+.1%}, {high:+.1%}]")


if __name__ == "__main__":
    main()
