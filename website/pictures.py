"""Pictures of the documentation: each is drawn from a text, and `python website/pictures.py` draws them anew.

A text in docs/pictures becomes the SVG beside it, of one of two kinds. A picture has its own ground and follows the
reader's dark mode, and nothing is said by a colour alone. It knows nothing of mkdocs.

Lanes: ``title:``, ``alt:``, ``key:`` lines as ``A: Anna``, lanes as ``thread 1 | AAaaAA``, headings as ``== Inline()``,
and marks as ``@ 10 SIGTERM``: a line through that column of the lanes that follow, up to the next heading. A capital is
drawn full, a small letter pale, a point not at all. Boxes: ``[name] what it is``, one a line, where / breaks the line.
"""

import re
import sys
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple
from xml.sax.saxutils import escape

FOLDER: Final = Path(__file__).parents[1] / "docs" / "pictures"

# Pixels. A letter of the font is 6.7 wide on average at 12 pixels; a little more, for fonts that are wider.
_CELL: Final = 13
_LANE: Final = 24
_LETTER: Final = 7.2
_MARGIN: Final = 16

# Full and pale, for the ground of day and of night: each has a contrast of 4.5 to the text on it.
_COLOURS: Final = (
    ("#3949ab", "#c5cae9"),
    ("#00695c", "#b2dfdb"),
    ("#b23c00", "#ffd8c2"),
    ("#6a1b9a", "#e1bee7"),
    ("#455a64", "#cfd8dc"),
)

_STYLE: Final = """
  .ground { fill: #ffffff } .text { fill: #1f2430 } .soft { fill: #5a6072 } .line { stroke: #8a90a2 }
  text { font: 12px system-ui, sans-serif } .head { font-weight: 600 } .code { font-family: ui-monospace, monospace }
  @media (prefers-color-scheme: dark) {
    .ground { fill: #262a36 } .text { fill: #eceef5 } .soft { fill: #b3b8c8 } .line { stroke: #8a90a2 }
  }
"""


class Picture(NamedTuple):
    """A text, taken apart: what it is called, what a reader hears who cannot see it, and its other lines."""

    title: str
    alt: str
    lines: list[str]


def parsed(text: str) -> Picture:
    """Take the text of a picture apart."""
    lines = [line for line in text.splitlines() if line.strip() and not line.startswith("#")]
    title, alt, *rest = lines
    return Picture(title.removeprefix("title: "), alt.removeprefix("alt: "), rest)


def drawn(text: str) -> str:
    """Return the SVG of a text."""
    picture = parsed(text)
    is_boxes = picture.lines[0].startswith("[")
    width, height, body = _boxes(picture.lines) if is_boxes else _lanes(picture.lines)
    size = f'viewBox="0 0 {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    return "\n".join(
        (
            f'<svg xmlns="http://www.w3.org/2000/svg" {size} role="img" aria-labelledby="title desc">',
            f'<title id="title">{escape(picture.title)}</title>',
            f'<desc id="desc">{escape(picture.alt)}</desc>',
            f"<style>{_STYLE}</style>",
            f'<rect class="ground" width="{width:g}" height="{height:g}" rx="8"/>',
            *body,
            "</svg>\n",
        )
    )


