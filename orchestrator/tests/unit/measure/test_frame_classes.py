"""What a stack's time is spent on: the innermost frame that a rule knows decides."""

from __future__ import annotations

import pytest

from clusterbench.measure.frame_classes import Undecided, decided, rust_path
from clusterbench.model.attribution import Spent

_RUST = (
    "<hyper::proto::h2::server::H2Stream<F,B,Ex> as core::future::future::Future>::poll",
    "tokio::runtime::task::raw::poll",
)


@pytest.mark.parametrize(
    ("innermost", "spent"),
    [
        ("__memmove_avx512_unaligned_erms (libc.so.6)", Spent.FRAMEWORK),
        ("core::ptr::drop_in_place<prost::Message> (rust-tonic)", Spent.FRAMEWORK),
        ("mi_malloc (rust-tonic)", Spent.FRAMEWORK),
        ("kmeans_model::model::Model::predict (rust-tonic)", Spent.MODEL),
        ("rust_tonic::service::predict (rust-tonic)", Spent.MODEL),
        ("<rust_tonic_2019::model::Model>::predict (rust-tonic-2019)", Spent.MODEL),
        ("rust_tonic_2019::service::Handler::predict (rust-tonic-2019)", Spent.FRAMEWORK),
        ("prost::encoding::varint::decode_varint (rust-tonic)", Spent.DECODING),
        (
            "<tonic_prost::codec::ProstDecoder<U> as tonic::codec::Decoder>::decode (rust-tonic)",
            Spent.DECODING,
        ),
        ("tcp_sendmsg ([kernel])", Spent.KERNEL),
    ],
)
def test_of_rust_the_innermost_known_frame_decides(innermost: str, spent: Spent) -> None:
    stack = (*(f"{symbol} (rust-tonic)" for symbol in reversed(_RUST)), innermost)
    assert decided(stack, sees_kernel=True)[1] is spent


def test_of_python_perf_sees_that_the_interpreter_runs_and_not_what() -> None:
    cygrpc = "? (grpc/_cython/cygrpc.cpython-313-x86_64-linux-gnu.so)"
    evaluates = "_PyEval_EvalFrameDefault (libpython3.13.so.1.0)"
    for stack, meaning in (
        ((cygrpc, evaluates, "PyDict_GetItem (libpython3.13.so.1.0)"), Undecided.INTERPRETER),
        ((evaluates, cygrpc, "malloc (libc.so.6)"), Spent.FRAMEWORK),
        ((evaluates, "upb_Decode (google/_upb/_message.abi3.so)"), Spent.DECODING),
        ((evaluates, "? (linfa_kmeans/linfa_kmeans.abi3.so)"), Spent.MODEL),
        ((evaluates, "f (sklearn/cluster/_k_means_lloyd.so)"), Spent.MODEL),
        ((evaluates, "add (numpy/_core/_multiarray_umath.so)"), Undecided.INTERPRETER),
    ):
        assert decided(stack, sees_kernel=True)[1] is meaning


def test_of_python_code_the_innermost_known_file_decides() -> None:
    serves = ("_serve (grpc/_server.py)", "Servicer.Predict (grpcio_server/threads.py)")
    predicts = (*serves, "EstimatorPredictor.predict_one (grpcio_server/estimators.py)")
    for stack, spent in (
        (serves[:1], Spent.FRAMEWORK),
        (serves, Spent.OTHER),
        ((*serves, "as_row (grpcio_server/observations.py)"), Spent.DECODING),
        (predicts, Spent.MODEL),
        ((*predicts, "KMeans.predict (sklearn/cluster/_kmeans.py)"), Spent.MODEL),
        ((*predicts, "getattr_static (inspect.py)"), Spent.MODEL),
        ((*serves, "Condition.notify (threading.py)"), Spent.FRAMEWORK),
    ):
        assert decided(stack, sees_kernel=False)[1] is spent


def test_a_call_of_the_kernel_is_the_kernels_only_where_its_own_frames_are_not_seen() -> None:
    stack = ("_serve (grpc/_server.py)", "sem_post (libc.so.6)")
    assert decided(stack, sees_kernel=False)[1] is Undecided.WAITS
    assert decided(stack, sees_kernel=True)[1] is Spent.FRAMEWORK


def test_what_no_rule_knows_is_other() -> None:
    assert decided(("main (mystery)", "work (mystery)"), sees_kernel=True) == ("", Spent.OTHER)


def test_a_rust_symbol_is_whose_code_it_is_and_not_what_it_is_for() -> None:
    assert rust_path("<a::B<c::D> as e::F>::g (x)") == "a::B (x)"
    assert rust_path("core::ptr::drop_in_place<tonic::Streaming> (x)").startswith("core::ptr::")
    assert rust_path("malloc (libc.so.6)") == "malloc (libc.so.6)"
