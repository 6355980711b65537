from __future__ import annotations

from typing import TYPE_CHECKING

import msgspec
import pytest

from clusterbench.config import bench_file
from clusterbench.config.resolve import Overrides
from clusterbench.errors import ConfigError
from clusterbench.model.contender import Handler
from clusterbench.model.experiment import DataSet
from support.small_files import bench

if TYPE_CHECKING:
    from pathlib import Path

DATA = DataSet(n_clusters=3, n_features=2, n_requests=4, n_batches=2, digest={})


# ------------------------------------------------------------------------------------ profiles


def test_a_profile_is_the_defaults_but_for_what_it_says(tmp_path: Path) -> None:
    usual = bench(tmp_path).experiment(DATA)
    assert (usual.profile, usual.plan, usual.rounds, usual.seed) == ("usual", "one-core", 3, 1)
    assert (usual.timing.window, usual.warm_up.longest) == (5.0, 4.0)
    assert usual.training is None
    other = bench(tmp_path).experiment(DATA, Overrides(profile="all"))
    assert (other.plan, other.rounds, other.start_deadline) == ("two-core", 1, 5.0)
    assert (other.timing.dropped, other.timing.window) == (1.0, 2.0)
    assert (other.warm_up.shortest, other.warm_up.longest) == (2.0, 3.0)
    assert other.training is not None
    assert other.training.form == "quick"


def test_a_scenario_takes_its_own_contenders_else_its_profiles(tmp_path: Path) -> None:
    scenarios = bench(tmp_path).experiment(DATA, Overrides(profile="all")).scenarios
    assert scenarios["sweep"].contenders == ("slow", "slow-2019")
    assert scenarios["noop"].contenders == ("fast-noop",)


def test_profiles_keep_their_description_for_those_who_choose(tmp_path: Path) -> None:
    assert bench(tmp_path).profiles["usual"].description == "what is usual"


def test_scenarios_have_what_their_load_kind_and_their_generator_say(tmp_path: Path) -> None:
    scenarios = bench(tmp_path).scenarios
    assert scenarios["sweep"].load == {"kind": "closed-loop"}
    assert scenarios["open"].loop == "open"
    assert scenarios["published"].load == {"kind": "as-published", "duration": 3.0}
    assert [name for name, each in scenarios.items() if not each.reference] == ["published"]
    assert [name for name, each in scenarios.items() if each.saturates] == [
        "saturated",
        "overload",
    ]


def test_a_schedule_saturates_no_server_though_its_generator_could(tmp_path: Path) -> None:
    scenario = '[scenarios.open]\nmethod = "Predict"\ngenerator = "ghz"'
    open_loop = bench(tmp_path, (scenario, scenario.replace("ghz", "grpc-load"))).scenarios["open"]
    assert (open_loop.generator, open_loop.loop) == ("grpc-load", "open")
    assert not open_loop.saturates
    scenario = '[scenarios.saturated]\nmethod = "Predict"\ngenerator = "h2load"'
    closed = bench(tmp_path, (scenario, scenario.replace("h2load", "grpc-load"))).scenarios
    assert closed["saturated"].generator == "grpc-load"
    assert closed["saturated"].saturates


# ---------------------------------------------------------------------------------- contenders


def test_a_contender_has_its_services_edition_unless_it_says_another(tmp_path: Path) -> None:
    theirs = '[contenders.theirs]\nimage = "them/server"\nedition = "2019"\n\n[scenarios.sweep]'
    contenders = bench(tmp_path, ("[scenarios.sweep]", theirs)).contenders
    found = {name: each.edition for name, each in contenders.items() if each.edition != "current"}
    assert found == {"slow-2019": "2019", "theirs": "2019"}
    assert (contenders["theirs"].image, contenders["theirs"].service) == ("them/server", None)


def test_a_contender_is_told_its_handler_and_names_whom_it_stands_for(tmp_path: Path) -> None:
    contenders = bench(tmp_path).contenders
    assert contenders["fast-noop"].handler is Handler.NOOP
    assert contenders["fast-noop"].environment == {"SERVER_HANDLER": "noop"}
    assert contenders["fast"].environment == {}
    assert contenders["slow-2019"].published_name == "slow"
    assert [name for name, each in contenders.items() if each.per_core] == ["slow-per-core"]


