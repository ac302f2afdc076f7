"""Calls: a client's way from a procedure and its argument to the result, over as many lines as that takes.

It makes lines when they are needed, and makes a call again on another line where that is right. It knows one lock of
coroutines, and no thread: any may call.
"""

import itertools
import math
import random
import time
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, TypeAlias, TypeVar, final

from typedserver.coroutines.lock import Lock
from typedserver.coroutines.timeouts import Timeout
from typedserver.coroutines.waits import sleep
from typedserver.errors import ConnectError
from typedserver.process.inheritance import close_after_fork, generation
from typedserver.reactor.calls import Backoff
from typedserver.recipes import check_flags, check_positive
from typedserver.rpc import xdr
from typedserver.rpc.client_line import Line, NotSent
from typedserver.rpc.client_links import Link
from typedserver.rpc.client_messages import credentials_of, encode_head, result_of_reply
from typedserver.rpc.errors import ClientClosed, ConnectionLost, RPCError, RPCTimedOut
from typedserver.rpc.programs import AuthSys

A = TypeVar("A")
R = TypeVar("R")

# Seconds between two attempts at a server that has gone, the first and the last.
_FIRST_PAUSE: Final = 0.05
_LAST_PAUSE: Final = 1.0

# How often a call that was not sent is made on a new line at once, without being idempotent: a server may end a
# connection that was idle just when it is used.
_RENEWALS: Final = 2

Program: TypeAlias = tuple[int, int]
# Given what is called, a number for a call of the link's own, and until when it may take.
OpenLink: TypeAlias = "Callable[[Program, int, float | None], Coroutine[Any, Any, Link]]"


@dataclass(frozen=True, slots=True)
class CallOptions:
    """How calls are made: ``timeout`` in seconds, who calls, and whether a call may run twice."""

    timeout: float | None
    identity: AuthSys | None = None
    idempotent: bool = False

    def __post_init__(self) -> None:
        check_positive("a client", "timeout", self.timeout, "give seconds, or None to wait for ever")
        check_flags("a client", idempotent=self.idempotent)


@dataclass(frozen=True, slots=True)
class Call:
    """One call, ready to be sent."""

    program: Program
    xid: int
    message: bytes
    called: str


