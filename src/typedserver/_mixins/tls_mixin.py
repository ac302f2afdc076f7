"""The mix-in that encrypts: it makes a TLSConfig of its class attributes, and loads the files anew.

It knows configurations and when files are looked at; what is done with them, ``access/tls_listener.py`` knows.
"""

import logging
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal

from typing_extensions import override

from typedserver._mixins.establish_mixin import EstablishMixIn
from typedserver.access.tls import TLS
from typedserver.errors import CompositionError
from typedserver.protocols.endpoints import CertificateState, Endpoint
from typedserver.protocols.requests import StreamRequest
from typedserver.security.openssl import ssl
from typedserver.security.tls_config import TLSConfig

_logger: Final = logging.getLogger("typedserver")


class TLSMixIn(EstablishMixIn):
    """Encrypts each connection; a handler gets an ``ssl.SSLSocket`` as its request.

    ``class Server(TLSMixIn, ThreadingHTTPServer)`` with a ``certfile`` is a server of https. A client that leaves
    without TLS' own word is one that has left, as for the standard library. See ``typedserver.TLSConfig``.

    certfile: a file of PEM with the server's certificate, and those that it was made by.
    keyfile: a file of PEM with its key; None: it stands in ``certfile``.
    password: the password of the key.
    client_ca: a file of PEM with those whose certificates of clients are trusted; None: no client is asked for one.
    client_certificate: whether a client must have one, if ``client_ca`` is set: "required" or "optional".
    alpn: the protocols that the server speaks, the best first.
    tls_config: in place of all these, a ``typedserver.TLSConfig``, which can say more, or a context of the program's
    own. ``TLSConfig(watch=)`` has ``service_actions`` look whether the files have changed.
    """

    certfile: str | Path | None = None
    keyfile: str | Path | None = None
    password: str | bytes | None = None
    client_ca: str | Path | None = None
    client_certificate: Literal["optional", "required"] = "required"
    alpn: Sequence[str] = ()
    tls_config: "TLSConfig | ssl.SSLContext | None" = None

    if TYPE_CHECKING:
        # Datagrams have no TLS here: a type checker refuses a UDPServer behind it.
        @override
        def get_request(self) -> tuple[StreamRequest, Any]: ...

    @override
    def server_activate(self) -> None:
        """Load the files, then activate the server; raises ListenError for a file that cannot be used."""
        super().server_activate()
        _warn_of_ends(self._establisher().listener.certificates)

    def reload(self) -> None:
        """Load the files anew, for the connections that come next; from any thread, but not in a signal handler.

        Raises ListenError for a file that cannot be used, and goes on with what it had.
        """
        listener = self._establisher().listener
        listener.reload()
        _warn_of_ends(listener.certificates)

    @override
    def service_actions(self) -> None:
        """Do regular work, and load files that are watched and have changed."""
        super().service_actions()
        if self._establisher().have_files_changed():
            try:
                self.reload()
            except Exception as error:  # noqa: BLE001 - it goes on with what it had
                _logger.error("%s goes on with the certificates that it had: %s", type(self).__name__, error)  # noqa: TRY400 - the message says where

    @override
    def _encrypted(self, endpoint: Endpoint[Any, Any]) -> Endpoint[Any, Any]:
        return TLS(super()._encrypted(endpoint), self.__config())

    def __config(self) -> "TLSConfig | ssl.SSLContext":
        name = type(self).__name__
        if self.tls_config is not None:
            if self.certfile is not None or self.client_ca is not None:
                raise CompositionError(f"{name} has a tls_config beside its certfile or client_ca: leave one out")
            return self.tls_config
        if self.certfile is None:
            raise CompositionError(f"{name} has no certificate: set certfile, and keyfile if the key is not in it")
        password = self.password
        return TLSConfig(
            certificate=self.certfile,
            key=self.certfile if self.keyfile is None else self.keyfile,
            password=None if password is None else lambda: password,
            client_ca=self.client_ca,
            client_certificate="none" if self.client_ca is None else self.client_certificate,
            alpn=self.alpn,
        )


def _warn_of_ends(certificates: tuple[CertificateState, ...]) -> None:
    from typedserver.security.tls_contexts import warn_of_ends  # noqa: PLC0415 - loads OpenSSL

    warn_of_ends(certificates)
