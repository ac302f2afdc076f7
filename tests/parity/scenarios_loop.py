# The classes are made at run time, from the module under comparison, so a type checker cannot follow them.
# mypy: ignore-errors
# pyright: basic
"""serve_forever, shutdown, handle_request, timeouts; private names that programs use; sockets that are replaced."""

import select
import socket
import threading
import time

from tests.parity.actors import (
    PLAIN,
    address_for,
    client,
    exchange,
    handler_class,
    overriding,
    raising,
    recording,
    server_class,
    serving,
    what_came,
)
from tests.parity.world import scenario


def files_server(world, cls, **keywords):
    return cls(address_for(world, cls), handler_class(world, "Files", cls), **keywords)


def ask(world, server, data=b"hello\n"):
    with client(world, server) as peer:
        peer.sendall(data)
        if peer.type == socket.SOCK_DGRAM:
            world.saw("came", peer.recv(100))
        else:
            world.saw("came", what_came(peer))


@scenario(name=PLAIN)
def timeout_of_handle_request(world, name):
    cls = recording(world, overriding(server_class(world.ss, name), timeout=0.01))
    with files_server(world, cls) as server:
        world.saw("returned", server.handle_request())


@scenario(name=("ForkingTCPServer", "ThreadingTCPServer"))
def timeout_of_handle_request_with_a_mixin(world, name):
    cls = recording(world, overriding(server_class(world.ss, name), timeout=0.01))
    with files_server(world, cls) as server:
        server.handle_request()


@scenario(of_socket=(None, 0.02, 5, 0), of_server=(None, 0.02, 5, 0))
def timeouts_of_socket_and_server(world, of_socket, of_server):
    cls = recording(world, world.ss.TCPServer)
    with files_server(world, cls) as server:
        server.socket.settimeout(of_socket)
        server.timeout = of_server
        limits = [limit for limit in (of_socket, of_server) if limit is not None]
        if limits and min(limits) < 5:
            start = time.monotonic()
            server.handle_request()
            world.saw("kept", time.monotonic() - start >= min(limits), time.monotonic() - start < 2)
        with client(world, server) as peer:
            peer.sendall(b"hello\n")
            if not limits or min(limits) > 0:
                server.handle_request()
                world.saw("came", what_came(peer))
        world.saw("mode", server.socket.gettimeout())


@scenario
def timeout_of_a_handler_does_not_touch_the_server(world):
    cls = world.ss.TCPServer
    with files_server(world, cls) as server:
        server.timeout = 5
        with serving(world, server):
            ask(world, server)
        world.saw("mode", server.socket.gettimeout(), server.socket.getblocking())


@scenario(error=(ValueError, KeyboardInterrupt))
def handle_timeout_raises(world, error):
    cls = recording(world, overriding(world.ss.TCPServer, timeout=0, handle_timeout=raising(error)))
    with files_server(world, cls) as server, world.catching("handle_request"):
        server.handle_request()


@scenario
def what_an_override_returns_comes_out_of_handle_request(world):
    cls = overriding(world.ss.TCPServer, timeout=0, handle_timeout=lambda self: "timed out")
    with files_server(world, cls) as server:
        world.saw("returned", server.handle_request())
    cls = overriding(world.ss.TCPServer, _handle_request_noblock=lambda self: "handled")
    with files_server(world, cls) as server, client(world, server):
        world.saw("returned", server.handle_request())


@scenario
def serving_again_after_a_shutdown(world):
    cls = recording(world, world.ss.TCPServer)
    with files_server(world, cls) as server:
        for _ in range(3):
            with serving(world, server):
                ask(world, server)


@scenario
def stop_requested_after_serving_is_kept_for_the_next_run(world):
    with files_server(world, world.ss.TCPServer) as server:
        with serving(world, server):
            ask(world, server)
        # The event is still set, so this returns; the flag is not cleared, so the next run ends at once.
        server.shutdown()
        world.saw("ended", server.serve_forever())


