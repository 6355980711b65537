"""The environment of builds: what is listed here, and nothing else of the user's.

Of the user's it holds where tools, caches, mirrors and certificates are. What decides what is
built is set here or by a toolchain: a variable or a file of the user's changes no product.

Standard library only: `./lab` imports this before any environment exists.
"""

from __future__ import annotations

import ast
import os
import re
import subprocess
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

_PLACES = (
    *("PATH", "LD_LIBRARY_PATH", "HOME", "USER", "LOGNAME", "TMPDIR", "XDG_[A-Z]+_(HOME|DIR|DIRS)"),
    # What lets the commands on PATH find the tools that they stand for.
    *("PYENV_(ROOT|VERSION|DIR)", "ASDF_.*", "MISE_.*", "NIX_.*"),
    *("RUSTUP_.*", "CARGO_HOME", "GOPATH", "GOCACHE", "GOMODCACHE", "GOTMPDIR"),
    *("PIP_CACHE_DIR", "UV_CACHE_DIR"),
)
_LANGUAGE = ("LANG", "LANGUAGE", "LC_[A-Z]+", "TERM", "NO_COLOR", "CARGO_TERM_.*")
_NETWORK = (
    "([A-Z]+_PROXY|[a-z]+_proxy)",
    *("SSL_CERT_(FILE|DIR)", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "GIT_SSL_CAINFO", "NETRC"),
    *("SSH_AUTH_SOCK", "GIT_SSH", "GIT_SSH_COMMAND"),
)
#: pip's options that say where packages come from, and how they are fetched.
_PIP = (
    *("cert", "client-cert", "default-timeout", "extra-index-url", "find-links", "index-url"),
    *("keyring-provider", "no-index", "proxy", "retries", "timeout", "trusted-host", "cache-dir"),
)
_MIRRORS = (
    *(f"PIP_{option.upper().replace('-', '_')}" for option in _PIP),
    "PIP_CONFIG_FILE",
    "UV_((DEFAULT_|EXTRA_)?INDEX(_URL)?|FIND_LINKS|INDEX_.*_(USERNAME|PASSWORD))",
    "UV_(NATIVE_TLS|SYSTEM_CERTS|INSECURE_HOST|HTTP_TIMEOUT|KEYRING_PROVIDER|OFFLINE)",
    "CARGO_(HTTP|NET|REGISTRY|REGISTRIES)_.*",
    *("GOPROXY", "GONOPROXY", "GOSUMDB", "GONOSUMDB", "GOPRIVATE", "GOINSECURE", "GOAUTH", "GOVCS"),
)
_PASSED_ON = re.compile("|".join((*_PLACES, *_LANGUAGE, *_NETWORK, *_MIRRORS)))

#: What would have a Python of the lab's import another one's packages.
_ANOTHER_PYTHONS = frozenset({"PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV"})
#: What pip does whatever its configuration says: it installs where it is told to.
_PIP_SAYS = {
    "PIP_USER": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_DISABLE_PIP_VERSION_CHECK": "1",
    "PIP_NO_INPUT": "1",
}


def build_environment(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the environment of a build, given the user's."""
    kept = {name: value for name, value in environment.items() if _PASSED_ON.fullmatch(name)}
    return {**kept, **_PIP_SAYS}


def of_the_user(environment: Mapping[str, str] = os.environ) -> dict[str, str]:
    """Return the user's environment for what runs, and is no build, in a Python of the lab's."""
    return {name: value for name, value in environment.items() if name not in _ANOTHER_PYTHONS}


def pip_settings(python: str, environment: Mapping[str, str]) -> dict[str, str]:
    """Return, as variables, where the user's configuration files have pip take packages from.

    pip then reads none of those files, which could have it install elsewhere (`target`), or other
    builds. Nothing is returned where that Python has no pip to ask: the files are read then.
    """
    ask = [python, "-m", "pip", "config", "list"]
    try:
        answer = subprocess.run(
            ask, env=dict(environment), capture_output=True, text=True, check=True
        )
    except (OSError, subprocess.CalledProcessError):
        return {}
    found: dict[str, str] = {}
    for section in ("global", "install"):  # the latter has the last word
        found |= dict(re.findall(rf"(?m)^{section}\.([a-z-]+)=(.+)$", answer.stdout))
    settings = {
        f"PIP_{option.upper().replace('-', '_')}": str(ast.literal_eval(found[option]))
        for option in _PIP
        if option in found
    }
    given = {name: environment[name] for name in settings if environment.get(name)}
    return {**settings, **given, "PIP_CONFIG_FILE": os.devnull}
