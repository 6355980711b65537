"""SVG and PNG files of charts, drawn by a Chrome or Chromium that is started once for all."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from choreographer.browsers.chromium import Chromium

from clusterbench.errors import HostError, indent
from clusterbench.host import browser as on_host
from clusterbench.host.bounded import TIMED_OUT, run_bounded
from clusterbench.own_program import program
from clusterbench.report.figures.chart import picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.report.figures.chart import Chart

#: How long all pictures of a report may take to be drawn, the browser's start included (s).
DEADLINE = 120.0
#: How much of what the browser wrote is shown where it drew nothing.
_LINES = 5
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_DRAWING = Path(__file__).with_name("drawing.py")
REMEDY = (
    "install Chrome or Chromium (Debian: apt-get install chromium-headless-shell), or set "
    f"BROWSER_PATH to one, then make the pictures with `{program()} report`"
)


def find_browser() -> Path | None:
    """Return the browser that BROWSER_PATH names, else one of this host's; None without any.

    Also finds the one that `kaleido_get_chrome` downloads.
    """
    named = os.environ.get("BROWSER_PATH", "")
    if named:
        return Path(named)
    found = on_host.find_browser() or Chromium.find_browser(skip_local=False)
    return Path(found) if found else None


def draw(
    charts: Sequence[Chart], browser: Path | None, deadline: float = DEADLINE
) -> Mapping[str, bytes]:
    """Draw each chart as SVG and PNG; return the files by name.

    No process of it is left. Raises HostError when there is no browser, when it cannot be started,
    or has not drawn every picture by the deadline (s).
    """
    if browser is None:
        raise HostError(f"no browser on this host; {REMEDY}")
    if not os.access(browser, os.X_OK) or not browser.is_file():
        raise HostError(f"no browser at {browser}: {REMEDY}")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as scratch:
        folder, log = Path(scratch, "figures"), Path(scratch, "log")
        folder.mkdir()
        for chart in charts:
            (folder / f"{chart.name}.json").write_text(picture(chart).to_json(), encoding="utf-8")
        status = run_bounded(
            [sys.executable, "-P", str(_DRAWING), str(browser), str(folder)],
            deadline=deadline,
            # What the browser writes goes with the rest, also where it is killed.
            environment={**os.environ, "TMPDIR": scratch},
            folder=folder,
            output=log,
        )
        if status != 0:
            why = f" within {deadline:g} s, and was ended" if status == TIMED_OUT else ", and ended"
            said = _CONTROLS.sub("?", log.read_text(encoding="utf-8", errors="replace"))
            shown = f"\n{indent(said, _LINES)}".rstrip()
            raise HostError(f"{browser} drew no pictures{why}; {REMEDY}{shown}")
        return {
            file.name: file.read_bytes()
            for file in sorted(folder.iterdir())
            if file.suffix != ".json"
        }
