"""The server as a handler sees it, also if it is a server of another kind.

It knows only the contract of servers. A handler of this library may be given to a server of the standard library, which
has no deadlines and never drains.
"""

import weakref
from collections.abc import Callable
from typing import Any, Final, cast

from typedserver.config import DEFAULT_DEADLINES, DEFAULT_QUIET, Deadlines
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.requests import Address
from typedserver.protocols.servers import AnyServer

# Whether a class of servers has all members of the contract, by the identity of the class: to check each member for
# each connection would cost some microseconds, and a WeakKeyDictionary costs half as much again as this.
_has_contract: Final[dict[int, bool]] = {}


def context_of(server: object) -> ServerContext:
    """Return the server itself, or a ForeignContext of it if it lacks a member of ServerContext; from any thread."""
    whole = _has_contract.get(id(type(server)))
    if whole is None:
        whole = _check_class_of(server)
    # By a name of its own: cast() would be a call.
    known: Any = server
    context: ServerContext = known if whole else ForeignContext(server)
    return context


def _check_class_of(server: object) -> bool:
    kind = type(server)
    # The number may be another class's later.
    weakref.finalize(kind, _has_contract.pop, id(kind), None).atexit = False
    _has_contract[id(kind)] = whole = isinstance(server, ServerContext)
    return whole


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
        """The server's own address; raises AttributeError if it has none."""
        return cast("ServerContext", self._server).server_address

    def request_stop(self) -> None:
        """Shut the server down; not from the server's own thread, which would wait for itself."""
        cast("AnyServer", self._server).shutdown()

    def call_when_draining(self, about: object, callback: Callable[[], object]) -> None:
        """Do nothing: it never drains."""

    def forget_when_draining(self, about: object) -> None:
        """Do nothing: nothing was kept."""


_conforms: type[ServerContext] = ForeignContext
