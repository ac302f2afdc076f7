# The classes are made at run time, from the module under comparison, so a type checker cannot follow them.
# mypy: ignore-errors
# pyright: basic
"""The handler classes: how they handle a request, their class attributes, and how they end."""

import functools
import http.server
import io
import os
import re
import socket
import xmlrpc.server

from tests.parity.actors import address_for, client, exchange, overriding, serving, what_came
from tests.parity.world import scenario


def serve_one(world, handler, data=b"hello\n", name="TCPServer"):
    cls = getattr(world.ss, name)
    exchange(world, cls(address_for(world, cls), handler), data=data)


@scenario
def attributes_of_a_base_handler(world):
    def handle(self):
        world.saw(
            "vars", sorted(vars(self)), self.request, self.client_address, type(self.server) is world.ss.TCPServer
        )

    serve_one(world, overriding(world.ss.BaseRequestHandler, handle=handle))


@scenario
def attributes_of_a_stream_handler(world):
    def handle(self):
        world.saw("vars", sorted(vars(self)), self.connection is self.request)
        for file in (self.rfile, self.wfile):
            world.saw("file", isinstance(file, io.BufferedIOBase), file.readable(), file.writable(), file.closed)
        world.saw("fileno", self.wfile.fileno() == self.request.fileno() == self.rfile.fileno())

    serve_one(world, overriding(world.ss.StreamRequestHandler, handle=handle))


@scenario
def attributes_of_a_datagram_handler(world):
    def handle(self):
        world.saw("vars", sorted(vars(self)), self.packet, self.socket is self.server.socket)
        world.saw("files", type(self.rfile), type(self.wfile), self.rfile.read())

    serve_one(world, overriding(world.ss.DatagramRequestHandler, handle=handle), name="UDPServer")


@scenario(rbufsize=(-1, 0, 1, 10_000))
def rbufsize(world, rbufsize):
    def handle(self):
        world.saw("rfile", type(self.rfile), self.rfile.readline())

    serve_one(world, overriding(world.ss.StreamRequestHandler, rbufsize=rbufsize, handle=handle))


@scenario(wbufsize=(-1, 0, 1, 10_000), close=(True, False))
def wbufsize(world, wbufsize, close):
    def handle(self):
        world.saw("wfile", type(self.wfile).__name__.lstrip("_"), self.wfile.write(b"written"), self.rfile.readline())
        if close:
            self.wfile.close()

    serve_one(world, overriding(world.ss.StreamRequestHandler, wbufsize=wbufsize, handle=handle))


@scenario(
    written=(b"", b"bytes", bytearray(b"array"), memoryview(b"a view"), memoryview(b"12345678").cast("I"), "text")
)
def written_to_the_socket(world, written):
    def handle(self):
        self.rfile.readline()
        world.saw("wrote", self.wfile.write(written))
        self.wfile.writelines([b"more", b"lines"])

    serve_one(world, overriding(world.ss.StreamRequestHandler, handle=handle))


@scenario(timeout=(None, 0.02, 5))
def timeout_of_a_stream_handler(world, timeout):
    def handle(self):
        world.saw("timeout", self.connection.gettimeout())
        self.rfile.readline()
        if timeout == 0.02:
            self.rfile.readline()

    serve_one(world, overriding(world.ss.StreamRequestHandler, timeout=timeout, handle=handle))


@scenario(disable=(True, False))
def nagle(world, disable):
    def handle(self):
        world.saw("nodelay", bool(self.connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)))

    serve_one(world, overriding(world.ss.StreamRequestHandler, disable_nagle_algorithm=disable, handle=handle))


@scenario(name=("BaseRequestHandler", "StreamRequestHandler"))
def handler_that_only_sets_up(world, name):
    steps = {step: lambda self, step=step: world.saw(step) for step in ("setup", "handle", "finish")}
    serve_one(world, overriding(getattr(world.ss, name), **steps))


@scenario
def handler_made_by_hand(world):
    # The classes need no server: programs and their tests make them with any stand-in.
    class Line(world.ss.StreamRequestHandler):
        def handle(self):
            world.saw("line", self.rfile.readline(), self.client_address, self.server)

    ours, theirs = socket.socketpair()
    with ours, theirs:
        theirs.send(b"hello\n")
        Line(ours, "nobody", None)
        world.saw("open", ours.fileno() >= 0)


