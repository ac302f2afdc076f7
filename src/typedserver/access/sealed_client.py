"""SealedSocket: a client of ``Sealed`` that blocks. It knows a socket; what is sent, ``sealing.py`` makes."""

import contextlib
import socket
import time
from types import TracebackType
from typing import Final, Self

from typedserver.errors import PacketRefused, PeerTimedOut
from typedserver.protocols.requests import Address
from typedserver.security.sealing import SealedClient

# The largest datagram of IPv4 (udp(7)) is below that.
_LARGEST: Final = 65_536


class SealedSocket:
    """Asks a server of ``Sealed``: ``with SealedSocket(("192.0.2.1", 9999), key) as client: client.ask(b"...")``.

    address: the server's: ``(host, port)``, or the path of a Unix socket, which binds this end to a name of its own.
    key, key_id: as for ``SealedClient``.

    One thread at a time. Its owner closes it, best by ``with``. Raises OSError if there is no way to the address, and
    what ``SealedClient`` raises.
    """

    def __init__(self, address: Address, key: bytes, key_id: int = 0) -> None:
        self._seals = SealedClient(key, key_id)
        if isinstance(address, str):
            made = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        else:
            family, kind, proto, _, _ = socket.getaddrinfo(*address[:2], type=socket.SOCK_DGRAM)[0]
            made = socket.socket(family, kind, proto)
        self._socket = made
        try:
            if isinstance(address, str):
                # The kernel gives it an abstract name (unix(7), autobind), so that it can be answered.
                made.bind("")
            made.connect(address)
        except BaseException:
            made.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _traceback: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"<SealedSocket fd={self._socket.fileno()}>"

    def fileno(self) -> int:
        """Return the descriptor, for who waits for several; -1 once it is closed."""
        return self._socket.fileno()

    def close(self) -> None:
        """Close the descriptor; a second call does nothing."""
        self._socket.close()

    def send(self, data: bytes) -> int:
        """Seal and send data; returns its number, which ``receive`` says of what answers it. Raises OSError."""
        number, packet = self._seals.seal_numbered(data)
        self._socket.send(packet)
        return number

    def receive(self, timeout: float | None = None) -> tuple[int, bytes]:
        """Return the next answer with the number of what it answers; what is no answer is dropped.

        timeout: seconds; None: for ever. Raises PeerTimedOut (a TimeoutError) when they are over, OSError if the
        server's machine says that nobody is there (ECONNREFUSED).
        """
        deadline = None if timeout is None else time.monotonic() + timeout
        while True:
            left = None if deadline is None else deadline - time.monotonic()
            if left is not None and left <= 0:
                raise PeerTimedOut(f"no sealed answer came within {timeout:g} s")
            self._socket.settimeout(left)
            try:
                packet = self._socket.recv(_LARGEST)
            except TimeoutError:
                continue
            with contextlib.suppress(PacketRefused):
                return self._seals.open_numbered(packet)

    def ask(self, data: bytes, timeout: float = 5.0) -> bytes:
        """Send data and return the answer to it; earlier ones that come late are dropped.

        timeout: seconds. Raises what ``receive`` raises. A datagram may be lost, and nothing is sent again: the server
        would take that for another request.
        """
        number = self.send(data)
        deadline = time.monotonic() + timeout
        while True:
            try:
                answered, answer = self.receive(max(0.0, deadline - time.monotonic()))
            except PeerTimedOut:
                raise PeerTimedOut(f"no sealed answer came within {timeout:g} s") from None
            if answered == number:
                return answer
