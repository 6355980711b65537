"""The files that the lab ships are valid, and are what its documents say."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tomllib

import jsonschema
import pytest
import yaml

from clusterbench.config import bench_file, claims_file
from clusterbench.config.compose_file import Role, image_of, read_services, servers, with_role
from clusterbench.config.resolve import BenchFile, Overrides
from clusterbench.model.claims import Subject
from clusterbench.model.experiment import DataSet
from clusterbench.plan.comparisons import chosen
from clusterbench.plan.schedule import duration, schedule
from support.repository import ROOT
from support.small_files import SMALL

DATA = DataSet(n_clusters=3, n_features=2, n_requests=4, n_batches=2, digest={})
SERVICES = read_services(ROOT / "compose.yaml")


@pytest.fixture(scope="module")
def bench() -> BenchFile:
    return bench_file.read(ROOT / "bench.toml", SERVICES)


def test_every_profile_and_every_form_of_training_resolves(bench: BenchFile) -> None:
    for name, profile in bench.profiles.items():
        experiment = bench.experiment(DATA, Overrides(profile=name))
        models = experiment.sizes.models if experiment.sizes else ()
        over_sizes = {model.named(each) for model in models for each in profile.scenarios}
        assert set(experiment.scenarios) == (over_sizes or set(profile.scenarios))
        assert profile.description
    assert list(bench.trainings) == ["full", "quick"]


def test_the_standard_profile_is_the_published_sweep_in_three_rounds(bench: BenchFile) -> None:
    experiment = bench.experiment(DATA)
    assert (experiment.profile, experiment.rounds) == ("standard", 3)
    assert experiment.scenarios["predict"].sweep == (64, 128, 256, 512, 1024)


def test_training_is_on_the_published_data(bench: BenchFile) -> None:
    assert str(bench.trainings["full"].shape) == "1,000,000 x 2, 3 clusters"


def test_the_published_experiment_is_measured_by_both_methods(bench: BenchFile) -> None:
    experiment = bench.experiment(DATA, Overrides(profile="as-published"))
    published = {name for name, each in experiment.scenarios.items() if not each.reference}
    assert published == {"predict-as-published"}
    scenario = experiment.scenarios["predict-as-published"]
    assert (scenario.connections, scenario.rounds) == (1, 1)
    stands_for = {experiment.contenders[name].published_name for name in scenario.contenders}
    assert stands_for == {"sklearn-grpc", "linfa-py-grpc", "rust-tonic"}
    editions = [experiment.contenders[name].edition for name in scenario.contenders]
    assert editions == ["current"] * 3 + ["2019"] * 3


def test_every_comparison_has_alternatives_beside_what_they_stand_against(
    bench: BenchFile,
) -> None:
    for profile in chosen(bench.profiles, []):
        experiment = bench.experiment(DATA, Overrides(profile=profile))
        others = [c for c in experiment.contenders.values() if c.alternative]
        assert others
        for other in others:
            assert other.alternative
            assert other.alternative.of in experiment.contenders
            assert experiment.plan in {"one-core", "two-core"}


def test_the_profile_of_sizes_stays_within_25_minutes(bench: BenchFile) -> None:
    experiment = bench.experiment(DATA, Overrides(profile="sizes"))
    assert experiment.sizes is not None
    assert len(experiment.sizes.models) == 9
    assert {each.observations for each in experiment.scenarios.values()} == {1, 10, 100, 1000}
    assert all(scenario.saturates for scenario in experiment.scenarios.values())
    turns = schedule(experiment)
    assert len(turns) == 2 * 9 * 3
    assert duration(experiment, turns).wall < 25 * 60


def test_the_published_claims_are_in_force_with_their_factors(bench: BenchFile) -> None:
    found = claims_file.read(
        ROOT / "claims.toml", ROOT / "data" / "published" / "summaries.csv", bench
    )
    times = {claim.id: claim.times for claim in found.claims}
    latency = {
        f"lat-{pair}-{percentile}": factor
        for pair, factor in {"lp-sk": 3.5, "rs-sk": 26.0, "rs-lp": 7.0}.items()
        for percentile in ("p50", "p95", "p99")
    }
    assert times == {
        "train": 11.0, "thr-rs-sk": 25.0, "thr-rs-lp": 7.0, "thr-lp-sk": 3.5, **latency,
        "err-lp": None, "err-rs": None,
    }  # fmt: skip
    for claim in found.claims:
        if claim.subject in {Subject.THROUGHPUT, Subject.LATENCY}:
            assert claim.levels == (64, 128, 256, 512, 1024)
    assert len(found.published) == 36


def test_every_server_is_hardened_and_has_a_recipe() -> None:
    for server in servers(SERVICES).values():
        assert server.read_only
        assert server.init
        assert server.cap_drop == ("ALL",)
        assert server.user == "10001:10001"
        assert server.security_opt == ("no-new-privileges:true",)
        assert set(server.tmpfs) == {"/tmp"}  # noqa: S108 - within a container
        assert server.mem_limit == 4 * 2**30
        assert server.recipe is not None
        assert server.recipe.command


def test_what_is_started_has_an_image_that_is_built_and_that_of_2019_is_optional() -> None:
    for role in (Role.SERVER, Role.GENERATOR, Role.TRAINER):
        for service in with_role(SERVICES, role).values():
            built = image_of(SERVICES, service.name)
            assert built is not None
            assert built.image == service.image
            assert built.optional is (service.edition == "2019")


def test_compose_yaml_is_filled_in_from_the_labs_own_variables_alone() -> None:
    """A shell's TARGET or METHOD may say anything. It may be seen within a container at most."""
    text = (ROOT / "compose.yaml").read_text()
    whole = yaml.safe_load(text)
    ours = {"DOCKER_SOCKET", "COMPOSE_PROJECT_NAME", "CLUSTERBENCH_ENGINE"}
    used = set(re.findall(r"\$\{(\w+)", re.sub(r"(?m)^ *#.*$", "", text)))
    assert "LAB_TARGET" in used
    others = {name for name in used if not name.startswith("LAB_")} - ours
    for service in whole["services"].values():
        for name, value in service.get("environment", {}).items():
            if name in others:
                assert value == f"${{{name}:-}}"
        service.pop("environment", None)
    assert others & set(re.findall(r"\$\{(\w+)", str(whole))) == set()


