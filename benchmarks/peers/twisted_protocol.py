"""An echo on Twisted, on its default reactor (epoll under Linux).

``python -m benchmarks.peers.twisted_protocol (--port N | --path P) [--udp]``
"""

from typing import Any

from twisted.internet import reactor as _reactor
from twisted.internet.protocol import DatagramProtocol, Factory, Protocol

from benchmarks.peers.command_line import BACKLOG, announce, read_options

# Any: the module is replaced by the reactor itself, which no type tells.
reactor: Any = _reactor


class Echo(Protocol):
    """Answers a connection; a producer, so that reading stops while the peer does not take its answers."""

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        """Have the transport pause itself."""
        transport: Any = self.transport
        transport.registerProducer(transport, True)

    def connectionLost(self, reason: Any = None) -> None:  # noqa: ARG002, N802 - Twisted's name
        """End the production."""
        transport: Any = self.transport
        transport.unregisterProducer()

    def dataReceived(self, data: bytes) -> None:  # noqa: N802 - Twisted's name
        """Send it back."""
        transport: Any = self.transport
        transport.write(data)


class EchoDatagram(DatagramProtocol):
    """Answers datagrams."""

    def datagramReceived(self, datagram: bytes, addr: Any) -> None:  # noqa: N802 - Twisted's name
        """Send it back."""
        transport: Any = self.transport
        transport.write(datagram, addr)


def main() -> None:
    """Serve until SIGTERM, which Twisted's reactor handles."""
    options = read_options()
    factory = Factory.forProtocol(Echo)
    match options.path is None, options.udp:
        case True, True:
            port = reactor.listenUDP(options.port, EchoDatagram(), interface="127.0.0.1")
        case True, False:
            port = reactor.listenTCP(options.port, factory, backlog=BACKLOG, interface="127.0.0.1")
        case False, True:
            port = reactor.listenUNIXDatagram(options.path, EchoDatagram())
        case _:
            port = reactor.listenUNIX(options.path, factory, backlog=BACKLOG)
    where = options.path if options.path is not None else ("127.0.0.1", port.getHost().port)
    # Once it runs, it handles the signal.
    reactor.callWhenRunning(announce, where)
    reactor.run()


if __name__ == "__main__":
    main()
