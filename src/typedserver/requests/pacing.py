"""Pacing of a server's connections: each is made one that keeps the rates, as soon as it was accepted.

It knows limits, and whom to hand on to. How a connection keeps its rates, ``sockets/pacing.py`` and
``sockets/paced.py`` say.
"""

import socket
from collections.abc import Callable

from typedserver.config import Limits
from typedserver.errors import CompositionError
from typedserver.lifetime.drain_request import DrainRequest
from typedserver.protocols.endpoints import Endpoint
from typedserver.sockets.accepted import Connection
from typedserver.sockets.paced import PacedConnection
from typedserver.sockets.pacing import Rates


def rates_of(limits: Limits) -> Rates | None:
    """Return the rates that limits give a server; None if they give none."""
    rates = limits.read_rate, limits.write_rate, limits.total_read_rate, limits.total_write_rate
    return None if rates == (None, None, None, None) else Rates(*rates)


def check_paced(endpoint: Endpoint[object, object], limits: Limits) -> None:
    """Raise CompositionError if limits have rates of bytes, and the endpoint gives no connections."""
    if endpoint.request_kind != "connections" and rates_of(limits) is not None:
        raise CompositionError(
            f"{limits!r} has rates of bytes, which pace connections, and {endpoint!r} gives {endpoint.request_kind}: "
            "give Limits(rate=) to bound how many come a second"
        )


class Pacing:
    """The rates of one server in this process: made by the first loop that serves, lifted when the server drains.

    limits: which there are. drain_request: asked for, they are lifted.

    rates: None if there are none, or if no loop has served yet.
    """

    __slots__ = ("_drain_request", "_limits", "rates")

    def __init__(self, limits: Limits, drain_request: DrainRequest) -> None:
        self._limits = limits
        self._drain_request = drain_request
        self.rates: Rates | None = None

    def begin(self) -> Rates | None:
        """Return the rates; None: there are none."""
        if self.rates is None:
            self.rates = rates_of(self._limits)
            if self.rates is not None:
                self._drain_request.call(self.rates, self.rates.lift)
        return self.rates

    def paced(self, accepted: Callable[[object, object], object]) -> Callable[[object, object], object]:
        """Return what makes a connection keep the rates, then hands it on; without rates ``accepted`` itself."""
        rates = self.rates
        if rates is None:
            return accepted

        def accept(request: object, client_address: object) -> object:
            kind = type(request)
            if kind is not Connection and kind is not socket.socket:
                raise CompositionError(
                    f"Limits with rates cannot pace a {kind.__name__}, because that reads and writes in its own way: "
                    "have get_request() return what the listener of TCP or UnixStream does"
                )
            assert isinstance(request, socket.socket)
            return accepted(PacedConnection.of(request, rates.pacer()), client_address)

        return accept

    def close(self) -> None:
        """End them: whoever waits by them is over."""
        if self.rates is not None:
            self.rates.close()
