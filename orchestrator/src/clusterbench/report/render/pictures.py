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
from clusterbench.report.figures.layout import picture

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from clusterbench.report.figures.chart import Chart

FORMATS = ("svg", "png")
_SCALE = {"svg": 1, "png": 2}
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


def draw(charts: Sequence[Chart], browser: Path) -> Mapping[str, bytes]:
    """Draw each chart in FORMATS; return the files by name.

    Raises HostError when the browser cannot be started, or a picture cannot be drawn.
    """
    if not os.access(browser, os.X_OK) or not browser.is_file():
        raise HostError(f"no browser at {browser}: {REMEDY}")
    names = [f"{chart.name}.{form}" for chart in charts for form in FORMATS]
    with tempfile.TemporaryDirectory() as folder:
        wanted = [
            {
                "fig": figure,
                "path": str(Path(folder) / f"{chart.name}.{form}"),
                "opts": {"format": form, "scale": _SCALE[form]},
            }
            for chart in charts
            for figure in [picture(chart)]
            for form in FORMATS
        ]
        # No MathJax: it would be fetched from the network.
        options = {"path": str(browser), "mathjax": False, "timeout": _TIMEOUT}
        try:
            errors = kaleido.write_fig_from_object_sync(wanted, kopts=options)
        except (
            RuntimeError,
            OSError,
            TimeoutError,
            KaleidoError,
            DevtoolsProtocolError,
            ChannelClosedError,
        ) as error:
            raise HostError(
                f"{browser} drew no pictures ({_first_line(error)}): {REMEDY}"
            ) from error
        if errors:
            raise HostError(f"{browser} drew no pictures ({_first_line(errors[0])}): {REMEDY}")
        return {name: (Path(folder) / name).read_bytes() for name in names}


def _first_line(error: BaseException) -> str:
    text = str(error).strip()
    return text.splitlines()[0] if text else type(error).__name__
