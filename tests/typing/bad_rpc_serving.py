"""Services, programs and handlers of RPC that do not fit one another."""

from concurrent.futures import Future
from typing import Protocol

from typedserver import TCP, TLS, UDP, Multiplexed, Server, Threads, TLSConfig, UnixDatagram, UnixStream, rpc
from typedserver.rpc import xdr


class CalcV1(Protocol):
    def add(self, argument1: int, argument2: int, call: rpc.Call, /) -> rpc.Result[int]: ...
    def clear(self, call: rpc.Call, /) -> rpc.Result[None]: ...


CALC_V1 = rpc.Version[CalcV1]("CALC", 0x20000001, 1, {})


class Whole:
    def add(self, argument1: int, argument2: int, _call: rpc.Call, /) -> int:
        return argument1 + argument2

    def clear(self, _call: rpc.Call, /) -> None: ...


class Incomplete:
    def add(self, argument1: int, argument2: int, _call: rpc.Call, /) -> int:
        return argument1 + argument2


class OfTexts(Whole):
    def add(self, argument1: int, argument2: int, _call: rpc.Call, /) -> str:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return str(argument1 + argument2)


class OfCoroutines:
    async def add(self, argument1: int, argument2: int, _call: rpc.Call, /) -> int:
        return argument1 + argument2

    def clear(self, _call: rpc.Call, /) -> None: ...


class WithoutCalls:
    def add(self, argument1: int, argument2: int, /) -> int:
        return argument1 + argument2

    def clear(self, _call: rpc.Call, /) -> None: ...


class LaterTexts:
    def add(self, _argument1: int, _argument2: int, _call: rpc.Call, /) -> Future[str]:
        return Future()

    def clear(self, _call: rpc.Call, /) -> None: ...


def services() -> None:
    CALC_V1.served_by(Incomplete())  # error: [arg-type] (reportArgumentType)
    CALC_V1.served_by(OfTexts())  # error: [arg-type] (reportArgumentType)
    CALC_V1.served_by(OfCoroutines())  # error: [arg-type] (reportArgumentType)
    CALC_V1.served_by(WithoutCalls())  # error: [arg-type] (reportArgumentType)
    CALC_V1.served_by(LaterTexts())  # error: [arg-type] (reportArgumentType)
    CALC_V1.served_by(Whole)  # error: [arg-type] (reportArgumentType)
    CALC_V1.served_by()  # error: [call-arg] (reportCallIssue)


def programs(program: rpc.Program) -> None:
    rpc.stream_handler(Whole())  # error: [arg-type] (reportArgumentType)
    rpc.stream_handler(CALC_V1)  # error: [arg-type] (reportArgumentType)
    rpc.datagram_handler([program])  # error: [arg-type] (reportArgumentType)
    rpc.stream_handler(program, limit="1 MiB")  # error: [arg-type] (reportArgumentType)
    rpc.stream_handler(program, authorize=True)  # error: [arg-type] (reportArgumentType)
    rpc.datagram_handler(program, in_flight=3)  # error: [call-arg] (reportCallIssue)
    rpc.datagram_handler(program, idempotent=[1])  # error: [list-item] (reportArgumentType)
    rpc.Denied("too weak")  # error: [arg-type] (reportArgumentType)
    rpc.Procedure("add", xdr.decode_int, xdr.encode_int)  # error: [arg-type] (reportArgumentType)
    rpc.TCPRPCServer(("", 0), program)  # error: [arg-type] (reportArgumentType)
    rpc.UDPRPCServer(("", 0), [Whole()])  # error: [list-item] (reportArgumentType)


def handlers(program: rpc.Program, config: TLSConfig) -> None:
    streams = rpc.stream_handler(program)
    datagrams = rpc.datagram_handler(program)
    Server(TCP(port=0), datagrams)  # error: [arg-type] (reportArgumentType)
    Server(UnixStream("/run/s"), datagrams, Multiplexed())  # error: [arg-type] (reportArgumentType)
    Server(UDP(port=0), streams)  # error: [arg-type] (reportArgumentType)
    Server(UnixDatagram("/run/s"), streams, Threads())  # error: [arg-type] (reportArgumentType)
    Server(TLS(TCP(port=0), config), datagrams)  # error: [arg-type] (reportArgumentType)
    rpc.OpportunisticTLS(UDP(port=0), config)  # error: [arg-type] (reportArgumentType)
    rpc.OpportunisticTLS(config, TCP(port=0))  # error: [arg-type] (reportArgumentType)
    rpc.OpportunisticTLS(TCP(port=0), config, required="yes")  # error: [arg-type] (reportArgumentType)
