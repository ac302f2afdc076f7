"""The server as a handler sees it, also if it is one of another kind.

It knows the contract of servers alone. A handler of this library may be given to a server of the standard library,
which has no deadlines and never drains.
"""

from collections.abc import Callable
from typing import cast
from weakref import WeakKeyDictionary

from typedserver.config import DEFAULT_DEADLINES, DEFAULT_QUIET, Deadlines
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import Address
from typedserver.protocols.servers import AnyServer

# Which classes of servers have all members of the contract: to look at each of these for each connection would cost
# some microseconds.
_has_contract: WeakKeyDictionary[type, bool] = WeakKeyDictionary()


def context_of(server: object) -> ServerContext:
    """Return the server itself; one that lacks a member of ServerContext behind a ForeignContext."""
    kind = type(server)
    whole = _has_contract.get(kind)
    if whole is None:
        whole = _has_contract[kind] = isinstance(server, ServerContext)
    return cast("ServerContext", server) if whole else ForeignContext(server)


class ForeignContext:
    """A server of another kind as a handler sees it: it has the usual deadlines, and never drains."""

    __slots__ = ("_server",)

    deadlines: Deadlines = DEFAULT_DEADLINES
    quiet: float = DEFAULT_QUIET
    draining: bool = False

    def __init__(self, server: object) -> None:
        self._server = server

    @property
    def server_address(self) -> Address:
        """The server's own; raises AttributeError if it has none."""
        return cast("ServerContext", self._server).server_address

    def request_stop(self) -> None:
        """Shut the server down; not from its own thread, which would wait for itself."""
        cast("AnyServer", self._server).shutdown()

    def call_when_draining(self, about: object, callback: Callable[[], object]) -> None:
        """Do nothing: it never drains."""

    def forget_when_draining(self, about: object) -> None:
        """Do nothing: nothing was kept."""


_conforms: type[ServerContext] = ForeignContext
