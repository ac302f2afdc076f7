# The classes are made at run time, from the module under comparison, so a type checker cannot follow them.
# mypy: ignore-errors
# pyright: basic
"""How a server is made and closed: constructor, class attributes, addresses, closing; and what the module holds."""

import inspect
import os
import pickle
import socket
from unittest import mock

from tests.parity.actors import (
    ALL_SERVERS,
    PLAIN,
    address_for,
    client,
    handler_class,
    overriding,
    raising,
    recording,
    server_class,
    what_came,
)
from tests.parity.world import scenario


def option(server, name):
    return bool(server.socket.getsockopt(socket.SOL_SOCKET, name))


@scenario(name=ALL_SERVERS, active=(True, False))
def construction(world, name, active):
    cls = recording(world, server_class(world.ss, name))
    server = cls(address_for(world, cls), None, bind_and_activate=active)
    world.saw("made", server.server_address == server.socket.getsockname(), server.RequestHandlerClass)
    world.saw("socket", server.socket, server.socket.family.name, server.socket.gettimeout(), server.fileno() >= 0)
    world.saw("options", option(server, socket.SO_REUSEADDR), option(server, socket.SO_REUSEPORT))
    world.saw("inheritable", server.socket.get_inheritable())
    server.server_close()
    world.saw("closed", server.fileno(), server.server_close())


@scenario(name=PLAIN)
def bound_and_activated_by_hand(world, name):
    cls = recording(world, server_class(world.ss, name))
    with cls(address_for(world, cls), handler_class(world, "Files", cls), False) as server:
        server.server_bind()
        server.server_activate()
        with client(world, server) as peer:
            peer.send(b"hello\n")
            server.handle_request()
            world.saw("came", what_came(peer))


@scenario
def keywords(world):
    with world.ss.TCPServer(
        server_address=("127.0.0.1", 0), RequestHandlerClass=None, bind_and_activate=False
    ) as server:
        world.saw("address", server.server_address)
    for arguments in ((), (("127.0.0.1", 0),), (("127.0.0.1", 0), None, True, 1)):
        with world.catching("constructor"):
            world.ss.TCPServer(*arguments)
    server = world.ss.BaseServer(server_address="x", RequestHandlerClass=int)
    world.saw("base", server.server_address, server.RequestHandlerClass, hasattr(server, "socket"), server.timeout)


@scenario(hook=("server_bind", "server_activate"), error=(ValueError, OSError, KeyboardInterrupt))
def hook_of_the_constructor_raises(world, hook, error):
    cls = recording(world, overriding(world.ss.TCPServer, **{hook: raising(error)}))
    with world.catching("constructor"):
        cls(address_for(world, cls), None)


@scenario
def constructor_whose_server_close_raises(world):
    cls = recording(
        world, overriding(world.ss.TCPServer, server_bind=raising(OSError), server_close=raising(ValueError))
    )
    with world.catching("constructor"):
        cls(address_for(world, cls), None)


@scenario
def address_in_use(world):
    with world.ss.TCPServer(("127.0.0.1", 0), None) as server, world.catching("constructor"):
        world.ss.TCPServer(server.server_address, None)


@scenario(
    cls_and_address=(
        ("TCPServer", ("127.0.0.1", -1)),
        ("TCPServer", ("::1", 0)),
        ("TCPServer", "no address"),
        ("TCPServer", ("127.0.0.1", "0")),
        ("UDPServer", ("127.0.0.1",)),
        ("UnixStreamServer", ("127.0.0.1", 0)),
        ("UnixStreamServer", "/" + "long" * 100),
        ("UnixStreamServer", "/no/such/folder/socket"),
    )
)
def address_that_cannot_be(world, cls_and_address):
    name, address = cls_and_address
    with world.catching("constructor"):
        getattr(world.ss, name)(address, None)


@scenario(name=("TCPServer", "UDPServer", "ThreadingTCPServer"))
def ipv6(world, name):
    cls = recording(world, overriding(server_class(world.ss, name), address_family=socket.AF_INET6))
    with cls(("::1", 0), handler_class(world, "Files", cls)) as server, client(world, server) as peer:
        world.saw("address", server.server_address)
        peer.send(b"hello\n")
        server.handle_request()
        server.server_close()
        world.saw("came", what_came(peer))


@scenario
def abstract_unix_address(world):
    with world.ss.UnixStreamServer(b"\0" + os.fsencode(world.new_path()), None) as server:
        world.saw("address", server.server_address)


@scenario(name=("UnixStreamServer", "UnixDatagramServer"))
def unix_path_stays_after_close(world, name):
    path = world.new_path()
    with getattr(world.ss, name)(path, None):
        world.saw("there", os.path.exists(path))
    world.saw("still there", os.path.exists(path))
    with world.catching("constructor"):
        getattr(world.ss, name)(path, None)