@scenario
def stop_requested_before_serving_is_kept(world):
    with files_server(world, world.ss.TCPServer) as server:
        stopper = threading.Thread(target=server.shutdown)
        stopper.start()
        while not server._BaseServer__shutdown_request:
            time.sleep(0.001)
        world.saw("ended", server.serve_forever())
        stopper.join()


@scenario
def private_event_set_lets_shutdown_return_before_serving(world):
    with files_server(world, world.ss.TCPServer) as server:
        server._BaseServer__is_shut_down.set()
        world.saw("returned", server.shutdown())


@scenario(who=("handler", "service_actions", "other thread"))
def private_flag_ends_the_loop(world, who):
    class Server(world.ss.TCPServer):
        def service_actions(self):
            world.saw("service_actions")
            if who == "service_actions":
                self._BaseServer__shutdown_request = True

    class Handler(handler_class(world, "Files", Server)):
        def handle(self):
            super().handle()
            if who == "handler":
                self.server._BaseServer__shutdown_request = True

    with Server(("127.0.0.1", 0), Handler) as server:
        loop = threading.Thread(target=server.serve_forever, args=(0.01,))
        world.loop_threads.add(loop)
        loop.start()
        if who != "service_actions":
            ask(world, server)
        if who == "other thread":
            server._BaseServer__shutdown_request = True
        loop.join()
        world.saw("flag", server._BaseServer__shutdown_request)


@scenario(mode=("handle_request", "serve_forever"))
def overridden_handle_request_noblock_is_used(world, mode):
    def noblock(self):
        world.saw("mine")
        self.socket.accept()[0].close()

    cls = recording(world, overriding(world.ss.TCPServer, _handle_request_noblock=noblock))
    exchange(world, files_server(world, cls), mode=mode)


@scenario(name=PLAIN)
def loop_of_ones_own_over_handle_request_noblock(world, name):
    cls = recording(world, server_class(world.ss, name))
    with files_server(world, cls) as server, client(world, server) as peer:
        peer.sendall(b"hello\n")
        ready, _, _ = select.select([server], [], [], 5)
        world.saw("ready", ready == [server])
        server._handle_request_noblock()
        server.server_close()
        world.saw("came", what_came(peer))


@scenario
def non_blocking_listener_without_a_request(world):
    cls = recording(world, world.ss.TCPServer)
    with files_server(world, cls) as server:
        server.socket.setblocking(False)
        world.saw("returned", server._handle_request_noblock())


@scenario(interval=(0, 0.005, -1))
def ticks(world, interval):
    reached = threading.Event()

    class Ticking(world.ss.TCPServer):
        count = 0

        def service_actions(self):
            self.count += 1
            if self.count == 5:
                reached.set()

    with files_server(world, Ticking) as server, serving(world, server, interval):
        world.saw("ticked", reached.wait(10))


@scenario
def no_ticks_with_interval_none(world):
    class Ticking(world.ss.TCPServer):
        count = 0

        def service_actions(self):
            self.count += 1
            self._BaseServer__shutdown_request = self.count == 2

    with files_server(world, Ticking) as server:
        loop = threading.Thread(target=server.serve_forever, args=(None,))
        loop.start()
        for _ in range(2):
            ask(world, server)
        loop.join()
        world.saw("count", server.count)


@scenario
def interval_by_position_and_keyword(world):
    class Once(world.ss.TCPServer):
        def service_actions(self):
            self._BaseServer__shutdown_request = True

    with files_server(world, Once) as server:
        server.serve_forever(0.01)
        server.serve_forever(poll_interval=0.01)
        with world.catching("serve_forever"):
            server.serve_forever(interval=1)
        world.saw("done")


@scenario(call=("serve_forever", "handle_request", "_handle_request_noblock", "shutdown_after"))
def calls_after_close(world, call):
    cls = recording(world, world.ss.TCPServer)
    server = files_server(world, cls)
    server.server_close()
    with world.catching(call):
        if call == "shutdown_after":
            server._BaseServer__is_shut_down.set()
            server.shutdown()
        else:
            getattr(server, call)()


