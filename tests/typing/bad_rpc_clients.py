"""Clients of RPC, and registrations, that cannot work."""

from typedserver import TCP, Server
from typedserver.rpc import AsyncTCPClient, Program, TCPClient, UDPClient, UnixClient, registered, xdr
from typedserver.rpc.rpcbind_protocol import Rpcb, RpcbindV4AsyncClient, RpcbindV4Client


def blocking(tcp: TCPClient, udp: UDPClient) -> None:
    TCPClient("host", "111")  # error: [arg-type] (reportArgumentType)
    TCPClient("host", 111, 5.0)  # error: [call-arg] (reportCallIssue)
    TCPClient(("host", 111))  # error: [arg-type] (reportArgumentType)
    TCPClient("host", retry=1.0)  # error: [call-arg] (reportCallIssue)
    UDPClient("host", limit=5)  # error: [call-arg] (reportCallIssue)
    UnixClient("/run/x", 111)  # error: [call-arg] (reportCallIssue)
    tcp.call(1, 1, 1, xdr.encode_int, "a", xdr.decode_int)  # error: [arg-type] (reportArgumentType)
    tcp.call(1, 1, 1, xdr.decode_int, 1, xdr.decode_int)  # error: [arg-type] (reportArgumentType)
    text: str = tcp.call(1, 1, 1, xdr.encode_int, 1, xdr.decode_int)  # error: [assignment] (reportAssignmentType)
    later = tcp.call_later(1, 1, 1, xdr.encode_void, None, xdr.decode_int)
    made: int = later  # error: [assignment] (reportAssignmentType)
    tcp.using(credentials="root")  # error: [arg-type] (reportArgumentType)
    tcp.using(5.0)  # error: [call-arg] (reportCallIssue)
    udp.send(1, 1, 1, xdr.encode_int, 1, xdr.decode_int)  # error: [call-arg] (reportCallIssue)
    tcp.batch().send(1, 1, 1, xdr.encode_int, 1.5)  # error: [arg-type] (reportArgumentType)
    RpcbindV4AsyncClient(tcp)  # error: [arg-type] (reportArgumentType)
    RpcbindV4Client(tcp).getaddr(1)  # error: [arg-type] (reportArgumentType)
    print(text, made)


async def coroutines(client: AsyncTCPClient) -> None:
    client.call(1, 1, 1, xdr.encode_int, 1, xdr.decode_int)  # error: [unused-coroutine] (reportUnusedCoroutine)
    with client:  # error: [attr-defined] (reportGeneralTypeIssues)
        pass
    RpcbindV4Client(client).set(Rpcb(1, 1, "tcp", "", ""))  # error: [arg-type] (reportArgumentType)


def registering(program: Program, server: Server[object, object]) -> None:
    registered(program, [server])  # error: [arg-type] (reportArgumentType)
    registered([program], server)  # error: [arg-type] (reportArgumentType)
    registered([program], [TCP(port=0)])  # error: [list-item] (reportArgumentType)
    registered([program])  # error: [call-arg] (reportCallIssue)
    registered([program], [server], rpcbind=111)  # error: [arg-type] (reportArgumentType)
