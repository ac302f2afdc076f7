"""Programs as handlers: of the connections of a stream, and of datagrams. It knows transports, and no message."""

import logging
from collections.abc import Callable, Collection, Coroutine
from typing import Any, Final, cast, final

from typing_extensions import override

from typedserver.coroutines.datagrams import send_waiting
from typedserver.coroutines.pending import result_of
from typedserver.errors import FramingError
from typedserver.handlers.datagram_handler import DatagramHandler
from typedserver.messages.sessions import Sessions
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.messages import Pending, Reply
from typedserver.protocols.requests import Address, DatagramRequest
from typedserver.rpc.answering import LONGEST_DATAGRAM, LONGEST_RECORD, Answering, Authorize, host_of
from typedserver.rpc.programs import Program
from typedserver.rpc.record_marking import RecordMarking

_log: Final = logging.getLogger("typedserver")

_BYTES_KEPT: Final = 2**24

# A message, its peer, the client's address, and the server.
_TAKES: Final = 4


def stream_handler(
    *programs: Program,
    limit: int = 2**20,
    in_flight: int = 64,
    authorize: Authorize | None = None,
    idempotent: Collection[str] = (),
    replies_kept: int = 1024,
    bytes_kept: int = _BYTES_KEPT,
) -> Sessions[Address, ServerContext, bytes, bytes]:
    """Serve programs to the connections of a stream: ``Server(TCP(port=0), rpc.stream_handler(program))``.

    Procedures are called in the order of their calls. Those that return a Future are answered when it is done, so the
    replies of one connection may come in any order: callers find theirs by the number of the call.

    programs: from ``Version.served_by``; any number of programs and versions.
    limit: the most bytes of a call.
    in_flight: how many calls of one connection may wait for a Future; beyond that, reading pauses.
    authorize: called with each Call before its arguments are looked at; returns why the caller is refused, or None. The
    procedure 0 that every version has is open to all.
    idempotent: the names of methods that may run again if their call comes again. Of all others the reply is kept, and
    is repeated for a call that comes again from the same host, over whatever connection. A call that comes again while
    it runs is answered when the first is, by the same reply: nobody would send it a third time.
    replies_kept, bytes_kept: how many replies are kept, in each process of its own, and how many bytes they take; 0
    replies: none. Peers of a Unix socket have no host, and need none, because nothing is lost on their way.

    What a procedure raises is logged, and its caller gets SYSTEM_ERR; ``Denied`` refuses the caller.

    Raises CompositionError for programs that cannot be served together, RecipeError for values that cannot work.
    """
    answering = Answering(
        "stream_handler",
        programs,
        authorize=authorize,
        idempotent=idempotent,
        replies_kept=replies_kept,
        bytes_kept=bytes_kept,
        joins=True,
        longest=LONGEST_RECORD,
    )

    def session(client_address: Address, server: ServerContext, /) -> Callable[[bytes], Reply[bytes]]:
        peer = host_of(client_address)

        def answer(message: bytes, /) -> Reply[bytes]:
            return answering(message, peer, client_address, server)

        return answer

    return Sessions(RecordMarking(limit=limit), session, in_flight=in_flight, in_order=False)


def datagram_handler(
    *programs: Program,
    authorize: Authorize | None = None,
    idempotent: Collection[str] = (),
    replies_kept: int = 1024,
    bytes_kept: int = _BYTES_KEPT,
) -> DatagramHandler[Address, Coroutine[Any, Any, None]]:
    """Serve programs to datagrams: ``Server(UDP(port=0), rpc.datagram_handler(program))``.

    Everything is as in ``stream_handler``, but that a peer is its whole address, and that a call is dropped if it comes
    again while it runs; so is what is no call.

    A caller's address is not proven, so a reply that is larger than its call may be used against others: do not serve
    the whole internet so.
    """
    answering = Answering(
        "datagram_handler",
        programs,
        authorize=authorize,
        idempotent=idempotent,
        replies_kept=replies_kept,
        bytes_kept=bytes_kept,
        joins=False,
        longest=LONGEST_DATAGRAM,
    )
    return _Datagrams(answering)


@final
class _Datagrams(DatagramHandler[Address, Coroutine[Any, Any, None]]):
    """Answers each datagram by one coroutine, so that it fits every strategy."""

    def __init__(self, answering: Answering) -> None:
        super().__init__(answering, takes=_TAKES)
        self._answering: Final = answering

    @override
    async def __call__(self, request: DatagramRequest, client_address: Address, server: ServerContext, /) -> None:
        data, through = request
        try:
            reply = self._answering(data, client_address, client_address, server)
        except FramingError as error:
            _log.debug("a datagram of %r was dropped: %s", client_address, error)
            return
        if reply is not None and type(reply) is not bytes:
            reply = await result_of(cast("Pending[bytes | None]", reply))
        if reply is not None:
            await send_waiting(through, reply, client_address)

    @override
    def __repr__(self) -> str:
        return f"rpc.datagram_handler({self._answering!r})"
