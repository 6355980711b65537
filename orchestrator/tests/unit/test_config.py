from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from clusterbench.config import bench_file as benchfile
from clusterbench.config import resolve as config
from clusterbench.config.resolve import Overrides
from clusterbench.errors import ConfigError
from clusterbench.model.experiment import DataSet, GeneratorName, of_2019

ROOT = Path(__file__).parents[3]
THREE = ("sklearn-grpc", "linfa-py-grpc", "rust-tonic")
SERVICES = {
    "sklearn-grpc": (),
    "linfa-py-grpc": (),
    "rust-tonic": (
        "cargo-defaults",
        "thin-lto",
        "system-allocator",
        "jemalloc",
        "l2dist",
        "native",
    ),
    **dict.fromkeys(map(of_2019, THREE), ()),
}
DATA = DataSet(n_clusters=3, n_features=2, n_requests=4, n_batches=2, digest={})


def bench(tmp_path: Path, *changes: tuple[str, str]) -> config.Bench:
    text = (ROOT / "bench.toml").read_text()
    for old, new in changes:
        assert old in text
        text = text.replace(old, new, 1)
    file = tmp_path / "bench.toml"
    file.write_text(text)
    return benchfile.read(file, SERVICES)


def test_the_standard_profile_is_the_published_sweep_in_three_rounds(tmp_path: Path) -> None:
    experiment = bench(tmp_path).experiment(DATA)
    assert experiment.profile == "standard"
    assert experiment.scenarios["predict"].sweep == (64, 128, 256, 512, 1024)
    assert experiment.scenarios["predict"].connections == 8
    assert (experiment.rounds, experiment.timing.window) == (3, 5.0)
    assert {c.service for c in experiment.contenders.values()} == set(THREE)
    drivers = [s.generator for s in experiment.scenarios.values()]
    assert drivers == [GeneratorName.GHZ, GeneratorName.H2LOAD]


def test_every_profile_resolves_and_measures_all_three_servers(tmp_path: Path) -> None:
    read = bench(tmp_path)
    assert {"quick", "standard", "full"} <= set(read.profiles)
    for name in read.profiles:
        if name.startswith("alternatives-"):
            continue
        experiment = read.experiment(DATA, Overrides(profile=name))
        assert {c.service for c in experiment.contenders.values()} >= set(THREE)


def test_the_profile_of_editions_measures_each_server_as_it_is_and_as_it_was(
    tmp_path: Path,
) -> None:
    read = bench(tmp_path)
    experiment = read.experiment(DATA, Overrides(profile="editions"))
    assert list(experiment.contenders) == list(SERVICES)
    assert {c.edition for c in experiment.contenders.values()} == {"current", "2019"}
    standard = read.experiment(DATA)
    assert experiment.scenarios.keys() == standard.scenarios.keys()
    assert (experiment.rounds, experiment.timing) == (standard.rounds, standard.timing)


def test_the_full_profile_covers_two_to_4096_batches_and_noop_handler(tmp_path: Path) -> None:
    experiment = bench(tmp_path).experiment(DATA, Overrides(profile="full"))
    assert experiment.scenarios["predict-full"].sweep == tuple(2**n for n in range(1, 13))
    assert len(experiment.scenarios["predict-batch"].sweep) == 3
    assert len(experiment.scenarios["predict-noop"].sweep) == 3
    assert all(
        experiment.contenders[name].noop for name in experiment.scenarios["predict-noop"].contenders
    )


