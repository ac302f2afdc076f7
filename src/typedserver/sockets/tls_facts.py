"""TLSFacts: what a TLS connection says of itself and its peer, and which methods of a socket it cannot have.

It knows OpenSSL's part of one connection; nothing of descriptors. A method that would go past TLS, and send or receive
in plain text, must be refused here.
"""

import ssl
from typing import TYPE_CHECKING, Never

from typedserver.sockets.tls_memory import TLSMemory


class TLSFacts:
    """What ``TLSConnection`` inherits besides what it does; it has the types of ``ssl.SSLSocket``.

    memory: OpenSSL's part of the connection.
    asked_for: the name that the client has asked for (SNI), if the server has a look at it.
    certificate: our own certificate, in DER, if that is known.
    """

    __slots__ = ()

    memory: TLSMemory
    asked_for: str | None
    certificate: bytes | None

    if not TYPE_CHECKING:
        # They have the types of ``ssl.SSLSocket``.

        @property
        def context(self) -> ssl.SSLContext:
            """The context that it was made by, or that was chosen for the name that the client has asked for."""
            return self.memory.object.context

        @context.setter
        def context(self, context: ssl.SSLContext) -> None:
            self.memory.object.context = context

        @property
        def session(self) -> ssl.SSLSession | None:
            """Its session; a server of this library keeps none."""
            return self.memory.object.session

        @session.setter
        def session(self, session: ssl.SSLSession) -> None:
            self.memory.object.session = session

        @property
        def session_reused(self) -> bool | None:
            """Whether it goes on with an earlier session."""
            return self.memory.object.session_reused

        def getpeercert(self, binary_form: bool = False) -> object:
            """Return the peer's certificate, if it has shown one: DER, or a dict of what was verified."""
            return self.memory.object.getpeercert(binary_form)

        def get_verified_chain(self) -> list[bytes]:
            """Return the certificates by which the peer's was verified, in DER (Python 3.13)."""
            return self.memory.object.get_verified_chain()

        def get_unverified_chain(self) -> list[bytes]:
            """Return the certificates that the peer has shown, in DER (Python 3.13)."""
            return self.memory.object.get_unverified_chain()

        def get_channel_binding(self, cb_type: str = "tls-unique") -> bytes | None:
            """Return what binds a login to this connection."""
            return self.memory.object.get_channel_binding(cb_type)

        def cipher(self) -> tuple[str, str, int] | None:
            """Return the name of the cipher, its protocol and the bits of its key; None before the handshake."""
            return self.memory.object.cipher()

        def shared_ciphers(self) -> list[tuple[str, str, int]] | None:
            """Return the ciphers that the client has offered."""
            return self.memory.object.shared_ciphers()

        def compression(self) -> str | None:
            """Return how it is compressed: it is not."""
            return self.memory.object.compression()

        def selected_alpn_protocol(self) -> str | None:
            """Return the protocol that was agreed on (ALPN)."""
            return self.memory.object.selected_alpn_protocol()

        def selected_npn_protocol(self) -> str | None:
            """Return None: what came before ALPN is gone."""
            return None

        def version(self) -> str | None:
            """Return the version of TLS; None before the handshake."""
            return self.memory.object.version()

        def verify_client_post_handshake(self) -> None:
            """Ask a client of TLS 1.3 for its certificate; it comes with the next reads."""
            self.memory.object.verify_client_post_handshake()

        # What TLS has nothing of

        def dup(self) -> Never:
            """Raise NotImplementedError: two ends cannot share the keys."""
            raise NotImplementedError(f"Can't dup() {type(self).__name__} instances")

        def accept(self) -> Never:
            """Raise ValueError: it is connected."""
            raise _unfit("accept")

        def connect(self, _address: object) -> Never:
            """Raise ValueError: it is connected."""
            raise _unfit("connect")

        def connect_ex(self, _address: object) -> Never:
            """Raise ValueError: it is connected."""
            raise _unfit("connect_ex")

        def sendto(self, *_arguments: object) -> Never:
            """Raise ValueError: it would go past TLS."""
            raise _unfit("sendto")

        def recvfrom(self, *_arguments: object) -> Never:
            """Raise ValueError: it would go past TLS."""
            raise _unfit("recvfrom")

        def recvfrom_into(self, *_arguments: object) -> Never:
            """Raise ValueError: it would go past TLS."""
            raise _unfit("recvfrom_into")

        def recvmsg(self, *_arguments: object) -> Never:
            """Raise NotImplementedError: it would go past TLS."""
            raise NotImplementedError("recvmsg not allowed on a TLS connection")

        def recvmsg_into(self, *_arguments: object) -> Never:
            """Raise NotImplementedError: it would go past TLS."""
            raise NotImplementedError("recvmsg_into not allowed on a TLS connection")

        def sendmsg(self, *_arguments: object) -> Never:
            """Raise NotImplementedError: it would go past TLS."""
            raise NotImplementedError("sendmsg not allowed on a TLS connection")

        def __reduce__(self) -> Never:
            """Raise TypeError: another process has not its keys."""
            raise TypeError(f"cannot send a {type(self).__name__} to another process: its keys are of this one")


def _unfit(method: str) -> ValueError:
    return ValueError(f"{method} is not allowed on a TLS connection")
