"""One connection's messages: which of them are answered when, and how the connection ends. All of it stands here.

It is sans-IO: bytes in, bytes out. It never waits, and knows no socket, loop or server. ``MessageExchange``
(protocols/messages.py) says what whoever runs it may count on.
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator
from itertools import chain
from typing import Final, Generic

from typing_extensions import TypeIs

from typedserver.errors import FramingError, IncompleteMessage, RecipeError
from typedserver.messages.gathering import Gathering, begin_gathering
from typedserver.protocols.messages import (
    ForeseeingFraming,
    Framing,
    Last,
    MeasurableExchange,
    MessageT,
    Pending,
    Reply,
    ReplyT,
)
from typedserver.recipes import shown

# Bytes of replies after which no further message is taken before they are sent: a few short messages that came at once
# may ask for replies of any length.
_MUCH: Final = 256 * 1024


def _nothing() -> None:
    pass


class Plan(Generic[MessageT, ReplyT]):
    """What all exchanges of one recipe share.

    greeting: what is sent first, as bytes.
    kinds: of each type of reply, whether it is a pending one: asked once, because asking is slow.
    """

    __slots__ = ("foreseeing", "framing", "greeting", "in_flight", "kinds", "on_error", "timeout")

    def __init__(
        self,
        framing: Framing[MessageT, ReplyT],
        greeting: bytes,
        in_flight: int,
        timeout: float | None,
        on_error: Callable[[Exception], ReplyT | Last[ReplyT] | None] | None,
    ) -> None:
        self.framing: Final = framing
        self.greeting: Final = greeting
        self.in_flight: Final = in_flight
        self.timeout: Final = timeout
        self.on_error: Final = on_error
        self.foreseeing: Final[ForeseeingFraming[MessageT, ReplyT] | None] = (
            framing if isinstance(framing, ForeseeingFraming) else None
        )
        self.kinds: Final[dict[type, bool]] = {}


class _Outstanding(Generic[MessageT, ReplyT]):
    """A reply that waits for its turn: a pending one, or one behind that.

    pending: None if the reply, or the error in its place, is there.
    deadline: when it has taken too long, by ``time.monotonic``.
    began: when its message was decoded, if somebody wants to know; ``seconds`` is how long it then took.
    """

    __slots__ = ("_exchange", "began", "deadline", "error", "pending", "reply", "seconds")

    def __init__(self, exchange: "Exchange[MessageT, ReplyT]", deadline: float | None, began: float | None) -> None:
        self._exchange = exchange
        self.reply: ReplyT | Last[ReplyT] | None = None
        self.error: Exception | None = None
        self.pending: Pending[ReplyT | Last[ReplyT] | None] | None = None
        self.deadline: Final = deadline
        self.began: Final = began
        self.seconds: float | None = None

    def done(self, _pending: object) -> None:
        """Have the exchange go on if this is the reply that it waits for; from any thread.

        Whoever takes the first one away looks at the next afterwards, so no wake is missing if this is not yet the
        first.
        """
        if self.began is not None:
            self.seconds = time.monotonic() - self.began
        self._exchange.done(self)


class Exchange(Generic[MessageT, ReplyT]):
    """The messages of one connection, and a function that answers them.

    A reply is sent when those before it were: ``_outstanding`` has the replies that must wait, each in its turn, first
    a pending one. ``_ahead`` gives the messages that have come and were not taken.
    """

    __slots__ = (
        "__weakref__",
        "_ahead",
        "_ended",
        "_error",
        "_function",
        "_gathering",
        "_outstanding",
        "_peer_ended",
        "_plan",
        "_report",
        "_wake",
    )

    def __init__(self, plan: Plan[MessageT, ReplyT], function: Callable[[MessageT], Reply[ReplyT]]) -> None:
        self._plan = plan
        self._function = function
        self._wake: Callable[[], object] = _nothing
        self._report: Callable[[float, Exception | None], object] | None = None
        self._ahead: Iterator[MessageT] | None = None
        self._gathering: Gathering | None = None
        # None as long as nothing has had to wait: an empty deque is larger than all the rest.
        self._outstanding: deque[_Outstanding[MessageT, ReplyT]] | None = None
        self._peer_ended = False
        self._ended = False
        self._error: Exception | None = None

    def measure(self, report: Callable[[float, Exception | None], object], /) -> None:
        """Have a function called for each message, with its seconds and its failure."""
        self._report = report

    def start(self, wake: Callable[[], object], /) -> bytes:
        """Begin; returns the greeting."""
        self._wake = wake
        return self._plan.greeting

    def receive(self, data: bytes, /) -> bytes:
        """Take what the peer has sent, ``b""`` for its end; returns what is to be sent."""
        if self._ended:
            return b""
        if data:
            received = self._messages_of(data)
            self._ahead = received if self._ahead is None else chain(self._ahead, received)
        else:
            self._peer_ended = True
        return self.proceed()

    def proceed(self) -> bytes:
        """Go on after a wake, and at the deadline; returns what is to be sent."""
        out = bytearray()
        self._collect(out)
        while (ahead := self._ahead) is not None and len(self._outstanding or ()) < self._plan.in_flight:
            if len(out) >= _MUCH:
                self._wake()
                break
            try:
                message = next(ahead)
            except StopIteration:
                self._ahead = None
            except FramingError as error:
                self._refuse(error)
            except ValueError as error:
                self._refuse(_refusal(error))
            except Exception as error:  # noqa: BLE001 - a framing that fails by itself ends this connection alone
                self._fail(error)
            else:
                self._answer(message, out)
        if self._peer_ended and self._ahead is None and not self._ended:
            if self._gathering is None:
                self._ended = True
            else:
                self._refuse(IncompleteMessage(f"the stream ended after {len(self._gathering)} bytes of a message"))
        return bytes(out)

    @property
    def wants_data(self) -> bool:
        """Whether it takes more now: not while as many replies are outstanding as may be, or while messages wait."""
        return (
            self._ahead is None
            and not (self._ended or self._peer_ended)
            and (self._outstanding is None or len(self._outstanding) < self._plan.in_flight)
        )

    @property
    def waits_for_peer(self) -> bool:
        """Whether it wants data, and no reply is outstanding."""
        return not (self._outstanding or self._ended or self._peer_ended) and self._ahead is None

    @property
    def awaits_wake(self) -> bool:
        """Whether replies are outstanding, or messages wait to be taken."""
        return bool(self._outstanding) or self._ahead is not None

    @property
    def is_idle(self) -> bool:
        """Whether it is between two messages."""
        return self._gathering is None and self._ahead is None and not self._outstanding

    @property
    def is_over(self) -> bool:
        """Whether nothing more is to be received, and nothing more will be sent."""
        return self._ended and not self._outstanding

    @property
    def deadline(self) -> float | None:
        """When the first outstanding reply has taken too long."""
        return self._outstanding[0].deadline if self._outstanding else None

    @property
    def error(self) -> Exception | None:
        """What it has ended by."""
        return self._error

    def close(self) -> None:
        """End it: what is outstanding is cancelled."""
        self._wake = _nothing
        self._end()

    def done(self, outstanding: _Outstanding[MessageT, ReplyT]) -> None:
        """Wake whoever runs it, if this is the reply that it waits for; from any thread."""
        # Another thread may take the last one away meanwhile.
        with contextlib.suppress(IndexError):
            if self._outstanding and self._outstanding[0] is outstanding:
                self._wake()

    # The messages that have come

    def _messages_of(self, data: bytes) -> Iterator[MessageT]:
        """Yield the messages of what has been received; at the end, keep what there is of another."""
        plan = self._plan
        if self._gathering is not None:
            complete = self._gathering.add(data)
            if complete is None:
                return
            data = complete
            self._gathering = None
        start = 0
        while start < len(data):
            taken = plan.framing.decode(data, start)
            if taken is None:
                self._gathering = begin_gathering(plan.foreseeing, data[start:])
                return
            message, end = taken
            if not start < end <= len(data):
                raise RecipeError(
                    f"{shown(plan.framing)}.decode has found the next message at {end}, for one that begins at {start}"
                    f" of {len(data)} bytes: it must be behind that, and within"
                )
            start = end
            yield message

    # The replies

    def _answer(self, message: MessageT, out: bytearray) -> None:
        """Call the function, and send its reply or have it wait for its turn."""
        began = None if self._report is None else time.monotonic()
        outstanding = self._outstanding
        try:
            reply = self._function(message)
        except Exception as error:  # noqa: BLE001 - it takes the reply's place, and is dealt with in its turn
            if outstanding:
                self._outstand(began).error = error
            else:
                self._tell(began, None, error)
                self._failed(error, out)
            return
        if self._is_pending(reply):
            if not outstanding and reply.done():
                self._settle(reply, began, None, out)
                return
            waiting = self._outstand(began)
            waiting.pending = reply
            # It may be done by now: then this wakes whoever runs the exchange.
            reply.add_done_callback(waiting.done)
        elif outstanding:
            self._outstand(began).reply = reply
        else:
            self._tell(began, None, None)
            self._send(reply, out)

    def _is_pending(self, reply: Reply[ReplyT]) -> TypeIs[Pending[ReplyT | Last[ReplyT] | None]]:
        kinds = self._plan.kinds
        kind = type(reply)
        if kind not in kinds:
            kinds[kind] = isinstance(reply, Pending)
        return kinds[kind]

    def _outstand(self, began: float | None) -> _Outstanding[MessageT, ReplyT]:
        timeout = self._plan.timeout
        waiting = _Outstanding(self, None if timeout is None else time.monotonic() + timeout, began)
        if self._outstanding is None:
            self._outstanding = deque()
        self._outstanding.append(waiting)
        return waiting

    def _collect(self, out: bytearray) -> None:
        """Send the outstanding replies whose turn has come."""
        outstanding = self._outstanding
        while outstanding and len(out) < _MUCH:
            first = outstanding[0]
            pending = first.pending
            if pending is None:
                outstanding.popleft()
                self._tell(first.began, None, first.error)
                if first.error is None:
                    self._send(first.reply, out)
                else:
                    self._failed(first.error, out)
            elif pending.done():
                outstanding.popleft()
                self._settle(pending, first.began, first.seconds, out)
            elif first.deadline is not None and time.monotonic() >= first.deadline:
                outstanding.popleft()
                _cancel(pending)
                error = TimeoutError(f"no reply within {self._plan.timeout} seconds")
                self._tell(first.began, None, error)
                self._failed(error, out)
            else:
                return
        if outstanding:
            self._wake()

    def _settle(
        self, pending: Pending[ReplyT | Last[ReplyT] | None], began: float | None, seconds: float | None, out: bytearray
    ) -> None:
        """Send the reply of a pending one that is done."""
        reply: ReplyT | Last[ReplyT] | None = None
        try:
            failure = pending.exception()
            if failure is None:
                reply = pending.result()
        except Exception as error:  # noqa: BLE001 - others have cancelled it, or it is no good Pending
            failure = error
        if failure is None:
            self._tell(began, seconds, None)
            self._send(reply, out)
            return
        if not isinstance(failure, Exception):
            # What ends the thread or process of an executor does not end the server.
            raised = RuntimeError(f"a pending reply has failed by {shown(failure)}")
            raised.__cause__ = failure
            failure = raised
        self._tell(began, seconds, failure)
        self._failed(failure, out)

    def _tell(self, began: float | None, seconds: float | None, error: Exception | None) -> None:
        if self._report is not None and began is not None:
            self._report(time.monotonic() - began if seconds is None else seconds, error)

    def _send(self, reply: ReplyT | Last[ReplyT] | None, out: bytearray) -> None:
        """Send a reply, of which it is the turn, if it can be sent."""
        sent = reply.reply if _is_last(reply) else reply
        if sent is not None:
            try:
                out += self._plan.framing.encode(sent)
            except Exception as error:  # noqa: BLE001 - a reply that cannot be sent is a function that has failed
                self._failed(error, out)
        if _is_last(reply):
            self._end()

    def _failed(self, error: Exception, out: bytearray) -> None:
        """Send what there is to be said about a function's failure, or end by it."""
        on_error = self._plan.on_error
        if on_error is None or isinstance(error, FramingError):
            self._fail(error)
            return
        try:
            reply = on_error(error)
            sent = reply.reply if _is_last(reply) else reply
            if sent is not None:
                out += self._plan.framing.encode(sent)
        except Exception as another:  # noqa: BLE001 - there is nobody left to ask
            another.__context__ = error
            self._fail(another)
            return
        if _is_last(reply):
            self._end()

    # The end

    def _refuse(self, error: FramingError) -> None:
        """Take no more of what the peer sends: what it had asked before is still answered."""
        self._error = error
        self._ended = True
        self._ahead = self._gathering = None

    def _fail(self, error: Exception) -> None:
        """End by a failure; if the peer's fault was noted before, this is the earlier one in the order of messages."""
        self._error = error
        self._end()

    def _end(self) -> None:
        """Send nothing more: what is outstanding is not wanted any longer."""
        self._ended = True
        self._ahead = self._gathering = None
        outstanding = self._outstanding
        while outstanding:
            pending = outstanding.popleft().pending
            if pending is not None:
                _cancel(pending)


def _is_last(reply: ReplyT | Last[ReplyT] | None) -> TypeIs[Last[ReplyT]]:
    return isinstance(reply, Last)


def _cancel(pending: Pending[object]) -> None:
    # The reply is not waited for in any case.
    with contextlib.suppress(Exception):
        pending.cancel()


def _refusal(error: ValueError) -> FramingError:
    refusal = FramingError(f"a peer has sent what has no value: {error}")
    refusal.__cause__ = error
    return refusal


_conforms: type[MeasurableExchange] = Exchange[object, object]
