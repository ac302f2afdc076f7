"""What mount3.x declares.

Written by typedserver-rpcgen: change mount3.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

MNTPATHLEN: Final = 1024
MNTNAMLEN: Final = 255
FHSIZE3: Final = 64
MOUNT_PROGRAM: Final = 100005


Fhandle3: TypeAlias = bytes


Dirpath: TypeAlias = str


Name: TypeAlias = str


class Mountstat3(IntEnum):
    """``enum mountstat3``."""

    MNT3_OK = 0
    MNT3ERR_PERM = 1
    MNT3ERR_NOENT = 2
    MNT3ERR_IO = 5
    MNT3ERR_ACCES = 13
    MNT3ERR_NOTDIR = 20
    MNT3ERR_INVAL = 22
    MNT3ERR_NAMETOOLONG = 63
    MNT3ERR_NOTSUPP = 10004
    MNT3ERR_SERVERFAULT = 10006


@dataclass(frozen=True, slots=True)
class Mountres3Ok:
    """``struct mountres3_ok``."""

    fhandle: Fhandle3
    auth_flavors: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mountres3Mnt3Ok:
    """``union mountres3``: MNT3_OK."""

    fhs_status: ClassVar[Literal[Mountstat3.MNT3_OK]] = Mountstat3.MNT3_OK
    mountinfo: Mountres3Ok


Mountstat3ExceptMnt3Ok: TypeAlias = Literal[
    Mountstat3.MNT3ERR_PERM,
    Mountstat3.MNT3ERR_NOENT,
    Mountstat3.MNT3ERR_IO,
    Mountstat3.MNT3ERR_ACCES,
    Mountstat3.MNT3ERR_NOTDIR,
    Mountstat3.MNT3ERR_INVAL,
    Mountstat3.MNT3ERR_NAMETOOLONG,
    Mountstat3.MNT3ERR_NOTSUPP,
    Mountstat3.MNT3ERR_SERVERFAULT,
]


@dataclass(frozen=True, slots=True)
class Mountres3Default:
    """``union mountres3``: all others."""

    fhs_status: Mountstat3ExceptMnt3Ok


Mountres3: TypeAlias = Mountres3Mnt3Ok | Mountres3Default


@dataclass(frozen=True, slots=True)
class Mountbody:
    """An element of ``struct mountbody``, a linked list: a tuple of them stands for it."""

    ml_hostname: Name
    ml_directory: Dirpath


Mountlist: TypeAlias = tuple[Mountbody, ...]


@dataclass(frozen=True, slots=True)
class Groupnode:
    """An element of ``struct groupnode``, a linked list: a tuple of them stands for it."""

    gr_name: Name


Groups: TypeAlias = tuple[Groupnode, ...]


@dataclass(frozen=True, slots=True)
class Exportnode:
    """An element of ``struct exportnode``, a linked list: a tuple of them stands for it."""

    ex_dir: Dirpath
    ex_groups: Groups


Exports: TypeAlias = tuple[Exportnode, ...]


_MOUNTSTAT3EXCEPTMNT3OK: Final[dict[int, Mountstat3ExceptMnt3Ok]] = {
    1: Mountstat3.MNT3ERR_PERM,
    2: Mountstat3.MNT3ERR_NOENT,
    5: Mountstat3.MNT3ERR_IO,
    13: Mountstat3.MNT3ERR_ACCES,
    20: Mountstat3.MNT3ERR_NOTDIR,
    22: Mountstat3.MNT3ERR_INVAL,
    63: Mountstat3.MNT3ERR_NAMETOOLONG,
    10004: Mountstat3.MNT3ERR_NOTSUPP,
    10006: Mountstat3.MNT3ERR_SERVERFAULT,
}


def encode_fhandle3(out: xdr.Encoder, value: Fhandle3) -> None:
    """Encode ``fhandle3``."""
    xdr.encode_opaque(out, value, FHSIZE3)


def decode_fhandle3(data: xdr.Decoder) -> Fhandle3:
    """Decode ``fhandle3``."""
    return xdr.decode_opaque(data, FHSIZE3)


def encode_dirpath(out: xdr.Encoder, value: Dirpath) -> None:
    """Encode ``dirpath``."""
    xdr.encode_string(out, value, MNTPATHLEN)


def decode_dirpath(data: xdr.Decoder) -> Dirpath:
    """Decode ``dirpath``."""
    return xdr.decode_string(data, MNTPATHLEN)


def encode_name(out: xdr.Encoder, value: Name) -> None:
    """Encode ``name``."""
    xdr.encode_string(out, value, MNTNAMLEN)


def decode_name(data: xdr.Decoder) -> Name:
    """Decode ``name``."""
    return xdr.decode_string(data, MNTNAMLEN)


def encode_mountstat3(out: xdr.Encoder, value: Mountstat3) -> None:
    """Encode ``mountstat3``."""
    xdr.encode_enum(out, value, Mountstat3)


def decode_mountstat3(data: xdr.Decoder) -> Mountstat3:
    """Decode ``mountstat3``."""
    return xdr.decode_enum(data, Mountstat3)


_MOUNTRES3OK_1: Final = xdr.SizedRun("I * x", "#fhandle", "fhandle")
_MOUNTRES3OK_2: Final = xdr.Run("I", "#fhandle")
_MOUNTRES3OK_3: Final = xdr.SizedRun("* s", "fhandle")
_new_mountres3ok: Final = xdr.unfrozen(Mountres3Ok)


def encode_mountres3_ok(out: xdr.Encoder, value: Mountres3Ok) -> None:
    """Encode ``mountres3_ok``."""
    at: xdr.Place = "fhandle"
    try:
        fhandle = value.fhandle
        fhandle_length = len(fhandle)
        if fhandle_length > FHSIZE3:
            raise xdr.too_long(fhandle_length, FHSIZE3)
        at = _MOUNTRES3OK_1
        out += _MOUNTRES3OK_1[fhandle_length].pack(fhandle_length, fhandle)
        at = "auth_flavors"
        xdr.encode_numbers(out, value.auth_flavors, "i")
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_mountres3_ok(data: xdr.Decoder) -> Mountres3Ok:
    """Decode ``mountres3_ok``."""
    new = _new_mountres3ok()
    at: xdr.Place = _MOUNTRES3OK_2
    try:
        (fhandle_length,) = _MOUNTRES3OK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _MOUNTRES3OK_3
        if fhandle_length > FHSIZE3:
            raise xdr.too_long(fhandle_length, FHSIZE3)
        new.fhandle, padding = _MOUNTRES3OK_3[fhandle_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (fhandle_length + 3) & -4
        at = "auth_flavors"
        new.auth_flavors = xdr.decode_numbers(data, "i")
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Mountres3Ok
    value: Mountres3Ok = new
    return value


_MOUNTRES3_1: Final = xdr.Run("i", "fhs_status")
_new_mountres3mnt3ok: Final = xdr.unfrozen(Mountres3Mnt3Ok)
_new_mountres3default: Final = xdr.unfrozen(Mountres3Default)


def encode_mountres3(out: xdr.Encoder, value: Mountres3) -> None:
    """Encode ``mountres3``."""
    at: xdr.Place = "fhs_status"
    try:
        if type(value) is Mountres3Mnt3Ok:
            at = _MOUNTRES3_1
            out += _MOUNTRES3_1.pack(0)
            at = "mountinfo"
            encode_mountres3_ok(out, value.mountinfo)
        elif type(value) is Mountres3Default:
            at = "fhs_status"
            fhs_status_ = _MOUNTSTAT3EXCEPTMNT3OK[value.fhs_status]
            at = _MOUNTRES3_1
            out += _MOUNTRES3_1.pack(fhs_status_)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_mountres3(data: xdr.Decoder) -> Mountres3:
    """Decode ``mountres3``."""
    try:
        (number,) = _MOUNTRES3_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _MOUNTRES3_1, data) from None
    return _decode_mountres3_arm(data, number)


def _decode_mountres3_arm(data: xdr.Decoder, number: int) -> Mountres3:
    at: xdr.Place = "fhs_status"
    try:
        if number == 0:  # MNT3_OK
            new = _new_mountres3mnt3ok()
            at = "mountinfo"
            new.mountinfo = decode_mountres3_ok(data)
            new.__class__ = Mountres3Mnt3Ok
            value: Mountres3 = new
        elif number in _MOUNTSTAT3EXCEPTMNT3OK:
            new = _new_mountres3default()
            new.fhs_status = _MOUNTSTAT3EXCEPTMNT3OK[number]
            new.__class__ = Mountres3Default
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


def encode_mountlist(out: xdr.Encoder, value: Mountlist) -> None:
    """Encode ``mountlist``."""
    xdr.encode_list(out, value, encode_mountbody)


def decode_mountlist(data: xdr.Decoder) -> Mountlist:
    """Decode ``mountlist``."""
    return _decode_list_of_mountbody(data)


_MOUNTBODY_1: Final = xdr.SizedRun("I * x I", "#ml_hostname", "ml_hostname", "#ml_directory")
_MOUNTBODY_2: Final = xdr.SizedRun("* x", "ml_directory")
_MOUNTBODY_3: Final = xdr.Run("I", "#ml_hostname")
_MOUNTBODY_4: Final = xdr.SizedRun("* s I", "ml_hostname", "#ml_directory")
_MOUNTBODY_5: Final = xdr.SizedRun("* s", "ml_directory")
_MOUNTBODY_6: Final = xdr.Run("i I", "more", "#ml_hostname")
_new_mountbody: Final = xdr.unfrozen(Mountbody)


def encode_mountbody(out: xdr.Encoder, value: Mountbody) -> None:
    """Encode ``mountbody``."""
    at: xdr.Place = "ml_hostname"
    try:
        try:
            ml_hostname = value.ml_hostname.encode()
        except UnicodeEncodeError:
            ml_hostname = xdr.text(value.ml_hostname)
        ml_hostname_length = len(ml_hostname)
        if ml_hostname_length > MNTNAMLEN:
            raise xdr.too_long(ml_hostname_length, MNTNAMLEN)
        at = "ml_directory"
        try:
            ml_directory = value.ml_directory.encode()
        except UnicodeEncodeError:
            ml_directory = xdr.text(value.ml_directory)
        ml_directory_length = len(ml_directory)
        if ml_directory_length > MNTPATHLEN:
            raise xdr.too_long(ml_directory_length, MNTPATHLEN)
        at = _MOUNTBODY_1
        out += _MOUNTBODY_1[ml_hostname_length].pack(ml_hostname_length, ml_hostname, ml_directory_length)
        at = _MOUNTBODY_2
        out += _MOUNTBODY_2[ml_directory_length].pack(ml_directory)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_mountbody(data: xdr.Decoder) -> Mountbody:
    """Decode ``mountbody``."""
    new = _new_mountbody()
    at: xdr.Place = _MOUNTBODY_3
    try:
        (ml_hostname_length,) = _MOUNTBODY_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _MOUNTBODY_4
        if ml_hostname_length > MNTNAMLEN:
            raise xdr.too_long(ml_hostname_length, MNTNAMLEN)
        (
            ml_hostname,
            padding,
            ml_directory_length,
        ) = _MOUNTBODY_4[ml_hostname_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.ml_hostname = ml_hostname.decode()
        except UnicodeDecodeError:
            new.ml_hostname = ml_hostname.decode("utf-8", "surrogateescape")
        data.position += (ml_hostname_length + 7) & -4
        at = _MOUNTBODY_5
        if ml_directory_length > MNTPATHLEN:
            raise xdr.too_long(ml_directory_length, MNTPATHLEN)
        ml_directory, padding = _MOUNTBODY_5[ml_directory_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.ml_directory = ml_directory.decode()
        except UnicodeDecodeError:
            new.ml_directory = ml_directory.decode("utf-8", "surrogateescape")
        data.position += (ml_directory_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Mountbody
    value: Mountbody = new
    return value


def _decode_list_of_mountbody(data: xdr.Decoder) -> tuple[Mountbody, ...]:
    values: list[Mountbody] = []
    append = values.append
    buffer = data.buffer
    position = end = data.position
    try:
        while True:
            new = _new_mountbody()
            more, ml_hostname_length = _MOUNTBODY_6.unpack_from(buffer, end)
            end += 8
            if more != 1:
                break
            if ml_hostname_length > MNTNAMLEN:
                break
            ml_hostname, padding, ml_directory_length = _MOUNTBODY_4[ml_hostname_length].unpack_from(buffer, end)
            if padding not in xdr.ZEROS:
                break
            try:
                new.ml_hostname = ml_hostname.decode()
            except UnicodeDecodeError:
                new.ml_hostname = ml_hostname.decode("utf-8", "surrogateescape")
            end += (ml_hostname_length + 7) & -4
            if ml_directory_length > MNTPATHLEN:
                break
            ml_directory, padding = _MOUNTBODY_5[ml_directory_length].unpack_from(buffer, end)
            if padding not in xdr.ZEROS:
                break
            try:
                new.ml_directory = ml_directory.decode()
            except UnicodeDecodeError:
                new.ml_directory = ml_directory.decode("utf-8", "surrogateescape")
            end += (ml_directory_length + 3) & -4
            new.__class__ = Mountbody
            append(new)
            position = end
    except xdr.DECODING:
        # The decoder of one element raises it again, with the path to what is wrong.
        pass
    data.position = position
    return xdr.decode_list(data, decode_mountbody, values)


def encode_groups(out: xdr.Encoder, value: Groups) -> None:
    """Encode ``groups``."""
    xdr.encode_list(out, value, encode_groupnode)


def decode_groups(data: xdr.Decoder) -> Groups:
    """Decode ``groups``."""
    return _decode_list_of_groupnode(data)


_GROUPNODE_1: Final = xdr.SizedRun("I * x", "#gr_name", "gr_name")
_GROUPNODE_2: Final = xdr.Run("I", "#gr_name")
_GROUPNODE_3: Final = xdr.SizedRun("* s", "gr_name")
_GROUPNODE_4: Final = xdr.Run("i I", "more", "#gr_name")
_new_groupnode: Final = xdr.unfrozen(Groupnode)


def encode_groupnode(out: xdr.Encoder, value: Groupnode) -> None:
    """Encode ``groupnode``."""
    at: xdr.Place = "gr_name"
    try:
        try:
            gr_name = value.gr_name.encode()
        except UnicodeEncodeError:
            gr_name = xdr.text(value.gr_name)
        gr_name_length = len(gr_name)
        if gr_name_length > MNTNAMLEN:
            raise xdr.too_long(gr_name_length, MNTNAMLEN)
        at = _GROUPNODE_1
        out += _GROUPNODE_1[gr_name_length].pack(gr_name_length, gr_name)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_groupnode(data: xdr.Decoder) -> Groupnode:
    """Decode ``groupnode``."""
    new = _new_groupnode()
    at: xdr.Place = _GROUPNODE_2
    try:
        (gr_name_length,) = _GROUPNODE_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _GROUPNODE_3
        if gr_name_length > MNTNAMLEN:
            raise xdr.too_long(gr_name_length, MNTNAMLEN)
        gr_name, padding = _GROUPNODE_3[gr_name_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.gr_name = gr_name.decode()
        except UnicodeDecodeError:
            new.gr_name = gr_name.decode("utf-8", "surrogateescape")
        data.position += (gr_name_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Groupnode
    value: Groupnode = new
    return value


def _decode_list_of_groupnode(data: xdr.Decoder) -> tuple[Groupnode, ...]:
    values: list[Groupnode] = []
    append = values.append
    buffer = data.buffer
    position = end = data.position
    try:
        while True:
            new = _new_groupnode()
            more, gr_name_length = _GROUPNODE_4.unpack_from(buffer, end)
            end += 8
            if more != 1:
                break
            if gr_name_length > MNTNAMLEN:
                break
            gr_name, padding = _GROUPNODE_3[gr_name_length].unpack_from(buffer, end)
            if padding not in xdr.ZEROS:
                break
            try:
                new.gr_name = gr_name.decode()
            except UnicodeDecodeError:
                new.gr_name = gr_name.decode("utf-8", "surrogateescape")
            end += (gr_name_length + 3) & -4
            new.__class__ = Groupnode
            append(new)
            position = end
    except xdr.DECODING:
        # The decoder of one element raises it again, with the path to what is wrong.
        pass
    data.position = position
    return xdr.decode_list(data, decode_groupnode, values)


def encode_exports(out: xdr.Encoder, value: Exports) -> None:
    """Encode ``exports``."""
    xdr.encode_list(out, value, encode_exportnode)


def decode_exports(data: xdr.Decoder) -> Exports:
    """Decode ``exports``."""
    return xdr.decode_list(data, decode_exportnode)


_EXPORTNODE_1: Final = xdr.SizedRun("I * x", "#ex_dir", "ex_dir")
_EXPORTNODE_2: Final = xdr.Run("I", "#ex_dir")
_EXPORTNODE_3: Final = xdr.SizedRun("* s", "ex_dir")
_new_exportnode: Final = xdr.unfrozen(Exportnode)


def encode_exportnode(out: xdr.Encoder, value: Exportnode) -> None:
    """Encode ``exportnode``."""
    at: xdr.Place = "ex_dir"
    try:
        try:
            ex_dir = value.ex_dir.encode()
        except UnicodeEncodeError:
            ex_dir = xdr.text(value.ex_dir)
        ex_dir_length = len(ex_dir)
        if ex_dir_length > MNTPATHLEN:
            raise xdr.too_long(ex_dir_length, MNTPATHLEN)
        at = _EXPORTNODE_1
        out += _EXPORTNODE_1[ex_dir_length].pack(ex_dir_length, ex_dir)
        at = "ex_groups"
        xdr.encode_list(out, value.ex_groups, encode_groupnode)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_exportnode(data: xdr.Decoder) -> Exportnode:
    """Decode ``exportnode``."""
    new = _new_exportnode()
    at: xdr.Place = _EXPORTNODE_2
    try:
        (ex_dir_length,) = _EXPORTNODE_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _EXPORTNODE_3
        if ex_dir_length > MNTPATHLEN:
            raise xdr.too_long(ex_dir_length, MNTPATHLEN)
        ex_dir, padding = _EXPORTNODE_3[ex_dir_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.ex_dir = ex_dir.decode()
        except UnicodeDecodeError:
            new.ex_dir = ex_dir.decode("utf-8", "surrogateescape")
        data.position += (ex_dir_length + 3) & -4
        at = "ex_groups"
        new.ex_groups = _decode_list_of_groupnode(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Exportnode
    value: Exportnode = new
    return value


class MountV3(Protocol):
    """What serves ``MOUNT_V3`` of ``MOUNT_PROGRAM``."""

    def mountproc3_mnt(self, argument: Dirpath, call: rpc.Call, /) -> rpc.Result[Mountres3]:
        """Answer ``MOUNTPROC3_MNT``."""
        ...

    def mountproc3_dump(self, call: rpc.Call, /) -> rpc.Result[Mountlist]:
        """Answer ``MOUNTPROC3_DUMP``."""
        ...

    def mountproc3_umnt(self, argument: Dirpath, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``MOUNTPROC3_UMNT``."""
        ...

    def mountproc3_umntall(self, call: rpc.Call, /) -> rpc.Result[None]:
        """Answer ``MOUNTPROC3_UMNTALL``."""
        ...

    def mountproc3_export(self, call: rpc.Call, /) -> rpc.Result[Exports]:
        """Answer ``MOUNTPROC3_EXPORT``."""
        ...