def test_an_alternative_is_what_it_stands_against_but_for_what_it_says(tmp_path: Path) -> None:
    lines = '[alternatives.more]\nof = "fast-other"\nabout = "x"\nhandler = "noop"\ngoal = 1.3'
    more = bench(tmp_path, ("[scenarios.sweep]", f"{lines}\n\n[scenarios.sweep]")).contenders[
        "more"
    ]
    assert (more.service, more.variant, more.build) == ("fast", "other", "fast@other")
    assert more.environment == {"THREADS": "2", "SERVER_HANDLER": "noop"}
    assert more.alternative is not None
    assert (more.alternative.of, more.alternative.goal, more.title) == ("fast-other", 1.3, "x")


def test_a_contender_may_be_an_alternative_without_being_told_twice(tmp_path: Path) -> None:
    lines = '[alternatives.fast-noop]\nof = "fast"\nabout = "gRPC alone"\n\n[scenarios.sweep]'
    noop = bench(tmp_path, ("[scenarios.sweep]", lines)).contenders["fast-noop"]
    assert noop.noop
    assert noop.alternative is not None
    assert noop.alternative.of == "fast"


# ------------------------------------------------------------------------------------ mistakes


def complaint(folder: Path, *changes: tuple[str, str]) -> str:
    with pytest.raises(ConfigError) as raised:
        bench(folder, *changes)
    return str(raised.value)


def test_every_mistake_is_told_at_once_each_with_its_line(tmp_path: Path) -> None:
    said = complaint(
        tmp_path,
        ("seed = 1", 'seed = "one"'),
        ("agree_within", "agree_whithin"),
        ('handler = "noop"', 'handler = "no-op"'),
        ("sweep = [800]", "sweep = [801]"),
        ('scenarios = ["sweep", "saturated"]', 'scenarios = ["sweeep"]'),
        ('"sklearn-2019"]}', '"sklearn-2019"], trainr = ["x"]}'),
    )
    file = tmp_path / "bench.toml"
    first, *lines = said.splitlines()
    assert first == "7 mistakes:"
    text = file.read_text().splitlines()
    numbers = [int(line.split(":")[1]) for line in lines]
    assert numbers == sorted(numbers)
    for number, line in zip(numbers, lines, strict=True):
        assert line.startswith(f"  {file}:{number}: `")
    for words in ('seed = "one"', "agree_whithin", "no-op", "[801]", "sweeep", "trainr"):
        assert words in "".join(text[number - 1] for number in numbers)


