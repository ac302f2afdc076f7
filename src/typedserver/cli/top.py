"""``typedserver top``: a server that runs, as it is from second to second, in a terminal or as text."""

import argparse
import sys
import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Final, cast

from typedserver.cli.ctl import declare_socket, socket_from
from typedserver.cli.extras import rich
from typedserver.cli.kinds import COUNT
from typedserver.cli.mistakes import UsageError
from typedserver.cli.parser import Command, typed
from typedserver.cli.shown_status import COLUMNS, cells, facts, lines, table
from typedserver.control.client import ControlClient, ControlError
from typedserver.control.said import News, Row, Status

if TYPE_CHECKING:
    from typedserver.control.page_client import PageClient

# 128 and the number of Ctrl-C's.
_INTERRUPTED: Final = 130

# Rows of text that a block has at most, if it is not shown in a terminal, whose height is the limit there.
_ROWS: Final = 20

# Lines of the terminal that are not facts or connections: an empty one, the names of columns, the last one.
_OTHER_LINES: Final = 4


class Seen:
    """What was heard of a server so far."""

    def __init__(self) -> None:
        self.status: Status | None = None
        self._rows: dict[str, Row] = {}
        # When each connection began, by the monotonic clock here.
        self._began: dict[str, float] = {}

    def hear(self, news: News) -> None:
        """Take in what has changed."""
        self.status = news["status"]
        now = time.monotonic()
        for name in news["gone"]:
            self._rows.pop(name, None)
            self._began.pop(name, None)
        for row in news["new"]:
            self._rows[row["id"]] = row
            self._began[row["id"]] = now - row["seconds"]
        for name, state in news["changed"]:
            self._rows[name]["state"] = state

    def rows(self, most: int) -> Iterator[tuple[str, ...]]:
        """Yield the connections that have been there longest, as they are shown."""
        now = time.monotonic()
        for name in sorted(self._began, key=self._began.__getitem__)[: max(0, most)]:
            yield cells(self._rows[name], now - self._began[name])


def _declare(parser: argparse.ArgumentParser) -> None:
    declare_socket(parser)
    parser.add_argument("url", nargs="?", help="an operator's page in the place of the socket, as the server shows it")
    parser.add_argument(
        "--updates", metavar=COUNT.metavar, type=typed(COUNT), help="end after so many (default: with the server)"
    )


def _client(url: str | None, values: dict[str, object]) -> "ControlClient | PageClient":
    if url is None:
        return ControlClient(socket_from(values))
    from typedserver.control.page_client import PageClient  # noqa: PLC0415 - it loads OpenSSL

    return PageClient(url)


def _top(values: dict[str, object], _arguments: Sequence[str]) -> int:
    updates = cast("int | None", values["updates"])
    url = cast("str | None", values["url"])
    try:
        with _client(url, values) as client:
            heard = _heard(client.watch(), updates)
            if sys.stdout.isatty():
                _show_in_terminal(heard)
            else:
                _write(heard)
    except ControlError as error:
        raise UsageError(str(error)) from error
    except KeyboardInterrupt:
        return _INTERRUPTED
    return 0


def _heard(news: Iterator[News], updates: int | None) -> Iterator[Seen]:
    seen = Seen()
    for number, each in enumerate(news, 1):
        seen.hear(each)
        yield seen
        if number == updates:
            return


def _write(heard: Iterator[Seen]) -> None:
    for seen in heard:
        assert seen.status is not None
        for line in (*lines(seen.status), "", *table(seen.rows(_ROWS)), ""):
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()


def _show_in_terminal(heard: Iterator[Seen]) -> None:
    # Its markup is never used: a client's address may look like that.
    parts = rich("typedserver top")
    console = parts.Console()
    with parts.Live(console=console, screen=True, auto_refresh=False) as live:
        for seen in heard:
            assert seen.status is not None
            about = parts.Table.grid(padding=(0, 2))
            known = list(facts(seen.status))
            for name, fact in known:
                about.add_row(parts.Text(name, style="bold"), parts.Text(fact, no_wrap=True, overflow="ellipsis"))
            listed = parts.Table(box=None, pad_edge=False, header_style="bold underline")
            for column in COLUMNS:
                listed.add_column(column, no_wrap=True)
            for row in seen.rows(console.size.height - len(known) - _OTHER_LINES):
                listed.add_row(*(parts.Text(cell) for cell in row))
            live.update(parts.Group(about, parts.Text(""), listed), refresh=True)


COMMAND: Final = Command(
    "top",
    "watch a server that runs",
    "Watch a server that was started with --control, or with --operator-page. Ctrl-C ends it.",
    _declare,
    _top,
)