def test_the_longer_profiles_measure_python_servers_as_one_process_and_as_one_a_core(
    tmp_path: Path,
) -> None:
    for name in ("standard", "full"):
        experiment = bench(tmp_path).experiment(DATA, Overrides(profile=name))
        for scenario in experiment.scenarios.values():
            found = [experiment.contenders[n] for n in scenario.contenders]
            assert [(c.service, c.per_core) for c in found] == [
                *((service, False) for service in THREE),
                *((service, True) for service in THREE if service != "rust-tonic"),
            ]


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        (
            'workers = "per-core"',
            'workers = "percore"',
            r":\d+: `contenders.sklearn-grpc-per-core.workers` .*did you mean 'per-core'",
        ),
        (
            'workers = "per-core"',
            'workers = "per-core"\nenvironment = {SERVER_WORKERS = "4"}',
            r"`contenders.sklearn-grpc-per-core.workers` and SERVER_WORKERS .* keep one",
        ),
        ("rounds = 3", "runds = 3", r":\d+: `profiles.standard.runds` .*did you mean 'rounds'"),
        ("rounds = 3", "rounds = 0", r"`profiles.standard.rounds` is 0; .*from 1 up"),
        ("rounds = 3", 'rounds = "3"', r"`profiles.standard.rounds` is '3'; .*whole number"),
        ("rounds = 3", "", r"`profiles.standard.rounds` is missing"),
        ("window = 2.0", "windw = 2.0", r"`profiles.quick.timing.windw` .*dropped, window, margin"),
        ("window = 5.0", "window = -5.0", r"`defaults.timing.window` is -5.0; .*above 0"),
        ("window = 5.0", "window = inf", r"`defaults.timing.window` is inf"),
        (
            'plan = "ryzen-7-1700"',
            'plan = "ryzen-7-170"',
            r"`defaults.plan` .*did you mean 'ryzen-7-1700'",
        ),
        (
            'generator = "h2load"',
            'generator = "wrk"',
            r"predict-saturated.generator` .*ghz, h2load",
        ),
        ('method = "Predict"', 'method = "predict"', r"predict.method` .*did you mean 'Predict'"),
        ("sweep = [800]", "sweep = [801]", r"sweep` holds 801; .*multiple"),
        ("sweep = [800]", "sweep = []", r"sweep` is \[\]"),
        ("sweep = [800]", "sweep = [800, 800]", r"sweep` .*twice"),
        ('service = "rust-tonic"', 'service = "rust-axum"', r"rust-tonic.service` .*rust-tonic"),
        ('service = "rust-tonic"', 'serivce = "rust-tonic"', r"rust-tonic.serivce`.*'service'"),
        ('scenarios = ["predict",', 'scenarios = ["predikt",', r"names 'predikt'; did you mean"),
        ('profile = "standard"', 'profile = "usual"', r"`defaults.profile` is 'usual'; allowed"),
        ("[defaults]", "[default]", r":\d+: `default` is not a key here"),
    ],
)
def test_a_mistake_names_file_line_key_and_what_is_allowed(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=rf"bench\.toml.*{complaint}"):
        bench(tmp_path, (old, new))


def test_the_line_of_a_wrong_key_is_its_own(tmp_path: Path) -> None:
    with pytest.raises(ConfigError) as caught:
        bench(tmp_path, ("agree_within = 0.03", "agree_whithin = 0.03"))
    number = int(str(caught.value).split(":")[1])
    assert (tmp_path / "bench.toml").read_text().splitlines()[number - 1].startswith("agree_whith")


