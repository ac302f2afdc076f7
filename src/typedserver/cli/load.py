"""A load: clients that ask, wait for the answer and ask again, for so many seconds. It knows sockets and bytes.

It is a closed loop: a client waits for its answer before it asks again, so a server that is slow is asked less. What it
measures is how fast a server answers so many clients, and not what a flood would do to it.
"""

import selectors
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Final

from typedserver.cli.mistakes import UsageError
from typedserver.requests.histogram import Histogram

# Bytes at once.
_READ: Final = 64 * 1024

# Seconds after which a datagram counts as lost.
_LOST: Final = 1.0

# Seconds between two looks at the clock, and at datagrams that may be lost.
_LOOK: Final = 0.1


@dataclass(frozen=True, slots=True)
class Question:
    """What a client sends, and what it waits for: ``size`` bytes, or else all up to and with ``until``."""

    data: bytes
    until: bytes = b"\n"
    size: int | None = None


@dataclass(slots=True)
class Result:
    """What became of a load.

    ended: connections that the server has ended. lost: datagrams without an answer.
    failure: why no client could connect any more; "" if that was not so.
    """

    latencies: Histogram = field(default_factory=Histogram)
    seconds: float = 0.0
    processor: float = 0.0
    connections: int = 0
    ended: int = 0
    lost: int = 0
    failure: str = ""
    received: int = 0


class Load:
    """Some clients of one server.

    connect: makes a connected socket; raises UsageError. question: what each client asks.
    each: whether a client connects anew for each question. progress: called now and then with the seconds so far and
    the result so far.
    """

    def __init__(
        self,
        connect: Callable[[], socket.socket],
        question: Question,
        *,
        each: bool,
        progress: Callable[[float, Result], object],
    ) -> None:
        self._connect = connect
        self._question = question
        self._each = each
        self._progress = progress
        self._result = Result()
        self._selector = selectors.DefaultSelector()
        self._clients: set[_Client] = set()

    def run(self, clients: int, seconds: float) -> Result:
        """Have so many clients ask for so many seconds; raises UsageError if the server cannot be reached."""
        begun, processor = time.perf_counter(), time.process_time()
        try:
            for _ in range(clients):
                self._add()
            self._ask_until(begun, begun + seconds, clients)
        finally:
            for client in self._clients:
                client.socket.close()
            self._selector.close()
        self._result.seconds = time.perf_counter() - begun
        self._result.processor = time.process_time() - processor
        return self._result

    def _add(self) -> None:
        client = _Client(self._connect(), self._question)
        self._clients.add(client)
        self._result.connections += 1
        self._selector.register(client.socket, selectors.EVENT_READ, client)
        if not client.ask():
            self._end(client)

    def _ask_until(self, begun: float, end: float, clients: int) -> None:
        look = begun
        while (now := time.perf_counter()) < end:
            if now >= look:
                look = now + _LOOK
                self._progress(now - begun, self._result)
                self._ask_again_for_what_is_lost(now)
            if not self._refill(clients):
                return
            for key, _ in self._selector.select(min(_LOOK, end - now)):
                client: _Client = key.data
                self._hear(client)

    def _refill(self, clients: int) -> bool:
        """Have as many clients as there shall be; returns whether there are any."""
        try:
            # Each is tried once: a server that ends connections at once must not keep the load from its clock.
            for _ in range(clients - len(self._clients)):
                self._add()
        except UsageError as error:
            self._result.failure = str(error)
        return bool(self._clients) or not self._result.failure

    def _hear(self, client: "_Client") -> None:
        try:
            data = client.socket.recv(_READ)
        except OSError:
            data = b""
        if not data:
            self._end(client)
            return
        self._result.received += len(data)
        if not client.has_answer(data):
            return
        self._result.latencies.add(time.perf_counter() - client.asked)
        if self._each:
            self._leave(client)
        elif not client.ask():
            self._end(client)

    def _end(self, client: "_Client") -> None:
        """Note that the server has ended a connection."""
        self._result.ended += 1
        self._leave(client)

    def _leave(self, client: "_Client") -> None:
        self._clients.discard(client)
        self._selector.unregister(client.socket)
        client.socket.close()

    def _ask_again_for_what_is_lost(self, now: float) -> None:
        for client in [each for each in self._clients if each.is_datagram and now - each.asked > _LOST]:
            self._result.lost += 1
            client.ask()


class _Client:
    """One client."""

    def __init__(self, connected: socket.socket, question: Question) -> None:
        self.socket = connected
        self.is_datagram = connected.type == socket.SOCK_DGRAM
        self.asked = 0.0
        self._question = question
        self._received = b""
        self._missing = question.size or 0
        # A question is short, and the server waits for it: the kernel takes it at once.
        connected.settimeout(_LOST)

    def ask(self) -> bool:
        """Send the question; returns whether that worked."""
        self._received = b""
        self._missing = self._question.size or 0
        self.asked = time.perf_counter()
        try:
            self.socket.sendall(self._question.data)
        except OSError:
            return False
        return True

    def has_answer(self, data: bytes) -> bool:
        """Take what has come; returns whether the answer is complete."""
        if self.is_datagram:
            return True
        if self._question.size is not None:
            self._missing -= len(data)
            return self._missing <= 0
        found = self._question.until in self._received + data
        # The end of an answer may come in two parts.
        self._received = data[-len(self._question.until) :]
        return found