def _lanes(lines: list[str]) -> tuple[float, float, list[str]]:
    keys = dict(line.removeprefix("key: ").split(": ", 1) for line in lines if line.startswith("key: "))
    rows = [line for line in lines if not line.startswith("key: ")]
    named = [line.partition(" | ") for line in rows if " | " in line]
    left = _MARGIN + max(len(name) for name, _, _ in named) * _LETTER + 8
    width = left + max(len(cells) for _, _, cells in named) * _CELL + _MARGIN
    body: list[str] = []
    y: float = _MARGIN
    marks: list[float] = []
    for row in rows:
        name, is_lane, cells = row.partition(" | ")
        if row.startswith("== "):
            marks = []
            body.append(_text(_MARGIN, y + 22, row[3:], "text head code"))
            y += 32
        elif row.startswith("@ "):
            column, _, said = row[2:].partition(" ")
            x = left + int(column) * _CELL
            marks.append(x)
            # Behind the line, or before it where there is no room.
            after = x + 4 + len(said) * _LETTER < width
            body.append(_text(x + 4 if after else x - 4, y + 12, said, "soft", "start" if after else "end"))
            y += 18
        elif is_lane:
            body.append(_text(_MARGIN, y + 14, name.strip(), "text"))
            body += [f'<line class="line" x1="{x:g}" x2="{x:g}" y1="{y - 4:g}" y2="{y + _LANE:g}"/>' for x in marks]
            body += _segments(left, y, cells)
            y += _LANE + 4
    y += 8
    # The letters that are explained, as many in a line as there is room for.
    x = float(_MARGIN)
    for letter, meaning in keys.items():
        needed = 3 * _CELL + len(meaning) * _LETTER + 16
        if x + needed > width and x > _MARGIN:
            x, y = float(_MARGIN), y + _LANE
        body += [*_segments(x, y, letter * 2), _text(x + 2 * _CELL + 6, y + 14, meaning, "text")]
        x += needed
    return width, y + _LANE + _MARGIN, body


def _segments(left: float, y: float, cells: str) -> Iterator[str]:
    """Yield what a lane shows: a block for each run of a letter, with the letter in it."""
    column = 0
    for letter, run in groupby(cells):
        length = len(list(run))
        if letter.isalpha():
            full, pale = _COLOURS[(ord(letter.upper()) - ord("A")) % len(_COLOURS)]
            x, wide = left + column * _CELL, length * _CELL - 1
            fill, ink = (full, "#ffffff") if letter.isupper() else (pale, "#1f2430")
            yield f'<rect x="{x:g}" y="{y:g}" width="{wide:g}" height="20" rx="3" fill="{fill}"/>'
            yield (
                f'<text x="{x + wide / 2:g}" y="{y + 14:g}" text-anchor="middle" fill="{ink}" '
                f'class="code">{escape(letter)}</text>'
            )
        column += length


def _boxes(lines: list[str]) -> tuple[float, float, list[str]]:
    found = [re.fullmatch(r"\[(.+?)\] (.+)", line) for line in lines]
    boxes = [(each[1], each[2].split(" / ")) for each in found if each is not None]
    assert len(boxes) == len(lines), "a box is [name] and what it is"
    body: list[str] = []
    x = float(_MARGIN)
    most = max(len(told) for _, told in boxes)
    for number, (name, told) in enumerate(boxes):
        wide = max(len(text) for text in (name, *told)) * _LETTER + 20
        full, _ = _COLOURS[number % len(_COLOURS)]
        body.append(f'<rect x="{x:g}" y="{_MARGIN}" width="{wide:g}" height="34" rx="6" fill="{full}"/>')
        body.append(
            f'<text x="{x + wide / 2:g}" y="{_MARGIN + 21}" text-anchor="middle" fill="#ffffff" '
            f'class="code">{escape(name)}</text>'
        )
        for line, text in enumerate(told):
            body.append(_text(x + wide / 2, _MARGIN + 52 + 16 * line, text, "text", "middle"))
        x += wide
        if number + 1 < len(boxes):
            arrow = f"M{x + 4:g} {_MARGIN + 17} h20 m-5 -4 l5 4 l-5 4"
            body.append(f'<path class="line" fill="none" stroke-width="1.5" d="{arrow}"/>')
            x += 28
    return x + _MARGIN, _MARGIN + 52 + 16 * most, body


def _text(x: float, y: float, text: str, kind: str, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'


def stale() -> list[Path]:
    """Return the texts whose SVG is not what they say."""
    return [
        path
        for path in sorted(FOLDER.glob("*.txt"))
        if not (svg := path.with_suffix(".svg")).exists() or svg.read_text() != drawn(path.read_text())
    ]


def main() -> int:
    """Draw what is not up to date; with ``--check``, only name it."""
    found = stale()
    for path in found:
        if "--check" not in sys.argv:
            path.with_suffix(".svg").write_text(drawn(path.read_text()))
        sys.stdout.write(f"{path.name}\n")
    return 1 if found and "--check" in sys.argv else 0


if __name__ == "__main__":
    sys.exit(main())
