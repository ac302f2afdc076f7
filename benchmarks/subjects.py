"""What is compared, and at what: the servers by name, each with its command, and the workloads by name.

Tables only: nothing here runs. A subject that cannot serve a workload by its nature (one that serves one connection
after the other, at 64 persistent ones) is not entered for it.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from benchmarks.programs import BUILD

Kind = Literal["tcp", "unix", "udp", "unixgram"]
ALL: tuple[Kind, ...] = ("tcp", "unix", "udp", "unixgram")
STREAMS: tuple[Kind, ...] = ("tcp", "unix")
Framing = Literal["lines", "prefixed"]
FRAMINGS: tuple[Framing, ...] = ("lines", "prefixed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A server under test.

    clients: how many connections it serves at once, None for any number; all_cores: whether it is given the
    load generator's core too, as several processes are; shutdown: what ``shutdown_time.py`` knows it by, if at all;
    framings: those it serves, None for what came at once; any_framing: it echoes without a look at what it echoes.
    """

    name: str
    command: tuple[str, ...]
    kinds: tuple[Kind, ...] = STREAMS
    clients: int | None = None
    ours: bool = False
    all_cores: bool = False
    shutdown: str = ""
    framings: tuple[Framing | None, ...] = (None,)
    any_framing: bool = False

    def command_for(self, workload: "Workload", path: str) -> list[str]:
        """Return the command line that serves a workload, at that path if it needs one."""
        where = ["--port", "0"] if workload.kind in ("tcp", "udp") else ["--path", path]
        datagrams = ["--udp"] if workload.kind in ("udp", "unixgram") else []
        framed = [] if workload.framing is None or self.any_framing else ["--framing", workload.framing]
        return [*self.command, *where, *datagrams, *framed]

    def serves(self, workload: "Workload") -> bool:
        """Whether it is entered for the workload."""
        if workload.kind not in self.kinds or workload.framing not in self.framings:
            return False
        if workload.kind in ("udp", "unixgram"):
            return True
        held = workload.clients if workload.mode != "connect" else max(workload.idle, default=0) + 1
        return self.clients is None or held <= self.clients


@dataclass(frozen=True, slots=True, kw_only=True)
class Workload:
    """What clients do.

    idle: with so many idle connections beside, one measurement each; size: bytes of a request, None for the load
    generator's own; framing: of what messages a request is, None for none.
    """

    name: str
    title: str
    kind: Kind = "tcp"
    mode: Literal["echo", "connect", "bulk"] = "echo"
    clients: int = 1
    idle: tuple[int, ...] = ()
    size: int | None = None
    framing: Framing | None = None

    def load_arguments(self, address: str, seconds: float) -> list[str]:
        """Return the load generator's arguments, for a server at this address."""
        where = ["--port", address.rpartition(":")[2]] if self.kind in ("tcp", "udp") else ["--path", address]
        datagrams = ["--udp"] if self.kind in ("udp", "unixgram") else []
        size = [] if self.size is None else ["--size", str(self.size)]
        framing = [] if self.framing is None else ["--framing", self.framing]
        load = ["--mode", self.mode, "--clients", str(self.clients), "--seconds", str(seconds)]
        return [*where, *datagrams, *size, *framing, *load]


def _ours(
    name: str,
    *arguments: str,
    kinds: tuple[Kind, ...] = STREAMS,
    clients: int | None = None,
    framings: tuple[Framing | None, ...] = (None,),
) -> Subject:
    command = (sys.executable, "benchmarks/echo.py", *arguments)
    return Subject(
        name=name,
        command=command,
        kinds=kinds,
        clients=clients,
        ours=True,
        all_cores="--processes" in arguments,
        # The strategy's, whatever its handlers are.
        shutdown="" if "--messages" in arguments else " ".join(arguments),
        framings=framings,
    )


def _peer(
    name: str,
    module: str,
    *arguments: str,
    kinds: tuple[Kind, ...] = STREAMS,
    clients: int | None = None,
    framings: tuple[Framing | None, ...] = (None,),
    any_framing: bool = False,
) -> Subject:
    command = (sys.executable, "-m", f"benchmarks.peers.{module}", *arguments)
    return Subject(
        name=name,
        command=command,
        kinds=kinds,
        clients=clients,
        ours="typedserver.compat" in arguments,
        shutdown=name if module == "stdlib" else "",
        framings=framings,
        any_framing=any_framing,
    )


# No more persistent connections than this are asked of what forks for each: the rest of the machine is in use, too.
_CHILDREN = 16

