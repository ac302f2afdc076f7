"""A turn of plain datagrams: receive one, call the handler's function, send what that returns, and so on.

It is the way of acceptor, intake, strategy, processor and handler in one loop, for a server in which these do nothing
else: calls from one to the next cost a datagram a third of what the kernel does for it. What is not usual is left to
the processor: a handler that fails or waits, and a server that ends. It knows no strategy. Loop's thread only, unless
said otherwise.
"""

from collections.abc import Coroutine
from contextvars import Context, copy_context
from typing import Any, Final

from typedserver.process.callers import is_called_by
from typedserver.protocols.endpoints import Receiving
from typedserver.protocols.handlers import Replying
from typedserver.protocols.requests import DatagramRequest
from typedserver.requests.acceptor import Turn
from typedserver.requests.processor import Processor
from typedserver.sockets.datagrams import send_after
from typedserver.sockets.waiting import DONT_WAIT


class DatagramTurn:
    """Serves the datagrams of one stay in a loop.

    receiving: how they are received. replying: what the handler does with them.
    processor: ends those that are not over when they are answered.

    halted: whether no more is to be received; set from any thread.
    """

    __slots__ = ("_processor", "_receiving", "_replying", "halted")

    def __init__(self, receiving: Receiving, replying: Replying, processor: Processor) -> None:
        self._receiving = receiving
        self._replying = replying
        self._processor = processor
        self.halted: bool = False

    def serve(self, most: int, /) -> bool:  # noqa: C901 - a part of it would cost each datagram a call
        """Serve what waits, at most so many datagrams; returns whether nothing is left.

        Raises what the listener's ``get_request`` does, and what leaves a handler and is no Exception.
        """
        receiving, replying = self._receiving, self._replying
        through, size, spell = receiving.socket, receiving.size, receiving.spell
        receive, send = through.recvfrom, through.sendto
        function, wants_address = replying.function, replying.wants_address
        for _ in range(most):
            try:
                data, address = receive(size, DONT_WAIT)
            except BlockingIOError:
                return True
            # A path is written as it is.
            if spell is not None and type(address) is not str:
                address = spell(address)
            if len(data) == size:
                raise receiving.too_long(address)
            context = copy_context()
            waiting = None
            try:
                reply = context.run(function, data, address) if wants_address else context.run(function, data)
                if type(reply) is bytes:
                    try:
                        send(reply, address)
                    except OSError as error:
                        context.run(send_after, error, through, reply, address)
                elif reply is not None:
                    waiting = context.run(replying.finish, reply, address)
            except BaseException as error:  # noqa: BLE001 - sorted there
                self._end(context, (data, through), address, error=error)
                if self.halted:
                    return False
                continue
            # One look a datagram, as nearly always.
            if waiting is not None or self.halted:
                self._end(context, (data, through), address, waiting=waiting)
                if self.halted:
                    return False
        return False

    def _end(
        self,
        context: Context,
        request: DatagramRequest,
        client_address: object,
        *,
        error: BaseException | None = None,
        waiting: Coroutine[Any, Any, None] | None = None,
    ) -> None:
        """End a request, in its context, as a strategy does in whose thread it was served.

        error: what the handler has failed by. waiting: the coroutine that answers, which is run first.
        """
        processor = self._processor
        try:
            if waiting is None:
                context.run(processor.end_request, request, client_address, error)
            else:
                context.run(processor.run_in_place, waiting, request, client_address)
        except Exception as raised:  # noqa: BLE001 - an overridden hook raised it: it ends the loop, as elsewhere
            processor.fail(raised)
        finally:
            processor.release(request, client_address, None)
        if error is not None and not isinstance(error, Exception):
            raise error

    def is_worker(self) -> bool:
        """Whether the calling thread serves one of its datagrams; from any thread."""
        return is_called_by(_STEPS, lambda turn: turn is self)


# The methods that run a handler's code.
_STEPS: Final = (DatagramTurn.serve.__code__,)

_conforms: type[Turn] = DatagramTurn
