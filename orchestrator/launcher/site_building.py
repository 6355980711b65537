"""`./lab docs`: build the documentation as a site, and serve it."""

from __future__ import annotations

import os
import subprocess
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from clusterbench.errors import ExitCode
from clusterbench.own_files import kept
from launcher.environment import environment
from launcher.say import say

if TYPE_CHECKING:
    import argparse
    from pathlib import Path

# With --quiet MkDocs counts no warning, and a strict build passes whatever it finds.
BUILD = ("-m", "mkdocs", "build", "--strict", "--config-file", "docs/mkdocs.yml")
NO_NOTICE = {"NO_MKDOCS_2_WARNING": "1"}
"""The theme prints a page about another version of MkDocs, which the lock leaves out."""


def docs(arguments: argparse.Namespace) -> int:
    """Build the site, and return 1 where a link leads nowhere. Serve it where that is asked for."""
    root = arguments.root
    inside = environment(root, "docs")
    variables = {**inside.variables(), **NO_NOTICE}
    site = kept(root) / "site"
    command = [str(inside.python), *BUILD, "--site-dir", str(site)]
    if subprocess.run(command, cwd=root, env=variables, check=False).returncode:
        say("error: the site was not built: see above")
        return ExitCode.ERROR
    say(f"the site is built: open {(site / 'index.html').as_uri()}")
    if arguments.serve:
        serve(site)
    else:
        say("its search needs a server: ./lab docs --serve")
    return ExitCode.OK


def serve(site: Path) -> None:
    """Serve a folder to this machine alone, on a port that is free, until Ctrl-C."""
    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(_Quiet, directory=os.fspath(site))
    ) as server:
        say(f"serving it until Ctrl-C: http://127.0.0.1:{server.server_port}/")
        server.serve_forever()


class _Quiet(SimpleHTTPRequestHandler):
    """A handler that lists no request."""

    def log_message(self, format: str, *_args: object) -> None:  # noqa: A002 - its name there
        """Print nothing."""
