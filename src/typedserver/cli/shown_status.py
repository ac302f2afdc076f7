"""What a control socket says, as lines for people: what ``ctl`` and ``top`` show. It knows JSON, and no terminal."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final

from typedserver.cli.conversation import printable
from typedserver.control.said import Row, ServerStatus, Status, Times

_MINUTE: Final = 60
_HOUR: Final = 3600
_DAY: Final = 86_400

# Columns of the names in front.
_NAMES: Final = 13

# Columns of a client's address, which may be as long as a path.
_ADDRESS: Final = 40


def age(seconds: float) -> str:
    """Return a time as people say it: ``3.2 s``, ``4 min 10 s``, ``2 d 3 h``."""
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    if seconds < _HOUR:
        return f"{seconds // _MINUTE:.0f} min {seconds % _MINUTE:.0f} s"
    if seconds < _DAY:
        return f"{seconds // _HOUR:.0f} h {seconds % _HOUR // _MINUTE:.0f} min"
    return f"{seconds // _DAY:.0f} d {seconds % _DAY // _HOUR:.0f} h"


def duration(seconds: float) -> str:
    """Return how long something took, with three digits: ``12.3 ms``."""
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def facts(status: Status) -> Iterator[tuple[str, str]]:
    """Yield what a status says, each with the name of it."""
    yield "state", f"{status['state']}, process {status['pid']}, for {age(status['seconds'])}"
    yield "connections", f"{status['connections']:,} now{_of_limit(status['servers'])}"
    rates = status["rates"]
    yield "requests", f"{rates['requests']:,.1f} a second; {_counted(status['requests'])} in all"
    yield "took", _latency(status["latencies"]["requests"])
    messages = status["messages"]
    if messages["count"]:
        yield (
            "messages",
            f"{rates['messages']:,.1f} a second; {messages['count']:,} in all, {messages['failed']:,} failed",
        )
        yield "took", _latency(status["latencies"]["messages"])
    yield "refused", f"{rates['refused']:,.1f} a second; {_counted(status['refused'])} in all"
    for each in status["servers"]:
        connections = "" if each["connections"] is None else f", {each['connections']:,} connections"
        yield "server", _line(f"{each['handler']} at {each['address']}{connections}")
    for worker in status["workers"]:
        silent = "" if worker["answers"] else ", does not answer"
        yield (
            "worker",
            f"{worker['pid']}, {worker['connections']:,} connections, {worker['requests']:,} requests{silent}",
        )
    if status["workers_ended"]:
        yield "ended", f"{status['workers_ended']:,} workers"


def _of_limit(servers: Sequence[ServerStatus]) -> str:
    limits = [each["limit"] for each in servers if each["limit"] is not None]
    return f", of at most {sum(limits):,}" if len(limits) == len(servers) else ""


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {word}" for word, count in counts.items() if count) or "none"


def _latency(times: Times) -> str:
    if not times["count"]:
        return "no request was over in the last minute"
    return (
        f"50 % within {duration(times['p50'])}, 99 % within {duration(times['p99'])}, "
        f"most {duration(times['most'])}, in the last minute"
    )


def lines(status: Status) -> Iterator[str]:
    """Yield a status in lines."""
    for name, fact in facts(status):
        yield f"{name:<{_NAMES}}{fact}"


def _line(text: str) -> str:
    """Return a text on one line, without what commands a terminal."""
    return printable(text).replace("\n", "\\n").replace("\t", "\\t")


COLUMNS: Final = ("id", "age", "state", "handler", "address")


def cells(connection: Row, seconds: float) -> tuple[str, ...]:
    """Return what is shown of a connection, by ``COLUMNS``; ``seconds``: its age by now."""
    address = _line(connection["address"])
    shortened = address if len(address) <= _ADDRESS else f"{address[: _ADDRESS - 1]}…"
    return connection["id"], age(seconds), connection["state"], _line(connection["handler"]), shortened


def table(rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Yield rows in columns that are as wide as they need be, below their names."""
    all_rows = [COLUMNS, *rows]
    widths = [max(len(row[column]) for row in all_rows) for column in range(len(COLUMNS))]
    for row in all_rows:
        yield "  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip()