@scenario(
    name=("TCPServer", "UDPServer"), attribute=("allow_reuse_address", "allow_reuse_port"), place=("class", "instance")
)
def reuse(world, name, attribute, place):
    cls = server_class(world.ss, name)
    if place == "class":
        server = overriding(cls, **{attribute: True})(address_for(world, cls), None)
    else:
        server = cls(address_for(world, cls), None, bind_and_activate=False)
        setattr(server, attribute, True)
        server.server_bind()
    world.saw("options", option(server, socket.SO_REUSEADDR), option(server, socket.SO_REUSEPORT))
    server.server_close()


@scenario
def subclass_attributes_that_init_sets_before_super(world):
    class Late(world.ss.TCPServer):
        def __init__(self, *arguments):
            self.allow_reuse_address = True
            self.address_family = socket.AF_INET6
            super().__init__(*arguments)

    with Late(("::1", 0), None) as server:
        world.saw("options", option(server, socket.SO_REUSEADDR), server.socket.family.name)


class _Pretender:
    """Stands in for a socket and records what it is asked."""

    def __init__(self, world):
        self._world = world

    def __getattr__(self, name):
        def answer(*arguments):
            self._world.saw("socket", name, *arguments)
            return 7

        return answer


@scenario(backlog=(5, 0, 128), name=PLAIN)
def request_queue_size_is_read_when_listening(world, backlog, name):
    cls = server_class(world.ss, name)
    server = cls(("nowhere", 0), None, bind_and_activate=False)
    server.socket.close()
    server.socket = _Pretender(world)
    server.request_queue_size = backlog
    server.server_bind()
    server.server_activate()
    world.saw("fileno", server.fileno(), server.server_address)
    server.server_close()


@scenario
def context_manager(world):
    cls = recording(world, world.ss.TCPServer)
    with world.catching("with"), cls(address_for(world, cls), None) as server:
        world.saw("entered", isinstance(server, cls))
        raise ValueError("inside")
    world.saw("closed", server.fileno())


@scenario(name=ALL_SERVERS)
def class_order(world, name):
    cls = server_class(world.ss, name)
    world.saw("order", [base.__name__ for base in cls.__mro__])
    world.saw("bases", [base.__name__ for base in cls.__bases__])


@scenario
def names(world):
    world.saw("version", world.ss.__version__)
    for name in sorted(world.std.__all__):
        thing = getattr(world.ss, name)
        world.saw(
            name, name in world.ss.__all__, thing.__name__, thing.__qualname__, thing.__module__ == world.ss.__name__
        )
    known = {"ForkingUnixStreamServer", "ForkingUnixDatagramServer"}
    world.saw("more", sorted(set(world.ss.__all__) - set(world.std.__all__) - known))


@scenario
def subclass_relations(world):
    for one in sorted(world.std.__all__):
        for other in sorted(world.std.__all__):
            world.saw(one, other, issubclass(getattr(world.ss, one), getattr(world.ss, other)))


@scenario
def members(world):
    for name in sorted(world.std.__all__):
        ours, theirs = getattr(world.ss, name), getattr(world.std, name)
        for member in sorted(dir(theirs)):
            if member.startswith("_"):
                continue
            value = getattr(ours, member, "missing")
            if callable(value):
                parameters = inspect.signature(value).parameters.values()
                world.saw(
                    name, member, [(p.name, p.kind.name, p.default is not p.empty and p.default) for p in parameters]
                )
            else:
                world.saw(name, member, value)
        if issubclass(ours, world.ss.BaseServer | world.ss.BaseRequestHandler):
            world.saw(name, "__init__", [p.name for p in inspect.signature(ours).parameters.values()])


@scenario
def unpickled_class_is_the_class(world):
    for name in sorted(world.std.__all__):
        cls = getattr(world.ss, name)
        world.saw(name, pickle.loads(pickle.dumps(cls)) is cls)


def saying(world, what):
    def method(self, *arguments):
        world.saw(what, len(arguments))

    return method


@scenario(base=["TCPServer", "BaseServer", "ThreadingMixIn"], hook=("server_bind", "verify_request", "close_request"))
def patched_base_is_seen_by_subclasses(world, base, hook):
    # Programs and their tests patch the public classes. A class in between keeps its own attributes.
    cls = world.ss.ThreadingTCPServer
    with mock.patch.object(getattr(world.ss, base), hook, saying(world, hook), create=True):
        server = cls(("127.0.0.1", 0), lambda *_: world.saw("handled"))
        if hook == "server_bind":
            server.socket.listen()
            server.server_address = server.socket.getsockname()
        with server, client(world, server):
            server.handle_request()
