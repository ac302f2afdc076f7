"""A handler made of a function of a datagram."""

import contextlib
import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Final, Generic, cast, overload

from typing_extensions import TypeVar

from typedserver.coroutines.datagrams import DatagramContext, send_waiting
from typedserver.coroutines.drive import is_coroutine
from typedserver.coroutines.pending import result_of
from typedserver.errors import CompositionError
from typedserver.protocols.handlers import (
    AdapterAddress_contra,
    AdapterAddressT,
    AdapterServer_contra,
    AdapterServerT,
    HandlerMarks,
    Replying,
    ServerContext,
)
from typedserver.protocols.messages import Pending
from typedserver.protocols.requests import Address, DatagramRequest, DatagramSocket
from typedserver.recipes import name_of
from typedserver.sockets.datagrams import send_reply

_Result_co = TypeVar("_Result_co", covariant=True, default=None)

# How many arguments a function takes that wants the client's address; with the context it is one more.
_DATA_AND_ADDRESS: Final = 2


class DatagramHandler(Generic[AdapterAddress_contra, _Result_co, AdapterServer_contra]):
    """A function of a datagram, as a handler; made by ``datagram_handler``.

    Its result is None, or the coroutine that answers, if the function is an ``async def`` or returns a Pending.
    """

    marks: ClassVar[HandlerMarks] = HandlerMarks(request_kind="datagrams")

    def __init__(self, function: Callable[..., object], *, takes: int) -> None:
        self._function = function
        self._takes = takes
        functools.update_wrapper(self, function)

    def __call__(
        self, request: DatagramRequest, client_address: AdapterAddress_contra, server: AdapterServer_contra, /
    ) -> _Result_co:
        """Send what the function returns as the reply; if it returns None, send nothing.

        If the function is an ``async def``, or the reply is yet to come, return the coroutine that does so.
        """
        data, through = request
        # The endpoint gives one of the kernel's addresses, whatever type the function declares.
        address: Any = client_address
        takes = self._takes
        reply: Any
        if takes == 1:
            reply = self._function(data)
        elif takes == _DATA_AND_ADDRESS:
            reply = self._function(data, address)
        else:
            reply = self._function(data, address, DatagramContext(through, client_address, server))
        result: Any = None
        if type(reply) is bytes:
            send_reply(through, reply, address)
        elif reply is not None:
            result = _finish(through, reply, address)
        known: _Result_co = result
        return known

    def replying(self, through: DatagramSocket, server: ServerContext, /) -> Replying | None:
        """Return the function, for a server that sends what it returns; None of a subclass, which may do more."""
        if type(self) is not DatagramHandler:
            return None
        function, takes = self._function, self._takes
        if takes > _DATA_AND_ADDRESS:

            def in_context(data: bytes, address: object) -> object:
                return self._function(data, address, DatagramContext(through, address, server))

            function = in_context
        return Replying(function, takes > 1, functools.partial(_finish, through))

    def __repr__(self) -> str:
        return name_of(self._function)


def _finish(through: DatagramSocket, reply: Any, client_address: Address) -> Coroutine[Any, Any, None] | None:  # noqa: ANN401 - what a function has returned
    if is_coroutine(reply):
        return _answer(reply, through, client_address)
    if isinstance(reply, Pending):
        return _answer_later(cast("Pending[bytes | None]", reply), through, client_address)
    send_reply(through, reply, client_address)
    return None


async def _answer(answering: Coroutine[Any, Any, Any], through: DatagramSocket, client_address: Address) -> None:
    reply = await answering
    if reply is not None:
        await send_waiting(through, reply, client_address)


async def _answer_later(pending: Pending[bytes | None], through: DatagramSocket, client_address: Address) -> None:
    reply = await result_of(pending)
    if reply is not None:
        await send_waiting(through, reply, client_address)


@overload
def datagram_handler(function: Callable[[bytes], bytes | None], /) -> DatagramHandler[Address]: ...


@overload
def datagram_handler(
    function: Callable[[bytes, AdapterAddressT], bytes | None], /
) -> DatagramHandler[AdapterAddressT]: ...


@overload
def datagram_handler(
    function: Callable[[bytes, AdapterAddressT, DatagramContext[AdapterAddressT, AdapterServerT]], bytes | None], /
) -> DatagramHandler[AdapterAddressT, None, AdapterServerT]: ...


@overload
def datagram_handler(
    function: Callable[[bytes], Pending[bytes | None]], /
) -> DatagramHandler[Address, Coroutine[Any, Any, None]]: ...


@overload
def datagram_handler(
    function: Callable[[bytes, AdapterAddressT], Pending[bytes | None]], /
) -> DatagramHandler[AdapterAddressT, Coroutine[Any, Any, None]]: ...


@overload
def datagram_handler(
    function: Callable[
        [bytes, AdapterAddressT, DatagramContext[AdapterAddressT, AdapterServerT]], Pending[bytes | None]
    ],
    /,
) -> DatagramHandler[AdapterAddressT, Coroutine[Any, Any, None], AdapterServerT]: ...


@overload
def datagram_handler(
    function: Callable[[bytes], Coroutine[Any, Any, bytes | None]], /
) -> DatagramHandler[Address, Coroutine[Any, Any, None]]: ...


@overload
def datagram_handler(
    function: Callable[[bytes, AdapterAddressT], Coroutine[Any, Any, bytes | None]], /
) -> DatagramHandler[AdapterAddressT, Coroutine[Any, Any, None]]: ...


@overload
def datagram_handler(
    function: Callable[
        [bytes, AdapterAddressT, DatagramContext[AdapterAddressT, AdapterServerT]], Coroutine[Any, Any, bytes | None]
    ],
    /,
) -> DatagramHandler[AdapterAddressT, Coroutine[Any, Any, None], AdapterServerT]: ...


def datagram_handler(function: Callable[..., object], /) -> object:
    """Make a handler of a function of a datagram, which returns the reply, or None for no reply.

    The function is ``f(data)``, ``f(data, client_address)`` or ``f(data, client_address, context)``, where ``context``
    is a DatagramContext, by which it may also reply more than once, or later. If it can be called in several of these
    ways, it is called with the fewest arguments.

    It is a ``def``, or an ``async def`` that may await whatever a handler of a Stream may. Of the latter thousands wait
    at once under a multiplexing strategy, which takes no ``def``; Limits(connections=) bounds how many, and what comes
    beyond that waits in the kernel's queue. Under a blocking strategy each waits in its thread or child.

    A ``def`` may also return a Pending, the Future of a reply: ``Submitted`` does, whose function runs in an executor.
    It is waited for as an ``async def`` is, so all strategies fit. If the request is cut, it is cancelled.

    A reply that cannot be delivered is dropped with a line in the log.

    Raises CompositionError if the function can be called in none of these ways.
    """
    return DatagramHandler[Any, Any, Any](function, takes=_arguments_of(function))


def _arguments_of(function: Callable[..., object]) -> int:
    # As with the overloads, fewer arguments go before more: a function that can do without the address does.
    try:
        signature = inspect.signature(function)
    except ValueError:
        # Some builtins (bytes.upper) have no signature; the type checker's first overload takes them for f(data).
        if not isinstance(function, functools.partial):
            return 1
    except TypeError:
        raise CompositionError(f"datagram_handler takes a function, not {function!r}") from None
    else:
        for takes in range(1, _DATA_AND_ADDRESS + 2):
            with contextlib.suppress(TypeError):
                signature.bind(*[None] * takes)
                return takes
    raise CompositionError(
        f"datagram_handler takes f(data), f(data, client_address) or f(data, client_address, context), not {function!r}"
    )
