from __future__ import annotations

from clusterbench.model.contender import Contender


def test_a_contender_stands_for_itself_or_for_what_it_says() -> None:
    plain = Contender(name="rust-tonic", service="rust-tonic")
    assert plain.published_name == "rust-tonic"
    of_2019 = Contender(name="tonic-of-then", published="rust-tonic", edition="2019")
    assert of_2019.published_name == "rust-tonic"
