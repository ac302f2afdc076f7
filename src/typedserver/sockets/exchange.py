"""An exchange: where the conversation on a connection stands, and when a drain may end it.

It knows one socket and the limits of its waits, nothing of handlers or of how they wait. ``Stream`` keeps one for its
connection, ``rfile`` and ``wfile`` share one.
"""

import errno
import socket
import time
from collections.abc import Iterator
from typing import Final

from typedserver.errors import PeerTimedOut, SlowPeer
from typedserver.protocols.handlers import ServerContext
from typedserver.sockets.accepted import Connection
from typedserver.sockets.connection import end_reading
from typedserver.sockets.silence import is_silence, silence_of
from typedserver.sockets.states import may_still_send

# Seconds between two looks for the rest of a message, if the kernel cannot be asked to report it: far below what a
# person notices, and a hundred looks a second cost nothing.
REST_INTERVAL: Final = 0.01

# How many times ``quiet`` a client that has connected has for its first byte. The network needs a round trip between
# both, as the handshake does, but the client must be scheduled in between: on a machine with much else to do, 11 of
# 37,871 took longer than 50 ms, which is one ``quiet``.
_QUIETS_TO_BEGIN: Final = 20


class Exchange:
    """One connection, and how far its messages are.

    read_timeout, write_timeout: how many seconds one read or write may wait for the peer; None: for ever.
    by_server: whether these are the server's Deadlines, so that an error names them.

    mid_message: whether something of a message was read that was not answered yet; None before the first message.
    idle: whether the reader waits for the next message just now.
    drains: since when no further message is waited for, by the monotonic clock; None: the server does not drain.
    broken_off: whether half a message was sent whose rest will never follow.
    is_slow: whether the peer took nothing for as long as a write may wait, and the connection was ended for that.
    may_send: whether nobody sends anything just now, or waits to do so. Who finds it True sets it to False in the next
    step, without any call or loop between, because only there the interpreter changes to another thread; and sets it
    to True when all was sent, or leaves that to the outbox. A lock would cost each write five times more.

    The reader keeps ``mid_message`` and ``idle``, the writers the last three: a method would cost each read and write a
    call.
    """

    __slots__ = (
        "_by_server",
        "_client_address",
        "_server",
        "broken_off",
        "connection",
        "drains",
        "idle",
        "is_slow",
        "may_send",
        "mid_message",
        "read_timeout",
        "write_timeout",
    )

    def __init__(  # noqa: PLR0917 - keywords would cost each connection a tenth of a microsecond
        self,
        connection: socket.socket,
        client_address: object,
        server: ServerContext,
        read_timeout: float | None,
        write_timeout: float | None,
        by_server: bool,
    ) -> None:
        self.connection: socket.socket = connection
        self._client_address = client_address
        self._server = server
        self.read_timeout: float | None = read_timeout
        self.write_timeout: float | None = write_timeout
        self._by_server = by_server
        self.mid_message: bool | None = None
        self.idle: bool = False
        self.drains: float | None = None
        self.broken_off: bool = False
        self.is_slow: bool = False
        self.may_send: bool = True

    # Its end by a drain

    def end_if_idle(self) -> None:
        """End the connection if it waits between two messages, now or later; from any thread."""
        # No lock: we set ``drains`` before reading ``idle``, the reader sets ``idle`` before reading ``drains``. At
        # least one of us sees both.
        if self.drains is None:
            self.drains = time.monotonic()
        if self.idle and not (
            self.mid_message is None and time.monotonic() < time_to_begin(self.drains, self._server.quiet)
        ):
            end_reading(self.connection)

    def pauses_for_rest(self) -> Iterator[float]:
        """Yield how many seconds to wait before the next attempt to receive, as long as the peer may still send.

        To be used if half a message was read and the stream looks ended: ``end_if_idle`` may have ended it between two
        packets, and our own end of reading hides from the kernel's readiness that more has come. When this ends, one
        last attempt finds what came before the peer's own end. Raises PeerTimedOut after ``read_timeout`` seconds.
        """
        if not self.mid_message or self.drains is None:
            return
        deadline = None if self.read_timeout is None else time.monotonic() + self.read_timeout
        while may_still_send(self.connection):
            if deadline is not None and time.monotonic() > deadline:
                raise self.sent_nothing()
            yield REST_INTERVAL

    # What its errors mean

    def read_error(self, error: OSError) -> OSError:
        """Return what a read that failed means: PeerTimedOut if its time was up, else the error itself."""
        return self.sent_nothing() if is_silence(error) else error

    def write_error(self, error: OSError) -> OSError:
        """Return what a write that failed means: PeerTimedOut if its time was up, BrokenPipeError after a close."""
        if is_silence(error) or self.is_slow:
            return self.took_nothing()
        return self.gone() if self.connection.fileno() < 0 else error

    def sent_nothing(self) -> PeerTimedOut:
        """Make the error of a read that has waited for ``read_timeout`` seconds."""
        return PeerTimedOut(self._silence("sent nothing", self.read_timeout, "Deadlines(read=)"))

    def took_nothing(self) -> PeerTimedOut:
        """Make the error of a write that has waited for ``write_timeout`` seconds; SlowPeer if that ends the peer."""
        if isinstance(self.connection, Connection):
            # A peer that takes nothing does not take the rest either.
            self.connection.give_up()
        words = self._silence("took nothing", self.write_timeout, "Deadlines(write=)")
        return SlowPeer(words, self._client_address) if self.is_slow else PeerTimedOut(words)

    def _silence(self, what: str, seconds: float | None, deadline: str) -> str:
        limit = f"{deadline} or StreamConfig(timeout=)" if self._by_server else "StreamConfig(timeout=)"
        return silence_of(what, self._client_address, seconds, limit)

    def gone(self, why: str = "its handler is over") -> OSError:
        """Make the error of a write to a connection that takes nothing more."""
        if self.is_slow:
            return self.took_nothing()
        if self.broken_off:
            why = "a write was broken off in its middle"
        elif isinstance(self.connection, Connection) and self.connection.became is not None:
            why = "start_tls has returned the stream that goes on with it"
        return BrokenPipeError(errno.EPIPE, f"nothing more can be sent to {self._client_address!r}: {why}")


def time_to_begin(drains: float, quiet: float) -> float:
    """Return until when a client that has just connected may send its first message, which may be on its way.

    drains: since when the server drains, by the monotonic clock. quiet: the server's.
    """
    return drains + quiet * _QUIETS_TO_BEGIN
