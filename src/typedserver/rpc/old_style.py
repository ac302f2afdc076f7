"""RPC servers in the style of ``socketserver``: classes to be inherited from, on those of ``typedserver.compat``.

A program that is written anew needs none of them: ``stream_handler`` and ``datagram_handler`` are handlers for every
strategy.
"""

import logging
import socket
import sys
from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING, Any, Final, cast

from typing_extensions import override

from typedserver import compat
from typedserver._compat.annotations import InetServerAddress, UnixServerAddress
from typedserver.coroutines.context import context_of
from typedserver.coroutines.drive import drive
from typedserver.coroutines.pending import result_of
from typedserver.errors import FramingError
from typedserver.protocols.messages import Pending
from typedserver.protocols.requests import Address
from typedserver.recipes import check_at_least
from typedserver.rpc.answering import LONGEST_DATAGRAM, LONGEST_RECORD, Answering, Authorize, host_of
from typedserver.rpc.programs import Program
from typedserver.rpc.record_marking import Record, RecordMarking

if TYPE_CHECKING:
    from typedserver.compat import TCPServer as _Mixed
else:
    # The mix-in has no base, because it must mix into any class.
    _Mixed = object

_log: Final = logging.getLogger("typedserver")

_FRAMING: Final = RecordMarking()


class RPCMixIn(_Mixed):
    """Answers the calls of RPC programs; mix it in before a server class: ``class Server(RPCMixIn, UnixStreamServer)``.

    server_address, bind_and_activate: as the server class takes them.
    programs: from ``Version.served_by``; any number of programs and versions.
    authorize, idempotent, replies_kept, bytes_kept: as in ``stream_handler``.

    max_record_size: the most bytes of a call over a stream. It may be set on the class or on the server.

    A connection is served until it ends, its calls one after the other; a Future is waited for in place. Replies are
    kept in one process: the children of a forking server keep none for one another.

    Raises as ``stream_handler`` does, and OSError if the address cannot be bound.
    """

    max_record_size: int = 2**20

    def __init__(
        self,
        server_address: InetServerAddress | UnixServerAddress,
        programs: Sequence[Program],
        bind_and_activate: bool = True,
        *,
        authorize: Authorize | None = None,
        idempotent: Collection[str] = (),
        replies_kept: int = 1024,
        bytes_kept: int = 2**24,
    ) -> None:
        name = type(self).__name__
        check_at_least(name, "max_record_size", self.max_record_size, 1, "give the longest call in bytes")
        streams = not issubclass(type(self), compat.UDPServer)
        self._answering: Final = Answering(
            name,
            programs,
            authorize=authorize,
            idempotent=idempotent,
            replies_kept=replies_kept,
            bytes_kept=bytes_kept,
            joins=streams,
            longest=LONGEST_RECORD if streams else LONGEST_DATAGRAM,
        )
        handler = _StreamCalls if streams else _DatagramCalls
        super().__init__(cast("InetServerAddress", server_address), handler, bind_and_activate)

    def answer(self, message: bytes, client_address: Address) -> bytes | None:
        """Return the reply to a call, None for none; raises FramingError for what is no call. From any thread."""
        peer = client_address if issubclass(type(self), compat.UDPServer) else host_of(client_address)
        reply = self._answering(message, peer, client_address, context_of(self))
        if reply is None or isinstance(reply, bytes):
            return reply
        later: Pending[bytes | None] = reply
        return drive(result_of(later))


class _StreamCalls(compat.StreamRequestHandler[Any, RPCMixIn]):
    """Answers the calls of a connection."""

    @override
    def setup(self) -> None:
        super().setup()
        if self.request.family in (socket.AF_INET, socket.AF_INET6):
            # A reply must not wait until the one before it was acknowledged.
            self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    @override
    def handle(self) -> None:
        try:
            while (message := self._next()) is not None:
                reply = self.server.answer(message, self.client_address)
                if reply is not None:
                    self.wfile.write(_FRAMING.encode(reply))
        except FramingError as error:
            _log.info("the connection of %r was ended: %s", self.client_address, error)

    def _next(self) -> bytes | None:
        """Return the next record, None at the end; raises FramingError."""
        record = Record(self.server.max_record_size)
        while data := self.rfile.read(record.wants):
            if record.feed(data, 0) is not None:
                return bytes(record.content)
        if record.taken:
            raise FramingError(f"the stream ended after {record.taken} bytes of a record")
        return None


class _DatagramCalls(compat.BaseRequestHandler[Any, RPCMixIn]):
    """Answers a datagram."""

    @override
    def handle(self) -> None:
        data, through = self.request
        try:
            reply = self.server.answer(data, self.client_address)
        except FramingError as error:
            _log.debug("a datagram of %r was dropped: %s", self.client_address, error)
            return
        if reply is not None:
            through.sendto(reply, self.client_address)


class TCPRPCServer(RPCMixIn, compat.TCPServer):
    """Serves RPC over TCP, one connection after the other: ``TCPRPCServer(("", 0), [CALC_V1.served_by(service)])``."""


class UDPRPCServer(RPCMixIn, compat.UDPServer):
    """Serves RPC over UDP, one call after the other."""

    # A packet is cut to this: a longer one than UDP has does not come.
    max_packet_size = 2**16


class ThreadingTCPRPCServer(compat.ThreadingMixIn, TCPRPCServer):
    """Serves RPC over TCP, a thread for each connection."""


class ThreadingUDPRPCServer(compat.ThreadingMixIn, UDPRPCServer):
    """Serves RPC over UDP, a thread for each call."""


if sys.platform != "win32":

    class ForkingTCPRPCServer(compat.ForkingMixIn, TCPRPCServer):
        """Serves RPC over TCP, a process for each connection."""

    class ForkingUDPRPCServer(compat.ForkingMixIn, UDPRPCServer):
        """Serves RPC over UDP, a process for each call; a call that comes again is run again."""
