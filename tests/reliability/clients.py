"""The ledger's clients: a program of its own that asks without a pause, and writes down what became of each request.

``python -m tests.reliability.clients`` reads an order a line from its standard input, as JSON, and answers each with
the account as a line of JSON when it is over; lines before that report progress. Closed loop: each client has one
request under way, a connection for each, and begins the next when that has ended.

It must know nothing of the server but its address: it imports nothing from the library, and runs against any server.
"""

import errno
import json
import os
import select
import socket
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any, Final, Literal, TypeAlias, cast

Speech: TypeAlias = Literal["line", "http"]
Until: TypeAlias = Literal["refused", "ended", "asked"]
Lost: TypeAlias = tuple[int, int, str, str, float]

# Seconds until a request without an answer counts as lost; no handler here takes more than milliseconds.
UNANSWERED_AFTER: Final = 10.0

# Seconds between two searches for those.
_SWEEP: Final = 0.5

# Seconds that a client waits after a refusal, or if the queue of a Unix socket is full; short, but no busy loop.
_PAUSE: Final = 0.001

END: Final = "end"
"""The line that orders the clients to end their requests and begin no more."""

LOADED: Final = "loaded"

END_OF_FILE: Final = "end of file"
"""The end of a request whose connection ended in good order, but without an answer."""

_CONTROL: Final = 0
_REFUSALS: Final = frozenset((errno.ECONNREFUSED, errno.ENOENT))
_UNDER_WAY: Final = frozenset((errno.EINPROGRESS, errno.EALREADY))


@dataclass(kw_only=True)
class Order:
    """What the clients must do.

    addresses: the server's; client number i asks the i-th of them, round and round.
    until: "refused": each client ends when it is refused, as after a stop; "ended": until the line ``END``, and a
    client that is refused tries again; "asked": when ``total`` requests are answered.
    loaded: the program writes the line ``LOADED`` whenever this many answers have come.
    service: milliseconds that the handler is asked to take, in turn.
    named: whether a lost request is reported with the client's own address, by which a server may know it.
    """

    addresses: list[Any]
    clients: int = 32
    until: Until = "refused"
    loaded: int = 100
    total: int = 0
    speech: Speech = "line"
    service: list[int] = field(default_factory=lambda: [0])
    named: bool = False


@dataclass(kw_only=True)
class Account:
    """What became of the requests.

    connected: for each client, how many connections it made: its requests are numbered from 0 on.
    lost: client, number, what happened, the client's own address, and the seconds from its connect to the end of its
    send, of each that was connected and not answered.
    refused: how often a connection was refused, which loses nothing.
    failed: client and error, of each connection that was neither made nor refused.
    slowest: seconds from the connect to the answer, of the request that took longest.
    stopped: when a connection was refused first, a time.time; 0.0 if none was.
    """

    connected: list[int]
    answered: int
    refused: int
    lost: list[Lost]
    failed: list[tuple[int, str]]
    slowest: float
    seconds: float
    stopped: float

    @property
    def sent(self) -> int:
        """How many requests were made."""
        return sum(self.connected)


class Lines:
    """Lines of a descriptor; reads no byte beyond those that are there."""

    def __init__(self, fd: int) -> None:
        self._fd = fd
        self._rest = b""

    def read(self) -> str:
        """Return the next line without its end; an empty one at the end of file."""
        while b"\n" not in self._rest:
            part = os.read(self._fd, 65536)
            if not part:
                return ""
            self._rest += part
        line, _, self._rest = self._rest.partition(b"\n")
        return line.decode()


def _say(thing: object) -> None:
    os.write(1, json.dumps(thing).encode() + b"\n")


class _Client:
    __slots__ = (
        "address",
        "began",
        "connecting",
        "connection",
        "expected",
        "family",
        "number",
        "own",
        "received",
        "sent",
        "turn",
    )

    def __init__(self, number: int, address: Any) -> None:
        self.number = number
        # JSON has no tuples, and an address of IP must be one.
        self.address: Any = address if isinstance(address, str) else tuple(address[:2])
        self.family = (
            socket.AF_UNIX
            if isinstance(address, str)
            else socket.AF_INET6
            if ":" in cast("str", address[0])
            else socket.AF_INET
        )
        self.turn = 0
        self.connection: socket.socket | None = None
        self.connecting = False
        self.expected = b""
        self.received = b""
        self.own = ""
        self.began = 0.0
        self.sent = 0.0


