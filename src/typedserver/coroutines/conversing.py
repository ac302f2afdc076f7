"""Conversing: runs the exchange of messages of one connection over a ``Stream``, under every strategy.

It has the stream's deadlines, limits, drain and outbox. It knows exchanges by their contract, nothing of messages.
"""

import socket
from typing import Final, TypeGuard, cast

from typedserver.coroutines.drive import exchange_classes
from typedserver.coroutines.reading import LARGEST_RECEIVE
from typedserver.coroutines.stream import Stream
from typedserver.coroutines.waits import Calls, Parked, wait_for
from typedserver.errors import CompositionError
from typedserver.messages.bases import BaseExchange
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.messages import MessageExchange

# The classes whose objects are no exchanges, such as classes of handlers: to look for each member of the contract takes
# ten microseconds and more before Python 3.12. Bounded, because a program may make a class for each request.
_other_classes: Final[set[type]] = set()
_MOST_OTHERS: Final = 1000


def is_exchange(result: object) -> TypeGuard[MessageExchange]:
    """Whether what a handler has returned is an exchange of messages, which is still to be run.

    Raises CompositionError for a BaseExchange that lacks a member.
    """
    kind = type(result)
    if kind in exchange_classes:
        return True
    if kind in _other_classes:
        return False
    if isinstance(result, MessageExchange):
        exchange_classes.add(kind)
        return True
    if isinstance(result, BaseExchange):
        # It would be dropped otherwise, as anything else that a handler returns.
        raise CompositionError(f"{result!r} is no MessageExchange: it lacks receive, is_idle or is_over")
    if len(_other_classes) < _MOST_OTHERS:
        _other_classes.add(kind)
    return False


async def converse(exchange: MessageExchange, request: object, client_address: object, server: ServerContext) -> None:
    """Run an exchange from its start to its close; raises what it or its connection has ended by.

    request: the connection that the exchange was made for.
    """
    calls = Calls()
    try:
        stream = Stream(cast("socket.socket", request), client_address, server)
        await _converse(exchange, stream, calls, exchange.start(calls.come), until_idle=False)
    finally:
        exchange.close()
    error = exchange.error
    if error is not None:
        try:
            raise error
        finally:
            # Its traceback names this frame: neither would be freed without the garbage collector.
            del error, exchange


async def converse_until_idle(
    exchange: MessageExchange, stream: Stream[object, ServerContext], calls: Calls, unsent: bytes
) -> None:
    """Go on with an exchange that was started, until it is over, or idle and waits for its peer.

    calls: its wakes; the caller passes them on. unsent: what is to be sent first.
    """
    await _converse(exchange, stream, calls, unsent, until_idle=True)


async def _converse(
    exchange: MessageExchange, stream: Stream[object, ServerContext], calls: Calls, data: bytes, *, until_idle: bool
) -> None:
    received: bytes | None
    while True:
        if data:
            await stream.write(data)
        if exchange.is_over:
            return
        if exchange.is_idle:
            if until_idle and exchange.waits_for_peer and not calls.has_come:
                return
            stream.message_done()
        else:
            # A write ends a message as the stream sees it, and others may have begun.
            stream.message_begun()
        if not exchange.wants_data:
            # Also if a call has come: an exchange that has more to do calls itself, so that others have their turn.
            await wait_for(Parked(calls.start, exchange.deadline))
            received = None
        elif calls.has_come:
            received = None
        elif exchange.waits_for_peer and not exchange.awaits_wake:
            received = await stream.read(LARGEST_RECEIVE)
        else:
            received = await stream.receive_or_call(
                calls.start, exchange.deadline, waits_for_peer=exchange.waits_for_peer
            )
        if received is None:
            # First, because a call that comes from now on may be for what ``proceed`` has looked at already.
            calls.has_come = False
            data = exchange.proceed()
        else:
            data = exchange.receive(received)
