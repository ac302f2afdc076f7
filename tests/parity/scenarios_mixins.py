# The classes are made at run time, from the module under comparison, so a type checker cannot follow them.
# mypy: ignore-errors
# pyright: basic
"""The mix-ins: on our servers, on the other module's, on a program's own classes; their threads and children."""

import contextlib
import os
import threading
import time

from tests.parity.actors import (
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
from tests.parity.world import PATIENCE, scenario

MODES = ("handle_request", "serve_forever")


@scenario(mixin=("ThreadingMixIn", "ForkingMixIn"), server=("TCPServer", "UDPServer"), mode=MODES)
def mixin_of_the_stdlib_on_a_server(world, mixin, server, mode):
    cls = recording(world, getattr(world.std, mixin), getattr(world.ss, server))
    exchange(world, cls(address_for(world, cls), handler_class(world, "Files", cls)), mode=mode)


@scenario(mixin=("ThreadingMixIn", "ForkingMixIn"), server=("TCPServer", "UDPServer"), mode=MODES)
def mixin_on_a_server_of_the_stdlib(world, mixin, server, mode):
    cls = recording(world, getattr(world.ss, mixin), getattr(world.std, server))
    exchange(world, cls(address_for(world, cls), handler_class(world, "Files", cls)), mode=mode)


@scenario(mixin=("ThreadingMixIn", "ForkingMixIn"), mode=MODES)
def mixin_in_the_wrong_order_does_nothing(world, mixin, mode):
    cls = recording(world, world.ss.TCPServer, getattr(world.ss, mixin))
    exchange(world, cls(address_for(world, cls), handler_class(world, "Files", cls)), mode=mode)


@scenario(first=("ThreadingMixIn", "ForkingMixIn"))
def both_mixins_the_first_wins(world, first):
    second = {"ThreadingMixIn": "ForkingMixIn", "ForkingMixIn": "ThreadingMixIn"}[first]
    cls = recording(world, getattr(world.ss, first), getattr(world.ss, second), world.ss.TCPServer)
    exchange(world, cls(address_for(world, cls), handler_class(world, "Files", cls)))


@scenario(mixin=("ThreadingMixIn", "ForkingMixIn"))
def mixin_on_a_class_that_is_no_server(world, mixin):
    class Desk:
        def finish_request(self, request, client_address):
            world.saw("finish", request, client_address)

        def shutdown_request(self, request):
            world.saw("shutdown", request)

        def close_request(self, request):
            world.saw("close", request)

        def handle_error(self, request, client_address):
            world.saw("error", request, client_address)

        def server_close(self):
            world.saw("desk closed")

    desk = recording(world, getattr(world.ss, mixin), Desk)()
    desk.process_request("a request", "a client")
    desk.server_close()


@scenario(mode=MODES)
def mixin_of_a_users_own(world, mode):
    class Doubling:
        def process_request(self, request, client_address):
            world.saw("mixed in")
            super().process_request(request, client_address)  # pyright: ignore[reportAttributeAccessIssue] - of a mix-in

        def server_close(self):
            world.saw("mixed in close")
            super().server_close()  # pyright: ignore[reportAttributeAccessIssue] - of a mix-in

    cls = recording(world, Doubling, world.ss.ThreadingTCPServer)
    exchange(world, cls(address_for(world, cls), handler_class(world, "Files", cls)), mode=mode)


@scenario
def mixin_with_a_constructor_of_its_own(world):
    class Counted:
        def __init__(self, *arguments, **keywords):
            world.saw("constructed")
            super().__init__(*arguments, **keywords)

    class Server(Counted, world.ss.ThreadingMixIn, world.ss.TCPServer):
        pass

    exchange(world, Server(("127.0.0.1", 0), handler_class(world, "Files", Server)))


@scenario(daemon=(True, False), where=("class", "instance"))
def daemon_threads(world, daemon, where):
    class Handler(world.ss.BaseRequestHandler):
        def handle(self):
            world.saw("thread", threading.current_thread().daemon, type(threading.current_thread()) is threading.Thread)
            done.set()

    done = threading.Event()
    cls = world.ss.ThreadingTCPServer
    cls = overriding(cls, daemon_threads=daemon) if where == "class" else cls
    with cls(("127.0.0.1", 0), Handler) as server, client(world, server):
        server.daemon_threads = daemon
        server.handle_request()
        assert done.wait(PATIENCE)


@scenario
def thread_bears_the_name_of_its_target(world):
    class Handler(world.ss.BaseRequestHandler):
        def handle(self):
            world.saw("name", threading.current_thread().name.partition(" ")[2])

    exchange(world, world.ss.ThreadingTCPServer(("127.0.0.1", 0), Handler))


@scenario(block=(True, False), daemon=(True, False))
def server_close_and_a_thread_that_still_runs(world, block, daemon):
    entered, free = threading.Event(), threading.Event()

    class Waiting(world.ss.BaseRequestHandler):
        def handle(self):
            entered.set()
            free.wait(PATIENCE)

    cls = overriding(world.ss.ThreadingTCPServer, block_on_close=block, daemon_threads=daemon)
    server = cls(("127.0.0.1", 0), Waiting)
    with client(world, server):
        server.handle_request()
        assert entered.wait(PATIENCE)
        world.saw("waited for", len(getattr(server._threads, "pop_all", list)()) if daemon else None)
        closer = threading.Thread(target=server.server_close)
        closer.start()
        closer.join(0.05)
        world.saw("closing waits", closer.is_alive() and block and not daemon)
        free.set()
        closer.join()


@scenario
def threads_before_the_first_request(world):
    with world.ss.ThreadingTCPServer(("127.0.0.1", 0), None) as server:
        world.saw("own", "_threads" in vars(server), type(server._threads).__name__.lstrip("_"))
        world.saw("append and join", server._threads.append(None), server._threads.join())


@scenario(block=(True, False))
def threads_after_a_request(world, block):
    cls = overriding(world.ss.ThreadingTCPServer, block_on_close=block)
    server = cls(("127.0.0.1", 0), lambda *_: None)
    with client(world, server):
        server.handle_request()
    world.saw("own", "_threads" in vars(server), isinstance(server._threads, list))
    server.server_close()
    world.saw("left", list(server._threads) if block else None)
    deadline = time.monotonic() + PATIENCE
    while threading.active_count() > 1 and not block and time.monotonic() < deadline:
        time.sleep(0.001)


@scenario
def thread_that_cannot_start(world):
    class Refusing(threading.Thread):
        def start(self):
            raise RuntimeError("can't start new thread")

    cls = recording(world, world.ss.ThreadingTCPServer)
    server = cls(address_for(world, cls), None)
    with client(world, server) as peer:
        real, threading.Thread = threading.Thread, Refusing
        try:
            server.handle_request()
        finally:
            threading.Thread = real
        with contextlib.suppress(AttributeError):
            server._threads.pop_all()
        server.server_close()
        world.saw("came", what_came(peer))


@scenario
def process_request_of_a_users_own_that_appends_to_threads(world):
    class Server(world.ss.ThreadingTCPServer):
        def process_request(self, request, client_address):
            self.__dict__.setdefault("_threads", type(world.ss.ThreadingMixIn._threads)())
            thread = threading.Thread(target=self.process_request_thread, args=(request, client_address))
            self._threads.append(thread)
            thread.start()
            thread.join()

    exchange(world, Server(("127.0.0.1", 0), handler_class(world, "Files", Server)))


@scenario(error=(ValueError, SystemExit, KeyboardInterrupt))
def process_request_thread_raises(world, error):
    cls = recording(world, overriding(world.ss.ThreadingTCPServer, process_request_thread=raising(error)))
    with cls(address_for(world, cls), None) as server, client(world, server):
        server.handle_request()


@scenario
def requests_in_threads_run_at_once(world):
    both = threading.Barrier(2, timeout=PATIENCE)

    class Meeting(world.ss.StreamRequestHandler):
        def handle(self):
            both.wait()
            self.wfile.write(b"met")

    server = world.ss.ThreadingTCPServer(("127.0.0.1", 0), Meeting)
    with server, serving(world, server), client(world, server) as one, client(world, server) as other:
        world.saw("came", what_came(one), what_came(other))


@scenario(name=("ForkingTCPServer", "ForkingUDPServer"))
def children_are_counted_and_reaped(world, name):
    cls = server_class(world.ss, name)
    server = cls(address_for(world, cls), handler_class(world, "Base", cls))
    world.saw("before", server.active_children)
    with client(world, server) as peer:
        peer.sendall(b"hello\n")
        server.handle_request()
        children = server.active_children
        world.saw("during", type(children), len(children), all(isinstance(child, int) for child in children))
        server.server_close()
        world.saw("after", len(server.active_children), what_came(peer))


@scenario
def child_is_another_process_and_exits(world):
    class Recording(world.ss.StreamRequestHandler):
        def handle(self):
            self.wfile.write(b"child" if os.getpid() != parent else b"parent")

    parent = os.getpid()
    exchange(world, world.ss.ForkingTCPServer(("127.0.0.1", 0), Recording))


@scenario(error=(None, ValueError, SystemExit, KeyboardInterrupt))
def exit_status_of_a_child(world, error):
    class Ending(world.ss.BaseRequestHandler):
        def handle(self):
            if error is not None:
                raise error(0)

    server = world.ss.ForkingTCPServer(("127.0.0.1", 0), Ending)
    with client(world, server):
        server.handle_request()
        for child in server.active_children:
            _, status = os.waitpid(child, 0)
            world.saw("status", os.waitstatus_to_exitcode(status))
        # Another caller has reaped it, which must do no harm.
        server.server_close()
        world.saw("left", len(server.active_children))


@scenario
def child_whose_shutdown_request_raises_exits_all_the_same(world):
    cls = overriding(world.ss.ForkingTCPServer, shutdown_request=raising(ValueError))
    server = cls(("127.0.0.1", 0), lambda *_: None)
    with client(world, server):
        server.handle_request()
        for child in server.active_children:
            world.saw("status", os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
        server.server_close()


@scenario
def child_keeps_the_servers_socket(world):
    class Looking(world.ss.StreamRequestHandler):
        def handle(self):
            self.wfile.write(str(self.server.socket.fileno() >= 0).encode())

    exchange(world, world.ss.ForkingTCPServer(("127.0.0.1", 0), Looking))


@scenario(mode=MODES)
def fork_that_fails(world, mode):
    def no_fork():
        raise BlockingIOError(11, "Resource temporarily unavailable")

    cls = recording(world, world.ss.ForkingTCPServer)
    fork, os.fork = os.fork, no_fork
    try:
        exchange(world, cls(address_for(world, cls), None), mode=mode)
    finally:
        os.fork = fork


@scenario
def collect_children_by_hand(world):
    cls = recording(world, world.ss.ForkingTCPServer)
    server = cls(address_for(world, cls), lambda *_: None)
    world.saw("none yet", server.collect_children(), server.collect_children(blocking=True))
    with world.catching("collect_children"):
        server.collect_children(True)
    with client(world, server):
        server.handle_request()
        server.collect_children(blocking=True)
        world.saw("left", len(server.active_children))
    server.server_close()


@scenario(bound=(1, 2))
def collect_children_waits_at_the_bound(world, bound):
    cls = overriding(world.ss.ForkingTCPServer, max_children=bound)
    server = cls(("127.0.0.1", 0), lambda *_: None)
    for _ in range(bound):
        with client(world, server):
            server.handle_request()
    server.collect_children()
    world.saw("below", len(server.active_children) < bound)
    server.server_close()


@scenario(bound=(1, 2, 40))
def more_clients_than_children(world, bound):
    cls = overriding(world.ss.ForkingTCPServer, max_children=bound)

    with contextlib.ExitStack() as stack:
        server = stack.enter_context(cls(("127.0.0.1", 0), handler_class(world, "Files", cls)))
        stack.enter_context(serving(world, server))
        peers = [stack.enter_context(client(world, server)) for _ in range(6)]
        for peer in peers:
            peer.sendall(b"hello\n")
        for peer in peers:
            world.saw("came", what_came(peer))


@scenario
def block_on_close_false_leaves_the_child(world):
    reader, writer = os.pipe()

    def wait_for_the_pipe(*_):
        os.close(writer)
        os.read(reader, 1)

    cls = overriding(world.ss.ForkingTCPServer, block_on_close=False)
    server = cls(("127.0.0.1", 0), wait_for_the_pipe)
    with client(world, server):
        server.handle_request()
        server.server_close()
        world.saw("left", len(server.active_children))
        os.close(reader)
        os.close(writer)
        server.collect_children(blocking=True)


@scenario
def children_of_others_are_not_reaped_below_the_bound(world):
    other = os.fork()
    if other == 0:
        os._exit(7)
    exchange(world, world.ss.ForkingTCPServer(("127.0.0.1", 0), lambda *_: None))
    world.saw("ours", os.waitstatus_to_exitcode(os.waitpid(other, 0)[1]))
