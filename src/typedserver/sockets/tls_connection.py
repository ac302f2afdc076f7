"""TLSConnection: a Connection that speaks TLS, by memories of OpenSSL's and a descriptor that it uses itself.

It knows one socket, and how its reads and writes wait for what ``tls_transfer.py`` does without waiting; nothing of
handlers, loops or configurations. OpenSSL never sees the descriptor. So an end of reading of our own is none of the
peer's, one call of the kernel brings many records, a read and a write in two threads do not exchange their limits, and
no thread waits with the lock held.
"""

import errno
import socket
import ssl
from typing import TYPE_CHECKING, Final

from typing_extensions import Buffer, override

from typedserver.protocols.files import SendableFile
from typedserver.protocols.proxied import ProxyHeader
from typedserver.sockets.accepted import Connection
from typedserver.sockets.connection import IPPROTO_TCP, TCP_NODELAY
from typedserver.sockets.limited import send_rest
from typedserver.sockets.paced import PacedConnection, pause_of
from typedserver.sockets.pacing import pause_in_place
from typedserver.sockets.silence import SilenceError
from typedserver.sockets.states import IP_FAMILIES, shape_of
from typedserver.sockets.tls_facts import TLSFacts
from typedserver.sockets.tls_memory import RECORD, TLSMemory
from typedserver.sockets.tls_transfer import AT_ONCE, TLSTransfer
from typedserver.sockets.waiting import DONT_WAIT, wait_until_ready

_PEEK: Final = int(socket.MSG_PEEK)
_WAIT_ALL: Final = int(socket.MSG_WAITALL)

# Past what the classes above do.
_raw_shutdown = socket.socket.shutdown
_fileno = socket.socket.fileno
_gettimeout = socket.socket.gettimeout
_detach = socket.socket.detach


class WouldBlock(ssl.SSLWantReadError, BlockingIOError):  # noqa: N818 - named for what they say, as the errors of errors.py
    """A read on a connection that does not block found nothing; as TLS sockets and as plain ones say it."""


class WouldBlockWriting(ssl.SSLWantWriteError, BlockingIOError):  # noqa: N818 - named for what they say, as the errors of errors.py
    """A write to a connection that does not block found no room; as TLS sockets and as plain ones say it."""


def _refuse_size() -> bytes:
    raise ValueError("negative buffersize in recv")


