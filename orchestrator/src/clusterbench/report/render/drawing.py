"""Draws the figures of a folder with a browser. Run as a script, never imported.

    python -P drawing.py <browser> <folder>

Each <name>.json there, a figure as Plotly writes it, becomes <name>.svg and <name>.png. Whoever
starts this bounds its time: a browser may hang, and kaleido waits for it without end.
"""

import json
import logging
import sys
from pathlib import Path

import kaleido

#: The files of each figure, with their scale.
FORMATS = {"svg": 1, "png": 2}


def main(browser: str, folder: Path) -> int:
    """Draw every figure; return 1 where a picture could not be drawn, and say why."""
    tell_what_the_browser_says()
    wanted = [
        {
            "fig": json.loads(file.read_bytes()),
            "path": str(file.with_suffix(f".{form}")),
            "opts": {"format": form, "scale": scale},
        }
        for file in sorted(folder.glob("*.json"))
        for form, scale in FORMATS.items()
    ]
    # No MathJax: it would be fetched from the network.
    options = {"path": browser, "mathjax": False, "timeout": None}
    try:
        errors = kaleido.write_fig_from_object_sync(wanted, kopts=options)
    except Exception as error:  # noqa: BLE001 - what kaleido raises is nobody's interface
        errors = [error]
    if errors:
        sys.stderr.write(f"{type(errors[0]).__name__}: {errors[0]}\n")
    return min(len(errors), 1)


def tell_what_the_browser_says() -> None:
    """Have what the browser writes on its standard error written to this one's."""
    browser, shown = logging.getLogger("browser_proc"), logging.StreamHandler()
    # The line that repeats all of the browser's command line, which kaleido adds.
    shown.addFilter(lambda record: not str(record.msg).startswith("wrapper CLI"))
    browser.addHandler(shown)
    browser.setLevel(logging.DEBUG)
    browser.propagate = False


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], Path(sys.argv[2])))
