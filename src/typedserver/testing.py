"""For tests: a server in a thread, an endpoint whose calls to the kernel fail on request, one that needs no network.

And an executor that holds back, fails and breaks as a test says, and a source that fails. The endpoints know the
contract of a listener, and that a request is a socket, or a packet with the socket to answer through. Nothing is
patched: only what is asked to fails, and the rest of the server is as in production.
"""

import contextlib
import errno
import os
import socket
import threading
from collections import deque
from collections.abc import Callable, Coroutine, Iterable, Iterator, Sequence
from concurrent.futures import BrokenExecutor, Executor, Future, InvalidStateError, ThreadPoolExecutor
from dataclasses import KW_ONLY, dataclass
from typing import Any, Final, Generic, ParamSpec, TypeAlias, TypeVar

from typing_extensions import Buffer, override

from typedserver.coroutines.drive import is_coroutine
from typedserver.endpoints.bases import BaseEndpoint, EndpointWrapper, ListenerWrapper
from typedserver.endpoints.socket_listeners import Bound, StreamListener
from typedserver.errors import LifecycleError
from typedserver.lifetime.in_thread import serving
from typedserver.protocols.endpoints import Endpoint, Listener
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import (
    Address,
    Address_co,
    DatagramSocket,
    Request_co,
    RequestKind,
    StreamRequest,
    UnixAddress,
)
from typedserver.protocols.sources import Leased, Source, SourceMessageT
from typedserver.recipes import has_methods, recipe_repr

__all__ = ["Fault", "Faults", "Faulty", "FaultyExecutor", "FaultyListener", "FaultySource", "Socketpairs", "serving"]

P = ParamSpec("P")
T = TypeVar("T")

