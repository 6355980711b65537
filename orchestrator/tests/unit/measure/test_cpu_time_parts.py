"""Where CPU time per request goes, from stacks of real servers and from no-op handlers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from clusterbench.measure.cpu_time_parts import CALL, NOOP, attribute
from clusterbench.measure.profile_shares import FEWEST, read, shares
from clusterbench.measure.stack_tree import LEAST, short, tree
from clusterbench.model.attribution import Node, Spent
from support.profiles import NAMES, attributed, attributed_experiment, folded
from support.summaries import cells

EVALUATES = "_PyEval_EvalFrameDefault (libpython3.13.so.1.0)"
PERF = f"{EVALUATES} 60\n{EVALUATES};? (grpc/_cython/cygrpc.so) 30\ntcp_sendmsg ([kernel]) 10\n"
SKLEARN, GRPC = "f (sklearn/base.py)", "_serve (grpc/_server.py)"


def by_class(**stacks: str) -> dict[Spent, float]:
    found = shares({name.replace("_", "-"): text for name, text in stacks.items()})
    assert found is not None
    return {spent: each.value for spent, each in found.by_class.items() if each.value}


@pytest.mark.parametrize("name", NAMES)
def test_the_shares_of_a_real_server_are_all_of_its_cpu_time(name: str) -> None:
    found = shares(folded(name))
    assert found is not None
    assert sum(each.value for each in found.by_class.values()) == pytest.approx(1.0)
    assert sum(found.stacks.values()) == pytest.approx(1.0)
    assert found.by_class[Spent.OTHER].value < 0.1
    assert found.by_class[Spent.FRAMEWORK].value > found.by_class[Spent.DECODING].value
    for each in found.by_class.values():
        assert each.low is not None
        assert each.high is not None
        assert 0 <= each.low <= each.value <= each.high <= 1


def test_the_interpreters_share_is_divided_as_its_python_code_is() -> None:
    python = f"{GRPC} 10\n{GRPC};{SKLEARN} 30\n"
    found = by_class(perf=PERF, py_spy=python)
    assert found == pytest.approx(
        {Spent.KERNEL: 0.1, Spent.FRAMEWORK: 0.3 + 0.6 / 4, Spent.MODEL: 0.6 * 3 / 4}
    )


def test_waits_and_native_code_that_py_spy_sees_divide_nothing() -> None:
    python = f"{GRPC} 10\n{GRPC};{SKLEARN} 30\n"
    native = f"{GRPC};? (grpc/_cython/cygrpc.so) 90\n{GRPC};sem_post (libc.so.6) 70\n"
    assert by_class(perf=PERF, py_spy=python + native) == by_class(perf=PERF, py_spy=python)


def test_without_enough_python_samples_the_interpreters_share_is_other() -> None:
    few = f"{SKLEARN} {FEWEST - 1}\n"
    expected = {Spent.KERNEL: 0.1, Spent.FRAMEWORK: 0.3, Spent.OTHER: 0.6}
    assert by_class(perf=PERF) == pytest.approx(expected)
    assert by_class(perf=PERF, py_spy=few) == pytest.approx(expected)


def test_py_spy_alone_gives_shares_of_its_own_samples() -> None:
    found = by_class(py_spy=f"{GRPC} 1\n{GRPC};{SKLEARN} 2\n{GRPC};sem_post (libc.so.6) 1\n")
    assert found == {Spent.FRAMEWORK: 0.25, Spent.MODEL: 0.5, Spent.KERNEL: 0.25}


def test_no_stacks_give_no_shares() -> None:
    assert shares({}) is None
    assert shares({"perf": ""}) is None


def test_what_is_no_folded_line_is_left_out() -> None:
    assert list(read("a;b 2\nnothing\n x\n\nc 1\n")) == [(("a", "b"), 2), (("c",), 1)]


def test_more_samples_give_a_narrower_interval() -> None:
    wide = shares({"perf": "tcp_sendmsg ([kernel]) 30\nx (y) 70\n"})
    narrow = shares({"perf": "tcp_sendmsg ([kernel]) 3000\nx (y) 7000\n"})
    assert wide is not None
    assert narrow is not None
    (low, high), (lower, higher) = (
        each.by_class[Spent.KERNEL].ends or (0, 0) for each in (wide, narrow)
    )
    assert high - low == pytest.approx(10 * (higher - lower))


# ------------------------------------------------------------------------------- the tree


@pytest.mark.parametrize("name", NAMES)
def test_a_tree_has_classes_at_the_top_and_no_child_wider_than_its_parent(name: str) -> None:
    found = shares(folded(name))
    assert found is not None
    top = tree(found.stacks)
    assert [Spent(node.name) for node in top] == [node.spent for node in top]
    assert 0.9 < sum(node.share for node in top) <= 1.0 + 1e-9

    def check(node: Node) -> None:
        assert node.share >= LEAST
        assert sum(each.share for each in node.calls) <= node.share + 1e-9
        for each in node.calls:
            check(each)

    for node in top:
        check(node)


def test_names_in_a_tree_are_short() -> None:
    long = "<hyper::proto::h2::server::H2Stream<F,B,Ex> as core::future::future::Future>::poll"
    assert short(f"{long} (rust-tonic)") == "hyper::H2Stream::poll"
    assert short("f (sklearn/cluster/_kmeans.py)") == "f (_kmeans.py)"
    assert short("tcp_sendmsg ([kernel])") == "tcp_sendmsg"


# ---------------------------------------------------------------------------- attribution


def test_each_class_of_a_profile_is_its_share_of_the_saturated_cpu_time() -> None:
    _, summary, found = attributed()
    assert found is not None
    for each in found.contenders:
        cell = next(c for c in summary.cells if c.contender == each.contender)
        assert each.cpu == cell.cpu_per_request
        assert sum(e.value for e in each.profile.values()) == pytest.approx(each.cpu.value)


def test_the_no_op_handler_of_the_same_server_gives_the_call_into_the_model() -> None:
    _, _, found = attributed()
    assert found is not None
    for each in found.contenders:
        assert each.noop == f"{each.contender}-noop"
        assert each.noop_cpu is not None
        assert each.model_call is not None
        rounds = zip(each.cpu.rounds, each.noop_cpu.rounds, strict=True)
        assert each.model_call.rounds == pytest.approx([a - b for a, b in rounds])


def test_the_difference_is_between_those_farthest_apart_and_its_parts_are_all_of_it() -> None:
    _, _, found = attributed()
    assert found is not None
    assert found.difference is not None
    assert (found.difference.more, found.difference.less) == ("sklearn-grpc", "rust-tonic")
    total = found.difference.total
    assert sum(found.difference.by_profile.values()) == pytest.approx(total)
    assert set(found.difference.by_noop) == {NOOP, CALL}
    assert sum(found.difference.by_noop.values()) == pytest.approx(total, rel=0.05)


def test_with_no_op_handlers_alone_there_is_one_way() -> None:
    _, _, found = attributed(of=())
    assert found is not None
    assert found.difference is not None
    assert found.difference.by_profile == {}
    assert found.difference.by_noop
    assert not any(each.profile or each.tree for each in found.contenders)


def test_with_profiles_alone_there_is_one_way() -> None:
    _, _, found = attributed(noop=False)
    assert found is not None
    assert found.difference is not None
    assert found.difference.by_profile
    assert found.difference.by_noop == {}


def test_with_neither_there_is_nothing_to_say() -> None:
    assert attributed(noop=False, of=())[2] is None


def test_a_refused_profiler_is_there_with_its_reason() -> None:
    _, _, found = attributed(noop=False, perf="run as root")
    assert found is not None
    assert {each.contender: dict(each.lacking) for each in found.contenders} == {
        name: {"perf": "run as root"} for name in NAMES
    }


def test_a_server_that_was_to_be_sampled_and_was_not_is_there_with_the_reason() -> None:
    _, _, found = attributed(of=("rust-tonic",))
    assert found is not None
    lacking = {each.contender: dict(each.lacking) for each in found.contenders}
    assert lacking["rust-tonic"] == {}
    assert "ended before" in lacking["sklearn-grpc"]["profilers"]


def test_a_no_op_handler_of_another_server_is_not_taken() -> None:
    made = attributed_experiment()
    noop = made.contenders["rust-tonic-noop"]
    other = replace(noop, environment={"SERVER_THREADS": "2"})
    changed = replace(made, contenders={**made.contenders, noop.name: other})
    record_cells = cells(attributed()[0])
    found = attribute(changed, record_cells, {})
    assert found is not None
    noops = {each.contender: each.noop for each in found.contenders}
    assert noops["rust-tonic"] is None
    assert noops["sklearn-grpc"] == "sklearn-grpc-noop"
