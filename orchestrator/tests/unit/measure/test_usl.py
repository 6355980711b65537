"""The Universal Scalability Law."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clusterbench.measure.usl import Law, fit, residual

COUNTS = (1, 2, 4, 8)
shares = st.floats(0.0, 0.5)


@given(st.floats(1.0, 1e6), shares, st.floats(0.0, 0.05))
def test_a_fit_finds_the_law_that_made_the_figures(gamma: float, alpha: float, beta: float) -> None:
    law = Law(gamma=gamma, alpha=alpha, beta=beta)
    found = fit([(n, law.rate(n)) for n in COUNTS])
    assert found is not None
    assert found.gamma == pytest.approx(gamma, rel=1e-6)
    assert found.alpha == pytest.approx(alpha, abs=1e-6)
    assert found.beta == pytest.approx(beta, abs=1e-6)


@given(st.floats(0.01, 0.99), shares, st.floats(0.0, 0.05))
def test_the_cores_of_a_rate_do_that_rate(share: float, alpha: float, beta: float) -> None:
    law = Law(gamma=1_000.0, alpha=alpha, beta=beta)
    rate = share * min(law.most, 1e6)
    assert law.rate(law.cores(rate)) == pytest.approx(rate)
    assert law.cores(rate) <= law.peak


def test_what_no_number_of_cores_does_takes_infinitely_many() -> None:
    rises_for_ever = Law(gamma=100.0, alpha=0.1, beta=0.0)
    assert rises_for_ever.peak == math.inf
    assert rises_for_ever.most == pytest.approx(1_000.0)
    assert rises_for_ever.cores(1_000.0) == math.inf
    falls_after_a_peak = Law(gamma=100.0, alpha=0.1, beta=0.01)
    assert falls_after_a_peak.peak == pytest.approx(math.sqrt(90))
    assert falls_after_a_peak.rate(20) < falls_after_a_peak.most
    assert falls_after_a_peak.cores(falls_after_a_peak.most * 1.001) == math.inf
    assert Law(gamma=100.0, alpha=0.0, beta=0.0).cores(1e6) == pytest.approx(1e4)


def test_less_than_a_core_does_its_share_of_one() -> None:
    law = Law(gamma=100.0, alpha=0.5, beta=0.1)
    assert law.rate(0.25) == pytest.approx(25.0)
    assert law.cores(25.0) == pytest.approx(0.25)


def test_contention_and_coherency_are_never_below_nothing() -> None:
    found = fit([(1, 100.0), (2, 220.0), (4, 500.0)])  # more than in proportion
    assert found is not None
    assert (found.alpha, found.beta) == (0.0, 0.0)
    assert residual(found, 4, 500.0) > 0 > residual(found, 1, 100.0)


def test_a_server_that_gains_nothing_from_cores_has_contention_alone() -> None:
    found = fit([(1, 100.0), (2, 100.0), (4, 100.0)])
    assert found is not None
    assert found.alpha == pytest.approx(1.0)
    assert found.cores(101.0) == math.inf


def test_fewer_than_three_numbers_of_cores_settle_no_law() -> None:
    assert fit([(1, 100.0), (2, 190.0)]) is None
    assert fit([(1, 100.0), (2, 190.0), (2, 191.0)]) is None
