"""What nlm4.x declares.

Written by typedserver-rpcgen: change nlm4.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

LM_MAXSTRLEN: Final = 1024
LM_MAXNAMELEN: Final = 1025
MAXNETOBJ_SZ: Final = 1024
NLM_PROGRAM: Final = 100021


Uint64: TypeAlias = int


Int64: TypeAlias = int


Uint32: TypeAlias = int


Int32: TypeAlias = int


Netobj: TypeAlias = bytes


class Nlm4Stats(IntEnum):
    """``enum nlm4_stats``."""

    NLM4_GRANTED = 0
    NLM4_DENIED = 1
    NLM4_DENIED_NOLOCKS = 2
    NLM4_BLOCKED = 3
    NLM4_DENIED_GRACE_PERIOD = 4
    NLM4_DEADLCK = 5
    NLM4_ROFS = 6
    NLM4_STALE_FH = 7
    NLM4_FBIG = 8
    NLM4_FAILED = 9


@dataclass(frozen=True, slots=True)
class Nlm4Holder:
    """``struct nlm4_holder``."""

    exclusive: bool
    svid: Int32
    oh: Netobj
    l_offset: Uint64
    l_len: Uint64


@dataclass(frozen=True, slots=True)
class Nlm4TestrplyNlm4Denied:
    """``union nlm4_testrply``: NLM4_DENIED."""

    stat: ClassVar[Literal[Nlm4Stats.NLM4_DENIED]] = Nlm4Stats.NLM4_DENIED
    holder: Nlm4Holder


Nlm4StatsExceptNlm4Denied: TypeAlias = Literal[
    Nlm4Stats.NLM4_GRANTED,
    Nlm4Stats.NLM4_DENIED_NOLOCKS,
    Nlm4Stats.NLM4_BLOCKED,
    Nlm4Stats.NLM4_DENIED_GRACE_PERIOD,
    Nlm4Stats.NLM4_DEADLCK,
    Nlm4Stats.NLM4_ROFS,
    Nlm4Stats.NLM4_STALE_FH,
    Nlm4Stats.NLM4_FBIG,
    Nlm4Stats.NLM4_FAILED,
]


@dataclass(frozen=True, slots=True)
class Nlm4TestrplyDefault:
    """``union nlm4_testrply``: all others."""

    stat: Nlm4StatsExceptNlm4Denied


Nlm4Testrply: TypeAlias = Nlm4TestrplyNlm4Denied | Nlm4TestrplyDefault


@dataclass(frozen=True, slots=True)
class Nlm4Stat:
    """``struct nlm4_stat``."""

    stat: Nlm4Stats


@dataclass(frozen=True, slots=True)
class Nlm4Res:
    """``struct nlm4_res``."""

    cookie: Netobj
    stat: Nlm4Stat


@dataclass(frozen=True, slots=True)
class Nlm4Testres:
    """``struct nlm4_testres``."""

    cookie: Netobj
    stat: Nlm4Testrply


@dataclass(frozen=True, slots=True)
class Nlm4Lock:
    """``struct nlm4_lock``."""

    caller_name: str
    fh: Netobj
    oh: Netobj
    svid: Int32
    l_offset: Uint64
    l_len: Uint64


@dataclass(frozen=True, slots=True)
class Nlm4Lockargs:
    """``struct nlm4_lockargs``."""

    cookie: Netobj
    block: bool
    exclusive: bool
    alock: Nlm4Lock
    reclaim: bool
    state: Int32


@dataclass(frozen=True, slots=True)
class Nlm4Cancargs:
    """``struct nlm4_cancargs``."""

    cookie: Netobj
    block: bool
    exclusive: bool
    alock: Nlm4Lock


@dataclass(frozen=True, slots=True)
class Nlm4Testargs:
    """``struct nlm4_testargs``."""

    cookie: Netobj
    exclusive: bool
    alock: Nlm4Lock


@dataclass(frozen=True, slots=True)
class Nlm4Unlockargs:
    """``struct nlm4_unlockargs``."""

    cookie: Netobj
    alock: Nlm4Lock


class Fsh4Mode(IntEnum):
    """``enum fsh4_mode``."""

    fsm_DN = 0
    fsm_DR = 1
    fsm_DW = 2
    fsm_DRW = 3


class Fsh4Access(IntEnum):
    """``enum fsh4_access``."""

    fsa_NONE = 0
    fsa_R = 1
    fsa_W = 2
    fsa_RW = 3


@dataclass(frozen=True, slots=True)
class Nlm4Share:
    """``struct nlm4_share``."""

    caller_name: str
    fh: Netobj
    oh: Netobj
    mode: Fsh4Mode
    access: Fsh4Access


@dataclass(frozen=True, slots=True)
class Nlm4Shareargs:
    """``struct nlm4_shareargs``."""

    cookie: Netobj
    share: Nlm4Share
    reclaim: bool


@dataclass(frozen=True, slots=True)
class Nlm4Shareres:
    """``struct nlm4_shareres``."""

    cookie: Netobj
    stat: Nlm4Stats
    sequence: Int32


@dataclass(frozen=True, slots=True)
class Nlm4Notify:
    """``struct nlm4_notify``."""

    name: str
    state: Int32


_NLM4STATSEXCEPTNLM4DENIED: Final[dict[int, Nlm4StatsExceptNlm4Denied]] = {
    0: Nlm4Stats.NLM4_GRANTED,
    2: Nlm4Stats.NLM4_DENIED_NOLOCKS,
    3: Nlm4Stats.NLM4_BLOCKED,
    4: Nlm4Stats.NLM4_DENIED_GRACE_PERIOD,
    5: Nlm4Stats.NLM4_DEADLCK,
    6: Nlm4Stats.NLM4_ROFS,
    7: Nlm4Stats.NLM4_STALE_FH,
    8: Nlm4Stats.NLM4_FBIG,
    9: Nlm4Stats.NLM4_FAILED,
}


def encode_uint64(out: xdr.Encoder, value: Uint64) -> None:
    """Encode ``uint64``."""
    xdr.encode_unsigned_hyper(out, value)


def decode_uint64(data: xdr.Decoder) -> Uint64:
    """Decode ``uint64``."""
    return xdr.decode_unsigned_hyper(data)


def encode_int64(out: xdr.Encoder, value: Int64) -> None:
    """Encode ``int64``."""
    xdr.encode_hyper(out, value)


def decode_int64(data: xdr.Decoder) -> Int64:
    """Decode ``int64``."""
    return xdr.decode_hyper(data)


def encode_uint32(out: xdr.Encoder, value: Uint32) -> None:
    """Encode ``uint32``."""
    xdr.encode_unsigned(out, value)


def decode_uint32(data: xdr.Decoder) -> Uint32:
    """Decode ``uint32``."""
    return xdr.decode_unsigned(data)


def encode_int32(out: xdr.Encoder, value: Int32) -> None:
    """Encode ``int32``."""
    xdr.encode_int(out, value)


def decode_int32(data: xdr.Decoder) -> Int32:
    """Decode ``int32``."""
    return xdr.decode_int(data)


def encode_netobj(out: xdr.Encoder, value: Netobj) -> None:
    """Encode ``netobj``."""
    xdr.encode_opaque(out, value, MAXNETOBJ_SZ)


def decode_netobj(data: xdr.Decoder) -> Netobj:
    """Decode ``netobj``."""
    return xdr.decode_opaque(data, MAXNETOBJ_SZ)


def encode_nlm4_stats(out: xdr.Encoder, value: Nlm4Stats) -> None:
    """Encode ``nlm4_stats``."""
    xdr.encode_enum(out, value, Nlm4Stats)


def decode_nlm4_stats(data: xdr.Decoder) -> Nlm4Stats:
    """Decode ``nlm4_stats``."""
    return xdr.decode_enum(data, Nlm4Stats)


_NLM4HOLDER_1: Final = xdr.SizedRun("i i I * x Q Q", "exclusive", "svid", "#oh", "oh", "l_offset", "l_len")
_NLM4HOLDER_2: Final = xdr.Run("i i I", "exclusive", "svid", "#oh")
_NLM4HOLDER_3: Final = xdr.SizedRun("* s Q Q", "oh", "l_offset", "l_len")
_new_nlm4holder: Final = xdr.unfrozen(Nlm4Holder)


def encode_nlm4_holder(out: xdr.Encoder, value: Nlm4Holder) -> None:
    """Encode ``nlm4_holder``."""
    at: xdr.Place = "exclusive"
    try:
        exclusive = xdr.BOOL[value.exclusive]
        at = "oh"
        oh = value.oh
        oh_length = len(oh)
        if oh_length > MAXNETOBJ_SZ:
            raise xdr.too_long(oh_length, MAXNETOBJ_SZ)
        at = _NLM4HOLDER_1
        out += _NLM4HOLDER_1[oh_length].pack(exclusive, value.svid, oh_length, oh, value.l_offset, value.l_len)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_holder(data: xdr.Decoder) -> Nlm4Holder:
    """Decode ``nlm4_holder``."""
    new = _new_nlm4holder()
    at: xdr.Place = _NLM4HOLDER_2
    try:
        exclusive, new.svid, oh_length = _NLM4HOLDER_2.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "exclusive"
        new.exclusive = xdr.BOOL[exclusive]
        at = _NLM4HOLDER_3
        if oh_length > MAXNETOBJ_SZ:
            raise xdr.too_long(oh_length, MAXNETOBJ_SZ)
        new.oh, padding, new.l_offset, new.l_len = _NLM4HOLDER_3[oh_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (oh_length + 19) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Nlm4Holder
    value: Nlm4Holder = new
    return value


_NLM4TESTRPLY_1: Final = xdr.Run("i", "stat")
_new_nlm4testrplynlm4denied: Final = xdr.unfrozen(Nlm4TestrplyNlm4Denied)
_new_nlm4testrplydefault: Final = xdr.unfrozen(Nlm4TestrplyDefault)


def encode_nlm4_testrply(out: xdr.Encoder, value: Nlm4Testrply) -> None:
    """Encode ``nlm4_testrply``."""
    at: xdr.Place = "stat"
    try:
        if type(value) is Nlm4TestrplyNlm4Denied:
            at = _NLM4TESTRPLY_1
            out += _NLM4TESTRPLY_1.pack(1)
            at = "holder"
            encode_nlm4_holder(out, value.holder)
        elif type(value) is Nlm4TestrplyDefault:
            at = "stat"
            stat_ = _NLM4STATSEXCEPTNLM4DENIED[value.stat]
            at = _NLM4TESTRPLY_1
            out += _NLM4TESTRPLY_1.pack(stat_)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_testrply(data: xdr.Decoder) -> Nlm4Testrply:
    """Decode ``nlm4_testrply``."""
    try:
        (number,) = _NLM4TESTRPLY_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _NLM4TESTRPLY_1, data) from None
    return _decode_nlm4_testrply_arm(data, number)


def _decode_nlm4_testrply_arm(data: xdr.Decoder, number: int) -> Nlm4Testrply:
    at: xdr.Place = "stat"
    try:
        if number == 1:  # NLM4_DENIED
            new = _new_nlm4testrplynlm4denied()
            at = "holder"
            new.holder = decode_nlm4_holder(data)
            new.__class__ = Nlm4TestrplyNlm4Denied
            value: Nlm4Testrply = new
        elif number in _NLM4STATSEXCEPTNLM4DENIED:
            new = _new_nlm4testrplydefault()
            new.stat = _NLM4STATSEXCEPTNLM4DENIED[number]
            new.__class__ = Nlm4TestrplyDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_NLM4STATS: Final = {each: each for each in Nlm4Stats}
_NLM4STAT_1: Final = xdr.Run("i", "stat")
_new_nlm4stat: Final = xdr.unfrozen(Nlm4Stat)


def encode_nlm4_stat(out: xdr.Encoder, value: Nlm4Stat) -> None:
    """Encode ``nlm4_stat``."""
    at: xdr.Place = "stat"
    try:
        stat = _NLM4STATS[value.stat]
        at = _NLM4STAT_1
        out += _NLM4STAT_1.pack(stat)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_stat(data: xdr.Decoder) -> Nlm4Stat:
    """Decode ``nlm4_stat``."""
    new = _new_nlm4stat()
    at: xdr.Place = _NLM4STAT_1
    try:
        (stat,) = _NLM4STAT_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "stat"
        new.stat = _NLM4STATS[stat]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Nlm4Stat
    value: Nlm4Stat = new
    return value


_NLM4RES_1: Final = xdr.SizedRun("I * x i", "#cookie", "cookie", "stat.stat")
_NLM4RES_2: Final = xdr.Run("I", "#cookie")
_NLM4RES_3: Final = xdr.SizedRun("* s i", "cookie", "stat.stat")
_new_nlm4res: Final = xdr.unfrozen(Nlm4Res)


def encode_nlm4_res(out: xdr.Encoder, value: Nlm4Res) -> None:
    """Encode ``nlm4_res``."""
    at: xdr.Place = "stat.stat"
    try:
        stat_stat = _NLM4STATS[value.stat.stat]
        at = "cookie"
        cookie = value.cookie
        cookie_length = len(cookie)
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        at = _NLM4RES_1
        out += _NLM4RES_1[cookie_length].pack(cookie_length, cookie, stat_stat)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_res(data: xdr.Decoder) -> Nlm4Res:
    """Decode ``nlm4_res``."""
    new = _new_nlm4res()
    stat = _new_nlm4stat()
    at: xdr.Place = _NLM4RES_2
    try:
        (cookie_length,) = _NLM4RES_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _NLM4RES_3
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        new.cookie, padding, stat_stat = _NLM4RES_3[cookie_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (cookie_length + 7) & -4
        at = "stat.stat"
        stat.stat = _NLM4STATS[stat_stat]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    stat.__class__ = Nlm4Stat
    new.stat = stat
    new.__class__ = Nlm4Res
    value: Nlm4Res = new
    return value


_NLM4TESTRES_1: Final = xdr.SizedRun("I * x", "#cookie", "cookie")
_NLM4TESTRES_2: Final = xdr.Run("I", "#cookie")
_NLM4TESTRES_3: Final = xdr.SizedRun("* s i", "cookie", "stat")
_new_nlm4testres: Final = xdr.unfrozen(Nlm4Testres)


def encode_nlm4_testres(out: xdr.Encoder, value: Nlm4Testres) -> None:
    """Encode ``nlm4_testres``."""
    at: xdr.Place = "cookie"
    try:
        cookie = value.cookie
        cookie_length = len(cookie)
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        at = _NLM4TESTRES_1
        out += _NLM4TESTRES_1[cookie_length].pack(cookie_length, cookie)
        at = "stat"
        encode_nlm4_testrply(out, value.stat)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_testres(data: xdr.Decoder) -> Nlm4Testres:
    """Decode ``nlm4_testres``."""
    new = _new_nlm4testres()
    at: xdr.Place = _NLM4TESTRES_2
    try:
        (cookie_length,) = _NLM4TESTRES_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _NLM4TESTRES_3
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        new.cookie, padding, stat_case = _NLM4TESTRES_3[cookie_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (cookie_length + 7) & -4
        at = "stat"
        new.stat = _decode_nlm4_testrply_arm(data, stat_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Nlm4Testres
    value: Nlm4Testres = new
    return value


_NLM4LOCK_1: Final = xdr.SizedRun("I * x I", "#caller_name", "caller_name", "#fh")
_NLM4LOCK_2: Final = xdr.SizedRun("* x I", "fh", "#oh")
_NLM4LOCK_3: Final = xdr.SizedRun("* x i Q Q", "oh", "svid", "l_offset", "l_len")
_NLM4LOCK_4: Final = xdr.Run("I", "#caller_name")
_NLM4LOCK_5: Final = xdr.SizedRun("* s I", "caller_name", "#fh")
_NLM4LOCK_6: Final = xdr.SizedRun("* s I", "fh", "#oh")
_NLM4LOCK_7: Final = xdr.SizedRun("* s i Q Q", "oh", "svid", "l_offset", "l_len")
_new_nlm4lock: Final = xdr.unfrozen(Nlm4Lock)


def encode_nlm4_lock(out: xdr.Encoder, value: Nlm4Lock) -> None:
    """Encode ``nlm4_lock``."""
    at: xdr.Place = "caller_name"
    try:
        try:
            caller_name = value.caller_name.encode()
        except UnicodeEncodeError:
            caller_name = xdr.text(value.caller_name)
        caller_name_length = len(caller_name)
        if caller_name_length > LM_MAXSTRLEN:
            raise xdr.too_long(caller_name_length, LM_MAXSTRLEN)
        at = "fh"
        fh = value.fh
        fh_length = len(fh)
        if fh_length > MAXNETOBJ_SZ:
            raise xdr.too_long(fh_length, MAXNETOBJ_SZ)
        at = _NLM4LOCK_1
        out += _NLM4LOCK_1[caller_name_length].pack(caller_name_length, caller_name, fh_length)
        at = "oh"
        oh = value.oh
        oh_length = len(oh)
        if oh_length > MAXNETOBJ_SZ:
            raise xdr.too_long(oh_length, MAXNETOBJ_SZ)
        at = _NLM4LOCK_2
        out += _NLM4LOCK_2[fh_length].pack(fh, oh_length)
        at = _NLM4LOCK_3
        out += _NLM4LOCK_3[oh_length].pack(oh, value.svid, value.l_offset, value.l_len)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_lock(data: xdr.Decoder) -> Nlm4Lock:
    """Decode ``nlm4_lock``."""
    new = _new_nlm4lock()
    at: xdr.Place = _NLM4LOCK_4
    try:
        (caller_name_length,) = _NLM4LOCK_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _NLM4LOCK_5
        if caller_name_length > LM_MAXSTRLEN:
            raise xdr.too_long(caller_name_length, LM_MAXSTRLEN)
        caller_name, padding, fh_length = _NLM4LOCK_5[caller_name_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.caller_name = caller_name.decode()
        except UnicodeDecodeError:
            new.caller_name = caller_name.decode("utf-8", "surrogateescape")
        data.position += (caller_name_length + 7) & -4
        at = _NLM4LOCK_6
        if fh_length > MAXNETOBJ_SZ:
            raise xdr.too_long(fh_length, MAXNETOBJ_SZ)
        new.fh, padding, oh_length = _NLM4LOCK_6[fh_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (fh_length + 7) & -4
        at = _NLM4LOCK_7
        if oh_length > MAXNETOBJ_SZ:
            raise xdr.too_long(oh_length, MAXNETOBJ_SZ)
        (
            new.oh,
            padding,
            new.svid,
            new.l_offset,
            new.l_len,
        ) = _NLM4LOCK_7[oh_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (oh_length + 23) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Nlm4Lock
    value: Nlm4Lock = new
    return value


_NLM4LOCKARGS_1: Final = xdr.SizedRun("I * x i i", "#cookie", "cookie", "block", "exclusive")
_NLM4LOCKARGS_2: Final = xdr.Run("i i", "reclaim", "state")
_NLM4LOCKARGS_3: Final = xdr.Run("I", "#cookie")
_NLM4LOCKARGS_4: Final = xdr.SizedRun("* s i i", "cookie", "block", "exclusive")
_new_nlm4lockargs: Final = xdr.unfrozen(Nlm4Lockargs)


def encode_nlm4_lockargs(out: xdr.Encoder, value: Nlm4Lockargs) -> None:
    """Encode ``nlm4_lockargs``."""
    at: xdr.Place = "block"
    try:
        block = xdr.BOOL[value.block]
        at = "exclusive"
        exclusive = xdr.BOOL[value.exclusive]
        at = "cookie"
        cookie = value.cookie
        cookie_length = len(cookie)
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        at = _NLM4LOCKARGS_1
        out += _NLM4LOCKARGS_1[cookie_length].pack(cookie_length, cookie, block, exclusive)
        at = "alock"
        encode_nlm4_lock(out, value.alock)
        at = "reclaim"
        reclaim = xdr.BOOL[value.reclaim]
        at = _NLM4LOCKARGS_2
        out += _NLM4LOCKARGS_2.pack(reclaim, value.state)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_lockargs(data: xdr.Decoder) -> Nlm4Lockargs:
    """Decode ``nlm4_lockargs``."""
    new = _new_nlm4lockargs()
    at: xdr.Place = _NLM4LOCKARGS_3
    try:
        (cookie_length,) = _NLM4LOCKARGS_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _NLM4LOCKARGS_4
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        new.cookie, padding, block, exclusive = _NLM4LOCKARGS_4[cookie_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (cookie_length + 11) & -4
        at = "block"
        new.block = xdr.BOOL[block]
        at = "exclusive"
        new.exclusive = xdr.BOOL[exclusive]
        at = "alock"
        new.alock = decode_nlm4_lock(data)
        at = _NLM4LOCKARGS_2
        reclaim, new.state = _NLM4LOCKARGS_2.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "reclaim"
        new.reclaim = xdr.BOOL[reclaim]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Nlm4Lockargs
    value: Nlm4Lockargs = new
    return value


_NLM4CANCARGS_1: Final = xdr.SizedRun("I * x i i", "#cookie", "cookie", "block", "exclusive")
_NLM4CANCARGS_2: Final = xdr.Run("I", "#cookie")
_NLM4CANCARGS_3: Final = xdr.SizedRun("* s i i", "cookie", "block", "exclusive")
_new_nlm4cancargs: Final = xdr.unfrozen(Nlm4Cancargs)


def encode_nlm4_cancargs(out: xdr.Encoder, value: Nlm4Cancargs) -> None:
    """Encode ``nlm4_cancargs``."""
    at: xdr.Place = "block"
    try:
        block = xdr.BOOL[value.block]
        at = "exclusive"
        exclusive = xdr.BOOL[value.exclusive]
        at = "cookie"
        cookie = value.cookie
        cookie_length = len(cookie)
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        at = _NLM4CANCARGS_1
        out += _NLM4CANCARGS_1[cookie_length].pack(cookie_length, cookie, block, exclusive)
        at = "alock"
        encode_nlm4_lock(out, value.alock)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_cancargs(data: xdr.Decoder) -> Nlm4Cancargs:
    """Decode ``nlm4_cancargs``."""
    new = _new_nlm4cancargs()
    at: xdr.Place = _NLM4CANCARGS_2
    try:
        (cookie_length,) = _NLM4CANCARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _NLM4CANCARGS_3
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        new.cookie, padding, block, exclusive = _NLM4CANCARGS_3[cookie_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (cookie_length + 11) & -4
        at = "block"
        new.block = xdr.BOOL[block]
        at = "exclusive"
        new.exclusive = xdr.BOOL[exclusive]
        at = "alock"
        new.alock = decode_nlm4_lock(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Nlm4Cancargs
    value: Nlm4Cancargs = new
    return value


_NLM4TESTARGS_1: Final = xdr.SizedRun("I * x i", "#cookie", "cookie", "exclusive")
_NLM4TESTARGS_2: Final = xdr.Run("I", "#cookie")
_NLM4TESTARGS_3: Final = xdr.SizedRun("* s i", "cookie", "exclusive")
_new_nlm4testargs: Final = xdr.unfrozen(Nlm4Testargs)


def encode_nlm4_testargs(out: xdr.Encoder, value: Nlm4Testargs) -> None:
    """Encode ``nlm4_testargs``."""
    at: xdr.Place = "exclusive"
    try:
        exclusive = xdr.BOOL[value.exclusive]
        at = "cookie"
        cookie = value.cookie
        cookie_length = len(cookie)
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        at = _NLM4TESTARGS_1
        out += _NLM4TESTARGS_1[cookie_length].pack(cookie_length, cookie, exclusive)
        at = "alock"
        encode_nlm4_lock(out, value.alock)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_testargs(data: xdr.Decoder) -> Nlm4Testargs:
    """Decode ``nlm4_testargs``."""
    new = _new_nlm4testargs()
    at: xdr.Place = _NLM4TESTARGS_2
    try:
        (cookie_length,) = _NLM4TESTARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _NLM4TESTARGS_3
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        new.cookie, padding, exclusive = _NLM4TESTARGS_3[cookie_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (cookie_length + 7) & -4
        at = "exclusive"
        new.exclusive = xdr.BOOL[exclusive]
        at = "alock"
        new.alock = decode_nlm4_lock(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Nlm4Testargs
    value: Nlm4Testargs = new
    return value


_NLM4UNLOCKARGS_1: Final = xdr.SizedRun("I * x", "#cookie", "cookie")
_NLM4UNLOCKARGS_2: Final = xdr.Run("I", "#cookie")
_NLM4UNLOCKARGS_3: Final = xdr.SizedRun("* s", "cookie")
_new_nlm4unlockargs: Final = xdr.unfrozen(Nlm4Unlockargs)


def encode_nlm4_unlockargs(out: xdr.Encoder, value: Nlm4Unlockargs) -> None:
    """Encode ``nlm4_unlockargs``."""
    at: xdr.Place = "cookie"
    try:
        cookie = value.cookie
        cookie_length = len(cookie)
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        at = _NLM4UNLOCKARGS_1
        out += _NLM4UNLOCKARGS_1[cookie_length].pack(cookie_length, cookie)
        at = "alock"
        encode_nlm4_lock(out, value.alock)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_unlockargs(data: xdr.Decoder) -> Nlm4Unlockargs:
    """Decode ``nlm4_unlockargs``."""
    new = _new_nlm4unlockargs()
    at: xdr.Place = _NLM4UNLOCKARGS_2
    try:
        (cookie_length,) = _NLM4UNLOCKARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _NLM4UNLOCKARGS_3
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        new.cookie, padding = _NLM4UNLOCKARGS_3[cookie_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (cookie_length + 3) & -4
        at = "alock"
        new.alock = decode_nlm4_lock(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Nlm4Unlockargs
    value: Nlm4Unlockargs = new
    return value


def encode_fsh4_mode(out: xdr.Encoder, value: Fsh4Mode) -> None:
    """Encode ``fsh4_mode``."""
    xdr.encode_enum(out, value, Fsh4Mode)


def decode_fsh4_mode(data: xdr.Decoder) -> Fsh4Mode:
    """Decode ``fsh4_mode``."""
    return xdr.decode_enum(data, Fsh4Mode)


def encode_fsh4_access(out: xdr.Encoder, value: Fsh4Access) -> None:
    """Encode ``fsh4_access``."""
    xdr.encode_enum(out, value, Fsh4Access)


def decode_fsh4_access(data: xdr.Decoder) -> Fsh4Access:
    """Decode ``fsh4_access``."""
    return xdr.decode_enum(data, Fsh4Access)


_FSH4MODE: Final = {each: each for each in Fsh4Mode}
_FSH4ACCESS: Final = {each: each for each in Fsh4Access}
_NLM4SHARE_1: Final = xdr.SizedRun("I * x I", "#caller_name", "caller_name", "#fh")
_NLM4SHARE_2: Final = xdr.SizedRun("* x I", "fh", "#oh")
_NLM4SHARE_3: Final = xdr.SizedRun("* x i i", "oh", "mode", "access")
_NLM4SHARE_4: Final = xdr.Run("I", "#caller_name")
_NLM4SHARE_5: Final = xdr.SizedRun("* s I", "caller_name", "#fh")
_NLM4SHARE_6: Final = xdr.SizedRun("* s I", "fh", "#oh")
_NLM4SHARE_7: Final = xdr.SizedRun("* s i i", "oh", "mode", "access")
_new_nlm4share: Final = xdr.unfrozen(Nlm4Share)


def encode_nlm4_share(out: xdr.Encoder, value: Nlm4Share) -> None:
    """Encode ``nlm4_share``."""
    at: xdr.Place = "caller_name"
    try:
        try:
            caller_name = value.caller_name.encode()
        except UnicodeEncodeError:
            caller_name = xdr.text(value.caller_name)
        caller_name_length = len(caller_name)
        if caller_name_length > LM_MAXSTRLEN:
            raise xdr.too_long(caller_name_length, LM_MAXSTRLEN)
        at = "fh"
        fh = value.fh
        fh_length = len(fh)
        if fh_length > MAXNETOBJ_SZ:
            raise xdr.too_long(fh_length, MAXNETOBJ_SZ)
        at = _NLM4SHARE_1
        out += _NLM4SHARE_1[caller_name_length].pack(caller_name_length, caller_name, fh_length)
        at = "oh"
        oh = value.oh
        oh_length = len(oh)
        if oh_length > MAXNETOBJ_SZ:
            raise xdr.too_long(oh_length, MAXNETOBJ_SZ)
        at = _NLM4SHARE_2
        out += _NLM4SHARE_2[fh_length].pack(fh, oh_length)
        at = "mode"
        mode = _FSH4MODE[value.mode]
        at = "access"
        access = _FSH4ACCESS[value.access]
        at = _NLM4SHARE_3
        out += _NLM4SHARE_3[oh_length].pack(oh, mode, access)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_share(data: xdr.Decoder) -> Nlm4Share:
    """Decode ``nlm4_share``."""
    new = _new_nlm4share()
    at: xdr.Place = _NLM4SHARE_4
    try:
        (caller_name_length,) = _NLM4SHARE_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _NLM4SHARE_5
        if caller_name_length > LM_MAXSTRLEN:
            raise xdr.too_long(caller_name_length, LM_MAXSTRLEN)
        caller_name, padding, fh_length = _NLM4SHARE_5[caller_name_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.caller_name = caller_name.decode()
        except UnicodeDecodeError:
            new.caller_name = caller_name.decode("utf-8", "surrogateescape")
        data.position += (caller_name_length + 7) & -4
        at = _NLM4SHARE_6
        if fh_length > MAXNETOBJ_SZ:
            raise xdr.too_long(fh_length, MAXNETOBJ_SZ)
        new.fh, padding, oh_length = _NLM4SHARE_6[fh_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (fh_length + 7) & -4
        at = _NLM4SHARE_7
        if oh_length > MAXNETOBJ_SZ:
            raise xdr.too_long(oh_length, MAXNETOBJ_SZ)
        new.oh, padding, mode, access = _NLM4SHARE_7[oh_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (oh_length + 11) & -4
        at = "mode"
        new.mode = _FSH4MODE[mode]
        at = "access"
        new.access = _FSH4ACCESS[access]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Nlm4Share
    value: Nlm4Share = new
    return value


_NLM4SHAREARGS_1: Final = xdr.SizedRun("I * x", "#cookie", "cookie")
_NLM4SHAREARGS_2: Final = xdr.Run("i", "reclaim")
_NLM4SHAREARGS_3: Final = xdr.Run("I", "#cookie")
_NLM4SHAREARGS_4: Final = xdr.SizedRun("* s", "cookie")
_new_nlm4shareargs: Final = xdr.unfrozen(Nlm4Shareargs)


def encode_nlm4_shareargs(out: xdr.Encoder, value: Nlm4Shareargs) -> None:
    """Encode ``nlm4_shareargs``."""
    at: xdr.Place = "cookie"
    try:
        cookie = value.cookie
        cookie_length = len(cookie)
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        at = _NLM4SHAREARGS_1
        out += _NLM4SHAREARGS_1[cookie_length].pack(cookie_length, cookie)
        at = "share"
        encode_nlm4_share(out, value.share)
        at = "reclaim"
        reclaim = xdr.BOOL[value.reclaim]
        at = _NLM4SHAREARGS_2
        out += _NLM4SHAREARGS_2.pack(reclaim)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_shareargs(data: xdr.Decoder) -> Nlm4Shareargs:
    """Decode ``nlm4_shareargs``."""
    new = _new_nlm4shareargs()
    at: xdr.Place = _NLM4SHAREARGS_3
    try:
        (cookie_length,) = _NLM4SHAREARGS_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _NLM4SHAREARGS_4
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        new.cookie, padding = _NLM4SHAREARGS_4[cookie_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (cookie_length + 3) & -4
        at = "share"
        new.share = decode_nlm4_share(data)
        at = _NLM4SHAREARGS_2
        (reclaim,) = _NLM4SHAREARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "reclaim"
        new.reclaim = xdr.BOOL[reclaim]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Nlm4Shareargs
    value: Nlm4Shareargs = new
    return value


_NLM4SHARERES_1: Final = xdr.SizedRun("I * x i i", "#cookie", "cookie", "stat", "sequence")
_NLM4SHARERES_2: Final = xdr.Run("I", "#cookie")
_NLM4SHARERES_3: Final = xdr.SizedRun("* s i i", "cookie", "stat", "sequence")
_new_nlm4shareres: Final = xdr.unfrozen(Nlm4Shareres)


def encode_nlm4_shareres(out: xdr.Encoder, value: Nlm4Shareres) -> None:
    """Encode ``nlm4_shareres``."""
    at: xdr.Place = "stat"
    try:
        stat = _NLM4STATS[value.stat]
        at = "cookie"
        cookie = value.cookie
        cookie_length = len(cookie)
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        at = _NLM4SHARERES_1
        out += _NLM4SHARERES_1[cookie_length].pack(cookie_length, cookie, stat, value.sequence)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_shareres(data: xdr.Decoder) -> Nlm4Shareres:
    """Decode ``nlm4_shareres``."""
    new = _new_nlm4shareres()
    at: xdr.Place = _NLM4SHARERES_2
    try:
        (cookie_length,) = _NLM4SHARERES_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _NLM4SHARERES_3
        if cookie_length > MAXNETOBJ_SZ:
            raise xdr.too_long(cookie_length, MAXNETOBJ_SZ)
        new.cookie, padding, stat, new.sequence = _NLM4SHARERES_3[cookie_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (cookie_length + 11) & -4
        at = "stat"
        new.stat = _NLM4STATS[stat]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Nlm4Shareres
    value: Nlm4Shareres = new
    return value


_NLM4NOTIFY_1: Final = xdr.SizedRun("I * x i", "#name", "name", "state")
_NLM4NOTIFY_2: Final = xdr.Run("I", "#name")
_NLM4NOTIFY_3: Final = xdr.SizedRun("* s i", "name", "state")
_new_nlm4notify: Final = xdr.unfrozen(Nlm4Notify)


def encode_nlm4_notify(out: xdr.Encoder, value: Nlm4Notify) -> None:
    """Encode ``nlm4_notify``."""
    at: xdr.Place = "name"
    try:
        try:
            name = value.name.encode()
        except UnicodeEncodeError:
            name = xdr.text(value.name)
        name_length = len(name)
        if name_length > LM_MAXNAMELEN:
            raise xdr.too_long(name_length, LM_MAXNAMELEN)
        at = _NLM4NOTIFY_1
        out += _NLM4NOTIFY_1[name_length].pack(name_length, name, value.state)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nlm4_notify(data: xdr.Decoder) -> Nlm4Notify:
    """Decode ``nlm4_notify``."""
    new = _new_nlm4notify()
    at: xdr.Place = _NLM4NOTIFY_2
    try:
        (name_length,) = _NLM4NOTIFY_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _NLM4NOTIFY_3
        if name_length > LM_MAXNAMELEN:
            raise xdr.too_long(name_length, LM_MAXNAMELEN)
        name, padding, new.state = _NLM4NOTIFY_3[name_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.name = name.decode()
        except UnicodeDecodeError:
            new.name = name.decode("utf-8", "surrogateescape")
        data.position += (name_length + 7) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Nlm4Notify
    value: Nlm4Notify = new
    return value


class Nlm4Vers(Protocol):
    """What serves ``NLM4_VERS`` of ``NLM_PROGRAM``."""

    def nlmproc4_test(self, argument: Nlm4Testargs, call: rpc.Call, /) -> rpc.Result[Nlm4Testres]:
        """Answer ``NLMPROC4_TEST``."""
        ...

    def nlmproc4_lock(self, argument: Nlm4Lockargs, call: rpc.Call, /) -> rpc.Result[Nlm4Res]:
        """Answer ``NLMPROC4_LOCK``."""
        ...

    def nlmproc4_cancel(self, argument: Nlm4Cancargs, call: rpc.Call, /) -> rpc.Result[Nlm4Res]:
        """Answer ``NLMPROC4_CANCEL``."""
        ...

    def nlmproc4_unlock(self, argument: Nlm4Unlockargs, call: rpc.Call, /) -> rpc.Result[Nlm4Res]:
        """Answer ``NLMPROC4_UNLOCK``."""
        ...

    def nlmproc4_granted(self, argument: Nlm4Testargs, call: rpc.Call, /) -> rpc.Result[Nlm4Res]:
        """Answer ``NLMPROC4_GRANTED``."""
        ...

    def nlmproc4_test_msg(self, argument: Nlm4Testargs, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``NLMPROC4_TEST_MSG``."""
        ...

    def nlmproc4_lock_msg(self, argument: Nlm4Lockargs, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``NLMPROC4_LOCK_MSG``."""
        ...

    def nlmproc4_cancel_msg(self, argument: Nlm4Cancargs, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``NLMPROC4_CANCEL_MSG``."""
        ...

    def nlmproc4_unlock_msg(self, argument: Nlm4Unlockargs, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``NLMPROC4_UNLOCK_MSG``."""
        ...

    def nlmproc4_granted_msg(self, argument: Nlm4Testargs, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``NLMPROC4_GRANTED_MSG``."""
        ...

    def nlmproc4_test_res(self, argument: Nlm4Testres, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``NLMPROC4_TEST_RES``."""
        ...

    def nlmproc4_lock_res(self, argument: Nlm4Res, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``NLMPROC4_LOCK_RES``."""
        ...

    def nlmproc4_cancel_res(self, argument: Nlm4Res, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``NLMPROC4_CANCEL_RES``."""
        ...

    def nlmproc4_unlock_res(self, argument: Nlm4Res, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``NLMPROC4_UNLOCK_RES``."""
        ...

    def nlmproc4_granted_res(self, argument: Nlm4Res, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``NLMPROC4_GRANTED_RES``."""
        ...

    def nlmproc4_share(self, argument: Nlm4Shareargs, call: rpc.Call, /) -> rpc.Result[Nlm4Shareres]:
        """Answer ``NLMPROC4_SHARE``."""
        ...

    def nlmproc4_unshare(self, argument: Nlm4Shareargs, call: rpc.Call, /) -> rpc.Result[Nlm4Shareres]:
        """Answer ``NLMPROC4_UNSHARE``."""
        ...

    def nlmproc4_nm_lock(self, argument: Nlm4Lockargs, call: rpc.Call, /) -> rpc.Result[Nlm4Res]:
        """Answer ``NLMPROC4_NM_LOCK``."""
        ...

    def nlmproc4_free_all(self, argument: Nlm4Notify, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``NLMPROC4_FREE_ALL``."""
        ...


NLM4_VERS: Final = rpc.Version[Nlm4Vers](
    "NLM_PROGRAM",
    NLM_PROGRAM,
    4,
    {
        1: rpc.Procedure("nlmproc4_test", xdr.arguments(decode_nlm4_testargs), encode_nlm4_testres),
        2: rpc.Procedure("nlmproc4_lock", xdr.arguments(decode_nlm4_lockargs), encode_nlm4_res),
        3: rpc.Procedure("nlmproc4_cancel", xdr.arguments(decode_nlm4_cancargs), encode_nlm4_res),
        4: rpc.Procedure("nlmproc4_unlock", xdr.arguments(decode_nlm4_unlockargs), encode_nlm4_res),
        5: rpc.Procedure("nlmproc4_granted", xdr.arguments(decode_nlm4_testargs), encode_nlm4_res),
        6: rpc.Procedure("nlmproc4_test_msg", xdr.arguments(decode_nlm4_testargs), xdr.encode_void),
        7: rpc.Procedure("nlmproc4_lock_msg", xdr.arguments(decode_nlm4_lockargs), xdr.encode_void),
        8: rpc.Procedure("nlmproc4_cancel_msg", xdr.arguments(decode_nlm4_cancargs), xdr.encode_void),
        9: rpc.Procedure("nlmproc4_unlock_msg", xdr.arguments(decode_nlm4_unlockargs), xdr.encode_void),
        10: rpc.Procedure("nlmproc4_granted_msg", xdr.arguments(decode_nlm4_testargs), xdr.encode_void),
        11: rpc.Procedure("nlmproc4_test_res", xdr.arguments(decode_nlm4_testres), xdr.encode_void),
        12: rpc.Procedure("nlmproc4_lock_res", xdr.arguments(decode_nlm4_res), xdr.encode_void),
        13: rpc.Procedure("nlmproc4_cancel_res", xdr.arguments(decode_nlm4_res), xdr.encode_void),
        14: rpc.Procedure("nlmproc4_unlock_res", xdr.arguments(decode_nlm4_res), xdr.encode_void),
        15: rpc.Procedure("nlmproc4_granted_res", xdr.arguments(decode_nlm4_res), xdr.encode_void),
        20: rpc.Procedure("nlmproc4_share", xdr.arguments(decode_nlm4_shareargs), encode_nlm4_shareres),
        21: rpc.Procedure("nlmproc4_unshare", xdr.arguments(decode_nlm4_shareargs), encode_nlm4_shareres),
        22: rpc.Procedure("nlmproc4_nm_lock", xdr.arguments(decode_nlm4_lockargs), encode_nlm4_res),
        23: rpc.Procedure("nlmproc4_free_all", xdr.arguments(decode_nlm4_notify), xdr.encode_void),
    },
)


class Nlm4VersClient:
    """Calls ``NLM4_VERS`` of ``NLM_PROGRAM`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def nlmproc4_null(self) -> None:
        """Call ``NLMPROC4_NULL``."""
        self._client.call(NLM_PROGRAM, 4, 0, xdr.encode_void, None, xdr.decode_void)

    def nlmproc4_test(self, argument: Nlm4Testargs, /) -> Nlm4Testres:
        """Call ``NLMPROC4_TEST``."""
        return self._client.call(NLM_PROGRAM, 4, 1, encode_nlm4_testargs, argument, decode_nlm4_testres)

    def nlmproc4_lock(self, argument: Nlm4Lockargs, /) -> Nlm4Res:
        """Call ``NLMPROC4_LOCK``."""
        return self._client.call(NLM_PROGRAM, 4, 2, encode_nlm4_lockargs, argument, decode_nlm4_res)

    def nlmproc4_cancel(self, argument: Nlm4Cancargs, /) -> Nlm4Res:
        """Call ``NLMPROC4_CANCEL``."""
        return self._client.call(NLM_PROGRAM, 4, 3, encode_nlm4_cancargs, argument, decode_nlm4_res)

    def nlmproc4_unlock(self, argument: Nlm4Unlockargs, /) -> Nlm4Res:
        """Call ``NLMPROC4_UNLOCK``."""
        return self._client.call(NLM_PROGRAM, 4, 4, encode_nlm4_unlockargs, argument, decode_nlm4_res)

    def nlmproc4_granted(self, argument: Nlm4Testargs, /) -> Nlm4Res:
        """Call ``NLMPROC4_GRANTED``."""
        return self._client.call(NLM_PROGRAM, 4, 5, encode_nlm4_testargs, argument, decode_nlm4_res)

    def nlmproc4_test_msg(self, argument: Nlm4Testargs, /) -> None:
        """Call ``NLMPROC4_TEST_MSG``."""
        self._client.call(NLM_PROGRAM, 4, 6, encode_nlm4_testargs, argument, xdr.decode_void)

    def nlmproc4_lock_msg(self, argument: Nlm4Lockargs, /) -> None:
        """Call ``NLMPROC4_LOCK_MSG``."""
        self._client.call(NLM_PROGRAM, 4, 7, encode_nlm4_lockargs, argument, xdr.decode_void)

    def nlmproc4_cancel_msg(self, argument: Nlm4Cancargs, /) -> None:
        """Call ``NLMPROC4_CANCEL_MSG``."""
        self._client.call(NLM_PROGRAM, 4, 8, encode_nlm4_cancargs, argument, xdr.decode_void)

    def nlmproc4_unlock_msg(self, argument: Nlm4Unlockargs, /) -> None:
        """Call ``NLMPROC4_UNLOCK_MSG``."""
        self._client.call(NLM_PROGRAM, 4, 9, encode_nlm4_unlockargs, argument, xdr.decode_void)

    def nlmproc4_granted_msg(self, argument: Nlm4Testargs, /) -> None:
        """Call ``NLMPROC4_GRANTED_MSG``."""
        self._client.call(NLM_PROGRAM, 4, 10, encode_nlm4_testargs, argument, xdr.decode_void)

    def nlmproc4_test_res(self, argument: Nlm4Testres, /) -> None:
        """Call ``NLMPROC4_TEST_RES``."""
        self._client.call(NLM_PROGRAM, 4, 11, encode_nlm4_testres, argument, xdr.decode_void)

    def nlmproc4_lock_res(self, argument: Nlm4Res, /) -> None:
        """Call ``NLMPROC4_LOCK_RES``."""
        self._client.call(NLM_PROGRAM, 4, 12, encode_nlm4_res, argument, xdr.decode_void)

    def nlmproc4_cancel_res(self, argument: Nlm4Res, /) -> None:
        """Call ``NLMPROC4_CANCEL_RES``."""
        self._client.call(NLM_PROGRAM, 4, 13, encode_nlm4_res, argument, xdr.decode_void)

    def nlmproc4_unlock_res(self, argument: Nlm4Res, /) -> None:
        """Call ``NLMPROC4_UNLOCK_RES``."""
        self._client.call(NLM_PROGRAM, 4, 14, encode_nlm4_res, argument, xdr.decode_void)

    def nlmproc4_granted_res(self, argument: Nlm4Res, /) -> None:
        """Call ``NLMPROC4_GRANTED_RES``."""
        self._client.call(NLM_PROGRAM, 4, 15, encode_nlm4_res, argument, xdr.decode_void)

    def nlmproc4_share(self, argument: Nlm4Shareargs, /) -> Nlm4Shareres:
        """Call ``NLMPROC4_SHARE``."""
        return self._client.call(NLM_PROGRAM, 4, 20, encode_nlm4_shareargs, argument, decode_nlm4_shareres)

    def nlmproc4_unshare(self, argument: Nlm4Shareargs, /) -> Nlm4Shareres:
        """Call ``NLMPROC4_UNSHARE``."""
        return self._client.call(NLM_PROGRAM, 4, 21, encode_nlm4_shareargs, argument, decode_nlm4_shareres)

    def nlmproc4_nm_lock(self, argument: Nlm4Lockargs, /) -> Nlm4Res:
        """Call ``NLMPROC4_NM_LOCK``."""
        return self._client.call(NLM_PROGRAM, 4, 22, encode_nlm4_lockargs, argument, decode_nlm4_res)

    def nlmproc4_free_all(self, argument: Nlm4Notify, /) -> None:
        """Call ``NLMPROC4_FREE_ALL``."""
        self._client.call(NLM_PROGRAM, 4, 23, encode_nlm4_notify, argument, xdr.decode_void)


class Nlm4VersAsyncClient:
    """Calls ``NLM4_VERS`` of ``NLM_PROGRAM`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def nlmproc4_null(self) -> None:
        """Call ``NLMPROC4_NULL``."""
        await self._client.call(NLM_PROGRAM, 4, 0, xdr.encode_void, None, xdr.decode_void)

    async def nlmproc4_test(self, argument: Nlm4Testargs, /) -> Nlm4Testres:
        """Call ``NLMPROC4_TEST``."""
        return await self._client.call(NLM_PROGRAM, 4, 1, encode_nlm4_testargs, argument, decode_nlm4_testres)

    async def nlmproc4_lock(self, argument: Nlm4Lockargs, /) -> Nlm4Res:
        """Call ``NLMPROC4_LOCK``."""
        return await self._client.call(NLM_PROGRAM, 4, 2, encode_nlm4_lockargs, argument, decode_nlm4_res)

    async def nlmproc4_cancel(self, argument: Nlm4Cancargs, /) -> Nlm4Res:
        """Call ``NLMPROC4_CANCEL``."""
        return await self._client.call(NLM_PROGRAM, 4, 3, encode_nlm4_cancargs, argument, decode_nlm4_res)

    async def nlmproc4_unlock(self, argument: Nlm4Unlockargs, /) -> Nlm4Res:
        """Call ``NLMPROC4_UNLOCK``."""
        return await self._client.call(NLM_PROGRAM, 4, 4, encode_nlm4_unlockargs, argument, decode_nlm4_res)

    async def nlmproc4_granted(self, argument: Nlm4Testargs, /) -> Nlm4Res:
        """Call ``NLMPROC4_GRANTED``."""
        return await self._client.call(NLM_PROGRAM, 4, 5, encode_nlm4_testargs, argument, decode_nlm4_res)

    async def nlmproc4_test_msg(self, argument: Nlm4Testargs, /) -> None:
        """Call ``NLMPROC4_TEST_MSG``."""
        await self._client.call(NLM_PROGRAM, 4, 6, encode_nlm4_testargs, argument, xdr.decode_void)

    async def nlmproc4_lock_msg(self, argument: Nlm4Lockargs, /) -> None:
        """Call ``NLMPROC4_LOCK_MSG``."""
        await self._client.call(NLM_PROGRAM, 4, 7, encode_nlm4_lockargs, argument, xdr.decode_void)

    async def nlmproc4_cancel_msg(self, argument: Nlm4Cancargs, /) -> None:
        """Call ``NLMPROC4_CANCEL_MSG``."""
        await self._client.call(NLM_PROGRAM, 4, 8, encode_nlm4_cancargs, argument, xdr.decode_void)

    async def nlmproc4_unlock_msg(self, argument: Nlm4Unlockargs, /) -> None:
        """Call ``NLMPROC4_UNLOCK_MSG``."""
        await self._client.call(NLM_PROGRAM, 4, 9, encode_nlm4_unlockargs, argument, xdr.decode_void)

    async def nlmproc4_granted_msg(self, argument: Nlm4Testargs, /) -> None:
        """Call ``NLMPROC4_GRANTED_MSG``."""
        await self._client.call(NLM_PROGRAM, 4, 10, encode_nlm4_testargs, argument, xdr.decode_void)

    async def nlmproc4_test_res(self, argument: Nlm4Testres, /) -> None:
        """Call ``NLMPROC4_TEST_RES``."""
        await self._client.call(NLM_PROGRAM, 4, 11, encode_nlm4_testres, argument, xdr.decode_void)

    async def nlmproc4_lock_res(self, argument: Nlm4Res, /) -> None:
        """Call ``NLMPROC4_LOCK_RES``."""
        await self._client.call(NLM_PROGRAM, 4, 12, encode_nlm4_res, argument, xdr.decode_void)

    async def nlmproc4_cancel_res(self, argument: Nlm4Res, /) -> None:
        """Call ``NLMPROC4_CANCEL_RES``."""
        await self._client.call(NLM_PROGRAM, 4, 13, encode_nlm4_res, argument, xdr.decode_void)

    async def nlmproc4_unlock_res(self, argument: Nlm4Res, /) -> None:
        """Call ``NLMPROC4_UNLOCK_RES``."""
        await self._client.call(NLM_PROGRAM, 4, 14, encode_nlm4_res, argument, xdr.decode_void)

    async def nlmproc4_granted_res(self, argument: Nlm4Res, /) -> None:
        """Call ``NLMPROC4_GRANTED_RES``."""
        await self._client.call(NLM_PROGRAM, 4, 15, encode_nlm4_res, argument, xdr.decode_void)

    async def nlmproc4_share(self, argument: Nlm4Shareargs, /) -> Nlm4Shareres:
        """Call ``NLMPROC4_SHARE``."""
        return await self._client.call(NLM_PROGRAM, 4, 20, encode_nlm4_shareargs, argument, decode_nlm4_shareres)

    async def nlmproc4_unshare(self, argument: Nlm4Shareargs, /) -> Nlm4Shareres:
        """Call ``NLMPROC4_UNSHARE``."""
        return await self._client.call(NLM_PROGRAM, 4, 21, encode_nlm4_shareargs, argument, decode_nlm4_shareres)

    async def nlmproc4_nm_lock(self, argument: Nlm4Lockargs, /) -> Nlm4Res:
        """Call ``NLMPROC4_NM_LOCK``."""
        return await self._client.call(NLM_PROGRAM, 4, 22, encode_nlm4_lockargs, argument, decode_nlm4_res)

    async def nlmproc4_free_all(self, argument: Nlm4Notify, /) -> None:
        """Call ``NLMPROC4_FREE_ALL``."""
        await self._client.call(NLM_PROGRAM, 4, 23, encode_nlm4_notify, argument, xdr.decode_void)
