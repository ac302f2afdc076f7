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


_YPMAPPARMS_1: Final = xdr.SizedRun("I * x I", "#domain", "domain", "#map")
_YPMAPPARMS_2: Final = xdr.SizedRun("* x I I", "map", "ordernum", "#peer")
_YPMAPPARMS_3: Final = xdr.SizedRun("* x", "peer")
_YPMAPPARMS_4: Final = xdr.Run("I", "#domain")
_YPMAPPARMS_5: Final = xdr.SizedRun("* s I", "domain", "#map")
_YPMAPPARMS_6: Final = xdr.SizedRun("* s I I", "map", "ordernum", "#peer")
_YPMAPPARMS_7: Final = xdr.SizedRun("* s", "peer")
_new_ypmapparms: Final = xdr.unfrozen(YpmapParms)


def encode_ypmap_parms(out: xdr.Encoder, value: YpmapParms) -> None:
    """Encode ``ypmap_parms``."""
    at: xdr.Place = "domain"
    try:
        try:
            domain = value.domain.encode()
        except UnicodeEncodeError:
            domain = xdr.text(value.domain)
        domain_length = len(domain)
        if domain_length > YPMAXDOMAIN:
            raise xdr.too_long(domain_length, YPMAXDOMAIN)
        at = "map"
        try:
            map_ = value.map.encode()
        except UnicodeEncodeError:
            map_ = xdr.text(value.map)
        map__length = len(map_)
        if map__length > YPMAXMAP:
            raise xdr.too_long(map__length, YPMAXMAP)
        at = _YPMAPPARMS_1
        out += _YPMAPPARMS_1[domain_length].pack(domain_length, domain, map__length)
        at = "peer"
        try:
            peer = value.peer.encode()
        except UnicodeEncodeError:
            peer = xdr.text(value.peer)
        peer_length = len(peer)
        if peer_length > YPMAXPEER:
            raise xdr.too_long(peer_length, YPMAXPEER)
        at = _YPMAPPARMS_2
        out += _YPMAPPARMS_2[map__length].pack(map_, value.ordernum, peer_length)
        at = _YPMAPPARMS_3
        out += _YPMAPPARMS_3[peer_length].pack(peer)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypmap_parms(data: xdr.Decoder) -> YpmapParms:
    """Decode ``ypmap_parms``."""
    new = _new_ypmapparms()
    at: xdr.Place = _YPMAPPARMS_4
    try:
        (domain_length,) = _YPMAPPARMS_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _YPMAPPARMS_5
        if domain_length > YPMAXDOMAIN:
            raise xdr.too_long(domain_length, YPMAXDOMAIN)
        domain, padding, map__length = _YPMAPPARMS_5[domain_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.domain = domain.decode()
        except UnicodeDecodeError:
            new.domain = domain.decode("utf-8", "surrogateescape")
        data.position += (domain_length + 7) & -4
        at = _YPMAPPARMS_6
        if map__length > YPMAXMAP:
            raise xdr.too_long(map__length, YPMAXMAP)
        map_, padding, new.ordernum, peer_length = _YPMAPPARMS_6[map__length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.map = map_.decode()
        except UnicodeDecodeError:
            new.map = map_.decode("utf-8", "surrogateescape")
        data.position += (map__length + 11) & -4
        at = _YPMAPPARMS_7
        if peer_length > YPMAXPEER:
            raise xdr.too_long(peer_length, YPMAXPEER)
        peer, padding = _YPMAPPARMS_7[peer_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.peer = peer.decode()
        except UnicodeDecodeError:
            new.peer = peer.decode("utf-8", "surrogateescape")
        data.position += (peer_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = YpmapParms
    value: YpmapParms = new
    return value


_YPREQKEY_1: Final = xdr.SizedRun("I * x I", "#domain", "domain", "#map")
_YPREQKEY_2: Final = xdr.SizedRun("* x I", "map", "#key")
_YPREQKEY_3: Final = xdr.SizedRun("* x", "key")
_YPREQKEY_4: Final = xdr.Run("I", "#domain")
_YPREQKEY_5: Final = xdr.SizedRun("* s I", "domain", "#map")
_YPREQKEY_6: Final = xdr.SizedRun("* s I", "map", "#key")
_YPREQKEY_7: Final = xdr.SizedRun("* s", "key")
_new_ypreqkey: Final = xdr.unfrozen(YpreqKey)


def encode_ypreq_key(out: xdr.Encoder, value: YpreqKey) -> None:
    """Encode ``ypreq_key``."""
    at: xdr.Place = "domain"
    try:
        try:
            domain = value.domain.encode()
        except UnicodeEncodeError:
            domain = xdr.text(value.domain)
        domain_length = len(domain)
        if domain_length > YPMAXDOMAIN:
            raise xdr.too_long(domain_length, YPMAXDOMAIN)
        at = "map"
        try:
            map_ = value.map.encode()
        except UnicodeEncodeError:
            map_ = xdr.text(value.map)
        map__length = len(map_)
        if map__length > YPMAXMAP:
            raise xdr.too_long(map__length, YPMAXMAP)
        at = _YPREQKEY_1
        out += _YPREQKEY_1[domain_length].pack(domain_length, domain, map__length)
        at = "key"
        key = value.key
        key_length = len(key)
        if key_length > YPMAXRECORD:
            raise xdr.too_long(key_length, YPMAXRECORD)
        at = _YPREQKEY_2
        out += _YPREQKEY_2[map__length].pack(map_, key_length)
        at = _YPREQKEY_3
        out += _YPREQKEY_3[key_length].pack(key)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypreq_key(data: xdr.Decoder) -> YpreqKey:
    """Decode ``ypreq_key``."""
    new = _new_ypreqkey()
    at: xdr.Place = _YPREQKEY_4
    try:
        (domain_length,) = _YPREQKEY_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _YPREQKEY_5
        if domain_length > YPMAXDOMAIN:
            raise xdr.too_long(domain_length, YPMAXDOMAIN)
        domain, padding, map__length = _YPREQKEY_5[domain_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.domain = domain.decode()
        except UnicodeDecodeError:
            new.domain = domain.decode("utf-8", "surrogateescape")
        data.position += (domain_length + 7) & -4
        at = _YPREQKEY_6
        if map__length > YPMAXMAP:
            raise xdr.too_long(map__length, YPMAXMAP)
        map_, padding, key_length = _YPREQKEY_6[map__length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.map = map_.decode()
        except UnicodeDecodeError:
            new.map = map_.decode("utf-8", "surrogateescape")
        data.position += (map__length + 7) & -4
        at = _YPREQKEY_7
        if key_length > YPMAXRECORD:
            raise xdr.too_long(key_length, YPMAXRECORD)
        new.key, padding = _YPREQKEY_7[key_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (key_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = YpreqKey
    value: YpreqKey = new
    return value


_YPREQNOKEY_1: Final = xdr.SizedRun("I * x I", "#domain", "domain", "#map")
_YPREQNOKEY_2: Final = xdr.SizedRun("* x", "map")
_YPREQNOKEY_3: Final = xdr.Run("I", "#domain")
_YPREQNOKEY_4: Final = xdr.SizedRun("* s I", "domain", "#map")
_YPREQNOKEY_5: Final = xdr.SizedRun("* s", "map")
_new_ypreqnokey: Final = xdr.unfrozen(YpreqNokey)


def encode_ypreq_nokey(out: xdr.Encoder, value: YpreqNokey) -> None:
    """Encode ``ypreq_nokey``."""
    at: xdr.Place = "domain"
    try:
        try:
            domain = value.domain.encode()
        except UnicodeEncodeError:
            domain = xdr.text(value.domain)
        domain_length = len(domain)
        if domain_length > YPMAXDOMAIN:
            raise xdr.too_long(domain_length, YPMAXDOMAIN)
        at = "map"
        try:
            map_ = value.map.encode()
        except UnicodeEncodeError:
            map_ = xdr.text(value.map)
        map__length = len(map_)
        if map__length > YPMAXMAP:
            raise xdr.too_long(map__length, YPMAXMAP)
        at = _YPREQNOKEY_1
        out += _YPREQNOKEY_1[domain_length].pack(domain_length, domain, map__length)
        at = _YPREQNOKEY_2
        out += _YPREQNOKEY_2[map__length].pack(map_)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypreq_nokey(data: xdr.Decoder) -> YpreqNokey:
    """Decode ``ypreq_nokey``."""
    new = _new_ypreqnokey()
    at: xdr.Place = _YPREQNOKEY_3
    try:
        (domain_length,) = _YPREQNOKEY_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _YPREQNOKEY_4
        if domain_length > YPMAXDOMAIN:
            raise xdr.too_long(domain_length, YPMAXDOMAIN)
        domain, padding, map__length = _YPREQNOKEY_4[domain_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.domain = domain.decode()
        except UnicodeDecodeError:
            new.domain = domain.decode("utf-8", "surrogateescape")
        data.position += (domain_length + 7) & -4
        at = _YPREQNOKEY_5
        if map__length > YPMAXMAP:
            raise xdr.too_long(map__length, YPMAXMAP)
        map_, padding = _YPREQNOKEY_5[map__length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.map = map_.decode()
        except UnicodeDecodeError:
            new.map = map_.decode("utf-8", "surrogateescape")
        data.position += (map__length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = YpreqNokey
    value: YpreqNokey = new
    return value


_YPREQXFR_1: Final = xdr.Run("I I I", "transid", "prog", "port")
_new_ypreqxfr: Final = xdr.unfrozen(YpreqXfr)


def encode_ypreq_xfr(out: xdr.Encoder, value: YpreqXfr) -> None:
    """Encode ``ypreq_xfr``."""
    at: xdr.Place = "map_parms"
    try:
        encode_ypmap_parms(out, value.map_parms)
        at = _YPREQXFR_1
        out += _YPREQXFR_1.pack(value.transid, value.prog, value.port)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypreq_xfr(data: xdr.Decoder) -> YpreqXfr:
    """Decode ``ypreq_xfr``."""
    new = _new_ypreqxfr()
    at: xdr.Place = "map_parms"
    try:
        new.map_parms = decode_ypmap_parms(data)
        at = _YPREQXFR_1
        new.transid, new.prog, new.port = _YPREQXFR_1.unpack_from(data.buffer, data.position)
        data.position += 12
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = YpreqXfr
    value: YpreqXfr = new
    return value


_YPSTAT: Final = {each: each for each in Ypstat}
_YPRESPVAL_1: Final = xdr.SizedRun("i I * x", "stat", "#val", "val")
_YPRESPVAL_2: Final = xdr.Run("i I", "stat", "#val")
_YPRESPVAL_3: Final = xdr.SizedRun("* s", "val")
_new_yprespval: Final = xdr.unfrozen(YprespVal)


def encode_ypresp_val(out: xdr.Encoder, value: YprespVal) -> None:
    """Encode ``ypresp_val``."""
    at: xdr.Place = "stat"
    try:
        stat = _YPSTAT[value.stat]
        at = "val"
        val = value.val
        val_length = len(val)
        if val_length > YPMAXRECORD:
            raise xdr.too_long(val_length, YPMAXRECORD)
        at = _YPRESPVAL_1
        out += _YPRESPVAL_1[val_length].pack(stat, val_length, val)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypresp_val(data: xdr.Decoder) -> YprespVal:
    """Decode ``ypresp_val``."""
    new = _new_yprespval()
    at: xdr.Place = _YPRESPVAL_2
    try:
        stat, val_length = _YPRESPVAL_2.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "stat"
        new.stat = _YPSTAT[stat]
        at = _YPRESPVAL_3
        if val_length > YPMAXRECORD:
            raise xdr.too_long(val_length, YPMAXRECORD)
        new.val, padding = _YPRESPVAL_3[val_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (val_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = YprespVal
    value: YprespVal = new
    return value


_YPRESPKEYVAL_1: Final = xdr.SizedRun("i I * x I", "stat", "#val", "val", "#key")
_YPRESPKEYVAL_2: Final = xdr.SizedRun("* x", "key")
_YPRESPKEYVAL_3: Final = xdr.Run("i I", "stat", "#val")
_YPRESPKEYVAL_4: Final = xdr.SizedRun("* s I", "val", "#key")
_YPRESPKEYVAL_5: Final = xdr.SizedRun("* s", "key")
_new_yprespkeyval: Final = xdr.unfrozen(YprespKeyVal)


def encode_ypresp_key_val(out: xdr.Encoder, value: YprespKeyVal) -> None:
    """Encode ``ypresp_key_val``."""
    at: xdr.Place = "stat"
    try:
        stat = _YPSTAT[value.stat]
        at = "val"
        val = value.val
        val_length = len(val)
        if val_length > YPMAXRECORD:
            raise xdr.too_long(val_length, YPMAXRECORD)
        at = "key"
        key = value.key
        key_length = len(key)
        if key_length > YPMAXRECORD:
            raise xdr.too_long(key_length, YPMAXRECORD)
        at = _YPRESPKEYVAL_1
        out += _YPRESPKEYVAL_1[val_length].pack(stat, val_length, val, key_length)
        at = _YPRESPKEYVAL_2
        out += _YPRESPKEYVAL_2[key_length].pack(key)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypresp_key_val(data: xdr.Decoder) -> YprespKeyVal:
    """Decode ``ypresp_key_val``."""
    new = _new_yprespkeyval()
    at: xdr.Place = _YPRESPKEYVAL_3
    try:
        stat, val_length = _YPRESPKEYVAL_3.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "stat"
        new.stat = _YPSTAT[stat]
        at = _YPRESPKEYVAL_4
        if val_length > YPMAXRECORD:
            raise xdr.too_long(val_length, YPMAXRECORD)
        new.val, padding, key_length = _YPRESPKEYVAL_4[val_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (val_length + 7) & -4
        at = _YPRESPKEYVAL_5
        if key_length > YPMAXRECORD:
            raise xdr.too_long(key_length, YPMAXRECORD)
        new.key, padding = _YPRESPKEYVAL_5[key_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (key_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = YprespKeyVal
    value: YprespKeyVal = new
    return value


_YPRESPMASTER_1: Final = xdr.SizedRun("i I * x", "stat", "#peer", "peer")
_YPRESPMASTER_2: Final = xdr.Run("i I", "stat", "#peer")
_YPRESPMASTER_3: Final = xdr.SizedRun("* s", "peer")
_new_yprespmaster: Final = xdr.unfrozen(YprespMaster)


def encode_ypresp_master(out: xdr.Encoder, value: YprespMaster) -> None:
    """Encode ``ypresp_master``."""
    at: xdr.Place = "stat"
    try:
        stat = _YPSTAT[value.stat]
        at = "peer"
        try:
            peer = value.peer.encode()
        except UnicodeEncodeError:
            peer = xdr.text(value.peer)
        peer_length = len(peer)
        if peer_length > YPMAXPEER:
            raise xdr.too_long(peer_length, YPMAXPEER)
        at = _YPRESPMASTER_1
        out += _YPRESPMASTER_1[peer_length].pack(stat, peer_length, peer)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypresp_master(data: xdr.Decoder) -> YprespMaster:
    """Decode ``ypresp_master``."""
    new = _new_yprespmaster()
    at: xdr.Place = _YPRESPMASTER_2
    try:
        stat, peer_length = _YPRESPMASTER_2.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "stat"
        new.stat = _YPSTAT[stat]
        at = _YPRESPMASTER_3
        if peer_length > YPMAXPEER:
            raise xdr.too_long(peer_length, YPMAXPEER)
        peer, padding = _YPRESPMASTER_3[peer_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.peer = peer.decode()
        except UnicodeDecodeError:
            new.peer = peer.decode("utf-8", "surrogateescape")
        data.position += (peer_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = YprespMaster
    value: YprespMaster = new
    return value


_YPRESPORDER_1: Final = xdr.Run("i I", "stat", "ordernum")
_new_ypresporder: Final = xdr.unfrozen(YprespOrder)


def encode_ypresp_order(out: xdr.Encoder, value: YprespOrder) -> None:
    """Encode ``ypresp_order``."""
    at: xdr.Place = "stat"
    try:
        stat = _YPSTAT[value.stat]
        at = _YPRESPORDER_1
        out += _YPRESPORDER_1.pack(stat, value.ordernum)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypresp_order(data: xdr.Decoder) -> YprespOrder:
    """Decode ``ypresp_order``."""
    new = _new_ypresporder()
    at: xdr.Place = _YPRESPORDER_1
    try:
        stat, new.ordernum = _YPRESPORDER_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "stat"
        new.stat = _YPSTAT[stat]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = YprespOrder
    value: YprespOrder = new
    return value


_YPRESPALL_1: Final = xdr.Run("i", "more")
_new_yprespalltrue: Final = xdr.unfrozen(YprespAllTrue)


def encode_ypresp_all(out: xdr.Encoder, value: YprespAll) -> None:
    """Encode ``ypresp_all``."""
    at: xdr.Place = "more"
    try:
        if type(value) is YprespAllTrue:
            at = _YPRESPALL_1
            out += _YPRESPALL_1.pack(1)
            at = "val"
            encode_ypresp_key_val(out, value.val)
        elif type(value) is YprespAllFalse:
            at = _YPRESPALL_1
            out += _YPRESPALL_1.pack(0)
        else:
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
    at: xdr.Place = "more"
    try:
        if number == 1:  # True
            new = _new_yprespalltrue()
            at = "val"
            new.val = decode_ypresp_key_val(data)
            new.__class__ = YprespAllTrue
            value: YprespAll = new
        elif number == 0:  # False
            value = YprespAllFalse()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_YPXFRSTAT: Final = {each: each for each in Ypxfrstat}
_YPRESPXFR_1: Final = xdr.Run("I i", "transid", "xfrstat")
_new_yprespxfr: Final = xdr.unfrozen(YprespXfr)


def encode_ypresp_xfr(out: xdr.Encoder, value: YprespXfr) -> None:
    """Encode ``ypresp_xfr``."""
    at: xdr.Place = "xfrstat"
    try:
        xfrstat = _YPXFRSTAT[value.xfrstat]
        at = _YPRESPXFR_1
        out += _YPRESPXFR_1.pack(value.transid, xfrstat)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypresp_xfr(data: xdr.Decoder) -> YprespXfr:
    """Decode ``ypresp_xfr``."""
    new = _new_yprespxfr()
    at: xdr.Place = _YPRESPXFR_1
    try:
        new.transid, xfrstat = _YPRESPXFR_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "xfrstat"
        new.xfrstat = _YPXFRSTAT[xfrstat]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = YprespXfr
    value: YprespXfr = new
    return value


_YPMAPLIST_1: Final = xdr.SizedRun("I * x", "#map", "map")
_YPMAPLIST_2: Final = xdr.Run("I", "#map")
_YPMAPLIST_3: Final = xdr.SizedRun("* s", "map")
_YPMAPLIST_4: Final = xdr.Run("i I", "more", "#map")
_new_ypmaplist: Final = xdr.unfrozen(Ypmaplist)


def encode_ypmaplist(out: xdr.Encoder, value: Ypmaplist) -> None:
    """Encode ``ypmaplist``."""
    at: xdr.Place = "map"
    try:
        try:
            map_ = value.map.encode()
        except UnicodeEncodeError:
            map_ = xdr.text(value.map)
        map__length = len(map_)
        if map__length > YPMAXMAP:
            raise xdr.too_long(map__length, YPMAXMAP)
        at = _YPMAPLIST_1
        out += _YPMAPLIST_1[map__length].pack(map__length, map_)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_ypmaplist(data: xdr.Decoder) -> Ypmaplist:
    """Decode ``ypmaplist``."""
    new = _new_ypmaplist()
    at: xdr.Place = _YPMAPLIST_2
    try:
        (map__length,) = _YPMAPLIST_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _YPMAPLIST_3
        if map__length > YPMAXMAP:
            raise xdr.too_long(map__length, YPMAXMAP)
        map_, padding = _YPMAPLIST_3[map__length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.map = map_.decode()
        except UnicodeDecodeError:
            new.map = map_.decode("utf-8", "surrogateescape")
        data.position += (map__length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Ypmaplist
    value: Ypmaplist = new
    return value


def _decode_list_of_ypmaplist(data: xdr.Decoder) -> tuple[Ypmaplist, ...]:
    values: list[Ypmaplist] = []
    append = values.append
    buffer = data.buffer
    position = end = data.position
    try:
        while True:
            new = _new_ypmaplist()
            more, map__length = _YPMAPLIST_4.unpack_from(buffer, end)
            end += 8
            if more != 1:
                break
            if map__length > YPMAXMAP:
                break
            map_, padding = _YPMAPLIST_3[map__length].unpack_from(buffer, end)
            if padding not in xdr.ZEROS:
                break
            try:
                new.map = map_.decode()
            except UnicodeDecodeError:
                new.map = map_.decode("utf-8", "surrogateescape")
            end += (map__length + 3) & -4
            new.__class__ = Ypmaplist
            append(new)
            position = end
    except xdr.DECODING:
        # The decoder of one element raises it again, with the path to what is wrong.
        pass
    data.position = position
    return xdr.decode_list(data, decode_ypmaplist, values)


_YPRESPMAPLIST_1: Final = xdr.Run("i", "stat")
_new_yprespmaplist: Final = xdr.unfrozen(YprespMaplist)


def encode_ypresp_maplist(out: xdr.Encoder, value: YprespMaplist) -> None:
    """Encode ``ypresp_maplist``."""
    at: xdr.Place = "stat"
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
    new = _new_yprespmaplist()
    at: xdr.Place = _YPRESPMAPLIST_1
    try:
        (stat,) = _YPRESPMAPLIST_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "stat"
        new.stat = _YPSTAT[stat]
        at = "maps"
        new.maps = _decode_list_of_ypmaplist(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = YprespMaplist
    value: YprespMaplist = new
    return value


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
