"""What ypserv.x declares.

Written by typedserver-rpcgen: change ypserv.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

YPMAXRECORD: Final = 1024
YPMAXDOMAIN: Final = 64
YPMAXMAP: Final = 64
YPMAXPEER: Final = 64
YPPROG: Final = 100004


class Ypstat(IntEnum):
    """``enum ypstat``."""

    YP_TRUE = 1
    YP_NOMORE = 2
    YP_FALSE = 0
    YP_NOMAP = -1
    YP_NODOM = -2
    YP_NOKEY = -3
    YP_BADOP = -4
    YP_BADDB = -5
    YP_YPERR = -6
    YP_BADARGS = -7
    YP_VERS = -8


class Ypxfrstat(IntEnum):
    """``enum ypxfrstat``."""

    YPXFR_SUCC = 1
    YPXFR_AGE = 2
    YPXFR_NOMAP = -1
    YPXFR_NODOM = -2
    YPXFR_RSRC = -3
    YPXFR_RPC = -4
    YPXFR_MADDR = -5
    YPXFR_YPERR = -6
    YPXFR_BADARGS = -7
    YPXFR_DBM = -8
    YPXFR_FILE = -9
    YPXFR_SKEW = -10
    YPXFR_CLEAR = -11
    YPXFR_FORCE = -12
    YPXFR_XFRERR = -13
    YPXFR_REFUSED = -14


Domainname: TypeAlias = str


Mapname: TypeAlias = str


Peername: TypeAlias = str


Keydat: TypeAlias = bytes


Valdat: TypeAlias = bytes


@dataclass(frozen=True, slots=True)
class YpmapParms:
    """``struct ypmap_parms``."""

    domain: Domainname
    map: Mapname
    ordernum: int
    peer: Peername


@dataclass(frozen=True, slots=True)
class YpreqKey:
    """``struct ypreq_key``."""

    domain: Domainname
    map: Mapname
    key: Keydat


@dataclass(frozen=True, slots=True)
class YpreqNokey:
    """``struct ypreq_nokey``."""

    domain: Domainname
    map: Mapname


@dataclass(frozen=True, slots=True)
class YpreqXfr:
    """``struct ypreq_xfr``."""

    map_parms: YpmapParms
    transid: int
    prog: int
    port: int


@dataclass(frozen=True, slots=True)
class YprespVal:
    """``struct ypresp_val``."""

    stat: Ypstat
    val: Valdat


@dataclass(frozen=True, slots=True)
class YprespKeyVal:
    """``struct ypresp_key_val``."""

    stat: Ypstat
    val: Valdat
    key: Keydat


@dataclass(frozen=True, slots=True)
class YprespMaster:
    """``struct ypresp_master``."""

    stat: Ypstat
    peer: Peername


@dataclass(frozen=True, slots=True)
class YprespOrder:
    """``struct ypresp_order``."""

    stat: Ypstat
    ordernum: int


@dataclass(frozen=True, slots=True)
class YprespAllTrue:
    """``union ypresp_all``: True."""

    more: ClassVar[Literal[True]] = True
    val: YprespKeyVal


@dataclass(frozen=True, slots=True)
class YprespAllFalse:
    """``union ypresp_all``: False."""

    more: ClassVar[Literal[False]] = False


YprespAll: TypeAlias = YprespAllTrue | YprespAllFalse


@dataclass(frozen=True, slots=True)
class YprespXfr:
    """``struct ypresp_xfr``."""

    transid: int
    xfrstat: Ypxfrstat


@dataclass(frozen=True, slots=True)
class Ypmaplist:
    """An element of ``struct ypmaplist``, a linked list: a tuple of them stands for it."""

    map: Mapname


@dataclass(frozen=True, slots=True)
class YprespMaplist:
    """``struct ypresp_maplist``."""

    stat: Ypstat
    maps: tuple[Ypmaplist, ...]


def encode_ypstat(out: xdr.Encoder, value: Ypstat) -> None:
    """Encode ``ypstat``."""
    xdr.encode_enum(out, value, Ypstat)


def decode_ypstat(data: xdr.Decoder) -> Ypstat:
    """Decode ``ypstat``."""
    return xdr.decode_enum(data, Ypstat)


def encode_ypxfrstat(out: xdr.Encoder, value: Ypxfrstat) -> None:
    """Encode ``ypxfrstat``."""
    xdr.encode_enum(out, value, Ypxfrstat)


def decode_ypxfrstat(data: xdr.Decoder) -> Ypxfrstat:
    """Decode ``ypxfrstat``."""
    return xdr.decode_enum(data, Ypxfrstat)


def encode_domainname(out: xdr.Encoder, value: Domainname) -> None:
    """Encode ``domainname``."""
    xdr.encode_string(out, value, YPMAXDOMAIN)


def decode_domainname(data: xdr.Decoder) -> Domainname:
    """Decode ``domainname``."""
    return xdr.decode_string(data, YPMAXDOMAIN)


def encode_mapname(out: xdr.Encoder, value: Mapname) -> None:
    """Encode ``mapname``."""
    xdr.encode_string(out, value, YPMAXMAP)


def decode_mapname(data: xdr.Decoder) -> Mapname:
    """Decode ``mapname``."""
    return xdr.decode_string(data, YPMAXMAP)


def encode_peername(out: xdr.Encoder, value: Peername) -> None:
    """Encode ``peername``."""
    xdr.encode_string(out, value, YPMAXPEER)


def decode_peername(data: xdr.Decoder) -> Peername:
    """Decode ``peername``."""
    return xdr.decode_string(data, YPMAXPEER)


def encode_keydat(out: xdr.Encoder, value: Keydat) -> None:
    """Encode ``keydat``."""
    xdr.encode_opaque(out, value, YPMAXRECORD)


def decode_keydat(data: xdr.Decoder) -> Keydat:
    """Decode ``keydat``."""
    return xdr.decode_opaque(data, YPMAXRECORD)


def encode_valdat(out: xdr.Encoder, value: Valdat) -> None:
    """Encode ``valdat``."""
    xdr.encode_opaque(out, value, YPMAXRECORD)


def decode_valdat(data: xdr.Decoder) -> Valdat:
    """Decode ``valdat``."""
    return xdr.decode_opaque(data, YPMAXRECORD)


_YPMAPPARMS_1: Final = xdr.Run("I", "#domain")
_YPMAPPARMS_2: Final = xdr.Run("I", "#map")
_YPMAPPARMS_3: Final = xdr.Run("I I", "ordernum", "#peer")
_new_ypmapparms: Final = xdr.constructor(YpmapParms)


def encode_ypmap_parms(out: xdr.Encoder, value: YpmapParms) -> None:
    """Encode ``ypmap_parms``."""
    at: str | xdr.Run = "domain"
    try:
        domain = xdr.text(value.domain, YPMAXDOMAIN)
        at = _YPMAPPARMS_1
        out += _YPMAPPARMS_1.pack(len(domain))
        at = "domain"
        out += domain
        out += xdr.PADDING[len(domain) & 3]
        at = "map"
        map_ = xdr.text(value.map, YPMAXMAP)
        at = _YPMAPPARMS_2
        out += _YPMAPPARMS_2.pack(len(map_))
        at = "map"
        out += map_
        out += xdr.PADDING[len(map_) & 3]
        at = "peer"
        peer = xdr.text(value.peer, YPMAXPEER)
        at = _YPMAPPARMS_3
        out += _YPMAPPARMS_3.pack(value.ordernum, len(peer))
        at = "peer"
        out += peer
        out += xdr.PADDING[len(peer) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypmap_parms(data: xdr.Decoder) -> YpmapParms:
    """Decode ``ypmap_parms``."""
    at: str | xdr.Run = _YPMAPPARMS_1
    try:
        (domain_length,) = _YPMAPPARMS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "domain"
        domain = xdr.string_of(data, domain_length, YPMAXDOMAIN)
        at = _YPMAPPARMS_2
        (map__length,) = _YPMAPPARMS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "map"
        map_ = xdr.string_of(data, map__length, YPMAXMAP)
        at = _YPMAPPARMS_3
        ordernum, peer_length = _YPMAPPARMS_3.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "peer"
        peer = xdr.string_of(data, peer_length, YPMAXPEER)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_ypmapparms(domain, map_, ordernum, peer)


_YPREQKEY_1: Final = xdr.Run("I", "#domain")
_YPREQKEY_2: Final = xdr.Run("I", "#map")
_YPREQKEY_3: Final = xdr.Run("I", "#key")
_new_ypreqkey: Final = xdr.constructor(YpreqKey)


def encode_ypreq_key(out: xdr.Encoder, value: YpreqKey) -> None:
    """Encode ``ypreq_key``."""
    at: str | xdr.Run = "domain"
    try:
        domain = xdr.text(value.domain, YPMAXDOMAIN)
        at = _YPREQKEY_1
        out += _YPREQKEY_1.pack(len(domain))
        at = "domain"
        out += domain
        out += xdr.PADDING[len(domain) & 3]
        at = "map"
        map_ = xdr.text(value.map, YPMAXMAP)
        at = _YPREQKEY_2
        out += _YPREQKEY_2.pack(len(map_))
        at = "map"
        out += map_
        out += xdr.PADDING[len(map_) & 3]
        at = "key"
        key_length = xdr.checked_length(value.key, YPMAXRECORD)
        at = _YPREQKEY_3
        out += _YPREQKEY_3.pack(key_length)
        at = "key"
        out += value.key
        out += xdr.PADDING[len(value.key) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypreq_key(data: xdr.Decoder) -> YpreqKey:
    """Decode ``ypreq_key``."""
    at: str | xdr.Run = _YPREQKEY_1
    try:
        (domain_length,) = _YPREQKEY_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "domain"
        domain = xdr.string_of(data, domain_length, YPMAXDOMAIN)
        at = _YPREQKEY_2
        (map__length,) = _YPREQKEY_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "map"
        map_ = xdr.string_of(data, map__length, YPMAXMAP)
        at = _YPREQKEY_3
        (key_length,) = _YPREQKEY_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "key"
        key = xdr.opaque_of(data, key_length, YPMAXRECORD)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_ypreqkey(domain, map_, key)


_YPREQNOKEY_1: Final = xdr.Run("I", "#domain")
_YPREQNOKEY_2: Final = xdr.Run("I", "#map")
_new_ypreqnokey: Final = xdr.constructor(YpreqNokey)


def encode_ypreq_nokey(out: xdr.Encoder, value: YpreqNokey) -> None:
    """Encode ``ypreq_nokey``."""
    at: str | xdr.Run = "domain"
    try:
        domain = xdr.text(value.domain, YPMAXDOMAIN)
        at = _YPREQNOKEY_1
        out += _YPREQNOKEY_1.pack(len(domain))
        at = "domain"
        out += domain
        out += xdr.PADDING[len(domain) & 3]
        at = "map"
        map_ = xdr.text(value.map, YPMAXMAP)
        at = _YPREQNOKEY_2
        out += _YPREQNOKEY_2.pack(len(map_))
        at = "map"
        out += map_
        out += xdr.PADDING[len(map_) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypreq_nokey(data: xdr.Decoder) -> YpreqNokey:
    """Decode ``ypreq_nokey``."""
    at: str | xdr.Run = _YPREQNOKEY_1
    try:
        (domain_length,) = _YPREQNOKEY_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "domain"
        domain = xdr.string_of(data, domain_length, YPMAXDOMAIN)
        at = _YPREQNOKEY_2
        (map__length,) = _YPREQNOKEY_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "map"
        map_ = xdr.string_of(data, map__length, YPMAXMAP)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_ypreqnokey(domain, map_)


_YPREQXFR_1: Final = xdr.Run("I I I", "transid", "prog", "port")
_new_ypreqxfr: Final = xdr.constructor(YpreqXfr)


def encode_ypreq_xfr(out: xdr.Encoder, value: YpreqXfr) -> None:
    """Encode ``ypreq_xfr``."""
    at: str | xdr.Run = "map_parms"
    try:
        encode_ypmap_parms(out, value.map_parms)
        at = _YPREQXFR_1
        out += _YPREQXFR_1.pack(value.transid, value.prog, value.port)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypreq_xfr(data: xdr.Decoder) -> YpreqXfr:
    """Decode ``ypreq_xfr``."""
    at: str | xdr.Run = "map_parms"
    try:
        map_parms = decode_ypmap_parms(data)
        at = _YPREQXFR_1
        transid, prog, port = _YPREQXFR_1.unpack_from(data.buffer, data.position)
        data.position += 12
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_ypreqxfr(map_parms, transid, prog, port)


_YPSTAT: Final = {each.value: each for each in Ypstat}
_YPRESPVAL_1: Final = xdr.Run("i I", "stat", "#val")
_new_yprespval: Final = xdr.constructor(YprespVal)


def encode_ypresp_val(out: xdr.Encoder, value: YprespVal) -> None:
    """Encode ``ypresp_val``."""
    at: str | xdr.Run = "stat"
    try:
        stat = _YPSTAT[value.stat]
        at = "val"
        val_length = xdr.checked_length(value.val, YPMAXRECORD)
        at = _YPRESPVAL_1
        out += _YPRESPVAL_1.pack(stat, val_length)
        at = "val"
        out += value.val
        out += xdr.PADDING[len(value.val) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypresp_val(data: xdr.Decoder) -> YprespVal:
    """Decode ``ypresp_val``."""
    at: str | xdr.Run = _YPRESPVAL_1
    try:
        stat, val_length = _YPRESPVAL_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "stat"
        stat = _YPSTAT[stat]
        at = "val"
        val = xdr.opaque_of(data, val_length, YPMAXRECORD)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_yprespval(stat, val)


_YPRESPKEYVAL_1: Final = xdr.Run("i I", "stat", "#val")
_YPRESPKEYVAL_2: Final = xdr.Run("I", "#key")
_new_yprespkeyval: Final = xdr.constructor(YprespKeyVal)


def encode_ypresp_key_val(out: xdr.Encoder, value: YprespKeyVal) -> None:
    """Encode ``ypresp_key_val``."""
    at: str | xdr.Run = "stat"
    try:
        stat = _YPSTAT[value.stat]
        at = "val"
        val_length = xdr.checked_length(value.val, YPMAXRECORD)
        at = _YPRESPKEYVAL_1
        out += _YPRESPKEYVAL_1.pack(stat, val_length)
        at = "val"
        out += value.val
        out += xdr.PADDING[len(value.val) & 3]
        at = "key"
        key_length = xdr.checked_length(value.key, YPMAXRECORD)
        at = _YPRESPKEYVAL_2
        out += _YPRESPKEYVAL_2.pack(key_length)
        at = "key"
        out += value.key
        out += xdr.PADDING[len(value.key) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypresp_key_val(data: xdr.Decoder) -> YprespKeyVal:
    """Decode ``ypresp_key_val``."""
    at: str | xdr.Run = _YPRESPKEYVAL_1
    try:
        stat, val_length = _YPRESPKEYVAL_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "stat"
        stat = _YPSTAT[stat]
        at = "val"
        val = xdr.opaque_of(data, val_length, YPMAXRECORD)
        at = _YPRESPKEYVAL_2
        (key_length,) = _YPRESPKEYVAL_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "key"
        key = xdr.opaque_of(data, key_length, YPMAXRECORD)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_yprespkeyval(stat, val, key)


_YPRESPMASTER_1: Final = xdr.Run("i I", "stat", "#peer")
_new_yprespmaster: Final = xdr.constructor(YprespMaster)


def encode_ypresp_master(out: xdr.Encoder, value: YprespMaster) -> None:
    """Encode ``ypresp_master``."""
    at: str | xdr.Run = "stat"
    try:
        stat = _YPSTAT[value.stat]
        at = "peer"
        peer = xdr.text(value.peer, YPMAXPEER)
        at = _YPRESPMASTER_1
        out += _YPRESPMASTER_1.pack(stat, len(peer))
        at = "peer"
        out += peer
        out += xdr.PADDING[len(peer) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypresp_master(data: xdr.Decoder) -> YprespMaster:
    """Decode ``ypresp_master``."""
    at: str | xdr.Run = _YPRESPMASTER_1
    try:
        stat, peer_length = _YPRESPMASTER_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "stat"
        stat = _YPSTAT[stat]
        at = "peer"
        peer = xdr.string_of(data, peer_length, YPMAXPEER)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_yprespmaster(stat, peer)


_YPRESPORDER_1: Final = xdr.Run("i I", "stat", "ordernum")
_new_ypresporder: Final = xdr.constructor(YprespOrder)


def encode_ypresp_order(out: xdr.Encoder, value: YprespOrder) -> None:
    """Encode ``ypresp_order``."""
    at: str | xdr.Run = "stat"
    try:
        stat = _YPSTAT[value.stat]
        at = _YPRESPORDER_1
        out += _YPRESPORDER_1.pack(stat, value.ordernum)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypresp_order(data: xdr.Decoder) -> YprespOrder:
    """Decode ``ypresp_order``."""
    at: str | xdr.Run = _YPRESPORDER_1
    try:
        stat, ordernum = _YPRESPORDER_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "stat"
        stat = _YPSTAT[stat]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_ypresporder(stat, ordernum)


_YPRESPALL_1: Final = xdr.Run("i", "more")
_new_yprespalltrue: Final = xdr.constructor(YprespAllTrue)


def encode_ypresp_all(out: xdr.Encoder, value: YprespAll) -> None:
    """Encode ``ypresp_all``."""
    at: str | xdr.Run = "more"
    try:
        match value:
            case YprespAllTrue():
                at = _YPRESPALL_1
                out += _YPRESPALL_1.pack(1)
                at = "val"
                encode_ypresp_key_val(out, value.val)
            case YprespAllFalse():
                at = _YPRESPALL_1
                out += _YPRESPALL_1.pack(0)
            case _:
                xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypresp_all(data: xdr.Decoder) -> YprespAll:
    """Decode ``ypresp_all``."""
    try:
        (number,) = _YPRESPALL_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _YPRESPALL_1, data) from None
    return _decode_ypresp_all_arm(data, number)


def _decode_ypresp_all_arm(data: xdr.Decoder, number: int) -> YprespAll:
    at: str | xdr.Run = "more"
    try:
        if number == 1:  # True
            at = "val"
            val = decode_ypresp_key_val(data)
            return _new_yprespalltrue(val)
        if number == 0:  # False
            return YprespAllFalse()
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_YPXFRSTAT: Final = {each.value: each for each in Ypxfrstat}
_YPRESPXFR_1: Final = xdr.Run("I i", "transid", "xfrstat")
_new_yprespxfr: Final = xdr.constructor(YprespXfr)


def encode_ypresp_xfr(out: xdr.Encoder, value: YprespXfr) -> None:
    """Encode ``ypresp_xfr``."""
    at: str | xdr.Run = "xfrstat"
    try:
        xfrstat = _YPXFRSTAT[value.xfrstat]
        at = _YPRESPXFR_1
        out += _YPRESPXFR_1.pack(value.transid, xfrstat)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypresp_xfr(data: xdr.Decoder) -> YprespXfr:
    """Decode ``ypresp_xfr``."""
    at: str | xdr.Run = _YPRESPXFR_1
    try:
        transid, xfrstat = _YPRESPXFR_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "xfrstat"
        xfrstat = _YPXFRSTAT[xfrstat]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_yprespxfr(transid, xfrstat)


_YPMAPLIST_1: Final = xdr.Run("I", "#map")
_new_ypmaplist: Final = xdr.constructor(Ypmaplist)


def encode_ypmaplist(out: xdr.Encoder, value: Ypmaplist) -> None:
    """Encode ``ypmaplist``."""
    at: str | xdr.Run = "map"
    try:
        map_ = xdr.text(value.map, YPMAXMAP)
        at = _YPMAPLIST_1
        out += _YPMAPLIST_1.pack(len(map_))
        at = "map"
        out += map_
        out += xdr.PADDING[len(map_) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypmaplist(data: xdr.Decoder) -> Ypmaplist:
    """Decode ``ypmaplist``."""
    at: str | xdr.Run = _YPMAPLIST_1
    try:
        (map__length,) = _YPMAPLIST_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "map"
        map_ = xdr.string_of(data, map__length, YPMAXMAP)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_ypmaplist(map_)


_YPRESPMAPLIST_1: Final = xdr.Run("i", "stat")
_new_yprespmaplist: Final = xdr.constructor(YprespMaplist)


def encode_ypresp_maplist(out: xdr.Encoder, value: YprespMaplist) -> None:
    """Encode ``ypresp_maplist``."""
    at: str | xdr.Run = "stat"
    try:
        stat = _YPSTAT[value.stat]
        at = _YPRESPMAPLIST_1
        out += _YPRESPMAPLIST_1.pack(stat)
        at = "maps"
        xdr.encode_list(out, value.maps, encode_ypmaplist)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypresp_maplist(data: xdr.Decoder) -> YprespMaplist:
    """Decode ``ypresp_maplist``."""
    at: str | xdr.Run = _YPRESPMAPLIST_1
    try:
        (stat,) = _YPRESPMAPLIST_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "stat"
        stat = _YPSTAT[stat]
        at = "maps"
        maps = xdr.decode_list(data, decode_ypmaplist)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_yprespmaplist(stat, maps)


class Ypvers(Protocol):
    """What serves ``YPVERS`` of ``YPPROG``."""

    def ypproc_domain(self, argument: Domainname, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``YPPROC_DOMAIN``."""
        ...

    def ypproc_domain_nonack(self, argument: Domainname, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``YPPROC_DOMAIN_NONACK``."""
        ...

    def ypproc_match(self, argument: YpreqKey, call: rpc.Call, /) -> rpc.Result[YprespVal]:
        """Answer ``YPPROC_MATCH``."""
        ...

    def ypproc_first(self, argument: YpreqNokey, call: rpc.Call, /) -> rpc.Result[YprespKeyVal]:
        """Answer ``YPPROC_FIRST``."""
        ...

    def ypproc_next(self, argument: YpreqKey, call: rpc.Call, /) -> rpc.Result[YprespKeyVal]:
        """Answer ``YPPROC_NEXT``."""
        ...

    def ypproc_xfr(self, argument: YpreqXfr, call: rpc.Call, /) -> rpc.Result[YprespXfr]:
        """Answer ``YPPROC_XFR``."""
        ...

    def ypproc_clear(self, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``YPPROC_CLEAR``."""
        ...

    def ypproc_all(self, argument: YpreqNokey, call: rpc.Call, /) -> rpc.Result[YprespAll]:
        """Answer ``YPPROC_ALL``."""
        ...

    def ypproc_master(self, argument: YpreqNokey, call: rpc.Call, /) -> rpc.Result[YprespMaster]:
        """Answer ``YPPROC_MASTER``."""
        ...

    def ypproc_order(self, argument: YpreqNokey, call: rpc.Call, /) -> rpc.Result[YprespOrder]:
        """Answer ``YPPROC_ORDER``."""
        ...

    def ypproc_maplist(self, argument: Domainname, call: rpc.Call, /) -> rpc.Result[YprespMaplist]:
        """Answer ``YPPROC_MAPLIST``."""
        ...


YPVERS: Final = rpc.Version[Ypvers](
    "YPPROG",
    YPPROG,
    2,
    {
        1: rpc.Procedure("ypproc_domain", xdr.arguments(decode_domainname), xdr.encode_bool),
        2: rpc.Procedure("ypproc_domain_nonack", xdr.arguments(decode_domainname), xdr.encode_bool),
        3: rpc.Procedure("ypproc_match", xdr.arguments(decode_ypreq_key), encode_ypresp_val),
        4: rpc.Procedure("ypproc_first", xdr.arguments(decode_ypreq_nokey), encode_ypresp_key_val),
        5: rpc.Procedure("ypproc_next", xdr.arguments(decode_ypreq_key), encode_ypresp_key_val),
        6: rpc.Procedure("ypproc_xfr", xdr.arguments(decode_ypreq_xfr), encode_ypresp_xfr),
        7: rpc.Procedure("ypproc_clear", xdr.arguments(), xdr.encode_void),
        8: rpc.Procedure("ypproc_all", xdr.arguments(decode_ypreq_nokey), encode_ypresp_all),
        9: rpc.Procedure("ypproc_master", xdr.arguments(decode_ypreq_nokey), encode_ypresp_master),
        10: rpc.Procedure("ypproc_order", xdr.arguments(decode_ypreq_nokey), encode_ypresp_order),
        11: rpc.Procedure("ypproc_maplist", xdr.arguments(decode_domainname), encode_ypresp_maplist),
    },
)


class YpversClient:
    """Calls ``YPVERS`` of ``YPPROG`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def ypproc_null(self) -> None:
        """Call ``YPPROC_NULL``."""
        self._client.call(YPPROG, 2, 0, xdr.encode_void, None, xdr.decode_void)

    def ypproc_domain(self, argument: Domainname, /) -> bool:
        """Call ``YPPROC_DOMAIN``."""
        return self._client.call(YPPROG, 2, 1, encode_domainname, argument, xdr.decode_bool)

    def ypproc_domain_nonack(self, argument: Domainname, /) -> bool:
        """Call ``YPPROC_DOMAIN_NONACK``."""
        return self._client.call(YPPROG, 2, 2, encode_domainname, argument, xdr.decode_bool)

    def ypproc_match(self, argument: YpreqKey, /) -> YprespVal:
        """Call ``YPPROC_MATCH``."""
        return self._client.call(YPPROG, 2, 3, encode_ypreq_key, argument, decode_ypresp_val)

    def ypproc_first(self, argument: YpreqNokey, /) -> YprespKeyVal:
        """Call ``YPPROC_FIRST``."""
        return self._client.call(YPPROG, 2, 4, encode_ypreq_nokey, argument, decode_ypresp_key_val)

    def ypproc_next(self, argument: YpreqKey, /) -> YprespKeyVal:
        """Call ``YPPROC_NEXT``."""
        return self._client.call(YPPROG, 2, 5, encode_ypreq_key, argument, decode_ypresp_key_val)

    def ypproc_xfr(self, argument: YpreqXfr, /) -> YprespXfr:
        """Call ``YPPROC_XFR``."""
        return self._client.call(YPPROG, 2, 6, encode_ypreq_xfr, argument, decode_ypresp_xfr)

    def ypproc_clear(self) -> None:
        """Call ``YPPROC_CLEAR``."""
        self._client.call(YPPROG, 2, 7, xdr.encode_void, None, xdr.decode_void)

    def ypproc_all(self, argument: YpreqNokey, /) -> YprespAll:
        """Call ``YPPROC_ALL``."""
        return self._client.call(YPPROG, 2, 8, encode_ypreq_nokey, argument, decode_ypresp_all)

    def ypproc_master(self, argument: YpreqNokey, /) -> YprespMaster:
        """Call ``YPPROC_MASTER``."""
        return self._client.call(YPPROG, 2, 9, encode_ypreq_nokey, argument, decode_ypresp_master)

    def ypproc_order(self, argument: YpreqNokey, /) -> YprespOrder:
        """Call ``YPPROC_ORDER``."""
        return self._client.call(YPPROG, 2, 10, encode_ypreq_nokey, argument, decode_ypresp_order)

    def ypproc_maplist(self, argument: Domainname, /) -> YprespMaplist:
        """Call ``YPPROC_MAPLIST``."""
        return self._client.call(YPPROG, 2, 11, encode_domainname, argument, decode_ypresp_maplist)


class YpversAsyncClient:
    """Calls ``YPVERS`` of ``YPPROG`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def ypproc_null(self) -> None:
        """Call ``YPPROC_NULL``."""
        await self._client.call(YPPROG, 2, 0, xdr.encode_void, None, xdr.decode_void)

    async def ypproc_domain(self, argument: Domainname, /) -> bool:
        """Call ``YPPROC_DOMAIN``."""
        return await self._client.call(YPPROG, 2, 1, encode_domainname, argument, xdr.decode_bool)

    async def ypproc_domain_nonack(self, argument: Domainname, /) -> bool:
        """Call ``YPPROC_DOMAIN_NONACK``."""
        return await self._client.call(YPPROG, 2, 2, encode_domainname, argument, xdr.decode_bool)

    async def ypproc_match(self, argument: YpreqKey, /) -> YprespVal:
        """Call ``YPPROC_MATCH``."""
        return await self._client.call(YPPROG, 2, 3, encode_ypreq_key, argument, decode_ypresp_val)

    async def ypproc_first(self, argument: YpreqNokey, /) -> YprespKeyVal:
        """Call ``YPPROC_FIRST``."""
        return await self._client.call(YPPROG, 2, 4, encode_ypreq_nokey, argument, decode_ypresp_key_val)

    async def ypproc_next(self, argument: YpreqKey, /) -> YprespKeyVal:
        """Call ``YPPROC_NEXT``."""
        return await self._client.call(YPPROG, 2, 5, encode_ypreq_key, argument, decode_ypresp_key_val)

    async def ypproc_xfr(self, argument: YpreqXfr, /) -> YprespXfr:
        """Call ``YPPROC_XFR``."""
        return await self._client.call(YPPROG, 2, 6, encode_ypreq_xfr, argument, decode_ypresp_xfr)

    async def ypproc_clear(self) -> None:
        """Call ``YPPROC_CLEAR``."""
        await self._client.call(YPPROG, 2, 7, xdr.encode_void, None, xdr.decode_void)

    async def ypproc_all(self, argument: YpreqNokey, /) -> YprespAll:
        """Call ``YPPROC_ALL``."""
        return await self._client.call(YPPROG, 2, 8, encode_ypreq_nokey, argument, decode_ypresp_all)

    async def ypproc_master(self, argument: YpreqNokey, /) -> YprespMaster:
        """Call ``YPPROC_MASTER``."""
        return await self._client.call(YPPROG, 2, 9, encode_ypreq_nokey, argument, decode_ypresp_master)

    async def ypproc_order(self, argument: YpreqNokey, /) -> YprespOrder:
        """Call ``YPPROC_ORDER``."""
        return await self._client.call(YPPROG, 2, 10, encode_ypreq_nokey, argument, decode_ypresp_order)

    async def ypproc_maplist(self, argument: Domainname, /) -> YprespMaplist:
        """Call ``YPPROC_MAPLIST``."""
        return await self._client.call(YPPROG, 2, 11, encode_domainname, argument, decode_ypresp_maplist)
