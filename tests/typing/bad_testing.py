"""What is there for tests hides no mistake that would be one without it."""

import errno
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from typedserver import TCP, UDP, Server, Stream, datagram_handler, stream_handler
from typedserver.testing import Faults, Faulty, Socketpairs, serving


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

# A server of another class is served in a Group
serving(ThreadingHTTPServer(("", 0), BaseHTTPRequestHandler))  # error: [type-var] (reportArgumentType)
serving(TCP(port=0))  # error: [type-var] (reportArgumentType)
serving(Server(TCP(port=0), chat), 1.0)  # error: [call-arg] (reportCallIssue)