def test_a_key_that_is_missing_is_told_at_its_table(tmp_path: Path) -> None:
    said = complaint(tmp_path, ("chunk = 1.0\n", ""))
    number = (tmp_path / "bench.toml").read_text().splitlines().index("[defaults.warm_up]") + 1
    assert f":{number}: `defaults.warm_up.chunk` is missing; it takes a number from 0.01" in said


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            "rounds = 3",
            "rounds = 0",
            "`profiles.usual.rounds` is 0; it takes a whole number from 1",
        ),
        ("rounds = 3", 'rounds = "3"', "`profiles.usual.rounds` is '3'; it takes a whole number"),
        ("rounds = 3", "rounds = true", "`profiles.usual.rounds` is True; it takes a whole number"),
        ("window = 2.0", "windw = 2.0", "`profiles.all.timing.windw` is not a key here; did you"),
        (
            "window = 5.0",
            "window = inf",
            "`defaults.timing.window` is inf; it takes a number from 0.01 to 300",
        ),
        (
            "bound = 0.05",
            "bound = 0",
            "`defaults.interference.bound` is 0; it takes a number above 0, up to 1",
        ),
        ("repeats = 0", "repeats = 11", "is 11; it takes a whole number from 0 to 10"),
        ("repeats = 0", "repeat = 0", "`defaults.interference.repeat` is not a key here; did you"),
        ("dropped = 1.0", "dropped = -1", "is -1; it takes a number from 0 to 300"),
        ('plan = "one-core"', 'plan = "one-cor"', "did you mean 'one-core'? allowed: ryzen-7-1700"),
        ('generator = "h2load"', 'generator = "wrk"', "`scenarios.saturated.generator` is 'wrk'"),
        ('method = "Predict"', 'method = "predict"', "did you mean 'Predict'? allowed: Predict, "),
        (
            "sweep = [800]",
            "sweep = []",
            "`scenarios.saturated.sweep` is []; it takes a list of one",
        ),
        ("sweep = [800]", "sweep = [800, 800]", "`scenarios.saturated.sweep` holds 800 twice"),
        ("sweep = [800]", "sweep = [0]", "`scenarios.saturated.sweep` holds 0; it takes a whole"),
        ('title = "the', 'tilte = "the', "`contenders.fast.tilte` is not a key here; did you mean"),
        ("[defaults.warm_up]", "[default.warm_up]", "`default` is not a key here; did you mean"),
        ("[contenders.slow]", '[contenders."a b"]', "`contenders.a b` is no name; a name takes"),
        ("[calls]\nrounds = 15", "", "`calls` is missing; it takes a table of rounds"),
        ('workers = "per-core"', 'workers = "percore"', "is 'percore'; did you mean 'per-core'?"),
    ],
)
def test_a_mistake_names_the_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    assert what in complaint(tmp_path, (old, new))


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            'profile = "usual"',
            'profile = "usal"',
            "`defaults.profile` is 'usal'; did you mean 'usu",
        ),
        (
            'service = "fast"',
            'service = "fest"',
            "`contenders.fast.service` is 'fest'; did you mean",
        ),
        ('service = "fast"', 'service = "trainer"', "is 'trainer'; allowed: slow, fast, slow-2019"),
        (
            'variant = "other"',
            'variant = "others"',
            "`alternatives.fast-other.variant` is 'others'",
        ),
        ('of = "fast"', 'of = "fst"', "`alternatives.fast-other.of` is 'fst'; did you mean 'fast'"),
        ('of = "fast"', 'of = "fast-other"', "`alternatives.fast-other.of` is 'fast-other'; did"),
        ('["fast-noop"]', '["fast-nop"]', "`scenarios.noop.contenders` holds 'fast-nop'; did you"),
        ('["slow", "fast"]', '["slow", "fst"]', "`profiles.usual.contenders` holds 'fst'; did you"),
        ('["sweep", "noop",', '["sweeps", "noop",', "`profiles.all.scenarios` holds 'sweeps'; did"),
        ('training = "quick"', 'training = "quik"', "`profiles.all.training` is 'quik'; did you"),
        (
            "images = {trainer",
            "images = {slow",
            "`training.images.slow` is not a key here; allowed",
        ),
        (
            'equal-work = ["sklearn"',
            'equal-work = ["sklern"',
            "holds 'sklern'; did you mean 'sklea",
        ),
        ("equal-work = [", "equal-wrk = [", "`training.groups.equal-wrk` is not a key here; did"),
    ],
)
def test_a_name_of_what_there_is_not_is_told_with_those_that_there_are(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    assert what in complaint(tmp_path, (old, new))


OVERLOAD = """sweep = [800]
load = {kind = "overload", normal = {connections = 8, concurrency = 9}, before = 1, paused = 1, after = 1}"""  # noqa: E501


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        (
            'kind = "open-loop"',
            'kind = "open"',
            "is of kind 'open'; did you mean 'open-loop'? allow",
        ),
        (
            '{kind = "open-loop"}',
            "{}",
            "`scenarios.open.load` has no `kind`; allowed: as-published",
        ),
        (
            ", duration = 3.0",
            "",
            "`scenarios.published.load.duration` is missing; it takes a number",
        ),
        (
            "duration = 3.0",
            'duration = "3"',
            "`scenarios.published.load.duration` is '3'; it takes",
        ),
        ("duration = 3.0", "duration = 301", "load.duration` is 301; it takes a number from 0.01"),
        ("concurrency = 80}", "concurrency = 1000001}", "is 1000001; it takes a whole number fr"),
        ("{connections = 8,", "{connections = 20001,", "load.normal.connections` is 20001; it ta"),
        ("duration = 3.0", "length = 3.0", "`scenarios.published.load.length` is not a key here"),
        ("sweep = [800]", "sweep = [801]", "`scenarios.saturated.sweep` holds 801; h2load gives"),
        (
            'generator = "h2load"\nconnections = 8\nsweep = [800]',
            'generator = "h2load"\nconnections = 8\nsweep = [800]\nload = {kind = "open-loop"}',
            "`scenarios.saturated.generator` is 'h2load', which keeps no schedule",
        ),
        (
            "sweep = [800]",
            OVERLOAD,
            "`scenarios.saturated.load.normal.concurrency` is 9; h2load takes a multiple",
        ),
    ],
)
def test_what_a_load_kind_refuses_is_told_of_its_scenario(
    tmp_path: Path, old: str, new: str, what: str
) -> None:
    assert what in complaint(tmp_path, (old, new))


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ('title = "x"', "service` or else `image`, `command` or both must say what it is"),
        ('service = "fast"\nimage = "x"', "service` or else `image`, `command` or both must say"),
        ('image = "x"\nvariant = "other"', "variant` is another build of a `service`, which is"),
        ('service = "slow"\nvariant = "other"', "variant` is 'other'; allowed: none is there"),
        ('command = ["x", 1]', "command` holds 1; it takes a text"),
        ('service = "fast"\nedition = "2018"', "edition` is '2018'; did you mean '2019'?"),
        (
            'service = "fast"\nworkers = "per-core"\nenvironment = {SERVER_WORKERS = "4"}',
            "workers` and SERVER_WORKERS in `environment` say the same; keep one",
        ),
        (
            'service = "fast"\nenvironment = {SERVER_HANDLER = "noop"}',
            "environment.SERVER_HANDLER` is said by the key `handler`",
        ),
    ],
)
def test_a_contender_that_cannot_be_is_told(tmp_path: Path, lines: str, what: str) -> None:
    added = f"[contenders.another]\n{lines}\n\n[scenarios.sweep]"
    assert f"`contenders.another.{what}" in complaint(tmp_path, ("[scenarios.sweep]", added))