@final
class Calls:
    """The calls of one client, and its lines.

    open_link: makes a link to the server of a program until a deadline. where: what an error calls the server.
    by_program: whether each program and version has a server of its own, hence a line.
    """

    def __init__(self, open_link: OpenLink, where: str, *, by_program: bool) -> None:
        self._open_link = open_link
        self._where = where
        self._by_program = by_program
        # From anywhere on, so that a server does not take the calls of two clients for the same one.
        self._xids = itertools.count(random.getrandbits(32))
        self._closed = False
        self._lines: dict[Program | None, Line] = {}
        self._connecting = Lock()
        self._generation = generation()
        close_after_fork(self)

    def __repr__(self) -> str:
        return self._where

    def encode(
        self,
        program: Program,
        procedure: int,
        encode: xdr.Encode[A],
        argument: A,
        identity: AuthSys | None,
    ) -> Call:
        """Make a call ready to be sent; raises XDRError if the argument has no bytes."""
        xid = self._next_xid()
        number, version = program
        out = xdr.Encoder()
        encode_head(out, xid, (number, version, procedure), credentials_of(identity))
        encode(out, argument)
        called = f"procedure {procedure} of program {number}, version {version}, at {self._where}"
        return Call(program, xid, bytes(out), called)

    def _next_xid(self) -> int:
        return next(self._xids) & xdr.MAXIMUM

    async def perform(self, call: Call, decode: xdr.Decode[R], options: CallOptions) -> R:
        """Make a call and return its result; raises RPCError, ConnectError and DatagramTooLong."""
        deadline = None if options.timeout is None else time.monotonic() + options.timeout
        attempts = _Attempts(deadline, idempotent=options.idempotent)
        while True:
            try:
                line = await self._line(call.program, deadline)
                reply = await line.exchange(call.xid, call.message, deadline)
            except (NotSent, ConnectionLost, ConnectError) as error:
                await attempts.failed(error, call.called)
            else:
                return result_of_reply(reply, decode, call.called)

    async def send(self, program: Program, messages: Sequence[bytes], options: CallOptions) -> None:
        """Send calls to which no reply is wanted; raises ConnectionLost, ConnectError, DatagramTooLong."""
        deadline = None if options.timeout is None else time.monotonic() + options.timeout
        attempts = _Attempts(deadline, idempotent=False)
        while True:
            try:
                line = await self._line(program, deadline)
                await line.send(messages)
            except NotSent as error:
                await attempts.failed(error, self._where)
            else:
                return

    async def _line(self, program: Program, deadline: float | None) -> Line:
        if self._generation != generation():
            self._begin_in_child()
        key = program if self._by_program else None
        line = self._lines.get(key)
        if line is not None and line.is_usable():
            return line
        self._check_open()
        connecting = self._connecting
        if connecting.locked():
            try:
                async with Timeout(deadline):
                    await connecting.acquire()
            except TimeoutError as error:
                raise RPCTimedOut(f"{self._where}: no connection in time") from error
        else:
            await connecting.acquire()
        try:
            # It may have been made, or the client closed, while this one waited.
            self._check_open()
            line = self._lines.get(key)
            if line is None or not line.is_usable():
                if line is not None:
                    line.end(ConnectionResetError("the server has ended the connection"))
                line = Line(await self._open_link(program, self._next_xid(), deadline), self._where)
                self._lines[key] = line
                if self._closed:
                    # While it connected.
                    line.end(self.was_closed())
                self._check_open()
            return line
        finally:
            connecting.release()

    def close(self) -> None:
        """End all lines; calls that are under way fail with ClientClosed. From any thread, any number of times."""
        self._closed = True
        if self._generation != generation():
            # What there is goes on in the parent.
            self._begin_in_child()
        for line in list(self._lines.values()):
            line.end(self.was_closed())

    def _check_open(self) -> None:
        if self._closed:
            raise self.was_closed()

    def was_closed(self) -> ClientClosed:
        """Return what is raised because the client was closed."""
        return ClientClosed(f"the client of {self._where} was closed")

    def _begin_in_child(self) -> None:
        """Begin anew in a process that was forked: the lines are the parent's."""
        self._generation = generation()
        self._connecting = Lock()
        lines, self._lines = self._lines, {}
        for line in lines.values():
            line.leave()
        self._xids = itertools.count(random.getrandbits(32))

    def leave_in_child(self, _request: object) -> None:
        """Close this process's copies of the lines, in a child of this library."""
        self._begin_in_child()


@final
class _Attempts:
    """How often a call may be made again, and after which pause."""

    __slots__ = ("_deadline", "_idempotent", "_pauses", "_renewals", "_was_sent")

    def __init__(self, deadline: float | None, *, idempotent: bool) -> None:
        self._deadline = math.inf if deadline is None else deadline
        self._idempotent = idempotent
        self._pauses = Backoff(_FIRST_PAUSE, _LAST_PAUSE)
        self._renewals = _RENEWALS
        self._was_sent = False

    async def failed(self, error: NotSent | RPCError | ConnectError, called: str) -> None:
        """Return when the call may be made again; raises an error if it may not."""
        if isinstance(error, NotSent):
            if error.next_address:
                return
            if self._renewals:
                self._renewals -= 1
                return
        elif isinstance(error, ConnectionLost):
            self._was_sent = True
        # A server that was never reached is more likely the wrong one than one that restarts.
        if self._idempotent and (self._was_sent or isinstance(error, NotSent)):
            pause = self._pauses.next()
            if time.monotonic() + pause < self._deadline:
                await sleep(pause)
                return
        if isinstance(error, NotSent):
            raise ConnectionLost(f"{called}: it could not be sent: {error}") from error
        raise error


def with_options(
    options: CallOptions, timeout: float | None, identity: AuthSys | None, idempotent: bool | None
) -> CallOptions:
    """Return options with what is given in the place of what they say; None leaves it."""
    return replace(
        options,
        timeout=options.timeout if timeout is None else timeout,
        identity=options.identity if identity is None else identity,
        idempotent=options.idempotent if idempotent is None else idempotent,
    )