@scenario(call=("serve_forever", "handle_request"))
def server_without_fileno(world, call):
    class Nothing(world.ss.BaseServer):
        socket = socket.socket()

    Nothing.socket.close()
    with world.catching(call):
        getattr(Nothing("", None), call)()


@scenario(call=("serve_forever", "handle_request"), number=(-1, "text", None))
def fileno_that_is_none(world, call, number):
    cls = overriding(world.ss.TCPServer, fileno=lambda self: number)
    with files_server(world, cls) as server, world.catching(call):
        getattr(server, call)()


@scenario(error=(ValueError, OSError, AttributeError, KeyboardInterrupt))
def fileno_that_raises(world, error):
    cls = overriding(world.ss.TCPServer, fileno=raising(error))
    with files_server(world, cls) as server, world.catching("serve_forever"):
        server.serve_forever()


@scenario
def shutdown_by_a_handler_in_its_thread(world):
    class Stopping(world.ss.StreamRequestHandler):
        def handle(self):
            self.server.shutdown()
            self.wfile.write(b"stopped")

    with world.ss.ThreadingTCPServer(("127.0.0.1", 0), Stopping) as server:
        loop = threading.Thread(target=server.serve_forever, args=(0.01,))
        loop.start()
        ask(world, server)
        loop.join()


@scenario
def shutdown_by_two_threads(world):
    with files_server(world, world.ss.TCPServer) as server, serving(world, server):
        ask(world, server)
        stoppers = [threading.Thread(target=server.shutdown) for _ in range(2)]
        for stopper in stoppers:
            stopper.start()
        for stopper in stoppers:
            stopper.join()


@scenario(name=("TCPServer", "ThreadingTCPServer", "ForkingTCPServer"))
def socket_set_by_hand(world, name):
    # Programs that are given a descriptor do this: they make the server without binding and replace its socket.
    cls = recording(world, server_class(world.ss, name))
    server = files_server(world, cls, bind_and_activate=False)
    server.socket.close()
    server.socket = socket.create_server(("127.0.0.1", 0))
    server.server_address = server.socket.getsockname()
    exchange(world, server, mode="serve_forever")


@scenario(mode=("handle_request", "serve_forever"))
def socket_wrapped_in_a_subclass(world, mode):
    class Wrapping(socket.socket):
        def accept(self):
            connection, client_address = super().accept()
            world.saw("accepted by the wrapper")
            return connection, client_address

    cls = recording(world, world.ss.TCPServer)
    server = files_server(world, cls)
    server.socket = Wrapping(fileno=server.socket.detach())
    exchange(world, server, mode=mode)


@scenario
def socket_wrapped_under_its_number_while_serving(world):
    with files_server(world, world.ss.TCPServer) as server, serving(world, server):
        ask(world, server)
        server.socket = socket.socket(fileno=server.socket.detach())
        ask(world, server)


@scenario
def two_servers_on_one_socket(world):
    first = files_server(world, world.ss.TCPServer)
    second = files_server(world, world.ss.TCPServer, bind_and_activate=False)
    second.socket.close()
    second.socket = first.socket.dup()
    second.server_address = first.server_address
    with first, second:
        with serving(world, first):
            ask(world, first)
        with serving(world, second):
            ask(world, second)


@scenario(name=("TCPServer", "UDPServer"))
def one_server_after_the_other_in_one_thread(world, name):
    cls = server_class(world.ss, name)

    class Once(cls):
        def service_actions(self):
            self._BaseServer__shutdown_request = True

    for _ in range(2):
        with files_server(world, Once) as server, client(world, server) as peer:
            peer.sendall(b"hello\n")
            server.serve_forever(10)
            server.server_close()
            world.saw("came", what_came(peer))
