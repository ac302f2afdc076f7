"""What portmap.x declares.

Written by typedserver-rpcgen: change portmap.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

PMAP_PORT: Final = 111
IPPROTO_TCP: Final = 6
IPPROTO_UDP: Final = 17
PMAP_PROG: Final = 100000


@dataclass(frozen=True, slots=True)
class Mapping:
    """``struct mapping``."""

    prog: int
    vers: int
    prot: int
    port: int


@dataclass(frozen=True, slots=True)
class PmaplistEntry:
    """An element of ``struct pmaplist_entry``, a linked list: a tuple of them stands for it."""

    map: Mapping


Pmaplist: TypeAlias = tuple[PmaplistEntry, ...]


@dataclass(frozen=True, slots=True)
class CallArgs:
    """``struct call_args``."""

    prog: int
    vers: int
    proc: int
    args: bytes


@dataclass(frozen=True, slots=True)
class CallResult:
    """``struct call_result``."""

    port: int
    res: bytes


_MAPPING_1: Final = xdr.Run("I I I I", "prog", "vers", "prot", "port")
_new_mapping: Final = xdr.constructor(Mapping)


def encode_mapping(out: xdr.Encoder, value: Mapping) -> None:
    """Encode ``mapping``."""
    try:
        out += _MAPPING_1.pack(value.prog, value.vers, value.prot, value.port)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _MAPPING_1, value) from None


def decode_mapping(data: xdr.Decoder) -> Mapping:
    """Decode ``mapping``."""
    try:
        prog, vers, prot, port = _MAPPING_1.unpack_from(data.buffer, data.position)
        data.position += 16
    except xdr.DECODING as error:
        raise xdr.fault(error, _MAPPING_1, data) from None
    return _new_mapping(prog, vers, prot, port)


_PMAPLISTENTRY_1: Final = xdr.Run("I I I I", "map.prog", "map.vers", "map.prot", "map.port")
_new_pmaplistentry: Final = xdr.constructor(PmaplistEntry, {"map": Mapping})


def encode_pmaplist_entry(out: xdr.Encoder, value: PmaplistEntry) -> None:
    """Encode ``pmaplist_entry``."""
    try:
        out += _PMAPLISTENTRY_1.pack(value.map.prog, value.map.vers, value.map.prot, value.map.port)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _PMAPLISTENTRY_1, value) from None


def decode_pmaplist_entry(data: xdr.Decoder) -> PmaplistEntry:
    """Decode ``pmaplist_entry``."""
    try:
        map_prog, map_vers, map_prot, map_port = _PMAPLISTENTRY_1.unpack_from(data.buffer, data.position)
        data.position += 16
    except xdr.DECODING as error:
        raise xdr.fault(error, _PMAPLISTENTRY_1, data) from None
    return _new_pmaplistentry(map_prog, map_vers, map_prot, map_port)


def encode_pmaplist(out: xdr.Encoder, value: Pmaplist) -> None:
    """Encode ``pmaplist``."""
    xdr.encode_list(out, value, encode_pmaplist_entry)


def decode_pmaplist(data: xdr.Decoder) -> Pmaplist:
    """Decode ``pmaplist``."""
    return xdr.decode_list(data, decode_pmaplist_entry)


_CALLARGS_1: Final = xdr.Run("I I I I", "prog", "vers", "proc", "#args")
_new_callargs: Final = xdr.constructor(CallArgs)


def encode_call_args(out: xdr.Encoder, value: CallArgs) -> None:
    """Encode ``call_args``."""
    at: str | xdr.Run = _CALLARGS_1
    try:
        out += _CALLARGS_1.pack(value.prog, value.vers, value.proc, len(value.args))
        at = "args"
        out += value.args
        out += xdr.PADDING[len(value.args) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_call_args(data: xdr.Decoder) -> CallArgs:
    """Decode ``call_args``."""
    at: str | xdr.Run = _CALLARGS_1
    try:
        prog, vers, proc, args_length = _CALLARGS_1.unpack_from(data.buffer, data.position)
        data.position += 16
        at = "args"
        args = xdr.opaque_of(data, args_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_callargs(prog, vers, proc, args)


_CALLRESULT_1: Final = xdr.Run("I I", "port", "#res")
_new_callresult: Final = xdr.constructor(CallResult)


def encode_call_result(out: xdr.Encoder, value: CallResult) -> None:
    """Encode ``call_result``."""
    at: str | xdr.Run = _CALLRESULT_1
    try:
        out += _CALLRESULT_1.pack(value.port, len(value.res))
        at = "res"
        out += value.res
        out += xdr.PADDING[len(value.res) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_call_result(data: xdr.Decoder) -> CallResult:
    """Decode ``call_result``."""
    at: str | xdr.Run = _CALLRESULT_1
    try:
        port, res_length = _CALLRESULT_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "res"
        res = xdr.opaque_of(data, res_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_callresult(port, res)


class PmapVers(Protocol):
    """What serves ``PMAP_VERS`` of ``PMAP_PROG``."""

    def pmapproc_set(self, argument: Mapping, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``PMAPPROC_SET``."""
        ...

    def pmapproc_unset(self, argument: Mapping, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``PMAPPROC_UNSET``."""
        ...

    def pmapproc_getport(self, argument: Mapping, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``PMAPPROC_GETPORT``."""
        ...

    def pmapproc_dump(self, call: rpc.Call, /) -> rpc.Result[Pmaplist]:
        """Answer ``PMAPPROC_DUMP``."""
        ...

    def pmapproc_callit(self, argument: CallArgs, call: rpc.Call, /) -> rpc.Result[CallResult]:
        """Answer ``PMAPPROC_CALLIT``."""
        ...


PMAP_VERS: Final = rpc.Version[PmapVers](
    "PMAP_PROG",
    PMAP_PROG,
    2,
    {
        1: rpc.Procedure("pmapproc_set", xdr.arguments(decode_mapping), xdr.encode_bool),
        2: rpc.Procedure("pmapproc_unset", xdr.arguments(decode_mapping), xdr.encode_bool),
        3: rpc.Procedure("pmapproc_getport", xdr.arguments(decode_mapping), xdr.encode_unsigned),
        4: rpc.Procedure("pmapproc_dump", xdr.arguments(), encode_pmaplist),
        5: rpc.Procedure("pmapproc_callit", xdr.arguments(decode_call_args), encode_call_result),
    },
)


class PmapVersClient:
    """Calls ``PMAP_VERS`` of ``PMAP_PROG`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def pmapproc_null(self) -> None:
        """Call ``PMAPPROC_NULL``."""
        self._client.call(PMAP_PROG, 2, 0, xdr.encode_void, None, xdr.decode_void)

    def pmapproc_set(self, argument: Mapping, /) -> bool:
        """Call ``PMAPPROC_SET``."""
        return self._client.call(PMAP_PROG, 2, 1, encode_mapping, argument, xdr.decode_bool)

    def pmapproc_unset(self, argument: Mapping, /) -> bool:
        """Call ``PMAPPROC_UNSET``."""
        return self._client.call(PMAP_PROG, 2, 2, encode_mapping, argument, xdr.decode_bool)

    def pmapproc_getport(self, argument: Mapping, /) -> int:
        """Call ``PMAPPROC_GETPORT``."""
        return self._client.call(PMAP_PROG, 2, 3, encode_mapping, argument, xdr.decode_unsigned)

    def pmapproc_dump(self) -> Pmaplist:
        """Call ``PMAPPROC_DUMP``."""
        return self._client.call(PMAP_PROG, 2, 4, xdr.encode_void, None, decode_pmaplist)

    def pmapproc_callit(self, argument: CallArgs, /) -> CallResult:
        """Call ``PMAPPROC_CALLIT``."""
        return self._client.call(PMAP_PROG, 2, 5, encode_call_args, argument, decode_call_result)


class PmapVersAsyncClient:
    """Calls ``PMAP_VERS`` of ``PMAP_PROG`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def pmapproc_null(self) -> None:
        """Call ``PMAPPROC_NULL``."""
        await self._client.call(PMAP_PROG, 2, 0, xdr.encode_void, None, xdr.decode_void)

    async def pmapproc_set(self, argument: Mapping, /) -> bool:
        """Call ``PMAPPROC_SET``."""
        return await self._client.call(PMAP_PROG, 2, 1, encode_mapping, argument, xdr.decode_bool)

    async def pmapproc_unset(self, argument: Mapping, /) -> bool:
        """Call ``PMAPPROC_UNSET``."""
        return await self._client.call(PMAP_PROG, 2, 2, encode_mapping, argument, xdr.decode_bool)

    async def pmapproc_getport(self, argument: Mapping, /) -> int:
        """Call ``PMAPPROC_GETPORT``."""
        return await self._client.call(PMAP_PROG, 2, 3, encode_mapping, argument, xdr.decode_unsigned)

    async def pmapproc_dump(self) -> Pmaplist:
        """Call ``PMAPPROC_DUMP``."""
        return await self._client.call(PMAP_PROG, 2, 4, xdr.encode_void, None, decode_pmaplist)

    async def pmapproc_callit(self, argument: CallArgs, /) -> CallResult:
        """Call ``PMAPPROC_CALLIT``."""
        return await self._client.call(PMAP_PROG, 2, 5, encode_call_args, argument, decode_call_result)
