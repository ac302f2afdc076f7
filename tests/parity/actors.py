# The classes are made at run time, from the module under comparison, so a type checker cannot follow them.
# mypy: ignore-errors
# pyright: basic
"""The actors of the scenarios: servers that record each hook, handlers, clients."""

import contextlib
import gc
import os
import socket
import threading
from typing import Any

from tests.parity.world import PATIENCE

HOOKS = (
    "server_bind",
    "server_activate",
    "get_request",
    "verify_request",
    "process_request",
    "process_request_thread",
    "finish_request",
    "shutdown_request",
    "close_request",
    "handle_error",
    "handle_timeout",
    "service_actions",
    "collect_children",
    "server_close",
    "_handle_request_noblock",
)

PLAIN = ("TCPServer", "UDPServer", "UnixStreamServer", "UnixDatagramServer")
THREADING = ("ThreadingTCPServer", "ThreadingUDPServer", "ThreadingUnixStreamServer", "ThreadingUnixDatagramServer")
FORKING = ("ForkingTCPServer", "ForkingUDPServer", "ForkingUnixStreamServer", "ForkingUnixDatagramServer")
ALL_SERVERS = PLAIN + THREADING + FORKING
ONE_OF_EACH = ("TCPServer", "UDPServer", "ThreadingTCPServer", "ForkingTCPServer")


def server_class(ss, name) -> Any:
    """Return the class; Python 3.11 lacks two of them, and then it is made as a program would write it."""
    if hasattr(ss, name):
        return getattr(ss, name)
    return type(name, (ss.ForkingMixIn, getattr(ss, name.removeprefix("Forking"))), {})


def _recorder(world, hook, owner):
    def recorded(self, *args, **keywords):
        world.saw(hook, *args, *keywords.values())
        return getattr(super(owner[0], self), hook)(*args, **keywords)

    return recorded


def recording(world, *bases, **attributes) -> Any:
    """Make a subclass that records each call of its hooks, then does what its bases do."""
    owner = []
    hooks = [hook for hook in HOOKS if any(hasattr(base, hook) for base in bases)]
    members = {hook: _recorder(world, hook, owner) for hook in hooks}
    owner.append(type("Recording", bases, {**members, **attributes}))
    return owner[0]


def overriding(base, **members) -> Any:
    """Make a subclass with these members."""
    return type(f"Overriding{base.__name__}", (base,), members)


def raising(error):
    def raise_it(self, *args, **keywords):
        raise error("on purpose")

    return raise_it


def address_for(world, cls):
    match cls.address_family:
        case socket.AF_UNIX:
            return world.new_path()
        case socket.AF_INET6:
            return ("::1", 0)
        case _:
            return ("127.0.0.1", 0)


def is_datagram(cls):
    return cls.socket_type == socket.SOCK_DGRAM


def handler_class(world, kind, cls) -> Any:
    """A handler that answers in upper case: through request itself ("Base"), or through rfile and wfile ("Files")."""
    ss = world.ss
    if kind == "Base":

        class Base(ss.BaseRequestHandler):
            def handle(self):
                world.saw("handle", self.request, self.client_address)
                if isinstance(self.request, tuple):
                    self.request[1].sendto(self.request[0].upper(), self.client_address)
                else:
                    self.request.sendall(self.request.recv(100).upper())

        return Base

    class Files(ss.DatagramRequestHandler if is_datagram(cls) else ss.StreamRequestHandler):
        def handle(self):
            line = self.rfile.readline()
            world.saw("handle", line)
            self.wfile.write(line.upper())

    return Files


@contextlib.contextmanager
def client(world, server, address=None):
    """A client's socket, connected."""
    with socket.socket(server.socket.family, server.socket.type) as peer:
        peer.settimeout(PATIENCE)
        if server.socket.family == socket.AF_UNIX and server.socket.type == socket.SOCK_DGRAM:
            peer.bind(world.new_path())
        peer.connect(address or server.server_address)
        yield peer


def _next_piece(peer):
    peer.settimeout(0.05)
    try:
        return peer.recv(100_000)
    except TimeoutError:
        # A request that a raising hook left open is closed when the exception's frames are collected.
        gc.collect()
    peer.settimeout(PATIENCE)
    return peer.recv(100_000)


def what_came(peer) -> Any:
    """All that the server has answered by the end of its work; a reset counts as an end."""
    if peer.type == socket.SOCK_DGRAM:
        return _datagrams(peer)
    with contextlib.suppress(ConnectionResetError):
        return b"".join(iter(lambda: _next_piece(peer), b""))
    return b"<reset>"


def _datagrams(peer):
    peer.setblocking(False)
    came = []
    with contextlib.suppress(BlockingIOError, ConnectionRefusedError):
        while True:
            came.append(peer.recv(100_000))
    return came


@contextlib.contextmanager
def serving(world, server, poll_interval=0.01):
    """Serve in a thread while the block runs, then stop and wait."""

    def serve():
        with world.catching("serve_forever"):
            server.serve_forever(poll_interval=poll_interval)
        world.loop_has_ended()

    loop = threading.Thread(target=serve)
    world.loop_threads.add(loop)
    loop.start()
    try:
        yield loop
    finally:
        server.shutdown()
        loop.join()


def reap_children(server):
    for child in getattr(server, "active_children", None) or ():
        with contextlib.suppress(ChildProcessError):
            os.waitpid(child, 0)


def exchange(world, server, data=b"hello\n", mode="handle_request", requests=1):
    """Let the server serve one client, in either mode, close it, and record the answer."""
    with contextlib.ExitStack() as stack:
        peers = [stack.enter_context(client(world, server)) for _ in range(requests)]
        for peer in peers:
            peer.sendall(data)
            if mode == "handle_request":
                with world.catching("handle_request"):
                    server.handle_request()
        if mode == "serve_forever":
            with serving(world, server):
                world.wait_for_turn()
        # The stdlib closes the socket before it waits, so a datagram's thread may or may not find it closed.
        world.wait_for_workers()
        with world.catching("server_close"):
            server.server_close()
        # If an overridden server_close raised, it has not closed the socket.
        server.socket.close()
        reap_children(server)
        for peer in peers:
            world.saw("came", what_came(peer))
