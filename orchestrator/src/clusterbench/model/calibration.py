"""What `calibrate` found of a host: its noise by level, and what is seen in spite of it. No I/O."""

from __future__ import annotations

from dataclasses import dataclass, field

from clusterbench.model.cpus import CpuPlan
from clusterbench.model.records import Fingerprint
from clusterbench.model.units import Seconds

#: The format of a calibration's file. It rises when a reader of older files would err.
CALIBRATION_FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Noise:
    """How much a metric of one contender spreads without any change, by level.

    Each is a standard deviation of natural logarithms: 0.02 is about 2%. None where it was not
    measured. `slice` is of the ratio of one pair's two slices, `instance` of the ratio of two
    instances beyond what their slices explain. `round` is of one contender's figure from round to
    round of a run, `run` of its figure from run to run beyond what their rounds explain (of all
    contenders together); the figure of a difference of two runs spreads by sqrt(2) times that. They
    were found in `blocks` blocks and in `rounds` rounds of `runs` runs. `metric` is a name of
    `measure.metrics`.
    """

    contender: str
    metric: str
    slice: float | None = None
    instance: float | None = None
    round: float | None = None
    run: float | None = None
    blocks: int = 0
    rounds: int = 0
    runs: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Visible:
    """The smallest difference of a metric that is found in 80 of 100 times.

    `difference` is a share (0.05 is 5%). It takes `rounds` rounds of a run, for two contenders of
    that run, or `minutes` minutes of `compare`: one of both is None.
    """

    contender: str
    metric: str
    difference: float
    rounds: int | None = None
    minutes: float | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class FalseAlarms:
    """Of how many comparisons of a contender with itself, drawn from what was measured, any failed.

    `alarms` of `comparisons` found a difference where there is none, in any metric that decides.
    """

    contender: str
    alarms: int
    comparisons: int

    @property
    def share(self) -> float:
        """Return the share of false alarms."""
        return self.alarms / self.comparisons if self.comparisons else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """results/calibrations/<digest>.json: one per host, the latest.

    `digest` is that of the host and the engine of `fingerprint`, without images and software: noise
    is the host's. `created` is UTC, ISO 8601. It took `seconds`.
    """

    created: str
    clusterbench: str
    digest: str
    fingerprint: Fingerprint
    plan: CpuPlan
    seconds: Seconds
    noise: tuple[Noise, ...] = ()
    visible: tuple[Visible, ...] = ()
    false_alarms: tuple[FalseAlarms, ...] = field(default_factory=tuple)
    format: int = CALIBRATION_FORMAT

    def noise_of(self, contender: str, metric: str) -> Noise | None:
        """Return the noise of a contender's metric; that of the noisiest where it has none.

        None where nothing is known of the metric.
        """
        of = [each for each in self.noise if each.metric == metric]
        own = next((each for each in of if each.contender == contender), None)
        return own or max(of, key=lambda each: each.run or each.instance or 0.0, default=None)