MOUNT_V3: Final = rpc.Version[MountV3](
    "MOUNT_PROGRAM",
    MOUNT_PROGRAM,
    3,
    {
        1: rpc.Procedure("mountproc3_mnt", xdr.arguments(decode_dirpath), encode_mountres3),
        2: rpc.Procedure("mountproc3_dump", xdr.arguments(), encode_mountlist),
        3: rpc.Procedure("mountproc3_umnt", xdr.arguments(decode_dirpath), xdr.encode_void),
        4: rpc.Procedure("mountproc3_umntall", xdr.arguments(), xdr.encode_void),
        5: rpc.Procedure("mountproc3_export", xdr.arguments(), encode_exports),
    },
)


class MountV3Client:
    """Calls ``MOUNT_V3`` of ``MOUNT_PROGRAM`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def mountproc3_null(self) -> None:
        """Call ``MOUNTPROC3_NULL``."""
        self._client.call(MOUNT_PROGRAM, 3, 0, xdr.encode_void, None, xdr.decode_void)

    def mountproc3_mnt(self, argument: Dirpath, /) -> Mountres3:
        """Call ``MOUNTPROC3_MNT``."""
        return self._client.call(MOUNT_PROGRAM, 3, 1, encode_dirpath, argument, decode_mountres3)

    def mountproc3_dump(self) -> Mountlist:
        """Call ``MOUNTPROC3_DUMP``."""
        return self._client.call(MOUNT_PROGRAM, 3, 2, xdr.encode_void, None, decode_mountlist)

    def mountproc3_umnt(self, argument: Dirpath, /) -> None:
        """Call ``MOUNTPROC3_UMNT``."""
        self._client.call(MOUNT_PROGRAM, 3, 3, encode_dirpath, argument, xdr.decode_void)

    def mountproc3_umntall(self) -> None:
        """Call ``MOUNTPROC3_UMNTALL``."""
        self._client.call(MOUNT_PROGRAM, 3, 4, xdr.encode_void, None, xdr.decode_void)

    def mountproc3_export(self) -> Exports:
        """Call ``MOUNTPROC3_EXPORT``."""
        return self._client.call(MOUNT_PROGRAM, 3, 5, xdr.encode_void, None, decode_exports)


class MountV3AsyncClient:
    """Calls ``MOUNT_V3`` of ``MOUNT_PROGRAM`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def mountproc3_null(self) -> None:
        """Call ``MOUNTPROC3_NULL``."""
        await self._client.call(MOUNT_PROGRAM, 3, 0, xdr.encode_void, None, xdr.decode_void)

    async def mountproc3_mnt(self, argument: Dirpath, /) -> Mountres3:
        """Call ``MOUNTPROC3_MNT``."""
        return await self._client.call(MOUNT_PROGRAM, 3, 1, encode_dirpath, argument, decode_mountres3)

    async def mountproc3_dump(self) -> Mountlist:
        """Call ``MOUNTPROC3_DUMP``."""
        return await self._client.call(MOUNT_PROGRAM, 3, 2, xdr.encode_void, None, decode_mountlist)

    async def mountproc3_umnt(self, argument: Dirpath, /) -> None:
        """Call ``MOUNTPROC3_UMNT``."""
        await self._client.call(MOUNT_PROGRAM, 3, 3, encode_dirpath, argument, xdr.decode_void)

    async def mountproc3_umntall(self) -> None:
        """Call ``MOUNTPROC3_UMNTALL``."""
        await self._client.call(MOUNT_PROGRAM, 3, 4, xdr.encode_void, None, xdr.decode_void)

    async def mountproc3_export(self) -> Exports:
        """Call ``MOUNTPROC3_EXPORT``."""
        return await self._client.call(MOUNT_PROGRAM, 3, 5, xdr.encode_void, None, decode_exports)