Fault: TypeAlias = int | Callable[[], object] | None
"""What happens to one call: an errno is raised as an OSError, as if it came from the kernel; a function is called
before the call, and may wait or raise; None leaves the call alone."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Faults:
    """What happens to one request.

    establish: what happens to its ``establish``, in the worker. A function may return a coroutine, which is then
    awaited: a slow handshake is ``lambda: time.sleep(1)`` if workers may block, ``lambda: typedserver.sleep(1)`` if
    they share a thread.
    recv, send, shutdown, sendto: what happens to these calls on its socket, one item a call; later calls are left
    alone. ``recv`` includes ``recv_into``, ``send`` includes ``sendall``.
    """

    establish: Fault = None
    recv: Iterable[Fault] = ()
    send: Iterable[Fault] = ()
    shutdown: Iterable[Fault] = ()
    sendto: Iterable[Fault] = ()

    __repr__ = recipe_repr


@dataclass(frozen=True, slots=True, repr=False)
class Faulty(EndpointWrapper[Request_co, Address_co]):
    """Listen as ``endpoint`` does, but fail on request, to see what a server does then.

    accept: what happens to each attempt to take a request, one item an attempt. A server makes more attempts than there
    are requests: the last one of each wake-up finds none. An attempt that fails leaves the request in the queue.
    requests: what happens to each request that is taken, one item a request; None leaves it alone.

    Both may be generators, or ``itertools.repeat`` for a fault that never ends. They are iterated in the loop's thread
    (for forked workers, in the parent). Each ``listen`` begins a sequence anew, but continues an iterator.

    A faulty connection is a socket of a subclass, so code that uses its descriptor alone (TLS, uvloop's own transports)
    does not fail.

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


def _apply(fault: Fault) -> object:
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
        _apply(next(self._in_turn[call], None))

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


class _FaultyReply:
    """Stands for what a datagram is answered through; its sends fail in turn."""

    def __init__(self, whole: DatagramSocket, faults: Faults) -> None:
        self.faults = faults
        self._whole = whole
        self._in_turn = iter(faults.sendto)

    def sendto(self, data: Buffer, *flags_and_address: Any) -> int:
        _apply(next(self._in_turn, None))
        return self._whole.sendto(data, *flags_and_address)

    def fileno(self) -> int:
        return self._whole.fileno()

    def getsockname(self) -> Address:
        return self._whole.getsockname()


_reply_conforms: type[DatagramSocket] = _FaultyReply


def _faults_of(request: Any) -> Faults:
    match request:
        case _FaultySocket(faults=faults) | (_, _FaultyReply(faults=faults)):
            return faults
        case _:
            return _NO_FAULTS


_NO_FAULTS: Final = Faults()


class FaultyListener(ListenerWrapper[Request_co, Address_co]):
    """The listener that ``Faulty`` opens; it passes everything else on to the wrapped one."""

    def __init__(
        self,
        listener: Listener[Request_co, Address_co],
        accept: Iterable[Fault],
        requests: Iterable[Faults | None],
    ) -> None:
        super().__init__(listener)
        self._accept = iter(accept)
        self._requests = iter(requests)

    @override
    def get_request(self) -> tuple[Any, Any]:
        """Take a request, unless this attempt must fail."""
        _apply(next(self._accept, None))
        request, client_address = self.inner.get_request()
        faults = next(self._requests, None)
        return (request if faults is None else self._with_faults(request, faults)), client_address

    def _with_faults(self, request: Any, faults: Faults) -> Any:
        match request:
            case socket.socket():
                return _FaultySocket(request, request.detach(), faults)
            case (packet, through) if has_methods(through, "sendto"):
                return packet, _FaultyReply(through, faults)
            case _:
                return request

    @override
    def establish(
        self, request: Any, client_address: Any, server: ServerContext, /
    ) -> tuple[Request_co, Address_co] | Coroutine[Any, Any, tuple[Request_co, Address_co]]:
        """Have the wrapped listener establish the request, after the fault of this request."""
        try:
            result = _apply(_faults_of(request).establish)
        except BaseException:
            self.inner.close_request(request)
            raise
        if is_coroutine(result):
            return self._establish_after(result, request, client_address, server)
        return self.inner.establish(request, client_address, server)

    async def _establish_after(
        self, fault: Coroutine[Any, Any, object], request: Any, client_address: Any, server: ServerContext
    ) -> tuple[Request_co, Address_co]:
        try:
            await fault
        except BaseException:
            self.inner.close_request(request)
            raise
        established = self.inner.establish(request, client_address, server)
        return await established if isinstance(established, Coroutine) else established


_listener_conforms: type[Listener[Any, Any]] = FaultyListener[Any, Any]


class Socketpairs(BaseEndpoint[StreamRequest, UnixAddress]):
    """Serve connections that need neither a network nor a name: ``connect`` makes both ends of one (socketpair(2)).

    For POSIX systems. Only this very object reaches a server of this endpoint, and no other process does.
    """

    def __init__(self) -> None:
        self._sender: socket.socket | None = None

    @property
    def request_kind(self) -> RequestKind:
        """Always "connections"."""
        return "connections"

    def listen(self) -> StreamListener[UnixAddress]:
        """Open a listener; from now on ``connect`` makes its clients."""
        sender, receiver = socket.socketpair()
        self._sender = sender

        def refuse() -> None:
            # Another listener may have been opened since.
            if self._sender is sender:
                self._sender = None

        return _PairListener(receiver, sender, refuse)

    def connect(self) -> socket.socket:
        """Return the client's end of a new connection, blocking; the caller closes it. From any thread.

        Raises LifecycleError if there is no open listener, or if it drains.
        """
        sender = self._sender
        ours, theirs = socket.socketpair()
        with theirs:
            try:
                if sender is not None:
                    # One byte for each connection: the kernel delivers it with its own descriptor only (unix(7),
                    # SCM_RIGHTS).
                    socket.send_fds(sender, [b"\0"], [theirs.fileno()])
                    return ours
            except OSError:
                # It was closed just now.
                pass
        ours.close()
        raise LifecycleError("nothing listens for these socket pairs: open the server first")


_pairs_conform: type[Endpoint[StreamRequest, UnixAddress]] = Socketpairs


class _PairListener(StreamListener[UnixAddress]):
    """Receives the servers' ends of the connections.

    sender: where they are sent from. It stays open as long as the receiver, which would be readable for ever after it.
    refuse: makes ``connect`` fail from now on.
    """

    def __init__(self, receiver: socket.socket, sender: socket.socket, refuse: Callable[[], object]) -> None:
        super().__init__(Bound(receiver, str, on_close=refuse))
        self._sender = sender

    def get_request(self) -> tuple[socket.socket, UnixAddress]:
        """Take one connection; raises BlockingIOError if none waits."""
        byte, fds, _flags, _address = socket.recv_fds(self._socket, 1, 1)
        if fds:
            return socket.socket(fileno=fds[0]), ""
        # A byte without its descriptor: this process has none free, and the kernel drops the connection (unix(7)). No
        # byte: the sender was closed.
        number = errno.EMFILE if byte else errno.EAGAIN
        raise OSError(number, os.strerror(number))

    @override
    def leave_in_child(self, request: object, /) -> None:
        """Close a forked child's copies of both sockets."""
        super().leave_in_child(request)
        self._sender.close()

    @override
    def close(self) -> None:
        """Refuse new connections, and close both sockets; a second call does nothing."""
        super().close()
        self._sender.close()


class FaultyExecutor(Executor):
    """Run functions in threads of this process, but hold them back, fail or break as the test says.

    submits: what happens to each ``submit``, in the thread that calls it, one item a call: an error is raised there.
    calls: what happens to each call of a function, in its thread and before it, one item a call: an error is the
    call's, and ``lambda: time.sleep(1)`` delays it.
    threads: how many calls run at once.
    held: whether calls wait for ``release`` from the beginning.

    As for ``Faulty``, an errno is raised as an OSError, and the faults may be generators. All methods may be called
    from any thread. To a program it is an executor as any other: ``Submitted(FaultyExecutor(), function)``; what runs
    later, in an order of the test's choice, does so after ``hold``.
    """

    def __init__(
        self,
        submits: Iterable[Fault] = (),
        calls: Iterable[Fault] = (),
        *,
        threads: int = 4,
        held: bool = False,
    ) -> None:
        self._submits = iter(submits)
        self._calls = iter(calls)
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="typedserver faulty")
        # Held to read or change what follows, and notified of each change. No future is fulfilled under it.
        self._changed = threading.Condition()
        self._is_held = held
        self._held: deque[_FaultyCall] = deque()
        # What was begun and is not over.
        self._begun: set[_FaultyCall] = set()
        self._submitted = 0
        self._broken: str | None = None
        self._is_shut_down = False

    def submit(self, fn: Callable[P, T], /, *args: P.args, **kwargs: P.kwargs) -> Future[T]:
        """Have a function called; returns the future of its result.

        Raises the fault of this ``submit``, BrokenExecutor after ``break_down``, RuntimeError after ``shutdown``.
        """
        with self._changed:
            if self._broken is not None:
                raise BrokenExecutor(self._broken)
            if self._is_shut_down:
                raise RuntimeError("cannot schedule new futures after shutdown")
            fault = next(self._submits, None)
        # Outside of the lock, because it may wait for what another thread does with this executor.
        _apply(fault)
        future: Future[T] = Future()

        def run() -> None:
            try:
                _apply(call.fault)
                result = fn(*args, **kwargs)
            except BaseException as error:  # noqa: BLE001 - as any executor's
                _fulfil(future.set_exception, error)
            else:
                _fulfil(future.set_result, result)

        call = _FaultyCall(future, run)
        with self._changed:
            self._submitted += 1
            self._held.append(call)
            self._changed.notify_all()
        if not self._is_held:
            self._begin(call)
        return future

    def _begin(self, call: "_FaultyCall") -> None:
        with self._changed:
            if self._broken is not None or call not in self._held:
                return
            self._held.remove(call)
            self._begun.add(call)
        self._pool.submit(self._run, call)

    def _run(self, call: "_FaultyCall") -> None:
        if call.future.set_running_or_notify_cancel():
            with self._changed:
                call.fault = next(self._calls, None)
            call.run()
        with self._changed:
            self._begun.discard(call)
            self._changed.notify_all()

    def hold(self) -> None:
        """Have what is submitted from now on wait for ``release``."""
        with self._changed:
            self._is_held = True

    def release(self, count: int | None = None, *, last: bool = False) -> int:
        """Have so many of the calls that wait begin, the first ones or the last ones; returns how many.

        Without a count all begin, and nothing waits any more from now on.
        """
        with self._changed:
            if count is None:
                self._is_held = False
                count = len(self._held)
            chosen = list(reversed(self._held) if last else self._held)[:count]
        for call in chosen:
            self._begin(call)
        return len(chosen)

    def break_down(self, reason: str = "a worker was killed") -> None:
        """Break for good, as a pool of processes does if one is killed.

        All that was not finished fails with BrokenExecutor, and so does every later ``submit``. A function that runs
        in a thread runs on, but nobody hears of its result.
        """
        with self._changed:
            self._broken = reason
            left = [*self._begun, *self._held]
            self._begun.clear()
            self._held.clear()
            self._changed.notify_all()
        for call in left:
            if not call.future.cancelled():
                _fulfil(call.future.set_exception, BrokenExecutor(reason))

    @property
    def submitted(self) -> int:
        """How many calls it has taken."""
        return self._submitted

    @property
    def outstanding(self) -> int:
        """How many of them neither have ended nor were cancelled."""
        with self._changed:
            return sum(not call.future.done() for call in (*self._begun, *self._held))

    def wait_submitted(self, count: int, timeout: float | None = None) -> bool:
        """Wait until it has taken so many calls, at most ``timeout`` seconds (None: any); returns whether it has."""
        with self._changed:
            return self._changed.wait_for(lambda: self._submitted >= count, timeout)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """Refuse what comes from now on; what waits begins now, unless it is cancelled.

        wait: whether to return only when all has ended.
        """
        with self._changed:
            self._is_shut_down = True
            held = list(self._held)
        if cancel_futures:
            for call in held:
                call.future.cancel()
        self.release()
        self._pool.shutdown(wait, cancel_futures=cancel_futures)


