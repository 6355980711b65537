from __future__ import annotations

from clusterbench.model.contender import Contender


def test_a_contender_stands_for_itself_or_for_what_it_says() -> None:
    plain = Contender(name="rust-tonic", service="rust-tonic")
    assert plain.published_name == "rust-tonic"
    of_2019 = Contender(name="tonic-of-then", published="rust-tonic", edition="2019")
    assert of_2019.published_name == "rust-tonic"


def test_workers_are_what_the_server_would_read_of_its_environment() -> None:
    def told(text: str) -> int:
        return Contender(name="a", environment={"SERVER_WORKERS": text}).workers

    assert told("12") == 12
    # Its own reader refuses these; none of them is a number here either.
    assert {told(text) for text in ("", "many", "0", "\u0967\u0968", "9" * 5000, "1_2", "-2")} == {
        1
    }
