"""What rpcbind_protocol.x declares.

Written by typedserver-rpcgen: change rpcbind_protocol.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from typedserver.rpc import programs as rpc
from typedserver.rpc import xdr

RPCBSTAT_HIGHPROC: Final = 13
RPCBVERS_STAT: Final = 3
RPCBIND: Final = 100000


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


@dataclass(frozen=True, slots=True)
class Rpcb:
    """``struct rpcb``."""

    r_prog: int
    r_vers: int
    r_netid: str
    r_addr: str
    r_owner: str


@dataclass(frozen=True, slots=True)
class RpcblistEntry:
    """An element of ``struct rpcblist_entry``, a linked list: a tuple of them stands for it."""

    rpcb_map: Rpcb


Rpcblist: TypeAlias = tuple[RpcblistEntry, ...]


@dataclass(frozen=True, slots=True)
class RpcbRmtcallargs:
    """``struct rpcb_rmtcallargs``."""

    prog: int
    vers: int
    proc: int
    args: bytes


@dataclass(frozen=True, slots=True)
class RpcbRmtcallres:
    """``struct rpcb_rmtcallres``."""

    addr: str
    results: bytes


@dataclass(frozen=True, slots=True)
class Netbuf:
    """``struct netbuf``."""

    maxlen: int
    buf: bytes


@dataclass(frozen=True, slots=True)
class RpcbEntry:
    """``struct rpcb_entry``."""

    r_maddr: str
    r_nc_netid: str
    r_nc_semantics: int
    r_nc_protofmly: str
    r_nc_proto: str


@dataclass(frozen=True, slots=True)
class RpcbEntryListEntry:
    """An element of ``struct rpcb_entry_list_entry``, a linked list: a tuple of them stands for it."""

    rpcb_entry_map: RpcbEntry


RpcbEntryList: TypeAlias = tuple[RpcbEntryListEntry, ...]


@dataclass(frozen=True, slots=True)
class RpcbsAddrlistEntry:
    """An element of ``struct rpcbs_addrlist_entry``, a linked list: a tuple of them stands for it."""

    prog: int
    vers: int
    success: int
    failure: int
    netid: str


RpcbsAddrlist: TypeAlias = tuple[RpcbsAddrlistEntry, ...]


@dataclass(frozen=True, slots=True)
class RpcbsRmtcalllistEntry:
    """An element of ``struct rpcbs_rmtcalllist_entry``, a linked list: a tuple of them stands for it."""

    prog: int
    vers: int
    proc: int
    success: int
    failure: int
    indirect: int
    netid: str


RpcbsRmtcalllist: TypeAlias = tuple[RpcbsRmtcalllistEntry, ...]


@dataclass(frozen=True, slots=True)
class RpcbStat:
    """``struct rpcb_stat``."""

    info: tuple[int, ...]
    setinfo: int
    unsetinfo: int
    addrinfo: RpcbsAddrlist
    rmtinfo: RpcbsRmtcalllist


RpcbStatByvers: TypeAlias = tuple[RpcbStat, ...]


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


_RPCB_1: Final = xdr.SizedRun("I I I * x I", "r_prog", "r_vers", "#r_netid", "r_netid", "#r_addr")
_RPCB_2: Final = xdr.SizedRun("* x I", "r_addr", "#r_owner")
_RPCB_3: Final = xdr.SizedRun("* x", "r_owner")
_RPCB_4: Final = xdr.Run("I I I", "r_prog", "r_vers", "#r_netid")
_RPCB_5: Final = xdr.SizedRun("* s I", "r_netid", "#r_addr")
_RPCB_6: Final = xdr.SizedRun("* s I", "r_addr", "#r_owner")
_RPCB_7: Final = xdr.SizedRun("* s", "r_owner")
_new_rpcb: Final = xdr.unfrozen(Rpcb)


def encode_rpcb(out: xdr.Encoder, value: Rpcb) -> None:
    """Encode ``rpcb``."""
    at: xdr.Place = "r_netid"
    try:
        try:
            r_netid = value.r_netid.encode()
        except UnicodeEncodeError:
            r_netid = xdr.text(value.r_netid)
        r_netid_length = len(r_netid)
        at = "r_addr"
        try:
            r_addr = value.r_addr.encode()
        except UnicodeEncodeError:
            r_addr = xdr.text(value.r_addr)
        r_addr_length = len(r_addr)
        at = _RPCB_1
        out += _RPCB_1[r_netid_length].pack(value.r_prog, value.r_vers, r_netid_length, r_netid, r_addr_length)
        at = "r_owner"
        try:
            r_owner = value.r_owner.encode()
        except UnicodeEncodeError:
            r_owner = xdr.text(value.r_owner)
        r_owner_length = len(r_owner)
        at = _RPCB_2
        out += _RPCB_2[r_addr_length].pack(r_addr, r_owner_length)
        at = _RPCB_3
        out += _RPCB_3[r_owner_length].pack(r_owner)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb(data: xdr.Decoder) -> Rpcb:
    """Decode ``rpcb``."""
    new = _new_rpcb()
    at: xdr.Place = _RPCB_4
    try:
        new.r_prog, new.r_vers, r_netid_length = _RPCB_4.unpack_from(data.buffer, data.position)
        data.position += 12
        at = _RPCB_5
        r_netid, padding, r_addr_length = _RPCB_5[r_netid_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.r_netid = r_netid.decode()
        except UnicodeDecodeError:
            new.r_netid = r_netid.decode("utf-8", "surrogateescape")
        data.position += (r_netid_length + 7) & -4
        at = _RPCB_6
        r_addr, padding, r_owner_length = _RPCB_6[r_addr_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.r_addr = r_addr.decode()
        except UnicodeDecodeError:
            new.r_addr = r_addr.decode("utf-8", "surrogateescape")
        data.position += (r_addr_length + 7) & -4
        at = _RPCB_7
        r_owner, padding = _RPCB_7[r_owner_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.r_owner = r_owner.decode()
        except UnicodeDecodeError:
            new.r_owner = r_owner.decode("utf-8", "surrogateescape")
        data.position += (r_owner_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Rpcb
    value: Rpcb = new
    return value


_new_rpcblistentry: Final = xdr.unfrozen(RpcblistEntry)


def encode_rpcblist_entry(out: xdr.Encoder, value: RpcblistEntry) -> None:
    """Encode ``rpcblist_entry``."""
    try:
        encode_rpcb(out, value.rpcb_map)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "rpcb_map", value) from None


def decode_rpcblist_entry(data: xdr.Decoder) -> RpcblistEntry:
    """Decode ``rpcblist_entry``."""
    new = _new_rpcblistentry()
    try:
        new.rpcb_map = decode_rpcb(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "rpcb_map", data) from None
    new.__class__ = RpcblistEntry
    value: RpcblistEntry = new
    return value


def encode_rpcblist(out: xdr.Encoder, value: Rpcblist) -> None:
    """Encode ``rpcblist``."""
    xdr.encode_list(out, value, encode_rpcblist_entry)


def decode_rpcblist(data: xdr.Decoder) -> Rpcblist:
    """Decode ``rpcblist``."""
    return xdr.decode_list(data, decode_rpcblist_entry)


_RPCBRMTCALLARGS_1: Final = xdr.Run("I I I I", "prog", "vers", "proc", "#args")
_new_rpcbrmtcallargs: Final = xdr.unfrozen(RpcbRmtcallargs)


def encode_rpcb_rmtcallargs(out: xdr.Encoder, value: RpcbRmtcallargs) -> None:
    """Encode ``rpcb_rmtcallargs``."""
    at: xdr.Place = "args"
    try:
        args = value.args
        args_length = len(args)
        at = _RPCBRMTCALLARGS_1
        out += _RPCBRMTCALLARGS_1.pack(value.prog, value.vers, value.proc, args_length)
        at = "args"
        out += args
        if args_length & 3:
            out += xdr.PADDING[args_length & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb_rmtcallargs(data: xdr.Decoder) -> RpcbRmtcallargs:
    """Decode ``rpcb_rmtcallargs``."""
    new = _new_rpcbrmtcallargs()
    at: xdr.Place = _RPCBRMTCALLARGS_1
    try:
        new.prog, new.vers, new.proc, args_length = _RPCBRMTCALLARGS_1.unpack_from(data.buffer, data.position)
        data.position += 16
        at = "args"
        new.args = xdr.opaque_of(data, args_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = RpcbRmtcallargs
    value: RpcbRmtcallargs = new
    return value


_RPCBRMTCALLRES_1: Final = xdr.SizedRun("I * x I", "#addr", "addr", "#results")
_RPCBRMTCALLRES_2: Final = xdr.Run("I", "#addr")
_RPCBRMTCALLRES_3: Final = xdr.SizedRun("* s I", "addr", "#results")
_new_rpcbrmtcallres: Final = xdr.unfrozen(RpcbRmtcallres)


def encode_rpcb_rmtcallres(out: xdr.Encoder, value: RpcbRmtcallres) -> None:
    """Encode ``rpcb_rmtcallres``."""
    at: xdr.Place = "addr"
    try:
        try:
            addr = value.addr.encode()
        except UnicodeEncodeError:
            addr = xdr.text(value.addr)
        addr_length = len(addr)
        at = "results"
        results = value.results
        results_length = len(results)
        at = _RPCBRMTCALLRES_1
        out += _RPCBRMTCALLRES_1[addr_length].pack(addr_length, addr, results_length)
        at = "results"
        out += results
        if results_length & 3:
            out += xdr.PADDING[results_length & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb_rmtcallres(data: xdr.Decoder) -> RpcbRmtcallres:
    """Decode ``rpcb_rmtcallres``."""
    new = _new_rpcbrmtcallres()
    at: xdr.Place = _RPCBRMTCALLRES_2
    try:
        (addr_length,) = _RPCBRMTCALLRES_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _RPCBRMTCALLRES_3
        addr, padding, results_length = _RPCBRMTCALLRES_3[addr_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.addr = addr.decode()
        except UnicodeDecodeError:
            new.addr = addr.decode("utf-8", "surrogateescape")
        data.position += (addr_length + 7) & -4
        at = "results"
        new.results = xdr.opaque_of(data, results_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = RpcbRmtcallres
    value: RpcbRmtcallres = new
    return value


_NETBUF_1: Final = xdr.Run("I I", "maxlen", "#buf")
_new_netbuf: Final = xdr.unfrozen(Netbuf)


def encode_netbuf(out: xdr.Encoder, value: Netbuf) -> None:
    """Encode ``netbuf``."""
    at: xdr.Place = "buf"
    try:
        buf = value.buf
        buf_length = len(buf)
        at = _NETBUF_1
        out += _NETBUF_1.pack(value.maxlen, buf_length)
        at = "buf"
        out += buf
        if buf_length & 3:
            out += xdr.PADDING[buf_length & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_netbuf(data: xdr.Decoder) -> Netbuf:
    """Decode ``netbuf``."""
    new = _new_netbuf()
    at: xdr.Place = _NETBUF_1
    try:
        new.maxlen, buf_length = _NETBUF_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "buf"
        new.buf = xdr.opaque_of(data, buf_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Netbuf
    value: Netbuf = new
    return value


_RPCBENTRY_1: Final = xdr.SizedRun("I * x I", "#r_maddr", "r_maddr", "#r_nc_netid")
_RPCBENTRY_2: Final = xdr.SizedRun("* x I I", "r_nc_netid", "r_nc_semantics", "#r_nc_protofmly")
_RPCBENTRY_3: Final = xdr.SizedRun("* x I", "r_nc_protofmly", "#r_nc_proto")
_RPCBENTRY_4: Final = xdr.SizedRun("* x", "r_nc_proto")
_RPCBENTRY_5: Final = xdr.Run("I", "#r_maddr")
_RPCBENTRY_6: Final = xdr.SizedRun("* s I", "r_maddr", "#r_nc_netid")
_RPCBENTRY_7: Final = xdr.SizedRun("* s I I", "r_nc_netid", "r_nc_semantics", "#r_nc_protofmly")
_RPCBENTRY_8: Final = xdr.SizedRun("* s I", "r_nc_protofmly", "#r_nc_proto")
_RPCBENTRY_9: Final = xdr.SizedRun("* s", "r_nc_proto")
_new_rpcbentry: Final = xdr.unfrozen(RpcbEntry)


def encode_rpcb_entry(out: xdr.Encoder, value: RpcbEntry) -> None:
    """Encode ``rpcb_entry``."""
    at: xdr.Place = "r_maddr"
    try:
        try:
            r_maddr = value.r_maddr.encode()
        except UnicodeEncodeError:
            r_maddr = xdr.text(value.r_maddr)
        r_maddr_length = len(r_maddr)
        at = "r_nc_netid"
        try:
            r_nc_netid = value.r_nc_netid.encode()
        except UnicodeEncodeError:
            r_nc_netid = xdr.text(value.r_nc_netid)
        r_nc_netid_length = len(r_nc_netid)
        at = _RPCBENTRY_1
        out += _RPCBENTRY_1[r_maddr_length].pack(r_maddr_length, r_maddr, r_nc_netid_length)
        at = "r_nc_protofmly"
        try:
            r_nc_protofmly = value.r_nc_protofmly.encode()
        except UnicodeEncodeError:
            r_nc_protofmly = xdr.text(value.r_nc_protofmly)
        r_nc_protofmly_length = len(r_nc_protofmly)
        at = _RPCBENTRY_2
        out += _RPCBENTRY_2[r_nc_netid_length].pack(r_nc_netid, value.r_nc_semantics, r_nc_protofmly_length)
        at = "r_nc_proto"
        try:
            r_nc_proto = value.r_nc_proto.encode()
        except UnicodeEncodeError:
            r_nc_proto = xdr.text(value.r_nc_proto)
        r_nc_proto_length = len(r_nc_proto)
        at = _RPCBENTRY_3
        out += _RPCBENTRY_3[r_nc_protofmly_length].pack(r_nc_protofmly, r_nc_proto_length)
        at = _RPCBENTRY_4
        out += _RPCBENTRY_4[r_nc_proto_length].pack(r_nc_proto)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb_entry(data: xdr.Decoder) -> RpcbEntry:
    """Decode ``rpcb_entry``."""
    new = _new_rpcbentry()
    at: xdr.Place = _RPCBENTRY_5
    try:
        (r_maddr_length,) = _RPCBENTRY_5.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _RPCBENTRY_6
        r_maddr, padding, r_nc_netid_length = _RPCBENTRY_6[r_maddr_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.r_maddr = r_maddr.decode()
        except UnicodeDecodeError:
            new.r_maddr = r_maddr.decode("utf-8", "surrogateescape")
        data.position += (r_maddr_length + 7) & -4
        at = _RPCBENTRY_7
        (
            r_nc_netid,
            padding,
            new.r_nc_semantics,
            r_nc_protofmly_length,
        ) = _RPCBENTRY_7[r_nc_netid_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.r_nc_netid = r_nc_netid.decode()
        except UnicodeDecodeError:
            new.r_nc_netid = r_nc_netid.decode("utf-8", "surrogateescape")
        data.position += (r_nc_netid_length + 11) & -4
        at = _RPCBENTRY_8
        (
            r_nc_protofmly,
            padding,
            r_nc_proto_length,
        ) = _RPCBENTRY_8[r_nc_protofmly_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.r_nc_protofmly = r_nc_protofmly.decode()
        except UnicodeDecodeError:
            new.r_nc_protofmly = r_nc_protofmly.decode("utf-8", "surrogateescape")
        data.position += (r_nc_protofmly_length + 7) & -4
        at = _RPCBENTRY_9
        r_nc_proto, padding = _RPCBENTRY_9[r_nc_proto_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.r_nc_proto = r_nc_proto.decode()
        except UnicodeDecodeError:
            new.r_nc_proto = r_nc_proto.decode("utf-8", "surrogateescape")
        data.position += (r_nc_proto_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = RpcbEntry
    value: RpcbEntry = new
    return value


_new_rpcbentrylistentry: Final = xdr.unfrozen(RpcbEntryListEntry)


def encode_rpcb_entry_list_entry(out: xdr.Encoder, value: RpcbEntryListEntry) -> None:
    """Encode ``rpcb_entry_list_entry``."""
    try:
        encode_rpcb_entry(out, value.rpcb_entry_map)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "rpcb_entry_map", value) from None


def decode_rpcb_entry_list_entry(data: xdr.Decoder) -> RpcbEntryListEntry:
    """Decode ``rpcb_entry_list_entry``."""
    new = _new_rpcbentrylistentry()
    try:
        new.rpcb_entry_map = decode_rpcb_entry(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "rpcb_entry_map", data) from None
    new.__class__ = RpcbEntryListEntry
    value: RpcbEntryListEntry = new
    return value


def encode_rpcb_entry_list(out: xdr.Encoder, value: RpcbEntryList) -> None:
    """Encode ``rpcb_entry_list``."""
    xdr.encode_list(out, value, encode_rpcb_entry_list_entry)


def decode_rpcb_entry_list(data: xdr.Decoder) -> RpcbEntryList:
    """Decode ``rpcb_entry_list``."""
    return xdr.decode_list(data, decode_rpcb_entry_list_entry)


_RPCBSADDRLISTENTRY_1: Final = xdr.SizedRun("I I i i I * x", "prog", "vers", "success", "failure", "#netid", "netid")
_RPCBSADDRLISTENTRY_2: Final = xdr.Run("I I i i I", "prog", "vers", "success", "failure", "#netid")
_RPCBSADDRLISTENTRY_3: Final = xdr.SizedRun("* s", "netid")
_RPCBSADDRLISTENTRY_4: Final = xdr.Run("i I I i i I", "more", "prog", "vers", "success", "failure", "#netid")
_new_rpcbsaddrlistentry: Final = xdr.unfrozen(RpcbsAddrlistEntry)


def encode_rpcbs_addrlist_entry(out: xdr.Encoder, value: RpcbsAddrlistEntry) -> None:
    """Encode ``rpcbs_addrlist_entry``."""
    at: xdr.Place = "netid"
    try:
        try:
            netid = value.netid.encode()
        except UnicodeEncodeError:
            netid = xdr.text(value.netid)
        netid_length = len(netid)
        at = _RPCBSADDRLISTENTRY_1
        out += _RPCBSADDRLISTENTRY_1[netid_length].pack(
            value.prog, value.vers, value.success, value.failure, netid_length, netid
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcbs_addrlist_entry(data: xdr.Decoder) -> RpcbsAddrlistEntry:
    """Decode ``rpcbs_addrlist_entry``."""
    new = _new_rpcbsaddrlistentry()
    at: xdr.Place = _RPCBSADDRLISTENTRY_2
    try:
        (
            new.prog,
            new.vers,
            new.success,
            new.failure,
            netid_length,
        ) = _RPCBSADDRLISTENTRY_2.unpack_from(data.buffer, data.position)
        data.position += 20
        at = _RPCBSADDRLISTENTRY_3
        netid, padding = _RPCBSADDRLISTENTRY_3[netid_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.netid = netid.decode()
        except UnicodeDecodeError:
            new.netid = netid.decode("utf-8", "surrogateescape")
        data.position += (netid_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = RpcbsAddrlistEntry
    value: RpcbsAddrlistEntry = new
    return value


def _decode_list_of_rpcbs_addrlist_entry(data: xdr.Decoder) -> tuple[RpcbsAddrlistEntry, ...]:
    values: list[RpcbsAddrlistEntry] = []
    append = values.append
    buffer = data.buffer
    position = end = data.position
    try:
        while True:
            new = _new_rpcbsaddrlistentry()
            (
                more,
                new.prog,
                new.vers,
                new.success,
                new.failure,
                netid_length,
            ) = _RPCBSADDRLISTENTRY_4.unpack_from(buffer, end)
            end += 24
            if more != 1:
                break
            netid, padding = _RPCBSADDRLISTENTRY_3[netid_length].unpack_from(buffer, end)
            if padding not in xdr.ZEROS:
                break
            try:
                new.netid = netid.decode()
            except UnicodeDecodeError:
                new.netid = netid.decode("utf-8", "surrogateescape")
            end += (netid_length + 3) & -4
            new.__class__ = RpcbsAddrlistEntry
            append(new)
            position = end
    except xdr.DECODING:
        # The decoder of one element raises it again, with the path to what is wrong.
        pass
    data.position = position
    return xdr.decode_list(data, decode_rpcbs_addrlist_entry, values)


def encode_rpcbs_addrlist(out: xdr.Encoder, value: RpcbsAddrlist) -> None:
    """Encode ``rpcbs_addrlist``."""
    xdr.encode_list(out, value, encode_rpcbs_addrlist_entry)


def decode_rpcbs_addrlist(data: xdr.Decoder) -> RpcbsAddrlist:
    """Decode ``rpcbs_addrlist``."""
    return _decode_list_of_rpcbs_addrlist_entry(data)


_RPCBSRMTCALLLISTENTRY_1: Final = xdr.SizedRun(
    "I I I i i i I * x", "prog", "vers", "proc", "success", "failure", "indirect", "#netid", "netid"
)
_RPCBSRMTCALLLISTENTRY_2: Final = xdr.Run(
    "I I I i i i I", "prog", "vers", "proc", "success", "failure", "indirect", "#netid"
)
_RPCBSRMTCALLLISTENTRY_3: Final = xdr.SizedRun("* s", "netid")
_RPCBSRMTCALLLISTENTRY_4: Final = xdr.Run(
    "i I I I i i i I", "more", "prog", "vers", "proc", "success", "failure", "indirect", "#netid"
)
_new_rpcbsrmtcalllistentry: Final = xdr.unfrozen(RpcbsRmtcalllistEntry)


def encode_rpcbs_rmtcalllist_entry(out: xdr.Encoder, value: RpcbsRmtcalllistEntry) -> None:
    """Encode ``rpcbs_rmtcalllist_entry``."""
    at: xdr.Place = "netid"
    try:
        try:
            netid = value.netid.encode()
        except UnicodeEncodeError:
            netid = xdr.text(value.netid)
        netid_length = len(netid)
        at = _RPCBSRMTCALLLISTENTRY_1
        out += _RPCBSRMTCALLLISTENTRY_1[netid_length].pack(
            value.prog, value.vers, value.proc, value.success, value.failure, value.indirect, netid_length, netid
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcbs_rmtcalllist_entry(data: xdr.Decoder) -> RpcbsRmtcalllistEntry:
    """Decode ``rpcbs_rmtcalllist_entry``."""
    new = _new_rpcbsrmtcalllistentry()
    at: xdr.Place = _RPCBSRMTCALLLISTENTRY_2
    try:
        (
            new.prog,
            new.vers,
            new.proc,
            new.success,
            new.failure,
            new.indirect,
            netid_length,
        ) = _RPCBSRMTCALLLISTENTRY_2.unpack_from(data.buffer, data.position)
        data.position += 28
        at = _RPCBSRMTCALLLISTENTRY_3
        netid, padding = _RPCBSRMTCALLLISTENTRY_3[netid_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.netid = netid.decode()
        except UnicodeDecodeError:
            new.netid = netid.decode("utf-8", "surrogateescape")
        data.position += (netid_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = RpcbsRmtcalllistEntry
    value: RpcbsRmtcalllistEntry = new
    return value


def _decode_list_of_rpcbs_rmtcalllist_entry(data: xdr.Decoder) -> tuple[RpcbsRmtcalllistEntry, ...]:
    values: list[RpcbsRmtcalllistEntry] = []
    append = values.append
    buffer = data.buffer
    position = end = data.position
    try:
        while True:
            new = _new_rpcbsrmtcalllistentry()
            (
                more,
                new.prog,
                new.vers,
                new.proc,
                new.success,
                new.failure,
                new.indirect,
                netid_length,
            ) = _RPCBSRMTCALLLISTENTRY_4.unpack_from(buffer, end)
            end += 32
            if more != 1:
                break
            netid, padding = _RPCBSRMTCALLLISTENTRY_3[netid_length].unpack_from(buffer, end)
            if padding not in xdr.ZEROS:
                break
            try:
                new.netid = netid.decode()
            except UnicodeDecodeError:
                new.netid = netid.decode("utf-8", "surrogateescape")
            end += (netid_length + 3) & -4
            new.__class__ = RpcbsRmtcalllistEntry
            append(new)
            position = end
    except xdr.DECODING:
        # The decoder of one element raises it again, with the path to what is wrong.
        pass
    data.position = position
    return xdr.decode_list(data, decode_rpcbs_rmtcalllist_entry, values)


def encode_rpcbs_rmtcalllist(out: xdr.Encoder, value: RpcbsRmtcalllist) -> None:
    """Encode ``rpcbs_rmtcalllist``."""
    xdr.encode_list(out, value, encode_rpcbs_rmtcalllist_entry)


def decode_rpcbs_rmtcalllist(data: xdr.Decoder) -> RpcbsRmtcalllist:
    """Decode ``rpcbs_rmtcalllist``."""
    return _decode_list_of_rpcbs_rmtcalllist_entry(data)


_RPCBSTAT_1: Final = xdr.Run("i i", "setinfo", "unsetinfo")
_new_rpcbstat: Final = xdr.unfrozen(RpcbStat)


def encode_rpcb_stat(out: xdr.Encoder, value: RpcbStat) -> None:
    """Encode ``rpcb_stat``."""
    at: xdr.Place = "info"
    try:
        xdr.encode_fixed_numbers(out, value.info, "i", RPCBSTAT_HIGHPROC)
        at = _RPCBSTAT_1
        out += _RPCBSTAT_1.pack(value.setinfo, value.unsetinfo)
        at = "addrinfo"
        xdr.encode_list(out, value.addrinfo, encode_rpcbs_addrlist_entry)
        at = "rmtinfo"
        xdr.encode_list(out, value.rmtinfo, encode_rpcbs_rmtcalllist_entry)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcb_stat(data: xdr.Decoder) -> RpcbStat:
    """Decode ``rpcb_stat``."""
    new = _new_rpcbstat()
    at: xdr.Place = "info"
    try:
        new.info = xdr.decode_fixed_numbers(data, "i", RPCBSTAT_HIGHPROC)
        at = _RPCBSTAT_1
        new.setinfo, new.unsetinfo = _RPCBSTAT_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "addrinfo"
        new.addrinfo = _decode_list_of_rpcbs_addrlist_entry(data)
        at = "rmtinfo"
        new.rmtinfo = _decode_list_of_rpcbs_rmtcalllist_entry(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = RpcbStat
    value: RpcbStat = new
    return value


def encode_rpcb_stat_byvers(out: xdr.Encoder, value: RpcbStatByvers) -> None:
    """Encode ``rpcb_stat_byvers``."""
    xdr.encode_fixed_array(out, value, encode_rpcb_stat, RPCBVERS_STAT)


def decode_rpcb_stat_byvers(data: xdr.Decoder) -> RpcbStatByvers:
    """Decode ``rpcb_stat_byvers``."""
    return xdr.decode_fixed_array(data, decode_rpcb_stat, RPCBVERS_STAT)


class PortmapV2(Protocol):
    """What serves ``PORTMAP_V2`` of ``RPCBIND``."""

    def set(self, argument: Mapping, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``SET``."""
        ...

    def unset(self, argument: Mapping, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``UNSET``."""
        ...

    def getport(self, argument: Mapping, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``GETPORT``."""
        ...

    def dump(self, call: rpc.Call, /) -> rpc.Result[Pmaplist]:
        """Answer ``DUMP``."""
        ...

    def callit(self, argument: CallArgs, call: rpc.Call, /) -> rpc.Result[CallResult]:
        """Answer ``CALLIT``."""
        ...


PORTMAP_V2: Final = rpc.Version[PortmapV2](
    "RPCBIND",
    RPCBIND,
    2,
    {
        1: rpc.Procedure("set", xdr.arguments(decode_mapping), xdr.encode_bool),
        2: rpc.Procedure("unset", xdr.arguments(decode_mapping), xdr.encode_bool),
        3: rpc.Procedure("getport", xdr.arguments(decode_mapping), xdr.encode_unsigned),
        4: rpc.Procedure("dump", xdr.arguments(), encode_pmaplist),
        5: rpc.Procedure("callit", xdr.arguments(decode_call_args), encode_call_result),
    },
)


class PortmapV2Client:
    """Calls ``PORTMAP_V2`` of ``RPCBIND`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def null(self) -> None:
        """Call ``NULL``."""
        self._client.call(RPCBIND, 2, 0, xdr.encode_void, None, xdr.decode_void)

    def set(self, argument: Mapping, /) -> bool:
        """Call ``SET``."""
        return self._client.call(RPCBIND, 2, 1, encode_mapping, argument, xdr.decode_bool)

    def unset(self, argument: Mapping, /) -> bool:
        """Call ``UNSET``."""
        return self._client.call(RPCBIND, 2, 2, encode_mapping, argument, xdr.decode_bool)

    def getport(self, argument: Mapping, /) -> int:
        """Call ``GETPORT``."""
        return self._client.call(RPCBIND, 2, 3, encode_mapping, argument, xdr.decode_unsigned)

    def dump(self) -> Pmaplist:
        """Call ``DUMP``."""
        return self._client.call(RPCBIND, 2, 4, xdr.encode_void, None, decode_pmaplist)

    def callit(self, argument: CallArgs, /) -> CallResult:
        """Call ``CALLIT``."""
        return self._client.call(RPCBIND, 2, 5, encode_call_args, argument, decode_call_result)


class PortmapV2AsyncClient:
    """Calls ``PORTMAP_V2`` of ``RPCBIND`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def null(self) -> None:
        """Call ``NULL``."""
        await self._client.call(RPCBIND, 2, 0, xdr.encode_void, None, xdr.decode_void)

    async def set(self, argument: Mapping, /) -> bool:
        """Call ``SET``."""
        return await self._client.call(RPCBIND, 2, 1, encode_mapping, argument, xdr.decode_bool)

    async def unset(self, argument: Mapping, /) -> bool:
        """Call ``UNSET``."""
        return await self._client.call(RPCBIND, 2, 2, encode_mapping, argument, xdr.decode_bool)

    async def getport(self, argument: Mapping, /) -> int:
        """Call ``GETPORT``."""
        return await self._client.call(RPCBIND, 2, 3, encode_mapping, argument, xdr.decode_unsigned)

    async def dump(self) -> Pmaplist:
        """Call ``DUMP``."""
        return await self._client.call(RPCBIND, 2, 4, xdr.encode_void, None, decode_pmaplist)

    async def callit(self, argument: CallArgs, /) -> CallResult:
        """Call ``CALLIT``."""
        return await self._client.call(RPCBIND, 2, 5, encode_call_args, argument, decode_call_result)


class RpcbindV3(Protocol):
    """What serves ``RPCBIND_V3`` of ``RPCBIND``."""

    def set(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``SET``."""
        ...

    def unset(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``UNSET``."""
        ...

    def getaddr(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``GETADDR``."""
        ...

    def dump(self, call: rpc.Call, /) -> rpc.Result[Rpcblist]:
        """Answer ``DUMP``."""
        ...

    def callit(self, argument: RpcbRmtcallargs, call: rpc.Call, /) -> rpc.Result[RpcbRmtcallres]:
        """Answer ``CALLIT``."""
        ...

    def gettime(self, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``GETTIME``."""
        ...

    def uaddr2taddr(self, argument: str, call: rpc.Call, /) -> rpc.Result[Netbuf]:
        """Answer ``UADDR2TADDR``."""
        ...

    def taddr2uaddr(self, argument: Netbuf, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``TADDR2UADDR``."""
        ...


RPCBIND_V3: Final = rpc.Version[RpcbindV3](
    "RPCBIND",
    RPCBIND,
    3,
    {
        1: rpc.Procedure("set", xdr.arguments(decode_rpcb), xdr.encode_bool),
        2: rpc.Procedure("unset", xdr.arguments(decode_rpcb), xdr.encode_bool),
        3: rpc.Procedure("getaddr", xdr.arguments(decode_rpcb), xdr.encode_string),
        4: rpc.Procedure("dump", xdr.arguments(), encode_rpcblist),
        5: rpc.Procedure("callit", xdr.arguments(decode_rpcb_rmtcallargs), encode_rpcb_rmtcallres),
        6: rpc.Procedure("gettime", xdr.arguments(), xdr.encode_unsigned),
        7: rpc.Procedure("uaddr2taddr", xdr.arguments(xdr.decode_string), encode_netbuf),
        8: rpc.Procedure("taddr2uaddr", xdr.arguments(decode_netbuf), xdr.encode_string),
    },
)


class RpcbindV3Client:
    """Calls ``RPCBIND_V3`` of ``RPCBIND`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def null(self) -> None:
        """Call ``NULL``."""
        self._client.call(RPCBIND, 3, 0, xdr.encode_void, None, xdr.decode_void)

    def set(self, argument: Rpcb, /) -> bool:
        """Call ``SET``."""
        return self._client.call(RPCBIND, 3, 1, encode_rpcb, argument, xdr.decode_bool)

    def unset(self, argument: Rpcb, /) -> bool:
        """Call ``UNSET``."""
        return self._client.call(RPCBIND, 3, 2, encode_rpcb, argument, xdr.decode_bool)

    def getaddr(self, argument: Rpcb, /) -> str:
        """Call ``GETADDR``."""
        return self._client.call(RPCBIND, 3, 3, encode_rpcb, argument, xdr.decode_string)

    def dump(self) -> Rpcblist:
        """Call ``DUMP``."""
        return self._client.call(RPCBIND, 3, 4, xdr.encode_void, None, decode_rpcblist)

    def callit(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``CALLIT``."""
        return self._client.call(RPCBIND, 3, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    def gettime(self) -> int:
        """Call ``GETTIME``."""
        return self._client.call(RPCBIND, 3, 6, xdr.encode_void, None, xdr.decode_unsigned)

    def uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``UADDR2TADDR``."""
        return self._client.call(RPCBIND, 3, 7, xdr.encode_string, argument, decode_netbuf)

    def taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``TADDR2UADDR``."""
        return self._client.call(RPCBIND, 3, 8, encode_netbuf, argument, xdr.decode_string)


class RpcbindV3AsyncClient:
    """Calls ``RPCBIND_V3`` of ``RPCBIND`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def null(self) -> None:
        """Call ``NULL``."""
        await self._client.call(RPCBIND, 3, 0, xdr.encode_void, None, xdr.decode_void)

    async def set(self, argument: Rpcb, /) -> bool:
        """Call ``SET``."""
        return await self._client.call(RPCBIND, 3, 1, encode_rpcb, argument, xdr.decode_bool)

    async def unset(self, argument: Rpcb, /) -> bool:
        """Call ``UNSET``."""
        return await self._client.call(RPCBIND, 3, 2, encode_rpcb, argument, xdr.decode_bool)

    async def getaddr(self, argument: Rpcb, /) -> str:
        """Call ``GETADDR``."""
        return await self._client.call(RPCBIND, 3, 3, encode_rpcb, argument, xdr.decode_string)

    async def dump(self) -> Rpcblist:
        """Call ``DUMP``."""
        return await self._client.call(RPCBIND, 3, 4, xdr.encode_void, None, decode_rpcblist)

    async def callit(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``CALLIT``."""
        return await self._client.call(RPCBIND, 3, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    async def gettime(self) -> int:
        """Call ``GETTIME``."""
        return await self._client.call(RPCBIND, 3, 6, xdr.encode_void, None, xdr.decode_unsigned)

    async def uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``UADDR2TADDR``."""
        return await self._client.call(RPCBIND, 3, 7, xdr.encode_string, argument, decode_netbuf)

    async def taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``TADDR2UADDR``."""
        return await self._client.call(RPCBIND, 3, 8, encode_netbuf, argument, xdr.decode_string)


class RpcbindV4(Protocol):
    """What serves ``RPCBIND_V4`` of ``RPCBIND``."""

    def set(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``SET``."""
        ...

    def unset(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``UNSET``."""
        ...

    def getaddr(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``GETADDR``."""
        ...

    def dump(self, call: rpc.Call, /) -> rpc.Result[Rpcblist]:
        """Answer ``DUMP``."""
        ...

    def bcast(self, argument: RpcbRmtcallargs, call: rpc.Call, /) -> rpc.Result[RpcbRmtcallres]:
        """Answer ``BCAST``."""
        ...

    def gettime(self, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``GETTIME``."""
        ...

    def uaddr2taddr(self, argument: str, call: rpc.Call, /) -> rpc.Result[Netbuf]:
        """Answer ``UADDR2TADDR``."""
        ...

    def taddr2uaddr(self, argument: Netbuf, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``TADDR2UADDR``."""
        ...

    def getversaddr(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``GETVERSADDR``."""
        ...

    def indirect(self, argument: RpcbRmtcallargs, call: rpc.Call, /) -> rpc.Result[RpcbRmtcallres]:
        """Answer ``INDIRECT``."""
        ...

    def getaddrlist(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[RpcbEntryList]:
        """Answer ``GETADDRLIST``."""
        ...

    def getstat(self, call: rpc.Call, /) -> rpc.Result[RpcbStatByvers]:
        """Answer ``GETSTAT``."""
        ...


RPCBIND_V4: Final = rpc.Version[RpcbindV4](
    "RPCBIND",
    RPCBIND,
    4,
    {
        1: rpc.Procedure("set", xdr.arguments(decode_rpcb), xdr.encode_bool),
        2: rpc.Procedure("unset", xdr.arguments(decode_rpcb), xdr.encode_bool),
        3: rpc.Procedure("getaddr", xdr.arguments(decode_rpcb), xdr.encode_string),
        4: rpc.Procedure("dump", xdr.arguments(), encode_rpcblist),
        5: rpc.Procedure("bcast", xdr.arguments(decode_rpcb_rmtcallargs), encode_rpcb_rmtcallres),
        6: rpc.Procedure("gettime", xdr.arguments(), xdr.encode_unsigned),
        7: rpc.Procedure("uaddr2taddr", xdr.arguments(xdr.decode_string), encode_netbuf),
        8: rpc.Procedure("taddr2uaddr", xdr.arguments(decode_netbuf), xdr.encode_string),
        9: rpc.Procedure("getversaddr", xdr.arguments(decode_rpcb), xdr.encode_string),
        10: rpc.Procedure("indirect", xdr.arguments(decode_rpcb_rmtcallargs), encode_rpcb_rmtcallres),
        11: rpc.Procedure("getaddrlist", xdr.arguments(decode_rpcb), encode_rpcb_entry_list),
        12: rpc.Procedure("getstat", xdr.arguments(), encode_rpcb_stat_byvers),
    },
)


class RpcbindV4Client:
    """Calls ``RPCBIND_V4`` of ``RPCBIND`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def null(self) -> None:
        """Call ``NULL``."""
        self._client.call(RPCBIND, 4, 0, xdr.encode_void, None, xdr.decode_void)

    def set(self, argument: Rpcb, /) -> bool:
        """Call ``SET``."""
        return self._client.call(RPCBIND, 4, 1, encode_rpcb, argument, xdr.decode_bool)

    def unset(self, argument: Rpcb, /) -> bool:
        """Call ``UNSET``."""
        return self._client.call(RPCBIND, 4, 2, encode_rpcb, argument, xdr.decode_bool)

    def getaddr(self, argument: Rpcb, /) -> str:
        """Call ``GETADDR``."""
        return self._client.call(RPCBIND, 4, 3, encode_rpcb, argument, xdr.decode_string)

    def dump(self) -> Rpcblist:
        """Call ``DUMP``."""
        return self._client.call(RPCBIND, 4, 4, xdr.encode_void, None, decode_rpcblist)

    def bcast(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``BCAST``."""
        return self._client.call(RPCBIND, 4, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    def gettime(self) -> int:
        """Call ``GETTIME``."""
        return self._client.call(RPCBIND, 4, 6, xdr.encode_void, None, xdr.decode_unsigned)

    def uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``UADDR2TADDR``."""
        return self._client.call(RPCBIND, 4, 7, xdr.encode_string, argument, decode_netbuf)

    def taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``TADDR2UADDR``."""
        return self._client.call(RPCBIND, 4, 8, encode_netbuf, argument, xdr.decode_string)

    def getversaddr(self, argument: Rpcb, /) -> str:
        """Call ``GETVERSADDR``."""
        return self._client.call(RPCBIND, 4, 9, encode_rpcb, argument, xdr.decode_string)

    def indirect(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``INDIRECT``."""
        return self._client.call(RPCBIND, 4, 10, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    def getaddrlist(self, argument: Rpcb, /) -> RpcbEntryList:
        """Call ``GETADDRLIST``."""
        return self._client.call(RPCBIND, 4, 11, encode_rpcb, argument, decode_rpcb_entry_list)

    def getstat(self) -> RpcbStatByvers:
        """Call ``GETSTAT``."""
        return self._client.call(RPCBIND, 4, 12, xdr.encode_void, None, decode_rpcb_stat_byvers)


class RpcbindV4AsyncClient:
    """Calls ``RPCBIND_V4`` of ``RPCBIND`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def null(self) -> None:
        """Call ``NULL``."""
        await self._client.call(RPCBIND, 4, 0, xdr.encode_void, None, xdr.decode_void)

    async def set(self, argument: Rpcb, /) -> bool:
        """Call ``SET``."""
        return await self._client.call(RPCBIND, 4, 1, encode_rpcb, argument, xdr.decode_bool)

    async def unset(self, argument: Rpcb, /) -> bool:
        """Call ``UNSET``."""
        return await self._client.call(RPCBIND, 4, 2, encode_rpcb, argument, xdr.decode_bool)

    async def getaddr(self, argument: Rpcb, /) -> str:
        """Call ``GETADDR``."""
        return await self._client.call(RPCBIND, 4, 3, encode_rpcb, argument, xdr.decode_string)

    async def dump(self) -> Rpcblist:
        """Call ``DUMP``."""
        return await self._client.call(RPCBIND, 4, 4, xdr.encode_void, None, decode_rpcblist)

    async def bcast(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``BCAST``."""
        return await self._client.call(RPCBIND, 4, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    async def gettime(self) -> int:
        """Call ``GETTIME``."""
        return await self._client.call(RPCBIND, 4, 6, xdr.encode_void, None, xdr.decode_unsigned)

    async def uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``UADDR2TADDR``."""
        return await self._client.call(RPCBIND, 4, 7, xdr.encode_string, argument, decode_netbuf)

    async def taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``TADDR2UADDR``."""
        return await self._client.call(RPCBIND, 4, 8, encode_netbuf, argument, xdr.decode_string)

    async def getversaddr(self, argument: Rpcb, /) -> str:
        """Call ``GETVERSADDR``."""
        return await self._client.call(RPCBIND, 4, 9, encode_rpcb, argument, xdr.decode_string)

    async def indirect(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``INDIRECT``."""
        return await self._client.call(RPCBIND, 4, 10, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    async def getaddrlist(self, argument: Rpcb, /) -> RpcbEntryList:
        """Call ``GETADDRLIST``."""
        return await self._client.call(RPCBIND, 4, 11, encode_rpcb, argument, decode_rpcb_entry_list)

    async def getstat(self) -> RpcbStatByvers:
        """Call ``GETSTAT``."""
        return await self._client.call(RPCBIND, 4, 12, xdr.encode_void, None, decode_rpcb_stat_byvers)