class _Clients:
    """All clients of one order, over one epoll."""

    def __init__(self, order: Order, control: Lines) -> None:
        self._order = order
        self._control = control
        self._epoll = select.epoll()
        self._by_fd: dict[int, _Client] = {}
        self._clients = [
            _Client(number, order.addresses[number % len(order.addresses)]) for number in range(order.clients)
        ]
        self._paused: list[_Client] = []
        self._ending = False
        self._answered = 0
        self._refused = 0
        self._slowest = 0.0
        self._stopped = 0.0
        self._lost: list[Lost] = []
        self._failed: list[tuple[int, str]] = []

    def run(self) -> Account:
        started = time.monotonic()
        self._epoll.register(_CONTROL, select.EPOLLIN)
        for client in self._clients:
            self._begin(client)
        swept = started
        while self._by_fd or self._paused:
            for fd, events in self._epoll.poll(_PAUSE if self._paused else _SWEEP):
                if fd == _CONTROL:
                    self._end()
                elif (asking := self._by_fd.get(fd)) is not None:
                    if asking.connecting:
                        self._connected(asking)
                    elif events:
                        self._readable(asking)
            if self._paused:
                paused, self._paused = self._paused, []
                for client in paused:
                    self._begin(client)
            now = time.monotonic()
            if now - swept > _SWEEP:
                swept = now
                self._sweep(now)
        self._epoll.close()
        return Account(
            connected=[client.turn for client in self._clients],
            answered=self._answered,
            refused=self._refused,
            lost=self._lost,
            failed=self._failed,
            slowest=self._slowest,
            seconds=time.monotonic() - started,
            stopped=self._stopped,
        )

    def _end(self) -> None:
        # Read it once: the next line on the descriptor is the next order.
        self._epoll.unregister(_CONTROL)
        self._control.read()
        self._ending = True

    def _begin(self, client: _Client) -> None:
        """Begin a request; if it ends at once, the event loop begins the next one."""
        if self._ending:
            return
        client.began = time.monotonic()
        connection = socket.socket(client.family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        if self._order.named and client.family == socket.AF_UNIX:
            # The kernel gives it a name (unix(7), autobind).
            connection.bind("")
        error = connection.connect_ex(client.address)
        client.connection = connection
        if not error:
            if self._send(client):
                self._epoll.register(connection.fileno(), select.EPOLLIN)
                self._by_fd[connection.fileno()] = client
        elif error in _UNDER_WAY:
            self._epoll.register(connection.fileno(), select.EPOLLOUT)
            self._by_fd[connection.fileno()] = client
            client.connecting = True
        else:
            client.connection = None
            connection.close()
            self._not_connected(client, error)

    def _not_connected(self, client: _Client, error: int) -> None:
        if error == errno.EAGAIN:
            self._paused.append(client)
        elif error in _REFUSALS:
            self._refused += 1
            if not self._stopped:
                self._stopped = time.time()
            if self._order.until != "refused":
                self._paused.append(client)
        else:
            self._failed.append((client.number, errno.errorcode[error]))

    def _connected(self, client: _Client) -> None:
        assert client.connection is not None
        client.connecting = False
        error = client.connection.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
        if error:
            self._forget(client)
            self._not_connected(client, error)
            return
        fd = client.connection.fileno()
        if self._send(client):
            self._epoll.modify(fd, select.EPOLLIN)

    def _send(self, client: _Client) -> bool:
        """Send the request; returns whether the client must wait for an answer."""
        assert client.connection is not None
        order = self._order
        service = order.service[client.turn % len(order.service)]
        client.expected = b"%d %d ok\n" % (client.number, client.turn)
        if order.speech == "line":
            request = b"%d %d %d\n" % (client.number, client.turn, service)
        else:
            request = b"GET /%d/%d/%d HTTP/1.0\r\nHost: x\r\n\r\n" % (client.number, client.turn, service)
        if order.named:
            name = client.connection.getsockname()
            client.own = name.decode() if isinstance(name, bytes) else name if isinstance(name, str) else str(name[1])
        client.received = b""
        # From here on the connection has a number: it was made, so the server must answer it.
        client.turn += 1
        client.sent = client.began
        try:
            whole = client.connection.send(request) == len(request)
        except OSError as error:
            self._lose(client, f"before it was sent: {_name_of(error)}")
            return False
        assert whole, "a line fits an empty socket buffer"
        client.sent = time.monotonic()
        return True

    def _readable(self, client: _Client) -> None:
        assert client.connection is not None
        try:
            part = client.connection.recv(4096)
        except BlockingIOError:
            return
        except OSError as error:
            self._lose(client, _name_of(error))
            return
        if not part:
            self._lose(client, END_OF_FILE)
            return
        client.received += part
        if not client.received.endswith(b"\n"):
            return
        if client.received == client.expected or self._is_http_answer(client):
            self._answer(client)
        elif self._order.speech == "line":
            self._lose(client, f"wrong answer: {client.received!r}")

    def _is_http_answer(self, client: _Client) -> bool:
        head, _, body = client.received.partition(b"\r\n\r\n")
        return self._order.speech == "http" and b" 200 " in head[:16] and body == client.expected

    def _answer(self, client: _Client) -> None:
        order = self._order
        self._answered += 1
        self._slowest = max(self._slowest, time.monotonic() - client.began)
        self._forget(client)
        if not self._answered % order.loaded:
            _say(LOADED)
        if order.until == "asked" and self._answered >= order.total:
            self._ending = True
        self._begin(client)

    def _lose(self, client: _Client, how: str) -> None:
        self._lost.append((client.number, client.turn - 1, how, client.own, client.sent - client.began))
        self._forget(client)
        # In the loop, after a pause: a client that loses each request at once would never return from here.
        self._paused.append(client)

    def _forget(self, client: _Client) -> None:
        assert client.connection is not None
        self._by_fd.pop(client.connection.fileno(), None)
        # A closed descriptor leaves the epoll by itself because there is no copy of it (epoll(7)).
        client.connection.close()
        client.connection = None
        client.connecting = False

    def _sweep(self, now: float) -> None:
        for client in list(self._by_fd.values()):
            if now - client.began < UNANSWERED_AFTER:
                continue
            if client.connecting:
                self._forget(client)
                self._not_connected(client, errno.ETIMEDOUT)
            else:
                self._lose(client, f"unanswered for {UNANSWERED_AFTER:g} s")


def _name_of(error: OSError) -> str:
    return errno.errorcode.get(error.errno or 0, repr(error))


def account_of(written: dict[str, Any]) -> Account:
    """Return the account that the program has written as JSON."""
    read = dict(written)
    for name in ("lost", "failed"):
        read[name] = [tuple(entry) for entry in read[name]]
    return Account(**read)


def main() -> None:
    """Run the command line."""
    control = Lines(_CONTROL)
    read: Callable[[], str] = control.read
    while line := read():
        if line == END:
            # It had already ended by itself.
            continue
        order = Order(**json.loads(line))
        account = _Clients(order, control).run()
        _say(asdict(account))


if __name__ == "__main__":
    main()