class TLSConnection(TLSFacts, TLSTransfer, ssl.SSLSocket):  # pyright: ignore[reportIncompatibleMethodOverride] - typeshed says that three methods of an SSLSocket take nothing
    """A connection that speaks TLS. ``do_handshake`` comes first, then it is used as any ``ssl.SSLSocket`` is.

    connection: the connected socket, whose descriptor it takes over.
    context: its keys and rules; it is not changed.
    server_side: whether it is the server's end. server_hostname: the name of the server that a client asks for.
    received: what was received of the peer's first words before.
    suppress_ragged_eofs: whether an end without the peer's word is an end like any other, as for the standard library.
    """

    def __init__(
        self,
        connection: socket.socket,
        context: ssl.SSLContext,
        *,
        server_side: bool = True,
        server_hostname: str | None = None,
        received: bytes = b"",
        suppress_ragged_eofs: bool = False,
    ) -> None:
        # First, because it may refuse: the connection is still its owner's then.
        memory = TLSMemory(context, server_side=server_side, server_hostname=server_hostname, received=received)
        timeout = _gettimeout(connection)
        family, kind, proto = shape_of(connection)
        former = connection if isinstance(connection, Connection) else None
        if type(connection) is Connection:
            # Nearly always. It has no pacer, and nobody waits for it who would have to be told.
            pacer, fd = None, _detach(connection)
        else:
            pacer, fd = None if former is None else former.pacer, connection.detach()
        TLSTransfer.__init__(self, family, kind, proto, fd, memory, received, pacer, server_side=server_side)
        self.asked_for: str | None = None
        self.certificate: bytes | None = None
        self.server_side: bool = server_side
        self.server_hostname: str | None = server_hostname
        self.suppress_ragged_eofs = suppress_ragged_eofs
        self.do_handshake_on_connect: bool = False
        self._timeout = timeout
        if former is not None:
            self.limits: tuple[float | None, float | None] = former.limits
            self.deaf: bool = former.deaf
            self.proxy_header: ProxyHeader | None = former.proxy_header
            former.became = self
        if family in IP_FAMILIES:
            self.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)

    @property
    @override
    def server_name(self) -> str | None:
        return self.asked_for

    # What has come

    @override
    def recv(self, buflen: int = 1024, flags: int = 0) -> bytes:
        """Receive up to so many bytes; fewer only if what was received by then is read. b"" at the end.

        Raises WouldBlock if it may not wait and nothing has come, Truncated if the connection has ended without the
        peer's word, SilenceError or TimeoutError if it has waited too long, Broken for what is no TLS.
        """
        if flags & ~DONT_WAIT:
            return self._receive_specially(buflen, flags)
        if buflen <= 0:
            return b"" if not buflen else _refuse_size()
        if self._timeout != 0 and not flags and self._is_drained:
            # To receive would only find that nothing has come, which costs more than to wait first.
            self._wait(readable=True)
        while True:
            with self._lock:
                data = self._receive(buflen)
            if data is not None:
                return data
            self._wait_for_data(flags)

    def _receive_specially(self, size: int, flags: int) -> bytes:
        if flags & ~(DONT_WAIT | _PEEK | _WAIT_ALL):
            raise ValueError(f"recv of a TLS connection takes MSG_PEEK, MSG_WAITALL and MSG_DONTWAIT, not {flags:#x}")
        if flags & _PEEK:
            return self._peek(size, flags)
        pieces = bytearray()
        while len(pieces) < size:
            data = self.recv(size - len(pieces), flags & DONT_WAIT)
            if not data:
                break
            pieces += data
        return bytes(pieces)

    def _peek(self, size: int, flags: int) -> bytes:
        while True:
            with self._lock:
                self.memory.gather(size)
                # With what the memory has, a look at the kernel's is due only if that is nothing.
                kept = self.memory.plain[:size]
                data = kept or self._receive(size)
                if data and not kept:
                    self.memory.plain = data
            if data is not None:
                return data
            self._wait_for_data(flags)

    @override
    def recv_into(self, buffer: Buffer, nbytes: int | None = None, flags: int = 0) -> int:
        """Receive into a buffer, at most ``nbytes`` of them, as ``recv`` does; returns how many."""
        with memoryview(buffer) as view, view.cast("B") as whole:
            data = self.recv(nbytes or len(whole), flags)
            whole[: len(data)] = data
        return len(data)

    if not TYPE_CHECKING:
        # With the types of ``ssl.SSLSocket``.
        def read(self, len=1024, buffer=None):  # noqa: A002, ANN001, ANN201
            """Receive as ``recv`` or, with a buffer, as ``recv_into`` does."""
            return self.recv(len) if buffer is None else self.recv_into(buffer, min(len, memoryview(buffer).nbytes))

    @override
    def pending(self) -> int:
        """Return how many bytes can be read without receiving anything."""
        with self._lock:
            self.memory.gather(RECORD)
            return len(self.memory.plain)

    # What is to be sent

    @override
    def send(self, data: Buffer, flags: int = 0) -> int:
        """Send data; all of it if the connection may wait, else what the kernel takes now.

        Raises WouldBlockWriting if it may not wait and nothing can be sent, SilenceError or TimeoutError if the peer
        takes nothing for too long, OSError if the connection is lost, BrokenPipeError after ``shutdown(SHUT_WR)``.
        """
        if flags & ~DONT_WAIT:
            raise ValueError(f"send of a TLS connection takes MSG_DONTWAIT, not {flags:#x}")
        view = memoryview(data)
        if view.format != "B" or view.ndim != 1:
            view = view.cast("B")
        with self._lock:
            sent = self._commit(view)
        if sent == len(view):
            return sent
        if flags or self._timeout == 0:
            if not sent:
                raise WouldBlockWriting(ssl.SSL_ERROR_WANT_WRITE, "the kernel takes nothing now")
            return sent
        while sent < len(view):
            self._wait(readable=False)
            with self._lock:
                sent += self._commit(view[sent:])
        return sent

    @override
    def sendall(self, data: Buffer, flags: int = 0) -> None:
        """Send all of it, as ``send`` does."""
        with memoryview(data) as view, view.cast("B") as whole:
            sent = self.send(whole, flags)
            if sent < len(whole):
                send_rest(self.send, whole, sent, flags)

    @override
    def write(self, data: Buffer) -> int:
        """Send as ``send`` does."""
        return self.send(data)

    @override
    def sendfile(self, file: SendableFile, offset: int = 0, count: int | None = None) -> int:
        """Send a file, from ``offset`` on and at most ``count`` bytes; returns how many."""
        if offset:
            file.seek(offset)
        total = 0
        while count is None or total < count:
            data = file.read(AT_ONCE if count is None else min(AT_ONCE, count - total))
            if not data:
                break
            self.sendall(data)
            total += len(data)
        return total

    # Waiting

    def _wait_for_data(self, flags: int) -> None:
        if flags & DONT_WAIT or self._timeout == 0:
            raise WouldBlock(ssl.SSL_ERROR_WANT_READ, "nothing has come")
        self._wait(readable=True)

    def _wait(self, *, readable: bool) -> None:
        """Wait until the kernel can go on, and may; the time begins anew each time that it could."""
        if self._pacer is not None and (paused := pause_of(self, reads=readable)) is not None:
            pause_in_place(paused)
            return
        own = self._timeout
        limit = self.limits[0 if readable else 1] if own is None else own
        fd = _fileno(self)
        # If it was closed meanwhile, the next call says so.
        if fd >= 0 and not wait_until_ready(fd, readable=readable, timeout=limit):
            if own is None:
                raise SilenceError
            raise TimeoutError(f"The {'read' if readable else 'write'} operation timed out")

    @override
    def settimeout(self, value: float | None) -> None:
        """Set how many seconds a read or write may wait; None: as long as ``limits`` says."""
        if value is not None and value < 0:
            raise ValueError("Timeout value out of range")
        self._timeout = value

    @override
    def gettimeout(self) -> float | None:
        """Return what a read may wait."""
        return self.limits[0] if self._timeout is None else self._timeout

    @property
    @override
    def timeout(self) -> float | None:
        """What a read may wait."""
        return self.gettimeout()

    @override
    def setblocking(self, flag: bool) -> None:
        """Have reads and writes wait, or not."""
        self._timeout = None if flag else 0

    @override
    def getblocking(self) -> bool:
        """Return whether reads and writes wait."""
        return self._timeout != 0

    # Beginning and end

    @override
    def do_handshake(self, block: bool = False) -> None:
        """Do the handshake.

        Raises WouldBlock or WouldBlockWriting if it may not wait, Truncated if the peer has ended the connection,
        ssl.SSLError if the handshake failed: the peer hears that as TLS says it (alert).
        """
        while (wants := self.go_on_with_handshake()) is not None:
            if self._timeout == 0:
                if wants:
                    raise WouldBlock(ssl.SSL_ERROR_WANT_READ, "the handshake waits for the peer")
                raise WouldBlockWriting(ssl.SSL_ERROR_WANT_WRITE, "the handshake waits to be sent")
            self._wait(readable=wants)

    @override
    def shutdown(self, how: int) -> None:
        """Say the end of a direction; that of writing as TLS says it too (close_notify), so reading may go on.

        Raises WouldBlockWriting if it may not wait and the kernel does not take the end now: call it again then.
        """
        if how == socket.SHUT_WR:
            while not self._has_said_end():
                if self._timeout == 0:
                    raise WouldBlockWriting(ssl.SSL_ERROR_WANT_WRITE, "the kernel does not take the end now")
                self._wait(readable=False)
        elif how == socket.SHUT_RDWR:
            self._has_said_end()
        _raw_shutdown(self, how)

    @override
    def unwrap(self) -> socket.socket:
        """End TLS on both sides, and return the connection, which is plain from now on.

        Raises what a read does, and OSError if the peer has gone on in plain text already.
        """
        while not self._has_said_end():
            if self._timeout == 0:
                raise WouldBlockWriting(ssl.SSL_ERROR_WANT_WRITE, "the kernel does not take the end now")
            self._wait(readable=False)
        while self.recv(RECORD):
            pass
        if self.memory.incoming.pending:
            raise OSError(errno.EPROTO, "the peer has sent more behind its end of TLS, which is lost")
        family, kind, proto, timeout = self.family, self.type, self.proto, self._timeout
        pacer = self.pacer
        fd = self.detach()
        plain = (
            Connection(family, kind, proto, fd) if pacer is None else PacedConnection(family, kind, proto, fd, pacer)
        )
        plain.settimeout(timeout)
        return plain
