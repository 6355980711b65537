from __future__ import annotations

from clusterbench.cli import training_options as options
from clusterbench.config.training_table import TrainingOverrides


def test_the_words_that_repeat_a_run_ask_for_the_same() -> None:
    asked = TrainingOverrides(form="quick", points=9, groups=("defaults",), contenders=("faiss",))
    assert options.words(asked) == [
        "--quick", "--points", "9", "--group", "defaults", "--contender", "faiss",
    ]  # fmt: skip