@pytest.mark.parametrize(
    ("lines", "what"),
    [
        ('about = "x"', "another.of` is missing"),
        ('of = "fast"', "another.about` is missing"),
        ('of = "fast"\nabout = "x"\ngoal = 0', "another.goal` is 0; it takes a number above 0"),
        (
            'of = "fast"\nabout = "x"\ncores = 0',
            "another.cores` is 0; it takes a whole number from",
        ),
        ('of = "fast"\nabout = "x"\nimage = "y"', "another.image` is not a key here"),
    ],
)
def test_an_alternative_that_cannot_be_is_told(tmp_path: Path, lines: str, what: str) -> None:
    added = f"[alternatives.another]\n{lines}\n\n[scenarios.sweep]"
    assert f"`alternatives.{what}" in complaint(tmp_path, ("[scenarios.sweep]", added))


@pytest.mark.parametrize(
    ("variable", "text", "shown", "takes"),
    [
        ("SERVER_THREADS", "+5", "+5", "from 1 to 4096"),
        ("SERVER_THREADS", "1_0", "1_0", "from 1 to 4096"),
        ("SERVER_THREADS", "\u0967", r"'\u0967'", "from 1 to 4096"),
        ("SERVER_THREADS", "9" * 5000, "9" * 40 + "...", "from 1 to 4096"),
        ("SERVER_WORKERS", "1025", "1025", "from 1 to 1024"),
        ("SERVER_PORT", "65536", "65536", "from 0 to 65535"),
        ("SERVER_MAX_STREAMS", "nothing", "nothing", "from 1 to 2147483647"),
    ],
)
def test_a_number_in_the_environment_of_the_labs_servers_is_one_that_each_of_them_reads_alike(
    tmp_path: Path, variable: str, text: str, shown: str, takes: str
) -> None:
    environment = f'environment = {{{variable} = "{text}"}}'
    said = f"environment.{variable}` is {shown}; it takes a whole number {takes}, in plain digits"
    contender = f'[contenders.another]\nservice = "fast"\n{environment}\n\n[scenarios.sweep]'
    assert f"`contenders.another.{said}" in complaint(tmp_path, ("[scenarios.sweep]", contender))
    about = f'[alternatives.another]\nof = "fast"\nabout = "x"\n{environment}\n\n[scenarios.sweep]'
    assert f"`alternatives.another.{said}" in complaint(tmp_path, ("[scenarios.sweep]", about))
    # What somebody else's server reads of it is not known.
    theirs = f'[contenders.another]\nimage = "x"\n{environment}\n\n[scenarios.sweep]'
    assert bench(tmp_path, ("[scenarios.sweep]", theirs)).contenders["another"].environment


def test_what_stands_in_a_contender_is_not_said_again_of_it_as_an_alternative(
    tmp_path: Path,
) -> None:
    added = '[alternatives.slow]\nof = "fast"\nabout = "x"\ncores = 1\n\n[scenarios.sweep]'
    said = complaint(tmp_path, ("[scenarios.sweep]", added))
    assert "`alternatives.slow.cores` stands in [contenders.slow] already; keep one" in said


