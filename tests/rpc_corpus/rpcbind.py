"""What rpcbind.x declares.

Written by typedserver-rpcgen: change rpcbind.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

RPCB_HIGHPROC_2: Final = 13
RPCBSTAT_HIGHPROC: Final = 13
RPCBVERS_STAT: Final = 3
RPCBVERS_4_STAT: Final = 2
RPCBVERS_3_STAT: Final = 1
RPCBVERS_2_STAT: Final = 0
RPCBPROG: Final = 100000


@dataclass(frozen=True, slots=True)
class Rpcb:
    """``struct rpcb``."""

    r_prog: int
    r_vers: int
    r_netid: str
    r_addr: str
    r_owner: str


@dataclass(frozen=True, slots=True)
class RpList:
    """An element of ``struct rp__list``, a linked list: a tuple of them stands for it."""

    rpcb_map: Rpcb


RpcblistPtr: TypeAlias = tuple[RpList, ...]


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
class RpcbEntry:
    """``struct rpcb_entry``."""

    r_maddr: str
    r_nc_netid: str
    r_nc_semantics: int
    r_nc_protofmly: str
    r_nc_proto: str


@dataclass(frozen=True, slots=True)
class RpcbEntryList:
    """An element of ``struct rpcb_entry_list``, a linked list: a tuple of them stands for it."""

    rpcb_entry_map: RpcbEntry


RpcbEntryListPtr: TypeAlias = tuple[RpcbEntryList, ...]


@dataclass(frozen=True, slots=True)
class RpcbsAddrlist:
    """An element of ``struct rpcbs_addrlist``, a linked list: a tuple of them stands for it."""

    prog: int
    vers: int
    success: int
    failure: int
    netid: str


@dataclass(frozen=True, slots=True)
class RpcbsRmtcalllist:
    """An element of ``struct rpcbs_rmtcalllist``, a linked list: a tuple of them stands for it."""

    prog: int
    vers: int
    proc: int
    success: int
    failure: int
    indirect: int
    netid: str


RpcbsProc: TypeAlias = tuple[int, ...]


RpcbsAddrlistPtr: TypeAlias = tuple[RpcbsAddrlist, ...]


RpcbsRmtcalllistPtr: TypeAlias = tuple[RpcbsRmtcalllist, ...]


@dataclass(frozen=True, slots=True)
class RpcbStat:
    """``struct rpcb_stat``."""

    info: RpcbsProc
    setinfo: int
    unsetinfo: int
    addrinfo: RpcbsAddrlistPtr
    rmtinfo: RpcbsRmtcalllistPtr


RpcbStatByvers: TypeAlias = tuple[RpcbStat, ...]


@dataclass(frozen=True, slots=True)
class Netbuf:
    """``struct netbuf_``."""

    maxlen: int
    buf: bytes


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


_new_rplist: Final = xdr.unfrozen(RpList)


def encode_rp__list(out: xdr.Encoder, value: RpList) -> None:
    """Encode ``rp__list``."""
    try:
        encode_rpcb(out, value.rpcb_map)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "rpcb_map", value) from None


def decode_rp__list(data: xdr.Decoder) -> RpList:
    """Decode ``rp__list``."""
    new = _new_rplist()
    try:
        new.rpcb_map = decode_rpcb(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "rpcb_map", data) from None
    new.__class__ = RpList
    value: RpList = new
    return value


def encode_rpcblist_ptr(out: xdr.Encoder, value: RpcblistPtr) -> None:
    """Encode ``rpcblist_ptr``."""
    xdr.encode_list(out, value, encode_rp__list)


def decode_rpcblist_ptr(data: xdr.Decoder) -> RpcblistPtr:
    """Decode ``rpcblist_ptr``."""
    return xdr.decode_list(data, decode_rp__list)


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


_new_rpcbentrylist: Final = xdr.unfrozen(RpcbEntryList)


def encode_rpcb_entry_list(out: xdr.Encoder, value: RpcbEntryList) -> None:
    """Encode ``rpcb_entry_list``."""
    try:
        encode_rpcb_entry(out, value.rpcb_entry_map)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "rpcb_entry_map", value) from None


def decode_rpcb_entry_list(data: xdr.Decoder) -> RpcbEntryList:
    """Decode ``rpcb_entry_list``."""
    new = _new_rpcbentrylist()
    try:
        new.rpcb_entry_map = decode_rpcb_entry(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "rpcb_entry_map", data) from None
    new.__class__ = RpcbEntryList
    value: RpcbEntryList = new
    return value


def encode_rpcb_entry_list_ptr(out: xdr.Encoder, value: RpcbEntryListPtr) -> None:
    """Encode ``rpcb_entry_list_ptr``."""
    xdr.encode_list(out, value, encode_rpcb_entry_list)


def decode_rpcb_entry_list_ptr(data: xdr.Decoder) -> RpcbEntryListPtr:
    """Decode ``rpcb_entry_list_ptr``."""
    return xdr.decode_list(data, decode_rpcb_entry_list)


_RPCBSADDRLIST_1: Final = xdr.SizedRun("I I i i I * x", "prog", "vers", "success", "failure", "#netid", "netid")
_RPCBSADDRLIST_2: Final = xdr.Run("I I i i I", "prog", "vers", "success", "failure", "#netid")
_RPCBSADDRLIST_3: Final = xdr.SizedRun("* s", "netid")
_RPCBSADDRLIST_4: Final = xdr.Run("i I I i i I", "more", "prog", "vers", "success", "failure", "#netid")
_new_rpcbsaddrlist: Final = xdr.unfrozen(RpcbsAddrlist)


def encode_rpcbs_addrlist(out: xdr.Encoder, value: RpcbsAddrlist) -> None:
    """Encode ``rpcbs_addrlist``."""
    at: xdr.Place = "netid"
    try:
        try:
            netid = value.netid.encode()
        except UnicodeEncodeError:
            netid = xdr.text(value.netid)
        netid_length = len(netid)
        at = _RPCBSADDRLIST_1
        out += _RPCBSADDRLIST_1[netid_length].pack(
            value.prog, value.vers, value.success, value.failure, netid_length, netid
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcbs_addrlist(data: xdr.Decoder) -> RpcbsAddrlist:
    """Decode ``rpcbs_addrlist``."""
    new = _new_rpcbsaddrlist()
    at: xdr.Place = _RPCBSADDRLIST_2
    try:
        (
            new.prog,
            new.vers,
            new.success,
            new.failure,
            netid_length,
        ) = _RPCBSADDRLIST_2.unpack_from(data.buffer, data.position)
        data.position += 20
        at = _RPCBSADDRLIST_3
        netid, padding = _RPCBSADDRLIST_3[netid_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.netid = netid.decode()
        except UnicodeDecodeError:
            new.netid = netid.decode("utf-8", "surrogateescape")
        data.position += (netid_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = RpcbsAddrlist
    value: RpcbsAddrlist = new
    return value


def _decode_list_of_rpcbs_addrlist(data: xdr.Decoder) -> tuple[RpcbsAddrlist, ...]:
    values: list[RpcbsAddrlist] = []
    append = values.append
    buffer = data.buffer
    position = end = data.position
    try:
        while True:
            new = _new_rpcbsaddrlist()
            more, new.prog, new.vers, new.success, new.failure, netid_length = _RPCBSADDRLIST_4.unpack_from(buffer, end)
            end += 24
            if more != 1:
                break
            netid, padding = _RPCBSADDRLIST_3[netid_length].unpack_from(buffer, end)
            if padding not in xdr.ZEROS:
                break
            try:
                new.netid = netid.decode()
            except UnicodeDecodeError:
                new.netid = netid.decode("utf-8", "surrogateescape")
            end += (netid_length + 3) & -4
            new.__class__ = RpcbsAddrlist
            append(new)
            position = end
    except xdr.DECODING:
        # The decoder of one element raises it again, with the path to what is wrong.
        pass
    data.position = position
    return xdr.decode_list(data, decode_rpcbs_addrlist, values)


_RPCBSRMTCALLLIST_1: Final = xdr.SizedRun(
    "I I I i i i I * x", "prog", "vers", "proc", "success", "failure", "indirect", "#netid", "netid"
)
_RPCBSRMTCALLLIST_2: Final = xdr.Run(
    "I I I i i i I", "prog", "vers", "proc", "success", "failure", "indirect", "#netid"
)
_RPCBSRMTCALLLIST_3: Final = xdr.SizedRun("* s", "netid")
_RPCBSRMTCALLLIST_4: Final = xdr.Run(
    "i I I I i i i I", "more", "prog", "vers", "proc", "success", "failure", "indirect", "#netid"
)
_new_rpcbsrmtcalllist: Final = xdr.unfrozen(RpcbsRmtcalllist)


def encode_rpcbs_rmtcalllist(out: xdr.Encoder, value: RpcbsRmtcalllist) -> None:
    """Encode ``rpcbs_rmtcalllist``."""
    at: xdr.Place = "netid"
    try:
        try:
            netid = value.netid.encode()
        except UnicodeEncodeError:
            netid = xdr.text(value.netid)
        netid_length = len(netid)
        at = _RPCBSRMTCALLLIST_1
        out += _RPCBSRMTCALLLIST_1[netid_length].pack(
            value.prog, value.vers, value.proc, value.success, value.failure, value.indirect, netid_length, netid
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rpcbs_rmtcalllist(data: xdr.Decoder) -> RpcbsRmtcalllist:
    """Decode ``rpcbs_rmtcalllist``."""
    new = _new_rpcbsrmtcalllist()
    at: xdr.Place = _RPCBSRMTCALLLIST_2
    try:
        (
            new.prog,
            new.vers,
            new.proc,
            new.success,
            new.failure,
            new.indirect,
            netid_length,
        ) = _RPCBSRMTCALLLIST_2.unpack_from(data.buffer, data.position)
        data.position += 28
        at = _RPCBSRMTCALLLIST_3
        netid, padding = _RPCBSRMTCALLLIST_3[netid_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.netid = netid.decode()
        except UnicodeDecodeError:
            new.netid = netid.decode("utf-8", "surrogateescape")
        data.position += (netid_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = RpcbsRmtcalllist
    value: RpcbsRmtcalllist = new
    return value


def _decode_list_of_rpcbs_rmtcalllist(data: xdr.Decoder) -> tuple[RpcbsRmtcalllist, ...]:
    values: list[RpcbsRmtcalllist] = []
    append = values.append
    buffer = data.buffer
    position = end = data.position
    try:
        while True:
            new = _new_rpcbsrmtcalllist()
            (
                more,
                new.prog,
                new.vers,
                new.proc,
                new.success,
                new.failure,
                new.indirect,
                netid_length,
            ) = _RPCBSRMTCALLLIST_4.unpack_from(buffer, end)
            end += 32
            if more != 1:
                break
            netid, padding = _RPCBSRMTCALLLIST_3[netid_length].unpack_from(buffer, end)
            if padding not in xdr.ZEROS:
                break
            try:
                new.netid = netid.decode()
            except UnicodeDecodeError:
                new.netid = netid.decode("utf-8", "surrogateescape")
            end += (netid_length + 3) & -4
            new.__class__ = RpcbsRmtcalllist
            append(new)
            position = end
    except xdr.DECODING:
        # The decoder of one element raises it again, with the path to what is wrong.
        pass
    data.position = position
    return xdr.decode_list(data, decode_rpcbs_rmtcalllist, values)


def encode_rpcbs_proc(out: xdr.Encoder, value: RpcbsProc) -> None:
    """Encode ``rpcbs_proc``."""
    xdr.encode_fixed_numbers(out, value, "i", RPCBSTAT_HIGHPROC)


def decode_rpcbs_proc(data: xdr.Decoder) -> RpcbsProc:
    """Decode ``rpcbs_proc``."""
    return xdr.decode_fixed_numbers(data, "i", RPCBSTAT_HIGHPROC)


def encode_rpcbs_addrlist_ptr(out: xdr.Encoder, value: RpcbsAddrlistPtr) -> None:
    """Encode ``rpcbs_addrlist_ptr``."""
    xdr.encode_list(out, value, encode_rpcbs_addrlist)


def decode_rpcbs_addrlist_ptr(data: xdr.Decoder) -> RpcbsAddrlistPtr:
    """Decode ``rpcbs_addrlist_ptr``."""
    return _decode_list_of_rpcbs_addrlist(data)


def encode_rpcbs_rmtcalllist_ptr(out: xdr.Encoder, value: RpcbsRmtcalllistPtr) -> None:
    """Encode ``rpcbs_rmtcalllist_ptr``."""
    xdr.encode_list(out, value, encode_rpcbs_rmtcalllist)


def decode_rpcbs_rmtcalllist_ptr(data: xdr.Decoder) -> RpcbsRmtcalllistPtr:
    """Decode ``rpcbs_rmtcalllist_ptr``."""
    return _decode_list_of_rpcbs_rmtcalllist(data)


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
        xdr.encode_list(out, value.addrinfo, encode_rpcbs_addrlist)
        at = "rmtinfo"
        xdr.encode_list(out, value.rmtinfo, encode_rpcbs_rmtcalllist)
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
        new.addrinfo = _decode_list_of_rpcbs_addrlist(data)
        at = "rmtinfo"
        new.rmtinfo = _decode_list_of_rpcbs_rmtcalllist(data)
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


_NETBUF_1: Final = xdr.Run("I I", "maxlen", "#buf")
_new_netbuf: Final = xdr.unfrozen(Netbuf)


def encode_netbuf_(out: xdr.Encoder, value: Netbuf) -> None:
    """Encode ``netbuf_``."""
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


def decode_netbuf_(data: xdr.Decoder) -> Netbuf:
    """Decode ``netbuf_``."""
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


class Rpcbvers(Protocol):
    """What serves ``RPCBVERS`` of ``RPCBPROG``."""

    def rpcbproc_set(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``RPCBPROC_SET``."""
        ...

    def rpcbproc_unset(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``RPCBPROC_UNSET``."""
        ...

    def rpcbproc_getaddr(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``RPCBPROC_GETADDR``."""
        ...

    def rpcbproc_dump(self, call: rpc.Call, /) -> rpc.Result[RpcblistPtr]:
        """Answer ``RPCBPROC_DUMP``."""
        ...

    def rpcbproc_callit(self, argument: RpcbRmtcallargs, call: rpc.Call, /) -> rpc.Result[RpcbRmtcallres]:
        """Answer ``RPCBPROC_CALLIT``."""
        ...

    def rpcbproc_gettime(self, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``RPCBPROC_GETTIME``."""
        ...

    def rpcbproc_uaddr2taddr(self, argument: str, call: rpc.Call, /) -> rpc.Result[Netbuf]:
        """Answer ``RPCBPROC_UADDR2TADDR``."""
        ...

    def rpcbproc_taddr2uaddr(self, argument: Netbuf, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``RPCBPROC_TADDR2UADDR``."""
        ...


RPCBVERS: Final = rpc.Version[Rpcbvers](
    "RPCBPROG",
    RPCBPROG,
    3,
    {
        1: rpc.Procedure("rpcbproc_set", xdr.arguments(decode_rpcb), xdr.encode_bool),
        2: rpc.Procedure("rpcbproc_unset", xdr.arguments(decode_rpcb), xdr.encode_bool),
        3: rpc.Procedure("rpcbproc_getaddr", xdr.arguments(decode_rpcb), xdr.encode_string),
        4: rpc.Procedure("rpcbproc_dump", xdr.arguments(), encode_rpcblist_ptr),
        5: rpc.Procedure("rpcbproc_callit", xdr.arguments(decode_rpcb_rmtcallargs), encode_rpcb_rmtcallres),
        6: rpc.Procedure("rpcbproc_gettime", xdr.arguments(), xdr.encode_unsigned),
        7: rpc.Procedure("rpcbproc_uaddr2taddr", xdr.arguments(xdr.decode_string), encode_netbuf_),
        8: rpc.Procedure("rpcbproc_taddr2uaddr", xdr.arguments(decode_netbuf_), xdr.encode_string),
    },
)


class RpcbversClient:
    """Calls ``RPCBVERS`` of ``RPCBPROG`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def rpcbproc_set(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_SET``."""
        return self._client.call(RPCBPROG, 3, 1, encode_rpcb, argument, xdr.decode_bool)

    def rpcbproc_unset(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_UNSET``."""
        return self._client.call(RPCBPROG, 3, 2, encode_rpcb, argument, xdr.decode_bool)

    def rpcbproc_getaddr(self, argument: Rpcb, /) -> str:
        """Call ``RPCBPROC_GETADDR``."""
        return self._client.call(RPCBPROG, 3, 3, encode_rpcb, argument, xdr.decode_string)

    def rpcbproc_dump(self) -> RpcblistPtr:
        """Call ``RPCBPROC_DUMP``."""
        return self._client.call(RPCBPROG, 3, 4, xdr.encode_void, None, decode_rpcblist_ptr)

    def rpcbproc_callit(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``RPCBPROC_CALLIT``."""
        return self._client.call(RPCBPROG, 3, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    def rpcbproc_gettime(self) -> int:
        """Call ``RPCBPROC_GETTIME``."""
        return self._client.call(RPCBPROG, 3, 6, xdr.encode_void, None, xdr.decode_unsigned)

    def rpcbproc_uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``RPCBPROC_UADDR2TADDR``."""
        return self._client.call(RPCBPROG, 3, 7, xdr.encode_string, argument, decode_netbuf_)

    def rpcbproc_taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``RPCBPROC_TADDR2UADDR``."""
        return self._client.call(RPCBPROG, 3, 8, encode_netbuf_, argument, xdr.decode_string)


class RpcbversAsyncClient:
    """Calls ``RPCBVERS`` of ``RPCBPROG`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def rpcbproc_set(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_SET``."""
        return await self._client.call(RPCBPROG, 3, 1, encode_rpcb, argument, xdr.decode_bool)

    async def rpcbproc_unset(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_UNSET``."""
        return await self._client.call(RPCBPROG, 3, 2, encode_rpcb, argument, xdr.decode_bool)

    async def rpcbproc_getaddr(self, argument: Rpcb, /) -> str:
        """Call ``RPCBPROC_GETADDR``."""
        return await self._client.call(RPCBPROG, 3, 3, encode_rpcb, argument, xdr.decode_string)

    async def rpcbproc_dump(self) -> RpcblistPtr:
        """Call ``RPCBPROC_DUMP``."""
        return await self._client.call(RPCBPROG, 3, 4, xdr.encode_void, None, decode_rpcblist_ptr)

    async def rpcbproc_callit(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``RPCBPROC_CALLIT``."""
        return await self._client.call(RPCBPROG, 3, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    async def rpcbproc_gettime(self) -> int:
        """Call ``RPCBPROC_GETTIME``."""
        return await self._client.call(RPCBPROG, 3, 6, xdr.encode_void, None, xdr.decode_unsigned)

    async def rpcbproc_uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``RPCBPROC_UADDR2TADDR``."""
        return await self._client.call(RPCBPROG, 3, 7, xdr.encode_string, argument, decode_netbuf_)

    async def rpcbproc_taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``RPCBPROC_TADDR2UADDR``."""
        return await self._client.call(RPCBPROG, 3, 8, encode_netbuf_, argument, xdr.decode_string)


class Rpcbvers4(Protocol):
    """What serves ``RPCBVERS4`` of ``RPCBPROG``."""

    def rpcbproc_set(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``RPCBPROC_SET``."""
        ...

    def rpcbproc_unset(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[bool]:
        """Answer ``RPCBPROC_UNSET``."""
        ...

    def rpcbproc_getaddr(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``RPCBPROC_GETADDR``."""
        ...

    def rpcbproc_dump(self, call: rpc.Call, /) -> rpc.Result[RpcblistPtr]:
        """Answer ``RPCBPROC_DUMP``."""
        ...

    def rpcbproc_bcast(self, argument: RpcbRmtcallargs, call: rpc.Call, /) -> rpc.Result[RpcbRmtcallres]:
        """Answer ``RPCBPROC_BCAST``."""
        ...

    def rpcbproc_gettime(self, call: rpc.Call, /) -> rpc.Result[int]:
        """Answer ``RPCBPROC_GETTIME``."""
        ...

    def rpcbproc_uaddr2taddr(self, argument: str, call: rpc.Call, /) -> rpc.Result[Netbuf]:
        """Answer ``RPCBPROC_UADDR2TADDR``."""
        ...

    def rpcbproc_taddr2uaddr(self, argument: Netbuf, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``RPCBPROC_TADDR2UADDR``."""
        ...

    def rpcbproc_getversaddr(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[str]:
        """Answer ``RPCBPROC_GETVERSADDR``."""
        ...

    def rpcbproc_indirect(self, argument: RpcbRmtcallargs, call: rpc.Call, /) -> rpc.Result[RpcbRmtcallres]:
        """Answer ``RPCBPROC_INDIRECT``."""
        ...

    def rpcbproc_getaddrlist(self, argument: Rpcb, call: rpc.Call, /) -> rpc.Result[RpcbEntryListPtr]:
        """Answer ``RPCBPROC_GETADDRLIST``."""
        ...

    def rpcbproc_getstat(self, call: rpc.Call, /) -> rpc.Result[RpcbStatByvers]:
        """Answer ``RPCBPROC_GETSTAT``."""
        ...


RPCBVERS4: Final = rpc.Version[Rpcbvers4](
    "RPCBPROG",
    RPCBPROG,
    4,
    {
        1: rpc.Procedure("rpcbproc_set", xdr.arguments(decode_rpcb), xdr.encode_bool),
        2: rpc.Procedure("rpcbproc_unset", xdr.arguments(decode_rpcb), xdr.encode_bool),
        3: rpc.Procedure("rpcbproc_getaddr", xdr.arguments(decode_rpcb), xdr.encode_string),
        4: rpc.Procedure("rpcbproc_dump", xdr.arguments(), encode_rpcblist_ptr),
        5: rpc.Procedure("rpcbproc_bcast", xdr.arguments(decode_rpcb_rmtcallargs), encode_rpcb_rmtcallres),
        6: rpc.Procedure("rpcbproc_gettime", xdr.arguments(), xdr.encode_unsigned),
        7: rpc.Procedure("rpcbproc_uaddr2taddr", xdr.arguments(xdr.decode_string), encode_netbuf_),
        8: rpc.Procedure("rpcbproc_taddr2uaddr", xdr.arguments(decode_netbuf_), xdr.encode_string),
        9: rpc.Procedure("rpcbproc_getversaddr", xdr.arguments(decode_rpcb), xdr.encode_string),
        10: rpc.Procedure("rpcbproc_indirect", xdr.arguments(decode_rpcb_rmtcallargs), encode_rpcb_rmtcallres),
        11: rpc.Procedure("rpcbproc_getaddrlist", xdr.arguments(decode_rpcb), encode_rpcb_entry_list_ptr),
        12: rpc.Procedure("rpcbproc_getstat", xdr.arguments(), encode_rpcb_stat_byvers),
    },
)


class Rpcbvers4Client:
    """Calls ``RPCBVERS4`` of ``RPCBPROG`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def rpcbproc_set(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_SET``."""
        return self._client.call(RPCBPROG, 4, 1, encode_rpcb, argument, xdr.decode_bool)

    def rpcbproc_unset(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_UNSET``."""
        return self._client.call(RPCBPROG, 4, 2, encode_rpcb, argument, xdr.decode_bool)

    def rpcbproc_getaddr(self, argument: Rpcb, /) -> str:
        """Call ``RPCBPROC_GETADDR``."""
        return self._client.call(RPCBPROG, 4, 3, encode_rpcb, argument, xdr.decode_string)

    def rpcbproc_dump(self) -> RpcblistPtr:
        """Call ``RPCBPROC_DUMP``."""
        return self._client.call(RPCBPROG, 4, 4, xdr.encode_void, None, decode_rpcblist_ptr)

    def rpcbproc_bcast(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``RPCBPROC_BCAST``."""
        return self._client.call(RPCBPROG, 4, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    def rpcbproc_gettime(self) -> int:
        """Call ``RPCBPROC_GETTIME``."""
        return self._client.call(RPCBPROG, 4, 6, xdr.encode_void, None, xdr.decode_unsigned)

    def rpcbproc_uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``RPCBPROC_UADDR2TADDR``."""
        return self._client.call(RPCBPROG, 4, 7, xdr.encode_string, argument, decode_netbuf_)

    def rpcbproc_taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``RPCBPROC_TADDR2UADDR``."""
        return self._client.call(RPCBPROG, 4, 8, encode_netbuf_, argument, xdr.decode_string)

    def rpcbproc_getversaddr(self, argument: Rpcb, /) -> str:
        """Call ``RPCBPROC_GETVERSADDR``."""
        return self._client.call(RPCBPROG, 4, 9, encode_rpcb, argument, xdr.decode_string)

    def rpcbproc_indirect(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``RPCBPROC_INDIRECT``."""
        return self._client.call(RPCBPROG, 4, 10, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    def rpcbproc_getaddrlist(self, argument: Rpcb, /) -> RpcbEntryListPtr:
        """Call ``RPCBPROC_GETADDRLIST``."""
        return self._client.call(RPCBPROG, 4, 11, encode_rpcb, argument, decode_rpcb_entry_list_ptr)

    def rpcbproc_getstat(self) -> RpcbStatByvers:
        """Call ``RPCBPROC_GETSTAT``."""
        return self._client.call(RPCBPROG, 4, 12, xdr.encode_void, None, decode_rpcb_stat_byvers)


class Rpcbvers4AsyncClient:
    """Calls ``RPCBVERS4`` of ``RPCBPROG`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def rpcbproc_set(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_SET``."""
        return await self._client.call(RPCBPROG, 4, 1, encode_rpcb, argument, xdr.decode_bool)

    async def rpcbproc_unset(self, argument: Rpcb, /) -> bool:
        """Call ``RPCBPROC_UNSET``."""
        return await self._client.call(RPCBPROG, 4, 2, encode_rpcb, argument, xdr.decode_bool)

    async def rpcbproc_getaddr(self, argument: Rpcb, /) -> str:
        """Call ``RPCBPROC_GETADDR``."""
        return await self._client.call(RPCBPROG, 4, 3, encode_rpcb, argument, xdr.decode_string)

    async def rpcbproc_dump(self) -> RpcblistPtr:
        """Call ``RPCBPROC_DUMP``."""
        return await self._client.call(RPCBPROG, 4, 4, xdr.encode_void, None, decode_rpcblist_ptr)

    async def rpcbproc_bcast(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``RPCBPROC_BCAST``."""
        return await self._client.call(RPCBPROG, 4, 5, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    async def rpcbproc_gettime(self) -> int:
        """Call ``RPCBPROC_GETTIME``."""
        return await self._client.call(RPCBPROG, 4, 6, xdr.encode_void, None, xdr.decode_unsigned)

    async def rpcbproc_uaddr2taddr(self, argument: str, /) -> Netbuf:
        """Call ``RPCBPROC_UADDR2TADDR``."""
        return await self._client.call(RPCBPROG, 4, 7, xdr.encode_string, argument, decode_netbuf_)

    async def rpcbproc_taddr2uaddr(self, argument: Netbuf, /) -> str:
        """Call ``RPCBPROC_TADDR2UADDR``."""
        return await self._client.call(RPCBPROG, 4, 8, encode_netbuf_, argument, xdr.decode_string)

    async def rpcbproc_getversaddr(self, argument: Rpcb, /) -> str:
        """Call ``RPCBPROC_GETVERSADDR``."""
        return await self._client.call(RPCBPROG, 4, 9, encode_rpcb, argument, xdr.decode_string)

    async def rpcbproc_indirect(self, argument: RpcbRmtcallargs, /) -> RpcbRmtcallres:
        """Call ``RPCBPROC_INDIRECT``."""
        return await self._client.call(RPCBPROG, 4, 10, encode_rpcb_rmtcallargs, argument, decode_rpcb_rmtcallres)

    async def rpcbproc_getaddrlist(self, argument: Rpcb, /) -> RpcbEntryListPtr:
        """Call ``RPCBPROC_GETADDRLIST``."""
        return await self._client.call(RPCBPROG, 4, 11, encode_rpcb, argument, decode_rpcb_entry_list_ptr)

    async def rpcbproc_getstat(self) -> RpcbStatByvers:
        """Call ``RPCBPROC_GETSTAT``."""
        return await self._client.call(RPCBPROG, 4, 12, xdr.encode_void, None, decode_rpcb_stat_byvers)
