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


_SMNAME_1: Final = xdr.SizedRun("I * x", "#mon_name", "mon_name")
_SMNAME_2: Final = xdr.Run("I", "#mon_name")
_SMNAME_3: Final = xdr.SizedRun("* s", "mon_name")
_new_smname: Final = xdr.unfrozen(SmName)


def encode_sm_name(out: xdr.Encoder, value: SmName) -> None:
    """Encode ``sm_name``."""
    at: xdr.Place = "mon_name"
    try:
        try:
            mon_name = value.mon_name.encode()
        except UnicodeEncodeError:
            mon_name = xdr.text(value.mon_name)
        mon_name_length = len(mon_name)
        if mon_name_length > SM_MAXSTRLEN:
            raise xdr.too_long(mon_name_length, SM_MAXSTRLEN)
        at = _SMNAME_1
        out += _SMNAME_1[mon_name_length].pack(mon_name_length, mon_name)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_sm_name(data: xdr.Decoder) -> SmName:
    """Decode ``sm_name``."""
    new = _new_smname()
    at: xdr.Place = _SMNAME_2
    try:
        (mon_name_length,) = _SMNAME_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _SMNAME_3
        if mon_name_length > SM_MAXSTRLEN:
            raise xdr.too_long(mon_name_length, SM_MAXSTRLEN)
        mon_name, padding = _SMNAME_3[mon_name_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.mon_name = mon_name.decode()
        except UnicodeDecodeError:
            new.mon_name = mon_name.decode("utf-8", "surrogateescape")
        data.position += (mon_name_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = SmName
    value: SmName = new
    return value


def encode_res(out: xdr.Encoder, value: Res) -> None:
    """Encode ``res``."""
    xdr.encode_enum(out, value, Res)


def decode_res(data: xdr.Decoder) -> Res:
    """Decode ``res``."""
    return xdr.decode_enum(data, Res)


_RES: Final = {each: each for each in Res}
_SMSTATRES_1: Final = xdr.Run("i i", "res_stat", "state")
_new_smstatres: Final = xdr.unfrozen(SmStatRes)


def encode_sm_stat_res(out: xdr.Encoder, value: SmStatRes) -> None:
    """Encode ``sm_stat_res``."""
    at: xdr.Place = "res_stat"
    try:
        res_stat = _RES[value.res_stat]
        at = _SMSTATRES_1
        out += _SMSTATRES_1.pack(res_stat, value.state)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_sm_stat_res(data: xdr.Decoder) -> SmStatRes:
    """Decode ``sm_stat_res``."""
    new = _new_smstatres()
    at: xdr.Place = _SMSTATRES_1
    try:
        res_stat, new.state = _SMSTATRES_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "res_stat"
        new.res_stat = _RES[res_stat]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = SmStatRes
    value: SmStatRes = new
    return value


_SMSTAT_1: Final = xdr.Run("i", "state")
_new_smstat: Final = xdr.unfrozen(SmStat)


def encode_sm_stat(out: xdr.Encoder, value: SmStat) -> None:
    """Encode ``sm_stat``."""
    try:
        out += _SMSTAT_1.pack(value.state)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _SMSTAT_1, value) from None


def decode_sm_stat(data: xdr.Decoder) -> SmStat:
    """Decode ``sm_stat``."""
    new = _new_smstat()
    try:
        (new.state,) = _SMSTAT_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _SMSTAT_1, data) from None
    new.__class__ = SmStat
    value: SmStat = new
    return value


_MYID_1: Final = xdr.SizedRun("I * x i i i", "#my_name", "my_name", "my_prog", "my_vers", "my_proc")
_MYID_2: Final = xdr.Run("I", "#my_name")
_MYID_3: Final = xdr.SizedRun("* s i i i", "my_name", "my_prog", "my_vers", "my_proc")
_new_myid: Final = xdr.unfrozen(MyId)


