# The classes are made at run time, from the module under comparison, so a type checker cannot follow them.
# mypy: ignore-errors
# pyright: basic
"""A request's way through the hooks: every server class with every kind of handler, in both ways of serving."""

import socket

from tests.parity.actors import (
    ALL_SERVERS,
    ONE_OF_EACH,
    address_for,
    client,
    exchange,
    handler_class,
    overriding,
    recording,
    server_class,
    serving,
    what_came,
)
from tests.parity.world import scenario

MODES = ("handle_request", "serve_forever")


@scenario(name=ALL_SERVERS, kind=("Base", "Files"), mode=MODES)
def request(world, name, kind, mode):
    cls = recording(world, server_class(world.ss, name))
    exchange(world, cls(address_for(world, cls), handler_class(world, kind, cls)), mode=mode)


@scenario(name=ONE_OF_EACH)
def three_requests(world, name):
    cls = recording(world, server_class(world.ss, name))
    exchange(world, cls(address_for(world, cls), handler_class(world, "Files", cls)), requests=3)


@scenario(name=ALL_SERVERS)
def function_as_handler(world, name):
    def handle(request, client_address, server):
        world.saw("called", request, client_address, isinstance(server, world.ss.BaseServer))

    cls = recording(world, server_class(world.ss, name))
    exchange(world, cls(address_for(world, cls), handle))


@scenario(name=ONE_OF_EACH, mode=MODES)
def verify_request_refuses(world, name, mode):
    cls = overriding(server_class(world.ss, name), verify_request=lambda self, request, client_address: False)
    cls = recording(world, cls)
    exchange(world, cls(address_for(world, cls), handler_class(world, "Files", cls)), mode=mode)


@scenario(
    name=ONE_OF_EACH,
    hook=("process_request", "finish_request", "shutdown_request", "close_request", "process_request_thread"),
)
def hook_that_does_nothing(world, name, hook):
    kept = []
    base = server_class(world.ss, name)
    cls = recording(world, overriding(base, **{hook: lambda self, *args: kept.append(args)}))
    server = cls(address_for(world, cls), handler_class(world, "Files", cls))
    with client(world, server) as peer:
        peer.sendall(b"hello\n")
        server.handle_request()
        server.server_close()
        kept.clear()
        world.saw("came", what_came(peer))


@scenario(name=("TCPServer", "ThreadingTCPServer", "ForkingTCPServer"))
def get_request_gives_a_wrapped_socket(world, name):
    class Wrapped:
        def __init__(self, inner):
            self._inner = inner

        def __getattr__(self, attribute):
            world.saw("wrapped", attribute)
            return getattr(self._inner, attribute)

    def get_request(self):
        connection, client_address = self.socket.accept()
        return Wrapped(connection), client_address

    cls = recording(world, overriding(server_class(world.ss, name), get_request=get_request))
    exchange(world, cls(address_for(world, cls), handler_class(world, "Files", cls)))


@scenario
def get_request_that_blocks_is_borne(world):
    # It accepts two connections for one request, so its second accept waits although select() reported only one.
    def get_request(self):
        first, _ = self.socket.accept()
        first.close()
        world.saw("first")
        return self.socket.accept()

    cls = recording(world, overriding(world.ss.TCPServer, get_request=get_request))
    with cls(address_for(world, cls), handler_class(world, "Files", cls)) as server, serving(world, server):
        with client(world, server) as peer:
            world.wait_until(lambda: world.loop_saw("first"))
            world.saw("came", what_came(peer))
        with client(world, server) as peer:
            peer.sendall(b"hello\n")
            world.saw("came", what_came(peer))
        world.wait_for_turn()


@scenario
def requests_that_are_no_sockets(world):
    # A server without sockets: BaseServer with its own hooks over a pipe of bytes.
    class Lines(world.ss.BaseServer):
        def __init__(self, handler):
            super().__init__("nowhere", handler)
            self.socket, self.feed = socket.socketpair()

        def fileno(self):
            return self.socket.fileno()

        def get_request(self):
            return self.socket.recv(100).decode(), "a client"

        def server_close(self):
            self.socket.close()
            self.feed.close()

    cls = recording(world, Lines)
    server = cls(lambda request, client_address, server: world.saw("got", request, client_address))
    world.saw("address", server.server_address)
    server.feed.send(b"one")
    server.handle_request()
    server.feed.send(b"two")
    with serving(world, server):
        world.wait_for_turn()
    server.server_close()


@scenario(name=("UDPServer", "ThreadingUDPServer"), size=(0, 1, 10, 8192, 8193, 20_000))
def datagram_of_size(world, name, size):
    cls = recording(world, server_class(world.ss, name))
    lengths = []
    server = cls(address_for(world, cls), lambda request, *_: lengths.append(len(request[0])))
    exchange(world, server, data=b"x" * size)
    world.saw("lengths", lengths)


@scenario(size=(1, 5, 100))
def max_packet_size_cuts(world, size):
    cls = overriding(world.ss.UDPServer, max_packet_size=size)
    exchange(world, cls(address_for(world, cls), handler_class(world, "Files", cls)), data=b"hello, world\n")


@scenario
def max_packet_size_of_an_instance_is_read_at_each_request(world):
    cls = world.ss.UDPServer
    server = cls(address_for(world, cls), handler_class(world, "Base", cls))
    server.max_packet_size = 3
    exchange(world, server, data=b"hello, world\n")


@scenario(name=("UDPServer", "ThreadingUDPServer", "ForkingUDPServer", "UnixDatagramServer"))
def datagram_handler_that_writes_nothing_sends_an_empty_reply(world, name):
    cls = recording(world, server_class(world.ss, name))
    exchange(world, cls(address_for(world, cls), world.ss.DatagramRequestHandler))


@scenario
def unix_datagram_peer_without_a_name_cannot_be_answered(world):
    cls = recording(world, world.ss.UnixDatagramServer)
    server = cls(address_for(world, cls), handler_class(world, "Files", cls))
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as peer, server:
        peer.connect(server.server_address)
        peer.send(b"hello\n")
        server.handle_request()


@scenario(name=("TCPServer", "ThreadingTCPServer"))
def client_that_sends_nothing_and_leaves(world, name):
    cls = recording(world, server_class(world.ss, name))
    with cls(address_for(world, cls), handler_class(world, "Files", cls)) as server:
        with client(world, server):
            pass
        server.handle_request()


@scenario(kind=("Base", "Files"))
def client_that_resets(world, kind):
    cls = recording(world, world.ss.TCPServer)
    with cls(address_for(world, cls), handler_class(world, kind, cls)) as server:
        with client(world, server) as peer:
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        server.handle_request()
