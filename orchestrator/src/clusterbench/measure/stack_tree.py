"""Shares of stacks -> a tree small enough to be read: classes, and below them frames. Pure."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from clusterbench.measure.frame_classes import Undecided, decided, rust_path
from clusterbench.model.attribution import Node, Spent

if TYPE_CHECKING:
    from collections.abc import Mapping

    from clusterbench.measure.profile_shares import Stack

#: Frames below a class, and the least share that is shown.
DEPTH, LEAST = 6, 0.004
#: What starts threads, calls functions and polls tasks, and says nothing of the work.
_PLUMBING = re.compile(
    r" \((thread|libpython[^()]*|libc\.so[^()]*|ld-linux[^()]*|python[\d.]*)\)$"
    r"|^\?? ?(clone3?|start_thread|_start|entry_SYSCALL_64\w*|do_syscall_64) "
    r"|^(core|std|alloc|tokio::runtime)::|^[<&]*std::|__rust_begin_short_backtrace"
    r"|\(threading\.py\)$|^_worker \(concurrent|^_WorkItem\.run "
)
_KERNEL = " ([kernel])"
#: What a library's file is called after its name.
_BINARY = re.compile(r"(\.cpython-[^.]*|\.abi3)?\.so[.\d]*$")


def tree(stacks: Mapping[tuple[Spent, Stack], float]) -> tuple[Node, ...]:
    """Return a node for each class that has a share, in their order, with the frames below it."""
    found = []
    for spent in Spent:
        own = [
            (_path(stack, spent), share) for (each, stack), share in stacks.items() if each is spent
        ]
        total = sum(share for _, share in own)
        if total >= LEAST:
            found.append(Node(name=spent, share=total, spent=spent, calls=_below(own, spent, 0)))
    return tuple(found)


def _below(own: list[tuple[Stack, float]], spent: Spent, depth: int) -> tuple[Node, ...]:
    """Return the nodes of one depth, the largest first, without what is too small to be read."""
    if depth == DEPTH:
        return ()
    under: dict[str, list[tuple[Stack, float]]] = {}
    for path, share in own:
        if len(path) > depth:
            under.setdefault(path[depth], []).append((path, share))
    nodes = [
        Node(name=name, share=total, spent=spent, calls=_below(paths, spent, depth + 1))
        for name, paths in under.items()
        if (total := sum(share for _, share in paths)) >= LEAST
    ]
    return tuple(sorted(nodes, key=lambda node: -node.share))


def _path(stack: Stack, spent: Spent) -> Stack:
    """Return what is shown of a stack: its part from the first frame of its class inwards."""
    own = [place for place, frame in enumerate(stack) if _class(frame) is spent]
    part = stack[own[0] :] if own else stack
    kept = [frame for frame in part if not _PLUMBING.search(rust_path(frame))] or [part[-1]]
    named = [short(frame) for frame in kept]
    return tuple(n for place, n in enumerate(named) if place == 0 or n != named[place - 1])


@cache
def _class(frame: str) -> Spent | Undecided | None:
    """Return what a frame by itself is spent on; None where no rule knows it."""
    decisive, meaning = decided((frame,), sees_kernel=True)
    return meaning if decisive else None


def short(frame: str) -> str:
    """Return a frame's name as it is shown.

    A Rust symbol is cut to crate, type and function; a native or Python one has its module.
    """
    symbol, _, module = frame.rpartition(" (")
    if frame.endswith(_KERNEL):
        return "kernel" if symbol == "?" else symbol
    if "::" not in symbol:
        file = _BINARY.sub("", module.removesuffix(")").rpartition("/")[2])
        return file if symbol == "?" else f"{symbol} ({file})"
    path = rust_path(frame).rpartition(" (")[0].split("::")
    called = re.sub(r"(::\{\{closure\}\})+$", "", symbol).rpartition("::")[2].strip("<>")
    last = [part for part in path if part and part != called][-1:]
    return "::".join(dict.fromkeys([path[0], *last, called]))
