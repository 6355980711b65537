from __future__ import annotations

from dataclasses import replace

from clusterbench.measure.pairs import counterpart
from clusterbench.model.contender import Contender, Handler


def test_the_counterpart_of_one_worker_per_core_is_the_same_with_one_process() -> None:
    base = Contender(name="d", service="mine", handler=Handler.NOOP)
    several = replace(base, name="x", environment={"SERVER_WORKERS": "4"}, per_core=True)
    others = (
        replace(base, name="a", handler=Handler.MODEL),
        replace(base, name="b", service="theirs"),
        replace(base, name="c", environment={"SERVER_THREADS": "1"}),
    )
    alone = replace(base, title="another title")
    assert counterpart(several, (*others, several, alone)) is alone
    assert counterpart(several, (*others, several)) is None