SUBJECTS: tuple[Subject, ...] = (
    _ours("Multiplexed", "multiplexed", framings=(None, *FRAMINGS)),
    _ours("Multiplexed messages", "multiplexed", "--messages", framings=(None, *FRAMINGS)),
    _ours("Asyncio", "asyncio"),
    _ours("Asyncio on uvloop", "uvloop"),
    _ours("Threads", "threads", kinds=ALL),
    # Its 64 workers serve 64 connections at once; more wait.
    _ours("ThreadPool", "thread_pool", kinds=ALL, clients=64),
    _ours("Inline", "inline", kinds=ALL, clients=1),
    _ours("Forks", "forks", kinds=ALL, clients=_CHILDREN),
    _ours("Prefork 2 x Inline", "inline", "--processes", "2", kinds=ALL, clients=1),
    _peer("compat sync", "stdlib", "typedserver.compat", "sync", kinds=ALL, clients=1),
    _peer("compat threading", "stdlib", "typedserver.compat", "threading", kinds=ALL),
    _peer("compat forking", "stdlib", "typedserver.compat", "forking", kinds=ALL, clients=_CHILDREN),
    _peer("stdlib sync", "stdlib", "socketserver", "sync", kinds=ALL, clients=1),
    _peer("stdlib threading", "stdlib", "socketserver", "threading", kinds=ALL),
    _peer("stdlib forking", "stdlib", "socketserver", "forking", kinds=ALL, clients=_CHILDREN),
    _peer("asyncio streams", "asyncio_streams", "asyncio", framings=(None, *FRAMINGS)),
    _peer("asyncio protocol", "asyncio_protocol", "asyncio", kinds=ALL),
    _peer("uvloop streams", "asyncio_streams", "uvloop", framings=(None, *FRAMINGS)),
    _peer("uvloop protocol", "asyncio_protocol", "uvloop", kinds=ALL, framings=(None, *FRAMINGS)),
    # The same at framed workloads, where the one above frames.
    _peer("uvloop raw echo", "asyncio_protocol", "uvloop", framings=FRAMINGS, any_framing=True),
    _peer("gevent", "gevent_server", kinds=ALL),
    _peer("trio", "trio_streams", kinds=ALL),
    _peer("Twisted", "twisted_protocol", kinds=ALL),
    Subject(name="C limit", command=(str(BUILD / "limit"),), kinds=ALL, framings=(None, *FRAMINGS), any_framing=True),
)

LIMIT = "C limit"

WORKLOADS: tuple[Workload, ...] = (
    Workload(name="tcp-1", title="1 persistent connection, TCP"),
    Workload(name="tcp-16", title="16 persistent connections, TCP", clients=16),
    Workload(name="tcp-64", title="64 persistent connections, TCP", clients=64),
    Workload(name="unix-64", title="64 persistent connections, Unix", kind="unix", clients=64),
    Workload(name="connect-1", title="a connection for each request, 1 client, TCP", mode="connect"),
    Workload(name="connect-16", title="a connection for each request, 16 clients, TCP", mode="connect", clients=16),
    Workload(
        name="unix-connect-16",
        title="a connection for each request, 16 clients, Unix",
        kind="unix",
        mode="connect",
        clients=16,
    ),
    Workload(name="bulk", title="bulk, echo of 16 MiB by 1 client, TCP", mode="bulk"),
    Workload(name="lines-64", title="lines on 64 persistent connections, TCP", clients=64, framing="lines"),
    Workload(
        name="unix-lines-64", title="lines on 64 persistent connections, Unix", kind="unix", clients=64, framing="lines"
    ),
    Workload(
        name="prefixed-64",
        title="length-prefixed messages on 64 persistent connections, TCP",
        clients=64,
        framing="prefixed",
    ),
    Workload(
        name="unix-prefixed-64",
        title="length-prefixed messages on 64 persistent connections, Unix",
        kind="unix",
        clients=64,
        framing="prefixed",
    ),
    Workload(
        name="lines-64x16",
        title="16 pipelined lines a request, 64 persistent connections, TCP",
        clients=64,
        size=1024,
        framing="lines",
    ),
    Workload(
        name="unix-lines-connect-16",
        title="a line and a connection for each request, 16 clients, Unix",
        kind="unix",
        mode="connect",
        clients=16,
        framing="lines",
    ),
    Workload(name="udp-1", title="datagrams, 1 client, UDP", kind="udp"),
    Workload(name="udp-16", title="datagrams, 16 clients, UDP", kind="udp", clients=16),
    Workload(name="unixgram-8", title="datagrams, 8 clients, Unix", kind="unixgram", clients=8),
    Workload(name="idle", title="a new connection beside idle ones, TCP", mode="connect", idle=(0, 1000, 4000)),
)


def subject_named(name: str, subjects: Sequence[Subject] = SUBJECTS) -> Subject:
    """Return the subject of that name."""
    return next(subject for subject in subjects if subject.name == name)


def workload_named(name: str) -> Workload:
    """Return the workload of that name."""
    return next(workload for workload in WORKLOADS if workload.name == name)
