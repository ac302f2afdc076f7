"""Every datagram endpoint with every kind of datagram handler under every strategy: all of them fit."""

import socketserver
from typing import assert_type

from typedserver import (
    UDP,
    Address,
    BaseRequestHandler,
    DatagramRequest,
    DatagramRequestHandler,
    Forks,
    InetAddress,
    Inherited,
    Inline,
    Server,
    ServerContext,
    Threads,
    UnixAddress,
    UnixDatagram,
    datagram_handler,
    from_stdlib,
)


class DatagramClass(DatagramRequestHandler): ...


class AnyDatagramClass(BaseRequestHandler[DatagramRequest]): ...


def datagram_function(request: DatagramRequest, _client_address: Address, _server: ServerContext) -> None:
    request[1].fileno()


@datagram_handler
def reply(data: bytes) -> bytes:
    return data


@datagram_handler
def reply_to(data: bytes, _client_address: Address) -> bytes | None:
    return data or None


stdlib_datagram = from_stdlib(socketserver.DatagramRequestHandler)


def udp() -> None:
    assert_type(Server(UDP(port=0), DatagramClass), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), DatagramClass, Inline()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), DatagramClass, Threads()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), DatagramClass, Forks()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), AnyDatagramClass), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), AnyDatagramClass, Inline()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), AnyDatagramClass, Threads()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), AnyDatagramClass, Forks()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), datagram_function), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), datagram_function, Inline()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), datagram_function, Threads()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), datagram_function, Forks()), Server[DatagramRequest, InetAddress])
    assert_type(
        Server(UDP(port=0), lambda request, _client_address, _server: request[1].fileno()),
        Server[DatagramRequest, InetAddress],
    )
    assert_type(
        Server(UDP(port=0), lambda request, _client_address, _server: request[1].fileno(), Inline()),
        Server[DatagramRequest, InetAddress],
    )
    assert_type(
        Server(UDP(port=0), lambda request, _client_address, _server: request[1].fileno(), Threads()),
        Server[DatagramRequest, InetAddress],
    )
    assert_type(
        Server(UDP(port=0), lambda request, _client_address, _server: request[1].fileno(), Forks()),
        Server[DatagramRequest, InetAddress],
    )
    assert_type(Server(UDP(port=0), reply), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), reply, Inline()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), reply, Threads()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), reply, Forks()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), reply_to), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), reply_to, Inline()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), reply_to, Threads()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), reply_to, Forks()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), stdlib_datagram), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), stdlib_datagram, Inline()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), stdlib_datagram, Threads()), Server[DatagramRequest, InetAddress])
    assert_type(Server(UDP(port=0), stdlib_datagram, Forks()), Server[DatagramRequest, InetAddress])


def unix_datagram() -> None:
    assert_type(Server(UnixDatagram("d"), DatagramClass), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), DatagramClass, Inline()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), DatagramClass, Threads()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), DatagramClass, Forks()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), AnyDatagramClass), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), AnyDatagramClass, Inline()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), AnyDatagramClass, Threads()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), AnyDatagramClass, Forks()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), datagram_function), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), datagram_function, Inline()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), datagram_function, Threads()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), datagram_function, Forks()), Server[DatagramRequest, UnixAddress])
    assert_type(
        Server(UnixDatagram("d"), lambda request, _client_address, _server: request[1].fileno()),
        Server[DatagramRequest, UnixAddress],
    )
    assert_type(
        Server(UnixDatagram("d"), lambda request, _client_address, _server: request[1].fileno(), Inline()),
        Server[DatagramRequest, UnixAddress],
    )
    assert_type(
        Server(UnixDatagram("d"), lambda request, _client_address, _server: request[1].fileno(), Threads()),
        Server[DatagramRequest, UnixAddress],
    )
    assert_type(
        Server(UnixDatagram("d"), lambda request, _client_address, _server: request[1].fileno(), Forks()),
        Server[DatagramRequest, UnixAddress],
    )
    assert_type(Server(UnixDatagram("d"), reply), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), reply, Inline()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), reply, Threads()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), reply, Forks()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), reply_to), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), reply_to, Inline()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), reply_to, Threads()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), reply_to, Forks()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), stdlib_datagram), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), stdlib_datagram, Inline()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), stdlib_datagram, Threads()), Server[DatagramRequest, UnixAddress])
    assert_type(Server(UnixDatagram("d"), stdlib_datagram, Forks()), Server[DatagramRequest, UnixAddress])


def inherited_datagram() -> None:
    assert_type(Server(Inherited.datagram(fd=3), DatagramClass), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), DatagramClass, Inline()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), DatagramClass, Threads()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), DatagramClass, Forks()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), AnyDatagramClass), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), AnyDatagramClass, Inline()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), AnyDatagramClass, Threads()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), AnyDatagramClass, Forks()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), datagram_function), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), datagram_function, Inline()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), datagram_function, Threads()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), datagram_function, Forks()), Server[DatagramRequest, Address])
    assert_type(
        Server(Inherited.datagram(fd=3), lambda request, _client_address, _server: request[1].fileno()),
        Server[DatagramRequest, Address],
    )
    assert_type(
        Server(Inherited.datagram(fd=3), lambda request, _client_address, _server: request[1].fileno(), Inline()),
        Server[DatagramRequest, Address],
    )
    assert_type(
        Server(Inherited.datagram(fd=3), lambda request, _client_address, _server: request[1].fileno(), Threads()),
        Server[DatagramRequest, Address],
    )
    assert_type(
        Server(Inherited.datagram(fd=3), lambda request, _client_address, _server: request[1].fileno(), Forks()),
        Server[DatagramRequest, Address],
    )
    assert_type(Server(Inherited.datagram(fd=3), reply), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), reply, Inline()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), reply, Threads()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), reply, Forks()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), reply_to), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), reply_to, Inline()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), reply_to, Threads()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), reply_to, Forks()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), stdlib_datagram), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), stdlib_datagram, Inline()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), stdlib_datagram, Threads()), Server[DatagramRequest, Address])
    assert_type(Server(Inherited.datagram(fd=3), stdlib_datagram, Forks()), Server[DatagramRequest, Address])
