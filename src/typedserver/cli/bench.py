"""``typedserver bench``: a bounded load on a server of this machine, with a progress bar and a histogram."""

import argparse
import contextlib
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import Final, cast

from typedserver.cli.kinds import COUNT
from typedserver.cli.load import Load, Question, Result
from typedserver.cli.mistakes import UsageError
from typedserver.cli.options import Kind
from typedserver.cli.parser import Command, typed
from typedserver.cli.targets import TARGET, Target, connected, is_on_this_machine
from typedserver.requests.histogram import Histogram

if sys.platform != "win32":
    import resource

# Enough clients to keep a server busy, and seconds to see whether it varies.
_CLIENTS: Final = 64
_SECONDS: Final = 5.0

# Descriptors that the program needs besides its connections.
_OWN_DESCRIPTORS: Final = 32

# Seconds: a load that was forgotten ends by itself.
_LONGEST: Final = 3600.0

# Seconds that a connection may take to be made while others are measured.
_CONNECT: Final = 1.0

# Columns of a bar.
_BAR: Final = 40

# A share of a core from which on the load itself may be what is slow.
_BUSY: Final = 0.9

_PERCENTILES: Final = (50.0, 90.0, 99.0, 99.9)

_FAILED: Final = 1


def _duration(text: str) -> float:
    with contextlib.suppress(ValueError):
        if 0 < (seconds := float(text)) <= _LONGEST:
            return seconds
    raise ValueError(f"{text!r} is no number of seconds above 0, and at most {_LONGEST:g}")


def _data(text: str) -> bytes:
    try:
        # Letters beyond ASCII pass as the bytes that they are in UTF-8.
        data = text.encode().decode("unicode_escape").encode("latin-1")
    except ValueError as error:
        raise ValueError(f"{text!r} has an escape that Python does not know: {error}") from error
    if not data:
        raise ValueError("'' is empty: give what is sent, as hello\\n")
    return data


_DURATION: Final = Kind("SECONDS", _duration, {"type": "number"})
_DATA: Final = Kind("TEXT", _data, {"type": "string"})


def _declare(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "target", metavar=TARGET.metavar, type=typed(TARGET), help="a server on this machine, as tcp://127.0.0.1:9999"
    )
    count, data = typed(COUNT), typed(_DATA)
    parser.add_argument(
        "--connections", metavar="N", type=count, default=_CLIENTS, help=f"how many clients ask (default: {_CLIENTS})"
    )
    parser.add_argument(
        "--seconds",
        metavar="SECONDS",
        type=typed(_DURATION),
        default=_SECONDS,
        help=f"how long (default: {_SECONDS:g})",
    )
    parser.add_argument(
        "--send", metavar="TEXT", type=data, default=b"hello\n", help=r"what each asks (default: hello\n)"
    )
    parser.add_argument("--until", metavar="TEXT", type=data, default=b"\n", help=r"how an answer ends (default: \n)")
    parser.add_argument("--answer-bytes", metavar="N", type=count, help="how long an answer is, instead of --until")
    parser.add_argument("--connect-each-time", action="store_true", help="a connection for each question")
    parser.add_argument("--json", action="store_true", help="write the result as JSON")


def _bench(values: dict[str, object], _arguments: Sequence[str]) -> int:
    target = cast("Target", values["target"])
    clients, seconds = cast("int", values["connections"]), cast("float", values["seconds"])
    if not is_on_this_machine(target):
        raise UsageError(
            f"{target.text} is another machine, and a load is for one's own: run it there, against 127.0.0.1"
        )
    _check_descriptors(clients)
    question = Question(
        cast("bytes", values["send"]), cast("bytes", values["until"]), cast("int | None", values["answer_bytes"])
    )
    progress = _bar(seconds) if sys.stderr.isatty() else _no_bar
    load = Load(
        partial(connected, target, _CONNECT), question, each=bool(values["connect_each_time"]), progress=progress
    )
    result = load.run(clients, seconds)
    if sys.stderr.isatty():
        sys.stderr.write("\r\x1b[K")
    if values["json"]:
        sys.stdout.write(json.dumps(_as_json(target, clients, result)) + "\n")
    else:
        for line in _shown(target, clients, result):
            sys.stdout.write(f"{line}\n")
    return 0 if result.latencies.count else _FAILED


