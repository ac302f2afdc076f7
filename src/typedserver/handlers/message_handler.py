"""A handler made of a function of a message."""

import functools
import inspect
from collections.abc import Callable, Coroutine
from typing import Any, ClassVar, Generic, cast, overload

from typing_extensions import TypeVar

from typedserver.coroutines.pending import result_of
from typedserver.errors import CompositionError
from typedserver.protocols.handlers import HandlerMarks, ServerContext
from typedserver.protocols.messages import Message_contra, MessageT, Pending
from typedserver.recipes import name_of

_Result_co = TypeVar("_Result_co", covariant=True, default=None)


class MessageHandler(Generic[Message_contra, _Result_co]):
    """A function of a message, as a handler of a source; made by ``message_handler``.

    Its result is None, or the coroutine that waits for what the function has returned, if that is a Pending.
    """

    marks: ClassVar[HandlerMarks] = HandlerMarks(request_kind="messages")

    def __init__(self, function: Callable[..., object]) -> None:
        self._function = function
        functools.update_wrapper(self, function)

    def __call__(self, request: Message_contra, _delivery: object, _server: ServerContext, /) -> _Result_co:
        """Call the function; what it returns is not kept, but waited for if it is a Pending."""
        returned = self._function(request)
        result: Any = None
        if returned is not None and isinstance(returned, Pending):
            result = _wait(cast("Pending[object]", returned))
        known: _Result_co = result
        return known

    def __repr__(self) -> str:
        return name_of(self._function)


async def _wait(pending: Pending[object]) -> None:
    await result_of(pending)


@overload
def message_handler(function: Callable[[MessageT], None], /) -> MessageHandler[MessageT, None]: ...


@overload
def message_handler(
    function: Callable[[MessageT], Pending[object]], /
) -> MessageHandler[MessageT, Coroutine[Any, Any, None]]: ...


def message_handler(function: Callable[..., object], /) -> object:
    """Make a handler of a function of a message, for a source: ``message_handler(ship)``.

    The function returns None, and the message is done when it returns; or it returns a Pending, the Future of a result:
    ``Submitted`` does, whose function runs in an executor. The message is done when that is, and the result is not
    kept. If the request is cut, the Pending is cancelled. A function of the first kind needs a strategy whose handlers
    may block; one of the second kind fits all strategies.

    If it raises, the message has failed. A handler that wants to know more is ``f(message, delivery, server)``, an
    ``async def`` of these, or a BaseRequestHandler, and needs no decorator.

    Raises CompositionError for an ``async def``, and for what is no function of one argument.
    """
    if inspect.iscoroutinefunction(function):
        raise CompositionError(
            f"message_handler takes no `async def`, and {name_of(function)} is one: serve with an "
            "`async def f(message, delivery, server)`, which needs no decorator"
        )
    try:
        inspect.signature(function).bind(None)
    except ValueError:
        # Some builtins have no signature.
        pass
    except TypeError:
        raise CompositionError(f"message_handler takes a function of a message, not {function!r}") from None
    return MessageHandler[Any, Any](function)
