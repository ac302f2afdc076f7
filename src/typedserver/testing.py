"""Endpoints for tests: one whose kernel fails as it is told to, and one that needs no network.

They know the contract of a listener, and of requests that they are sockets, or packets with the socket to answer
through. Nothing is patched: what fails is the endpoint's own, in a server that is otherwise as it is in production.
"""

import errno
import os
import socket
import weakref
from collections.abc import Callable, Coroutine, Iterable, Iterator
from dataclasses import KW_ONLY, dataclass
from typing import Any, Final, TypeAlias

from typing_extensions import Buffer, override

from typedserver.coroutines.drive import is_coroutine
from typedserver.endpoints.bases import BaseEndpoint, EndpointWrapper, ListenerWrapper
from typedserver.endpoints.socket_listeners import Bound, StreamListener
from typedserver.errors import LifecycleError
from typedserver.protocols.endpoints import Endpoint, Listener
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import Address_co, Request_co, RequestKind, StreamRequest, UnixAddress
from typedserver.recipes import recipe_repr

Fault: TypeAlias = int | Callable[[], object] | None
"""What becomes of one call: an errno is raised as the OSError that the kernel's would be, a function is called before
the call is made (it may wait, or raise what it likes), None leaves the call as it is."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Faults:
    """What becomes of one request.

    establish: of its ``establish``, in the worker. A function may return a coroutine, which is then awaited: a slow
    handshake is ``lambda: time.sleep(1)`` where workers may block, ``lambda: typedserver.sleep(1)`` where they share a
    thread.
    recv, send, shutdown, sendto: of each such call on its socket in turn, one item a call; when there are none left the
    calls are as they are. ``recv`` counts ``recv_into`` (of ``rfile``), ``send`` counts ``sendall``.
    """

    establish: Fault = None
    recv: Iterable[Fault] = ()
    send: Iterable[Fault] = ()
    shutdown: Iterable[Fault] = ()
    sendto: Iterable[Fault] = ()

    __repr__ = recipe_repr


@dataclass(frozen=True, slots=True, repr=False)
class Faulty(EndpointWrapper[Request_co, Address_co]):
    """Listen as ``endpoint`` does, and fail as told, to see what a server makes of it.

    accept: what becomes of each attempt to take a request, one item an attempt; a server makes more of them than there
    are requests, the last of each wake-up in vain. An attempt that fails leaves the request where it was.
    requests: what becomes of each request that is taken, one item a request; None leaves it as it is.

    Both may be generators, or ``itertools.repeat`` for what goes on for ever: they are asked in the loop's thread (and
    in the parent of workers that are forked). Each ``listen`` begins a sequence anew, and goes on with an iterator.

    A faulty connection is a socket of a class of its own: what is done with its descriptor alone (TLS, uvloop's own
    transports) does not fail. A faulty datagram has a copy of the listener's socket to answer through.

    ``Server(Faulty(TCP(port=0), accept=[errno.EMFILE, None, errno.ECONNABORTED]), handler)``
    """

    endpoint: Endpoint[Request_co, Address_co]
    _: KW_ONLY
    accept: Iterable[Fault] = ()
    requests: Iterable[Faults | None] = ()

    @property
    @override
    def inner(self) -> Endpoint[Request_co, Address_co]:
        """The endpoint whose requests fail."""
        return self.endpoint

    def listen(self) -> "FaultyListener[Request_co, Address_co]":
        """Open the wrapped endpoint; raises as it does."""
        return FaultyListener(self.endpoint.listen(), self.accept, self.requests)

    __repr__ = recipe_repr


_conforms: type[Endpoint[Any, Any]] = Faulty[Any, Any]


def _meet(fault: Fault) -> object:
    if fault is None:
        return None
    if isinstance(fault, int):
        raise OSError(fault, os.strerror(fault))
    return fault()


class _FaultySocket(socket.socket):
    """A socket whose calls fail in turn."""

    def __init__(self, whole: socket.socket, fd: int, faults: Faults) -> None:
        super().__init__(whole.family, whole.type, whole.proto, fd)
        self.faults = faults
        self._in_turn: dict[str, Iterator[Fault]] = {
            "recv": iter(faults.recv),
            "send": iter(faults.send),
            "shutdown": iter(faults.shutdown),
            "sendto": iter(faults.sendto),
        }

    def _fail_in_turn(self, call: str) -> None:
        _meet(next(self._in_turn[call], None))

    def recv(self, bufsize: int, flags: int = 0, /) -> bytes:
        self._fail_in_turn("recv")
        return super().recv(bufsize, flags)

    def recv_into(self, buffer: Buffer, nbytes: int = 0, flags: int = 0) -> int:
        self._fail_in_turn("recv")
        return super().recv_into(buffer, nbytes, flags)

    def send(self, data: Buffer, flags: int = 0, /) -> int:
        self._fail_in_turn("send")
        return super().send(data, flags)

    def sendall(self, data: Buffer, flags: int = 0, /) -> None:
        self._fail_in_turn("send")
        super().sendall(data, flags)

    def shutdown(self, how: int, /) -> None:
        self._fail_in_turn("shutdown")
        super().shutdown(how)

    def sendto(self, data: Buffer, *flags_and_address: Any) -> int:
        self._fail_in_turn("sendto")
        return super().sendto(data, *flags_and_address)


class _FaultyReply(_FaultySocket):
    """A copy of a listener's socket, for one datagram. Nobody closes such a request, so it does that itself."""

    def __del__(self) -> None:
        self.close()