def test_of_very_many_choices_the_nearest_are_told(tmp_path: Path) -> None:
    many = "".join(f'[contenders.c{number}]\nservice = "slow"\n\n' for number in range(30))
    said = complaint(
        tmp_path, ("[contenders.slow]", f"{many}[contenders.slow]"), ('"fast-noop"]', '"fast-nop"]')
    )
    assert "did you mean 'fast-noop'? allowed: fast-noop" in said
    assert "... (38 in all)" in said


def test_what_is_not_toml_says_where(tmp_path: Path) -> None:
    assert "bench.toml: not TOML: " in complaint(tmp_path, ("[defaults]", "defaults]"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: cannot be read: No such file"):
        bench_file.read(tmp_path / "none.toml", {})


# --------------------------------------------------------------------------------- the options


def test_levels_replace_sweeps_that_do_not_saturate_and_no_rates(tmp_path: Path) -> None:
    asked = Overrides(levels=(2, 4))
    usual = bench(tmp_path).experiment(DATA, asked).scenarios
    assert (usual["sweep"].sweep, usual["saturated"].sweep) == ((2, 4), (800,))
    every = bench(tmp_path).experiment(DATA, Overrides(profile="all", levels=(2, 4))).scenarios
    assert (every["open"].sweep, every["published"].sweep) == ((1000,), (2, 4))


def test_a_duration_is_that_of_trials_by_the_published_method(tmp_path: Path) -> None:
    asked = Overrides(profile="all", duration=7.5)
    scenarios = bench(tmp_path).experiment(DATA, asked).scenarios
    assert scenarios["published"].load == {"kind": "as-published", "duration": 7.5}
    assert scenarios["sweep"].load == {"kind": "closed-loop"}


def test_a_warm_up_that_is_made_shorter_lasts_no_longer_than_asked(tmp_path: Path) -> None:
    warm_up = bench(tmp_path).experiment(DATA, Overrides(warm_up=1.0)).warm_up
    assert (warm_up.shortest, warm_up.longest) == (1.0, 1.0)


def test_one_contender_can_be_asked_for_alone(tmp_path: Path) -> None:
    experiment = bench(tmp_path).experiment(DATA, Overrides(contenders=("fast",)))
    assert list(experiment.contenders) == ["fast"]
    assert all(each.contenders == ("fast",) for each in experiment.scenarios.values())


def test_a_contender_that_a_scenario_names_takes_that_scenario_alone(tmp_path: Path) -> None:
    asked = Overrides(profile="all", contenders=("slow", "fast-noop"))
    scenarios = bench(tmp_path).experiment(DATA, asked).scenarios
    assert scenarios["sweep"].contenders == ("slow",)
    assert scenarios["noop"].contenders == ("fast-noop",)


def test_a_scenario_whose_contenders_nobody_asked_for_is_left_out(tmp_path: Path) -> None:
    scenarios = bench(tmp_path).experiment(DATA, Overrides(profile="all", contenders=("slow",)))
    assert list(scenarios.scenarios) == ["sweep", "open", "published"]


def test_a_contender_that_the_profile_does_not_name_is_added_by_name(tmp_path: Path) -> None:
    experiment = bench(tmp_path).experiment(DATA, Overrides(contenders=("fast", "fast-noop")))
    assert experiment.scenarios["sweep"].contenders == ("fast", "fast-noop")


@pytest.mark.parametrize(
    ("asked", "what"),
    [
        (Overrides(profile="usul"), "--profile usul: did you mean 'usual'"),
        (Overrides(plan="three-core"), "--plan three-core: .*allowed: ryzen-7-1700, one-core"),
        (Overrides(contenders=("fst",)), "--contender fst: did you mean 'fast'"),
        (Overrides(rounds=0), "--rounds 0"),
        (Overrides(window=0.0), "--window 0"),
        (Overrides(warm_up=-1.0), "--warm-up -1"),
        (Overrides(duration=0.0), "--duration 0.0: it takes a number from 0.01 to 300"),
    ],
)
def test_a_wrong_option_is_named_with_what_is_allowed(
    tmp_path: Path, asked: Overrides, what: str
) -> None:
    with pytest.raises(ConfigError, match=what):
        bench(tmp_path).experiment(DATA, asked)


def test_resuming_takes_what_was_asked_before_unless_told_otherwise() -> None:
    before = Overrides(profile="quick", levels=(2, 4), rounds=2).given()
    kept = msgspec.json.decode(msgspec.json.encode(before))
    assert kept == {"profile": "quick", "levels": [2, 4], "rounds": 2}
    again = Overrides(rounds=3).after(kept)
    assert again == Overrides(profile="quick", levels=(2, 4), rounds=3)
