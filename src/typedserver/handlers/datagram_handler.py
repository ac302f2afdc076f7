"""A handler made of a function of a datagram."""

import contextlib
import functools
import inspect
from collections.abc import Callable
from typing import ClassVar, Generic, cast, overload

from typedserver.errors import CompositionError
from typedserver.protocols.handlers import AdapterAddress_contra, AdapterAddressT, HandlerMarks, ServerContext
from typedserver.protocols.requests import Address, DatagramRequest
from typedserver.recipes import name_of
from typedserver.sockets.datagrams import send_reply


class DatagramHandler(Generic[AdapterAddress_contra]):
    """A function of a datagram, as a handler; made by ``datagram_handler``."""

    marks: ClassVar[HandlerMarks] = HandlerMarks(request_kind="datagrams")

    def __init__(self, function: Callable[..., bytes | None], *, wants_address: bool) -> None:
        self._function = function
        self._wants_address = wants_address
        functools.update_wrapper(self, function)

    def __call__(
        self, request: DatagramRequest, client_address: AdapterAddress_contra, _server: ServerContext, /
    ) -> None:
        """Send what the function returns as the reply; if it returns None, send nothing."""
        data, listener = request
        reply = self._function(data, client_address) if self._wants_address else self._function(data)
        if reply is not None:
            # The endpoint gives one of the kernel's addresses, whatever type the function declares.
            send_reply(listener, reply, cast("Address", client_address))

    def __repr__(self) -> str:
        return name_of(self._function)


@overload
def datagram_handler(function: Callable[[bytes], bytes | None], /) -> DatagramHandler[Address]: ...


@overload
def datagram_handler(
    function: Callable[[bytes, AdapterAddressT], bytes | None], /
) -> DatagramHandler[AdapterAddressT]: ...


def datagram_handler(function: Callable[..., bytes | None], /) -> object:
    """Make a handler of ``f(data)`` or ``f(data, client_address)``, which returns the reply, or None for no reply.

    A reply that cannot be delivered is dropped with a line in the log. If the function can be called either way, it is
    called with the data only.

    Raises CompositionError if the function can be called neither way, or is an ``async def``.
    """
    if inspect.iscoroutinefunction(function):
        raise CompositionError(
            f"datagram_handler takes a plain function, not the `async def` {function!r}: make it a `def`, or give "
            "Server an `async def f(request, client_address, server)` under Inline(), Threads() or Forks()"
        )
    return DatagramHandler(function, wants_address=_wants_address(function))


def _wants_address(function: Callable[..., object]) -> bool:
    # As with the overloads, one argument goes before two: a function that can do without the address does.
    try:
        signature = inspect.signature(function)
    except ValueError:
        # Some builtins (bytes.upper) have no signature; the type checker's first overload takes them for f(data).
        if not isinstance(function, functools.partial):
            return False
    except TypeError:
        raise CompositionError(f"datagram_handler takes a function, not {function!r}") from None
    else:
        for arguments in ((b"",), (b"", "")):
            with contextlib.suppress(TypeError):
                signature.bind(*arguments)
                return len(arguments) > 1
    raise CompositionError(f"datagram_handler takes f(data) or f(data, client_address), not {function!r}")
