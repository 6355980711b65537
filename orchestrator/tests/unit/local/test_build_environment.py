"""What of the user's environment and configuration reaches a build: what is listed, no more."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from clusterbench.local.build_environment import build_environment, of_the_user, pip_settings
from clusterbench.local.cargo_profiles import profile_settings, said_profiles

if TYPE_CHECKING:
    from pathlib import Path

KEPT = {
    "PATH": "/usr/bin",
    "HOME": "/home/me",
    "LC_ALL": "C.UTF-8",
    "TMPDIR": "/scratch",
    "https_proxy": "http://proxy:3128",
    "HTTPS_PROXY": "http://proxy:3128",
    "NO_PROXY": "localhost",
    "SSL_CERT_FILE": "/etc/ours.pem",
    "REQUESTS_CA_BUNDLE": "/etc/ours.pem",
    "PIP_CERT": "/etc/ours.pem",
    "PIP_INDEX_URL": "https://mirror/simple",
    "PIP_EXTRA_INDEX_URL": "https://other/simple",
    "PIP_FIND_LINKS": "/opt/wheels",
    "UV_DEFAULT_INDEX": "https://mirror/simple",
    "GOPROXY": "https://mirror/go",
    "GOPRIVATE": "ours.example",
    "GOMODCACHE": "/cache/go",
    "CARGO_HOME": "/cache/cargo",
    "CARGO_REGISTRIES_OURS_TOKEN": "x",
    "CARGO_NET_OFFLINE": "true",
    "CARGO_HTTP_CAINFO": "/etc/ours.pem",
    "RUSTUP_DIST_SERVER": "https://mirror/rust",
}
DROPPED = {
    **dict.fromkeys(("PYTHONPATH", "PYTHONHOME", "PYTHONUSERBASE", "PYTHONDONTWRITEBYTECODE"), "x"),
    **dict.fromkeys(("VIRTUAL_ENV", "CONDA_PREFIX"), "/somewhere"),
    **dict.fromkeys(("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_NO_BINARY", "PIP_PRE"), "x"),
    **dict.fromkeys(("GOOS", "GOARCH", "GOFLAGS", "GO111MODULE", "GOWORK", "GOENV", "GOROOT"), "x"),
    **dict.fromkeys(("CARGO_BUILD_TARGET", "CARGO_TARGET_DIR", "CARGO_PROFILE_RELEASE_LTO"), "x"),
    **dict.fromkeys(("CARGO_BUILD_RUSTFLAGS", "CARGO_ENCODED_RUSTFLAGS", "RUSTFLAGS"), "x"),
    **dict.fromkeys(("CARGO_TARGET_X86_64_UNKNOWN_LINUX_GNU_LINKER", "RUSTC_WRAPPER"), "x"),
    **dict.fromkeys(("CC", "CXX", "CFLAGS", "LDFLAGS", "MAKEFLAGS", "TARGET", "PROFILE"), "x"),
}


def test_where_tools_mirrors_and_certificates_are_is_passed_on() -> None:
    assert KEPT.items() <= build_environment(KEPT).items()


def test_what_would_decide_what_is_built_is_not_passed_on() -> None:
    assert not {*DROPPED} & {*build_environment(DROPPED)}


def test_pip_installs_where_it_is_told_to_whatever_the_user_set() -> None:
    made = build_environment({"PIP_USER": "1", "PIP_REQUIRE_VIRTUALENV": "1"})
    assert (made["PIP_USER"], made["PIP_REQUIRE_VIRTUALENV"]) == ("0", "0")


def test_what_is_no_build_has_the_users_environment_less_another_pythons() -> None:
    given = {"DOCKER_HOST": "tcp://x", "PYTHONPATH": "/x", "VIRTUAL_ENV": "/y", "GOOS": "windows"}
    assert of_the_user(given) == {"DOCKER_HOST": "tcp://x", "GOOS": "windows"}


@pytest.fixture
def pip_file(tmp_path: Path) -> dict[str, str]:
    """A build's environment of a user whose pip.conf names mirrors, and a place to install into."""
    file = tmp_path / "pip.conf"
    file.write_text(
        "[global]\nindex-url = https://mirror/simple\nextra-index-url =\n  https://a/\n"
        "  https://b/\ntimeout = 30\n[install]\nuser = true\ntarget = /somewhere\n"
        "no-binary = :all:\ntrusted-host = mirror\n[download]\nindex-url = https://other/\n"
    )
    given = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "PIP_CONFIG_FILE": str(file)}
    return build_environment(given)


def test_of_pips_configuration_only_where_packages_come_from_is_taken(
    pip_file: dict[str, str],
) -> None:
    settings = pip_settings(sys.executable, pip_file)
    assert settings["PIP_INDEX_URL"] == "https://mirror/simple"
    assert settings["PIP_EXTRA_INDEX_URL"].split() == ["https://a/", "https://b/"]
    assert (settings["PIP_TIMEOUT"], settings["PIP_TRUSTED_HOST"]) == ("30", "mirror")
    assert settings["PIP_CONFIG_FILE"] == os.devnull
    assert not {"PIP_TARGET", "PIP_NO_BINARY", "PIP_USER"} & {*settings}
    told = subprocess.run(
        [sys.executable, "-m", "pip", "config", "list"],
        env=pip_file | settings, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert "target" not in told
    assert "https://mirror/simple" in told


def test_a_variable_of_pips_goes_before_its_configuration(pip_file: dict[str, str]) -> None:
    settings = pip_settings(sys.executable, pip_file | {"PIP_INDEX_URL": "https://mine/"})
    assert settings["PIP_INDEX_URL"] == "https://mine/"


def test_a_python_without_pip_is_not_asked(tmp_path: Path) -> None:
    assert pip_settings(str(tmp_path / "python"), {}) == {}


def test_a_crates_profiles_are_said_whole_with_cargos_own_release_profile_below() -> None:
    settings = profile_settings(
        {
            "release": {"lto": "fat", "panic": "abort"},
            "wheel": {"inherits": "release", "panic": "unwind"},
            "dev": {"opt-level": 1},
        }
    )
    assert settings["CARGO_PROFILE_RELEASE_LTO"] == "fat"
    assert settings["CARGO_PROFILE_RELEASE_OPT_LEVEL"] == "3"
    assert settings["CARGO_PROFILE_RELEASE_INCREMENTAL"] == "false"
    assert settings["CARGO_PROFILE_WHEEL_LTO"] == "fat"
    assert settings["CARGO_PROFILE_WHEEL_PANIC"] == "unwind"
    assert settings["CARGO_PROFILE_DEV_OPT_LEVEL"] == "1"
    assert "CARGO_PROFILE_DEV_LTO" not in settings
    assert not [name for name in settings if "INHERITS" in name]


def test_the_profiles_are_those_of_the_workspace_of_what_is_built(tmp_path: Path) -> None:
    for name, text in {
        "all/Cargo.toml": "[workspace]\n[profile.release]\nlto = 'fat'\n",
        "all/one/Cargo.toml": "[package]\nname = 'one'\n",
        "alone/Cargo.toml": "[package]\nname = 'alone'\n[workspace]\n",
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    for words, lto in {
        ("cargo", "install", "--path", "all/one"): "fat",
        ("maturin", "build", "--manifest-path", "all/one/Cargo.toml"): "fat",
        ("cargo", "install", "--path", "alone"): "false",
    }.items():
        said = said_profiles([("true",), words], tmp_path)
        assert said["CARGO_PROFILE_RELEASE_LTO"] == lto
    assert said_profiles([("go", "build")], tmp_path) == {}
