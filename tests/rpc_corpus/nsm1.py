"""What nsm1.x declares.

Written by typedserver-rpcgen: change nsm1.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import Final, Protocol

from typedserver import rpc
from typedserver.rpc import xdr

SM_MAXSTRLEN: Final = 1024
SM_PRIV_SIZE: Final = 16
SM_PROG: Final = 100024


@dataclass(frozen=True, slots=True)
class SmName:
    """``struct sm_name``."""

    mon_name: str


class Res(IntEnum):
    """``enum res``."""

    STAT_SUCC = 0
    STAT_FAIL = 1


@dataclass(frozen=True, slots=True)
class SmStatRes:
    """``struct sm_stat_res``."""

    res_stat: Res
    state: int


@dataclass(frozen=True, slots=True)
class SmStat:
    """``struct sm_stat``."""

    state: int


@dataclass(frozen=True, slots=True)
class MyId:
    """``struct my_id``."""

    my_name: str
    my_prog: int
    my_vers: int
    my_proc: int


@dataclass(frozen=True, slots=True)
class MonId:
    """``struct mon_id``."""

    mon_name: str
    my_id: MyId


@dataclass(frozen=True, slots=True)
class Mon:
    """``struct mon``."""

    mon_id: MonId
    priv: bytes


@dataclass(frozen=True, slots=True)
class StatChge:
    """``struct stat_chge``."""

    mon_name: str
    state: int


@dataclass(frozen=True, slots=True)
class Status:
    """``struct status``."""

    mon_name: str
    state: int
    priv: bytes


_SMNAME_1: Final = xdr.Run("I", "#mon_name")
_new_smname: Final = xdr.constructor(SmName)


def encode_sm_name(out: xdr.Encoder, value: SmName) -> None:
    """Encode ``sm_name``."""
    at: str | xdr.Run = "mon_name"
    try:
        mon_name = xdr.text(value.mon_name, SM_MAXSTRLEN)
        at = _SMNAME_1
        out += _SMNAME_1.pack(len(mon_name))
        at = "mon_name"
        out += mon_name
        out += xdr.PADDING[len(mon_name) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_sm_name(data: xdr.Decoder) -> SmName:
    """Decode ``sm_name``."""
    at: str | xdr.Run = _SMNAME_1
    try:
        (mon_name_length,) = _SMNAME_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "mon_name"
        mon_name = xdr.string_of(data, mon_name_length, SM_MAXSTRLEN)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_smname(mon_name)


def encode_res(out: xdr.Encoder, value: Res) -> None:
    """Encode ``res``."""
    xdr.encode_enum(out, value, Res)


def decode_res(data: xdr.Decoder) -> Res:
    """Decode ``res``."""
    return xdr.decode_enum(data, Res)


_RES: Final = {each.value: each for each in Res}
_SMSTATRES_1: Final = xdr.Run("i i", "res_stat", "state")
_new_smstatres: Final = xdr.constructor(SmStatRes)


def encode_sm_stat_res(out: xdr.Encoder, value: SmStatRes) -> None:
    """Encode ``sm_stat_res``."""
    at: str | xdr.Run = "res_stat"
    try:
        res_stat = _RES[value.res_stat]
        at = _SMSTATRES_1
        out += _SMSTATRES_1.pack(res_stat, value.state)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_sm_stat_res(data: xdr.Decoder) -> SmStatRes:
    """Decode ``sm_stat_res``."""
    at: str | xdr.Run = _SMSTATRES_1
    try:
        res_stat, state = _SMSTATRES_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "res_stat"
        res_stat = _RES[res_stat]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_smstatres(res_stat, state)


_SMSTAT_1: Final = xdr.Run("i", "state")
_new_smstat: Final = xdr.constructor(SmStat)


def encode_sm_stat(out: xdr.Encoder, value: SmStat) -> None:
    """Encode ``sm_stat``."""
    try:
        out += _SMSTAT_1.pack(value.state)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _SMSTAT_1, value) from None


def decode_sm_stat(data: xdr.Decoder) -> SmStat:
    """Decode ``sm_stat``."""
    try:
        (state,) = _SMSTAT_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _SMSTAT_1, data) from None
    return _new_smstat(state)


_MYID_1: Final = xdr.Run("I", "#my_name")
_MYID_2: Final = xdr.Run("i i i", "my_prog", "my_vers", "my_proc")
_new_myid: Final = xdr.constructor(MyId)


def encode_my_id(out: xdr.Encoder, value: MyId) -> None:
    """Encode ``my_id``."""
    at: str | xdr.Run = "my_name"
    try:
        my_name = xdr.text(value.my_name, SM_MAXSTRLEN)
        at = _MYID_1
        out += _MYID_1.pack(len(my_name))
        at = "my_name"
        out += my_name
        out += xdr.PADDING[len(my_name) & 3]
        at = _MYID_2
        out += _MYID_2.pack(value.my_prog, value.my_vers, value.my_proc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_my_id(data: xdr.Decoder) -> MyId:
    """Decode ``my_id``."""
    at: str | xdr.Run = _MYID_1
    try:
        (my_name_length,) = _MYID_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "my_name"
        my_name = xdr.string_of(data, my_name_length, SM_MAXSTRLEN)
        at = _MYID_2
        my_prog, my_vers, my_proc = _MYID_2.unpack_from(data.buffer, data.position)
        data.position += 12
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_myid(my_name, my_prog, my_vers, my_proc)


_MONID_1: Final = xdr.Run("I", "#mon_name")
_new_monid: Final = xdr.constructor(MonId)


def encode_mon_id(out: xdr.Encoder, value: MonId) -> None:
    """Encode ``mon_id``."""
    at: str | xdr.Run = "mon_name"
    try:
        mon_name = xdr.text(value.mon_name, SM_MAXSTRLEN)
        at = _MONID_1
        out += _MONID_1.pack(len(mon_name))
        at = "mon_name"
        out += mon_name
        out += xdr.PADDING[len(mon_name) & 3]
        at = "my_id"
        encode_my_id(out, value.my_id)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_mon_id(data: xdr.Decoder) -> MonId:
    """Decode ``mon_id``."""
    at: str | xdr.Run = _MONID_1
    try:
        (mon_name_length,) = _MONID_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "mon_name"
        mon_name = xdr.string_of(data, mon_name_length, SM_MAXSTRLEN)
        at = "my_id"
        my_id = decode_my_id(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_monid(mon_name, my_id)


_new_mon: Final = xdr.constructor(Mon)


def encode_mon(out: xdr.Encoder, value: Mon) -> None:
    """Encode ``mon``."""
    at = "mon_id"
    try:
        encode_mon_id(out, value.mon_id)
        at = "priv"
        xdr.encode_fixed_opaque(out, value.priv, SM_PRIV_SIZE)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_mon(data: xdr.Decoder) -> Mon:
    """Decode ``mon``."""
    at = "mon_id"
    try:
        mon_id = decode_mon_id(data)
        at = "priv"
        priv = xdr.decode_fixed_opaque(data, SM_PRIV_SIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_mon(mon_id, priv)


_STATCHGE_1: Final = xdr.Run("I", "#mon_name")
_STATCHGE_2: Final = xdr.Run("i", "state")
_new_statchge: Final = xdr.constructor(StatChge)


def encode_stat_chge(out: xdr.Encoder, value: StatChge) -> None:
    """Encode ``stat_chge``."""
    at: str | xdr.Run = "mon_name"
    try:
        mon_name = xdr.text(value.mon_name, SM_MAXSTRLEN)
        at = _STATCHGE_1
        out += _STATCHGE_1.pack(len(mon_name))
        at = "mon_name"
        out += mon_name
        out += xdr.PADDING[len(mon_name) & 3]
        at = _STATCHGE_2
        out += _STATCHGE_2.pack(value.state)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_stat_chge(data: xdr.Decoder) -> StatChge:
    """Decode ``stat_chge``."""
    at: str | xdr.Run = _STATCHGE_1
    try:
        (mon_name_length,) = _STATCHGE_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "mon_name"
        mon_name = xdr.string_of(data, mon_name_length, SM_MAXSTRLEN)
        at = _STATCHGE_2
        (state,) = _STATCHGE_2.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_statchge(mon_name, state)


_STATUS_1: Final = xdr.Run("I", "#mon_name")
_STATUS_2: Final = xdr.Run("i", "state")
_new_status: Final = xdr.constructor(Status)


def encode_status(out: xdr.Encoder, value: Status) -> None:
    """Encode ``status``."""
    at: str | xdr.Run = "mon_name"
    try:
        mon_name = xdr.text(value.mon_name, SM_MAXSTRLEN)
        at = _STATUS_1
        out += _STATUS_1.pack(len(mon_name))
        at = "mon_name"
        out += mon_name
        out += xdr.PADDING[len(mon_name) & 3]
        at = _STATUS_2
        out += _STATUS_2.pack(value.state)
        at = "priv"
        xdr.encode_fixed_opaque(out, value.priv, SM_PRIV_SIZE)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_status(data: xdr.Decoder) -> Status:
    """Decode ``status``."""
    at: str | xdr.Run = _STATUS_1
    try:
        (mon_name_length,) = _STATUS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "mon_name"
        mon_name = xdr.string_of(data, mon_name_length, SM_MAXSTRLEN)
        at = _STATUS_2
        (state,) = _STATUS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "priv"
        priv = xdr.decode_fixed_opaque(data, SM_PRIV_SIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_status(mon_name, state, priv)


class SmVers(Protocol):
    """What serves ``SM_VERS`` of ``SM_PROG``."""

    def sm_stat(self, argument: SmName, call: rpc.Call, /) -> rpc.Result[SmStatRes]:
        """Answer ``SM_STAT``."""
        ...

    def sm_mon(self, argument: Mon, call: rpc.Call, /) -> rpc.Result[SmStatRes]:
        """Answer ``SM_MON``."""
        ...

    def sm_unmon(self, argument: MonId, call: rpc.Call, /) -> rpc.Result[SmStat]:
        """Answer ``SM_UNMON``."""
        ...

    def sm_unmon_all(self, argument: MyId, call: rpc.Call, /) -> rpc.Result[SmStat]:
        """Answer ``SM_UNMON_ALL``."""
        ...

    def sm_simu_crash(self, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``SM_SIMU_CRASH``."""
        ...

    def sm_notify(self, argument: StatChge, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``SM_NOTIFY``."""
        ...


SM_VERS: Final = rpc.Version[SmVers](
    "SM_PROG",
    SM_PROG,
    1,
    {
        1: rpc.Procedure("sm_stat", xdr.arguments(decode_sm_name), encode_sm_stat_res),
        2: rpc.Procedure("sm_mon", xdr.arguments(decode_mon), encode_sm_stat_res),
        3: rpc.Procedure("sm_unmon", xdr.arguments(decode_mon_id), encode_sm_stat),
        4: rpc.Procedure("sm_unmon_all", xdr.arguments(decode_my_id), encode_sm_stat),
        5: rpc.Procedure("sm_simu_crash", xdr.arguments(), xdr.encode_void),
        6: rpc.Procedure("sm_notify", xdr.arguments(decode_stat_chge), xdr.encode_void),
    },
)


class SmVersClient:
    """Calls ``SM_VERS`` of ``SM_PROG`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def sm_null(self) -> None:
        """Call ``SM_NULL``."""
        self._client.call(SM_PROG, 1, 0, xdr.encode_void, None, xdr.decode_void)

    def sm_stat(self, argument: SmName, /) -> SmStatRes:
        """Call ``SM_STAT``."""
        return self._client.call(SM_PROG, 1, 1, encode_sm_name, argument, decode_sm_stat_res)

    def sm_mon(self, argument: Mon, /) -> SmStatRes:
        """Call ``SM_MON``."""
        return self._client.call(SM_PROG, 1, 2, encode_mon, argument, decode_sm_stat_res)

    def sm_unmon(self, argument: MonId, /) -> SmStat:
        """Call ``SM_UNMON``."""
        return self._client.call(SM_PROG, 1, 3, encode_mon_id, argument, decode_sm_stat)

    def sm_unmon_all(self, argument: MyId, /) -> SmStat:
        """Call ``SM_UNMON_ALL``."""
        return self._client.call(SM_PROG, 1, 4, encode_my_id, argument, decode_sm_stat)

    def sm_simu_crash(self) -> None:
        """Call ``SM_SIMU_CRASH``."""
        self._client.call(SM_PROG, 1, 5, xdr.encode_void, None, xdr.decode_void)

    def sm_notify(self, argument: StatChge, /) -> None:
        """Call ``SM_NOTIFY``."""
        self._client.call(SM_PROG, 1, 6, encode_stat_chge, argument, xdr.decode_void)


class SmVersAsyncClient:
    """Calls ``SM_VERS`` of ``SM_PROG`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def sm_null(self) -> None:
        """Call ``SM_NULL``."""
        await self._client.call(SM_PROG, 1, 0, xdr.encode_void, None, xdr.decode_void)

    async def sm_stat(self, argument: SmName, /) -> SmStatRes:
        """Call ``SM_STAT``."""
        return await self._client.call(SM_PROG, 1, 1, encode_sm_name, argument, decode_sm_stat_res)

    async def sm_mon(self, argument: Mon, /) -> SmStatRes:
        """Call ``SM_MON``."""
        return await self._client.call(SM_PROG, 1, 2, encode_mon, argument, decode_sm_stat_res)

    async def sm_unmon(self, argument: MonId, /) -> SmStat:
        """Call ``SM_UNMON``."""
        return await self._client.call(SM_PROG, 1, 3, encode_mon_id, argument, decode_sm_stat)

    async def sm_unmon_all(self, argument: MyId, /) -> SmStat:
        """Call ``SM_UNMON_ALL``."""
        return await self._client.call(SM_PROG, 1, 4, encode_my_id, argument, decode_sm_stat)

    async def sm_simu_crash(self) -> None:
        """Call ``SM_SIMU_CRASH``."""
        await self._client.call(SM_PROG, 1, 5, xdr.encode_void, None, xdr.decode_void)

    async def sm_notify(self, argument: StatChge, /) -> None:
        """Call ``SM_NOTIFY``."""
        await self._client.call(SM_PROG, 1, 6, encode_stat_chge, argument, xdr.decode_void)