def _faults_of(request: Any) -> Faults:
    match request:
        case _FaultySocket(faults=faults) | (_, _FaultySocket(faults=faults)):
            return faults
        case _:
            return _NO_FAULTS


_NO_FAULTS: Final = Faults()


class FaultyListener(ListenerWrapper[Request_co, Address_co]):
    """What ``Faulty`` opens. What else the wrapped listener can do, it can do as well."""

    def __init__(
        self,
        listener: Listener[Request_co, Address_co],
        accept: Iterable[Fault],
        requests: Iterable[Faults | None],
    ) -> None:
        super().__init__(listener)
        self._accept = iter(accept)
        self._requests = iter(requests)
        # Closed with the listener, where something still refers to them: a log that keeps an error keeps its frames.
        self._replies: weakref.WeakSet[_FaultyReply] = weakref.WeakSet()

    @override
    def get_request(self) -> tuple[Any, Any]:
        """Take a request, unless it is this attempt's turn to fail."""
        _meet(next(self._accept, None))
        request, client_address = self.inner.get_request()
        faults = next(self._requests, None)
        return (request if faults is None else self._with_faults(request, faults)), client_address

    def _with_faults(self, request: Any, faults: Faults) -> Any:
        match request:
            case socket.socket():
                return _FaultySocket(request, request.detach(), faults)
            case (packet, socket.socket() as listener):
                reply = _FaultyReply(listener, os.dup(listener.fileno()), faults)
                self._replies.add(reply)
                return packet, reply
            case _:
                return request

    @override
    def establish(
        self, request: Any, client_address: Any, server: ServerContext, /
    ) -> tuple[Request_co, Address_co] | Coroutine[Any, Any, tuple[Request_co, Address_co]]:
        """Have the wrapped listener establish the request, after what was told to come before."""
        try:
            happens = _meet(_faults_of(request).establish)
        except BaseException:
            self.inner.close_request(request)
            raise
        if is_coroutine(happens):
            return self._establish_after(happens, request, client_address, server)
        return self.inner.establish(request, client_address, server)

    async def _establish_after(
        self, happens: Coroutine[Any, Any, object], request: Any, client_address: Any, server: ServerContext
    ) -> tuple[Request_co, Address_co]:
        try:
            await happens
        except BaseException:
            self.inner.close_request(request)
            raise
        established = self.inner.establish(request, client_address, server)
        return await established if isinstance(established, Coroutine) else established

    @override
    def close(self) -> None:
        """Close the wrapped listener."""
        self.inner.close()
        for reply in list(self._replies):
            reply.close()


_listener_conforms: type[Listener[Any, Any]] = FaultyListener[Any, Any]


class Socketpairs(BaseEndpoint[StreamRequest, UnixAddress]):
    """Give connections that need neither a network nor a name: ``connect`` makes both ends of one (socketpair(2)).

    For POSIX systems. A server of this endpoint is reached through this very object, and no other process.
    """

    def __init__(self) -> None:
        self._sender: socket.socket | None = None

    @property
    def request_kind(self) -> RequestKind:
        """Always "connections"."""
        return "connections"

    def listen(self) -> StreamListener[UnixAddress]:
        """Open a listener, whose clients ``connect`` makes from now on."""
        self._sender, receiver = socket.socketpair()
        return _PairListener(Bound(receiver, str, on_close=self._sender.close))

    def connect(self) -> socket.socket:
        """Return the client's end of a new connection, blocking; the caller closes it. From any thread.

        Raises LifecycleError where nothing listens.
        """
        if self._sender is None or self._sender.fileno() < 0:
            raise LifecycleError("nothing listens for these socket pairs: open the server first")
        ours, theirs = socket.socketpair()
        with theirs:
            # One byte for each, which the kernel delivers with its descriptor and no other (unix(7), SCM_RIGHTS).
            socket.send_fds(self._sender, [b"\0"], [theirs.fileno()])
        return ours


_pairs_conform: type[Endpoint[StreamRequest, UnixAddress]] = Socketpairs


class _PairListener(StreamListener[UnixAddress]):
    """Receives the servers' ends."""

    def get_request(self) -> tuple[socket.socket, UnixAddress]:
        _byte, fds, _flags, _address = socket.recv_fds(self._socket, 1, 1)
        if not fds:
            # The kernel drops what it finds no descriptor for (unix(7)).
            raise OSError(errno.EMFILE, os.strerror(errno.EMFILE))
        return socket.socket(fileno=fds[0]), ""
