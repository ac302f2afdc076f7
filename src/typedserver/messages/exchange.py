"""One connection's messages: which of them are answered when, and how the connection ends. All of it stands here.

It is sans-IO: bytes in, bytes out. It never waits, and knows no socket, loop or server. ``MessageExchange``
(protocols/messages.py) says what whoever runs it may count on.
"""

import contextlib
import time
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from itertools import chain, islice
from typing import Any, Final, Generic

from typing_extensions import TypeIs

from typedserver.errors import FramingError, IncompleteMessage, RecipeError
from typedserver.messages.plan import Plan
from typedserver.messages.pushes import Pushes
from typedserver.protocols.messages import (
    Answer,
    AnsweringExchange,
    Gathering,
    Last,
    MeasurableExchange,
    MessageT,
    Pending,
    Reply,
    ReplyT,
)
from typedserver.recipes import MOST_SHOWN, shown

# Bytes of replies after which no further message is taken before they are sent: a few short messages that came at once
# may ask for replies of any length.
_MUCH: Final = 256 * 1024

# How many messages are taken before the bytes of their replies are counted: as many as may be outstanding by default.
_FEW: Final = 64

# Seconds of a step after which no further message is taken in it. One receive may bring sixty thousand messages, and
# all other connections of the loop wait until the step is over.
_LONG: Final = 0.005


def _nothing() -> None:
    pass


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
        """Have the exchange go on if this is a reply that it waits for; from any thread.

        Whoever takes the first one away looks at the next afterwards, so no wake is missing if this is not yet the
        first.
        """
        if self.began is not None:
            self.seconds = time.monotonic() - self.began
        self._exchange.done(self)


