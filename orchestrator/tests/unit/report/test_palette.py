from __future__ import annotations

import itertools
import re
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from clusterbench.model.contender import Contender, Handler
from clusterbench.report.figures.contrast import OF_GRAPHICS, OF_TEXT, contrast, standing_out
from clusterbench.report.figures.palette import (
    DARK_PAPER,
    GREY,
    INK,
    PAPER,
    SOFT,
    darker,
    lighter,
    on_dark,
    styles,
    trainer_style,
)
from clusterbench.report.render import page_template
from support import reported_runs as runs
from support.colour_vision import VISIONS, distance
from support.colour_vision import contrast as measured_contrast

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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


def test_lighter_goes_towards_white_while_it_stands_out_and_darker_towards_black() -> None:
    assert "#D55E00" < lighter("#D55E00") < "#FFFFFF"
    assert "#D55E00" > darker("#D55E00") > darker(darker("#D55E00")) > "#000000"
    assert darker("#000000") == "#000000"
    assert lighter("#777777") != "#777777"
    assert contrast(lighter("#777777"), PAPER) >= OF_GRAPHICS


#: Every contender that has a colour of its own: the known ones, then those that get the spare ones.
FAMILIES = (*runs.THREE, *(f"other-{n}" for n in range(6)))
VARIANTS = ("", "-noop", "-per-core", "-2019")
#: The distance (CIE 1976) of two lines that are told apart, and of pale or dark ones of them.
APART, VARIANTS_APART = 12.0, 8.5
PAPERS = {"light": PAPER, "dark": DARK_PAPER}


def shown(scheme: str, *names: str) -> dict[str, str]:
    """The colours of contenders in a scheme of the page."""
    found = looks(*names)
    return {n: on_dark(c) if scheme == "dark" else c for n, c in found.items()}


def nearest(colours: Iterable[str], vision: str) -> float:
    return min(distance(one, other, vision) for one, other in itertools.combinations(colours, 2))


def test_the_measure_of_colours_knows_what_is_known_of_them() -> None:
    assert measured_contrast("#FFFFFF", "#000000") == pytest.approx(21)
    assert measured_contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)
    assert distance("#FFFFFF", "#000000") == pytest.approx(100, abs=0.1)
    # Red and green of one lightness: far apart to most, and near to who lacks the green cones.
    assert distance("#C04000", "#708000") > 2 * distance("#C04000", "#708000", "deuteranopia")


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("scheme", PAPERS)
def test_contenders_are_told_apart_by_colour_with_any_colour_vision(
    scheme: str, vision: str
) -> None:
    assert nearest(shown(scheme, *FAMILIES).values(), vision) >= APART


@pytest.mark.parametrize("vision", VISIONS)
@pytest.mark.parametrize("scheme", PAPERS)
@pytest.mark.parametrize("variant", VARIANTS)
def test_so_are_the_variants_of_the_published_ones(scheme: str, vision: str, variant: str) -> None:
    names = [f"{name}{variant}" for name in runs.THREE]
    assert nearest(shown(scheme, *names).values(), vision) >= VARIANTS_APART


@pytest.mark.parametrize("scheme", PAPERS)
def test_every_line_stands_out_from_the_paper_of_both_schemes(scheme: str) -> None:
    names = [f"{name}{variant}" for name in FAMILIES for variant in VARIANTS]
    colours = {*shown(scheme, *names).values(), on_dark(GREY) if scheme == "dark" else GREY}
    weak = {c: measured_contrast(c, PAPERS[scheme]) for c in colours}
    assert {c: found for c, found in weak.items() if found < OF_GRAPHICS - 0.005} == {}


@pytest.mark.parametrize("scheme", PAPERS)
def test_the_ink_of_plots_can_be_read_in_both_schemes(scheme: str) -> None:
    for colour in (INK, SOFT):
        ink = on_dark(colour) if scheme == "dark" else colour
        assert measured_contrast(ink, PAPERS[scheme]) >= OF_TEXT


def test_symbols_and_dashes_tell_contenders_apart_without_any_colour() -> None:
    names = [f"{name}{variant}" for name in FAMILIES for variant in VARIANTS]
    found = [(style.symbol, style.dash) for style in named(*names).values()]
    assert len(set(found)) == len(found)


def test_the_text_of_the_page_can_be_read_in_both_schemes_and_in_print() -> None:
    sheet = (Path(page_template.__file__).parent / "templates" / "report.css").read_text("utf-8")
    schemes = re.findall(r":root \{(.*?)\}", sheet, re.DOTALL)
    assert len(schemes) == 3
    light: dict[str, str] = {}
    for each in schemes:
        found = dict(re.findall(r"--([\w-]+): (#[0-9a-f]{3,6});", each))
        # The dark scheme is one of screens: a print has the light one's where it has no other.
        base = {**light, **{name: _long(value) for name, value in found.items()}}
        light = light or base
        pairs = [(ink, paper) for ink in ("ink", "soft", "link") for paper in ("paper", "raised")]
        pairs += [("warn", "warn-paper"), ("warn", "paper"), ("bad", "bad-paper")]
        for ink, paper in pairs:
            assert measured_contrast(base[ink], base[paper]) >= OF_TEXT, (ink, paper)
        for bar in ("windows", "warm", "other"):
            assert measured_contrast(base[bar], base["paper"]) >= OF_GRAPHICS, bar


def _long(colour: str) -> str:
    return colour if len(colour) == 7 else "#" + "".join(2 * part for part in colour[1:])


@pytest.mark.parametrize(("colour", "paper"), [("#003F62", DARK_PAPER), ("#000000", DARK_PAPER),
                                               ("#FFFFFF", PAPER), ("#E69F00", PAPER)])  # fmt: skip
def test_a_colour_that_does_not_stand_out_is_made_to(colour: str, paper: str) -> None:
    assert contrast(standing_out(colour, paper), paper) >= OF_GRAPHICS
    assert contrast(colour, paper) == pytest.approx(measured_contrast(colour, paper), rel=1e-3)


def test_a_trainer_has_the_colour_of_the_server_with_its_library() -> None:
    served = looks("sklearn-grpc", "linfa-py-grpc", "rust-tonic")
    for trainer, server in (
        ("sklearn", "sklearn-grpc"), ("linfa-py", "linfa-py-grpc"), ("linfa-rust", "rust-tonic")
    ):  # fmt: skip
        assert trainer_style(trainer, "current").colour == served[server]
    past = trainer_style("sklearn-2019", "2019")
    assert past.colour == darker(served["sklearn-grpc"])
    assert past.symbol.endswith("-open")
