"""What Sealed gives."""

from collections.abc import Mapping
from typing import assert_type

from typedserver import (
    UDP,
    DatagramContext,
    Filtered,
    InetPeer,
    Inline,
    Multiplexed,
    Sealed,
    SealedClient,
    Server,
    UnixDatagram,
    UnixPeer,
    datagram_handler,
)

KEY = b"0" * 32

assert_type(Sealed(UDP(port=0), KEY), Sealed[InetPeer[int]])
assert_type(Sealed(UnixDatagram("s"), {1: KEY}), Sealed[UnixPeer[int]])
assert_type(SealedClient(KEY).open(b""), bytes)


def current() -> Mapping[int, bytes]:
    return {1: KEY}


@datagram_handler
def upper(data: bytes) -> bytes:
    return data.upper()


@datagram_handler
async def tell(data: bytes, client_address: InetPeer[int], context: DatagramContext[InetPeer[int]]) -> None:
    await context.reply(b"%d %d" % (client_address.principal, context.client_address.principal))


Server(Sealed(UDP(port=0), current), upper, Inline())
Server(Sealed(Filtered(UDP(port=0), allow=["192.0.2.0/24"]), KEY), tell, Multiplexed())
