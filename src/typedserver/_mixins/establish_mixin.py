"""What the mix-ins have in common: the hooks in which a server of the old style has its connections established.

It knows the hooks of ``socketserver`` and in which order the steps come; what a step does, the recipes know.
"""

import logging
import socket
from typing import TYPE_CHECKING, Any, Final, cast

from typedserver._compat.annotations import AnyRequest
from typedserver._mixins.establisher import AcceptedConnection, Establisher, OldStyle, SocketServer
from typedserver.config import DEFAULT_ESTABLISH
from typedserver.errors import in_a_line, is_disconnect, is_peers_fault
from typedserver.protocols.endpoints import Endpoint
from typedserver.recipes import check_positive

if TYPE_CHECKING:
    from typedserver._compat.base_server import BaseServer as _Mixed
else:
    # The mix-in has no base, because it must mix into any class.
    _Mixed = object

_logger: Final = logging.getLogger("typedserver")


class EstablishMixIn(_Mixed):
    """What the mix-ins of this module have in common; it does nothing by itself.

    Mix one or several of them in before the other classes: ``class Server(TLSMixIn, ThreadingMixIn, TCPServer)``. What
    they do comes in one order, however they are written: the PROXY header, the filter, TLS, who the peer is. All of it
    is done where the request is served, in the thread of a ThreadingMixIn or the child of a ForkingMixIn. So a client
    that is silent holds nobody else, unless the server serves one request after the other.

    Their attributes are read when the server is activated, as ``request_queue_size`` is. Set them in a subclass, or on
    the server before that step.

    establish_timeout: seconds within which all of it must be done; None: a peer that goes on has any time. It is read
    at each request.
    """

    establish_timeout: float | None = DEFAULT_ESTABLISH
    __establisher: Establisher | None = None

    def server_activate(self) -> None:
        """Load what the mix-ins need, then activate the server; raises ListenError or CompositionError before that."""
        vars(self)["_EstablishMixIn__establisher"] = self._made_establisher()
        super().server_activate()

    def _made_establisher(self) -> Establisher:
        check_positive(type(self).__name__, "establish_timeout", self.establish_timeout, "give seconds, or None")
        endpoint: Endpoint[Any, Any] = OldStyle(cast("SocketServer", self))
        for step in (self._behind_proxy, self._filtered, self._encrypted, self._authenticated):
            endpoint = step(endpoint)
        return Establisher(self, endpoint)

    def _establisher(self) -> Establisher:
        """Return what establishes connections; it is made late if a program has not activated the server."""
        made = self.__establisher
        if made is None:
            made = vars(self).setdefault("_EstablishMixIn__establisher", self._made_establisher())
        return made

    # The steps, for the mix-ins

    def _behind_proxy(self, endpoint: Endpoint[Any, Any]) -> Endpoint[Any, Any]:
        return endpoint

    def _filtered(self, endpoint: Endpoint[Any, Any]) -> Endpoint[Any, Any]:
        return endpoint

    def _encrypted(self, endpoint: Endpoint[Any, Any]) -> Endpoint[Any, Any]:
        return endpoint

    def _authenticated(self, endpoint: Endpoint[Any, Any]) -> Endpoint[Any, Any]:
        return endpoint

    # The hooks

    def get_request(self) -> tuple[Any, Any]:
        """Take a request as the server does."""
        # Any, because get_request is a method of the classes behind the mix-in.
        server: Any = super()
        request, client_address = server.get_request()
        self._establisher().accepts()
        if isinstance(request, socket.socket):
            request = AcceptedConnection.taken_over(request)
        return request, client_address

    def verify_request(self, request: AnyRequest, client_address: Any) -> bool:
        """Return whether to serve this request, by its address; if not, it is shut down."""
        return not self._establisher().is_refused(client_address) and super().verify_request(request, client_address)

    def finish_request(self, request: AnyRequest, client_address: Any) -> None:
        """Do what comes before the handler, then have the request finished; ``handle_rejection`` hears of a failure.

        If the handler raises, ``handle_error`` is called with what the handler had.
        """
        establisher = self._establisher()
        # Here as well, because a program's own verify_request may not have asked.
        if establisher.is_refused(client_address):
            return
        if not isinstance(request, socket.socket) or not establisher.listener.establishes:
            super().finish_request(request, client_address)
            return
        accepted = AcceptedConnection.taken_over(request)
        try:
            self.__serve_established(establisher, accepted, client_address)
        finally:
            if accepted is not request:
                # A get_request of the program's own has made the request, which is none any more.
                self.shutdown_request(accepted)

    def __serve_established(self, establisher: Establisher, accepted: AcceptedConnection, client_address: Any) -> None:
        try:
            connection, address = establisher.establish(accepted, client_address, self.establish_timeout)
        except Exception as error:
            if not (is_peers_fault(error) or is_disconnect(error)):
                raise
            self.handle_rejection(accepted, client_address, error)
            return
        try:
            super().finish_request(connection, address)
        except Exception:  # noqa: BLE001 - the hook decides what to report of it
            # By the address that the handler had: behind a proxy the accepted one is the proxy's.
            self.handle_error(connection, address)

    def handle_rejection(self, request: AnyRequest, client_address: Any, error: Exception) -> None:
        """Log in a line why a peer was turned away before its handler, or that it has left.

        This hook is called in the thread or process that serves the request, whose connection is closed by then.

        error: mostly a ``typedserver.Rejected``; PeerTimedOut if it took too long, or an error of a connection that has
        ended.
        """
        del request
        _logger.log(
            logging.INFO if is_peers_fault(error) else logging.DEBUG,
            "%r was turned away: %s",
            client_address,
            in_a_line(error),
        )

    def shutdown_request(self, request: AnyRequest) -> None:
        """End a request: signal its end to the client, as TLS says it if that is spoken, then close it."""
        if not isinstance(request, AcceptedConnection):
            super().shutdown_request(request)
            return
        self._establisher().end(request)
        self.close_request(request)

    def server_close(self) -> None:
        """Close the server."""
        super().server_close()
        if self.__establisher is not None:
            self.__establisher.close()
