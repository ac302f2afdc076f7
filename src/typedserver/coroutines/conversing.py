"""Conversing: runs the exchange of messages of one connection over a ``Stream``, under every strategy.

It has the stream's deadlines, limits, drain and outbox. It knows exchanges by their contract, nothing of messages.
"""

from typing import Any, Final, TypeGuard

from typedserver.coroutines.reading import LARGEST_RECEIVE
from typedserver.coroutines.stream import Stream
from typedserver.coroutines.waits import Calls, Parked, wait_for
from typedserver.errors import CompositionError
from typedserver.messages.bases import BaseExchange
from typedserver.protocols.messages import MessageExchange

# The classes whose objects are exchanges: to check each member of the contract for each connection would cost as much
# as a message. There are as many as a program has, and each lives as long as the program.
_classes: Final[set[type]] = set()


def is_exchange(result: object) -> TypeGuard[MessageExchange]:
    """Whether what a handler has returned is an exchange of messages, which is still to be run.

    Raises CompositionError for a BaseExchange that lacks a member.
    """
    if type(result) in _classes:
        return True
    if isinstance(result, MessageExchange):
        _classes.add(type(result))
        return True
    if isinstance(result, BaseExchange):
        # It would be dropped otherwise, as anything else that a handler returns.
        raise CompositionError(f"{result!r} is no MessageExchange: it lacks receive, is_idle or is_over")
    return False


async def converse(exchange: MessageExchange, request: Any, client_address: Any, server: Any) -> None:  # noqa: ANN401 - what a handler gets, whatever that is
    """Run an exchange from its start to its close; raises what it or its connection has ended by.

    request: the connection that the exchange was made for.
    """
    calls = Calls()
    error: Exception | None = None
    try:
        await _converse(exchange, Stream(request, client_address, server), calls)
        error = exchange.error
    finally:
        exchange.close()
    if error is not None:
        try:
            raise error
        finally:
            # Its traceback names this frame: neither would be freed without the garbage collector.
            del error, exchange


async def _converse(exchange: MessageExchange, stream: Stream[Any, Any], calls: Calls) -> None:
    data = exchange.start(calls.come)
    while True:
        if data:
            await stream.write(data)
        if exchange.is_over:
            return
        if exchange.is_idle:
            stream.message_done()
        received: bytes | None
        if calls.has_come:
            received = None
        elif not exchange.wants_data:
            await wait_for(Parked(calls.start, exchange.deadline))
            received = None
        elif exchange.awaits_wake or exchange.deadline is not None:
            received = await stream.receive_or_call(
                calls.start, exchange.deadline, waits_for_peer=not exchange.awaits_reply
            )
        else:
            received = await stream.read(LARGEST_RECEIVE)
        if received is None:
            # First, because a call that comes from now on may be for what ``proceed`` has looked at already.
            calls.has_come = False
            data = exchange.proceed()
        else:
            data = exchange.receive(received)
