"""TLS between two memories: what OpenSSL makes of what has come, and of what is to be sent.

It knows no socket and no wait: who has the descriptor brings what was received, and sends what lies in ``outgoing``. So
OpenSSL never sees what the kernel says of a connection, such as an end of reading that is our own.

One thread at a time may use it: objects of the module ``ssl`` had no lock of their own before Python 3.13.4.
"""

import ssl
from typing import Final

# The plain bytes of one record at most (RFC 8446, 5.1); one read of OpenSSL's brings no more.
RECORD: Final = 16 * 1024


class Broken(ssl.SSLError, ConnectionAbortedError):  # noqa: N818 - named for what it says, as the errors of errors.py
    """What a peer has sent is no TLS, was changed on its way, or says that the peer gives up (a fatal alert)."""


class TLSMemory:
    """One end of a TLS connection.

    context: its keys and rules. received: what was received before it was made.

    object: OpenSSL's part. incoming, outgoing: what was received, and what is to be sent.
    plain: what was decrypted and not read yet.
    holds: whether something that has come may be decrypted.
    fault: what was wrong with what has come.
    ended: whether the peer has said that it sends no more (close_notify).
    silent: whether we have said so.
    """

    __slots__ = ("ended", "fault", "holds", "incoming", "object", "outgoing", "plain", "silent")

    def __init__(
        self, context: ssl.SSLContext, *, server_side: bool, server_hostname: str | None, received: bytes
    ) -> None:
        self.incoming: Final = ssl.MemoryBIO()
        self.outgoing: Final = ssl.MemoryBIO()
        self.object: Final = context.wrap_bio(
            self.incoming, self.outgoing, server_side=server_side, server_hostname=server_hostname
        )
        if received:
            self.incoming.write(received)
        self.plain: bytes = b""
        self.holds: bool = bool(received)
        self.fault: Broken | None = None
        self.ended: bool = False
        self.silent: bool = False

    def take(self, size: int) -> bytes:
        """Take up to so many bytes of what can be decrypted; b"" for nothing: see ``ended`` and ``fault``."""
        data = self.plain
        if data:
            self.plain = data[size:]
            data = data[:size]
        if not self.holds:
            return data
        pieces = [data] if data else []
        left = size - len(data)
        read = self.object.read
        try:
            while left:
                most = left if left < RECORD else RECORD  # noqa: FURB136 - min() would cost a call
                piece = read(most)
                if not piece:
                    self.ended, self.holds = True, False
                    break
                pieces.append(piece)
                length = len(piece)
                if length < most and not self.incoming.pending:
                    # The record is read to its end, and none follows. To have OpenSSL say so costs an exception.
                    self.holds = False
                    break
                left -= length
        except ssl.SSLWantReadError:
            self.holds = False
        except ssl.SSLZeroReturnError:
            # So it says the peer's end once we have said our own.
            self.ended, self.holds = True, False
        except ssl.SSLError as fault:
            # What came before it is read first. OpenSSL itself says only the first time what it is.
            self.fault, self.holds = Broken(*fault.args), False
        return pieces[0] if len(pieces) == 1 else b"".join(pieces)

    def gather(self, size: int) -> None:
        """Decrypt so that so many bytes can be read, if they are there."""
        if len(self.plain) < size and self.holds:
            self.plain = self.take(size)

    def write(self, data: memoryview) -> None:
        """Encrypt all of it."""
        write = self.object.write
        while data:
            # OpenSSL takes one record at a time.
            data = data[write(data) :]

    def end(self) -> None:
        """Say to the peer that nothing more will be sent (close_notify); reading goes on."""
        if self.silent:
            return
        self.silent = True
        # OpenSSL looks for the peer's own end there, and what it finds instead would be lost.
        while self.holds:
            self.gather(len(self.plain) + RECORD)
        try:  # noqa: SIM105 - each connection ends so, and contextlib.suppress costs as much as the rest of this
            self.object.unwrap()
        except ssl.SSLError:
            # The peer's own end is not there yet; or the connection is broken already, and nothing can be said.
            pass