class _FaultyCall:
    """One call that an executor has taken.

    fault: what happens to it.
    """

    __slots__ = ("fault", "future", "run")

    def __init__(self, future: Future[Any], run: Callable[[], None]) -> None:
        self.future = future
        self.run = run
        self.fault: Fault = None


def _fulfil(set_outcome: Callable[[Any], None], outcome: object) -> None:
    # It may have been cancelled, or the executor may have broken meanwhile.
    with contextlib.suppress(InvalidStateError):
        set_outcome(outcome)


class FaultySource(Generic[SourceMessageT]):
    """Lend what ``source`` lends, but fail on request, to see what a server does then.

    receive, acknowledge, reject, release, renew, flush, close: what happens to these calls, one item a call; later
    calls are left alone. A server acknowledges and renews several messages in one call. A call that fails does not
    reach the source. As for ``Faulty``, an errno is raised as an OSError, a function may wait or raise, and the faults
    may be generators.

    calls: what was called, in order: its name, and the keys of the messages that it was called with or has returned.

    A server calls it in one thread; any other may read ``calls``.
    ``Server(Polled(lambda: FaultySource(MySource(), receive=[errno.ECONNREFUSED])), handler)``
    """

    def __init__(
        self,
        source: Source[SourceMessageT],
        *,
        receive: Iterable[Fault] = (),
        acknowledge: Iterable[Fault] = (),
        reject: Iterable[Fault] = (),
        release: Iterable[Fault] = (),
        renew: Iterable[Fault] = (),
        flush: Iterable[Fault] = (),
        close: Iterable[Fault] = (),
    ) -> None:
        self._source = source
        self._in_turn: dict[str, Iterator[Fault]] = {
            "receive": iter(receive),
            "acknowledge": iter(acknowledge),
            "reject": iter(reject),
            "release": iter(release),
            "renew": iter(renew),
            "flush": iter(flush),
            "close": iter(close),
        }
        self.calls: list[tuple[str, tuple[object, ...]]] = []

    def _begin(self, call: str, *leased: Leased[SourceMessageT]) -> None:
        self.calls.append((call, tuple(each.delivery.key for each in leased)))
        _apply(next(self._in_turn[call], None))

    @property
    def name(self) -> str:
        """As the source."""
        return self._source.name

    @property
    def lease(self) -> float | None:
        """As the source."""
        return self._source.lease

    def receive(self, most: int, wait: float, /) -> Sequence[Leased[SourceMessageT]]:
        """Have the source lend messages, unless this call must fail."""
        self._begin("receive")
        received = self._source.receive(most, wait)
        self.calls[-1] = ("receive", tuple(each.delivery.key for each in received))
        return received

    def acknowledge(self, leased: Leased[SourceMessageT], /) -> None:
        """As the source, unless this call must fail."""
        self._begin("acknowledge", leased)
        self._source.acknowledge(leased)

    def acknowledge_all(self, leased: Sequence[Leased[SourceMessageT]], /) -> None:
        """As the source, unless this call of ``acknowledge`` must fail."""
        self._begin("acknowledge", *leased)
        self._source.acknowledge_all(leased)

    def reject(self, leased: Leased[SourceMessageT], error: BaseException, /) -> None:
        """As the source, unless this call must fail."""
        self._begin("reject", leased)
        self._source.reject(leased, error)

    def release(self, leased: Leased[SourceMessageT], /) -> None:
        """As the source, unless this call must fail."""
        self._begin("release", leased)
        self._source.release(leased)

    def renew(self, leased: Leased[SourceMessageT], /) -> None:
        """As the source, unless this call must fail."""
        self._begin("renew", leased)
        self._source.renew(leased)

    def renew_all(self, leased: Sequence[Leased[SourceMessageT]], /) -> None:
        """As the source, unless this call of ``renew`` must fail."""
        self._begin("renew", *leased)
        self._source.renew_all(leased)

    def flush(self) -> None:
        """As the source, unless this call must fail."""
        self._begin("flush")
        self._source.flush()

    def close(self) -> None:
        """As the source, unless this call must fail."""
        self._begin("close")
        self._source.close()


_source_conforms: type[Source[int]] = FaultySource[int]
