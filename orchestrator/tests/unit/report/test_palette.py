from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from clusterbench.model.contender import Contender, Handler
from clusterbench.report.figures.palette import darker, lighter, styles, trainer_style
from support import reported_runs as runs

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.report.figures.palette import Style


def of(*contenders: Contender, published: tuple[str, ...] = ()) -> Mapping[str, Style]:
    """Return the styles of contenders of a run; those `published` run by that method alone."""
    names = [c.name for c in contenders]
    reference = runs.scenario(contenders=[name for name in names if name not in published])
    other = replace(runs.scenario("then", contenders=published), reference=False)
    experiment = runs.run((reference, other)).experiment
    return styles(replace(experiment, contenders={c.name: c for c in contenders}))


def named(*names: str) -> Mapping[str, Style]:
    return of(*(runs.contender(name) for name in names))


def looks(*names: str) -> dict[str, str]:
    return {name: style.colour for name, style in named(*names).items()}


def test_a_known_contender_has_its_colour_whoever_else_runs() -> None:
    alone, among = looks("rust-tonic"), looks("mine", "yours", "rust-tonic")
    assert alone["rust-tonic"] == among["rust-tonic"]


def test_no_two_contenders_share_a_colour() -> None:
    names = (*runs.THREE, *runs.NOOPS, *(f"other-{n}" for n in range(6)))
    assert len(set(looks(*names).values())) == len(names)


def test_the_colour_of_a_noop_handler_is_its_contenders_lighter_and_its_line_is_dashed() -> None:
    found = named("rust-tonic-noop", "rust-tonic")
    noop, full = found["rust-tonic-noop"], found["rust-tonic"]
    assert noop.colour == lighter(full.colour)
    assert (noop.dash, full.dash) == ("dash", "solid")
    assert noop.symbol == full.symbol


def test_one_worker_per_core_has_the_colour_of_one_process_darker_and_dotted() -> None:
    alone = Contender(name="rust-tonic", service="rust-tonic")
    several = Contender(name="r4", service="rust-tonic", per_core=True)
    noop = Contender(name="n4", service="rust-tonic", handler=Handler.NOOP, per_core=True)
    found = of(several, alone, noop)
    assert found["r4"].colour == darker(found["rust-tonic"].colour)
    assert found["r4"].symbol == found["rust-tonic"].symbol
    assert len({style.colour for style in found.values()}) == 3
    assert [found[name].dash for name in ("rust-tonic", "r4", "n4")] == ["solid", "dot", "dashdot"]


def test_a_contender_of_2019_is_its_current_one_darker_with_long_dashes_and_open() -> None:
    names = ("sklearn-grpc-2019", "rust-tonic", "rust-tonic-2019", "rust-tonic-2019-noop")
    found = named(*names)
    then, now, noop = found["rust-tonic-2019"], found["rust-tonic"], found["rust-tonic-2019-noop"]
    assert then.colour == darker(now.colour)
    assert (then.symbol, then.dash) == (f"{now.symbol}-open", "longdash")
    assert noop.colour == lighter(then.colour)
    assert noop.dash == "longdashdot"
    assert len({style.colour for style in found.values()}) == len(names)
    # Its look does not depend on whether its current one runs too.
    assert found["sklearn-grpc-2019"].colour == darker(looks("sklearn-grpc")["sklearn-grpc"])


def test_what_stands_for_a_published_one_is_that_one_dotted_in_either_edition() -> None:
    then = replace(runs.contender("rust-tonic-2019"), name="then")
    now = Contender(name="now", service="rust-tonic", published="rust-tonic")
    others = (runs.contender("rust-tonic"), runs.contender("rust-tonic-2019"))
    found = of(then, now, *others, published=("then", "now"))
    for name, own in (("then", "rust-tonic-2019"), ("now", "rust-tonic")):
        assert (found[name].colour, found[name].symbol) == (found[own].colour, found[own].symbol)
        assert found[name].dash == "dot" != found[own].dash


def test_more_contenders_than_colours_still_get_one() -> None:
    assert len(looks(*(f"other-{n}" for n in range(40)))) == 40


def test_a_noop_handler_of_a_server_that_does_not_run_gets_a_colour() -> None:
    noop = Contender(name="x-noop", image="x", handler=Handler.NOOP)
    assert of(noop)["x-noop"].dash == "dash"


def test_lighter_goes_towards_white_and_darker_towards_black() -> None:
    assert "#D55E00" < lighter("#D55E00") < lighter(lighter("#D55E00")) < "#FFFFFF"
    assert "#D55E00" > darker("#D55E00") > darker(darker("#D55E00")) > "#000000"
    assert (lighter("#FFFFFF"), darker("#000000")) == ("#FFFFFF", "#000000")


def test_a_trainer_has_the_colour_of_the_server_with_its_library() -> None:
    served = looks("sklearn-grpc", "linfa-py-grpc", "rust-tonic")
    for trainer, server in (
        ("sklearn", "sklearn-grpc"), ("linfa-py", "linfa-py-grpc"), ("linfa-rust", "rust-tonic")
    ):  # fmt: skip
        assert trainer_style(trainer, "current").colour == served[server]
    past = trainer_style("sklearn-2019", "2019")
    assert past.colour == darker(served["sklearn-grpc"])
    assert past.symbol.endswith("-open")
