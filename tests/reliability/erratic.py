"""Pending replies that come at any time and from any thread, or fail, or are cancelled: each has its turn, and none is
lost.

Clients ask for more at once than a connection may have outstanding, read slowly, pause, and end; others leave without
waiting. So a connection pauses its reading, hands over to the coroutine that empties its socket, and takes back, while
wakes come; and what waits for an executor is cancelled while places become free.
"""

import contextlib
import heapq
import os
import random
import socket
import struct
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import BrokenExecutor, Executor, Future, InvalidStateError
from dataclasses import dataclass, field
from functools import partial
from typing import Any, Final

from typing_extensions import override

from tests.running import connect, running
from typedserver import Deadlines, Framed, LengthPrefixed, Server, ServerConfig, Submitted

# Seconds. Some replies take longer than a peer may be silent, because one that waits for a reply is not silent.
_READ_DEADLINE: Final = 1.5
_LONGEST: Final = 1.9
# Of a client that asks nothing and waits for nothing, and of one that gets nothing though it waits.
_PAUSE: Final = 0.3
_PATIENCE: Final = 8.0

# Replies outstanding on a connection, messages that its client has on their way, and messages that the executor has.
_IN_FLIGHT: Final = 16
_WINDOW: Final = 64
_LIMIT: Final = 48

# Bytes: a reply that the kernel does not take at once, and what it may keep.
_LARGE: Final = 60_000
_BUFFER: Final = 8192

_CLIENTS: Final = 8
_RUDE: Final = 2
_THREADS: Final = 4

# How often each kind of message is asked for.
_KINDS: Final = {b"ok": 40, b"direct": 25, b"now": 15, b"large": 4, b"fail": 6, b"refuse": 4, b"cancel": 6}


@dataclass
class Account:
    """What all clients have had; ``left``: how often one has left without waiting."""

    asked: int = 0
    answered: int = 0
    left: int = 0
    faults: list[str] = field(default_factory=list[str])


class FailedError(Exception):
    """A message has failed as it should."""


def answer(message: bytes) -> bytes:
    """Return the reply that a message asks for: its number, kind, and seconds are its words."""
    number, kind, _ = message.split()
    if kind == b"fail":
        raise FailedError(number.decode())
    return number + b" " + b"x" * _LARGE if kind == b"large" else message


def _said(error: Exception) -> bytes:
    return f"{type(error).__name__} {error}".encode()


def _reply_to(message: bytes) -> bytes:
    """Return the one right reply."""
    number, kind, _ = message.split()
    match kind:
        case b"fail" | b"refuse":
            return b"FailedError " + number
        case b"cancel":
            return b"CancelledError "
        case _:
            return answer(message)


class Erratic(Executor):
    """Does what messages ask for when they ask for it, in several threads; breaks now and then."""

    def __init__(self, seed: int) -> None:
        self._chance = random.Random(seed)
        self._due: list[tuple[float, int, Future[Any], Callable[[], Any], bytes]] = []
        self._changed = threading.Condition()
        self._submitted = 0
        self._broken = False
        self._over = False
        self._threads = [threading.Thread(target=self._work, name=f"erratic {n}") for n in range(_THREADS)]
        for thread in self._threads:
            thread.start()

    @override
    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        message: bytes = args[0]
        number, kind, seconds = message.split()
        if kind == b"refuse":
            raise FailedError(number.decode())
        future: Future[Any] = Future()
        with self._changed:
            self._submitted += 1
            if self._broken or self._chance.random() < 0.0005:
                # Before it has taken this one: it finishes what it has.
                self._broken = True
                raise BrokenExecutor("it breaks now and then")
            if kind != b"now":
                when = time.monotonic() + float(seconds)
                call: Callable[[], Any] = partial(fn, *args)
                heapq.heappush(self._due, (when, self._submitted, future, call, kind))
                self._changed.notify()
                return future
        self._finish(future, partial(fn, *args), kind)
        return future

    def _work(self) -> None:
        while True:
            with self._changed:
                while not self._due or self._due[0][0] > time.monotonic():
                    if self._over and not self._due:
                        return
                    self._changed.wait(max(0.0, self._due[0][0] - time.monotonic()) if self._due else None)
                _, _, future, call, kind = heapq.heappop(self._due)
            self._finish(future, call, kind)

    def _finish(self, future: Future[Any], call: Callable[[], Any], kind: bytes) -> None:
        if kind == b"cancel":
            # As Dask does it.
            future.cancel()
            with contextlib.suppress(InvalidStateError):
                future.set_running_or_notify_cancel()
            return
        if kind != b"direct" and not future.set_running_or_notify_cancel():
            return
        try:
            result = call()
        except Exception as error:
            with contextlib.suppress(InvalidStateError):
                future.set_exception(error)
        else:
            with contextlib.suppress(InvalidStateError):
                future.set_result(result)

    @override
    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        with self._changed:
            self._over = True
            self._changed.notify_all()
        if wait:
            for thread in self._threads:
                thread.join()


def _message(number: int, chance: random.Random) -> bytes:
    seconds = chance.random() * chance.choice((0.0, 0.001, 0.003, 0.01, 0.03))
    if chance.random() < 0.0005:
        seconds = _LONGEST
    kind = chance.choices(list(_KINDS), list(_KINDS.values()))[0]
    return b"%d %s %f" % (number, kind, seconds)


def _framed(message: bytes) -> bytes:
    return struct.pack(">I", len(message)) + message


