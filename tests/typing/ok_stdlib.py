"""Handler classes of the standard library, typed by their kind, and the library's own programs around them."""

import http.server
import socketserver
import wsgiref.simple_server
import xmlrpc.server
from functools import partial
from typing import assert_type

from typedserver import (
    TCP,
    UDP,
    DatagramRequest,
    Forks,
    InetAddress,
    Inherited,
    Server,
    StreamRequest,
    Threads,
    UnixAddress,
    UnixDatagram,
    UnixStream,
    from_stdlib,
)
from typedserver.handlers.from_stdlib import StdlibHandler

FILES = from_stdlib(http.server.SimpleHTTPRequestHandler)
FOLDER = from_stdlib(partial(http.server.SimpleHTTPRequestHandler, directory="/srv"), timeout=5)
CALLS = from_stdlib(xmlrpc.server.SimpleXMLRPCRequestHandler)
WSGI = from_stdlib(wsgiref.simple_server.WSGIRequestHandler, timeout=None)
PACKETS = from_stdlib(socketserver.DatagramRequestHandler)
EITHER = from_stdlib(socketserver.BaseRequestHandler)


class Echo(socketserver.StreamRequestHandler):
    def handle(self) -> None:
        self.wfile.write(self.rfile.readline())


class PacketEcho(socketserver.DatagramRequestHandler): ...


class Raw(socketserver.BaseRequestHandler): ...


assert_type(FILES, StdlibHandler[StreamRequest])
assert_type(FOLDER, StdlibHandler[StreamRequest])
assert_type(from_stdlib(Echo), StdlibHandler[StreamRequest])
assert_type(PACKETS, StdlibHandler[DatagramRequest])
assert_type(from_stdlib(partial(PacketEcho)), StdlibHandler[DatagramRequest])
assert_type(EITHER, StdlibHandler[StreamRequest | DatagramRequest])
assert_type(from_stdlib(Raw), StdlibHandler[StreamRequest | DatagramRequest])

assert_type(Server(TCP(port=0), FILES, Threads()), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), FOLDER, Forks()), Server[StreamRequest, InetAddress])
assert_type(Server(UnixStream("web.sock"), FILES), Server[StreamRequest, UnixAddress])
assert_type(Server(TCP(port=0), CALLS), Server[StreamRequest, InetAddress])
assert_type(Server(TCP(port=0), WSGI), Server[StreamRequest, InetAddress])
assert_type(Server(UDP(port=0), PACKETS), Server[DatagramRequest, InetAddress])
assert_type(Server(UnixDatagram("d"), from_stdlib(PacketEcho)), Server[DatagramRequest, UnixAddress])
assert_type(Server(TCP(port=0), EITHER), Server[StreamRequest, InetAddress])
assert_type(Server(UDP(port=0), EITHER), Server[DatagramRequest, InetAddress])
assert_type(Server(UDP(port=0), from_stdlib(Raw)), Server[DatagramRequest, InetAddress])
Server(Inherited.stream(fd=3), FILES)
Server(Inherited.datagram(fd=3), PACKETS)


def serve_what_is_annotated(
    streams: type[socketserver.StreamRequestHandler], either: type[socketserver.BaseRequestHandler]
) -> None:
    Server(TCP(port=0), from_stdlib(streams))
    Server(TCP(port=0), from_stdlib(either))
    Server(UDP(port=0), from_stdlib(either))
