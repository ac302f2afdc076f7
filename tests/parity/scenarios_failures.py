# The classes are made at run time, from the module under comparison, so a type checker cannot follow them.
# mypy: ignore-errors
# pyright: basic
"""What happens to an exception: from every hook, of every kind, in both ways of serving."""

from tests.parity.actors import (
    ONE_OF_EACH,
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

MODES = ("handle_request", "serve_forever")
KINDS = (ValueError, OSError, SystemExit, KeyboardInterrupt)


@scenario(
    name=ONE_OF_EACH,
    hook=("verify_request", "process_request", "finish_request"),
    error=KINDS,
    mode=MODES,
)
def hook_raises(world, name, hook, error, mode):
    cls = recording(world, overriding(server_class(world.ss, name), **{hook: raising(error)}))
    exchange(world, cls(address_for(world, cls), handler_class(world, "Files", cls)), mode=mode)


@scenario(name=("TCPServer", "UDPServer"), error=(ValueError, SystemExit), mode=MODES)
def get_request_raises(world, name, error, mode):
    cls = recording(world, overriding(server_class(world.ss, name), get_request=raising(error)))
    exchange(world, cls(address_for(world, cls), handler_class(world, "Files", cls)), mode=mode)


@scenario(name=ONE_OF_EACH)
def get_request_raises_an_oserror_which_is_ignored(world, name):
    cls = recording(world, overriding(server_class(world.ss, name), get_request=raising(OSError)))
    server = cls(address_for(world, cls), handler_class(world, "Files", cls))
    with server, client(world, server) as peer:
        peer.sendall(b"hello\n")
        world.saw("returned", server.handle_request())


@scenario(name=ONE_OF_EACH, hook=("shutdown_request", "close_request", "handle_error"), error=(ValueError, SystemExit))
def hook_raises_after_a_handler_that_raised(world, name, hook, error):
    cls = recording(world, overriding(server_class(world.ss, name), **{hook: raising(error)}))
    exchange(world, cls(address_for(world, cls), raising_handler(world, cls, "handle", ValueError)))


@scenario(name=("TCPServer", "UDPServer"), hook=("shutdown_request", "close_request"), error=(ValueError, SystemExit))
def hook_raises_after_a_handler_that_did_not(world, name, hook, error):
    cls = recording(world, overriding(server_class(world.ss, name), **{hook: raising(error)}))
    exchange(world, cls(address_for(world, cls), handler_class(world, "Files", cls)))


@scenario(name=ONE_OF_EACH, hook=("service_actions", "server_close"), error=(ValueError, KeyboardInterrupt))
def loop_hook_raises(world, name, hook, error):
    cls = recording(world, overriding(server_class(world.ss, name), **{hook: raising(error)}))
    exchange(world, cls(address_for(world, cls), handler_class(world, "Files", cls)), mode="serve_forever")


def raising_handler(world, cls, step, error):
    class Raising(handler_class(world, "Files", cls)):
        def setup(self):
            world.saw("setup")
            super().setup()
            self._reach("setup")

        def handle(self):
            world.saw("handle")
            self._reach("handle")
            super().handle()

        def finish(self):
            world.saw("finish")
            super().finish()
            self._reach("finish")

        def _reach(self, here):
            if here == step:
                raise error("on purpose")

    return Raising


@scenario(name=ONE_OF_EACH, step=("setup", "handle", "finish"), error=KINDS, mode=MODES)
def handler_raises(world, name, step, error, mode):
    cls = recording(world, server_class(world.ss, name))
    exchange(world, cls(address_for(world, cls), raising_handler(world, cls, step, error)), mode=mode)


@scenario(name=("TCPServer", "ThreadingTCPServer", "ForkingTCPServer"))
def server_goes_on_after_a_handler_that_raised(world, name):
    cls = server_class(world.ss, name)

    class Choosy(handler_class(world, "Files", cls)):
        def handle(self):
            super().handle()
            raise ValueError("on purpose")

    with cls(address_for(world, cls), Choosy) as server, serving(world, server):
        for _ in range(3):
            with client(world, server) as peer:
                peer.sendall(b"hello\n")
                world.saw("came", what_came(peer))


@scenario(error=(ValueError, SystemExit))
def stderr_of_an_instance_without_override(world, error):
    cls = world.ss.TCPServer
    exchange(world, cls(address_for(world, cls), raising_handler(world, cls, "handle", error)))


@scenario
def handle_error_called_by_hand(world):
    cls = world.ss.TCPServer
    with cls(address_for(world, cls), None) as server:
        try:
            raise LookupError("by hand")
        except LookupError:
            world.saw("returned", server.handle_error(None, ("127.0.0.1", 1)))
        server.handle_error(None, "")


@scenario
def handler_that_cannot_be_called(world):
    cls = recording(world, world.ss.TCPServer)
    exchange(world, cls(address_for(world, cls), "no handler"))


@scenario
def handler_of_the_wrong_arity(world):
    cls = recording(world, world.ss.TCPServer)
    exchange(world, cls(address_for(world, cls), lambda: None))
