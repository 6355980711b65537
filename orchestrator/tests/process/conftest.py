"""What tests of real servers share: their runs draw no pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from support.no_pictures import NO_BROWSER

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module", autouse=True)
def browser_of_runs() -> Iterator[None]:
    """Have runs find no browser that draws, since drawing takes longer than they do.

    test_pictures_process.py has pictures drawn.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("BROWSER_PATH", NO_BROWSER)
        yield