def _check_descriptors(clients: int) -> None:
    if sys.platform == "win32":
        return
    most = resource.getrlimit(resource.RLIMIT_NOFILE)[0]
    if most != resource.RLIM_INFINITY and clients > most - _OWN_DESCRIPTORS:
        raise UsageError(
            f"--connections {clients} needs more descriptors than this shell allows, which are {most}: raise the limit "
            f"(ulimit -n {clients + _OWN_DESCRIPTORS}), or take fewer"
        )


# Progress


def _no_bar(_seconds: float, _result: Result) -> None:
    """Show nothing: nobody looks."""


def _bar(whole: float) -> Callable[[float, Result], None]:
    def show(seconds: float, result: Result) -> None:
        done = min(round(_BAR * seconds / whole), _BAR)
        rate = result.latencies.count / seconds if seconds else 0.0
        bar = "#" * done + "." * (_BAR - done)
        sys.stderr.write(f"\r\x1b[K[{bar}] {seconds:.1f} of {whole:g} s, {rate:,.0f} answers a second")
        sys.stderr.flush()

    return show


# The result


def _shown(target: Target, clients: int, result: Result) -> Iterator[str]:
    latencies = result.latencies
    yield f"{target.text}: {clients} clients for {result.seconds:.1f} s"
    if not latencies.count:
        yield "  no answer came: is --until what the server's answers end by, or --answer-bytes how long they are?"
        return
    yield f"  {latencies.count:,} answers, {latencies.count / result.seconds:,.0f} a second, {result.received:,} bytes"
    if result.connections > clients:
        yield f"  {result.connections:,} connections"
    if result.ended:
        yield f"  {result.ended:,} connections were ended by the server"
    if result.lost:
        yield f"  {result.lost:,} datagrams had no answer within a second"
    if result.failure:
        yield f"  it ended early: {result.failure}"
    percentiles = "   ".join(f"{percent:g} % {_time(latencies.percentile(percent))}" for percent in _PERCENTILES)
    yield f"  answered within   {percentiles}   most {_time(latencies.most)}"
    yield from _bars(latencies)
    share = result.processor / result.seconds
    if share > _BUSY:
        yield f"  the load itself took {share:.0%} of a core: the server may be faster than this shows"


def _bars(latencies: Histogram) -> Iterator[str]:
    rows = list(latencies.doublings())
    most = max(count for *_, count in rows)
    for begin, end, count in rows:
        bar = "█" * round(_BAR * count / most)
        yield f"  {_time(begin):>8} to {_time(end):>8}  {count / latencies.count:>6.1%}  {bar}".rstrip()


def _time(seconds: float) -> str:
    for unit, factor in (("s", 1.0), ("ms", 1e3)):
        if seconds * factor >= 1:
            return f"{seconds * factor:.3g} {unit}"
    return f"{seconds * 1e6:.3g} µs"


def _as_json(target: Target, clients: int, result: Result) -> dict[str, object]:
    latencies = result.latencies
    return {
        "target": target.text,
        "clients": clients,
        "seconds": result.seconds,
        "answers": latencies.count,
        "answers_per_second": latencies.count / result.seconds,
        "received_bytes": result.received,
        "connections": result.connections,
        "ended": result.ended,
        "lost": result.lost,
        "failure": result.failure,
        "latency_seconds": {
            **{f"{percent:g}": latencies.percentile(percent) for percent in _PERCENTILES},
            "most": latencies.most,
        },
        "load_processor_seconds": result.processor,
    }


COMMAND: Final = Command(
    "bench",
    "measure how fast a server answers",
    "Put a bounded load on a server of this machine: so many clients ask, wait for the answer and ask again.",
    _declare,
    _bench,
)
