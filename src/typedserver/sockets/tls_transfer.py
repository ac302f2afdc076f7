"""What a TLS connection does without waiting: bytes between the kernel and OpenSSL's memories, with the lock held.

It knows one descriptor and ``tls_memory.py``; nothing of waits, nor of what a socket's methods promise: those are
``tls_connection.py``.

A write that the kernel does not take whole has one byte left to be sent, though all was encrypted: whoever writes goes
on with that byte as with any rest, and it counts as sent when the last byte that was encrypted is on its way.
"""

import contextlib
import errno
import socket
import ssl
import threading
from collections.abc import Iterable
from typing import ClassVar, Final

from typing_extensions import Buffer, override

from typedserver.sockets.accepted import Connection
from typedserver.sockets.connection import acknowledge
from typedserver.sockets.pacing import Pace, Pacer
from typedserver.sockets.tls_memory import TLSMemory
from typedserver.sockets.waiting import wait_until_ready

# How much is received at once. Only who asks for more than the usual has that much memory kept for it.
_USUAL_RECEIVE: Final = 64 * 1024
_LARGEST_RECEIVE: Final = 256 * 1024

# How much is received at once before the handshake is over, if the connection is paced: a client's part of it has as
# much, mostly, and what comes behind must wait.
_PACED_HANDSHAKE: Final = 2048

# How much is encrypted before it is sent, and how much one call sends at most although the kernel goes on taking it:
# others may wait for the lock, or for the thread.
AT_ONCE: Final = 64 * 1024
_MOST: Final = 1024 * 1024

# Past what the classes below do.
_recv_into = socket.socket.recv_into
_send = socket.socket.send
_shutdown = socket.socket.shutdown
_setblocking = socket.socket.setblocking
_fileno = socket.socket.fileno

# How much of the first bytes is kept, to say what a peer speaks that speaks no TLS.
_SHOWN: Final = 12

# Memory that is lent for one receive: what is shorter than it stays with the connection.
_spare: Final[list[bytearray]] = []


class Truncated(ssl.SSLEOFError, ConnectionResetError):  # noqa: N818 - named for what they say, as the errors of errors.py
    """The peer's connection has ended, and the peer has not said so: a part of what it had to say may be lost."""


