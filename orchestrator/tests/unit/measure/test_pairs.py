from __future__ import annotations

from clusterbench.measure.pairs import counterpart
from clusterbench.model.experiment import Contender


def test_the_counterpart_of_one_worker_per_core_is_the_same_with_one_process() -> None:
    noop = {"SERVER_HANDLER": "noop"}
    several = Contender(
        name="x", service="mine", environment={**noop, "SERVER_WORKERS": "4"}, per_core=True
    )
    others = (
        Contender(name="a", service="mine"),
        Contender(name="b", service="theirs", environment=noop),
        Contender(name="c", service="mine", environment={**noop, "SERVER_THREADS": "1"}),
    )
    alone = Contender(name="d", service="mine", environment=noop, title="another title")
    assert counterpart(several, (*others, several, alone)) is alone
    assert counterpart(several, (*others, several)) is None