@scenario
def handler_with_a_constructor_of_its_own(world):
    class Greeter(world.ss.StreamRequestHandler):
        def __init__(self, *arguments, greeting, **keywords):
            self.greeting = greeting
            super().__init__(*arguments, **keywords)

        def handle(self):
            self.wfile.write(self.greeting + self.rfile.readline())

    serve_one(world, functools.partial(Greeter, greeting=b"hi, "))


@scenario
def peer_that_is_gone_when_the_files_are_flushed(world):
    class Late(world.ss.StreamRequestHandler):
        wbufsize = -1

        def handle(self):
            self.wfile.write(b"too late")
            self.connection.shutdown(socket.SHUT_WR)

        def finish(self):
            super().finish()
            world.saw("finished", self.wfile.closed, self.rfile.closed)

    serve_one(world, Late)


@scenario
def handler_that_closes_the_request(world):
    def handle(self):
        self.request.close()

    serve_one(world, overriding(world.ss.BaseRequestHandler, handle=handle))


@scenario
def type_arguments_of_a_user_class_do_no_harm(world):
    # Our classes take type arguments. The stdlib's do not, so there the class is used as it is.
    base = world.ss.StreamRequestHandler
    base = base[socket.socket] if hasattr(base, "__class_getitem__") else base

    class Typed(base):
        def handle(self):
            self.wfile.write(self.rfile.readline())

    serve_one(world, Typed)


def _web(world, handler, request, name):
    cls = getattr(world.ss, name)
    with cls(("127.0.0.1", 0), handler) as server:
        # http.server's own server class sets these; a plain one must be given them.
        server.server_name, server.server_port = server.server_address
        with serving(world, server), client(world, server) as peer:
            peer.sendall(request)
            came = what_came(peer)
    world.saw("came", re.sub(rb"(?m)^Date: .*$", b"Date: then", came))


def _quiet(handler):
    return overriding(handler, log_message=lambda self, *_: None)


@scenario(name=("TCPServer", "ThreadingTCPServer", "ForkingTCPServer"), path=("/", "/file", "/missing"))
def simple_http_handler(world, name, path):
    (world.folder / "web").mkdir(exist_ok=True)
    (world.folder / "web" / "file").write_bytes(b"content")
    os.utime(world.folder / "web" / "file", (0, 0))
    handler = functools.partial(_quiet(http.server.SimpleHTTPRequestHandler), directory=str(world.folder / "web"))
    _web(world, handler, f"GET {path} HTTP/1.0\r\n\r\n".encode(), name)


@scenario
def http_with_two_requests_on_one_connection(world):
    class Counting(_quiet(http.server.BaseHTTPRequestHandler)):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            body = self.path.encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

    request = b"GET /one HTTP/1.1\r\n\r\nGET /two HTTP/1.1\r\nConnection: close\r\n\r\n"
    _web(world, Counting, request, "ThreadingTCPServer")


@scenario(name=("TCPServer", "ThreadingTCPServer"))
def xmlrpc_dispatcher_mixed_in(world, name):
    class Server(getattr(world.ss, name), xmlrpc.server.SimpleXMLRPCDispatcher):
        logRequests = False  # noqa: N815 - xmlrpc's name
        _send_traceback_header = False

        def __init__(self, address):
            xmlrpc.server.SimpleXMLRPCDispatcher.__init__(self, False, None, False)
            getattr(world.ss, name).__init__(self, address, xmlrpc.server.SimpleXMLRPCRequestHandler)

    body = b"<methodCall><methodName>pow</methodName><params><param><value><int>2</int></value></param>"
    body += b"<param><value><int>5</int></value></param></params></methodCall>"
    with Server(("127.0.0.1", 0)) as server:
        server.register_function(pow)
        with serving(world, server), client(world, server) as peer:
            peer.sendall(b"POST /RPC2 HTTP/1.0\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body))
            world.saw("came", re.sub(rb"(?m)^Date: .*$", b"Date: then", what_came(peer)))
