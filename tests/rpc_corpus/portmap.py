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
_new_mapping: Final = xdr.unfrozen(Mapping)


def encode_mapping(out: xdr.Encoder, value: Mapping) -> None:
    """Encode ``mapping``."""
    try:
        out += _MAPPING_1.pack(value.prog, value.vers, value.prot, value.port)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _MAPPING_1, value) from None


def decode_mapping(data: xdr.Decoder) -> Mapping:
    """Decode ``mapping``."""
    new = _new_mapping()
    try:
        new.prog, new.vers, new.prot, new.port = _MAPPING_1.unpack_from(data.buffer, data.position)
        data.position += 16
    except xdr.DECODING as error:
        raise xdr.fault(error, _MAPPING_1, data) from None
    new.__class__ = Mapping
    value: Mapping = new
    return value


_PMAPLISTENTRY_1: Final = xdr.Run("I I I I", "map.prog", "map.vers", "map.prot", "map.port")
_PMAPLISTENTRY_2: Final = xdr.Run("i I I I I", "more", "map.prog", "map.vers", "map.prot", "map.port")
_new_pmaplistentry: Final = xdr.unfrozen(PmaplistEntry)


def encode_pmaplist_entry(out: xdr.Encoder, value: PmaplistEntry) -> None:
    """Encode ``pmaplist_entry``."""
    try:
        map_ = value.map
        out += _PMAPLISTENTRY_1.pack(map_.prog, map_.vers, map_.prot, map_.port)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _PMAPLISTENTRY_1, value) from None


def decode_pmaplist_entry(data: xdr.Decoder) -> PmaplistEntry:
    """Decode ``pmaplist_entry``."""
    new = _new_pmaplistentry()
    map_ = _new_mapping()
    try:
        map_.prog, map_.vers, map_.prot, map_.port = _PMAPLISTENTRY_1.unpack_from(data.buffer, data.position)
        data.position += 16
    except xdr.DECODING as error:
        raise xdr.fault(error, _PMAPLISTENTRY_1, data) from None
    map_.__class__ = Mapping
    new.map = map_
    new.__class__ = PmaplistEntry
    value: PmaplistEntry = new
    return value


def _decode_list_of_pmaplist_entry(data: xdr.Decoder) -> tuple[PmaplistEntry, ...]:
    values: list[PmaplistEntry] = []
    append = values.append
    buffer = data.buffer
    position = end = data.position
    try:
        while True:
            new = _new_pmaplistentry()
            map_ = _new_mapping()
            more, map_.prog, map_.vers, map_.prot, map_.port = _PMAPLISTENTRY_2.unpack_from(buffer, end)
            end += 20
            if more != 1:
                break
            map_.__class__ = Mapping
            new.map = map_
            new.__class__ = PmaplistEntry
            append(new)
            position = end
    except xdr.DECODING:
        # The decoder of one element raises it again, with the path to what is wrong.
        pass
    data.position = position
    return xdr.decode_list(data, decode_pmaplist_entry, values)


def encode_pmaplist(out: xdr.Encoder, value: Pmaplist) -> None:
    """Encode ``pmaplist``."""
    xdr.encode_list(out, value, encode_pmaplist_entry)


def decode_pmaplist(data: xdr.Decoder) -> Pmaplist:
    """Decode ``pmaplist``."""
    return _decode_list_of_pmaplist_entry(data)


_CALLARGS_1: Final = xdr.Run("I I I I", "prog", "vers", "proc", "#args")
_new_callargs: Final = xdr.unfrozen(CallArgs)


def encode_call_args(out: xdr.Encoder, value: CallArgs) -> None:
    """Encode ``call_args``."""
    at: xdr.Place = "args"
    try:
        args = value.args
        args_length = len(args)
        at = _CALLARGS_1
        out += _CALLARGS_1.pack(value.prog, value.vers, value.proc, args_length)
        at = "args"
        out += args
        if args_length & 3:
            out += xdr.PADDING[args_length & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_call_args(data: xdr.Decoder) -> CallArgs:
    """Decode ``call_args``."""
    new = _new_callargs()
    at: xdr.Place = _CALLARGS_1
    try:
        new.prog, new.vers, new.proc, args_length = _CALLARGS_1.unpack_from(data.buffer, data.position)
        data.position += 16
        at = "args"
        new.args = xdr.opaque_of(data, args_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = CallArgs
    value: CallArgs = new
    return value


_CALLRESULT_1: Final = xdr.Run("I I", "port", "#res")
_new_callresult: Final = xdr.unfrozen(CallResult)


def encode_call_result(out: xdr.Encoder, value: CallResult) -> None:
    """Encode ``call_result``."""
    at: xdr.Place = "res"
    try:
        res = value.res
        res_length = len(res)
        at = _CALLRESULT_1
        out += _CALLRESULT_1.pack(value.port, res_length)
        at = "res"
        out += res
        if res_length & 3:
            out += xdr.PADDING[res_length & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_call_result(data: xdr.Decoder) -> CallResult:
    """Decode ``call_result``."""
    new = _new_callresult()
    at: xdr.Place = _CALLRESULT_1
    try:
        new.port, res_length = _CALLRESULT_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "res"
        new.res = xdr.opaque_of(data, res_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = CallResult
    value: CallResult = new
    return value


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
