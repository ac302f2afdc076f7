"""Clients of RPC, and registration, as they are meant to be used."""

from concurrent.futures import Future
from typing import assert_type

from typedserver import Prefork, Server
from typedserver.rpc import (
    AsyncClient,
    AsyncTCPClient,
    AsyncUDPClient,
    AsyncUnixClient,
    AuthSys,
    Client,
    Program,
    TCPClient,
    UDPClient,
    UnixClient,
    registered,
    rpcbind_server,
    xdr,
)
from typedserver.rpc.rpcbind_protocol import Rpcb, RpcbindV4AsyncClient, RpcbindV4Client


def blocking() -> None:
    someone = AuthSys(stamp=0, machine_name="lab", uid=1, gid=1)
    with TCPClient("host", 1, timeout=None) as tcp, UDPClient("host", retry=0.5) as udp, UnixClient("/run/x") as local:
        clients: list[Client] = [tcp, udp, local]
        assert_type(tcp.using(credentials=someone, idempotent=True), TCPClient)
        assert_type(udp.using(timeout=1), UDPClient)
        assert_type(tcp.call(1, 1, 1, xdr.encode_int, 1, xdr.decode_string), str)
        assert_type(tcp.call_later(1, 1, 1, xdr.encode_void, None, xdr.decode_int), Future[int])
        with local.batch() as batch:
            batch.send(1, 1, 1, xdr.encode_string, "a")
        udp.send(1, 1, 1, xdr.encode_int, 1)
        assert_type(RpcbindV4Client(clients[0]).getaddr(Rpcb(1, 1, "tcp", "", "")), str)


async def coroutines() -> None:
    async with AsyncTCPClient("host") as tcp, AsyncUDPClient("host", 1) as udp, AsyncUnixClient("/run/x") as local:
        clients: list[AsyncClient] = [tcp, udp, local]
        assert_type(await tcp.call(1, 1, 1, xdr.encode_int, 1, xdr.decode_opaque), bytes)
        assert_type(tcp.using(timeout=1), AsyncTCPClient)
        async with udp.batch() as batch:
            batch.send(1, 1, 1, xdr.encode_int, 1)
        await RpcbindV4AsyncClient(clients[1]).null()


def registering(program: Program, server: Server[object, object], prefork: Prefork[Server[object, object]]) -> None:
    with registered([program], [server, prefork]):
        pass
    with registered([program], [server], rpcbind=("127.0.0.1", 111)):
        pass
    rpcbind_server(port=0, path=None).run()