def encode_my_id(out: xdr.Encoder, value: MyId) -> None:
    """Encode ``my_id``."""
    at: xdr.Place = "my_name"
    try:
        try:
            my_name = value.my_name.encode()
        except UnicodeEncodeError:
            my_name = xdr.text(value.my_name)
        my_name_length = len(my_name)
        if my_name_length > SM_MAXSTRLEN:
            raise xdr.too_long(my_name_length, SM_MAXSTRLEN)
        at = _MYID_1
        out += _MYID_1[my_name_length].pack(my_name_length, my_name, value.my_prog, value.my_vers, value.my_proc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_my_id(data: xdr.Decoder) -> MyId:
    """Decode ``my_id``."""
    new = _new_myid()
    at: xdr.Place = _MYID_2
    try:
        (my_name_length,) = _MYID_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _MYID_3
        if my_name_length > SM_MAXSTRLEN:
            raise xdr.too_long(my_name_length, SM_MAXSTRLEN)
        (
            my_name,
            padding,
            new.my_prog,
            new.my_vers,
            new.my_proc,
        ) = _MYID_3[my_name_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.my_name = my_name.decode()
        except UnicodeDecodeError:
            new.my_name = my_name.decode("utf-8", "surrogateescape")
        data.position += (my_name_length + 15) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = MyId
    value: MyId = new
    return value


_MONID_1: Final = xdr.SizedRun("I * x", "#mon_name", "mon_name")
_MONID_2: Final = xdr.Run("I", "#mon_name")
_MONID_3: Final = xdr.SizedRun("* s", "mon_name")
_new_monid: Final = xdr.unfrozen(MonId)


def encode_mon_id(out: xdr.Encoder, value: MonId) -> None:
    """Encode ``mon_id``."""
    at: xdr.Place = "mon_name"
    try:
        try:
            mon_name = value.mon_name.encode()
        except UnicodeEncodeError:
            mon_name = xdr.text(value.mon_name)
        mon_name_length = len(mon_name)
        if mon_name_length > SM_MAXSTRLEN:
            raise xdr.too_long(mon_name_length, SM_MAXSTRLEN)
        at = _MONID_1
        out += _MONID_1[mon_name_length].pack(mon_name_length, mon_name)
        at = "my_id"
        encode_my_id(out, value.my_id)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_mon_id(data: xdr.Decoder) -> MonId:
    """Decode ``mon_id``."""
    new = _new_monid()
    at: xdr.Place = _MONID_2
    try:
        (mon_name_length,) = _MONID_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _MONID_3
        if mon_name_length > SM_MAXSTRLEN:
            raise xdr.too_long(mon_name_length, SM_MAXSTRLEN)
        mon_name, padding = _MONID_3[mon_name_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.mon_name = mon_name.decode()
        except UnicodeDecodeError:
            new.mon_name = mon_name.decode("utf-8", "surrogateescape")
        data.position += (mon_name_length + 3) & -4
        at = "my_id"
        new.my_id = decode_my_id(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = MonId
    value: MonId = new
    return value


_new_mon: Final = xdr.unfrozen(Mon)


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
    new = _new_mon()
    at = "mon_id"
    try:
        new.mon_id = decode_mon_id(data)
        at = "priv"
        new.priv = xdr.decode_fixed_opaque(data, SM_PRIV_SIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Mon
    value: Mon = new
    return value


_STATCHGE_1: Final = xdr.SizedRun("I * x i", "#mon_name", "mon_name", "state")
_STATCHGE_2: Final = xdr.Run("I", "#mon_name")
_STATCHGE_3: Final = xdr.SizedRun("* s i", "mon_name", "state")
_new_statchge: Final = xdr.unfrozen(StatChge)


def encode_stat_chge(out: xdr.Encoder, value: StatChge) -> None:
    """Encode ``stat_chge``."""
    at: xdr.Place = "mon_name"
    try:
        try:
            mon_name = value.mon_name.encode()
        except UnicodeEncodeError:
            mon_name = xdr.text(value.mon_name)
        mon_name_length = len(mon_name)
        if mon_name_length > SM_MAXSTRLEN:
            raise xdr.too_long(mon_name_length, SM_MAXSTRLEN)
        at = _STATCHGE_1
        out += _STATCHGE_1[mon_name_length].pack(mon_name_length, mon_name, value.state)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_stat_chge(data: xdr.Decoder) -> StatChge:
    """Decode ``stat_chge``."""
    new = _new_statchge()
    at: xdr.Place = _STATCHGE_2
    try:
        (mon_name_length,) = _STATCHGE_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _STATCHGE_3
        if mon_name_length > SM_MAXSTRLEN:
            raise xdr.too_long(mon_name_length, SM_MAXSTRLEN)
        mon_name, padding, new.state = _STATCHGE_3[mon_name_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.mon_name = mon_name.decode()
        except UnicodeDecodeError:
            new.mon_name = mon_name.decode("utf-8", "surrogateescape")
        data.position += (mon_name_length + 7) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = StatChge
    value: StatChge = new
    return value


_STATUS_1: Final = xdr.SizedRun("I * x i", "#mon_name", "mon_name", "state")
_STATUS_2: Final = xdr.Run("I", "#mon_name")
_STATUS_3: Final = xdr.SizedRun("* s i", "mon_name", "state")
_new_status: Final = xdr.unfrozen(Status)


def encode_status(out: xdr.Encoder, value: Status) -> None:
    """Encode ``status``."""
    at: xdr.Place = "mon_name"
    try:
        try:
            mon_name = value.mon_name.encode()
        except UnicodeEncodeError:
            mon_name = xdr.text(value.mon_name)
        mon_name_length = len(mon_name)
        if mon_name_length > SM_MAXSTRLEN:
            raise xdr.too_long(mon_name_length, SM_MAXSTRLEN)
        at = _STATUS_1
        out += _STATUS_1[mon_name_length].pack(mon_name_length, mon_name, value.state)
        at = "priv"
        xdr.encode_fixed_opaque(out, value.priv, SM_PRIV_SIZE)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_status(data: xdr.Decoder) -> Status:
    """Decode ``status``."""
    new = _new_status()
    at: xdr.Place = _STATUS_2
    try:
        (mon_name_length,) = _STATUS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _STATUS_3
        if mon_name_length > SM_MAXSTRLEN:
            raise xdr.too_long(mon_name_length, SM_MAXSTRLEN)
        mon_name, padding, new.state = _STATUS_3[mon_name_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.mon_name = mon_name.decode()
        except UnicodeDecodeError:
            new.mon_name = mon_name.decode("utf-8", "surrogateescape")
        data.position += (mon_name_length + 7) & -4
        at = "priv"
        new.priv = xdr.decode_fixed_opaque(data, SM_PRIV_SIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Status
    value: Status = new
    return value


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
