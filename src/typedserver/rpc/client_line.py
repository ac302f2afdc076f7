"""A line: one link to a server, and the calls that wait for their replies on it.

It knows that a message begins with its number (xid), by which a reply finds its call, and nothing else of it. Calls may
be made from any threads and loops at once. No thread belongs to it: one of those that wait receives for all, and
hands that on to the next when it has what it waits for.

There is no lock, for the reasons that coroutines/waiters.py gives: what several threads change is changed by one call
of the interpreter's own.
"""

import errno
import math
import random
import time
from collections import deque
from collections.abc import Sequence
from typing import Final, final

from typedserver.coroutines.waits import Calls, Parked, wait_for
from typedserver.errors import DatagramTooLong, PeerTimedOut, TypedServerError
from typedserver.reactor.calls import Backoff
from typedserver.rpc.client_links import Link
from typedserver.rpc.errors import ClientClosed, ConnectionLost, RPCError, RPCTimedOut

# Where a message says that it is a reply, behind its number (RFC 5531, 9), and how.
_REPLY: Final = b"\0\0\0\1"

# Seconds: no longer pause before a message is sent once more.
_LONGEST_PAUSE: Final = 16.0

# How many times as long as it should be a pause is at most.
_SPREAD: Final = 1.25


class NotSent(TypedServerError):  # noqa: N818 - it says what has become of a call
    """The line was over before the server can have had the call: it may be made on another one.

    next_address: whether that is because nobody listens at one of several addresses.
    """

    def __init__(self, message: str, *, next_address: bool = False) -> None:
        super().__init__(message)
        self.next_address = next_address


class _Waiting:
    """One call that waits for its reply.

    reply: once it has come. lost: why none will come.
    """

    __slots__ = ("calls", "lost", "reply")

    def __init__(self) -> None:
        self.calls = Calls()
        self.reply: bytes | None = None
        self.lost: BaseException | None = None

    @property
    def is_over(self) -> bool:
        return self.reply is not None or self.lost is not None