def test_what_is_not_toml_says_where(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"not TOML: .*line 1"):
        bench(tmp_path, ("# Every experiment", "Every experiment"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"none\.toml: No such file"):
        benchfile.read(tmp_path / "none.toml", SERVICES)


def test_levels_change_ghz_sweeps_and_leave_h2load_alone(tmp_path: Path) -> None:
    experiment = bench(tmp_path).experiment(DATA, Overrides(levels=(2, 4)))
    assert experiment.scenarios["predict"].sweep == (2, 4)
    assert experiment.scenarios["predict-saturated"].sweep == (800,)


def test_one_contender_can_be_asked_for_alone(tmp_path: Path) -> None:
    experiment = bench(tmp_path).experiment(DATA, Overrides(contenders=("rust-tonic",)))
    assert list(experiment.contenders) == ["rust-tonic"]
    assert all(s.contenders == ("rust-tonic",) for s in experiment.scenarios.values())


def test_a_null_contender_asked_for_in_full_takes_its_own_scenarios_alone(tmp_path: Path) -> None:
    asked = Overrides(profile="full", contenders=("rust-tonic", "rust-tonic-noop"))
    experiment = bench(tmp_path).experiment(DATA, asked)
    assert experiment.scenarios["predict-full"].contenders == ("rust-tonic",)
    assert experiment.scenarios["predict-noop"].contenders == ("rust-tonic-noop",)


def test_a_contender_that_the_profile_does_not_name_is_added_by_name(tmp_path: Path) -> None:
    asked = Overrides(contenders=("rust-tonic", "rust-tonic-noop"))
    experiment = bench(tmp_path).experiment(DATA, asked)
    assert experiment.scenarios["predict"].contenders == ("rust-tonic", "rust-tonic-noop")


@pytest.mark.parametrize(
    ("asked", "complaint"),
    [
        (Overrides(profile="quik"), "--profile quik: did you mean 'quick'"),
        (
            Overrides(plan="three-core"),
            "--plan three-core: .*allowed: ryzen-7-1700, one-core, two-core, unpinned",
        ),
        (Overrides(contenders=("rust",)), "--contender rust: .*allowed: sklearn-grpc"),
        (Overrides(rounds=0), "--rounds 0"),
        (Overrides(window=0.0), "--window 0"),
        (Overrides(warm_up=-1.0), "--warm-up -1"),
    ],
)
def test_a_wrong_option_is_named_with_what_is_allowed(
    tmp_path: Path, asked: Overrides, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=complaint):
        bench(tmp_path).experiment(DATA, asked)


def test_a_contender_is_a_service_or_somebody_elses_server_and_not_both(tmp_path: Path) -> None:
    added = (
        '[contenders.theirs]\nimage = "them/server"\nservice = "rust-tonic"\n\n[scenarios.predict]'
    )
    with pytest.raises(ConfigError, match=r"`contenders.theirs.service` or else `image`"):
        bench(tmp_path, ("[scenarios.predict]", added))
    added = '[contenders.theirs]\nimage = "them/server"\n\n[scenarios.predict]'
    contender = bench(tmp_path, ("[scenarios.predict]", added)).contenders["theirs"]
    assert (contender.image, contender.service) == ("them/server", None)


ALTERNATIVE = "[alternatives.another]\n{lines}\n\n[scenarios.predict]"


def test_an_alternative_is_what_it_stands_against_but_for_what_it_says(tmp_path: Path) -> None:
    lines = 'of = "rust-tonic-native"\nabout = "x"\nenvironment = {A = "b"}\ngoal = 1.3'
    added = ALTERNATIVE.format(lines=lines)
    another = bench(tmp_path, ("[scenarios.predict]", added)).contenders["another"]
    assert (another.service, another.variant, another.environment) == (
        "rust-tonic",
        "native",
        {"A": "b"},
    )
    assert another.alternative is not None
    assert (another.alternative.of, another.alternative.goal) == ("rust-tonic-native", 1.3)
    assert another.title == "x"


def test_a_contender_may_be_an_alternative_without_being_told_twice(tmp_path: Path) -> None:
    noop = bench(tmp_path).contenders["rust-tonic-noop"]
    assert noop.noop
    assert noop.alternative is not None
    assert noop.alternative.of == "rust-tonic"


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ('about = "x"', r"another.of` is missing"),
        (
            'of = "rust-tonik"\nabout = "x"',
            r"another.of` is 'rust-tonik'; did you mean 'rust-tonic'",
        ),
        ('of = "rust-tonic"', r"another.about` is missing"),
        ('of = "rust-tonic"\nabout = "x"\ngoal = 0', r"another.goal` is 0.0; .*above 0"),
        ('of = "rust-tonic"\nabout = "x"\ncores = 0', r"another.cores` is 0; .*from 1 up"),
        ('of = "rust-tonic"\nabout = "x"\nvariant = "y"', r"another.variant` is 'y'; allowed"),
        ('of = "rust-tonic"\nabout = "x"\nimage = "y"', r"another.image` is not a key here"),
    ],
)
def test_a_wrong_alternative_is_named_with_what_is_allowed(
    tmp_path: Path, lines: str, complaint: str
) -> None:
    added = ALTERNATIVE.format(lines=lines)
    with pytest.raises(ConfigError, match=rf"bench\.toml.*`alternatives.{complaint}"):
        bench(tmp_path, ("[scenarios.predict]", added))


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ("rounds = 15", "rounds = 0", r"`calls.rounds` is 0"),
        ("callers = 64_000", "callers = 64_001", r"`overload.callers` is 64001; .*multiple"),
        ("stopped = 1.0", "stopped = 0", r"`overload.stopped` is 0"),
        ("stopped = 1.0", "halted = 1.0", r"`overload.halted` is not a key here"),
    ],
)
def test_a_mistake_in_what_bench_takes_is_named(
    tmp_path: Path, old: str, new: str, complaint: str
) -> None:
    with pytest.raises(ConfigError, match=rf":\d+: {complaint}"):
        bench(tmp_path, (old, new))


VARIANT = "[contenders.another]\n{lines}\n\n[scenarios.predict]"


def test_a_contender_may_be_another_build_of_its_service(tmp_path: Path) -> None:
    added = VARIANT.format(lines='service = "rust-tonic"\nvariant = "native"')
    contenders = bench(tmp_path, ("[scenarios.predict]", added)).contenders
    assert (contenders["another"].service, contenders["another"].variant) == (
        "rust-tonic",
        "native",
    )
    assert contenders["another"].build == "rust-tonic@native"
    assert contenders["rust-tonic"].build == "rust-tonic"


@pytest.mark.parametrize(
    ("lines", "complaint"),
    [
        ('service = "rust-tonic"\nvariant = "nativ"', r"is 'nativ'; did you mean 'native'\? .*"),
        ('service = "sklearn-grpc"\nvariant = "native"', r"is 'native'; allowed: none"),
        ('image = "x/y"\nvariant = "native"', r"is another build of a `service`"),
    ],
)
def test_a_variant_is_one_of_its_services(tmp_path: Path, lines: str, complaint: str) -> None:
    added = VARIANT.format(lines=lines)
    with pytest.raises(ConfigError, match=rf":\d+: `contenders.another.variant` {complaint}"):
        bench(tmp_path, ("[scenarios.predict]", added))


def test_resuming_takes_what_was_asked_before_unless_told_otherwise() -> None:
    before = Overrides(profile="quick", levels=(2, 4), rounds=2).given()
    kept = msgspec.json.decode(msgspec.json.encode(before))
    assert kept == {"profile": "quick", "levels": [2, 4], "rounds": 2}
    again = Overrides(rounds=3).after(kept)
    assert again == Overrides(profile="quick", levels=(2, 4), rounds=3)
