"""The endpoints for tests hide no mistake that would be one without them."""

import errno

from typedserver import TCP, UDP, Server, Stream, datagram_handler, stream_handler
from typedserver.testing import Faults, Faulty, Socketpairs


@stream_handler
async def chat(_stream: Stream) -> None: ...


@datagram_handler
def reply(data: bytes) -> bytes:
    return data


Server(Faulty(UDP(port=0)), chat)  # error: [arg-type] (reportArgumentType)
Server(Faulty(TCP(port=0), accept=[errno.EMFILE]), reply)  # error: [arg-type] (reportArgumentType)
Server(Socketpairs(), reply)  # error: [arg-type] (reportArgumentType)
Faulty(chat)  # error: [arg-type] (reportArgumentType)
Faulty(TCP(port=0), accept=["EMFILE"])  # error: [list-item] (reportArgumentType)
Faulty(TCP(port=0), requests=[errno.EMFILE])  # error: [list-item] (reportArgumentType)
Faults(recv=errno.ECONNRESET)  # error: [arg-type] (reportArgumentType)
