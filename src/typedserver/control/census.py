"""What this process has of a server: its counts, its live connections, and their ends on demand.

It knows the servers that this process serves, and answers questions about them: the process that has the control
socket, and each worker of a Prefork, has a census of its own. Questions and answers are values that JSON can write.
From any thread: a worker is asked in the thread that takes its parent's orders.
"""

import dataclasses
import json
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, cast

from typedserver.events import new_connection_id
from typedserver.prefork.sharing import is_server
from typedserver.protocols.servers import AnyServer
from typedserver.recipes import place_of, shown
from typedserver.requests.counts import Counts
from typedserver.sockets.peers import InetPeer, UnixPeer

State: TypeAlias = Literal["establishing", "serving", "ending"]
"""Of a connection: in its handshake, with its handler, or cut and not over yet."""

# Characters of a client's address: a Unix path has 108 bytes, and what is longer was made to annoy.
_LONGEST_ADDRESS: Final = 200

# Connections of one server that are listed, those that have been there longest. The default of Limits(connections=) is
# as many, and no operator reads more.
MOST_LISTED: Final = 10_000

# Bytes of one part of an answer: two thirds of what a channel takes at once (process/channel.py).
_PART: Final = 20_000


@dataclass(frozen=True, slots=True)
class Connection:
    """A connection, datagram or message that is being served.

    pid, number: which one; the events of a connection have the same number. server: the place of its server, from 0.
    address: its client's, as text for people. began: when it was accepted, by the monotonic clock.
    """

    pid: int
    number: int
    server: int
    address: str
    began: float
    state: State


Question: TypeAlias = tuple[Literal["state"], bool] | tuple[Literal["cut"], int, int]
"""As JSON has it, so it may be a list. ``state``: the counts, and whether the connections are wanted as well.
``cut``: end one, by its pid and number."""

# In the place of one that was not listed before.
_UNKNOWN: Final = (None, Connection(0, 0, 0, "", -1.0, "serving"))

Said: TypeAlias = tuple[str, object]
"""A part of an answer: ``counts``, ``connections`` or ``cut``, and what is said of them."""


class Census:
    """Answers for the servers that this process serves.

    servers: all that there are, in an order that is the same in all processes.
    """

    __slots__ = ("_known", "_servers")

    def __init__(self, servers: Sequence[AnyServer]) -> None:
        self._servers = tuple(servers)
        # What was listed last, with the address as it is, by the identity of the request.
        self._known: dict[int, tuple[object, Connection]] = {}

    def answer(self, question: object) -> Iterator[Said]:
        """Yield the parts of an answer, each small enough for a worker's channel; ``question``: a Question."""
        what, *about = cast("list[Any]", question)
        if what == "cut":
            pid, number = about
            yield "cut", pid == os.getpid() and self.cut(number)
            return
        for place, (live, counts) in enumerate(self.counts()):
            yield "counts", (place, live, counts.as_message())
        if about[0]:
            for part in _parts_of(self.connections()):
                yield "connections", part

    def counts(self) -> Iterator[tuple[int, Counts]]:
        """Yield how many requests are live, and what was counted, of each server; of a foreign one nothing is known."""
        for server in self._servers:
            service = server.__lifetime__.servable if is_server(server) else None
            if service is None:
                yield 0, Counts()
            else:
                yield len(service.table.requests), service.counts or Counts()

    def connections(self) -> list[Connection]:
        """Return the connections of each server, the eldest first, at most ``MOST_LISTED`` of each."""
        known, self._known = self._known, {}
        found = list[Connection]()
        for place, server in enumerate(self._servers):
            if not is_server(server):
                continue
            service = server.__lifetime__.servable
            for key, live in list(service.table.requests.items())[:MOST_LISTED]:
                address, state = service.client_address(live), service.table.state_of(key)
                before, connection = known.get(key, _UNKNOWN)
                if connection.began != live.began:
                    number = service.connection_id(live.request) or new_connection_id()
                    connection = Connection(os.getpid(), number, place, text_of(address), live.began, state)
                elif before is not address or connection.state != state:
                    connection = dataclasses.replace(connection, address=text_of(address), state=state)
                self._known[key] = address, connection
                found.append(connection)
        return found

    def cut(self, number: int) -> bool:
        """End a connection that was listed; returns whether it was still there."""
        for key, (_, connection) in list(self._known.items()):
            if connection.number == number:
                return any(
                    server.__lifetime__.servable.table.cut_one(key, connection.began)
                    for server in self._servers
                    if is_server(server)
                )
        return False


def _parts_of(connections: Iterable[Connection]) -> Iterator[list[list[object]]]:
    part, size = list[list[object]](), 0
    for each in connections:
        row: list[object] = [each.pid, each.number, each.server, each.address, each.began, each.state]
        size += len(json.dumps(row))
        part.append(row)
        if size > _PART:
            yield part
            part, size = [], 0
    yield part


def text_of(address: object) -> str:
    """Return a client's address as people write it, whatever it is, on one short line."""
    if isinstance(address, tuple) and len(cast("tuple[object, ...]", address)) > 1:
        host, port, *_ = cast("tuple[object, ...]", address)
        text = place_of(str(host), port)
    elif isinstance(address, str):
        # An abstract name begins with a NUL, and is written with an @ (unix(7)).
        text = f"unix:{'@' + address[1:] if address.startswith(chr(0)) else address}" if address else "unix"
    else:
        text = shown(address)  # pyright: ignore[reportUnknownArgumentType]  # a tuple of one: anything may be in it
    if isinstance(address, InetPeer | UnixPeer):
        principal = cast("InetPeer[object] | UnixPeer[object]", address).principal
        text = f"{text} {principal if isinstance(principal, str) else shown(principal)}"
    # What does not print is escaped, so that no client's name moves a cursor.
    plain = "".join(each if each.isprintable() else ascii(each)[1:-1] for each in text[:_LONGEST_ADDRESS])
    return plain[:_LONGEST_ADDRESS]