class Exchange(Generic[MessageT, ReplyT]):
    """The messages of one connection, and a function that answers them.

    A reply is sent when those before it were: ``_outstanding`` has the replies that must wait, each in its turn, first
    a pending one. ``_ahead`` gives the messages that have come and were not taken, ``_rest`` is what came behind them.
    ``_gathering`` has the bytes of a message that is not complete, behind which nothing has come. ``_quick``: there is
    nothing of all this, and the replies to what is received next may be gathered. ``_answer`` answers a message that
    comes by itself; None: the framing has no such, or it was not made yet.

    answer: ``_answer`` as long as it may be called, because it is quick, and is worth a try, because one message has
    come the last time; see AnsweringExchange.

    waits_for_peer: whether it wants data, and no reply is outstanding; kept, because it is asked after each message.
    error: what it has ended by.
    """

    __slots__ = (
        "_ahead",
        "_answer",
        "_ended",
        "_function",
        "_gathering",
        "_outstanding",
        "_peer_ended",
        "_plan",
        "_pushes",
        "_quick",
        "_report",
        "_rest",
        "_wake",
        "answer",
        "error",
        "waits_for_peer",
    )

    def __init__(
        self,
        plan: Plan[MessageT, ReplyT],
        function: Callable[[MessageT], Reply[ReplyT]],
        answer: Answer | None,
        pushes: Pushes | None = None,
    ) -> None:
        self._plan = plan
        self._function = function
        self._pushes = pushes
        self._wake: Callable[[], object] = _nothing
        self._report: Callable[[float, Exception | None], object] | None = None
        self._ahead: Iterator[MessageT] | None = None
        self._rest = b""
        self._gathering: Gathering | None = None
        # None as long as nothing has had to wait: an empty deque is larger than all the others.
        self._outstanding: deque[_Outstanding[MessageT, ReplyT]] | None = None
        self._peer_ended = False
        self._ended = False
        self.error: Exception | None = None
        self._quick = pushes is None
        self._answer = answer
        self.answer: Answer | None = answer
        self.waits_for_peer: bool = True

    def measure(self, report: Callable[[float, Exception | None], object], /) -> None:
        """Have a function called for each message, with its seconds and its failure."""
        self._report = report
        self._quick = False
        self.answer = None

    def start(self, wake: Callable[[], object], /) -> bytes:
        """Begin; returns the greeting."""
        self._wake = wake
        return self._plan.greeting

    def receive(self, data: bytes, /) -> bytes:
        """Take what the peer has sent, ``b""`` for its end; returns what is to be sent."""
        if not self._quick:
            return self._receive(data)
        if not data:
            # As ``_go_on`` does, if there is nothing to go on with.
            self._peer_ended = True
            self._take_no_more()
            return data
        answer = self.answer
        if answer is None:
            answering = self._plan.answering
            if answering is None or self._answer is not None:
                return self._receive_split(data)
            # Only now, because a session may end without a message.
            answer = self._answer = self.answer = answering(self._function)
        try:
            sent = answer(data)
        except Exception as error:  # noqa: BLE001 - it takes the reply's place
            return self.go_on(data, None, error)
        return sent if type(sent) is bytes else self.go_on(data, sent, None)

    def go_on(self, data: bytes, answer: object, error: Exception | None, /) -> bytes:
        """Go on with data that was no message by itself, or whose reply is a special one, or has failed."""
        if error is None:
            if answer is None:
                return self._receive_split(data)
            special: Any = answer
            if special[0] is None:
                return b""
            return self._receive_special((), special[0], None, iter(()))
        return self._receive_special((), None, error, iter(()))

    def _receive_split(self, data: bytes) -> bytes:
        """Take what the peer has sent, if nothing else is to be done before."""
        plan = self._plan
        try:
            messages, rest = plan.split(data)
        except Exception as error:  # noqa: BLE001 - a framing that fails by itself ends this connection alone
            self._fail(error)
            return b""
        if rest or len(messages) != 1:
            return self._receive_several(messages, rest)
        # Most often there is one, and its reply is there. A reply that cannot be sent is a function that has failed.
        self.answer = self._answer
        try:
            reply: Any = self._function(messages[0])
            if reply is None:
                return b""
            if type(reply) in plan.plain:
                sent = plan.encode(reply)
                if type(sent) is bytes:
                    return sent
        except Exception as error:  # noqa: BLE001 - it takes the reply's place
            return self._receive_special((), None, error, iter(()))
        return self._receive_special((), reply, None, iter(()))

    def proceed(self) -> bytes:
        """Go on after a wake, and at the deadline; returns what is to be sent."""
        out = bytearray()
        self._collect(out)
        return self._go_on(out)

    @property
    def wants_data(self) -> bool:
        """Whether it takes more now: not while as many replies are outstanding as may be, or while messages wait."""
        return (
            self._ahead is None
            and not (self._ended or self._peer_ended)
            and (self._outstanding is None or len(self._outstanding) < self._plan.in_flight)
        )

    @property
    def awaits_wake(self) -> bool:
        """Whether replies are outstanding, messages wait to be taken, or something may be pushed."""
        return bool(self._outstanding) or self._ahead is not None or (self._pushes is not None and not self._ended)

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

    def close(self) -> None:
        """End it: what is outstanding is cancelled."""
        self._wake = _nothing
        if self._outstanding or not self._ended:
            self._end()
        if self._pushes is not None:
            self._pushes.close()

    def done(self, outstanding: _Outstanding[MessageT, ReplyT]) -> None:
        """Wake whoever runs it, if this is a reply that it waits for; from any thread."""
        if not self._plan.in_order:
            self._wake()
            return
        # Another thread may take the last one away meanwhile.
        with contextlib.suppress(IndexError):
            if self._outstanding and self._outstanding[0] is outstanding:
                self._wake()

    # The messages that have come

    def _receive(self, data: bytes) -> bytes:
        """Take what the peer has sent, whatever is to be done besides."""
        if self._ended:
            return b""
        if not data:
            self._peer_ended = True
            return self._go_on(bytearray())
        complete: bytes | None = data
        if self._gathering is not None:
            complete = self._gathering.add(data)
        if complete is not None:
            self._gathering = None
            try:
                messages, self._rest = self._plan.split(self._rest + complete)
            except Exception as error:  # noqa: BLE001 - as in receive
                self._fail(error)
                return b""
            self._ahead = iter(messages) if self._ahead is None else chain(self._ahead, messages)
        return self._go_on(bytearray())

    def _receive_several(self, messages: Sequence[MessageT], rest: bytes) -> bytes:
        """Answer messages that came at once, in as few steps as there can be."""
        # Several will come the next time as well, and to try whether there is one would be in vain.
        self.answer = None
        if rest or len(messages) > _FEW:
            self._ahead = iter(messages)
            self._rest = rest
            return self._go_on(bytearray())
        # What follows does what _take does, as long as each reply is there.
        function, plain = self._function, self._plan.plain
        coming = iter(messages)
        replies: list[Any] = []
        append = replies.append
        for message in coming:
            try:
                reply = function(message)
            except Exception as error:  # noqa: BLE001 - it takes the reply's place
                return self._receive_special(replies, None, error, coming)
            # Bytes first, because they are found by a comparison.
            if type(reply) is bytes or type(reply) in plain:
                append(reply)
            elif reply is not None:
                return self._receive_special(replies, reply, None, coming)
        if not replies:
            return b""
        try:
            sent = self._plan.join(replies)
        except Exception:  # noqa: BLE001 - it is raised again for the one that is at fault
            sent = None
        if type(sent) is bytes:
            return sent
        return self._receive_special(replies, None, None, coming)

    def _receive_special(
        self, replies: Sequence[ReplyT], reply: Reply[ReplyT], error: Exception | None, coming: Iterator[MessageT]
    ) -> bytes:
        """Go on with a message whose reply is a special one, or that has failed, behind those with plain replies."""
        out = bytearray()
        self._ahead = coming
        self._send_all(replies, out)
        self._place(reply, error, None, out)
        return self._go_on(out)

    def _go_on(self, out: bytearray) -> bytes:
        """Take as many messages as may be taken now; returns what is to be sent."""
        ahead = self._ahead
        if ahead is not None and len(out) < _MUCH and len(self._outstanding or ()) < self._plan.in_flight:
            self._take(ahead, out)
        if self._ahead is not None:
            # If as many replies are outstanding as may be, the first of them wakes.
            if len(self._outstanding or ()) < self._plan.in_flight:
                self._wake()
        elif self._peer_ended and not self._ended:
            self._ended = True
            if self._gathering is not None:
                begins = shown(self._gathering.beginning(MOST_SHOWN))
                size = len(self._gathering)
                self._refuse(IncompleteMessage(f"the stream ended after {size} bytes of a message: {begins}"))
        pushes = self._pushes
        if pushes is not None:
            out += pushes.close() if self.is_over else pushes.take()
        waits = not (self._outstanding or self._ended or self._peer_ended) and self._ahead is None
        self._quick = quick = waits and self._gathering is None and pushes is None and self._report is None
        self.answer = self._answer if quick else None
        self.waits_for_peer = waits
        return bytes(out)

    def _take(self, ahead: Iterator[MessageT], out: bytearray) -> None:
        """Answer messages until none is left, as many replies are outstanding as may be, or it was much or long."""
        plan = self._plan
        function, plain = self._function, plan.plain
        gathers = self._report is None and self._pushes is None
        until = time.monotonic() + _LONG
        takes = True
        while takes:
            takes = False
            replies: list[Any] = []
            for message in islice(ahead, _FEW):
                takes = True
                began = None if self._report is None else time.monotonic()
                reply: Reply[ReplyT] = None
                error: Exception | None = None
                try:
                    reply = function(message)
                except Exception as raised:  # noqa: BLE001 - it takes the reply's place
                    error = raised
                if gathers and error is None and not self._outstanding and (reply is None or type(reply) in plain):
                    if reply is not None:
                        replies.append(reply)
                    continue
                self._send_all(replies, out)
                replies = []
                self._place(reply, error, began, out)
                # Its traceback names this frame: neither would be freed without the garbage collector.
                error = None
                if self._is_enough(out):
                    return
            self._send_all(replies, out)
            if takes and (self._is_enough(out) or time.monotonic() >= until):
                return
        self._ahead = None
        if self._rest:
            self._keep_rest()

    def _is_enough(self, out: bytearray) -> bool:
        return self._ended or len(out) >= _MUCH or len(self._outstanding or ()) >= self._plan.in_flight

    def _keep_rest(self) -> None:
        """Keep what came behind the last message, if it may become one."""
        rest, self._rest = self._rest, b""
        try:
            self._gathering = self._plan.gathering(rest)
        except FramingError as error:
            self._refuse(error)
        except RecipeError as error:
            # The framing is at fault.
            self._fail(error)
        except ValueError as error:
            refusal = FramingError(f"a peer has sent what is no message: {error}")
            refusal.__cause__ = error
            self._refuse(refusal)
        except Exception as error:  # noqa: BLE001 - as in receive
            self._fail(error)

    # The replies

    def _place(self, reply: Reply[ReplyT], error: Exception | None, began: float | None, out: bytearray) -> None:
        """Send a reply, or what an error has in its place; or have it wait for its turn."""
        if self._pushes is not None:
            # What the function has pushed comes before its reply.
            out += self._pushes.take()
        pending: Pending[ReplyT | Last[ReplyT] | None] | None = None
        there: ReplyT | Last[ReplyT] | None = None
        if error is None:
            if self._is_pending(reply):
                pending = reply
            else:
                there = reply
        if self._ended:
            # By a reply before, which could not be sent.
            if pending is not None:
                _cancel(pending)
        elif (self._outstanding and self._plan.in_order) or (pending is not None and not pending.done()):
            self._outstand(pending, there, error, began)
        elif pending is not None:
            self._settle(pending, began, None, out)
        else:
            self._tell(began, None, error)
            self._send_or_fail(there, error, out)

    def _is_pending(self, reply: Reply[ReplyT]) -> TypeIs[Pending[ReplyT | Last[ReplyT] | None]]:
        return self._plan.is_pending(reply)

    def _outstand(
        self,
        pending: Pending[ReplyT | Last[ReplyT] | None] | None,
        reply: ReplyT | Last[ReplyT] | None,
        error: Exception | None,
        began: float | None,
    ) -> None:
        """Have one of these wait for its turn. If it will end the connection, what is behind it need not be taken."""
        timeout = self._plan.timeout
        waiting = _Outstanding(self, None if timeout is None else time.monotonic() + timeout, began)
        waiting.pending, waiting.reply, waiting.error = pending, reply, error
        if self._outstanding is None:
            self._outstanding = deque()
        self._outstanding.append(waiting)
        if pending is not None:
            # It may be done by now: then this wakes whoever runs the exchange.
            pending.add_done_callback(waiting.done)
        elif _is_last(reply) or (error is not None and self._ends_by(error)):
            self._take_no_more()

    def _collect(self, out: bytearray) -> None:
        """Send the outstanding replies that are there and whose turn has come."""
        outstanding = self._outstanding
        # How many were passed over: they have gone to the end, and are in their order again when all were looked at.
        passed = 0
        while outstanding and passed < len(outstanding):
            if len(out) >= _MUCH:
                outstanding.rotate(passed)
                self._wake()
                return
            first = outstanding[0]
            pending = first.pending
            if pending is None:
                outstanding.popleft()
                self._tell(first.began, None, first.error)
                self._send_or_fail(first.reply, first.error, out)
            elif pending.done():
                # Its callback knows this object: each would keep the other, until the garbage collector comes.
                outstanding.popleft().pending = None
                self._settle(pending, first.began, first.seconds, out)
            elif first.deadline is not None and time.monotonic() >= first.deadline:
                outstanding.popleft().pending = None
                _cancel(pending)
                error = TimeoutError(f"no reply within {self._plan.timeout} seconds")
                self._tell(first.began, None, error)
                self._failed(error, out)
            elif self._plan.in_order:
                return
            else:
                outstanding.rotate(-1)
                passed += 1

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
        try:
            self._failed(failure, out)
        finally:
            # As in ``_take``.
            del failure

    def _tell(self, began: float | None, seconds: float | None, error: Exception | None) -> None:
        if self._report is not None and began is not None:
            self._report(time.monotonic() - began if seconds is None else seconds, error)

    def _send_all(self, replies: Sequence[ReplyT], out: bytearray) -> None:
        """Send plain replies, of which it is the turn."""
        if not replies:
            return
        try:
            out += self._plan.join(replies)
        except Exception:  # noqa: BLE001 - it is raised again for the one that is at fault
            for reply in replies:
                self._send(reply, out)
                if self._ended:
                    return

    def _send_or_fail(self, reply: ReplyT | Last[ReplyT] | None, error: Exception | None, out: bytearray) -> None:
        if error is None:
            self._send(reply, out)
        else:
            self._failed(error, out)

    def _send(self, reply: ReplyT | Last[ReplyT] | None, out: bytearray) -> None:
        """Send a reply, of which it is the turn, if it can be sent."""
        sent = reply.reply if _is_last(reply) else reply
        if sent is not None:
            try:
                out += self._plan.encoded(sent)
            except Exception as error:  # noqa: BLE001 - a reply that cannot be sent is a function that has failed
                self._failed(error, out)
        if _is_last(reply):
            self._finish()

    def _failed(self, error: Exception, out: bytearray) -> None:
        """Send what there is to be said about a function's failure, or end by it."""
        on_error = self._plan.on_error
        if on_error is None or self._ends_by(error):
            self._fail(error)
            return
        try:
            reply = on_error(error)
            sent = reply.reply if _is_last(reply) else reply
            if sent is not None:
                out += self._plan.encoded(sent)
        except Exception as another:  # noqa: BLE001 - there is nobody left to ask
            another.__context__ = error
            self._fail(another)
            return
        if _is_last(reply):
            self._finish()

    # The end

    def _ends_by(self, error: Exception) -> bool:
        """Whether the connection ends if a function fails by this."""
        return self._plan.on_error is None or isinstance(error, FramingError)

    def _take_no_more(self) -> None:
        """Take no more of what the peer sends, nor of what has come: what it had asked before is still answered."""
        self._ended = True
        self._quick = self.waits_for_peer = False
        self.answer = None
        self._ahead = self._gathering = None
        self._rest = b""

    def _refuse(self, error: FramingError) -> None:
        """End by the peer's fault."""
        self.error = error
        self._take_no_more()

    def _fail(self, error: Exception) -> None:
        """End by a failure; if the peer's fault was noted before, this is the earlier one in the order of messages."""
        self.error = error
        self._end()

    def _finish(self) -> None:
        """End in order; what was wrong in the messages behind does not matter any more."""
        self.error = None
        self._end()

    def _end(self) -> None:
        """Send nothing more: what is outstanding is not wanted any longer."""
        self._take_no_more()
        outstanding = self._outstanding
        while outstanding:
            # The newest first, so that none of them takes a place that another one gives up in an executor.
            waiting = outstanding.pop()
            pending, waiting.pending = waiting.pending, None
            if pending is not None:
                _cancel(pending)


def _is_last(reply: ReplyT | Last[ReplyT] | None) -> TypeIs[Last[ReplyT]]:
    return isinstance(reply, Last)


def _cancel(pending: Pending[object]) -> None:
    # The reply is not waited for in any case.
    with contextlib.suppress(Exception):
        pending.cancel()


_measurable: type[MeasurableExchange] = Exchange[object, object]
_answering: type[AnsweringExchange] = Exchange[object, object]
