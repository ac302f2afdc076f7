"""Services, programs and handlers of RPC that fit one another."""

from collections.abc import Coroutine
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, Protocol, assert_type

from typedserver import (
    TCP,
    TLS,
    UDP,
    Address,
    Asyncio,
    Filtered,
    Forks,
    InetAddress,
    Multiplexed,
    Server,
    ServerContext,
    Sessions,
    Threads,
    TLSConfig,
    UnixDatagram,
    UnixStream,
    rpc,
)
from typedserver.handlers.datagram_handler import DatagramHandler


class CalcV1(Protocol):
    def add(self, argument1: int, argument2: int, call: rpc.Call, /) -> rpc.Result[int]: ...
    def clear(self, call: rpc.Call, /) -> rpc.Result[None]: ...


CALC_V1 = rpc.Version[CalcV1]("CALC", 0x20000001, 1, {})


class InPlace:
    def add(self, argument1: int, argument2: int, _call: rpc.Call, /) -> int:
        return argument1 + argument2

    def clear(self, call: rpc.Call, /) -> rpc.Result[None]:
        assert_type(call.credentials, rpc.AuthSys | None)
        assert_type(call.client_address, Address)
        assert_type(call.server, ServerContext)
        return rpc.NO_REPLY


class Elsewhere:
    def __init__(self) -> None:
        self._executor = ThreadPoolExecutor()

    def add(self, argument1: int, argument2: int, _call: rpc.Call, /) -> Future[int]:
        return self._executor.submit(lambda: argument1 + argument2)

    def clear(self, _call: rpc.Call, /) -> None:
        raise rpc.Denied(rpc.AuthStat.TOOWEAK)


class Both(InPlace):
    def add(self, argument1: int, argument2: int, call: rpc.Call, /) -> int:
        return super().add(argument1, argument2, call) + 1


def only_root(call: rpc.Call) -> rpc.AuthStat | None:
    return None if call.credentials is not None and call.credentials.uid == 0 else rpc.AuthStat.TOOWEAK


def handlers(config: TLSConfig) -> None:
    program = CALC_V1.served_by(InPlace())
    assert_type(program, rpc.Program)
    streams = rpc.stream_handler(program, CALC_V1.served_by(Elsewhere()), authorize=only_root, idempotent=("add",))
    assert_type(streams, Sessions[Address, ServerContext, bytes, bytes])
    datagrams = rpc.datagram_handler(CALC_V1.served_by(Both()), authorize=rpc.require_reserved_port, replies_kept=0)
    assert_type(datagrams, DatagramHandler[Address, Coroutine[Any, Any, None]])
    Server(TCP(port=0), streams)
    Server(TCP(port=0), streams, Multiplexed())
    Server(UnixStream("/run/s"), streams, Asyncio())
    Server(Filtered(TCP(port=0), allow=["192.0.2.0/24"]), streams, Forks())
    Server(TLS(TCP(port=0), config), streams, Threads())
    Server(rpc.OpportunisticTLS(TCP(port=0), config, required=True), streams, Multiplexed())
    Server(UDP(port=0), datagrams)
    Server(UDP(port=0), datagrams, Multiplexed())
    Server(UnixDatagram("/run/s"), datagrams, Asyncio())
    Server(Filtered(UDP(port=0), deny=["192.0.2.0/24"]), datagrams, Threads())
    endpoint = rpc.OpportunisticTLS(TCP(port=0), config)
    assert_type(endpoint, rpc.OpportunisticTLS[InetAddress])
    rpc.ThreadingTCPRPCServer(("", 0), [program], authorize=only_root).serve_forever()
