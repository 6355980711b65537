"""`python -m clusterbench.local build|serve`: what `./lab` calls in its environment."""

from __future__ import annotations

import argparse
import signal
import sys
from pathlib import Path
from typing import NoReturn

from clusterbench.compose import read_services
from clusterbench.errors import LabError
from clusterbench.local.build import build
from clusterbench.local.serve import serve


def main(arguments: list[str] | None = None) -> int:
    """Run one command and give its exit code."""
    signal.signal(signal.SIGTERM, _terminated)
    options = _parser().parse_args(arguments)
    try:
        services = read_services(options.root / "compose.yaml")
        if options.command == "build":
            built = build(services, options.root, _say)
            for name in built.commands:
                _say(f"{name} is built")
            if built.tools.ghz:
                _say("ghz is built")
            return 0
        serve(services, options.root, options.name, data=options.data, port=options.port, say=_say)
    except LabError as error:
        _say(f"error: {error}")
        return error.exit_code
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m clusterbench.local")
    parser.add_argument("--root", type=Path, required=True)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("build")
    serving = commands.add_parser("serve")
    serving.add_argument("name")
    serving.add_argument("--data", type=Path, required=True)
    serving.add_argument("--port", type=int, required=True)
    return parser


def _say(text: str) -> None:
    sys.stderr.write(f"lab: {text}\n")
    sys.stderr.flush()


def _terminated(_signal: int, _frame: object) -> NoReturn:
    raise SystemExit(128 + signal.SIGTERM)


if __name__ == "__main__":
    sys.exit(main())
