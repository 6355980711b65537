"""SVG and PNG files of charts, drawn by a Chrome or Chromium that is started once for all."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import kaleido
from choreographer.browsers.chromium import Chromium
from choreographer.errors import ChannelClosedError, DevtoolsProtocolError
from kaleido.errors import KaleidoError

from clusterbench.errors import HostError
from clusterbench.host import browser as on_host
from clusterbench.report.figures.chart import picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.report.figures.chart import Chart

#: The files of each chart, with their scale.
FORMATS = {"svg": 1, "png": 2}
#: What kaleido raises where a browser does not start, or stops.
_FAILURES = (
    RuntimeError, OSError, TimeoutError, KaleidoError, DevtoolsProtocolError, ChannelClosedError,
)  # fmt: skip
_TIMEOUT = 60.0
REMEDY = (
    "install Chrome or Chromium (Debian: apt-get install chromium-headless-shell), or set "
    "BROWSER_PATH to one, then make the pictures with `./lab report`"
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


def draw(charts: Sequence[Chart], browser: Path | None) -> Mapping[str, bytes]:
    """Draw each chart in FORMATS; return the files by name.

    Raises HostError when there is no browser, when it cannot be started, or draws no picture.
    """
    if browser is None:
        raise HostError(f"no browser on this host; {REMEDY}")
    if not os.access(browser, os.X_OK) or not browser.is_file():
        raise HostError(f"no browser at {browser}: {REMEDY}")
    with tempfile.TemporaryDirectory() as folder:
        wanted = [
            {
                "fig": figure,
                "path": str(Path(folder) / f"{chart.name}.{form}"),
                "opts": {"format": form, "scale": scale},
            }
            for chart in charts
            for figure in [picture(chart)]
            for form, scale in FORMATS.items()
        ]
        # No MathJax: it would be fetched from the network.
        options = {"path": str(browser), "mathjax": False, "timeout": _TIMEOUT}
        try:
            errors = kaleido.write_fig_from_object_sync(wanted, kopts=options)
        except _FAILURES as error:
            errors = [error]
        if errors:
            why = next(iter(str(errors[0]).strip().splitlines()), type(errors[0]).__name__)
            raise HostError(f"{browser} drew no pictures ({why}): {REMEDY}") from errors[0]
        return {Path(each["path"]).name: Path(each["path"]).read_bytes() for each in wanted}
