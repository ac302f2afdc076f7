"""A tree drawn as text: each node is a line, with notes below it, then its branches. It knows no server."""

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

# Columns, as the help has.
WIDTH: Final = 100

# Columns of a label, so that what stands behind the labels of siblings is in one column.
_LABEL: Final = 10


@dataclass(frozen=True, slots=True)
class Node:
    """A line of the tree.

    label: what it is. text: which one. notes: a sentence each. branches: what it is made of.
    """

    label: str
    text: str
    notes: Sequence[str] = ()
    branches: Sequence["Node"] = ()


def drawn(node: Node) -> Iterator[str]:
    """Yield the lines of a tree."""
    yield from _wrapped(f"{node.label}  {node.text}", "", "   ")
    yield from _rest(node, "")


def _rest(node: Node, margin: str) -> Iterator[str]:
    """Yield what stands below the line of a node: notes, then branches."""
    stem = "│  " if node.branches else "   "
    for note in node.notes:
        yield from _wrapped(f"- {note}", f"{margin}{stem}", f"{margin}{stem}  ")
    for branch in node.branches:
        last = branch is node.branches[-1]
        below = margin + ("   " if last else "│  ")
        label = f"{branch.label:<{_LABEL}} " if branch.text else branch.label
        yield from _wrapped(f"{label}{branch.text}", f"{margin}{'└─ ' if last else '├─ '}", f"{below}   ")
        yield from _rest(branch, below)


def _wrapped(text: str, first: str, further: str) -> list[str]:
    return textwrap.wrap(
        text,
        WIDTH,
        initial_indent=first,
        subsequent_indent=further,
        break_long_words=False,
        break_on_hyphens=False,
        drop_whitespace=True,
    )