class TLSTransfer(Connection):
    """The descriptor of a TLS connection and OpenSSL's part of it, used without waiting.

    memory: OpenSSL's part. received: what was received of the peer's first words before.
    pacer: how fast its encrypted bytes may move. What TLS has to say by itself is counted, and never waits.

    began: the first bytes that the peer has sent, until the handshake is over: they say what else it may speak.
    suppress_ragged_eofs: whether an end without the peer's word is an end like any other.
    """

    waits_by_itself: ClassVar[bool] = True
    keeps_kind: ClassVar[bool] = True

    def __init__(  # noqa: PLR0917 - the first four are socket.socket's
        self,
        family: int,
        kind: int,
        proto: int,
        fileno: int,
        memory: TLSMemory,
        received: bytes = b"",
        pacer: Pacer | None = None,
        *,
        server_side: bool,
    ) -> None:
        Connection.__init__(self, family, kind, proto, fileno)
        # Always: who waits does so by itself, so that a call with the lock held never does.
        _setblocking(self, False)
        self.memory: TLSMemory = memory
        self.began: bytes = received[:_SHOWN]
        self.suppress_ragged_eofs: bool = False
        self._lock = threading.Lock()
        # Whether the last receive was as large as it could be: the kernel may have more.
        self._full = True
        # Whether the handshake goes on: what comes is kept to say what the peer speaks.
        self._begins = True
        # Whether the handshake goes on only when something has come: a server says nothing first.
        self._awaits = server_side and not received
        # What was encrypted and not sent yet, and whether its last byte is still to be counted.
        self._unsent = b""
        self._owes = False
        self._pacer = pacer

    @property
    @override
    def pacer(self) -> Pacer | None:
        return self._pacer

    # What has come

    @property
    def _is_drained(self) -> bool:
        """Whether all that had come by the last receive was read, and that was no end."""
        memory = self.memory
        return not (self._full or memory.plain or memory.holds or memory.ended) and memory.fault is None

    @property
    @override
    def holds(self) -> bool:
        memory = self.memory
        return bool(memory.plain) or memory.holds

    def _receive(self, size: int) -> bytes | None:
        """Receive what is there, with the lock held; b"" at the end, None for nothing."""
        memory = self.memory
        data = memory.take(size) if memory.plain or memory.holds else b""
        while (self._full or not data) and len(data) < size and not (memory.ended or memory.fault is not None):
            most = _USUAL_RECEIVE if size <= _USUAL_RECEIVE else _LARGEST_RECEIVE
            received = self._receive_raw(most) if self._pacer is None else self._receive_paced(self._pacer.reads, most)
            if received is None:
                self._full = False
                break
            if not received:
                self._full = False
                if not data:
                    return self._end_of_kernels()
                break
            data = data + memory.take(size - len(data)) if data else memory.take(size)
        if memory.outgoing.pending:
            # An answer of TLS' own, such as new keys'. What the kernel does not take goes with the next write.
            self._flush_quietly()
        if data:
            if memory.ended or memory.fault is not None:
                self._wake_next_read()
            return data
        if memory.fault is not None:
            raise memory.fault
        return b"" if memory.ended else None

    def _receive_paced(self, pace: Pace | None, most: int) -> int | None:
        """Receive as ``_receive_raw`` does, but no more than the pace allows."""
        granted = most if pace is None else pace.grant(most)
        if not granted:
            return None
        received = None
        try:
            received = self._receive_raw(granted)
        finally:
            if pace is not None:
                pace.moved(received or 0)
        return received

    def _receive_for_handshake(self) -> bool:
        """Receive as ``_receive_raw`` does, without regard to the pace; returns whether anything has come.

        What comes later is paced for it. Raises Truncated at the kernel's end.
        """
        pace = None if self._pacer is None else self._pacer.reads
        received = self._receive_raw(_USUAL_RECEIVE if pace is None else _PACED_HANDSHAKE)
        if received == 0:
            raise Truncated(ssl.SSL_ERROR_EOF, "the peer has left during the handshake")
        if received and pace is not None:
            pace.note(received)
        return received is not None

    def _receive_raw(self, most: int) -> int | None:
        """Have the memory hold what the kernel has; returns how much, 0 at its end, None for nothing."""
        spare = _spare.pop() if _spare else bytearray(_LARGEST_RECEIVE)
        try:
            received = _recv_into(self, spare, most)
            if received:
                memory = self.memory
                with memoryview(spare) as view:
                    memory.incoming.write(view[:received])
                if self._begins and len(self.began) < _SHOWN:
                    self.began += bytes(spare[: min(received, _SHOWN)])
                memory.holds = True
                self._full = received == most
        except BlockingIOError:
            self._full = False
            return None
        finally:
            _spare.append(spare)
        return received

    def _end_of_kernels(self) -> bytes:
        """Say what it means that the kernel has no more, and the peer has not said so."""
        if self.deaf or self.suppress_ragged_eofs:
            return b""
        raise Truncated(ssl.SSL_ERROR_EOF, "the connection has ended, and its peer has not said that it is complete")

    def _wake_next_read(self) -> None:
        """Have the kernel say that there is something to read: the end that was found already."""
        # If the peer has gone, it says so anyway.
        with contextlib.suppress(OSError):
            _shutdown(self, socket.SHUT_RD)

    # What is to be sent

    def _commit(self, view: memoryview) -> int:
        """Encrypt and send what the kernel takes now, with the lock held; returns how much of it counts as sent."""
        memory = self.memory
        if memory.silent:
            raise BrokenPipeError(errno.EPIPE, "the end of the stream was sent: nothing may follow it")
        size = len(view)
        if (self._unsent or memory.outgoing.pending) and not self._flush():
            return 0
        if self._owes and size:
            # Its last byte, which was encrypted with the others.
            self._owes = False
            return 1
        if self._pacer is not None and size:
            size = self._granted(self._pacer.writes, size)
            if not size:
                return 0
            view = view[:size]
        if size == 1 and not self._has_room():
            # Of one byte no rest could be left.
            return 0
        done = 0
        while done < size and done < _MOST:
            end = done + AT_ONCE
            memory.write(view if size <= AT_ONCE else view[done:end])
            done = min(end, size)
            if not self._flush():
                if done > 1:
                    self._owes = True
                    done -= 1
                break
        return done

    @staticmethod
    def _granted(pace: Pace | None, size: int) -> int:
        """Return how much of so much may be encrypted now. What is encrypted is sent in any case, and counted then."""
        if pace is None:
            return size
        granted = pace.grant(size)
        if granted:
            pace.moved(0)
        return granted

    def _flush(self) -> bool:
        """Send what is encrypted, with the lock held; returns whether the kernel has taken all of it."""
        data = self.memory.outgoing.read()
        if self._unsent:
            data = self._unsent + data
        # Kept before, because an error of the kernel's must not lose it.
        self._unsent = data
        try:
            sent = _send(self, data)
        except BlockingIOError:
            return False
        if self._pacer is not None and self._pacer.writes is not None:
            self._pacer.writes.note(sent)
        self._unsent = data[sent:]
        return sent == len(data)

    def _flush_quietly(self) -> None:
        """Send what TLS has to say by itself; if that cannot be done, who reads and writes finds out why."""
        with contextlib.suppress(OSError):
            self._flush()

    def _has_room(self) -> bool:
        return wait_until_ready(_fileno(self), readable=False, timeout=0)

    @override
    def seal(self, pieces: Iterable[Buffer], /) -> bytes:
        """Encrypt what is still to be sent, and the end behind it; who has the descriptor sends what this returns.

        Nothing more may be sent by this object.
        """
        with self._lock:
            try:
                for piece in pieces:
                    view = memoryview(piece).cast("B")
                    if self._owes and view:
                        self._owes = False
                        view = view[1:]
                    self.memory.write(view)
            except ssl.SSLError:
                # A connection that is broken has nothing more to say.
                pass
            self.memory.end()
            data, self._unsent = self._unsent + self.memory.outgoing.read(), b""
            return data

    # Beginning and end

    @override
    def take_any_end(self) -> None:
        """Take an end that the peer has not announced for its end."""
        self.suppress_ragged_eofs = True

    @override
    def cut(self) -> None:
        """End the connection both ways, so that whoever reads or writes finds its end; from any thread."""
        # Its end is ours then, so nobody misses the peer's word.
        self.take_any_end()
        super().cut()

    def go_on_with_handshake(self) -> bool | None:
        """Go on with the handshake as far as it goes without waiting.

        Returns None if it is over, else whether it waits for something to come rather than for room to send. Raises
        Truncated if the peer has ended the connection, ssl.SSLError if the handshake failed: the peer hears that as TLS
        says it (alert).
        """
        memory = self.memory
        with self._lock:
            while True:
                if (self._unsent or memory.outgoing.pending) and not self._flush():
                    return False
                # First, because OpenSSL would only say that nothing has come, which costs an exception.
                if self._awaits and not self._receive_for_handshake():
                    return True
                self._awaits = False
                try:
                    memory.object.do_handshake()
                except ssl.SSLWantReadError:
                    self._awaits = True
                    if memory.outgoing.pending:
                        # The peer answers that, and has not done so yet: to receive now would be in vain.
                        return self._flush()
                except ssl.SSLError:
                    self._flush_quietly()
                    raise
                else:
                    return None if self._has_ended_handshake() else False

    def _has_ended_handshake(self) -> bool:
        memory = self.memory
        memory.holds = memory.incoming.pending > 0
        if memory.outgoing.pending:
            if not self._flush():
                return False
        elif not memory.holds:
            # The server says nothing more, because it gives no ticket. The first request of a client that leaves
            # Nagle's algorithm on would wait for the acknowledgement, 40 ms.
            acknowledge(self)
        self.began, self._begins = b"", False
        return True

    def _has_said_end(self) -> bool:
        with self._lock:
            self.memory.end()
            return not (self._unsent or self.memory.outgoing.pending) or self._flush()