def test_nothing_of_this_machine_is_mounted_in_a_form_that_makes_folders_or_parts_names() -> None:
    services = yaml.safe_load((ROOT / "compose.yaml").read_text())["services"]
    mounts = [each for entry in services.values() for each in entry.get("volumes", [])]
    assert mounts
    for each in mounts:
        assert each["type"] == "bind"
        assert each["bind"] == {"create_host_path": False}


def test_editors_are_told_of_a_schema_that_the_file_fits() -> None:
    text = (ROOT / "bench.toml").read_text()
    named = text.splitlines()[0].removeprefix("#:schema ./")
    schema = json.loads((ROOT / named).read_text())
    for file in (ROOT / "bench.toml", SMALL / "bench.toml"):
        jsonschema.validate(tomllib.loads(file.read_text()), schema)
    wrong = tomllib.loads(text.replace("rounds = 3", "runds = 3", 1))
    with pytest.raises(jsonschema.ValidationError, match="runds"):
        jsonschema.validate(wrong, schema)


def test_reading_the_files_imports_nothing_that_draws_or_measures() -> None:
    heavy = "{'plotly', 'pandas', 'docker', 'grpc', 'scipy', 'pyarrow'}"
    read = "from clusterbench.config import bench_file, claims_file, compose_file, data_folder"
    code = f"{read}; import sys; print({heavy} & {{name.split('.')[0] for name in sys.modules}})"
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "set()"