@final
class Line:
    """One link and who waits for it.

    where: what an error calls the server.
    """

    __slots__ = ("_link", "_lost", "_receiving", "_waiting", "_where")

    def __init__(self, link: Link, where: str) -> None:
        self._link = link
        self._where = where
        self._waiting: dict[int, _Waiting] = {}
        # One entry while nobody receives: who takes it out receives.
        self._receiving = deque((True,))
        # What it has ended by.
        self._lost: BaseException | None = None

    def is_usable(self) -> bool:
        """Return whether calls may be made on it, as far as is known."""
        if self._lost is not None:
            return False
        try:
            self._receiving.pop()
        except IndexError:
            # Who receives finds out.
            return True
        messages: Sequence[bytes] | None = None
        try:
            messages = self._link.received()
            self._answer(messages or ())
        finally:
            self._receiving.append(True)
            self._hand_on()
        return messages is not None

    async def send(self, messages: Sequence[bytes]) -> None:
        """Send messages that get no reply; raises NotSent if the line is over, and DatagramTooLong."""
        if self._lost is not None:
            raise NotSent(str(self._lost))
        try:
            await self._link.send(messages)
        except DatagramTooLong:
            raise
        except OSError as error:
            next_address = self._link.untried and error.errno == errno.ECONNREFUSED
            self.end(error)
            raise NotSent(_reason(error), next_address=next_address) from error

    async def exchange(self, xid: int, message: bytes, deadline: float | None) -> bytes:
        """Send a call and return its reply; it is sent again, after growing pauses, if the link loses messages.

        Raises NotSent; RPCTimedOut at the deadline (a time.monotonic value); ConnectionLost, ClientClosed.
        """
        waiting = _Waiting()
        # Before it is sent: the reply may be received by another thread.
        self._waiting[xid] = waiting
        try:
            pauses = Backoff(self._link.pause, max(self._link.pause, _LONGEST_PAUSE))
            times = 0
            while True:
                await self._send_first(message) if not times else await self._send_again(message)
                times += 1
                pause = pauses.next()
                # Not all at once what was lost at once, which would be too much for the same queue again.
                pause *= random.uniform(1, _SPREAD)  # noqa: S311 - it is no secret
                until = deadline if pause == math.inf else time.monotonic() + pause
                if deadline is not None and until is not None and until > deadline:
                    until = deadline
                await self._wait(waiting, until)
                if waiting.reply is not None:
                    return waiting.reply
                if waiting.lost is not None:
                    raise self._loss(waiting.lost, times)
                if deadline is not None and deadline <= time.monotonic():
                    sent = f", and was sent {times} times" if self._link.pause < math.inf else ""
                    raise RPCTimedOut(f"{self._where} has not answered in time{sent}: it may run the call yet")
        finally:
            self._waiting.pop(xid, None)
            if self._receiving:
                self._hand_on()

    async def _send_first(self, message: bytes) -> None:
        await self.send((message,))

    async def _send_again(self, message: bytes) -> None:
        try:
            await self.send((message,))
        except NotSent as error:
            # An earlier one may have arrived.
            raise ConnectionLost(f"{self._where}: {error}") from error

    def _loss(self, error: BaseException, times: int) -> Exception:
        if isinstance(error, ClientClosed):
            return ClientClosed(str(error))
        refused = isinstance(error, OSError) and error.errno == errno.ECONNREFUSED
        if refused and self._link.untried and times == 1:
            # Nobody has had it.
            return NotSent(_reason(error), next_address=True)
        lost = ConnectionLost(f"{self._where}: {_reason(error)}, while a call was under way: it may have been run")
        lost.__cause__ = error
        return lost

    async def _wait(self, waiting: _Waiting, until: float | None) -> None:
        """Wait until a call is over, or until a point in time; receives for all meanwhile if nobody else does."""
        calls = waiting.calls
        while not waiting.is_over and (until is None or time.monotonic() < until):
            # Before it is looked for who receives: who hands that on calls afterwards.
            calls.has_come = False
            try:
                self._receiving.pop()
            except IndexError:
                if not waiting.is_over:
                    await wait_for(Parked(calls.start, until))
                continue
            try:
                await self._receive(waiting, until)
            finally:
                self._receiving.append(True)

    async def _receive(self, waiting: _Waiting, until: float | None) -> None:
        """Receive for all until a call is over, or until a point in time."""
        while not waiting.is_over:
            try:
                messages = await self._link.receive(until)
            except PeerTimedOut:
                return
            except (OSError, ValueError) as error:
                # ValueError: what has come is no record, or the socket was closed.
                self.end(error)
                return
            self._answer(messages)

    def _answer(self, messages: Sequence[bytes]) -> None:
        """Give each reply to the call that waits for it."""
        for message in messages:
            # Any other is the reply to a call that nobody waits for any more, or to one that was sent twice.
            if message[4:8] == _REPLY:
                answered = self._waiting.pop(int.from_bytes(message[:4], "big"), None)
                if answered is not None:
                    answered.reply = message
                    answered.calls.come()

    def _hand_on(self) -> None:
        """Have one of those that wait receive."""
        while self._waiting:
            try:
                waiting = next(iter(self._waiting.values()))
            except (RuntimeError, StopIteration):
                # Another thread has changed it.
                continue
            waiting.calls.come()
            return

    def end(self, error: BaseException) -> None:
        """End the line, by an error that all who wait get; from any thread. Only the first one counts."""
        if self._lost is None:
            self._lost = error
        self._link.close()
        while self._waiting:
            try:
                _, waiting = self._waiting.popitem()
            except KeyError:
                return
            waiting.lost = self._lost
            waiting.calls.come()

    def leave(self) -> None:
        """Close this process's copy of the link, which is the parent's."""
        self._link.leave()


def _reason(error: BaseException) -> str:
    return (error.strerror if isinstance(error, OSError) and not isinstance(error, RPCError) else None) or str(error)