class Client:
    """Asks until its time is over, then ends its side, and waits for all that it has asked."""

    def __init__(self, address: Any, name: int, until: float, account: Account, seed: int) -> None:
        self._name = name
        self._account = account
        self._asking, self._hearing = random.Random(seed), random.Random(-seed)
        self._until = until
        self._places = threading.Semaphore(_WINDOW)
        self._unanswered: deque[bytes] = deque()
        self._number = 0
        self._ended = False
        self._socket = connect(address)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _BUFFER)
        self._socket.settimeout(_PATIENCE)
        self._threads = [threading.Thread(target=self._ask), threading.Thread(target=self._hear)]
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join()
        self._socket.close()
        self._account.asked += self._number
        self._account.answered += self._number - len(self._unanswered)

    def _fault(self, what: str) -> None:
        first = [*self._unanswered][:2]
        self._account.faults.append(f"client {self._name}: {what}; {len(self._unanswered)} unanswered from {first} on")

    def _ask(self) -> None:
        chance = self._asking
        try:
            # Nothing else happens on the connection meanwhile.
            self._places.acquire()
            self._socket.sendall(self._next(b"0 ok %f" % _LONGEST))
            self._wait_for_all()
            while time.monotonic() < self._until and not self._ended:
                pieces = b""
                for _ in range(chance.choice((1, 1, 1, 2, 5, _IN_FLIGHT + 1, _WINDOW))):
                    if self._places.acquire(timeout=0 if pieces else 0.1):
                        pieces += self._next(_message(self._number, chance))
                cut = chance.randrange(len(pieces) + 1)
                self._socket.sendall(pieces[:cut])
                if chance.random() < 0.1:
                    time.sleep(chance.random() * 0.01)
                self._socket.sendall(pieces[cut:])
                if chance.random() < 0.2:
                    time.sleep(chance.random() * 0.02)
                elif chance.random() < 0.05:
                    self._wait_for_all()
                    time.sleep(_PAUSE * chance.random() ** 4)
            self._ended = True
            self._socket.shutdown(socket.SHUT_WR)
        except OSError as error:
            self._fault(f"it cannot ask ({error!r})")

    def _next(self, message: bytes) -> bytes:
        self._unanswered.append(message)
        self._number += 1
        return _framed(message)

    def _wait_for_all(self) -> None:
        """Wait until the connection is between two messages."""
        for _ in range(_WINDOW):
            while not self._places.acquire(timeout=0.1):
                if self._ended:
                    return
        self._places.release(_WINDOW)

    def _hear(self) -> None:
        try:
            while header := self._receive(4):
                reply = self._receive(int.from_bytes(header, "big"))
                if reply != _reply_to(self._unanswered[0]):
                    self._fault(f"it got {reply[:60]!r}")
                    return
                self._unanswered.popleft()
                self._places.release()
                if self._hearing.random() < 0.002:
                    time.sleep(self._hearing.random() * _PAUSE)
            if self._unanswered or not self._ended:
                self._fault("its connection has ended")
        except OSError as error:
            self._fault(repr(error))
        finally:
            self._ended = True

    def _receive(self, size: int) -> bytes:
        received = b""
        while len(received) < size:
            try:
                part = self._socket.recv(min(size - len(received), _BUFFER))
            except TimeoutError:
                # It asks nothing just now.
                if self._unanswered or self._ended:
                    raise
                continue
            if not part:
                return b""
            received += part
            if size >= _LARGE and self._hearing.random() < 0.02:
                time.sleep(0.005)
        return received


def _leave_again_and_again(address: Any, until: float, account: Account, seed: int) -> None:
    """Ask much, and go before the replies come."""
    chance = random.Random(seed)
    while time.monotonic() < until:
        with connect(address) as client, contextlib.suppress(OSError):
            client.sendall(b"".join(_framed(_message(n, chance)) for n in range(chance.randrange(1, _WINDOW))))
            time.sleep(chance.random() * 0.05)
            if chance.random() < 0.5:
                client.recv(100)
            if chance.random() < 0.5:
                # Its end is a reset.
                client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        account.left += 1


def run(endpoint: Any, strategy: Any, seconds: float, *, seed: int = 0, **config: Any) -> Account:
    """Serve such clients for so many seconds, and until the last reply; config: of the server, besides deadlines."""
    account = Account()
    interval = sys.getswitchinterval()
    # Threads meet between any two steps.
    sys.setswitchinterval(1e-5)
    try:
        with Submitted(partial(Erratic, seed), answer, limit=_LIMIT) as submitted:
            handler = Framed(LengthPrefixed(), submitted, in_flight=_IN_FLIGHT, on_error=_said)
            deadlines = Deadlines(read=_READ_DEADLINE)
            server = Server(endpoint, handler, strategy, config=ServerConfig(deadlines=deadlines, **config))
            with running(server):
                # Its connections inherit that.
                with socket.socket(fileno=os.dup(server.fileno())) as listening:
                    listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _BUFFER)
                _have_clients_ask(server.server_address, seconds, account, seed)
    finally:
        sys.setswitchinterval(interval)
    if account.answered != account.asked:
        account.faults.append(f"{account.asked - account.answered} messages were not answered")
    return account


def _have_clients_ask(address: Any, seconds: float, account: Account, seed: int) -> None:
    until = time.monotonic() + seconds
    leaving = [
        threading.Thread(target=_leave_again_and_again, args=(address, until, account, number))
        for number in range(_RUDE)
    ]
    for thread in leaving:
        thread.start()
    clients = [Client(address, number, until, account, seed * _CLIENTS + number + 1) for number in range(_CLIENTS)]
    for client in clients:
        client.join()
    for thread in leaving:
        thread.join()
