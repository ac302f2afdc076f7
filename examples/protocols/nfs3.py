"""What nfs3.x declares.

Written by typedserver-rpcgen: change nfs3.x and compile it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum
from typing import ClassVar, Final, Literal, Protocol, TypeAlias

from typedserver import rpc
from typedserver.rpc import xdr

NFS3_FHSIZE: Final = 64
NFS3_COOKIEVERFSIZE: Final = 8
NFS3_CREATEVERFSIZE: Final = 8
NFS3_WRITEVERFSIZE: Final = 8
ACCESS3_READ: Final = 0x1
ACCESS3_LOOKUP: Final = 0x2
ACCESS3_MODIFY: Final = 0x4
ACCESS3_EXTEND: Final = 0x8
ACCESS3_DELETE: Final = 0x10
ACCESS3_EXECUTE: Final = 0x20
FSF3_LINK: Final = 0x1
FSF3_SYMLINK: Final = 0x2
FSF3_HOMOGENEOUS: Final = 0x8
FSF3_CANSETTIME: Final = 0x10
NFS_PROGRAM: Final = 100003


Uint64: TypeAlias = int


Int64: TypeAlias = int


Uint32: TypeAlias = int


Int32: TypeAlias = int


Filename3: TypeAlias = str


Nfspath3: TypeAlias = str


Fileid3: TypeAlias = Uint64


Cookie3: TypeAlias = Uint64


Cookieverf3: TypeAlias = bytes


Createverf3: TypeAlias = bytes


Writeverf3: TypeAlias = bytes


Uid3: TypeAlias = Uint32


Gid3: TypeAlias = Uint32


Size3: TypeAlias = Uint64


Offset3: TypeAlias = Uint64


Mode3: TypeAlias = Uint32


Count3: TypeAlias = Uint32


class Nfsstat3(IntEnum):
    """``enum nfsstat3``."""

    NFS3_OK = 0
    NFS3ERR_PERM = 1
    NFS3ERR_NOENT = 2
    NFS3ERR_IO = 5
    NFS3ERR_NXIO = 6
    NFS3ERR_ACCES = 13
    NFS3ERR_EXIST = 17
    NFS3ERR_XDEV = 18
    NFS3ERR_NODEV = 19
    NFS3ERR_NOTDIR = 20
    NFS3ERR_ISDIR = 21
    NFS3ERR_INVAL = 22
    NFS3ERR_FBIG = 27
    NFS3ERR_NOSPC = 28
    NFS3ERR_ROFS = 30
    NFS3ERR_MLINK = 31
    NFS3ERR_NAMETOOLONG = 63
    NFS3ERR_NOTEMPTY = 66
    NFS3ERR_DQUOT = 69
    NFS3ERR_STALE = 70
    NFS3ERR_REMOTE = 71
    NFS3ERR_BADHANDLE = 10001
    NFS3ERR_NOT_SYNC = 10002
    NFS3ERR_BAD_COOKIE = 10003
    NFS3ERR_NOTSUPP = 10004
    NFS3ERR_TOOSMALL = 10005
    NFS3ERR_SERVERFAULT = 10006
    NFS3ERR_BADTYPE = 10007
    NFS3ERR_JUKEBOX = 10008


class Ftype3(IntEnum):
    """``enum ftype3``."""

    NF3REG = 1
    NF3DIR = 2
    NF3BLK = 3
    NF3CHR = 4
    NF3LNK = 5
    NF3SOCK = 6
    NF3FIFO = 7


@dataclass(frozen=True, slots=True)
class Specdata3:
    """``struct specdata3``."""

    specdata1: Uint32
    specdata2: Uint32


@dataclass(frozen=True, slots=True)
class NfsFh3:
    """``struct nfs_fh3``."""

    data: bytes


@dataclass(frozen=True, slots=True)
class Nfstime3:
    """``struct nfstime3``."""

    seconds: Uint32
    nseconds: Uint32


@dataclass(frozen=True, slots=True)
class Fattr3:
    """``struct fattr3``."""

    type: Ftype3
    mode: Mode3
    nlink: Uint32
    uid: Uid3
    gid: Gid3
    size: Size3
    used: Size3
    rdev: Specdata3
    fsid: Uint64
    fileid: Fileid3
    atime: Nfstime3
    mtime: Nfstime3
    ctime: Nfstime3


@dataclass(frozen=True, slots=True)
class PostOpAttrTrue:
    """``union post_op_attr``: True."""

    attributes_follow: ClassVar[Literal[True]] = True
    attributes: Fattr3


@dataclass(frozen=True, slots=True)
class PostOpAttrFalse:
    """``union post_op_attr``: False."""

    attributes_follow: ClassVar[Literal[False]] = False


PostOpAttr: TypeAlias = PostOpAttrTrue | PostOpAttrFalse


@dataclass(frozen=True, slots=True)
class WccAttr:
    """``struct wcc_attr``."""

    size: Size3
    mtime: Nfstime3
    ctime: Nfstime3


@dataclass(frozen=True, slots=True)
class PreOpAttrTrue:
    """``union pre_op_attr``: True."""

    attributes_follow: ClassVar[Literal[True]] = True
    attributes: WccAttr


@dataclass(frozen=True, slots=True)
class PreOpAttrFalse:
    """``union pre_op_attr``: False."""

    attributes_follow: ClassVar[Literal[False]] = False


PreOpAttr: TypeAlias = PreOpAttrTrue | PreOpAttrFalse


@dataclass(frozen=True, slots=True)
class WccData:
    """``struct wcc_data``."""

    before: PreOpAttr
    after: PostOpAttr


@dataclass(frozen=True, slots=True)
class PostOpFh3True:
    """``union post_op_fh3``: True."""

    handle_follows: ClassVar[Literal[True]] = True
    handle: NfsFh3


@dataclass(frozen=True, slots=True)
class PostOpFh3False:
    """``union post_op_fh3``: False."""

    handle_follows: ClassVar[Literal[False]] = False


PostOpFh3: TypeAlias = PostOpFh3True | PostOpFh3False


class TimeHow(IntEnum):
    """``enum time_how``."""

    DONT_CHANGE = 0
    SET_TO_SERVER_TIME = 1
    SET_TO_CLIENT_TIME = 2


@dataclass(frozen=True, slots=True)
class SetMode3True:
    """``union set_mode3``: True."""

    set_it: ClassVar[Literal[True]] = True
    mode: Mode3


@dataclass(frozen=True, slots=True)
class SetMode3False:
    """``union set_mode3``: False."""

    set_it: ClassVar[Literal[False]] = False


SetMode3: TypeAlias = SetMode3True | SetMode3False


@dataclass(frozen=True, slots=True)
class SetUid3True:
    """``union set_uid3``: True."""

    set_it: ClassVar[Literal[True]] = True
    uid: Uid3


@dataclass(frozen=True, slots=True)
class SetUid3False:
    """``union set_uid3``: False."""

    set_it: ClassVar[Literal[False]] = False


SetUid3: TypeAlias = SetUid3True | SetUid3False


@dataclass(frozen=True, slots=True)
class SetGid3True:
    """``union set_gid3``: True."""

    set_it: ClassVar[Literal[True]] = True
    gid: Gid3


@dataclass(frozen=True, slots=True)
class SetGid3False:
    """``union set_gid3``: False."""

    set_it: ClassVar[Literal[False]] = False


SetGid3: TypeAlias = SetGid3True | SetGid3False


@dataclass(frozen=True, slots=True)
class SetSize3True:
    """``union set_size3``: True."""

    set_it: ClassVar[Literal[True]] = True
    size: Size3


@dataclass(frozen=True, slots=True)
class SetSize3False:
    """``union set_size3``: False."""

    set_it: ClassVar[Literal[False]] = False


SetSize3: TypeAlias = SetSize3True | SetSize3False


@dataclass(frozen=True, slots=True)
class SetAtimeSetToClientTime:
    """``union set_atime``: SET_TO_CLIENT_TIME."""

    set_it: ClassVar[Literal[TimeHow.SET_TO_CLIENT_TIME]] = TimeHow.SET_TO_CLIENT_TIME
    atime: Nfstime3


TimeHowExceptSetToClientTime: TypeAlias = Literal[TimeHow.DONT_CHANGE, TimeHow.SET_TO_SERVER_TIME]


@dataclass(frozen=True, slots=True)
class SetAtimeDefault:
    """``union set_atime``: DONT_CHANGE, SET_TO_SERVER_TIME."""

    set_it: TimeHowExceptSetToClientTime


SetAtime: TypeAlias = SetAtimeSetToClientTime | SetAtimeDefault


@dataclass(frozen=True, slots=True)
class SetMtimeSetToClientTime:
    """``union set_mtime``: SET_TO_CLIENT_TIME."""

    set_it: ClassVar[Literal[TimeHow.SET_TO_CLIENT_TIME]] = TimeHow.SET_TO_CLIENT_TIME
    mtime: Nfstime3


@dataclass(frozen=True, slots=True)
class SetMtimeDefault:
    """``union set_mtime``: DONT_CHANGE, SET_TO_SERVER_TIME."""

    set_it: TimeHowExceptSetToClientTime


SetMtime: TypeAlias = SetMtimeSetToClientTime | SetMtimeDefault


@dataclass(frozen=True, slots=True)
class Sattr3:
    """``struct sattr3``."""

    mode: SetMode3
    uid: SetUid3
    gid: SetGid3
    size: SetSize3
    atime: SetAtime
    mtime: SetMtime


@dataclass(frozen=True, slots=True)
class Diropargs3:
    """``struct diropargs3``."""

    dir: NfsFh3
    name: Filename3


@dataclass(frozen=True, slots=True)
class GETATTR3args:
    """``struct GETATTR3args``."""

    object: NfsFh3


@dataclass(frozen=True, slots=True)
class GETATTR3resok:
    """``struct GETATTR3resok``."""

    obj_attributes: Fattr3


@dataclass(frozen=True, slots=True)
class GETATTR3resNfs3Ok:
    """``union GETATTR3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: GETATTR3resok


Nfsstat3ExceptNfs3Ok: TypeAlias = Literal[
    Nfsstat3.NFS3ERR_PERM,
    Nfsstat3.NFS3ERR_NOENT,
    Nfsstat3.NFS3ERR_IO,
    Nfsstat3.NFS3ERR_NXIO,
    Nfsstat3.NFS3ERR_ACCES,
    Nfsstat3.NFS3ERR_EXIST,
    Nfsstat3.NFS3ERR_XDEV,
    Nfsstat3.NFS3ERR_NODEV,
    Nfsstat3.NFS3ERR_NOTDIR,
    Nfsstat3.NFS3ERR_ISDIR,
    Nfsstat3.NFS3ERR_INVAL,
    Nfsstat3.NFS3ERR_FBIG,
    Nfsstat3.NFS3ERR_NOSPC,
    Nfsstat3.NFS3ERR_ROFS,
    Nfsstat3.NFS3ERR_MLINK,
    Nfsstat3.NFS3ERR_NAMETOOLONG,
    Nfsstat3.NFS3ERR_NOTEMPTY,
    Nfsstat3.NFS3ERR_DQUOT,
    Nfsstat3.NFS3ERR_STALE,
    Nfsstat3.NFS3ERR_REMOTE,
    Nfsstat3.NFS3ERR_BADHANDLE,
    Nfsstat3.NFS3ERR_NOT_SYNC,
    Nfsstat3.NFS3ERR_BAD_COOKIE,
    Nfsstat3.NFS3ERR_NOTSUPP,
    Nfsstat3.NFS3ERR_TOOSMALL,
    Nfsstat3.NFS3ERR_SERVERFAULT,
    Nfsstat3.NFS3ERR_BADTYPE,
    Nfsstat3.NFS3ERR_JUKEBOX,
]


@dataclass(frozen=True, slots=True)
class GETATTR3resDefault:
    """``union GETATTR3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok


GETATTR3res: TypeAlias = GETATTR3resNfs3Ok | GETATTR3resDefault


@dataclass(frozen=True, slots=True)
class Sattrguard3True:
    """``union sattrguard3``: True."""

    check: ClassVar[Literal[True]] = True
    obj_ctime: Nfstime3


@dataclass(frozen=True, slots=True)
class Sattrguard3False:
    """``union sattrguard3``: False."""

    check: ClassVar[Literal[False]] = False


Sattrguard3: TypeAlias = Sattrguard3True | Sattrguard3False


@dataclass(frozen=True, slots=True)
class SETATTR3args:
    """``struct SETATTR3args``."""

    object: NfsFh3
    new_attributes: Sattr3
    guard: Sattrguard3


@dataclass(frozen=True, slots=True)
class SETATTR3resok:
    """``struct SETATTR3resok``."""

    obj_wcc: WccData


@dataclass(frozen=True, slots=True)
class SETATTR3resfail:
    """``struct SETATTR3resfail``."""

    obj_wcc: WccData


@dataclass(frozen=True, slots=True)
class SETATTR3resNfs3Ok:
    """``union SETATTR3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: SETATTR3resok


@dataclass(frozen=True, slots=True)
class SETATTR3resDefault:
    """``union SETATTR3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: SETATTR3resfail


SETATTR3res: TypeAlias = SETATTR3resNfs3Ok | SETATTR3resDefault


@dataclass(frozen=True, slots=True)
class LOOKUP3args:
    """``struct LOOKUP3args``."""

    what: Diropargs3


@dataclass(frozen=True, slots=True)
class LOOKUP3resok:
    """``struct LOOKUP3resok``."""

    object: NfsFh3
    obj_attributes: PostOpAttr
    dir_attributes: PostOpAttr


@dataclass(frozen=True, slots=True)
class LOOKUP3resfail:
    """``struct LOOKUP3resfail``."""

    dir_attributes: PostOpAttr


@dataclass(frozen=True, slots=True)
class LOOKUP3resNfs3Ok:
    """``union LOOKUP3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: LOOKUP3resok


@dataclass(frozen=True, slots=True)
class LOOKUP3resDefault:
    """``union LOOKUP3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: LOOKUP3resfail


LOOKUP3res: TypeAlias = LOOKUP3resNfs3Ok | LOOKUP3resDefault


@dataclass(frozen=True, slots=True)
class ACCESS3args:
    """``struct ACCESS3args``."""

    object: NfsFh3
    access: Uint32


@dataclass(frozen=True, slots=True)
class ACCESS3resok:
    """``struct ACCESS3resok``."""

    obj_attributes: PostOpAttr
    access: Uint32


@dataclass(frozen=True, slots=True)
class ACCESS3resfail:
    """``struct ACCESS3resfail``."""

    obj_attributes: PostOpAttr


@dataclass(frozen=True, slots=True)
class ACCESS3resNfs3Ok:
    """``union ACCESS3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: ACCESS3resok


@dataclass(frozen=True, slots=True)
class ACCESS3resDefault:
    """``union ACCESS3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: ACCESS3resfail


ACCESS3res: TypeAlias = ACCESS3resNfs3Ok | ACCESS3resDefault


@dataclass(frozen=True, slots=True)
class READLINK3args:
    """``struct READLINK3args``."""

    symlink: NfsFh3


@dataclass(frozen=True, slots=True)
class READLINK3resok:
    """``struct READLINK3resok``."""

    symlink_attributes: PostOpAttr
    data: Nfspath3


@dataclass(frozen=True, slots=True)
class READLINK3resfail:
    """``struct READLINK3resfail``."""

    symlink_attributes: PostOpAttr


@dataclass(frozen=True, slots=True)
class READLINK3resNfs3Ok:
    """``union READLINK3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: READLINK3resok


@dataclass(frozen=True, slots=True)
class READLINK3resDefault:
    """``union READLINK3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: READLINK3resfail


READLINK3res: TypeAlias = READLINK3resNfs3Ok | READLINK3resDefault


@dataclass(frozen=True, slots=True)
class READ3args:
    """``struct READ3args``."""

    file: NfsFh3
    offset: Offset3
    count: Count3


@dataclass(frozen=True, slots=True)
class READ3resok:
    """``struct READ3resok``."""

    file_attributes: PostOpAttr
    count: Count3
    eof: bool
    data: bytes


@dataclass(frozen=True, slots=True)
class READ3resfail:
    """``struct READ3resfail``."""

    file_attributes: PostOpAttr


@dataclass(frozen=True, slots=True)
class READ3resNfs3Ok:
    """``union READ3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: READ3resok


@dataclass(frozen=True, slots=True)
class READ3resDefault:
    """``union READ3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: READ3resfail


READ3res: TypeAlias = READ3resNfs3Ok | READ3resDefault


class StableHow(IntEnum):
    """``enum stable_how``."""

    UNSTABLE = 0
    DATA_SYNC = 1
    FILE_SYNC = 2


@dataclass(frozen=True, slots=True)
class WRITE3args:
    """``struct WRITE3args``."""

    file: NfsFh3
    offset: Offset3
    count: Count3
    stable: StableHow
    data: bytes


@dataclass(frozen=True, slots=True)
class WRITE3resok:
    """``struct WRITE3resok``."""

    file_wcc: WccData
    count: Count3
    committed: StableHow
    verf: Writeverf3


@dataclass(frozen=True, slots=True)
class WRITE3resfail:
    """``struct WRITE3resfail``."""

    file_wcc: WccData


@dataclass(frozen=True, slots=True)
class WRITE3resNfs3Ok:
    """``union WRITE3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: WRITE3resok


@dataclass(frozen=True, slots=True)
class WRITE3resDefault:
    """``union WRITE3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: WRITE3resfail


WRITE3res: TypeAlias = WRITE3resNfs3Ok | WRITE3resDefault


class Createmode3(IntEnum):
    """``enum createmode3``."""

    UNCHECKED = 0
    GUARDED = 1
    EXCLUSIVE = 2


Createmode3UncheckedOrGuarded: TypeAlias = Literal[Createmode3.UNCHECKED, Createmode3.GUARDED]


@dataclass(frozen=True, slots=True)
class Createhow3UncheckedOrGuarded:
    """``union createhow3``: UNCHECKED, GUARDED."""

    mode: Createmode3UncheckedOrGuarded
    obj_attributes: Sattr3


@dataclass(frozen=True, slots=True)
class Createhow3Exclusive:
    """``union createhow3``: EXCLUSIVE."""

    mode: ClassVar[Literal[Createmode3.EXCLUSIVE]] = Createmode3.EXCLUSIVE
    verf: Createverf3


Createhow3: TypeAlias = Createhow3UncheckedOrGuarded | Createhow3Exclusive


@dataclass(frozen=True, slots=True)
class CREATE3args:
    """``struct CREATE3args``."""

    where: Diropargs3
    how: Createhow3


@dataclass(frozen=True, slots=True)
class CREATE3resok:
    """``struct CREATE3resok``."""

    obj: PostOpFh3
    obj_attributes: PostOpAttr
    dir_wcc: WccData


@dataclass(frozen=True, slots=True)
class CREATE3resfail:
    """``struct CREATE3resfail``."""

    dir_wcc: WccData


@dataclass(frozen=True, slots=True)
class CREATE3resNfs3Ok:
    """``union CREATE3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: CREATE3resok


@dataclass(frozen=True, slots=True)
class CREATE3resDefault:
    """``union CREATE3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: CREATE3resfail


CREATE3res: TypeAlias = CREATE3resNfs3Ok | CREATE3resDefault


@dataclass(frozen=True, slots=True)
class MKDIR3args:
    """``struct MKDIR3args``."""

    where: Diropargs3
    attributes: Sattr3


@dataclass(frozen=True, slots=True)
class MKDIR3resok:
    """``struct MKDIR3resok``."""

    obj: PostOpFh3
    obj_attributes: PostOpAttr
    dir_wcc: WccData


@dataclass(frozen=True, slots=True)
class MKDIR3resfail:
    """``struct MKDIR3resfail``."""

    dir_wcc: WccData


@dataclass(frozen=True, slots=True)
class MKDIR3resNfs3Ok:
    """``union MKDIR3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: MKDIR3resok


@dataclass(frozen=True, slots=True)
class MKDIR3resDefault:
    """``union MKDIR3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: MKDIR3resfail


MKDIR3res: TypeAlias = MKDIR3resNfs3Ok | MKDIR3resDefault


@dataclass(frozen=True, slots=True)
class Symlinkdata3:
    """``struct symlinkdata3``."""

    symlink_attributes: Sattr3
    symlink_data: Nfspath3


@dataclass(frozen=True, slots=True)
class SYMLINK3args:
    """``struct SYMLINK3args``."""

    where: Diropargs3
    symlink: Symlinkdata3


@dataclass(frozen=True, slots=True)
class SYMLINK3resok:
    """``struct SYMLINK3resok``."""

    obj: PostOpFh3
    obj_attributes: PostOpAttr
    dir_wcc: WccData


@dataclass(frozen=True, slots=True)
class SYMLINK3resfail:
    """``struct SYMLINK3resfail``."""

    dir_wcc: WccData


@dataclass(frozen=True, slots=True)
class SYMLINK3resNfs3Ok:
    """``union SYMLINK3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: SYMLINK3resok


@dataclass(frozen=True, slots=True)
class SYMLINK3resDefault:
    """``union SYMLINK3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: SYMLINK3resfail


SYMLINK3res: TypeAlias = SYMLINK3resNfs3Ok | SYMLINK3resDefault


@dataclass(frozen=True, slots=True)
class Devicedata3:
    """``struct devicedata3``."""

    dev_attributes: Sattr3
    spec: Specdata3


Ftype3Nf3chrOrNf3blk: TypeAlias = Literal[Ftype3.NF3CHR, Ftype3.NF3BLK]


@dataclass(frozen=True, slots=True)
class Mknoddata3Nf3chrOrNf3blk:
    """``union mknoddata3``: NF3CHR, NF3BLK."""

    type: Ftype3Nf3chrOrNf3blk
    device: Devicedata3


Ftype3Nf3sockOrNf3fifo: TypeAlias = Literal[Ftype3.NF3SOCK, Ftype3.NF3FIFO]


@dataclass(frozen=True, slots=True)
class Mknoddata3Nf3sockOrNf3fifo:
    """``union mknoddata3``: NF3SOCK, NF3FIFO."""

    type: Ftype3Nf3sockOrNf3fifo
    pipe_attributes: Sattr3


Ftype3ExceptNf3chrAndNf3blkAndNf3sock: TypeAlias = Literal[Ftype3.NF3REG, Ftype3.NF3DIR, Ftype3.NF3LNK]


@dataclass(frozen=True, slots=True)
class Mknoddata3Default:
    """``union mknoddata3``: NF3REG, NF3DIR, NF3LNK."""

    type: Ftype3ExceptNf3chrAndNf3blkAndNf3sock


Mknoddata3: TypeAlias = Mknoddata3Nf3chrOrNf3blk | Mknoddata3Nf3sockOrNf3fifo | Mknoddata3Default


@dataclass(frozen=True, slots=True)
class MKNOD3args:
    """``struct MKNOD3args``."""

    where: Diropargs3
    what: Mknoddata3


@dataclass(frozen=True, slots=True)
class MKNOD3resok:
    """``struct MKNOD3resok``."""

    obj: PostOpFh3
    obj_attributes: PostOpAttr
    dir_wcc: WccData


@dataclass(frozen=True, slots=True)
class MKNOD3resfail:
    """``struct MKNOD3resfail``."""

    dir_wcc: WccData


@dataclass(frozen=True, slots=True)
class MKNOD3resNfs3Ok:
    """``union MKNOD3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: MKNOD3resok


@dataclass(frozen=True, slots=True)
class MKNOD3resDefault:
    """``union MKNOD3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: MKNOD3resfail


MKNOD3res: TypeAlias = MKNOD3resNfs3Ok | MKNOD3resDefault


@dataclass(frozen=True, slots=True)
class REMOVE3args:
    """``struct REMOVE3args``."""

    object: Diropargs3


@dataclass(frozen=True, slots=True)
class REMOVE3resok:
    """``struct REMOVE3resok``."""

    dir_wcc: WccData


@dataclass(frozen=True, slots=True)
class REMOVE3resfail:
    """``struct REMOVE3resfail``."""

    dir_wcc: WccData


@dataclass(frozen=True, slots=True)
class REMOVE3resNfs3Ok:
    """``union REMOVE3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: REMOVE3resok


@dataclass(frozen=True, slots=True)
class REMOVE3resDefault:
    """``union REMOVE3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: REMOVE3resfail


REMOVE3res: TypeAlias = REMOVE3resNfs3Ok | REMOVE3resDefault


@dataclass(frozen=True, slots=True)
class RMDIR3args:
    """``struct RMDIR3args``."""

    object: Diropargs3


@dataclass(frozen=True, slots=True)
class RMDIR3resok:
    """``struct RMDIR3resok``."""

    dir_wcc: WccData


@dataclass(frozen=True, slots=True)
class RMDIR3resfail:
    """``struct RMDIR3resfail``."""

    dir_wcc: WccData


@dataclass(frozen=True, slots=True)
class RMDIR3resNfs3Ok:
    """``union RMDIR3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: RMDIR3resok


@dataclass(frozen=True, slots=True)
class RMDIR3resDefault:
    """``union RMDIR3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: RMDIR3resfail


RMDIR3res: TypeAlias = RMDIR3resNfs3Ok | RMDIR3resDefault


@dataclass(frozen=True, slots=True)
class RENAME3args:
    """``struct RENAME3args``."""

    from_: Diropargs3
    to: Diropargs3


@dataclass(frozen=True, slots=True)
class RENAME3resok:
    """``struct RENAME3resok``."""

    fromdir_wcc: WccData
    todir_wcc: WccData


@dataclass(frozen=True, slots=True)
class RENAME3resfail:
    """``struct RENAME3resfail``."""

    fromdir_wcc: WccData
    todir_wcc: WccData


@dataclass(frozen=True, slots=True)
class RENAME3resNfs3Ok:
    """``union RENAME3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: RENAME3resok


@dataclass(frozen=True, slots=True)
class RENAME3resDefault:
    """``union RENAME3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: RENAME3resfail


RENAME3res: TypeAlias = RENAME3resNfs3Ok | RENAME3resDefault


@dataclass(frozen=True, slots=True)
class LINK3args:
    """``struct LINK3args``."""

    file: NfsFh3
    link: Diropargs3


@dataclass(frozen=True, slots=True)
class LINK3resok:
    """``struct LINK3resok``."""

    file_attributes: PostOpAttr
    linkdir_wcc: WccData


@dataclass(frozen=True, slots=True)
class LINK3resfail:
    """``struct LINK3resfail``."""

    file_attributes: PostOpAttr
    linkdir_wcc: WccData


@dataclass(frozen=True, slots=True)
class LINK3resNfs3Ok:
    """``union LINK3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: LINK3resok


@dataclass(frozen=True, slots=True)
class LINK3resDefault:
    """``union LINK3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: LINK3resfail


LINK3res: TypeAlias = LINK3resNfs3Ok | LINK3resDefault


@dataclass(frozen=True, slots=True)
class READDIR3args:
    """``struct READDIR3args``."""

    dir: NfsFh3
    cookie: Cookie3
    cookieverf: Cookieverf3
    count: Count3


@dataclass(frozen=True, slots=True)
class Entry3:
    """An element of ``struct entry3``, a linked list: a tuple of them stands for it."""

    fileid: Fileid3
    name: Filename3
    cookie: Cookie3


@dataclass(frozen=True, slots=True)
class Dirlist3:
    """``struct dirlist3``."""

    entries: tuple[Entry3, ...]
    eof: bool


@dataclass(frozen=True, slots=True)
class READDIR3resok:
    """``struct READDIR3resok``."""

    dir_attributes: PostOpAttr
    cookieverf: Cookieverf3
    reply: Dirlist3


@dataclass(frozen=True, slots=True)
class READDIR3resfail:
    """``struct READDIR3resfail``."""

    dir_attributes: PostOpAttr


@dataclass(frozen=True, slots=True)
class READDIR3resNfs3Ok:
    """``union READDIR3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: READDIR3resok


@dataclass(frozen=True, slots=True)
class READDIR3resDefault:
    """``union READDIR3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: READDIR3resfail


READDIR3res: TypeAlias = READDIR3resNfs3Ok | READDIR3resDefault


@dataclass(frozen=True, slots=True)
class READDIRPLUS3args:
    """``struct READDIRPLUS3args``."""

    dir: NfsFh3
    cookie: Cookie3
    cookieverf: Cookieverf3
    dircount: Count3
    maxcount: Count3


@dataclass(frozen=True, slots=True)
class Entryplus3:
    """An element of ``struct entryplus3``, a linked list: a tuple of them stands for it."""

    fileid: Fileid3
    name: Filename3
    cookie: Cookie3
    name_attributes: PostOpAttr
    name_handle: PostOpFh3


@dataclass(frozen=True, slots=True)
class Dirlistplus3:
    """``struct dirlistplus3``."""

    entries: tuple[Entryplus3, ...]
    eof: bool


@dataclass(frozen=True, slots=True)
class READDIRPLUS3resok:
    """``struct READDIRPLUS3resok``."""

    dir_attributes: PostOpAttr
    cookieverf: Cookieverf3
    reply: Dirlistplus3


@dataclass(frozen=True, slots=True)
class READDIRPLUS3resfail:
    """``struct READDIRPLUS3resfail``."""

    dir_attributes: PostOpAttr


@dataclass(frozen=True, slots=True)
class READDIRPLUS3resNfs3Ok:
    """``union READDIRPLUS3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: READDIRPLUS3resok


@dataclass(frozen=True, slots=True)
class READDIRPLUS3resDefault:
    """``union READDIRPLUS3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: READDIRPLUS3resfail


READDIRPLUS3res: TypeAlias = READDIRPLUS3resNfs3Ok | READDIRPLUS3resDefault


@dataclass(frozen=True, slots=True)
class FSSTAT3args:
    """``struct FSSTAT3args``."""

    fsroot: NfsFh3


@dataclass(frozen=True, slots=True)
class FSSTAT3resok:
    """``struct FSSTAT3resok``."""

    obj_attributes: PostOpAttr
    tbytes: Size3
    fbytes: Size3
    abytes: Size3
    tfiles: Size3
    ffiles: Size3
    afiles: Size3
    invarsec: Uint32


@dataclass(frozen=True, slots=True)
class FSSTAT3resfail:
    """``struct FSSTAT3resfail``."""

    obj_attributes: PostOpAttr


@dataclass(frozen=True, slots=True)
class FSSTAT3resNfs3Ok:
    """``union FSSTAT3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: FSSTAT3resok


@dataclass(frozen=True, slots=True)
class FSSTAT3resDefault:
    """``union FSSTAT3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: FSSTAT3resfail


FSSTAT3res: TypeAlias = FSSTAT3resNfs3Ok | FSSTAT3resDefault


@dataclass(frozen=True, slots=True)
class FSINFO3args:
    """``struct FSINFO3args``."""

    fsroot: NfsFh3


@dataclass(frozen=True, slots=True)
class FSINFO3resok:
    """``struct FSINFO3resok``."""

    obj_attributes: PostOpAttr
    rtmax: Uint32
    rtpref: Uint32
    rtmult: Uint32
    wtmax: Uint32
    wtpref: Uint32
    wtmult: Uint32
    dtpref: Uint32
    maxfilesize: Size3
    time_delta: Nfstime3
    properties: Uint32


@dataclass(frozen=True, slots=True)
class FSINFO3resfail:
    """``struct FSINFO3resfail``."""

    obj_attributes: PostOpAttr


@dataclass(frozen=True, slots=True)
class FSINFO3resNfs3Ok:
    """``union FSINFO3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: FSINFO3resok


@dataclass(frozen=True, slots=True)
class FSINFO3resDefault:
    """``union FSINFO3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: FSINFO3resfail


FSINFO3res: TypeAlias = FSINFO3resNfs3Ok | FSINFO3resDefault


@dataclass(frozen=True, slots=True)
class PATHCONF3args:
    """``struct PATHCONF3args``."""

    object: NfsFh3


@dataclass(frozen=True, slots=True)
class PATHCONF3resok:
    """``struct PATHCONF3resok``."""

    obj_attributes: PostOpAttr
    linkmax: Uint32
    name_max: Uint32
    no_trunc: bool
    chown_restricted: bool
    case_insensitive: bool
    case_preserving: bool


@dataclass(frozen=True, slots=True)
class PATHCONF3resfail:
    """``struct PATHCONF3resfail``."""

    obj_attributes: PostOpAttr


@dataclass(frozen=True, slots=True)
class PATHCONF3resNfs3Ok:
    """``union PATHCONF3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: PATHCONF3resok


@dataclass(frozen=True, slots=True)
class PATHCONF3resDefault:
    """``union PATHCONF3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: PATHCONF3resfail


PATHCONF3res: TypeAlias = PATHCONF3resNfs3Ok | PATHCONF3resDefault


@dataclass(frozen=True, slots=True)
class COMMIT3args:
    """``struct COMMIT3args``."""

    file: NfsFh3
    offset: Offset3
    count: Count3


@dataclass(frozen=True, slots=True)
class COMMIT3resok:
    """``struct COMMIT3resok``."""

    file_wcc: WccData
    verf: Writeverf3


@dataclass(frozen=True, slots=True)
class COMMIT3resfail:
    """``struct COMMIT3resfail``."""

    file_wcc: WccData


@dataclass(frozen=True, slots=True)
class COMMIT3resNfs3Ok:
    """``union COMMIT3res``: NFS3_OK."""

    status: ClassVar[Literal[Nfsstat3.NFS3_OK]] = Nfsstat3.NFS3_OK
    resok: COMMIT3resok


@dataclass(frozen=True, slots=True)
class COMMIT3resDefault:
    """``union COMMIT3res``: all others."""

    status: Nfsstat3ExceptNfs3Ok
    resfail: COMMIT3resfail


COMMIT3res: TypeAlias = COMMIT3resNfs3Ok | COMMIT3resDefault


_TIMEHOWEXCEPTSETTOCLIENTTIME: Final[dict[int, TimeHowExceptSetToClientTime]] = {
    0: TimeHow.DONT_CHANGE,
    1: TimeHow.SET_TO_SERVER_TIME,
}
_NFSSTAT3EXCEPTNFS3OK: Final[dict[int, Nfsstat3ExceptNfs3Ok]] = {
    1: Nfsstat3.NFS3ERR_PERM,
    2: Nfsstat3.NFS3ERR_NOENT,
    5: Nfsstat3.NFS3ERR_IO,
    6: Nfsstat3.NFS3ERR_NXIO,
    13: Nfsstat3.NFS3ERR_ACCES,
    17: Nfsstat3.NFS3ERR_EXIST,
    18: Nfsstat3.NFS3ERR_XDEV,
    19: Nfsstat3.NFS3ERR_NODEV,
    20: Nfsstat3.NFS3ERR_NOTDIR,
    21: Nfsstat3.NFS3ERR_ISDIR,
    22: Nfsstat3.NFS3ERR_INVAL,
    27: Nfsstat3.NFS3ERR_FBIG,
    28: Nfsstat3.NFS3ERR_NOSPC,
    30: Nfsstat3.NFS3ERR_ROFS,
    31: Nfsstat3.NFS3ERR_MLINK,
    63: Nfsstat3.NFS3ERR_NAMETOOLONG,
    66: Nfsstat3.NFS3ERR_NOTEMPTY,
    69: Nfsstat3.NFS3ERR_DQUOT,
    70: Nfsstat3.NFS3ERR_STALE,
    71: Nfsstat3.NFS3ERR_REMOTE,
    10001: Nfsstat3.NFS3ERR_BADHANDLE,
    10002: Nfsstat3.NFS3ERR_NOT_SYNC,
    10003: Nfsstat3.NFS3ERR_BAD_COOKIE,
    10004: Nfsstat3.NFS3ERR_NOTSUPP,
    10005: Nfsstat3.NFS3ERR_TOOSMALL,
    10006: Nfsstat3.NFS3ERR_SERVERFAULT,
    10007: Nfsstat3.NFS3ERR_BADTYPE,
    10008: Nfsstat3.NFS3ERR_JUKEBOX,
}
_CREATEMODE3UNCHECKEDORGUARDED: Final[dict[int, Createmode3UncheckedOrGuarded]] = {
    0: Createmode3.UNCHECKED,
    1: Createmode3.GUARDED,
}
_FTYPE3NF3CHRORNF3BLK: Final[dict[int, Ftype3Nf3chrOrNf3blk]] = {
    4: Ftype3.NF3CHR,
    3: Ftype3.NF3BLK,
}
_FTYPE3NF3SOCKORNF3FIFO: Final[dict[int, Ftype3Nf3sockOrNf3fifo]] = {
    6: Ftype3.NF3SOCK,
    7: Ftype3.NF3FIFO,
}
_FTYPE3EXCEPTNF3CHRANDNF3BLKANDNF3SOCK: Final[dict[int, Ftype3ExceptNf3chrAndNf3blkAndNf3sock]] = {
    1: Ftype3.NF3REG,
    2: Ftype3.NF3DIR,
    5: Ftype3.NF3LNK,
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


def encode_filename3(out: xdr.Encoder, value: Filename3) -> None:
    """Encode ``filename3``."""
    xdr.encode_string(out, value)


def decode_filename3(data: xdr.Decoder) -> Filename3:
    """Decode ``filename3``."""
    return xdr.decode_string(data)


def encode_nfspath3(out: xdr.Encoder, value: Nfspath3) -> None:
    """Encode ``nfspath3``."""
    xdr.encode_string(out, value)


def decode_nfspath3(data: xdr.Decoder) -> Nfspath3:
    """Decode ``nfspath3``."""
    return xdr.decode_string(data)


def encode_fileid3(out: xdr.Encoder, value: Fileid3) -> None:
    """Encode ``fileid3``."""
    xdr.encode_unsigned_hyper(out, value)


def decode_fileid3(data: xdr.Decoder) -> Fileid3:
    """Decode ``fileid3``."""
    return xdr.decode_unsigned_hyper(data)


def encode_cookie3(out: xdr.Encoder, value: Cookie3) -> None:
    """Encode ``cookie3``."""
    xdr.encode_unsigned_hyper(out, value)


def decode_cookie3(data: xdr.Decoder) -> Cookie3:
    """Decode ``cookie3``."""
    return xdr.decode_unsigned_hyper(data)


def encode_cookieverf3(out: xdr.Encoder, value: Cookieverf3) -> None:
    """Encode ``cookieverf3``."""
    xdr.encode_fixed_opaque(out, value, NFS3_COOKIEVERFSIZE)


def decode_cookieverf3(data: xdr.Decoder) -> Cookieverf3:
    """Decode ``cookieverf3``."""
    return xdr.decode_fixed_opaque(data, NFS3_COOKIEVERFSIZE)


def encode_createverf3(out: xdr.Encoder, value: Createverf3) -> None:
    """Encode ``createverf3``."""
    xdr.encode_fixed_opaque(out, value, NFS3_CREATEVERFSIZE)


def decode_createverf3(data: xdr.Decoder) -> Createverf3:
    """Decode ``createverf3``."""
    return xdr.decode_fixed_opaque(data, NFS3_CREATEVERFSIZE)


def encode_writeverf3(out: xdr.Encoder, value: Writeverf3) -> None:
    """Encode ``writeverf3``."""
    xdr.encode_fixed_opaque(out, value, NFS3_WRITEVERFSIZE)


def decode_writeverf3(data: xdr.Decoder) -> Writeverf3:
    """Decode ``writeverf3``."""
    return xdr.decode_fixed_opaque(data, NFS3_WRITEVERFSIZE)


def encode_uid3(out: xdr.Encoder, value: Uid3) -> None:
    """Encode ``uid3``."""
    xdr.encode_unsigned(out, value)


def decode_uid3(data: xdr.Decoder) -> Uid3:
    """Decode ``uid3``."""
    return xdr.decode_unsigned(data)


def encode_gid3(out: xdr.Encoder, value: Gid3) -> None:
    """Encode ``gid3``."""
    xdr.encode_unsigned(out, value)


def decode_gid3(data: xdr.Decoder) -> Gid3:
    """Decode ``gid3``."""
    return xdr.decode_unsigned(data)


def encode_size3(out: xdr.Encoder, value: Size3) -> None:
    """Encode ``size3``."""
    xdr.encode_unsigned_hyper(out, value)


def decode_size3(data: xdr.Decoder) -> Size3:
    """Decode ``size3``."""
    return xdr.decode_unsigned_hyper(data)


def encode_offset3(out: xdr.Encoder, value: Offset3) -> None:
    """Encode ``offset3``."""
    xdr.encode_unsigned_hyper(out, value)


def decode_offset3(data: xdr.Decoder) -> Offset3:
    """Decode ``offset3``."""
    return xdr.decode_unsigned_hyper(data)


def encode_mode3(out: xdr.Encoder, value: Mode3) -> None:
    """Encode ``mode3``."""
    xdr.encode_unsigned(out, value)


def decode_mode3(data: xdr.Decoder) -> Mode3:
    """Decode ``mode3``."""
    return xdr.decode_unsigned(data)


def encode_count3(out: xdr.Encoder, value: Count3) -> None:
    """Encode ``count3``."""
    xdr.encode_unsigned(out, value)


def decode_count3(data: xdr.Decoder) -> Count3:
    """Decode ``count3``."""
    return xdr.decode_unsigned(data)


def encode_nfsstat3(out: xdr.Encoder, value: Nfsstat3) -> None:
    """Encode ``nfsstat3``."""
    xdr.encode_enum(out, value, Nfsstat3)


def decode_nfsstat3(data: xdr.Decoder) -> Nfsstat3:
    """Decode ``nfsstat3``."""
    return xdr.decode_enum(data, Nfsstat3)


def encode_ftype3(out: xdr.Encoder, value: Ftype3) -> None:
    """Encode ``ftype3``."""
    xdr.encode_enum(out, value, Ftype3)


def decode_ftype3(data: xdr.Decoder) -> Ftype3:
    """Decode ``ftype3``."""
    return xdr.decode_enum(data, Ftype3)


_SPECDATA3_1: Final = xdr.Run("I I", "specdata1", "specdata2")
_new_specdata3: Final = xdr.unfrozen(Specdata3)


def encode_specdata3(out: xdr.Encoder, value: Specdata3) -> None:
    """Encode ``specdata3``."""
    try:
        out += _SPECDATA3_1.pack(value.specdata1, value.specdata2)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _SPECDATA3_1, value) from None


def decode_specdata3(data: xdr.Decoder) -> Specdata3:
    """Decode ``specdata3``."""
    new = _new_specdata3()
    try:
        new.specdata1, new.specdata2 = _SPECDATA3_1.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, _SPECDATA3_1, data) from None
    new.__class__ = Specdata3
    value: Specdata3 = new
    return value


_NFSFH3_1: Final = xdr.SizedRun("I * x", "#data", "data")
_NFSFH3_2: Final = xdr.Run("I", "#data")
_NFSFH3_3: Final = xdr.SizedRun("* s", "data")
_new_nfsfh3: Final = xdr.unfrozen(NfsFh3)


def encode_nfs_fh3(out: xdr.Encoder, value: NfsFh3) -> None:
    """Encode ``nfs_fh3``."""
    at: xdr.Place = "data"
    try:
        data_ = value.data
        data__length = len(data_)
        if data__length > NFS3_FHSIZE:
            raise xdr.too_long(data__length, NFS3_FHSIZE)
        at = _NFSFH3_1
        out += _NFSFH3_1[data__length].pack(data__length, data_)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nfs_fh3(data: xdr.Decoder) -> NfsFh3:
    """Decode ``nfs_fh3``."""
    new = _new_nfsfh3()
    at: xdr.Place = _NFSFH3_2
    try:
        (data__length,) = _NFSFH3_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _NFSFH3_3
        if data__length > NFS3_FHSIZE:
            raise xdr.too_long(data__length, NFS3_FHSIZE)
        new.data, padding = _NFSFH3_3[data__length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (data__length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = NfsFh3
    value: NfsFh3 = new
    return value


_NFSTIME3_1: Final = xdr.Run("I I", "seconds", "nseconds")
_new_nfstime3: Final = xdr.unfrozen(Nfstime3)


def encode_nfstime3(out: xdr.Encoder, value: Nfstime3) -> None:
    """Encode ``nfstime3``."""
    try:
        out += _NFSTIME3_1.pack(value.seconds, value.nseconds)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _NFSTIME3_1, value) from None


def decode_nfstime3(data: xdr.Decoder) -> Nfstime3:
    """Decode ``nfstime3``."""
    new = _new_nfstime3()
    try:
        new.seconds, new.nseconds = _NFSTIME3_1.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, _NFSTIME3_1, data) from None
    new.__class__ = Nfstime3
    value: Nfstime3 = new
    return value


_FTYPE3: Final = {each: each for each in Ftype3}
_FATTR3_1: Final = xdr.Run(
    "i I I I I Q Q I I Q Q I I I I I I",
    "type",
    "mode",
    "nlink",
    "uid",
    "gid",
    "size",
    "used",
    "rdev.specdata1",
    "rdev.specdata2",
    "fsid",
    "fileid",
    "atime.seconds",
    "atime.nseconds",
    "mtime.seconds",
    "mtime.nseconds",
    "ctime.seconds",
    "ctime.nseconds",
)
_new_fattr3: Final = xdr.unfrozen(Fattr3)


def encode_fattr3(out: xdr.Encoder, value: Fattr3) -> None:
    """Encode ``fattr3``."""
    at: xdr.Place = "type"
    try:
        type_ = _FTYPE3[value.type]
        at = _FATTR3_1
        rdev = value.rdev
        atime = value.atime
        mtime = value.mtime
        ctime = value.ctime
        out += _FATTR3_1.pack(
            type_,
            value.mode,
            value.nlink,
            value.uid,
            value.gid,
            value.size,
            value.used,
            rdev.specdata1,
            rdev.specdata2,
            value.fsid,
            value.fileid,
            atime.seconds,
            atime.nseconds,
            mtime.seconds,
            mtime.nseconds,
            ctime.seconds,
            ctime.nseconds,
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_fattr3(data: xdr.Decoder) -> Fattr3:
    """Decode ``fattr3``."""
    new = _new_fattr3()
    rdev = _new_specdata3()
    atime = _new_nfstime3()
    mtime = _new_nfstime3()
    ctime = _new_nfstime3()
    at: xdr.Place = _FATTR3_1
    try:
        (
            type_,
            new.mode,
            new.nlink,
            new.uid,
            new.gid,
            new.size,
            new.used,
            rdev.specdata1,
            rdev.specdata2,
            new.fsid,
            new.fileid,
            atime.seconds,
            atime.nseconds,
            mtime.seconds,
            mtime.nseconds,
            ctime.seconds,
            ctime.nseconds,
        ) = _FATTR3_1.unpack_from(data.buffer, data.position)
        data.position += 84
        at = "type"
        new.type = _FTYPE3[type_]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    ctime.__class__ = Nfstime3
    new.ctime = ctime
    mtime.__class__ = Nfstime3
    new.mtime = mtime
    atime.__class__ = Nfstime3
    new.atime = atime
    rdev.__class__ = Specdata3
    new.rdev = rdev
    new.__class__ = Fattr3
    value: Fattr3 = new
    return value


_POSTOPATTR_1: Final = xdr.Run("i", "attributes_follow")
_POSTOPATTRTRUE_2: Final = xdr.Run(
    "i i I I I I Q Q I I Q Q I I I I I I",
    "attributes_follow",
    "attributes.type",
    "attributes.mode",
    "attributes.nlink",
    "attributes.uid",
    "attributes.gid",
    "attributes.size",
    "attributes.used",
    "attributes.rdev.specdata1",
    "attributes.rdev.specdata2",
    "attributes.fsid",
    "attributes.fileid",
    "attributes.atime.seconds",
    "attributes.atime.nseconds",
    "attributes.mtime.seconds",
    "attributes.mtime.nseconds",
    "attributes.ctime.seconds",
    "attributes.ctime.nseconds",
)
_POSTOPATTRTRUE_3: Final = xdr.Run(
    "i I I I I Q Q I I Q Q I I I I I I",
    "attributes.type",
    "attributes.mode",
    "attributes.nlink",
    "attributes.uid",
    "attributes.gid",
    "attributes.size",
    "attributes.used",
    "attributes.rdev.specdata1",
    "attributes.rdev.specdata2",
    "attributes.fsid",
    "attributes.fileid",
    "attributes.atime.seconds",
    "attributes.atime.nseconds",
    "attributes.mtime.seconds",
    "attributes.mtime.nseconds",
    "attributes.ctime.seconds",
    "attributes.ctime.nseconds",
)
_new_postopattrtrue: Final = xdr.unfrozen(PostOpAttrTrue)


def encode_post_op_attr(out: xdr.Encoder, value: PostOpAttr) -> None:
    """Encode ``post_op_attr``."""
    at: xdr.Place = "attributes_follow"
    try:
        if type(value) is PostOpAttrTrue:
            at = "attributes.type"
            attributes_type = _FTYPE3[value.attributes.type]
            at = _POSTOPATTRTRUE_2
            attributes = value.attributes
            attributes_rdev = attributes.rdev
            attributes_atime = attributes.atime
            attributes_mtime = attributes.mtime
            attributes_ctime = attributes.ctime
            out += _POSTOPATTRTRUE_2.pack(
                1,
                attributes_type,
                attributes.mode,
                attributes.nlink,
                attributes.uid,
                attributes.gid,
                attributes.size,
                attributes.used,
                attributes_rdev.specdata1,
                attributes_rdev.specdata2,
                attributes.fsid,
                attributes.fileid,
                attributes_atime.seconds,
                attributes_atime.nseconds,
                attributes_mtime.seconds,
                attributes_mtime.nseconds,
                attributes_ctime.seconds,
                attributes_ctime.nseconds,
            )
        elif type(value) is PostOpAttrFalse:
            at = _POSTOPATTR_1
            out += _POSTOPATTR_1.pack(0)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_post_op_attr(data: xdr.Decoder) -> PostOpAttr:
    """Decode ``post_op_attr``."""
    try:
        (number,) = _POSTOPATTR_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _POSTOPATTR_1, data) from None
    return _decode_post_op_attr_arm(data, number)


def _decode_post_op_attr_arm(data: xdr.Decoder, number: int) -> PostOpAttr:
    at: xdr.Place = "attributes_follow"
    try:
        if number == 1:  # True
            new = _new_postopattrtrue()
            attributes = _new_fattr3()
            attributes_rdev = _new_specdata3()
            attributes_atime = _new_nfstime3()
            attributes_mtime = _new_nfstime3()
            attributes_ctime = _new_nfstime3()
            at = _POSTOPATTRTRUE_3
            (
                attributes_type,
                attributes.mode,
                attributes.nlink,
                attributes.uid,
                attributes.gid,
                attributes.size,
                attributes.used,
                attributes_rdev.specdata1,
                attributes_rdev.specdata2,
                attributes.fsid,
                attributes.fileid,
                attributes_atime.seconds,
                attributes_atime.nseconds,
                attributes_mtime.seconds,
                attributes_mtime.nseconds,
                attributes_ctime.seconds,
                attributes_ctime.nseconds,
            ) = _POSTOPATTRTRUE_3.unpack_from(data.buffer, data.position)
            data.position += 84
            at = "attributes.type"
            attributes.type = _FTYPE3[attributes_type]
            attributes_ctime.__class__ = Nfstime3
            attributes.ctime = attributes_ctime
            attributes_mtime.__class__ = Nfstime3
            attributes.mtime = attributes_mtime
            attributes_atime.__class__ = Nfstime3
            attributes.atime = attributes_atime
            attributes_rdev.__class__ = Specdata3
            attributes.rdev = attributes_rdev
            attributes.__class__ = Fattr3
            new.attributes = attributes
            new.__class__ = PostOpAttrTrue
            value: PostOpAttr = new
        elif number == 0:  # False
            value = PostOpAttrFalse()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_WCCATTR_1: Final = xdr.Run("Q I I I I", "size", "mtime.seconds", "mtime.nseconds", "ctime.seconds", "ctime.nseconds")
_new_wccattr: Final = xdr.unfrozen(WccAttr)


def encode_wcc_attr(out: xdr.Encoder, value: WccAttr) -> None:
    """Encode ``wcc_attr``."""
    try:
        mtime = value.mtime
        ctime = value.ctime
        out += _WCCATTR_1.pack(value.size, mtime.seconds, mtime.nseconds, ctime.seconds, ctime.nseconds)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _WCCATTR_1, value) from None


def decode_wcc_attr(data: xdr.Decoder) -> WccAttr:
    """Decode ``wcc_attr``."""
    new = _new_wccattr()
    mtime = _new_nfstime3()
    ctime = _new_nfstime3()
    try:
        (
            new.size,
            mtime.seconds,
            mtime.nseconds,
            ctime.seconds,
            ctime.nseconds,
        ) = _WCCATTR_1.unpack_from(data.buffer, data.position)
        data.position += 24
    except xdr.DECODING as error:
        raise xdr.fault(error, _WCCATTR_1, data) from None
    ctime.__class__ = Nfstime3
    new.ctime = ctime
    mtime.__class__ = Nfstime3
    new.mtime = mtime
    new.__class__ = WccAttr
    value: WccAttr = new
    return value


_PREOPATTR_1: Final = xdr.Run("i", "attributes_follow")
_PREOPATTRTRUE_2: Final = xdr.Run(
    "i Q I I I I",
    "attributes_follow",
    "attributes.size",
    "attributes.mtime.seconds",
    "attributes.mtime.nseconds",
    "attributes.ctime.seconds",
    "attributes.ctime.nseconds",
)
_PREOPATTRTRUE_3: Final = xdr.Run(
    "Q I I I I",
    "attributes.size",
    "attributes.mtime.seconds",
    "attributes.mtime.nseconds",
    "attributes.ctime.seconds",
    "attributes.ctime.nseconds",
)
_new_preopattrtrue: Final = xdr.unfrozen(PreOpAttrTrue)


def encode_pre_op_attr(out: xdr.Encoder, value: PreOpAttr) -> None:
    """Encode ``pre_op_attr``."""
    at: xdr.Place = "attributes_follow"
    try:
        if type(value) is PreOpAttrTrue:
            at = _PREOPATTRTRUE_2
            attributes = value.attributes
            attributes_mtime = attributes.mtime
            attributes_ctime = attributes.ctime
            out += _PREOPATTRTRUE_2.pack(
                1,
                attributes.size,
                attributes_mtime.seconds,
                attributes_mtime.nseconds,
                attributes_ctime.seconds,
                attributes_ctime.nseconds,
            )
        elif type(value) is PreOpAttrFalse:
            at = _PREOPATTR_1
            out += _PREOPATTR_1.pack(0)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_pre_op_attr(data: xdr.Decoder) -> PreOpAttr:
    """Decode ``pre_op_attr``."""
    try:
        (number,) = _PREOPATTR_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _PREOPATTR_1, data) from None
    return _decode_pre_op_attr_arm(data, number)


def _decode_pre_op_attr_arm(data: xdr.Decoder, number: int) -> PreOpAttr:
    at: xdr.Place = "attributes_follow"
    try:
        if number == 1:  # True
            new = _new_preopattrtrue()
            attributes = _new_wccattr()
            attributes_mtime = _new_nfstime3()
            attributes_ctime = _new_nfstime3()
            at = _PREOPATTRTRUE_3
            (
                attributes.size,
                attributes_mtime.seconds,
                attributes_mtime.nseconds,
                attributes_ctime.seconds,
                attributes_ctime.nseconds,
            ) = _PREOPATTRTRUE_3.unpack_from(data.buffer, data.position)
            data.position += 24
            attributes_ctime.__class__ = Nfstime3
            attributes.ctime = attributes_ctime
            attributes_mtime.__class__ = Nfstime3
            attributes.mtime = attributes_mtime
            attributes.__class__ = WccAttr
            new.attributes = attributes
            new.__class__ = PreOpAttrTrue
            value: PreOpAttr = new
        elif number == 0:  # False
            value = PreOpAttrFalse()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_WCCDATA_1: Final = xdr.Run("i", "before")
_WCCDATA_2: Final = xdr.Run("i", "after")
_new_wccdata: Final = xdr.unfrozen(WccData)


def encode_wcc_data(out: xdr.Encoder, value: WccData) -> None:
    """Encode ``wcc_data``."""
    at = "before"
    try:
        encode_pre_op_attr(out, value.before)
        at = "after"
        encode_post_op_attr(out, value.after)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_wcc_data(data: xdr.Decoder) -> WccData:
    """Decode ``wcc_data``."""
    new = _new_wccdata()
    at: xdr.Place = _WCCDATA_1
    try:
        (before_case,) = _WCCDATA_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "before"
        new.before = _decode_pre_op_attr_arm(data, before_case)
        at = _WCCDATA_2
        (after_case,) = _WCCDATA_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "after"
        new.after = _decode_post_op_attr_arm(data, after_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = WccData
    value: WccData = new
    return value


_POSTOPFH3_1: Final = xdr.Run("i", "handle_follows")
_POSTOPFH3TRUE_2: Final = xdr.SizedRun("i I * x", "handle_follows", "#handle.data", "handle.data")
_POSTOPFH3TRUE_3: Final = xdr.Run("I", "#handle.data")
_POSTOPFH3TRUE_4: Final = xdr.SizedRun("* s", "handle.data")
_new_postopfh3true: Final = xdr.unfrozen(PostOpFh3True)


def encode_post_op_fh3(out: xdr.Encoder, value: PostOpFh3) -> None:
    """Encode ``post_op_fh3``."""
    at: xdr.Place = "handle_follows"
    try:
        if type(value) is PostOpFh3True:
            at = "handle.data"
            handle_data = value.handle.data
            handle_data_length = len(handle_data)
            if handle_data_length > NFS3_FHSIZE:
                raise xdr.too_long(handle_data_length, NFS3_FHSIZE)
            at = _POSTOPFH3TRUE_2
            out += _POSTOPFH3TRUE_2[handle_data_length].pack(1, handle_data_length, handle_data)
        elif type(value) is PostOpFh3False:
            at = _POSTOPFH3_1
            out += _POSTOPFH3_1.pack(0)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_post_op_fh3(data: xdr.Decoder) -> PostOpFh3:
    """Decode ``post_op_fh3``."""
    try:
        (number,) = _POSTOPFH3_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _POSTOPFH3_1, data) from None
    return _decode_post_op_fh3_arm(data, number)


def _decode_post_op_fh3_arm(data: xdr.Decoder, number: int) -> PostOpFh3:
    at: xdr.Place = "handle_follows"
    try:
        if number == 1:  # True
            new = _new_postopfh3true()
            handle = _new_nfsfh3()
            at = _POSTOPFH3TRUE_3
            (handle_data_length,) = _POSTOPFH3TRUE_3.unpack_from(data.buffer, data.position)
            data.position += 4
            at = _POSTOPFH3TRUE_4
            if handle_data_length > NFS3_FHSIZE:
                raise xdr.too_long(handle_data_length, NFS3_FHSIZE)
            handle.data, padding = _POSTOPFH3TRUE_4[handle_data_length].unpack_from(data.buffer, data.position)
            if padding not in xdr.ZEROS:
                raise xdr.unclean(padding)
            data.position += (handle_data_length + 3) & -4
            handle.__class__ = NfsFh3
            new.handle = handle
            new.__class__ = PostOpFh3True
            value: PostOpFh3 = new
        elif number == 0:  # False
            value = PostOpFh3False()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


def encode_time_how(out: xdr.Encoder, value: TimeHow) -> None:
    """Encode ``time_how``."""
    xdr.encode_enum(out, value, TimeHow)


def decode_time_how(data: xdr.Decoder) -> TimeHow:
    """Decode ``time_how``."""
    return xdr.decode_enum(data, TimeHow)


_SETMODE3_1: Final = xdr.Run("i", "set_it")
_SETMODE3TRUE_2: Final = xdr.Run("i I", "set_it", "mode")
_SETMODE3TRUE_3: Final = xdr.Run("I", "mode")
_new_setmode3true: Final = xdr.unfrozen(SetMode3True)


def encode_set_mode3(out: xdr.Encoder, value: SetMode3) -> None:
    """Encode ``set_mode3``."""
    at: xdr.Place = "set_it"
    try:
        if type(value) is SetMode3True:
            at = _SETMODE3TRUE_2
            out += _SETMODE3TRUE_2.pack(1, value.mode)
        elif type(value) is SetMode3False:
            at = _SETMODE3_1
            out += _SETMODE3_1.pack(0)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_set_mode3(data: xdr.Decoder) -> SetMode3:
    """Decode ``set_mode3``."""
    try:
        (number,) = _SETMODE3_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _SETMODE3_1, data) from None
    return _decode_set_mode3_arm(data, number)


def _decode_set_mode3_arm(data: xdr.Decoder, number: int) -> SetMode3:
    at: xdr.Place = "set_it"
    try:
        if number == 1:  # True
            new = _new_setmode3true()
            at = _SETMODE3TRUE_3
            (new.mode,) = _SETMODE3TRUE_3.unpack_from(data.buffer, data.position)
            data.position += 4
            new.__class__ = SetMode3True
            value: SetMode3 = new
        elif number == 0:  # False
            value = SetMode3False()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_SETUID3_1: Final = xdr.Run("i", "set_it")
_SETUID3TRUE_2: Final = xdr.Run("i I", "set_it", "uid")
_SETUID3TRUE_3: Final = xdr.Run("I", "uid")
_new_setuid3true: Final = xdr.unfrozen(SetUid3True)


def encode_set_uid3(out: xdr.Encoder, value: SetUid3) -> None:
    """Encode ``set_uid3``."""
    at: xdr.Place = "set_it"
    try:
        if type(value) is SetUid3True:
            at = _SETUID3TRUE_2
            out += _SETUID3TRUE_2.pack(1, value.uid)
        elif type(value) is SetUid3False:
            at = _SETUID3_1
            out += _SETUID3_1.pack(0)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_set_uid3(data: xdr.Decoder) -> SetUid3:
    """Decode ``set_uid3``."""
    try:
        (number,) = _SETUID3_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _SETUID3_1, data) from None
    return _decode_set_uid3_arm(data, number)


def _decode_set_uid3_arm(data: xdr.Decoder, number: int) -> SetUid3:
    at: xdr.Place = "set_it"
    try:
        if number == 1:  # True
            new = _new_setuid3true()
            at = _SETUID3TRUE_3
            (new.uid,) = _SETUID3TRUE_3.unpack_from(data.buffer, data.position)
            data.position += 4
            new.__class__ = SetUid3True
            value: SetUid3 = new
        elif number == 0:  # False
            value = SetUid3False()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_SETGID3_1: Final = xdr.Run("i", "set_it")
_SETGID3TRUE_2: Final = xdr.Run("i I", "set_it", "gid")
_SETGID3TRUE_3: Final = xdr.Run("I", "gid")
_new_setgid3true: Final = xdr.unfrozen(SetGid3True)


def encode_set_gid3(out: xdr.Encoder, value: SetGid3) -> None:
    """Encode ``set_gid3``."""
    at: xdr.Place = "set_it"
    try:
        if type(value) is SetGid3True:
            at = _SETGID3TRUE_2
            out += _SETGID3TRUE_2.pack(1, value.gid)
        elif type(value) is SetGid3False:
            at = _SETGID3_1
            out += _SETGID3_1.pack(0)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_set_gid3(data: xdr.Decoder) -> SetGid3:
    """Decode ``set_gid3``."""
    try:
        (number,) = _SETGID3_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _SETGID3_1, data) from None
    return _decode_set_gid3_arm(data, number)


def _decode_set_gid3_arm(data: xdr.Decoder, number: int) -> SetGid3:
    at: xdr.Place = "set_it"
    try:
        if number == 1:  # True
            new = _new_setgid3true()
            at = _SETGID3TRUE_3
            (new.gid,) = _SETGID3TRUE_3.unpack_from(data.buffer, data.position)
            data.position += 4
            new.__class__ = SetGid3True
            value: SetGid3 = new
        elif number == 0:  # False
            value = SetGid3False()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_SETSIZE3_1: Final = xdr.Run("i", "set_it")
_SETSIZE3TRUE_2: Final = xdr.Run("i Q", "set_it", "size")
_SETSIZE3TRUE_3: Final = xdr.Run("Q", "size")
_new_setsize3true: Final = xdr.unfrozen(SetSize3True)


def encode_set_size3(out: xdr.Encoder, value: SetSize3) -> None:
    """Encode ``set_size3``."""
    at: xdr.Place = "set_it"
    try:
        if type(value) is SetSize3True:
            at = _SETSIZE3TRUE_2
            out += _SETSIZE3TRUE_2.pack(1, value.size)
        elif type(value) is SetSize3False:
            at = _SETSIZE3_1
            out += _SETSIZE3_1.pack(0)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_set_size3(data: xdr.Decoder) -> SetSize3:
    """Decode ``set_size3``."""
    try:
        (number,) = _SETSIZE3_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _SETSIZE3_1, data) from None
    return _decode_set_size3_arm(data, number)


def _decode_set_size3_arm(data: xdr.Decoder, number: int) -> SetSize3:
    at: xdr.Place = "set_it"
    try:
        if number == 1:  # True
            new = _new_setsize3true()
            at = _SETSIZE3TRUE_3
            (new.size,) = _SETSIZE3TRUE_3.unpack_from(data.buffer, data.position)
            data.position += 8
            new.__class__ = SetSize3True
            value: SetSize3 = new
        elif number == 0:  # False
            value = SetSize3False()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_SETATIME_1: Final = xdr.Run("i", "set_it")
_SETATIMESETTOCLIENTTIME_2: Final = xdr.Run("i I I", "set_it", "atime.seconds", "atime.nseconds")
_SETATIMESETTOCLIENTTIME_3: Final = xdr.Run("I I", "atime.seconds", "atime.nseconds")
_new_setatimesettoclienttime: Final = xdr.unfrozen(SetAtimeSetToClientTime)
_new_setatimedefault: Final = xdr.unfrozen(SetAtimeDefault)


def encode_set_atime(out: xdr.Encoder, value: SetAtime) -> None:
    """Encode ``set_atime``."""
    at: xdr.Place = "set_it"
    try:
        if type(value) is SetAtimeSetToClientTime:
            at = _SETATIMESETTOCLIENTTIME_2
            atime = value.atime
            out += _SETATIMESETTOCLIENTTIME_2.pack(2, atime.seconds, atime.nseconds)
        elif type(value) is SetAtimeDefault:
            at = "set_it"
            set_it_ = _TIMEHOWEXCEPTSETTOCLIENTTIME[value.set_it]
            at = _SETATIME_1
            out += _SETATIME_1.pack(set_it_)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_set_atime(data: xdr.Decoder) -> SetAtime:
    """Decode ``set_atime``."""
    try:
        (number,) = _SETATIME_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _SETATIME_1, data) from None
    return _decode_set_atime_arm(data, number)


def _decode_set_atime_arm(data: xdr.Decoder, number: int) -> SetAtime:
    at: xdr.Place = "set_it"
    try:
        if number == 2:  # SET_TO_CLIENT_TIME
            new = _new_setatimesettoclienttime()
            atime = _new_nfstime3()
            at = _SETATIMESETTOCLIENTTIME_3
            atime.seconds, atime.nseconds = _SETATIMESETTOCLIENTTIME_3.unpack_from(data.buffer, data.position)
            data.position += 8
            atime.__class__ = Nfstime3
            new.atime = atime
            new.__class__ = SetAtimeSetToClientTime
            value: SetAtime = new
        elif number in _TIMEHOWEXCEPTSETTOCLIENTTIME:
            new = _new_setatimedefault()
            new.set_it = _TIMEHOWEXCEPTSETTOCLIENTTIME[number]
            new.__class__ = SetAtimeDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_SETMTIME_1: Final = xdr.Run("i", "set_it")
_SETMTIMESETTOCLIENTTIME_2: Final = xdr.Run("i I I", "set_it", "mtime.seconds", "mtime.nseconds")
_SETMTIMESETTOCLIENTTIME_3: Final = xdr.Run("I I", "mtime.seconds", "mtime.nseconds")
_new_setmtimesettoclienttime: Final = xdr.unfrozen(SetMtimeSetToClientTime)
_new_setmtimedefault: Final = xdr.unfrozen(SetMtimeDefault)


def encode_set_mtime(out: xdr.Encoder, value: SetMtime) -> None:
    """Encode ``set_mtime``."""
    at: xdr.Place = "set_it"
    try:
        if type(value) is SetMtimeSetToClientTime:
            at = _SETMTIMESETTOCLIENTTIME_2
            mtime = value.mtime
            out += _SETMTIMESETTOCLIENTTIME_2.pack(2, mtime.seconds, mtime.nseconds)
        elif type(value) is SetMtimeDefault:
            at = "set_it"
            set_it_ = _TIMEHOWEXCEPTSETTOCLIENTTIME[value.set_it]
            at = _SETMTIME_1
            out += _SETMTIME_1.pack(set_it_)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_set_mtime(data: xdr.Decoder) -> SetMtime:
    """Decode ``set_mtime``."""
    try:
        (number,) = _SETMTIME_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _SETMTIME_1, data) from None
    return _decode_set_mtime_arm(data, number)


def _decode_set_mtime_arm(data: xdr.Decoder, number: int) -> SetMtime:
    at: xdr.Place = "set_it"
    try:
        if number == 2:  # SET_TO_CLIENT_TIME
            new = _new_setmtimesettoclienttime()
            mtime = _new_nfstime3()
            at = _SETMTIMESETTOCLIENTTIME_3
            mtime.seconds, mtime.nseconds = _SETMTIMESETTOCLIENTTIME_3.unpack_from(data.buffer, data.position)
            data.position += 8
            mtime.__class__ = Nfstime3
            new.mtime = mtime
            new.__class__ = SetMtimeSetToClientTime
            value: SetMtime = new
        elif number in _TIMEHOWEXCEPTSETTOCLIENTTIME:
            new = _new_setmtimedefault()
            new.set_it = _TIMEHOWEXCEPTSETTOCLIENTTIME[number]
            new.__class__ = SetMtimeDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_SATTR3_1: Final = xdr.Run("i", "mode")
_SATTR3_2: Final = xdr.Run("i", "uid")
_SATTR3_3: Final = xdr.Run("i", "gid")
_SATTR3_4: Final = xdr.Run("i", "size")
_SATTR3_5: Final = xdr.Run("i", "atime")
_SATTR3_6: Final = xdr.Run("i", "mtime")
_new_sattr3: Final = xdr.unfrozen(Sattr3)


def encode_sattr3(out: xdr.Encoder, value: Sattr3) -> None:
    """Encode ``sattr3``."""
    at = "mode"
    try:
        encode_set_mode3(out, value.mode)
        at = "uid"
        encode_set_uid3(out, value.uid)
        at = "gid"
        encode_set_gid3(out, value.gid)
        at = "size"
        encode_set_size3(out, value.size)
        at = "atime"
        encode_set_atime(out, value.atime)
        at = "mtime"
        encode_set_mtime(out, value.mtime)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_sattr3(data: xdr.Decoder) -> Sattr3:
    """Decode ``sattr3``."""
    new = _new_sattr3()
    at: xdr.Place = _SATTR3_1
    try:
        (mode_case,) = _SATTR3_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "mode"
        new.mode = _decode_set_mode3_arm(data, mode_case)
        at = _SATTR3_2
        (uid_case,) = _SATTR3_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "uid"
        new.uid = _decode_set_uid3_arm(data, uid_case)
        at = _SATTR3_3
        (gid_case,) = _SATTR3_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "gid"
        new.gid = _decode_set_gid3_arm(data, gid_case)
        at = _SATTR3_4
        (size_case,) = _SATTR3_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "size"
        new.size = _decode_set_size3_arm(data, size_case)
        at = _SATTR3_5
        (atime_case,) = _SATTR3_5.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "atime"
        new.atime = _decode_set_atime_arm(data, atime_case)
        at = _SATTR3_6
        (mtime_case,) = _SATTR3_6.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "mtime"
        new.mtime = _decode_set_mtime_arm(data, mtime_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Sattr3
    value: Sattr3 = new
    return value


_DIROPARGS3_1: Final = xdr.SizedRun("I * x I", "#dir.data", "dir.data", "#name")
_DIROPARGS3_2: Final = xdr.SizedRun("* x", "name")
_DIROPARGS3_3: Final = xdr.Run("I", "#dir.data")
_DIROPARGS3_4: Final = xdr.SizedRun("* s I", "dir.data", "#name")
_DIROPARGS3_5: Final = xdr.SizedRun("* s", "name")
_new_diropargs3: Final = xdr.unfrozen(Diropargs3)


def encode_diropargs3(out: xdr.Encoder, value: Diropargs3) -> None:
    """Encode ``diropargs3``."""
    at: xdr.Place = "dir.data"
    try:
        dir_data = value.dir.data
        dir_data_length = len(dir_data)
        if dir_data_length > NFS3_FHSIZE:
            raise xdr.too_long(dir_data_length, NFS3_FHSIZE)
        at = "name"
        try:
            name = value.name.encode()
        except UnicodeEncodeError:
            name = xdr.text(value.name)
        name_length = len(name)
        at = _DIROPARGS3_1
        out += _DIROPARGS3_1[dir_data_length].pack(dir_data_length, dir_data, name_length)
        at = _DIROPARGS3_2
        out += _DIROPARGS3_2[name_length].pack(name)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_diropargs3(data: xdr.Decoder) -> Diropargs3:
    """Decode ``diropargs3``."""
    new = _new_diropargs3()
    dir_ = _new_nfsfh3()
    at: xdr.Place = _DIROPARGS3_3
    try:
        (dir_data_length,) = _DIROPARGS3_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _DIROPARGS3_4
        if dir_data_length > NFS3_FHSIZE:
            raise xdr.too_long(dir_data_length, NFS3_FHSIZE)
        dir_.data, padding, name_length = _DIROPARGS3_4[dir_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (dir_data_length + 7) & -4
        at = _DIROPARGS3_5
        name, padding = _DIROPARGS3_5[name_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.name = name.decode()
        except UnicodeDecodeError:
            new.name = name.decode("utf-8", "surrogateescape")
        data.position += (name_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    dir_.__class__ = NfsFh3
    new.dir = dir_
    new.__class__ = Diropargs3
    value: Diropargs3 = new
    return value


_GETATTR3ARGS_1: Final = xdr.SizedRun("I * x", "#object.data", "object.data")
_GETATTR3ARGS_2: Final = xdr.Run("I", "#object.data")
_GETATTR3ARGS_3: Final = xdr.SizedRun("* s", "object.data")
_new_getattr3args: Final = xdr.unfrozen(GETATTR3args)


def encode_getattr3args(out: xdr.Encoder, value: GETATTR3args) -> None:
    """Encode ``GETATTR3args``."""
    at: xdr.Place = "object.data"
    try:
        object_data = value.object.data
        object_data_length = len(object_data)
        if object_data_length > NFS3_FHSIZE:
            raise xdr.too_long(object_data_length, NFS3_FHSIZE)
        at = _GETATTR3ARGS_1
        out += _GETATTR3ARGS_1[object_data_length].pack(object_data_length, object_data)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_getattr3args(data: xdr.Decoder) -> GETATTR3args:
    """Decode ``GETATTR3args``."""
    new = _new_getattr3args()
    object_ = _new_nfsfh3()
    at: xdr.Place = _GETATTR3ARGS_2
    try:
        (object_data_length,) = _GETATTR3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _GETATTR3ARGS_3
        if object_data_length > NFS3_FHSIZE:
            raise xdr.too_long(object_data_length, NFS3_FHSIZE)
        object_.data, padding = _GETATTR3ARGS_3[object_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (object_data_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    object_.__class__ = NfsFh3
    new.object = object_
    new.__class__ = GETATTR3args
    value: GETATTR3args = new
    return value


_GETATTR3RESOK_1: Final = xdr.Run(
    "i I I I I Q Q I I Q Q I I I I I I",
    "obj_attributes.type",
    "obj_attributes.mode",
    "obj_attributes.nlink",
    "obj_attributes.uid",
    "obj_attributes.gid",
    "obj_attributes.size",
    "obj_attributes.used",
    "obj_attributes.rdev.specdata1",
    "obj_attributes.rdev.specdata2",
    "obj_attributes.fsid",
    "obj_attributes.fileid",
    "obj_attributes.atime.seconds",
    "obj_attributes.atime.nseconds",
    "obj_attributes.mtime.seconds",
    "obj_attributes.mtime.nseconds",
    "obj_attributes.ctime.seconds",
    "obj_attributes.ctime.nseconds",
)
_new_getattr3resok: Final = xdr.unfrozen(GETATTR3resok)


def encode_getattr3resok(out: xdr.Encoder, value: GETATTR3resok) -> None:
    """Encode ``GETATTR3resok``."""
    at: xdr.Place = "obj_attributes.type"
    try:
        obj_attributes_type = _FTYPE3[value.obj_attributes.type]
        at = _GETATTR3RESOK_1
        obj_attributes = value.obj_attributes
        obj_attributes_rdev = obj_attributes.rdev
        obj_attributes_atime = obj_attributes.atime
        obj_attributes_mtime = obj_attributes.mtime
        obj_attributes_ctime = obj_attributes.ctime
        out += _GETATTR3RESOK_1.pack(
            obj_attributes_type,
            obj_attributes.mode,
            obj_attributes.nlink,
            obj_attributes.uid,
            obj_attributes.gid,
            obj_attributes.size,
            obj_attributes.used,
            obj_attributes_rdev.specdata1,
            obj_attributes_rdev.specdata2,
            obj_attributes.fsid,
            obj_attributes.fileid,
            obj_attributes_atime.seconds,
            obj_attributes_atime.nseconds,
            obj_attributes_mtime.seconds,
            obj_attributes_mtime.nseconds,
            obj_attributes_ctime.seconds,
            obj_attributes_ctime.nseconds,
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_getattr3resok(data: xdr.Decoder) -> GETATTR3resok:
    """Decode ``GETATTR3resok``."""
    new = _new_getattr3resok()
    obj_attributes = _new_fattr3()
    obj_attributes_rdev = _new_specdata3()
    obj_attributes_atime = _new_nfstime3()
    obj_attributes_mtime = _new_nfstime3()
    obj_attributes_ctime = _new_nfstime3()
    at: xdr.Place = _GETATTR3RESOK_1
    try:
        (
            obj_attributes_type,
            obj_attributes.mode,
            obj_attributes.nlink,
            obj_attributes.uid,
            obj_attributes.gid,
            obj_attributes.size,
            obj_attributes.used,
            obj_attributes_rdev.specdata1,
            obj_attributes_rdev.specdata2,
            obj_attributes.fsid,
            obj_attributes.fileid,
            obj_attributes_atime.seconds,
            obj_attributes_atime.nseconds,
            obj_attributes_mtime.seconds,
            obj_attributes_mtime.nseconds,
            obj_attributes_ctime.seconds,
            obj_attributes_ctime.nseconds,
        ) = _GETATTR3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 84
        at = "obj_attributes.type"
        obj_attributes.type = _FTYPE3[obj_attributes_type]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    obj_attributes_ctime.__class__ = Nfstime3
    obj_attributes.ctime = obj_attributes_ctime
    obj_attributes_mtime.__class__ = Nfstime3
    obj_attributes.mtime = obj_attributes_mtime
    obj_attributes_atime.__class__ = Nfstime3
    obj_attributes.atime = obj_attributes_atime
    obj_attributes_rdev.__class__ = Specdata3
    obj_attributes.rdev = obj_attributes_rdev
    obj_attributes.__class__ = Fattr3
    new.obj_attributes = obj_attributes
    new.__class__ = GETATTR3resok
    value: GETATTR3resok = new
    return value


_GETATTR3RES_1: Final = xdr.Run("i", "status")
_GETATTR3RESNFS3OK_2: Final = xdr.Run(
    "i i I I I I Q Q I I Q Q I I I I I I",
    "status",
    "resok.obj_attributes.type",
    "resok.obj_attributes.mode",
    "resok.obj_attributes.nlink",
    "resok.obj_attributes.uid",
    "resok.obj_attributes.gid",
    "resok.obj_attributes.size",
    "resok.obj_attributes.used",
    "resok.obj_attributes.rdev.specdata1",
    "resok.obj_attributes.rdev.specdata2",
    "resok.obj_attributes.fsid",
    "resok.obj_attributes.fileid",
    "resok.obj_attributes.atime.seconds",
    "resok.obj_attributes.atime.nseconds",
    "resok.obj_attributes.mtime.seconds",
    "resok.obj_attributes.mtime.nseconds",
    "resok.obj_attributes.ctime.seconds",
    "resok.obj_attributes.ctime.nseconds",
)
_GETATTR3RESNFS3OK_3: Final = xdr.Run(
    "i I I I I Q Q I I Q Q I I I I I I",
    "resok.obj_attributes.type",
    "resok.obj_attributes.mode",
    "resok.obj_attributes.nlink",
    "resok.obj_attributes.uid",
    "resok.obj_attributes.gid",
    "resok.obj_attributes.size",
    "resok.obj_attributes.used",
    "resok.obj_attributes.rdev.specdata1",
    "resok.obj_attributes.rdev.specdata2",
    "resok.obj_attributes.fsid",
    "resok.obj_attributes.fileid",
    "resok.obj_attributes.atime.seconds",
    "resok.obj_attributes.atime.nseconds",
    "resok.obj_attributes.mtime.seconds",
    "resok.obj_attributes.mtime.nseconds",
    "resok.obj_attributes.ctime.seconds",
    "resok.obj_attributes.ctime.nseconds",
)
_new_getattr3resnfs3ok: Final = xdr.unfrozen(GETATTR3resNfs3Ok)
_new_getattr3resdefault: Final = xdr.unfrozen(GETATTR3resDefault)


def encode_getattr3res(out: xdr.Encoder, value: GETATTR3res) -> None:
    """Encode ``GETATTR3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is GETATTR3resNfs3Ok:
            at = "resok.obj_attributes.type"
            resok_obj_attributes_type = _FTYPE3[value.resok.obj_attributes.type]
            at = _GETATTR3RESNFS3OK_2
            resok_obj_attributes = value.resok.obj_attributes
            resok_obj_attributes_rdev = resok_obj_attributes.rdev
            resok_obj_attributes_atime = resok_obj_attributes.atime
            resok_obj_attributes_mtime = resok_obj_attributes.mtime
            resok_obj_attributes_ctime = resok_obj_attributes.ctime
            out += _GETATTR3RESNFS3OK_2.pack(
                0,
                resok_obj_attributes_type,
                resok_obj_attributes.mode,
                resok_obj_attributes.nlink,
                resok_obj_attributes.uid,
                resok_obj_attributes.gid,
                resok_obj_attributes.size,
                resok_obj_attributes.used,
                resok_obj_attributes_rdev.specdata1,
                resok_obj_attributes_rdev.specdata2,
                resok_obj_attributes.fsid,
                resok_obj_attributes.fileid,
                resok_obj_attributes_atime.seconds,
                resok_obj_attributes_atime.nseconds,
                resok_obj_attributes_mtime.seconds,
                resok_obj_attributes_mtime.nseconds,
                resok_obj_attributes_ctime.seconds,
                resok_obj_attributes_ctime.nseconds,
            )
        elif type(value) is GETATTR3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _GETATTR3RES_1
            out += _GETATTR3RES_1.pack(status_)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_getattr3res(data: xdr.Decoder) -> GETATTR3res:
    """Decode ``GETATTR3res``."""
    try:
        (number,) = _GETATTR3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _GETATTR3RES_1, data) from None
    return _decode_getattr3res_arm(data, number)


def _decode_getattr3res_arm(data: xdr.Decoder, number: int) -> GETATTR3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_getattr3resnfs3ok()
            resok = _new_getattr3resok()
            resok_obj_attributes = _new_fattr3()
            resok_obj_attributes_rdev = _new_specdata3()
            resok_obj_attributes_atime = _new_nfstime3()
            resok_obj_attributes_mtime = _new_nfstime3()
            resok_obj_attributes_ctime = _new_nfstime3()
            at = _GETATTR3RESNFS3OK_3
            (
                resok_obj_attributes_type,
                resok_obj_attributes.mode,
                resok_obj_attributes.nlink,
                resok_obj_attributes.uid,
                resok_obj_attributes.gid,
                resok_obj_attributes.size,
                resok_obj_attributes.used,
                resok_obj_attributes_rdev.specdata1,
                resok_obj_attributes_rdev.specdata2,
                resok_obj_attributes.fsid,
                resok_obj_attributes.fileid,
                resok_obj_attributes_atime.seconds,
                resok_obj_attributes_atime.nseconds,
                resok_obj_attributes_mtime.seconds,
                resok_obj_attributes_mtime.nseconds,
                resok_obj_attributes_ctime.seconds,
                resok_obj_attributes_ctime.nseconds,
            ) = _GETATTR3RESNFS3OK_3.unpack_from(data.buffer, data.position)
            data.position += 84
            at = "resok.obj_attributes.type"
            resok_obj_attributes.type = _FTYPE3[resok_obj_attributes_type]
            resok_obj_attributes_ctime.__class__ = Nfstime3
            resok_obj_attributes.ctime = resok_obj_attributes_ctime
            resok_obj_attributes_mtime.__class__ = Nfstime3
            resok_obj_attributes.mtime = resok_obj_attributes_mtime
            resok_obj_attributes_atime.__class__ = Nfstime3
            resok_obj_attributes.atime = resok_obj_attributes_atime
            resok_obj_attributes_rdev.__class__ = Specdata3
            resok_obj_attributes.rdev = resok_obj_attributes_rdev
            resok_obj_attributes.__class__ = Fattr3
            resok.obj_attributes = resok_obj_attributes
            resok.__class__ = GETATTR3resok
            new.resok = resok
            new.__class__ = GETATTR3resNfs3Ok
            value: GETATTR3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_getattr3resdefault()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            new.__class__ = GETATTR3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_SATTRGUARD3_1: Final = xdr.Run("i", "check")
_SATTRGUARD3TRUE_2: Final = xdr.Run("i I I", "check", "obj_ctime.seconds", "obj_ctime.nseconds")
_SATTRGUARD3TRUE_3: Final = xdr.Run("I I", "obj_ctime.seconds", "obj_ctime.nseconds")
_new_sattrguard3true: Final = xdr.unfrozen(Sattrguard3True)


def encode_sattrguard3(out: xdr.Encoder, value: Sattrguard3) -> None:
    """Encode ``sattrguard3``."""
    at: xdr.Place = "check"
    try:
        if type(value) is Sattrguard3True:
            at = _SATTRGUARD3TRUE_2
            obj_ctime = value.obj_ctime
            out += _SATTRGUARD3TRUE_2.pack(1, obj_ctime.seconds, obj_ctime.nseconds)
        elif type(value) is Sattrguard3False:
            at = _SATTRGUARD3_1
            out += _SATTRGUARD3_1.pack(0)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_sattrguard3(data: xdr.Decoder) -> Sattrguard3:
    """Decode ``sattrguard3``."""
    try:
        (number,) = _SATTRGUARD3_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _SATTRGUARD3_1, data) from None
    return _decode_sattrguard3_arm(data, number)


def _decode_sattrguard3_arm(data: xdr.Decoder, number: int) -> Sattrguard3:
    at: xdr.Place = "check"
    try:
        if number == 1:  # True
            new = _new_sattrguard3true()
            obj_ctime = _new_nfstime3()
            at = _SATTRGUARD3TRUE_3
            obj_ctime.seconds, obj_ctime.nseconds = _SATTRGUARD3TRUE_3.unpack_from(data.buffer, data.position)
            data.position += 8
            obj_ctime.__class__ = Nfstime3
            new.obj_ctime = obj_ctime
            new.__class__ = Sattrguard3True
            value: Sattrguard3 = new
        elif number == 0:  # False
            value = Sattrguard3False()
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_SETATTR3ARGS_1: Final = xdr.SizedRun("I * x", "#object.data", "object.data")
_SETATTR3ARGS_2: Final = xdr.Run("I", "#object.data")
_SETATTR3ARGS_3: Final = xdr.SizedRun("* s", "object.data")
_SETATTR3ARGS_4: Final = xdr.Run("i", "guard")
_new_setattr3args: Final = xdr.unfrozen(SETATTR3args)


def encode_setattr3args(out: xdr.Encoder, value: SETATTR3args) -> None:
    """Encode ``SETATTR3args``."""
    at: xdr.Place = "object.data"
    try:
        object_data = value.object.data
        object_data_length = len(object_data)
        if object_data_length > NFS3_FHSIZE:
            raise xdr.too_long(object_data_length, NFS3_FHSIZE)
        at = _SETATTR3ARGS_1
        out += _SETATTR3ARGS_1[object_data_length].pack(object_data_length, object_data)
        at = "new_attributes"
        encode_sattr3(out, value.new_attributes)
        at = "guard"
        encode_sattrguard3(out, value.guard)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_setattr3args(data: xdr.Decoder) -> SETATTR3args:
    """Decode ``SETATTR3args``."""
    new = _new_setattr3args()
    object_ = _new_nfsfh3()
    at: xdr.Place = _SETATTR3ARGS_2
    try:
        (object_data_length,) = _SETATTR3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _SETATTR3ARGS_3
        if object_data_length > NFS3_FHSIZE:
            raise xdr.too_long(object_data_length, NFS3_FHSIZE)
        object_.data, padding = _SETATTR3ARGS_3[object_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (object_data_length + 3) & -4
        at = "new_attributes"
        new.new_attributes = decode_sattr3(data)
        at = _SETATTR3ARGS_4
        (guard_case,) = _SETATTR3ARGS_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "guard"
        new.guard = _decode_sattrguard3_arm(data, guard_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    object_.__class__ = NfsFh3
    new.object = object_
    new.__class__ = SETATTR3args
    value: SETATTR3args = new
    return value


_new_setattr3resok: Final = xdr.unfrozen(SETATTR3resok)


def encode_setattr3resok(out: xdr.Encoder, value: SETATTR3resok) -> None:
    """Encode ``SETATTR3resok``."""
    try:
        encode_wcc_data(out, value.obj_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "obj_wcc", value) from None


def decode_setattr3resok(data: xdr.Decoder) -> SETATTR3resok:
    """Decode ``SETATTR3resok``."""
    new = _new_setattr3resok()
    try:
        new.obj_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "obj_wcc", data) from None
    new.__class__ = SETATTR3resok
    value: SETATTR3resok = new
    return value


_new_setattr3resfail: Final = xdr.unfrozen(SETATTR3resfail)


def encode_setattr3resfail(out: xdr.Encoder, value: SETATTR3resfail) -> None:
    """Encode ``SETATTR3resfail``."""
    try:
        encode_wcc_data(out, value.obj_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "obj_wcc", value) from None


def decode_setattr3resfail(data: xdr.Decoder) -> SETATTR3resfail:
    """Decode ``SETATTR3resfail``."""
    new = _new_setattr3resfail()
    try:
        new.obj_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "obj_wcc", data) from None
    new.__class__ = SETATTR3resfail
    value: SETATTR3resfail = new
    return value


_SETATTR3RES_1: Final = xdr.Run("i", "status")
_new_setattr3resnfs3ok: Final = xdr.unfrozen(SETATTR3resNfs3Ok)
_new_setattr3resdefault: Final = xdr.unfrozen(SETATTR3resDefault)


def encode_setattr3res(out: xdr.Encoder, value: SETATTR3res) -> None:
    """Encode ``SETATTR3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is SETATTR3resNfs3Ok:
            at = _SETATTR3RES_1
            out += _SETATTR3RES_1.pack(0)
            at = "resok.obj_wcc"
            encode_wcc_data(out, value.resok.obj_wcc)
        elif type(value) is SETATTR3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _SETATTR3RES_1
            out += _SETATTR3RES_1.pack(status_)
            at = "resfail.obj_wcc"
            encode_wcc_data(out, value.resfail.obj_wcc)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_setattr3res(data: xdr.Decoder) -> SETATTR3res:
    """Decode ``SETATTR3res``."""
    try:
        (number,) = _SETATTR3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _SETATTR3RES_1, data) from None
    return _decode_setattr3res_arm(data, number)


def _decode_setattr3res_arm(data: xdr.Decoder, number: int) -> SETATTR3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_setattr3resnfs3ok()
            resok = _new_setattr3resok()
            at = "resok.obj_wcc"
            resok.obj_wcc = decode_wcc_data(data)
            resok.__class__ = SETATTR3resok
            new.resok = resok
            new.__class__ = SETATTR3resNfs3Ok
            value: SETATTR3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_setattr3resdefault()
            resfail = _new_setattr3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = "resfail.obj_wcc"
            resfail.obj_wcc = decode_wcc_data(data)
            resfail.__class__ = SETATTR3resfail
            new.resfail = resfail
            new.__class__ = SETATTR3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_new_lookup3args: Final = xdr.unfrozen(LOOKUP3args)


def encode_lookup3args(out: xdr.Encoder, value: LOOKUP3args) -> None:
    """Encode ``LOOKUP3args``."""
    try:
        encode_diropargs3(out, value.what)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "what", value) from None


def decode_lookup3args(data: xdr.Decoder) -> LOOKUP3args:
    """Decode ``LOOKUP3args``."""
    new = _new_lookup3args()
    try:
        new.what = decode_diropargs3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "what", data) from None
    new.__class__ = LOOKUP3args
    value: LOOKUP3args = new
    return value


_LOOKUP3RESOK_1: Final = xdr.SizedRun("I * x", "#object.data", "object.data")
_LOOKUP3RESOK_2: Final = xdr.Run("I", "#object.data")
_LOOKUP3RESOK_3: Final = xdr.SizedRun("* s i", "object.data", "obj_attributes")
_LOOKUP3RESOK_4: Final = xdr.Run("i", "dir_attributes")
_new_lookup3resok: Final = xdr.unfrozen(LOOKUP3resok)


def encode_lookup3resok(out: xdr.Encoder, value: LOOKUP3resok) -> None:
    """Encode ``LOOKUP3resok``."""
    at: xdr.Place = "object.data"
    try:
        object_data = value.object.data
        object_data_length = len(object_data)
        if object_data_length > NFS3_FHSIZE:
            raise xdr.too_long(object_data_length, NFS3_FHSIZE)
        at = _LOOKUP3RESOK_1
        out += _LOOKUP3RESOK_1[object_data_length].pack(object_data_length, object_data)
        at = "obj_attributes"
        encode_post_op_attr(out, value.obj_attributes)
        at = "dir_attributes"
        encode_post_op_attr(out, value.dir_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_lookup3resok(data: xdr.Decoder) -> LOOKUP3resok:
    """Decode ``LOOKUP3resok``."""
    new = _new_lookup3resok()
    object_ = _new_nfsfh3()
    at: xdr.Place = _LOOKUP3RESOK_2
    try:
        (object_data_length,) = _LOOKUP3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _LOOKUP3RESOK_3
        if object_data_length > NFS3_FHSIZE:
            raise xdr.too_long(object_data_length, NFS3_FHSIZE)
        (
            object_.data,
            padding,
            obj_attributes_case,
        ) = _LOOKUP3RESOK_3[object_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (object_data_length + 7) & -4
        at = "obj_attributes"
        new.obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = _LOOKUP3RESOK_4
        (dir_attributes_case,) = _LOOKUP3RESOK_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir_attributes"
        new.dir_attributes = _decode_post_op_attr_arm(data, dir_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    object_.__class__ = NfsFh3
    new.object = object_
    new.__class__ = LOOKUP3resok
    value: LOOKUP3resok = new
    return value


_LOOKUP3RESFAIL_1: Final = xdr.Run("i", "dir_attributes")
_new_lookup3resfail: Final = xdr.unfrozen(LOOKUP3resfail)


def encode_lookup3resfail(out: xdr.Encoder, value: LOOKUP3resfail) -> None:
    """Encode ``LOOKUP3resfail``."""
    try:
        encode_post_op_attr(out, value.dir_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_attributes", value) from None


def decode_lookup3resfail(data: xdr.Decoder) -> LOOKUP3resfail:
    """Decode ``LOOKUP3resfail``."""
    new = _new_lookup3resfail()
    at: xdr.Place = _LOOKUP3RESFAIL_1
    try:
        (dir_attributes_case,) = _LOOKUP3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir_attributes"
        new.dir_attributes = _decode_post_op_attr_arm(data, dir_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = LOOKUP3resfail
    value: LOOKUP3resfail = new
    return value


_LOOKUP3RES_1: Final = xdr.Run("i", "status")
_LOOKUP3RESDEFAULT_2: Final = xdr.Run("i", "resfail.dir_attributes")
_new_lookup3resnfs3ok: Final = xdr.unfrozen(LOOKUP3resNfs3Ok)
_new_lookup3resdefault: Final = xdr.unfrozen(LOOKUP3resDefault)


def encode_lookup3res(out: xdr.Encoder, value: LOOKUP3res) -> None:
    """Encode ``LOOKUP3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is LOOKUP3resNfs3Ok:
            at = _LOOKUP3RES_1
            out += _LOOKUP3RES_1.pack(0)
            at = "resok"
            encode_lookup3resok(out, value.resok)
        elif type(value) is LOOKUP3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _LOOKUP3RES_1
            out += _LOOKUP3RES_1.pack(status_)
            at = "resfail.dir_attributes"
            encode_post_op_attr(out, value.resfail.dir_attributes)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_lookup3res(data: xdr.Decoder) -> LOOKUP3res:
    """Decode ``LOOKUP3res``."""
    try:
        (number,) = _LOOKUP3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _LOOKUP3RES_1, data) from None
    return _decode_lookup3res_arm(data, number)


def _decode_lookup3res_arm(data: xdr.Decoder, number: int) -> LOOKUP3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_lookup3resnfs3ok()
            at = "resok"
            new.resok = decode_lookup3resok(data)
            new.__class__ = LOOKUP3resNfs3Ok
            value: LOOKUP3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_lookup3resdefault()
            resfail = _new_lookup3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = _LOOKUP3RESDEFAULT_2
            (resfail_dir_attributes_case,) = _LOOKUP3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.dir_attributes"
            resfail.dir_attributes = _decode_post_op_attr_arm(data, resfail_dir_attributes_case)
            resfail.__class__ = LOOKUP3resfail
            new.resfail = resfail
            new.__class__ = LOOKUP3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_ACCESS3ARGS_1: Final = xdr.SizedRun("I * x I", "#object.data", "object.data", "access")
_ACCESS3ARGS_2: Final = xdr.Run("I", "#object.data")
_ACCESS3ARGS_3: Final = xdr.SizedRun("* s I", "object.data", "access")
_new_access3args: Final = xdr.unfrozen(ACCESS3args)


def encode_access3args(out: xdr.Encoder, value: ACCESS3args) -> None:
    """Encode ``ACCESS3args``."""
    at: xdr.Place = "object.data"
    try:
        object_data = value.object.data
        object_data_length = len(object_data)
        if object_data_length > NFS3_FHSIZE:
            raise xdr.too_long(object_data_length, NFS3_FHSIZE)
        at = _ACCESS3ARGS_1
        out += _ACCESS3ARGS_1[object_data_length].pack(object_data_length, object_data, value.access)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_access3args(data: xdr.Decoder) -> ACCESS3args:
    """Decode ``ACCESS3args``."""
    new = _new_access3args()
    object_ = _new_nfsfh3()
    at: xdr.Place = _ACCESS3ARGS_2
    try:
        (object_data_length,) = _ACCESS3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _ACCESS3ARGS_3
        if object_data_length > NFS3_FHSIZE:
            raise xdr.too_long(object_data_length, NFS3_FHSIZE)
        object_.data, padding, new.access = _ACCESS3ARGS_3[object_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (object_data_length + 7) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    object_.__class__ = NfsFh3
    new.object = object_
    new.__class__ = ACCESS3args
    value: ACCESS3args = new
    return value


_ACCESS3RESOK_1: Final = xdr.Run("I", "access")
_ACCESS3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_access3resok: Final = xdr.unfrozen(ACCESS3resok)


def encode_access3resok(out: xdr.Encoder, value: ACCESS3resok) -> None:
    """Encode ``ACCESS3resok``."""
    at: xdr.Place = "obj_attributes"
    try:
        encode_post_op_attr(out, value.obj_attributes)
        at = _ACCESS3RESOK_1
        out += _ACCESS3RESOK_1.pack(value.access)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_access3resok(data: xdr.Decoder) -> ACCESS3resok:
    """Decode ``ACCESS3resok``."""
    new = _new_access3resok()
    at: xdr.Place = _ACCESS3RESOK_2
    try:
        (obj_attributes_case,) = _ACCESS3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        new.obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = _ACCESS3RESOK_1
        (new.access,) = _ACCESS3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = ACCESS3resok
    value: ACCESS3resok = new
    return value


_ACCESS3RESFAIL_1: Final = xdr.Run("i", "obj_attributes")
_new_access3resfail: Final = xdr.unfrozen(ACCESS3resfail)


def encode_access3resfail(out: xdr.Encoder, value: ACCESS3resfail) -> None:
    """Encode ``ACCESS3resfail``."""
    try:
        encode_post_op_attr(out, value.obj_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "obj_attributes", value) from None


def decode_access3resfail(data: xdr.Decoder) -> ACCESS3resfail:
    """Decode ``ACCESS3resfail``."""
    new = _new_access3resfail()
    at: xdr.Place = _ACCESS3RESFAIL_1
    try:
        (obj_attributes_case,) = _ACCESS3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        new.obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = ACCESS3resfail
    value: ACCESS3resfail = new
    return value


_ACCESS3RES_1: Final = xdr.Run("i", "status")
_ACCESS3RESDEFAULT_2: Final = xdr.Run("i", "resfail.obj_attributes")
_new_access3resnfs3ok: Final = xdr.unfrozen(ACCESS3resNfs3Ok)
_new_access3resdefault: Final = xdr.unfrozen(ACCESS3resDefault)


def encode_access3res(out: xdr.Encoder, value: ACCESS3res) -> None:
    """Encode ``ACCESS3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is ACCESS3resNfs3Ok:
            at = _ACCESS3RES_1
            out += _ACCESS3RES_1.pack(0)
            at = "resok"
            encode_access3resok(out, value.resok)
        elif type(value) is ACCESS3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _ACCESS3RES_1
            out += _ACCESS3RES_1.pack(status_)
            at = "resfail.obj_attributes"
            encode_post_op_attr(out, value.resfail.obj_attributes)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_access3res(data: xdr.Decoder) -> ACCESS3res:
    """Decode ``ACCESS3res``."""
    try:
        (number,) = _ACCESS3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _ACCESS3RES_1, data) from None
    return _decode_access3res_arm(data, number)


def _decode_access3res_arm(data: xdr.Decoder, number: int) -> ACCESS3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_access3resnfs3ok()
            at = "resok"
            new.resok = decode_access3resok(data)
            new.__class__ = ACCESS3resNfs3Ok
            value: ACCESS3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_access3resdefault()
            resfail = _new_access3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = _ACCESS3RESDEFAULT_2
            (resfail_obj_attributes_case,) = _ACCESS3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.obj_attributes"
            resfail.obj_attributes = _decode_post_op_attr_arm(data, resfail_obj_attributes_case)
            resfail.__class__ = ACCESS3resfail
            new.resfail = resfail
            new.__class__ = ACCESS3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_READLINK3ARGS_1: Final = xdr.SizedRun("I * x", "#symlink.data", "symlink.data")
_READLINK3ARGS_2: Final = xdr.Run("I", "#symlink.data")
_READLINK3ARGS_3: Final = xdr.SizedRun("* s", "symlink.data")
_new_readlink3args: Final = xdr.unfrozen(READLINK3args)


def encode_readlink3args(out: xdr.Encoder, value: READLINK3args) -> None:
    """Encode ``READLINK3args``."""
    at: xdr.Place = "symlink.data"
    try:
        symlink_data = value.symlink.data
        symlink_data_length = len(symlink_data)
        if symlink_data_length > NFS3_FHSIZE:
            raise xdr.too_long(symlink_data_length, NFS3_FHSIZE)
        at = _READLINK3ARGS_1
        out += _READLINK3ARGS_1[symlink_data_length].pack(symlink_data_length, symlink_data)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_readlink3args(data: xdr.Decoder) -> READLINK3args:
    """Decode ``READLINK3args``."""
    new = _new_readlink3args()
    symlink = _new_nfsfh3()
    at: xdr.Place = _READLINK3ARGS_2
    try:
        (symlink_data_length,) = _READLINK3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _READLINK3ARGS_3
        if symlink_data_length > NFS3_FHSIZE:
            raise xdr.too_long(symlink_data_length, NFS3_FHSIZE)
        symlink.data, padding = _READLINK3ARGS_3[symlink_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (symlink_data_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    symlink.__class__ = NfsFh3
    new.symlink = symlink
    new.__class__ = READLINK3args
    value: READLINK3args = new
    return value


_READLINK3RESOK_1: Final = xdr.SizedRun("I * x", "#data", "data")
_READLINK3RESOK_2: Final = xdr.Run("i", "symlink_attributes")
_READLINK3RESOK_3: Final = xdr.Run("I", "#data")
_READLINK3RESOK_4: Final = xdr.SizedRun("* s", "data")
_new_readlink3resok: Final = xdr.unfrozen(READLINK3resok)


def encode_readlink3resok(out: xdr.Encoder, value: READLINK3resok) -> None:
    """Encode ``READLINK3resok``."""
    at: xdr.Place = "symlink_attributes"
    try:
        encode_post_op_attr(out, value.symlink_attributes)
        at = "data"
        try:
            data_ = value.data.encode()
        except UnicodeEncodeError:
            data_ = xdr.text(value.data)
        data__length = len(data_)
        at = _READLINK3RESOK_1
        out += _READLINK3RESOK_1[data__length].pack(data__length, data_)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_readlink3resok(data: xdr.Decoder) -> READLINK3resok:
    """Decode ``READLINK3resok``."""
    new = _new_readlink3resok()
    at: xdr.Place = _READLINK3RESOK_2
    try:
        (symlink_attributes_case,) = _READLINK3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "symlink_attributes"
        new.symlink_attributes = _decode_post_op_attr_arm(data, symlink_attributes_case)
        at = _READLINK3RESOK_3
        (data__length,) = _READLINK3RESOK_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _READLINK3RESOK_4
        data_, padding = _READLINK3RESOK_4[data__length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.data = data_.decode()
        except UnicodeDecodeError:
            new.data = data_.decode("utf-8", "surrogateescape")
        data.position += (data__length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = READLINK3resok
    value: READLINK3resok = new
    return value


_READLINK3RESFAIL_1: Final = xdr.Run("i", "symlink_attributes")
_new_readlink3resfail: Final = xdr.unfrozen(READLINK3resfail)


def encode_readlink3resfail(out: xdr.Encoder, value: READLINK3resfail) -> None:
    """Encode ``READLINK3resfail``."""
    try:
        encode_post_op_attr(out, value.symlink_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "symlink_attributes", value) from None


def decode_readlink3resfail(data: xdr.Decoder) -> READLINK3resfail:
    """Decode ``READLINK3resfail``."""
    new = _new_readlink3resfail()
    at: xdr.Place = _READLINK3RESFAIL_1
    try:
        (symlink_attributes_case,) = _READLINK3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "symlink_attributes"
        new.symlink_attributes = _decode_post_op_attr_arm(data, symlink_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = READLINK3resfail
    value: READLINK3resfail = new
    return value


_READLINK3RES_1: Final = xdr.Run("i", "status")
_READLINK3RESDEFAULT_2: Final = xdr.Run("i", "resfail.symlink_attributes")
_new_readlink3resnfs3ok: Final = xdr.unfrozen(READLINK3resNfs3Ok)
_new_readlink3resdefault: Final = xdr.unfrozen(READLINK3resDefault)


def encode_readlink3res(out: xdr.Encoder, value: READLINK3res) -> None:
    """Encode ``READLINK3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is READLINK3resNfs3Ok:
            at = _READLINK3RES_1
            out += _READLINK3RES_1.pack(0)
            at = "resok"
            encode_readlink3resok(out, value.resok)
        elif type(value) is READLINK3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _READLINK3RES_1
            out += _READLINK3RES_1.pack(status_)
            at = "resfail.symlink_attributes"
            encode_post_op_attr(out, value.resfail.symlink_attributes)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_readlink3res(data: xdr.Decoder) -> READLINK3res:
    """Decode ``READLINK3res``."""
    try:
        (number,) = _READLINK3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _READLINK3RES_1, data) from None
    return _decode_readlink3res_arm(data, number)


def _decode_readlink3res_arm(data: xdr.Decoder, number: int) -> READLINK3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_readlink3resnfs3ok()
            at = "resok"
            new.resok = decode_readlink3resok(data)
            new.__class__ = READLINK3resNfs3Ok
            value: READLINK3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_readlink3resdefault()
            resfail = _new_readlink3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = _READLINK3RESDEFAULT_2
            (resfail_symlink_attributes_case,) = _READLINK3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.symlink_attributes"
            resfail.symlink_attributes = _decode_post_op_attr_arm(data, resfail_symlink_attributes_case)
            resfail.__class__ = READLINK3resfail
            new.resfail = resfail
            new.__class__ = READLINK3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_READ3ARGS_1: Final = xdr.SizedRun("I * x Q I", "#file.data", "file.data", "offset", "count")
_READ3ARGS_2: Final = xdr.Run("I", "#file.data")
_READ3ARGS_3: Final = xdr.SizedRun("* s Q I", "file.data", "offset", "count")
_new_read3args: Final = xdr.unfrozen(READ3args)


def encode_read3args(out: xdr.Encoder, value: READ3args) -> None:
    """Encode ``READ3args``."""
    at: xdr.Place = "file.data"
    try:
        file_data = value.file.data
        file_data_length = len(file_data)
        if file_data_length > NFS3_FHSIZE:
            raise xdr.too_long(file_data_length, NFS3_FHSIZE)
        at = _READ3ARGS_1
        out += _READ3ARGS_1[file_data_length].pack(file_data_length, file_data, value.offset, value.count)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_read3args(data: xdr.Decoder) -> READ3args:
    """Decode ``READ3args``."""
    new = _new_read3args()
    file = _new_nfsfh3()
    at: xdr.Place = _READ3ARGS_2
    try:
        (file_data_length,) = _READ3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _READ3ARGS_3
        if file_data_length > NFS3_FHSIZE:
            raise xdr.too_long(file_data_length, NFS3_FHSIZE)
        (
            file.data,
            padding,
            new.offset,
            new.count,
        ) = _READ3ARGS_3[file_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (file_data_length + 15) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    file.__class__ = NfsFh3
    new.file = file
    new.__class__ = READ3args
    value: READ3args = new
    return value


_READ3RESOK_1: Final = xdr.Run("I i I", "count", "eof", "#data")
_READ3RESOK_2: Final = xdr.Run("i", "file_attributes")
_new_read3resok: Final = xdr.unfrozen(READ3resok)


def encode_read3resok(out: xdr.Encoder, value: READ3resok) -> None:
    """Encode ``READ3resok``."""
    at: xdr.Place = "file_attributes"
    try:
        encode_post_op_attr(out, value.file_attributes)
        at = "eof"
        eof = xdr.BOOL[value.eof]
        at = "data"
        data_ = value.data
        data__length = len(data_)
        at = _READ3RESOK_1
        out += _READ3RESOK_1.pack(value.count, eof, data__length)
        at = "data"
        out += data_
        if data__length & 3:
            out += xdr.PADDING[data__length & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_read3resok(data: xdr.Decoder) -> READ3resok:
    """Decode ``READ3resok``."""
    new = _new_read3resok()
    at: xdr.Place = _READ3RESOK_2
    try:
        (file_attributes_case,) = _READ3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "file_attributes"
        new.file_attributes = _decode_post_op_attr_arm(data, file_attributes_case)
        at = _READ3RESOK_1
        new.count, eof, data__length = _READ3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "eof"
        new.eof = xdr.BOOL[eof]
        at = "data"
        new.data = xdr.opaque_of(data, data__length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = READ3resok
    value: READ3resok = new
    return value


_READ3RESFAIL_1: Final = xdr.Run("i", "file_attributes")
_new_read3resfail: Final = xdr.unfrozen(READ3resfail)


def encode_read3resfail(out: xdr.Encoder, value: READ3resfail) -> None:
    """Encode ``READ3resfail``."""
    try:
        encode_post_op_attr(out, value.file_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "file_attributes", value) from None


def decode_read3resfail(data: xdr.Decoder) -> READ3resfail:
    """Decode ``READ3resfail``."""
    new = _new_read3resfail()
    at: xdr.Place = _READ3RESFAIL_1
    try:
        (file_attributes_case,) = _READ3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "file_attributes"
        new.file_attributes = _decode_post_op_attr_arm(data, file_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = READ3resfail
    value: READ3resfail = new
    return value


_READ3RES_1: Final = xdr.Run("i", "status")
_READ3RESDEFAULT_2: Final = xdr.Run("i", "resfail.file_attributes")
_new_read3resnfs3ok: Final = xdr.unfrozen(READ3resNfs3Ok)
_new_read3resdefault: Final = xdr.unfrozen(READ3resDefault)


def encode_read3res(out: xdr.Encoder, value: READ3res) -> None:
    """Encode ``READ3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is READ3resNfs3Ok:
            at = _READ3RES_1
            out += _READ3RES_1.pack(0)
            at = "resok"
            encode_read3resok(out, value.resok)
        elif type(value) is READ3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _READ3RES_1
            out += _READ3RES_1.pack(status_)
            at = "resfail.file_attributes"
            encode_post_op_attr(out, value.resfail.file_attributes)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_read3res(data: xdr.Decoder) -> READ3res:
    """Decode ``READ3res``."""
    try:
        (number,) = _READ3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _READ3RES_1, data) from None
    return _decode_read3res_arm(data, number)


def _decode_read3res_arm(data: xdr.Decoder, number: int) -> READ3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_read3resnfs3ok()
            at = "resok"
            new.resok = decode_read3resok(data)
            new.__class__ = READ3resNfs3Ok
            value: READ3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_read3resdefault()
            resfail = _new_read3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = _READ3RESDEFAULT_2
            (resfail_file_attributes_case,) = _READ3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.file_attributes"
            resfail.file_attributes = _decode_post_op_attr_arm(data, resfail_file_attributes_case)
            resfail.__class__ = READ3resfail
            new.resfail = resfail
            new.__class__ = READ3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


def encode_stable_how(out: xdr.Encoder, value: StableHow) -> None:
    """Encode ``stable_how``."""
    xdr.encode_enum(out, value, StableHow)


def decode_stable_how(data: xdr.Decoder) -> StableHow:
    """Decode ``stable_how``."""
    return xdr.decode_enum(data, StableHow)


_STABLEHOW: Final = {each: each for each in StableHow}
_WRITE3ARGS_1: Final = xdr.SizedRun("I * x Q I i I", "#file.data", "file.data", "offset", "count", "stable", "#data")
_WRITE3ARGS_2: Final = xdr.Run("I", "#file.data")
_WRITE3ARGS_3: Final = xdr.SizedRun("* s Q I i I", "file.data", "offset", "count", "stable", "#data")
_new_write3args: Final = xdr.unfrozen(WRITE3args)


def encode_write3args(out: xdr.Encoder, value: WRITE3args) -> None:
    """Encode ``WRITE3args``."""
    at: xdr.Place = "stable"
    try:
        stable = _STABLEHOW[value.stable]
        at = "file.data"
        file_data = value.file.data
        file_data_length = len(file_data)
        if file_data_length > NFS3_FHSIZE:
            raise xdr.too_long(file_data_length, NFS3_FHSIZE)
        at = "data"
        data_ = value.data
        data__length = len(data_)
        at = _WRITE3ARGS_1
        out += _WRITE3ARGS_1[file_data_length].pack(
            file_data_length, file_data, value.offset, value.count, stable, data__length
        )
        at = "data"
        out += data_
        if data__length & 3:
            out += xdr.PADDING[data__length & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_write3args(data: xdr.Decoder) -> WRITE3args:
    """Decode ``WRITE3args``."""
    new = _new_write3args()
    file = _new_nfsfh3()
    at: xdr.Place = _WRITE3ARGS_2
    try:
        (file_data_length,) = _WRITE3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _WRITE3ARGS_3
        if file_data_length > NFS3_FHSIZE:
            raise xdr.too_long(file_data_length, NFS3_FHSIZE)
        (
            file.data,
            padding,
            new.offset,
            new.count,
            stable,
            data__length,
        ) = _WRITE3ARGS_3[file_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (file_data_length + 23) & -4
        at = "stable"
        new.stable = _STABLEHOW[stable]
        at = "data"
        new.data = xdr.opaque_of(data, data__length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    file.__class__ = NfsFh3
    new.file = file
    new.__class__ = WRITE3args
    value: WRITE3args = new
    return value


_WRITE3RESOK_1: Final = xdr.Run("I i", "count", "committed")
_new_write3resok: Final = xdr.unfrozen(WRITE3resok)


def encode_write3resok(out: xdr.Encoder, value: WRITE3resok) -> None:
    """Encode ``WRITE3resok``."""
    at: xdr.Place = "file_wcc"
    try:
        encode_wcc_data(out, value.file_wcc)
        at = "committed"
        committed = _STABLEHOW[value.committed]
        at = _WRITE3RESOK_1
        out += _WRITE3RESOK_1.pack(value.count, committed)
        at = "verf"
        xdr.encode_fixed_opaque(out, value.verf, NFS3_WRITEVERFSIZE)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_write3resok(data: xdr.Decoder) -> WRITE3resok:
    """Decode ``WRITE3resok``."""
    new = _new_write3resok()
    at: xdr.Place = "file_wcc"
    try:
        new.file_wcc = decode_wcc_data(data)
        at = _WRITE3RESOK_1
        new.count, committed = _WRITE3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "committed"
        new.committed = _STABLEHOW[committed]
        at = "verf"
        new.verf = xdr.decode_fixed_opaque(data, NFS3_WRITEVERFSIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = WRITE3resok
    value: WRITE3resok = new
    return value


_new_write3resfail: Final = xdr.unfrozen(WRITE3resfail)


def encode_write3resfail(out: xdr.Encoder, value: WRITE3resfail) -> None:
    """Encode ``WRITE3resfail``."""
    try:
        encode_wcc_data(out, value.file_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "file_wcc", value) from None


def decode_write3resfail(data: xdr.Decoder) -> WRITE3resfail:
    """Decode ``WRITE3resfail``."""
    new = _new_write3resfail()
    try:
        new.file_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "file_wcc", data) from None
    new.__class__ = WRITE3resfail
    value: WRITE3resfail = new
    return value


_WRITE3RES_1: Final = xdr.Run("i", "status")
_new_write3resnfs3ok: Final = xdr.unfrozen(WRITE3resNfs3Ok)
_new_write3resdefault: Final = xdr.unfrozen(WRITE3resDefault)


def encode_write3res(out: xdr.Encoder, value: WRITE3res) -> None:
    """Encode ``WRITE3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is WRITE3resNfs3Ok:
            at = _WRITE3RES_1
            out += _WRITE3RES_1.pack(0)
            at = "resok"
            encode_write3resok(out, value.resok)
        elif type(value) is WRITE3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _WRITE3RES_1
            out += _WRITE3RES_1.pack(status_)
            at = "resfail.file_wcc"
            encode_wcc_data(out, value.resfail.file_wcc)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_write3res(data: xdr.Decoder) -> WRITE3res:
    """Decode ``WRITE3res``."""
    try:
        (number,) = _WRITE3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _WRITE3RES_1, data) from None
    return _decode_write3res_arm(data, number)


def _decode_write3res_arm(data: xdr.Decoder, number: int) -> WRITE3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_write3resnfs3ok()
            at = "resok"
            new.resok = decode_write3resok(data)
            new.__class__ = WRITE3resNfs3Ok
            value: WRITE3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_write3resdefault()
            resfail = _new_write3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = "resfail.file_wcc"
            resfail.file_wcc = decode_wcc_data(data)
            resfail.__class__ = WRITE3resfail
            new.resfail = resfail
            new.__class__ = WRITE3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


def encode_createmode3(out: xdr.Encoder, value: Createmode3) -> None:
    """Encode ``createmode3``."""
    xdr.encode_enum(out, value, Createmode3)


def decode_createmode3(data: xdr.Decoder) -> Createmode3:
    """Decode ``createmode3``."""
    return xdr.decode_enum(data, Createmode3)


_CREATEHOW3_1: Final = xdr.Run("i", "mode")
_new_createhow3uncheckedorguarded: Final = xdr.unfrozen(Createhow3UncheckedOrGuarded)
_new_createhow3exclusive: Final = xdr.unfrozen(Createhow3Exclusive)


def encode_createhow3(out: xdr.Encoder, value: Createhow3) -> None:
    """Encode ``createhow3``."""
    at: xdr.Place = "mode"
    try:
        if type(value) is Createhow3UncheckedOrGuarded:
            at = "mode"
            mode = _CREATEMODE3UNCHECKEDORGUARDED[value.mode]
            at = _CREATEHOW3_1
            out += _CREATEHOW3_1.pack(mode)
            at = "obj_attributes"
            encode_sattr3(out, value.obj_attributes)
        elif type(value) is Createhow3Exclusive:
            at = _CREATEHOW3_1
            out += _CREATEHOW3_1.pack(2)
            at = "verf"
            xdr.encode_fixed_opaque(out, value.verf, NFS3_CREATEVERFSIZE)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_createhow3(data: xdr.Decoder) -> Createhow3:
    """Decode ``createhow3``."""
    try:
        (number,) = _CREATEHOW3_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _CREATEHOW3_1, data) from None
    return _decode_createhow3_arm(data, number)


def _decode_createhow3_arm(data: xdr.Decoder, number: int) -> Createhow3:
    at: xdr.Place = "mode"
    try:
        if number in _CREATEMODE3UNCHECKEDORGUARDED:
            new = _new_createhow3uncheckedorguarded()
            new.mode = _CREATEMODE3UNCHECKEDORGUARDED[number]
            at = "obj_attributes"
            new.obj_attributes = decode_sattr3(data)
            new.__class__ = Createhow3UncheckedOrGuarded
            value: Createhow3 = new
        elif number == 2:  # EXCLUSIVE
            new = _new_createhow3exclusive()
            at = "verf"
            new.verf = xdr.decode_fixed_opaque(data, NFS3_CREATEVERFSIZE)
            new.__class__ = Createhow3Exclusive
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_CREATE3ARGS_1: Final = xdr.Run("i", "how")
_new_create3args: Final = xdr.unfrozen(CREATE3args)


def encode_create3args(out: xdr.Encoder, value: CREATE3args) -> None:
    """Encode ``CREATE3args``."""
    at = "where"
    try:
        encode_diropargs3(out, value.where)
        at = "how"
        encode_createhow3(out, value.how)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_create3args(data: xdr.Decoder) -> CREATE3args:
    """Decode ``CREATE3args``."""
    new = _new_create3args()
    at: xdr.Place = "where"
    try:
        new.where = decode_diropargs3(data)
        at = _CREATE3ARGS_1
        (how_case,) = _CREATE3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "how"
        new.how = _decode_createhow3_arm(data, how_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = CREATE3args
    value: CREATE3args = new
    return value


_CREATE3RESOK_1: Final = xdr.Run("i", "obj")
_CREATE3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_create3resok: Final = xdr.unfrozen(CREATE3resok)


def encode_create3resok(out: xdr.Encoder, value: CREATE3resok) -> None:
    """Encode ``CREATE3resok``."""
    at = "obj"
    try:
        encode_post_op_fh3(out, value.obj)
        at = "obj_attributes"
        encode_post_op_attr(out, value.obj_attributes)
        at = "dir_wcc"
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_create3resok(data: xdr.Decoder) -> CREATE3resok:
    """Decode ``CREATE3resok``."""
    new = _new_create3resok()
    at: xdr.Place = _CREATE3RESOK_1
    try:
        (obj_case,) = _CREATE3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj"
        new.obj = _decode_post_op_fh3_arm(data, obj_case)
        at = _CREATE3RESOK_2
        (obj_attributes_case,) = _CREATE3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        new.obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = "dir_wcc"
        new.dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = CREATE3resok
    value: CREATE3resok = new
    return value


_new_create3resfail: Final = xdr.unfrozen(CREATE3resfail)


def encode_create3resfail(out: xdr.Encoder, value: CREATE3resfail) -> None:
    """Encode ``CREATE3resfail``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_create3resfail(data: xdr.Decoder) -> CREATE3resfail:
    """Decode ``CREATE3resfail``."""
    new = _new_create3resfail()
    try:
        new.dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    new.__class__ = CREATE3resfail
    value: CREATE3resfail = new
    return value


_CREATE3RES_1: Final = xdr.Run("i", "status")
_new_create3resnfs3ok: Final = xdr.unfrozen(CREATE3resNfs3Ok)
_new_create3resdefault: Final = xdr.unfrozen(CREATE3resDefault)


def encode_create3res(out: xdr.Encoder, value: CREATE3res) -> None:
    """Encode ``CREATE3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is CREATE3resNfs3Ok:
            at = _CREATE3RES_1
            out += _CREATE3RES_1.pack(0)
            at = "resok"
            encode_create3resok(out, value.resok)
        elif type(value) is CREATE3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _CREATE3RES_1
            out += _CREATE3RES_1.pack(status_)
            at = "resfail.dir_wcc"
            encode_wcc_data(out, value.resfail.dir_wcc)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_create3res(data: xdr.Decoder) -> CREATE3res:
    """Decode ``CREATE3res``."""
    try:
        (number,) = _CREATE3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _CREATE3RES_1, data) from None
    return _decode_create3res_arm(data, number)


def _decode_create3res_arm(data: xdr.Decoder, number: int) -> CREATE3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_create3resnfs3ok()
            at = "resok"
            new.resok = decode_create3resok(data)
            new.__class__ = CREATE3resNfs3Ok
            value: CREATE3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_create3resdefault()
            resfail = _new_create3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = "resfail.dir_wcc"
            resfail.dir_wcc = decode_wcc_data(data)
            resfail.__class__ = CREATE3resfail
            new.resfail = resfail
            new.__class__ = CREATE3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_new_mkdir3args: Final = xdr.unfrozen(MKDIR3args)


def encode_mkdir3args(out: xdr.Encoder, value: MKDIR3args) -> None:
    """Encode ``MKDIR3args``."""
    at = "where"
    try:
        encode_diropargs3(out, value.where)
        at = "attributes"
        encode_sattr3(out, value.attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_mkdir3args(data: xdr.Decoder) -> MKDIR3args:
    """Decode ``MKDIR3args``."""
    new = _new_mkdir3args()
    at = "where"
    try:
        new.where = decode_diropargs3(data)
        at = "attributes"
        new.attributes = decode_sattr3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = MKDIR3args
    value: MKDIR3args = new
    return value


_MKDIR3RESOK_1: Final = xdr.Run("i", "obj")
_MKDIR3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_mkdir3resok: Final = xdr.unfrozen(MKDIR3resok)


def encode_mkdir3resok(out: xdr.Encoder, value: MKDIR3resok) -> None:
    """Encode ``MKDIR3resok``."""
    at = "obj"
    try:
        encode_post_op_fh3(out, value.obj)
        at = "obj_attributes"
        encode_post_op_attr(out, value.obj_attributes)
        at = "dir_wcc"
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_mkdir3resok(data: xdr.Decoder) -> MKDIR3resok:
    """Decode ``MKDIR3resok``."""
    new = _new_mkdir3resok()
    at: xdr.Place = _MKDIR3RESOK_1
    try:
        (obj_case,) = _MKDIR3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj"
        new.obj = _decode_post_op_fh3_arm(data, obj_case)
        at = _MKDIR3RESOK_2
        (obj_attributes_case,) = _MKDIR3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        new.obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = "dir_wcc"
        new.dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = MKDIR3resok
    value: MKDIR3resok = new
    return value


_new_mkdir3resfail: Final = xdr.unfrozen(MKDIR3resfail)


def encode_mkdir3resfail(out: xdr.Encoder, value: MKDIR3resfail) -> None:
    """Encode ``MKDIR3resfail``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_mkdir3resfail(data: xdr.Decoder) -> MKDIR3resfail:
    """Decode ``MKDIR3resfail``."""
    new = _new_mkdir3resfail()
    try:
        new.dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    new.__class__ = MKDIR3resfail
    value: MKDIR3resfail = new
    return value


_MKDIR3RES_1: Final = xdr.Run("i", "status")
_new_mkdir3resnfs3ok: Final = xdr.unfrozen(MKDIR3resNfs3Ok)
_new_mkdir3resdefault: Final = xdr.unfrozen(MKDIR3resDefault)


def encode_mkdir3res(out: xdr.Encoder, value: MKDIR3res) -> None:
    """Encode ``MKDIR3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is MKDIR3resNfs3Ok:
            at = _MKDIR3RES_1
            out += _MKDIR3RES_1.pack(0)
            at = "resok"
            encode_mkdir3resok(out, value.resok)
        elif type(value) is MKDIR3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _MKDIR3RES_1
            out += _MKDIR3RES_1.pack(status_)
            at = "resfail.dir_wcc"
            encode_wcc_data(out, value.resfail.dir_wcc)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_mkdir3res(data: xdr.Decoder) -> MKDIR3res:
    """Decode ``MKDIR3res``."""
    try:
        (number,) = _MKDIR3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _MKDIR3RES_1, data) from None
    return _decode_mkdir3res_arm(data, number)


def _decode_mkdir3res_arm(data: xdr.Decoder, number: int) -> MKDIR3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_mkdir3resnfs3ok()
            at = "resok"
            new.resok = decode_mkdir3resok(data)
            new.__class__ = MKDIR3resNfs3Ok
            value: MKDIR3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_mkdir3resdefault()
            resfail = _new_mkdir3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = "resfail.dir_wcc"
            resfail.dir_wcc = decode_wcc_data(data)
            resfail.__class__ = MKDIR3resfail
            new.resfail = resfail
            new.__class__ = MKDIR3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_SYMLINKDATA3_1: Final = xdr.SizedRun("I * x", "#symlink_data", "symlink_data")
_SYMLINKDATA3_2: Final = xdr.Run("I", "#symlink_data")
_SYMLINKDATA3_3: Final = xdr.SizedRun("* s", "symlink_data")
_new_symlinkdata3: Final = xdr.unfrozen(Symlinkdata3)


def encode_symlinkdata3(out: xdr.Encoder, value: Symlinkdata3) -> None:
    """Encode ``symlinkdata3``."""
    at: xdr.Place = "symlink_attributes"
    try:
        encode_sattr3(out, value.symlink_attributes)
        at = "symlink_data"
        try:
            symlink_data = value.symlink_data.encode()
        except UnicodeEncodeError:
            symlink_data = xdr.text(value.symlink_data)
        symlink_data_length = len(symlink_data)
        at = _SYMLINKDATA3_1
        out += _SYMLINKDATA3_1[symlink_data_length].pack(symlink_data_length, symlink_data)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_symlinkdata3(data: xdr.Decoder) -> Symlinkdata3:
    """Decode ``symlinkdata3``."""
    new = _new_symlinkdata3()
    at: xdr.Place = "symlink_attributes"
    try:
        new.symlink_attributes = decode_sattr3(data)
        at = _SYMLINKDATA3_2
        (symlink_data_length,) = _SYMLINKDATA3_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _SYMLINKDATA3_3
        symlink_data, padding = _SYMLINKDATA3_3[symlink_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.symlink_data = symlink_data.decode()
        except UnicodeDecodeError:
            new.symlink_data = symlink_data.decode("utf-8", "surrogateescape")
        data.position += (symlink_data_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Symlinkdata3
    value: Symlinkdata3 = new
    return value


_new_symlink3args: Final = xdr.unfrozen(SYMLINK3args)


def encode_symlink3args(out: xdr.Encoder, value: SYMLINK3args) -> None:
    """Encode ``SYMLINK3args``."""
    at = "where"
    try:
        encode_diropargs3(out, value.where)
        at = "symlink"
        encode_symlinkdata3(out, value.symlink)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_symlink3args(data: xdr.Decoder) -> SYMLINK3args:
    """Decode ``SYMLINK3args``."""
    new = _new_symlink3args()
    at = "where"
    try:
        new.where = decode_diropargs3(data)
        at = "symlink"
        new.symlink = decode_symlinkdata3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = SYMLINK3args
    value: SYMLINK3args = new
    return value


_SYMLINK3RESOK_1: Final = xdr.Run("i", "obj")
_SYMLINK3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_symlink3resok: Final = xdr.unfrozen(SYMLINK3resok)


def encode_symlink3resok(out: xdr.Encoder, value: SYMLINK3resok) -> None:
    """Encode ``SYMLINK3resok``."""
    at = "obj"
    try:
        encode_post_op_fh3(out, value.obj)
        at = "obj_attributes"
        encode_post_op_attr(out, value.obj_attributes)
        at = "dir_wcc"
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_symlink3resok(data: xdr.Decoder) -> SYMLINK3resok:
    """Decode ``SYMLINK3resok``."""
    new = _new_symlink3resok()
    at: xdr.Place = _SYMLINK3RESOK_1
    try:
        (obj_case,) = _SYMLINK3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj"
        new.obj = _decode_post_op_fh3_arm(data, obj_case)
        at = _SYMLINK3RESOK_2
        (obj_attributes_case,) = _SYMLINK3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        new.obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = "dir_wcc"
        new.dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = SYMLINK3resok
    value: SYMLINK3resok = new
    return value


_new_symlink3resfail: Final = xdr.unfrozen(SYMLINK3resfail)


def encode_symlink3resfail(out: xdr.Encoder, value: SYMLINK3resfail) -> None:
    """Encode ``SYMLINK3resfail``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_symlink3resfail(data: xdr.Decoder) -> SYMLINK3resfail:
    """Decode ``SYMLINK3resfail``."""
    new = _new_symlink3resfail()
    try:
        new.dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    new.__class__ = SYMLINK3resfail
    value: SYMLINK3resfail = new
    return value


_SYMLINK3RES_1: Final = xdr.Run("i", "status")
_new_symlink3resnfs3ok: Final = xdr.unfrozen(SYMLINK3resNfs3Ok)
_new_symlink3resdefault: Final = xdr.unfrozen(SYMLINK3resDefault)


def encode_symlink3res(out: xdr.Encoder, value: SYMLINK3res) -> None:
    """Encode ``SYMLINK3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is SYMLINK3resNfs3Ok:
            at = _SYMLINK3RES_1
            out += _SYMLINK3RES_1.pack(0)
            at = "resok"
            encode_symlink3resok(out, value.resok)
        elif type(value) is SYMLINK3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _SYMLINK3RES_1
            out += _SYMLINK3RES_1.pack(status_)
            at = "resfail.dir_wcc"
            encode_wcc_data(out, value.resfail.dir_wcc)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_symlink3res(data: xdr.Decoder) -> SYMLINK3res:
    """Decode ``SYMLINK3res``."""
    try:
        (number,) = _SYMLINK3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _SYMLINK3RES_1, data) from None
    return _decode_symlink3res_arm(data, number)


def _decode_symlink3res_arm(data: xdr.Decoder, number: int) -> SYMLINK3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_symlink3resnfs3ok()
            at = "resok"
            new.resok = decode_symlink3resok(data)
            new.__class__ = SYMLINK3resNfs3Ok
            value: SYMLINK3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_symlink3resdefault()
            resfail = _new_symlink3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = "resfail.dir_wcc"
            resfail.dir_wcc = decode_wcc_data(data)
            resfail.__class__ = SYMLINK3resfail
            new.resfail = resfail
            new.__class__ = SYMLINK3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_DEVICEDATA3_1: Final = xdr.Run("I I", "spec.specdata1", "spec.specdata2")
_new_devicedata3: Final = xdr.unfrozen(Devicedata3)


def encode_devicedata3(out: xdr.Encoder, value: Devicedata3) -> None:
    """Encode ``devicedata3``."""
    at: xdr.Place = "dev_attributes"
    try:
        encode_sattr3(out, value.dev_attributes)
        at = _DEVICEDATA3_1
        spec = value.spec
        out += _DEVICEDATA3_1.pack(spec.specdata1, spec.specdata2)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_devicedata3(data: xdr.Decoder) -> Devicedata3:
    """Decode ``devicedata3``."""
    new = _new_devicedata3()
    spec = _new_specdata3()
    at: xdr.Place = "dev_attributes"
    try:
        new.dev_attributes = decode_sattr3(data)
        at = _DEVICEDATA3_1
        spec.specdata1, spec.specdata2 = _DEVICEDATA3_1.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    spec.__class__ = Specdata3
    new.spec = spec
    new.__class__ = Devicedata3
    value: Devicedata3 = new
    return value


_MKNODDATA3_1: Final = xdr.Run("i", "type")
_new_mknoddata3nf3chrornf3blk: Final = xdr.unfrozen(Mknoddata3Nf3chrOrNf3blk)
_new_mknoddata3nf3sockornf3fifo: Final = xdr.unfrozen(Mknoddata3Nf3sockOrNf3fifo)
_new_mknoddata3default: Final = xdr.unfrozen(Mknoddata3Default)


def encode_mknoddata3(out: xdr.Encoder, value: Mknoddata3) -> None:
    """Encode ``mknoddata3``."""
    at: xdr.Place = "type"
    try:
        if type(value) is Mknoddata3Nf3chrOrNf3blk:
            at = "type"
            type_ = _FTYPE3NF3CHRORNF3BLK[value.type]
            at = _MKNODDATA3_1
            out += _MKNODDATA3_1.pack(type_)
            at = "device"
            encode_devicedata3(out, value.device)
        elif type(value) is Mknoddata3Nf3sockOrNf3fifo:
            at = "type"
            type__ = _FTYPE3NF3SOCKORNF3FIFO[value.type]
            at = _MKNODDATA3_1
            out += _MKNODDATA3_1.pack(type__)
            at = "pipe_attributes"
            encode_sattr3(out, value.pipe_attributes)
        elif type(value) is Mknoddata3Default:
            at = "type"
            type___ = _FTYPE3EXCEPTNF3CHRANDNF3BLKANDNF3SOCK[value.type]
            at = _MKNODDATA3_1
            out += _MKNODDATA3_1.pack(type___)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_mknoddata3(data: xdr.Decoder) -> Mknoddata3:
    """Decode ``mknoddata3``."""
    try:
        (number,) = _MKNODDATA3_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _MKNODDATA3_1, data) from None
    return _decode_mknoddata3_arm(data, number)


def _decode_mknoddata3_arm(data: xdr.Decoder, number: int) -> Mknoddata3:
    at: xdr.Place = "type"
    try:
        if number in _FTYPE3NF3CHRORNF3BLK:
            new = _new_mknoddata3nf3chrornf3blk()
            new.type = _FTYPE3NF3CHRORNF3BLK[number]
            at = "device"
            new.device = decode_devicedata3(data)
            new.__class__ = Mknoddata3Nf3chrOrNf3blk
            value: Mknoddata3 = new
        elif number in _FTYPE3NF3SOCKORNF3FIFO:
            new = _new_mknoddata3nf3sockornf3fifo()
            new.type = _FTYPE3NF3SOCKORNF3FIFO[number]
            at = "pipe_attributes"
            new.pipe_attributes = decode_sattr3(data)
            new.__class__ = Mknoddata3Nf3sockOrNf3fifo
            value = new
        elif number in _FTYPE3EXCEPTNF3CHRANDNF3BLKANDNF3SOCK:
            new = _new_mknoddata3default()
            new.type = _FTYPE3EXCEPTNF3CHRANDNF3BLKANDNF3SOCK[number]
            new.__class__ = Mknoddata3Default
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_MKNOD3ARGS_1: Final = xdr.Run("i", "what")
_new_mknod3args: Final = xdr.unfrozen(MKNOD3args)


def encode_mknod3args(out: xdr.Encoder, value: MKNOD3args) -> None:
    """Encode ``MKNOD3args``."""
    at = "where"
    try:
        encode_diropargs3(out, value.where)
        at = "what"
        encode_mknoddata3(out, value.what)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_mknod3args(data: xdr.Decoder) -> MKNOD3args:
    """Decode ``MKNOD3args``."""
    new = _new_mknod3args()
    at: xdr.Place = "where"
    try:
        new.where = decode_diropargs3(data)
        at = _MKNOD3ARGS_1
        (what_case,) = _MKNOD3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "what"
        new.what = _decode_mknoddata3_arm(data, what_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = MKNOD3args
    value: MKNOD3args = new
    return value


_MKNOD3RESOK_1: Final = xdr.Run("i", "obj")
_MKNOD3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_mknod3resok: Final = xdr.unfrozen(MKNOD3resok)


def encode_mknod3resok(out: xdr.Encoder, value: MKNOD3resok) -> None:
    """Encode ``MKNOD3resok``."""
    at = "obj"
    try:
        encode_post_op_fh3(out, value.obj)
        at = "obj_attributes"
        encode_post_op_attr(out, value.obj_attributes)
        at = "dir_wcc"
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_mknod3resok(data: xdr.Decoder) -> MKNOD3resok:
    """Decode ``MKNOD3resok``."""
    new = _new_mknod3resok()
    at: xdr.Place = _MKNOD3RESOK_1
    try:
        (obj_case,) = _MKNOD3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj"
        new.obj = _decode_post_op_fh3_arm(data, obj_case)
        at = _MKNOD3RESOK_2
        (obj_attributes_case,) = _MKNOD3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        new.obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = "dir_wcc"
        new.dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = MKNOD3resok
    value: MKNOD3resok = new
    return value


_new_mknod3resfail: Final = xdr.unfrozen(MKNOD3resfail)


def encode_mknod3resfail(out: xdr.Encoder, value: MKNOD3resfail) -> None:
    """Encode ``MKNOD3resfail``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_mknod3resfail(data: xdr.Decoder) -> MKNOD3resfail:
    """Decode ``MKNOD3resfail``."""
    new = _new_mknod3resfail()
    try:
        new.dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    new.__class__ = MKNOD3resfail
    value: MKNOD3resfail = new
    return value


_MKNOD3RES_1: Final = xdr.Run("i", "status")
_new_mknod3resnfs3ok: Final = xdr.unfrozen(MKNOD3resNfs3Ok)
_new_mknod3resdefault: Final = xdr.unfrozen(MKNOD3resDefault)


def encode_mknod3res(out: xdr.Encoder, value: MKNOD3res) -> None:
    """Encode ``MKNOD3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is MKNOD3resNfs3Ok:
            at = _MKNOD3RES_1
            out += _MKNOD3RES_1.pack(0)
            at = "resok"
            encode_mknod3resok(out, value.resok)
        elif type(value) is MKNOD3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _MKNOD3RES_1
            out += _MKNOD3RES_1.pack(status_)
            at = "resfail.dir_wcc"
            encode_wcc_data(out, value.resfail.dir_wcc)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_mknod3res(data: xdr.Decoder) -> MKNOD3res:
    """Decode ``MKNOD3res``."""
    try:
        (number,) = _MKNOD3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _MKNOD3RES_1, data) from None
    return _decode_mknod3res_arm(data, number)


def _decode_mknod3res_arm(data: xdr.Decoder, number: int) -> MKNOD3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_mknod3resnfs3ok()
            at = "resok"
            new.resok = decode_mknod3resok(data)
            new.__class__ = MKNOD3resNfs3Ok
            value: MKNOD3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_mknod3resdefault()
            resfail = _new_mknod3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = "resfail.dir_wcc"
            resfail.dir_wcc = decode_wcc_data(data)
            resfail.__class__ = MKNOD3resfail
            new.resfail = resfail
            new.__class__ = MKNOD3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_new_remove3args: Final = xdr.unfrozen(REMOVE3args)


def encode_remove3args(out: xdr.Encoder, value: REMOVE3args) -> None:
    """Encode ``REMOVE3args``."""
    try:
        encode_diropargs3(out, value.object)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "object", value) from None


def decode_remove3args(data: xdr.Decoder) -> REMOVE3args:
    """Decode ``REMOVE3args``."""
    new = _new_remove3args()
    try:
        new.object = decode_diropargs3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "object", data) from None
    new.__class__ = REMOVE3args
    value: REMOVE3args = new
    return value


_new_remove3resok: Final = xdr.unfrozen(REMOVE3resok)


def encode_remove3resok(out: xdr.Encoder, value: REMOVE3resok) -> None:
    """Encode ``REMOVE3resok``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_remove3resok(data: xdr.Decoder) -> REMOVE3resok:
    """Decode ``REMOVE3resok``."""
    new = _new_remove3resok()
    try:
        new.dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    new.__class__ = REMOVE3resok
    value: REMOVE3resok = new
    return value


_new_remove3resfail: Final = xdr.unfrozen(REMOVE3resfail)


def encode_remove3resfail(out: xdr.Encoder, value: REMOVE3resfail) -> None:
    """Encode ``REMOVE3resfail``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_remove3resfail(data: xdr.Decoder) -> REMOVE3resfail:
    """Decode ``REMOVE3resfail``."""
    new = _new_remove3resfail()
    try:
        new.dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    new.__class__ = REMOVE3resfail
    value: REMOVE3resfail = new
    return value


_REMOVE3RES_1: Final = xdr.Run("i", "status")
_new_remove3resnfs3ok: Final = xdr.unfrozen(REMOVE3resNfs3Ok)
_new_remove3resdefault: Final = xdr.unfrozen(REMOVE3resDefault)


def encode_remove3res(out: xdr.Encoder, value: REMOVE3res) -> None:
    """Encode ``REMOVE3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is REMOVE3resNfs3Ok:
            at = _REMOVE3RES_1
            out += _REMOVE3RES_1.pack(0)
            at = "resok.dir_wcc"
            encode_wcc_data(out, value.resok.dir_wcc)
        elif type(value) is REMOVE3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _REMOVE3RES_1
            out += _REMOVE3RES_1.pack(status_)
            at = "resfail.dir_wcc"
            encode_wcc_data(out, value.resfail.dir_wcc)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_remove3res(data: xdr.Decoder) -> REMOVE3res:
    """Decode ``REMOVE3res``."""
    try:
        (number,) = _REMOVE3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _REMOVE3RES_1, data) from None
    return _decode_remove3res_arm(data, number)


def _decode_remove3res_arm(data: xdr.Decoder, number: int) -> REMOVE3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_remove3resnfs3ok()
            resok = _new_remove3resok()
            at = "resok.dir_wcc"
            resok.dir_wcc = decode_wcc_data(data)
            resok.__class__ = REMOVE3resok
            new.resok = resok
            new.__class__ = REMOVE3resNfs3Ok
            value: REMOVE3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_remove3resdefault()
            resfail = _new_remove3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = "resfail.dir_wcc"
            resfail.dir_wcc = decode_wcc_data(data)
            resfail.__class__ = REMOVE3resfail
            new.resfail = resfail
            new.__class__ = REMOVE3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_new_rmdir3args: Final = xdr.unfrozen(RMDIR3args)


def encode_rmdir3args(out: xdr.Encoder, value: RMDIR3args) -> None:
    """Encode ``RMDIR3args``."""
    try:
        encode_diropargs3(out, value.object)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "object", value) from None


def decode_rmdir3args(data: xdr.Decoder) -> RMDIR3args:
    """Decode ``RMDIR3args``."""
    new = _new_rmdir3args()
    try:
        new.object = decode_diropargs3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "object", data) from None
    new.__class__ = RMDIR3args
    value: RMDIR3args = new
    return value


_new_rmdir3resok: Final = xdr.unfrozen(RMDIR3resok)


def encode_rmdir3resok(out: xdr.Encoder, value: RMDIR3resok) -> None:
    """Encode ``RMDIR3resok``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_rmdir3resok(data: xdr.Decoder) -> RMDIR3resok:
    """Decode ``RMDIR3resok``."""
    new = _new_rmdir3resok()
    try:
        new.dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    new.__class__ = RMDIR3resok
    value: RMDIR3resok = new
    return value


_new_rmdir3resfail: Final = xdr.unfrozen(RMDIR3resfail)


def encode_rmdir3resfail(out: xdr.Encoder, value: RMDIR3resfail) -> None:
    """Encode ``RMDIR3resfail``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_rmdir3resfail(data: xdr.Decoder) -> RMDIR3resfail:
    """Decode ``RMDIR3resfail``."""
    new = _new_rmdir3resfail()
    try:
        new.dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    new.__class__ = RMDIR3resfail
    value: RMDIR3resfail = new
    return value


_RMDIR3RES_1: Final = xdr.Run("i", "status")
_new_rmdir3resnfs3ok: Final = xdr.unfrozen(RMDIR3resNfs3Ok)
_new_rmdir3resdefault: Final = xdr.unfrozen(RMDIR3resDefault)


def encode_rmdir3res(out: xdr.Encoder, value: RMDIR3res) -> None:
    """Encode ``RMDIR3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is RMDIR3resNfs3Ok:
            at = _RMDIR3RES_1
            out += _RMDIR3RES_1.pack(0)
            at = "resok.dir_wcc"
            encode_wcc_data(out, value.resok.dir_wcc)
        elif type(value) is RMDIR3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _RMDIR3RES_1
            out += _RMDIR3RES_1.pack(status_)
            at = "resfail.dir_wcc"
            encode_wcc_data(out, value.resfail.dir_wcc)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rmdir3res(data: xdr.Decoder) -> RMDIR3res:
    """Decode ``RMDIR3res``."""
    try:
        (number,) = _RMDIR3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _RMDIR3RES_1, data) from None
    return _decode_rmdir3res_arm(data, number)


def _decode_rmdir3res_arm(data: xdr.Decoder, number: int) -> RMDIR3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_rmdir3resnfs3ok()
            resok = _new_rmdir3resok()
            at = "resok.dir_wcc"
            resok.dir_wcc = decode_wcc_data(data)
            resok.__class__ = RMDIR3resok
            new.resok = resok
            new.__class__ = RMDIR3resNfs3Ok
            value: RMDIR3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_rmdir3resdefault()
            resfail = _new_rmdir3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = "resfail.dir_wcc"
            resfail.dir_wcc = decode_wcc_data(data)
            resfail.__class__ = RMDIR3resfail
            new.resfail = resfail
            new.__class__ = RMDIR3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_new_rename3args: Final = xdr.unfrozen(RENAME3args)


def encode_rename3args(out: xdr.Encoder, value: RENAME3args) -> None:
    """Encode ``RENAME3args``."""
    at = "from_"
    try:
        encode_diropargs3(out, value.from_)
        at = "to"
        encode_diropargs3(out, value.to)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rename3args(data: xdr.Decoder) -> RENAME3args:
    """Decode ``RENAME3args``."""
    new = _new_rename3args()
    at = "from_"
    try:
        new.from_ = decode_diropargs3(data)
        at = "to"
        new.to = decode_diropargs3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = RENAME3args
    value: RENAME3args = new
    return value


_new_rename3resok: Final = xdr.unfrozen(RENAME3resok)


def encode_rename3resok(out: xdr.Encoder, value: RENAME3resok) -> None:
    """Encode ``RENAME3resok``."""
    at = "fromdir_wcc"
    try:
        encode_wcc_data(out, value.fromdir_wcc)
        at = "todir_wcc"
        encode_wcc_data(out, value.todir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rename3resok(data: xdr.Decoder) -> RENAME3resok:
    """Decode ``RENAME3resok``."""
    new = _new_rename3resok()
    at = "fromdir_wcc"
    try:
        new.fromdir_wcc = decode_wcc_data(data)
        at = "todir_wcc"
        new.todir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = RENAME3resok
    value: RENAME3resok = new
    return value


_new_rename3resfail: Final = xdr.unfrozen(RENAME3resfail)


def encode_rename3resfail(out: xdr.Encoder, value: RENAME3resfail) -> None:
    """Encode ``RENAME3resfail``."""
    at = "fromdir_wcc"
    try:
        encode_wcc_data(out, value.fromdir_wcc)
        at = "todir_wcc"
        encode_wcc_data(out, value.todir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rename3resfail(data: xdr.Decoder) -> RENAME3resfail:
    """Decode ``RENAME3resfail``."""
    new = _new_rename3resfail()
    at = "fromdir_wcc"
    try:
        new.fromdir_wcc = decode_wcc_data(data)
        at = "todir_wcc"
        new.todir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = RENAME3resfail
    value: RENAME3resfail = new
    return value


_RENAME3RES_1: Final = xdr.Run("i", "status")
_new_rename3resnfs3ok: Final = xdr.unfrozen(RENAME3resNfs3Ok)
_new_rename3resdefault: Final = xdr.unfrozen(RENAME3resDefault)


def encode_rename3res(out: xdr.Encoder, value: RENAME3res) -> None:
    """Encode ``RENAME3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is RENAME3resNfs3Ok:
            at = _RENAME3RES_1
            out += _RENAME3RES_1.pack(0)
            at = "resok"
            encode_rename3resok(out, value.resok)
        elif type(value) is RENAME3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _RENAME3RES_1
            out += _RENAME3RES_1.pack(status_)
            at = "resfail"
            encode_rename3resfail(out, value.resfail)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_rename3res(data: xdr.Decoder) -> RENAME3res:
    """Decode ``RENAME3res``."""
    try:
        (number,) = _RENAME3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _RENAME3RES_1, data) from None
    return _decode_rename3res_arm(data, number)


def _decode_rename3res_arm(data: xdr.Decoder, number: int) -> RENAME3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_rename3resnfs3ok()
            at = "resok"
            new.resok = decode_rename3resok(data)
            new.__class__ = RENAME3resNfs3Ok
            value: RENAME3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_rename3resdefault()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = "resfail"
            new.resfail = decode_rename3resfail(data)
            new.__class__ = RENAME3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_LINK3ARGS_1: Final = xdr.SizedRun("I * x", "#file.data", "file.data")
_LINK3ARGS_2: Final = xdr.Run("I", "#file.data")
_LINK3ARGS_3: Final = xdr.SizedRun("* s", "file.data")
_new_link3args: Final = xdr.unfrozen(LINK3args)


def encode_link3args(out: xdr.Encoder, value: LINK3args) -> None:
    """Encode ``LINK3args``."""
    at: xdr.Place = "file.data"
    try:
        file_data = value.file.data
        file_data_length = len(file_data)
        if file_data_length > NFS3_FHSIZE:
            raise xdr.too_long(file_data_length, NFS3_FHSIZE)
        at = _LINK3ARGS_1
        out += _LINK3ARGS_1[file_data_length].pack(file_data_length, file_data)
        at = "link"
        encode_diropargs3(out, value.link)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_link3args(data: xdr.Decoder) -> LINK3args:
    """Decode ``LINK3args``."""
    new = _new_link3args()
    file = _new_nfsfh3()
    at: xdr.Place = _LINK3ARGS_2
    try:
        (file_data_length,) = _LINK3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _LINK3ARGS_3
        if file_data_length > NFS3_FHSIZE:
            raise xdr.too_long(file_data_length, NFS3_FHSIZE)
        file.data, padding = _LINK3ARGS_3[file_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (file_data_length + 3) & -4
        at = "link"
        new.link = decode_diropargs3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    file.__class__ = NfsFh3
    new.file = file
    new.__class__ = LINK3args
    value: LINK3args = new
    return value


_LINK3RESOK_1: Final = xdr.Run("i", "file_attributes")
_new_link3resok: Final = xdr.unfrozen(LINK3resok)


def encode_link3resok(out: xdr.Encoder, value: LINK3resok) -> None:
    """Encode ``LINK3resok``."""
    at = "file_attributes"
    try:
        encode_post_op_attr(out, value.file_attributes)
        at = "linkdir_wcc"
        encode_wcc_data(out, value.linkdir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_link3resok(data: xdr.Decoder) -> LINK3resok:
    """Decode ``LINK3resok``."""
    new = _new_link3resok()
    at: xdr.Place = _LINK3RESOK_1
    try:
        (file_attributes_case,) = _LINK3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "file_attributes"
        new.file_attributes = _decode_post_op_attr_arm(data, file_attributes_case)
        at = "linkdir_wcc"
        new.linkdir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = LINK3resok
    value: LINK3resok = new
    return value


_LINK3RESFAIL_1: Final = xdr.Run("i", "file_attributes")
_new_link3resfail: Final = xdr.unfrozen(LINK3resfail)


def encode_link3resfail(out: xdr.Encoder, value: LINK3resfail) -> None:
    """Encode ``LINK3resfail``."""
    at = "file_attributes"
    try:
        encode_post_op_attr(out, value.file_attributes)
        at = "linkdir_wcc"
        encode_wcc_data(out, value.linkdir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_link3resfail(data: xdr.Decoder) -> LINK3resfail:
    """Decode ``LINK3resfail``."""
    new = _new_link3resfail()
    at: xdr.Place = _LINK3RESFAIL_1
    try:
        (file_attributes_case,) = _LINK3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "file_attributes"
        new.file_attributes = _decode_post_op_attr_arm(data, file_attributes_case)
        at = "linkdir_wcc"
        new.linkdir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = LINK3resfail
    value: LINK3resfail = new
    return value


_LINK3RES_1: Final = xdr.Run("i", "status")
_new_link3resnfs3ok: Final = xdr.unfrozen(LINK3resNfs3Ok)
_new_link3resdefault: Final = xdr.unfrozen(LINK3resDefault)


def encode_link3res(out: xdr.Encoder, value: LINK3res) -> None:
    """Encode ``LINK3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is LINK3resNfs3Ok:
            at = _LINK3RES_1
            out += _LINK3RES_1.pack(0)
            at = "resok"
            encode_link3resok(out, value.resok)
        elif type(value) is LINK3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _LINK3RES_1
            out += _LINK3RES_1.pack(status_)
            at = "resfail"
            encode_link3resfail(out, value.resfail)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_link3res(data: xdr.Decoder) -> LINK3res:
    """Decode ``LINK3res``."""
    try:
        (number,) = _LINK3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _LINK3RES_1, data) from None
    return _decode_link3res_arm(data, number)


def _decode_link3res_arm(data: xdr.Decoder, number: int) -> LINK3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_link3resnfs3ok()
            at = "resok"
            new.resok = decode_link3resok(data)
            new.__class__ = LINK3resNfs3Ok
            value: LINK3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_link3resdefault()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = "resfail"
            new.resfail = decode_link3resfail(data)
            new.__class__ = LINK3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_READDIR3ARGS_1: Final = xdr.SizedRun("I * x Q", "#dir.data", "dir.data", "cookie")
_READDIR3ARGS_2: Final = xdr.Run("I", "count")
_READDIR3ARGS_3: Final = xdr.Run("I", "#dir.data")
_READDIR3ARGS_4: Final = xdr.SizedRun("* s Q", "dir.data", "cookie")
_new_readdir3args: Final = xdr.unfrozen(READDIR3args)


def encode_readdir3args(out: xdr.Encoder, value: READDIR3args) -> None:
    """Encode ``READDIR3args``."""
    at: xdr.Place = "dir.data"
    try:
        dir_data = value.dir.data
        dir_data_length = len(dir_data)
        if dir_data_length > NFS3_FHSIZE:
            raise xdr.too_long(dir_data_length, NFS3_FHSIZE)
        at = _READDIR3ARGS_1
        out += _READDIR3ARGS_1[dir_data_length].pack(dir_data_length, dir_data, value.cookie)
        at = "cookieverf"
        xdr.encode_fixed_opaque(out, value.cookieverf, NFS3_COOKIEVERFSIZE)
        at = _READDIR3ARGS_2
        out += _READDIR3ARGS_2.pack(value.count)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_readdir3args(data: xdr.Decoder) -> READDIR3args:
    """Decode ``READDIR3args``."""
    new = _new_readdir3args()
    dir_ = _new_nfsfh3()
    at: xdr.Place = _READDIR3ARGS_3
    try:
        (dir_data_length,) = _READDIR3ARGS_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _READDIR3ARGS_4
        if dir_data_length > NFS3_FHSIZE:
            raise xdr.too_long(dir_data_length, NFS3_FHSIZE)
        dir_.data, padding, new.cookie = _READDIR3ARGS_4[dir_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (dir_data_length + 11) & -4
        at = "cookieverf"
        new.cookieverf = xdr.decode_fixed_opaque(data, NFS3_COOKIEVERFSIZE)
        at = _READDIR3ARGS_2
        (new.count,) = _READDIR3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    dir_.__class__ = NfsFh3
    new.dir = dir_
    new.__class__ = READDIR3args
    value: READDIR3args = new
    return value


_ENTRY3_1: Final = xdr.SizedRun("Q I * x Q", "fileid", "#name", "name", "cookie")
_ENTRY3_2: Final = xdr.Run("Q I", "fileid", "#name")
_ENTRY3_3: Final = xdr.SizedRun("* s Q", "name", "cookie")
_ENTRY3_4: Final = xdr.Run("i Q I", "more", "fileid", "#name")
_new_entry3: Final = xdr.unfrozen(Entry3)


def encode_entry3(out: xdr.Encoder, value: Entry3) -> None:
    """Encode ``entry3``."""
    at: xdr.Place = "name"
    try:
        try:
            name = value.name.encode()
        except UnicodeEncodeError:
            name = xdr.text(value.name)
        name_length = len(name)
        at = _ENTRY3_1
        out += _ENTRY3_1[name_length].pack(value.fileid, name_length, name, value.cookie)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_entry3(data: xdr.Decoder) -> Entry3:
    """Decode ``entry3``."""
    new = _new_entry3()
    at: xdr.Place = _ENTRY3_2
    try:
        new.fileid, name_length = _ENTRY3_2.unpack_from(data.buffer, data.position)
        data.position += 12
        at = _ENTRY3_3
        name, padding, new.cookie = _ENTRY3_3[name_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.name = name.decode()
        except UnicodeDecodeError:
            new.name = name.decode("utf-8", "surrogateescape")
        data.position += (name_length + 11) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Entry3
    value: Entry3 = new
    return value


def _decode_list_of_entry3(data: xdr.Decoder) -> tuple[Entry3, ...]:
    values: list[Entry3] = []
    append = values.append
    buffer = data.buffer
    position = end = data.position
    try:
        while True:
            new = _new_entry3()
            more, new.fileid, name_length = _ENTRY3_4.unpack_from(buffer, end)
            end += 16
            if more != 1:
                break
            name, padding, new.cookie = _ENTRY3_3[name_length].unpack_from(buffer, end)
            if padding not in xdr.ZEROS:
                break
            try:
                new.name = name.decode()
            except UnicodeDecodeError:
                new.name = name.decode("utf-8", "surrogateescape")
            end += (name_length + 11) & -4
            new.__class__ = Entry3
            append(new)
            position = end
    except xdr.DECODING:
        # The decoder of one element raises it again, with the path to what is wrong.
        pass
    data.position = position
    return xdr.decode_list(data, decode_entry3, values)


_DIRLIST3_1: Final = xdr.Run("i", "eof")
_new_dirlist3: Final = xdr.unfrozen(Dirlist3)


def encode_dirlist3(out: xdr.Encoder, value: Dirlist3) -> None:
    """Encode ``dirlist3``."""
    at: xdr.Place = "entries"
    try:
        xdr.encode_list(out, value.entries, encode_entry3)
        at = "eof"
        eof = xdr.BOOL[value.eof]
        at = _DIRLIST3_1
        out += _DIRLIST3_1.pack(eof)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_dirlist3(data: xdr.Decoder) -> Dirlist3:
    """Decode ``dirlist3``."""
    new = _new_dirlist3()
    at: xdr.Place = "entries"
    try:
        new.entries = _decode_list_of_entry3(data)
        at = _DIRLIST3_1
        (eof,) = _DIRLIST3_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "eof"
        new.eof = xdr.BOOL[eof]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Dirlist3
    value: Dirlist3 = new
    return value


_READDIR3RESOK_1: Final = xdr.Run("i", "dir_attributes")
_new_readdir3resok: Final = xdr.unfrozen(READDIR3resok)


def encode_readdir3resok(out: xdr.Encoder, value: READDIR3resok) -> None:
    """Encode ``READDIR3resok``."""
    at = "dir_attributes"
    try:
        encode_post_op_attr(out, value.dir_attributes)
        at = "cookieverf"
        xdr.encode_fixed_opaque(out, value.cookieverf, NFS3_COOKIEVERFSIZE)
        at = "reply"
        encode_dirlist3(out, value.reply)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_readdir3resok(data: xdr.Decoder) -> READDIR3resok:
    """Decode ``READDIR3resok``."""
    new = _new_readdir3resok()
    at: xdr.Place = _READDIR3RESOK_1
    try:
        (dir_attributes_case,) = _READDIR3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir_attributes"
        new.dir_attributes = _decode_post_op_attr_arm(data, dir_attributes_case)
        at = "cookieverf"
        new.cookieverf = xdr.decode_fixed_opaque(data, NFS3_COOKIEVERFSIZE)
        at = "reply"
        new.reply = decode_dirlist3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = READDIR3resok
    value: READDIR3resok = new
    return value


_READDIR3RESFAIL_1: Final = xdr.Run("i", "dir_attributes")
_new_readdir3resfail: Final = xdr.unfrozen(READDIR3resfail)


def encode_readdir3resfail(out: xdr.Encoder, value: READDIR3resfail) -> None:
    """Encode ``READDIR3resfail``."""
    try:
        encode_post_op_attr(out, value.dir_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_attributes", value) from None


def decode_readdir3resfail(data: xdr.Decoder) -> READDIR3resfail:
    """Decode ``READDIR3resfail``."""
    new = _new_readdir3resfail()
    at: xdr.Place = _READDIR3RESFAIL_1
    try:
        (dir_attributes_case,) = _READDIR3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir_attributes"
        new.dir_attributes = _decode_post_op_attr_arm(data, dir_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = READDIR3resfail
    value: READDIR3resfail = new
    return value


_READDIR3RES_1: Final = xdr.Run("i", "status")
_READDIR3RESDEFAULT_2: Final = xdr.Run("i", "resfail.dir_attributes")
_new_readdir3resnfs3ok: Final = xdr.unfrozen(READDIR3resNfs3Ok)
_new_readdir3resdefault: Final = xdr.unfrozen(READDIR3resDefault)


def encode_readdir3res(out: xdr.Encoder, value: READDIR3res) -> None:
    """Encode ``READDIR3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is READDIR3resNfs3Ok:
            at = _READDIR3RES_1
            out += _READDIR3RES_1.pack(0)
            at = "resok"
            encode_readdir3resok(out, value.resok)
        elif type(value) is READDIR3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _READDIR3RES_1
            out += _READDIR3RES_1.pack(status_)
            at = "resfail.dir_attributes"
            encode_post_op_attr(out, value.resfail.dir_attributes)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_readdir3res(data: xdr.Decoder) -> READDIR3res:
    """Decode ``READDIR3res``."""
    try:
        (number,) = _READDIR3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _READDIR3RES_1, data) from None
    return _decode_readdir3res_arm(data, number)


def _decode_readdir3res_arm(data: xdr.Decoder, number: int) -> READDIR3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_readdir3resnfs3ok()
            at = "resok"
            new.resok = decode_readdir3resok(data)
            new.__class__ = READDIR3resNfs3Ok
            value: READDIR3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_readdir3resdefault()
            resfail = _new_readdir3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = _READDIR3RESDEFAULT_2
            (resfail_dir_attributes_case,) = _READDIR3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.dir_attributes"
            resfail.dir_attributes = _decode_post_op_attr_arm(data, resfail_dir_attributes_case)
            resfail.__class__ = READDIR3resfail
            new.resfail = resfail
            new.__class__ = READDIR3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_READDIRPLUS3ARGS_1: Final = xdr.SizedRun("I * x Q", "#dir.data", "dir.data", "cookie")
_READDIRPLUS3ARGS_2: Final = xdr.Run("I I", "dircount", "maxcount")
_READDIRPLUS3ARGS_3: Final = xdr.Run("I", "#dir.data")
_READDIRPLUS3ARGS_4: Final = xdr.SizedRun("* s Q", "dir.data", "cookie")
_new_readdirplus3args: Final = xdr.unfrozen(READDIRPLUS3args)


def encode_readdirplus3args(out: xdr.Encoder, value: READDIRPLUS3args) -> None:
    """Encode ``READDIRPLUS3args``."""
    at: xdr.Place = "dir.data"
    try:
        dir_data = value.dir.data
        dir_data_length = len(dir_data)
        if dir_data_length > NFS3_FHSIZE:
            raise xdr.too_long(dir_data_length, NFS3_FHSIZE)
        at = _READDIRPLUS3ARGS_1
        out += _READDIRPLUS3ARGS_1[dir_data_length].pack(dir_data_length, dir_data, value.cookie)
        at = "cookieverf"
        xdr.encode_fixed_opaque(out, value.cookieverf, NFS3_COOKIEVERFSIZE)
        at = _READDIRPLUS3ARGS_2
        out += _READDIRPLUS3ARGS_2.pack(value.dircount, value.maxcount)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_readdirplus3args(data: xdr.Decoder) -> READDIRPLUS3args:
    """Decode ``READDIRPLUS3args``."""
    new = _new_readdirplus3args()
    dir_ = _new_nfsfh3()
    at: xdr.Place = _READDIRPLUS3ARGS_3
    try:
        (dir_data_length,) = _READDIRPLUS3ARGS_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _READDIRPLUS3ARGS_4
        if dir_data_length > NFS3_FHSIZE:
            raise xdr.too_long(dir_data_length, NFS3_FHSIZE)
        dir_.data, padding, new.cookie = _READDIRPLUS3ARGS_4[dir_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (dir_data_length + 11) & -4
        at = "cookieverf"
        new.cookieverf = xdr.decode_fixed_opaque(data, NFS3_COOKIEVERFSIZE)
        at = _READDIRPLUS3ARGS_2
        new.dircount, new.maxcount = _READDIRPLUS3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    dir_.__class__ = NfsFh3
    new.dir = dir_
    new.__class__ = READDIRPLUS3args
    value: READDIRPLUS3args = new
    return value


_ENTRYPLUS3_1: Final = xdr.SizedRun("Q I * x Q", "fileid", "#name", "name", "cookie")
_ENTRYPLUS3_2: Final = xdr.Run("Q I", "fileid", "#name")
_ENTRYPLUS3_3: Final = xdr.SizedRun("* s Q i", "name", "cookie", "name_attributes")
_ENTRYPLUS3_4: Final = xdr.Run("i", "name_handle")
_ENTRYPLUS3_5: Final = xdr.Run("i Q I", "more", "fileid", "#name")
_new_entryplus3: Final = xdr.unfrozen(Entryplus3)


def encode_entryplus3(out: xdr.Encoder, value: Entryplus3) -> None:
    """Encode ``entryplus3``."""
    at: xdr.Place = "name"
    try:
        try:
            name = value.name.encode()
        except UnicodeEncodeError:
            name = xdr.text(value.name)
        name_length = len(name)
        at = _ENTRYPLUS3_1
        out += _ENTRYPLUS3_1[name_length].pack(value.fileid, name_length, name, value.cookie)
        at = "name_attributes"
        encode_post_op_attr(out, value.name_attributes)
        at = "name_handle"
        encode_post_op_fh3(out, value.name_handle)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_entryplus3(data: xdr.Decoder) -> Entryplus3:
    """Decode ``entryplus3``."""
    new = _new_entryplus3()
    at: xdr.Place = _ENTRYPLUS3_2
    try:
        new.fileid, name_length = _ENTRYPLUS3_2.unpack_from(data.buffer, data.position)
        data.position += 12
        at = _ENTRYPLUS3_3
        (
            name,
            padding,
            new.cookie,
            name_attributes_case,
        ) = _ENTRYPLUS3_3[name_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        try:
            new.name = name.decode()
        except UnicodeDecodeError:
            new.name = name.decode("utf-8", "surrogateescape")
        data.position += (name_length + 15) & -4
        at = "name_attributes"
        new.name_attributes = _decode_post_op_attr_arm(data, name_attributes_case)
        at = _ENTRYPLUS3_4
        (name_handle_case,) = _ENTRYPLUS3_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "name_handle"
        new.name_handle = _decode_post_op_fh3_arm(data, name_handle_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Entryplus3
    value: Entryplus3 = new
    return value


def _decode_list_of_entryplus3(data: xdr.Decoder) -> tuple[Entryplus3, ...]:
    values: list[Entryplus3] = []
    append = values.append
    buffer = data.buffer
    position = end = data.position
    try:
        while True:
            new = _new_entryplus3()
            more, new.fileid, name_length = _ENTRYPLUS3_5.unpack_from(buffer, end)
            end += 16
            if more != 1:
                break
            name, padding, new.cookie, name_attributes_case = _ENTRYPLUS3_3[name_length].unpack_from(buffer, end)
            if padding not in xdr.ZEROS:
                break
            try:
                new.name = name.decode()
            except UnicodeDecodeError:
                new.name = name.decode("utf-8", "surrogateescape")
            end += (name_length + 15) & -4
            if name_attributes_case == 1:  # True
                name_attributes = _new_postopattrtrue()
                attributes = _new_fattr3()
                attributes_rdev = _new_specdata3()
                attributes_atime = _new_nfstime3()
                attributes_mtime = _new_nfstime3()
                attributes_ctime = _new_nfstime3()
                (
                    attributes_type,
                    attributes.mode,
                    attributes.nlink,
                    attributes.uid,
                    attributes.gid,
                    attributes.size,
                    attributes.used,
                    attributes_rdev.specdata1,
                    attributes_rdev.specdata2,
                    attributes.fsid,
                    attributes.fileid,
                    attributes_atime.seconds,
                    attributes_atime.nseconds,
                    attributes_mtime.seconds,
                    attributes_mtime.nseconds,
                    attributes_ctime.seconds,
                    attributes_ctime.nseconds,
                ) = _POSTOPATTRTRUE_3.unpack_from(buffer, end)
                end += 84
                attributes.type = _FTYPE3[attributes_type]
                attributes_ctime.__class__ = Nfstime3
                attributes.ctime = attributes_ctime
                attributes_mtime.__class__ = Nfstime3
                attributes.mtime = attributes_mtime
                attributes_atime.__class__ = Nfstime3
                attributes.atime = attributes_atime
                attributes_rdev.__class__ = Specdata3
                attributes.rdev = attributes_rdev
                attributes.__class__ = Fattr3
                name_attributes.attributes = attributes
                name_attributes.__class__ = PostOpAttrTrue
                new.name_attributes = name_attributes
            elif name_attributes_case == 0:  # False
                new.name_attributes = PostOpAttrFalse()
            else:
                break
            (name_handle_case,) = _ENTRYPLUS3_4.unpack_from(buffer, end)
            end += 4
            if name_handle_case == 1:  # True
                name_handle = _new_postopfh3true()
                handle = _new_nfsfh3()
                (handle_data_length,) = _POSTOPFH3TRUE_3.unpack_from(buffer, end)
                end += 4
                if handle_data_length > NFS3_FHSIZE:
                    break
                handle.data, padding = _POSTOPFH3TRUE_4[handle_data_length].unpack_from(buffer, end)
                if padding not in xdr.ZEROS:
                    break
                end += (handle_data_length + 3) & -4
                handle.__class__ = NfsFh3
                name_handle.handle = handle
                name_handle.__class__ = PostOpFh3True
                new.name_handle = name_handle
            elif name_handle_case == 0:  # False
                new.name_handle = PostOpFh3False()
            else:
                break
            new.__class__ = Entryplus3
            append(new)
            position = end
    except xdr.DECODING:
        # The decoder of one element raises it again, with the path to what is wrong.
        pass
    data.position = position
    return xdr.decode_list(data, decode_entryplus3, values)


_DIRLISTPLUS3_1: Final = xdr.Run("i", "eof")
_new_dirlistplus3: Final = xdr.unfrozen(Dirlistplus3)


def encode_dirlistplus3(out: xdr.Encoder, value: Dirlistplus3) -> None:
    """Encode ``dirlistplus3``."""
    at: xdr.Place = "entries"
    try:
        xdr.encode_list(out, value.entries, encode_entryplus3)
        at = "eof"
        eof = xdr.BOOL[value.eof]
        at = _DIRLISTPLUS3_1
        out += _DIRLISTPLUS3_1.pack(eof)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_dirlistplus3(data: xdr.Decoder) -> Dirlistplus3:
    """Decode ``dirlistplus3``."""
    new = _new_dirlistplus3()
    at: xdr.Place = "entries"
    try:
        new.entries = _decode_list_of_entryplus3(data)
        at = _DIRLISTPLUS3_1
        (eof,) = _DIRLISTPLUS3_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "eof"
        new.eof = xdr.BOOL[eof]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = Dirlistplus3
    value: Dirlistplus3 = new
    return value


_READDIRPLUS3RESOK_1: Final = xdr.Run("i", "dir_attributes")
_new_readdirplus3resok: Final = xdr.unfrozen(READDIRPLUS3resok)


def encode_readdirplus3resok(out: xdr.Encoder, value: READDIRPLUS3resok) -> None:
    """Encode ``READDIRPLUS3resok``."""
    at = "dir_attributes"
    try:
        encode_post_op_attr(out, value.dir_attributes)
        at = "cookieverf"
        xdr.encode_fixed_opaque(out, value.cookieverf, NFS3_COOKIEVERFSIZE)
        at = "reply"
        encode_dirlistplus3(out, value.reply)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_readdirplus3resok(data: xdr.Decoder) -> READDIRPLUS3resok:
    """Decode ``READDIRPLUS3resok``."""
    new = _new_readdirplus3resok()
    at: xdr.Place = _READDIRPLUS3RESOK_1
    try:
        (dir_attributes_case,) = _READDIRPLUS3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir_attributes"
        new.dir_attributes = _decode_post_op_attr_arm(data, dir_attributes_case)
        at = "cookieverf"
        new.cookieverf = xdr.decode_fixed_opaque(data, NFS3_COOKIEVERFSIZE)
        at = "reply"
        new.reply = decode_dirlistplus3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = READDIRPLUS3resok
    value: READDIRPLUS3resok = new
    return value


_READDIRPLUS3RESFAIL_1: Final = xdr.Run("i", "dir_attributes")
_new_readdirplus3resfail: Final = xdr.unfrozen(READDIRPLUS3resfail)


def encode_readdirplus3resfail(out: xdr.Encoder, value: READDIRPLUS3resfail) -> None:
    """Encode ``READDIRPLUS3resfail``."""
    try:
        encode_post_op_attr(out, value.dir_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_attributes", value) from None


def decode_readdirplus3resfail(data: xdr.Decoder) -> READDIRPLUS3resfail:
    """Decode ``READDIRPLUS3resfail``."""
    new = _new_readdirplus3resfail()
    at: xdr.Place = _READDIRPLUS3RESFAIL_1
    try:
        (dir_attributes_case,) = _READDIRPLUS3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir_attributes"
        new.dir_attributes = _decode_post_op_attr_arm(data, dir_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = READDIRPLUS3resfail
    value: READDIRPLUS3resfail = new
    return value


_READDIRPLUS3RES_1: Final = xdr.Run("i", "status")
_READDIRPLUS3RESDEFAULT_2: Final = xdr.Run("i", "resfail.dir_attributes")
_new_readdirplus3resnfs3ok: Final = xdr.unfrozen(READDIRPLUS3resNfs3Ok)
_new_readdirplus3resdefault: Final = xdr.unfrozen(READDIRPLUS3resDefault)


def encode_readdirplus3res(out: xdr.Encoder, value: READDIRPLUS3res) -> None:
    """Encode ``READDIRPLUS3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is READDIRPLUS3resNfs3Ok:
            at = _READDIRPLUS3RES_1
            out += _READDIRPLUS3RES_1.pack(0)
            at = "resok"
            encode_readdirplus3resok(out, value.resok)
        elif type(value) is READDIRPLUS3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _READDIRPLUS3RES_1
            out += _READDIRPLUS3RES_1.pack(status_)
            at = "resfail.dir_attributes"
            encode_post_op_attr(out, value.resfail.dir_attributes)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_readdirplus3res(data: xdr.Decoder) -> READDIRPLUS3res:
    """Decode ``READDIRPLUS3res``."""
    try:
        (number,) = _READDIRPLUS3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _READDIRPLUS3RES_1, data) from None
    return _decode_readdirplus3res_arm(data, number)


def _decode_readdirplus3res_arm(data: xdr.Decoder, number: int) -> READDIRPLUS3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_readdirplus3resnfs3ok()
            at = "resok"
            new.resok = decode_readdirplus3resok(data)
            new.__class__ = READDIRPLUS3resNfs3Ok
            value: READDIRPLUS3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_readdirplus3resdefault()
            resfail = _new_readdirplus3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = _READDIRPLUS3RESDEFAULT_2
            (resfail_dir_attributes_case,) = _READDIRPLUS3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.dir_attributes"
            resfail.dir_attributes = _decode_post_op_attr_arm(data, resfail_dir_attributes_case)
            resfail.__class__ = READDIRPLUS3resfail
            new.resfail = resfail
            new.__class__ = READDIRPLUS3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_FSSTAT3ARGS_1: Final = xdr.SizedRun("I * x", "#fsroot.data", "fsroot.data")
_FSSTAT3ARGS_2: Final = xdr.Run("I", "#fsroot.data")
_FSSTAT3ARGS_3: Final = xdr.SizedRun("* s", "fsroot.data")
_new_fsstat3args: Final = xdr.unfrozen(FSSTAT3args)


def encode_fsstat3args(out: xdr.Encoder, value: FSSTAT3args) -> None:
    """Encode ``FSSTAT3args``."""
    at: xdr.Place = "fsroot.data"
    try:
        fsroot_data = value.fsroot.data
        fsroot_data_length = len(fsroot_data)
        if fsroot_data_length > NFS3_FHSIZE:
            raise xdr.too_long(fsroot_data_length, NFS3_FHSIZE)
        at = _FSSTAT3ARGS_1
        out += _FSSTAT3ARGS_1[fsroot_data_length].pack(fsroot_data_length, fsroot_data)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_fsstat3args(data: xdr.Decoder) -> FSSTAT3args:
    """Decode ``FSSTAT3args``."""
    new = _new_fsstat3args()
    fsroot = _new_nfsfh3()
    at: xdr.Place = _FSSTAT3ARGS_2
    try:
        (fsroot_data_length,) = _FSSTAT3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _FSSTAT3ARGS_3
        if fsroot_data_length > NFS3_FHSIZE:
            raise xdr.too_long(fsroot_data_length, NFS3_FHSIZE)
        fsroot.data, padding = _FSSTAT3ARGS_3[fsroot_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (fsroot_data_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    fsroot.__class__ = NfsFh3
    new.fsroot = fsroot
    new.__class__ = FSSTAT3args
    value: FSSTAT3args = new
    return value


_FSSTAT3RESOK_1: Final = xdr.Run(
    "Q Q Q Q Q Q I", "tbytes", "fbytes", "abytes", "tfiles", "ffiles", "afiles", "invarsec"
)
_FSSTAT3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_fsstat3resok: Final = xdr.unfrozen(FSSTAT3resok)


def encode_fsstat3resok(out: xdr.Encoder, value: FSSTAT3resok) -> None:
    """Encode ``FSSTAT3resok``."""
    at: xdr.Place = "obj_attributes"
    try:
        encode_post_op_attr(out, value.obj_attributes)
        at = _FSSTAT3RESOK_1
        out += _FSSTAT3RESOK_1.pack(
            value.tbytes, value.fbytes, value.abytes, value.tfiles, value.ffiles, value.afiles, value.invarsec
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_fsstat3resok(data: xdr.Decoder) -> FSSTAT3resok:
    """Decode ``FSSTAT3resok``."""
    new = _new_fsstat3resok()
    at: xdr.Place = _FSSTAT3RESOK_2
    try:
        (obj_attributes_case,) = _FSSTAT3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        new.obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = _FSSTAT3RESOK_1
        (
            new.tbytes,
            new.fbytes,
            new.abytes,
            new.tfiles,
            new.ffiles,
            new.afiles,
            new.invarsec,
        ) = _FSSTAT3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 52
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = FSSTAT3resok
    value: FSSTAT3resok = new
    return value


_FSSTAT3RESFAIL_1: Final = xdr.Run("i", "obj_attributes")
_new_fsstat3resfail: Final = xdr.unfrozen(FSSTAT3resfail)


def encode_fsstat3resfail(out: xdr.Encoder, value: FSSTAT3resfail) -> None:
    """Encode ``FSSTAT3resfail``."""
    try:
        encode_post_op_attr(out, value.obj_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "obj_attributes", value) from None


def decode_fsstat3resfail(data: xdr.Decoder) -> FSSTAT3resfail:
    """Decode ``FSSTAT3resfail``."""
    new = _new_fsstat3resfail()
    at: xdr.Place = _FSSTAT3RESFAIL_1
    try:
        (obj_attributes_case,) = _FSSTAT3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        new.obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = FSSTAT3resfail
    value: FSSTAT3resfail = new
    return value


_FSSTAT3RES_1: Final = xdr.Run("i", "status")
_FSSTAT3RESDEFAULT_2: Final = xdr.Run("i", "resfail.obj_attributes")
_new_fsstat3resnfs3ok: Final = xdr.unfrozen(FSSTAT3resNfs3Ok)
_new_fsstat3resdefault: Final = xdr.unfrozen(FSSTAT3resDefault)


def encode_fsstat3res(out: xdr.Encoder, value: FSSTAT3res) -> None:
    """Encode ``FSSTAT3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is FSSTAT3resNfs3Ok:
            at = _FSSTAT3RES_1
            out += _FSSTAT3RES_1.pack(0)
            at = "resok"
            encode_fsstat3resok(out, value.resok)
        elif type(value) is FSSTAT3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _FSSTAT3RES_1
            out += _FSSTAT3RES_1.pack(status_)
            at = "resfail.obj_attributes"
            encode_post_op_attr(out, value.resfail.obj_attributes)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_fsstat3res(data: xdr.Decoder) -> FSSTAT3res:
    """Decode ``FSSTAT3res``."""
    try:
        (number,) = _FSSTAT3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _FSSTAT3RES_1, data) from None
    return _decode_fsstat3res_arm(data, number)


def _decode_fsstat3res_arm(data: xdr.Decoder, number: int) -> FSSTAT3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_fsstat3resnfs3ok()
            at = "resok"
            new.resok = decode_fsstat3resok(data)
            new.__class__ = FSSTAT3resNfs3Ok
            value: FSSTAT3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_fsstat3resdefault()
            resfail = _new_fsstat3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = _FSSTAT3RESDEFAULT_2
            (resfail_obj_attributes_case,) = _FSSTAT3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.obj_attributes"
            resfail.obj_attributes = _decode_post_op_attr_arm(data, resfail_obj_attributes_case)
            resfail.__class__ = FSSTAT3resfail
            new.resfail = resfail
            new.__class__ = FSSTAT3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_FSINFO3ARGS_1: Final = xdr.SizedRun("I * x", "#fsroot.data", "fsroot.data")
_FSINFO3ARGS_2: Final = xdr.Run("I", "#fsroot.data")
_FSINFO3ARGS_3: Final = xdr.SizedRun("* s", "fsroot.data")
_new_fsinfo3args: Final = xdr.unfrozen(FSINFO3args)


def encode_fsinfo3args(out: xdr.Encoder, value: FSINFO3args) -> None:
    """Encode ``FSINFO3args``."""
    at: xdr.Place = "fsroot.data"
    try:
        fsroot_data = value.fsroot.data
        fsroot_data_length = len(fsroot_data)
        if fsroot_data_length > NFS3_FHSIZE:
            raise xdr.too_long(fsroot_data_length, NFS3_FHSIZE)
        at = _FSINFO3ARGS_1
        out += _FSINFO3ARGS_1[fsroot_data_length].pack(fsroot_data_length, fsroot_data)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_fsinfo3args(data: xdr.Decoder) -> FSINFO3args:
    """Decode ``FSINFO3args``."""
    new = _new_fsinfo3args()
    fsroot = _new_nfsfh3()
    at: xdr.Place = _FSINFO3ARGS_2
    try:
        (fsroot_data_length,) = _FSINFO3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _FSINFO3ARGS_3
        if fsroot_data_length > NFS3_FHSIZE:
            raise xdr.too_long(fsroot_data_length, NFS3_FHSIZE)
        fsroot.data, padding = _FSINFO3ARGS_3[fsroot_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (fsroot_data_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    fsroot.__class__ = NfsFh3
    new.fsroot = fsroot
    new.__class__ = FSINFO3args
    value: FSINFO3args = new
    return value


_FSINFO3RESOK_1: Final = xdr.Run(
    "I I I I I I I Q I I I",
    "rtmax",
    "rtpref",
    "rtmult",
    "wtmax",
    "wtpref",
    "wtmult",
    "dtpref",
    "maxfilesize",
    "time_delta.seconds",
    "time_delta.nseconds",
    "properties",
)
_FSINFO3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_fsinfo3resok: Final = xdr.unfrozen(FSINFO3resok)


def encode_fsinfo3resok(out: xdr.Encoder, value: FSINFO3resok) -> None:
    """Encode ``FSINFO3resok``."""
    at: xdr.Place = "obj_attributes"
    try:
        encode_post_op_attr(out, value.obj_attributes)
        at = _FSINFO3RESOK_1
        time_delta = value.time_delta
        out += _FSINFO3RESOK_1.pack(
            value.rtmax,
            value.rtpref,
            value.rtmult,
            value.wtmax,
            value.wtpref,
            value.wtmult,
            value.dtpref,
            value.maxfilesize,
            time_delta.seconds,
            time_delta.nseconds,
            value.properties,
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_fsinfo3resok(data: xdr.Decoder) -> FSINFO3resok:
    """Decode ``FSINFO3resok``."""
    new = _new_fsinfo3resok()
    time_delta = _new_nfstime3()
    at: xdr.Place = _FSINFO3RESOK_2
    try:
        (obj_attributes_case,) = _FSINFO3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        new.obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = _FSINFO3RESOK_1
        (
            new.rtmax,
            new.rtpref,
            new.rtmult,
            new.wtmax,
            new.wtpref,
            new.wtmult,
            new.dtpref,
            new.maxfilesize,
            time_delta.seconds,
            time_delta.nseconds,
            new.properties,
        ) = _FSINFO3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 48
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    time_delta.__class__ = Nfstime3
    new.time_delta = time_delta
    new.__class__ = FSINFO3resok
    value: FSINFO3resok = new
    return value


_FSINFO3RESFAIL_1: Final = xdr.Run("i", "obj_attributes")
_new_fsinfo3resfail: Final = xdr.unfrozen(FSINFO3resfail)


def encode_fsinfo3resfail(out: xdr.Encoder, value: FSINFO3resfail) -> None:
    """Encode ``FSINFO3resfail``."""
    try:
        encode_post_op_attr(out, value.obj_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "obj_attributes", value) from None


def decode_fsinfo3resfail(data: xdr.Decoder) -> FSINFO3resfail:
    """Decode ``FSINFO3resfail``."""
    new = _new_fsinfo3resfail()
    at: xdr.Place = _FSINFO3RESFAIL_1
    try:
        (obj_attributes_case,) = _FSINFO3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        new.obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = FSINFO3resfail
    value: FSINFO3resfail = new
    return value


_FSINFO3RES_1: Final = xdr.Run("i", "status")
_FSINFO3RESDEFAULT_2: Final = xdr.Run("i", "resfail.obj_attributes")
_new_fsinfo3resnfs3ok: Final = xdr.unfrozen(FSINFO3resNfs3Ok)
_new_fsinfo3resdefault: Final = xdr.unfrozen(FSINFO3resDefault)


def encode_fsinfo3res(out: xdr.Encoder, value: FSINFO3res) -> None:
    """Encode ``FSINFO3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is FSINFO3resNfs3Ok:
            at = _FSINFO3RES_1
            out += _FSINFO3RES_1.pack(0)
            at = "resok"
            encode_fsinfo3resok(out, value.resok)
        elif type(value) is FSINFO3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _FSINFO3RES_1
            out += _FSINFO3RES_1.pack(status_)
            at = "resfail.obj_attributes"
            encode_post_op_attr(out, value.resfail.obj_attributes)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_fsinfo3res(data: xdr.Decoder) -> FSINFO3res:
    """Decode ``FSINFO3res``."""
    try:
        (number,) = _FSINFO3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _FSINFO3RES_1, data) from None
    return _decode_fsinfo3res_arm(data, number)


def _decode_fsinfo3res_arm(data: xdr.Decoder, number: int) -> FSINFO3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_fsinfo3resnfs3ok()
            at = "resok"
            new.resok = decode_fsinfo3resok(data)
            new.__class__ = FSINFO3resNfs3Ok
            value: FSINFO3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_fsinfo3resdefault()
            resfail = _new_fsinfo3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = _FSINFO3RESDEFAULT_2
            (resfail_obj_attributes_case,) = _FSINFO3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.obj_attributes"
            resfail.obj_attributes = _decode_post_op_attr_arm(data, resfail_obj_attributes_case)
            resfail.__class__ = FSINFO3resfail
            new.resfail = resfail
            new.__class__ = FSINFO3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_PATHCONF3ARGS_1: Final = xdr.SizedRun("I * x", "#object.data", "object.data")
_PATHCONF3ARGS_2: Final = xdr.Run("I", "#object.data")
_PATHCONF3ARGS_3: Final = xdr.SizedRun("* s", "object.data")
_new_pathconf3args: Final = xdr.unfrozen(PATHCONF3args)


def encode_pathconf3args(out: xdr.Encoder, value: PATHCONF3args) -> None:
    """Encode ``PATHCONF3args``."""
    at: xdr.Place = "object.data"
    try:
        object_data = value.object.data
        object_data_length = len(object_data)
        if object_data_length > NFS3_FHSIZE:
            raise xdr.too_long(object_data_length, NFS3_FHSIZE)
        at = _PATHCONF3ARGS_1
        out += _PATHCONF3ARGS_1[object_data_length].pack(object_data_length, object_data)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_pathconf3args(data: xdr.Decoder) -> PATHCONF3args:
    """Decode ``PATHCONF3args``."""
    new = _new_pathconf3args()
    object_ = _new_nfsfh3()
    at: xdr.Place = _PATHCONF3ARGS_2
    try:
        (object_data_length,) = _PATHCONF3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _PATHCONF3ARGS_3
        if object_data_length > NFS3_FHSIZE:
            raise xdr.too_long(object_data_length, NFS3_FHSIZE)
        object_.data, padding = _PATHCONF3ARGS_3[object_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (object_data_length + 3) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    object_.__class__ = NfsFh3
    new.object = object_
    new.__class__ = PATHCONF3args
    value: PATHCONF3args = new
    return value


_PATHCONF3RESOK_1: Final = xdr.Run(
    "I I i i i i", "linkmax", "name_max", "no_trunc", "chown_restricted", "case_insensitive", "case_preserving"
)
_PATHCONF3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_pathconf3resok: Final = xdr.unfrozen(PATHCONF3resok)


def encode_pathconf3resok(out: xdr.Encoder, value: PATHCONF3resok) -> None:
    """Encode ``PATHCONF3resok``."""
    at: xdr.Place = "obj_attributes"
    try:
        encode_post_op_attr(out, value.obj_attributes)
        at = "no_trunc"
        no_trunc = xdr.BOOL[value.no_trunc]
        at = "chown_restricted"
        chown_restricted = xdr.BOOL[value.chown_restricted]
        at = "case_insensitive"
        case_insensitive = xdr.BOOL[value.case_insensitive]
        at = "case_preserving"
        case_preserving = xdr.BOOL[value.case_preserving]
        at = _PATHCONF3RESOK_1
        out += _PATHCONF3RESOK_1.pack(
            value.linkmax, value.name_max, no_trunc, chown_restricted, case_insensitive, case_preserving
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_pathconf3resok(data: xdr.Decoder) -> PATHCONF3resok:
    """Decode ``PATHCONF3resok``."""
    new = _new_pathconf3resok()
    at: xdr.Place = _PATHCONF3RESOK_2
    try:
        (obj_attributes_case,) = _PATHCONF3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        new.obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = _PATHCONF3RESOK_1
        (
            new.linkmax,
            new.name_max,
            no_trunc,
            chown_restricted,
            case_insensitive,
            case_preserving,
        ) = _PATHCONF3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 24
        at = "no_trunc"
        new.no_trunc = xdr.BOOL[no_trunc]
        at = "chown_restricted"
        new.chown_restricted = xdr.BOOL[chown_restricted]
        at = "case_insensitive"
        new.case_insensitive = xdr.BOOL[case_insensitive]
        at = "case_preserving"
        new.case_preserving = xdr.BOOL[case_preserving]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = PATHCONF3resok
    value: PATHCONF3resok = new
    return value


_PATHCONF3RESFAIL_1: Final = xdr.Run("i", "obj_attributes")
_new_pathconf3resfail: Final = xdr.unfrozen(PATHCONF3resfail)


def encode_pathconf3resfail(out: xdr.Encoder, value: PATHCONF3resfail) -> None:
    """Encode ``PATHCONF3resfail``."""
    try:
        encode_post_op_attr(out, value.obj_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "obj_attributes", value) from None


def decode_pathconf3resfail(data: xdr.Decoder) -> PATHCONF3resfail:
    """Decode ``PATHCONF3resfail``."""
    new = _new_pathconf3resfail()
    at: xdr.Place = _PATHCONF3RESFAIL_1
    try:
        (obj_attributes_case,) = _PATHCONF3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        new.obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = PATHCONF3resfail
    value: PATHCONF3resfail = new
    return value


_PATHCONF3RES_1: Final = xdr.Run("i", "status")
_PATHCONF3RESDEFAULT_2: Final = xdr.Run("i", "resfail.obj_attributes")
_new_pathconf3resnfs3ok: Final = xdr.unfrozen(PATHCONF3resNfs3Ok)
_new_pathconf3resdefault: Final = xdr.unfrozen(PATHCONF3resDefault)


def encode_pathconf3res(out: xdr.Encoder, value: PATHCONF3res) -> None:
    """Encode ``PATHCONF3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is PATHCONF3resNfs3Ok:
            at = _PATHCONF3RES_1
            out += _PATHCONF3RES_1.pack(0)
            at = "resok"
            encode_pathconf3resok(out, value.resok)
        elif type(value) is PATHCONF3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _PATHCONF3RES_1
            out += _PATHCONF3RES_1.pack(status_)
            at = "resfail.obj_attributes"
            encode_post_op_attr(out, value.resfail.obj_attributes)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_pathconf3res(data: xdr.Decoder) -> PATHCONF3res:
    """Decode ``PATHCONF3res``."""
    try:
        (number,) = _PATHCONF3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _PATHCONF3RES_1, data) from None
    return _decode_pathconf3res_arm(data, number)


def _decode_pathconf3res_arm(data: xdr.Decoder, number: int) -> PATHCONF3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_pathconf3resnfs3ok()
            at = "resok"
            new.resok = decode_pathconf3resok(data)
            new.__class__ = PATHCONF3resNfs3Ok
            value: PATHCONF3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_pathconf3resdefault()
            resfail = _new_pathconf3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = _PATHCONF3RESDEFAULT_2
            (resfail_obj_attributes_case,) = _PATHCONF3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.obj_attributes"
            resfail.obj_attributes = _decode_post_op_attr_arm(data, resfail_obj_attributes_case)
            resfail.__class__ = PATHCONF3resfail
            new.resfail = resfail
            new.__class__ = PATHCONF3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


_COMMIT3ARGS_1: Final = xdr.SizedRun("I * x Q I", "#file.data", "file.data", "offset", "count")
_COMMIT3ARGS_2: Final = xdr.Run("I", "#file.data")
_COMMIT3ARGS_3: Final = xdr.SizedRun("* s Q I", "file.data", "offset", "count")
_new_commit3args: Final = xdr.unfrozen(COMMIT3args)


def encode_commit3args(out: xdr.Encoder, value: COMMIT3args) -> None:
    """Encode ``COMMIT3args``."""
    at: xdr.Place = "file.data"
    try:
        file_data = value.file.data
        file_data_length = len(file_data)
        if file_data_length > NFS3_FHSIZE:
            raise xdr.too_long(file_data_length, NFS3_FHSIZE)
        at = _COMMIT3ARGS_1
        out += _COMMIT3ARGS_1[file_data_length].pack(file_data_length, file_data, value.offset, value.count)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_commit3args(data: xdr.Decoder) -> COMMIT3args:
    """Decode ``COMMIT3args``."""
    new = _new_commit3args()
    file = _new_nfsfh3()
    at: xdr.Place = _COMMIT3ARGS_2
    try:
        (file_data_length,) = _COMMIT3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = _COMMIT3ARGS_3
        if file_data_length > NFS3_FHSIZE:
            raise xdr.too_long(file_data_length, NFS3_FHSIZE)
        (
            file.data,
            padding,
            new.offset,
            new.count,
        ) = _COMMIT3ARGS_3[file_data_length].unpack_from(data.buffer, data.position)
        if padding not in xdr.ZEROS:
            raise xdr.unclean(padding)
        data.position += (file_data_length + 15) & -4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    file.__class__ = NfsFh3
    new.file = file
    new.__class__ = COMMIT3args
    value: COMMIT3args = new
    return value


_new_commit3resok: Final = xdr.unfrozen(COMMIT3resok)


def encode_commit3resok(out: xdr.Encoder, value: COMMIT3resok) -> None:
    """Encode ``COMMIT3resok``."""
    at = "file_wcc"
    try:
        encode_wcc_data(out, value.file_wcc)
        at = "verf"
        xdr.encode_fixed_opaque(out, value.verf, NFS3_WRITEVERFSIZE)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_commit3resok(data: xdr.Decoder) -> COMMIT3resok:
    """Decode ``COMMIT3resok``."""
    new = _new_commit3resok()
    at = "file_wcc"
    try:
        new.file_wcc = decode_wcc_data(data)
        at = "verf"
        new.verf = xdr.decode_fixed_opaque(data, NFS3_WRITEVERFSIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    new.__class__ = COMMIT3resok
    value: COMMIT3resok = new
    return value


_new_commit3resfail: Final = xdr.unfrozen(COMMIT3resfail)


def encode_commit3resfail(out: xdr.Encoder, value: COMMIT3resfail) -> None:
    """Encode ``COMMIT3resfail``."""
    try:
        encode_wcc_data(out, value.file_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "file_wcc", value) from None


def decode_commit3resfail(data: xdr.Decoder) -> COMMIT3resfail:
    """Decode ``COMMIT3resfail``."""
    new = _new_commit3resfail()
    try:
        new.file_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "file_wcc", data) from None
    new.__class__ = COMMIT3resfail
    value: COMMIT3resfail = new
    return value


_COMMIT3RES_1: Final = xdr.Run("i", "status")
_new_commit3resnfs3ok: Final = xdr.unfrozen(COMMIT3resNfs3Ok)
_new_commit3resdefault: Final = xdr.unfrozen(COMMIT3resDefault)


def encode_commit3res(out: xdr.Encoder, value: COMMIT3res) -> None:
    """Encode ``COMMIT3res``."""
    at: xdr.Place = "status"
    try:
        if type(value) is COMMIT3resNfs3Ok:
            at = _COMMIT3RES_1
            out += _COMMIT3RES_1.pack(0)
            at = "resok"
            encode_commit3resok(out, value.resok)
        elif type(value) is COMMIT3resDefault:
            at = "status"
            status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
            at = _COMMIT3RES_1
            out += _COMMIT3RES_1.pack(status_)
            at = "resfail.file_wcc"
            encode_wcc_data(out, value.resfail.file_wcc)
        else:
            xdr.unmatched(value)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_commit3res(data: xdr.Decoder) -> COMMIT3res:
    """Decode ``COMMIT3res``."""
    try:
        (number,) = _COMMIT3RES_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, _COMMIT3RES_1, data) from None
    return _decode_commit3res_arm(data, number)


def _decode_commit3res_arm(data: xdr.Decoder, number: int) -> COMMIT3res:
    at: xdr.Place = "status"
    try:
        if number == 0:  # NFS3_OK
            new = _new_commit3resnfs3ok()
            at = "resok"
            new.resok = decode_commit3resok(data)
            new.__class__ = COMMIT3resNfs3Ok
            value: COMMIT3res = new
        elif number in _NFSSTAT3EXCEPTNFS3OK:
            new = _new_commit3resdefault()
            resfail = _new_commit3resfail()
            new.status = _NFSSTAT3EXCEPTNFS3OK[number]
            at = "resfail.file_wcc"
            resfail.file_wcc = decode_wcc_data(data)
            resfail.__class__ = COMMIT3resfail
            new.resfail = resfail
            new.__class__ = COMMIT3resDefault
            value = new
        else:
            raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return value


class NfsV3(Protocol):
    """What serves ``NFS_V3`` of ``NFS_PROGRAM``."""

    def nfsproc3_getattr(self, argument: GETATTR3args, call: rpc.Call, /) -> rpc.Result[GETATTR3res]:
        """Answer ``NFSPROC3_GETATTR``."""
        ...

    def nfsproc3_setattr(self, argument: SETATTR3args, call: rpc.Call, /) -> rpc.Result[SETATTR3res]:
        """Answer ``NFSPROC3_SETATTR``."""
        ...

    def nfsproc3_lookup(self, argument: LOOKUP3args, call: rpc.Call, /) -> rpc.Result[LOOKUP3res]:
        """Answer ``NFSPROC3_LOOKUP``."""
        ...

    def nfsproc3_access(self, argument: ACCESS3args, call: rpc.Call, /) -> rpc.Result[ACCESS3res]:
        """Answer ``NFSPROC3_ACCESS``."""
        ...

    def nfsproc3_readlink(self, argument: READLINK3args, call: rpc.Call, /) -> rpc.Result[READLINK3res]:
        """Answer ``NFSPROC3_READLINK``."""
        ...

    def nfsproc3_read(self, argument: READ3args, call: rpc.Call, /) -> rpc.Result[READ3res]:
        """Answer ``NFSPROC3_READ``."""
        ...

    def nfsproc3_write(self, argument: WRITE3args, call: rpc.Call, /) -> rpc.Result[WRITE3res]:
        """Answer ``NFSPROC3_WRITE``."""
        ...

    def nfsproc3_create(self, argument: CREATE3args, call: rpc.Call, /) -> rpc.Result[CREATE3res]:
        """Answer ``NFSPROC3_CREATE``."""
        ...

    def nfsproc3_mkdir(self, argument: MKDIR3args, call: rpc.Call, /) -> rpc.Result[MKDIR3res]:
        """Answer ``NFSPROC3_MKDIR``."""
        ...

    def nfsproc3_symlink(self, argument: SYMLINK3args, call: rpc.Call, /) -> rpc.Result[SYMLINK3res]:
        """Answer ``NFSPROC3_SYMLINK``."""
        ...

    def nfsproc3_mknod(self, argument: MKNOD3args, call: rpc.Call, /) -> rpc.Result[MKNOD3res]:
        """Answer ``NFSPROC3_MKNOD``."""
        ...

    def nfsproc3_remove(self, argument: REMOVE3args, call: rpc.Call, /) -> rpc.Result[REMOVE3res]:
        """Answer ``NFSPROC3_REMOVE``."""
        ...

    def nfsproc3_rmdir(self, argument: RMDIR3args, call: rpc.Call, /) -> rpc.Result[RMDIR3res]:
        """Answer ``NFSPROC3_RMDIR``."""
        ...

    def nfsproc3_rename(self, argument: RENAME3args, call: rpc.Call, /) -> rpc.Result[RENAME3res]:
        """Answer ``NFSPROC3_RENAME``."""
        ...

    def nfsproc3_link(self, argument: LINK3args, call: rpc.Call, /) -> rpc.Result[LINK3res]:
        """Answer ``NFSPROC3_LINK``."""
        ...

    def nfsproc3_readdir(self, argument: READDIR3args, call: rpc.Call, /) -> rpc.Result[READDIR3res]:
        """Answer ``NFSPROC3_READDIR``."""
        ...

    def nfsproc3_readdirplus(self, argument: READDIRPLUS3args, call: rpc.Call, /) -> rpc.Result[READDIRPLUS3res]:
        """Answer ``NFSPROC3_READDIRPLUS``."""
        ...

    def nfsproc3_fsstat(self, argument: FSSTAT3args, call: rpc.Call, /) -> rpc.Result[FSSTAT3res]:
        """Answer ``NFSPROC3_FSSTAT``."""
        ...

    def nfsproc3_fsinfo(self, argument: FSINFO3args, call: rpc.Call, /) -> rpc.Result[FSINFO3res]:
        """Answer ``NFSPROC3_FSINFO``."""
        ...

    def nfsproc3_pathconf(self, argument: PATHCONF3args, call: rpc.Call, /) -> rpc.Result[PATHCONF3res]:
        """Answer ``NFSPROC3_PATHCONF``."""
        ...

    def nfsproc3_commit(self, argument: COMMIT3args, call: rpc.Call, /) -> rpc.Result[COMMIT3res]:
        """Answer ``NFSPROC3_COMMIT``."""
        ...


NFS_V3: Final = rpc.Version[NfsV3](
    "NFS_PROGRAM",
    NFS_PROGRAM,
    3,
    {
        1: rpc.Procedure("nfsproc3_getattr", xdr.arguments(decode_getattr3args), encode_getattr3res),
        2: rpc.Procedure("nfsproc3_setattr", xdr.arguments(decode_setattr3args), encode_setattr3res),
        3: rpc.Procedure("nfsproc3_lookup", xdr.arguments(decode_lookup3args), encode_lookup3res),
        4: rpc.Procedure("nfsproc3_access", xdr.arguments(decode_access3args), encode_access3res),
        5: rpc.Procedure("nfsproc3_readlink", xdr.arguments(decode_readlink3args), encode_readlink3res),
        6: rpc.Procedure("nfsproc3_read", xdr.arguments(decode_read3args), encode_read3res),
        7: rpc.Procedure("nfsproc3_write", xdr.arguments(decode_write3args), encode_write3res),
        8: rpc.Procedure("nfsproc3_create", xdr.arguments(decode_create3args), encode_create3res),
        9: rpc.Procedure("nfsproc3_mkdir", xdr.arguments(decode_mkdir3args), encode_mkdir3res),
        10: rpc.Procedure("nfsproc3_symlink", xdr.arguments(decode_symlink3args), encode_symlink3res),
        11: rpc.Procedure("nfsproc3_mknod", xdr.arguments(decode_mknod3args), encode_mknod3res),
        12: rpc.Procedure("nfsproc3_remove", xdr.arguments(decode_remove3args), encode_remove3res),
        13: rpc.Procedure("nfsproc3_rmdir", xdr.arguments(decode_rmdir3args), encode_rmdir3res),
        14: rpc.Procedure("nfsproc3_rename", xdr.arguments(decode_rename3args), encode_rename3res),
        15: rpc.Procedure("nfsproc3_link", xdr.arguments(decode_link3args), encode_link3res),
        16: rpc.Procedure("nfsproc3_readdir", xdr.arguments(decode_readdir3args), encode_readdir3res),
        17: rpc.Procedure("nfsproc3_readdirplus", xdr.arguments(decode_readdirplus3args), encode_readdirplus3res),
        18: rpc.Procedure("nfsproc3_fsstat", xdr.arguments(decode_fsstat3args), encode_fsstat3res),
        19: rpc.Procedure("nfsproc3_fsinfo", xdr.arguments(decode_fsinfo3args), encode_fsinfo3res),
        20: rpc.Procedure("nfsproc3_pathconf", xdr.arguments(decode_pathconf3args), encode_pathconf3res),
        21: rpc.Procedure("nfsproc3_commit", xdr.arguments(decode_commit3args), encode_commit3res),
    },
)


class NfsV3Client:
    """Calls ``NFS_V3`` of ``NFS_PROGRAM`` and waits for the answers."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.Client, /) -> None:
        self._client = client

    def nfsproc3_null(self) -> None:
        """Call ``NFSPROC3_NULL``."""
        self._client.call(NFS_PROGRAM, 3, 0, xdr.encode_void, None, xdr.decode_void)

    def nfsproc3_getattr(self, argument: GETATTR3args, /) -> GETATTR3res:
        """Call ``NFSPROC3_GETATTR``."""
        return self._client.call(NFS_PROGRAM, 3, 1, encode_getattr3args, argument, decode_getattr3res)

    def nfsproc3_setattr(self, argument: SETATTR3args, /) -> SETATTR3res:
        """Call ``NFSPROC3_SETATTR``."""
        return self._client.call(NFS_PROGRAM, 3, 2, encode_setattr3args, argument, decode_setattr3res)

    def nfsproc3_lookup(self, argument: LOOKUP3args, /) -> LOOKUP3res:
        """Call ``NFSPROC3_LOOKUP``."""
        return self._client.call(NFS_PROGRAM, 3, 3, encode_lookup3args, argument, decode_lookup3res)

    def nfsproc3_access(self, argument: ACCESS3args, /) -> ACCESS3res:
        """Call ``NFSPROC3_ACCESS``."""
        return self._client.call(NFS_PROGRAM, 3, 4, encode_access3args, argument, decode_access3res)

    def nfsproc3_readlink(self, argument: READLINK3args, /) -> READLINK3res:
        """Call ``NFSPROC3_READLINK``."""
        return self._client.call(NFS_PROGRAM, 3, 5, encode_readlink3args, argument, decode_readlink3res)

    def nfsproc3_read(self, argument: READ3args, /) -> READ3res:
        """Call ``NFSPROC3_READ``."""
        return self._client.call(NFS_PROGRAM, 3, 6, encode_read3args, argument, decode_read3res)

    def nfsproc3_write(self, argument: WRITE3args, /) -> WRITE3res:
        """Call ``NFSPROC3_WRITE``."""
        return self._client.call(NFS_PROGRAM, 3, 7, encode_write3args, argument, decode_write3res)

    def nfsproc3_create(self, argument: CREATE3args, /) -> CREATE3res:
        """Call ``NFSPROC3_CREATE``."""
        return self._client.call(NFS_PROGRAM, 3, 8, encode_create3args, argument, decode_create3res)

    def nfsproc3_mkdir(self, argument: MKDIR3args, /) -> MKDIR3res:
        """Call ``NFSPROC3_MKDIR``."""
        return self._client.call(NFS_PROGRAM, 3, 9, encode_mkdir3args, argument, decode_mkdir3res)

    def nfsproc3_symlink(self, argument: SYMLINK3args, /) -> SYMLINK3res:
        """Call ``NFSPROC3_SYMLINK``."""
        return self._client.call(NFS_PROGRAM, 3, 10, encode_symlink3args, argument, decode_symlink3res)

    def nfsproc3_mknod(self, argument: MKNOD3args, /) -> MKNOD3res:
        """Call ``NFSPROC3_MKNOD``."""
        return self._client.call(NFS_PROGRAM, 3, 11, encode_mknod3args, argument, decode_mknod3res)

    def nfsproc3_remove(self, argument: REMOVE3args, /) -> REMOVE3res:
        """Call ``NFSPROC3_REMOVE``."""
        return self._client.call(NFS_PROGRAM, 3, 12, encode_remove3args, argument, decode_remove3res)

    def nfsproc3_rmdir(self, argument: RMDIR3args, /) -> RMDIR3res:
        """Call ``NFSPROC3_RMDIR``."""
        return self._client.call(NFS_PROGRAM, 3, 13, encode_rmdir3args, argument, decode_rmdir3res)

    def nfsproc3_rename(self, argument: RENAME3args, /) -> RENAME3res:
        """Call ``NFSPROC3_RENAME``."""
        return self._client.call(NFS_PROGRAM, 3, 14, encode_rename3args, argument, decode_rename3res)

    def nfsproc3_link(self, argument: LINK3args, /) -> LINK3res:
        """Call ``NFSPROC3_LINK``."""
        return self._client.call(NFS_PROGRAM, 3, 15, encode_link3args, argument, decode_link3res)

    def nfsproc3_readdir(self, argument: READDIR3args, /) -> READDIR3res:
        """Call ``NFSPROC3_READDIR``."""
        return self._client.call(NFS_PROGRAM, 3, 16, encode_readdir3args, argument, decode_readdir3res)

    def nfsproc3_readdirplus(self, argument: READDIRPLUS3args, /) -> READDIRPLUS3res:
        """Call ``NFSPROC3_READDIRPLUS``."""
        return self._client.call(NFS_PROGRAM, 3, 17, encode_readdirplus3args, argument, decode_readdirplus3res)

    def nfsproc3_fsstat(self, argument: FSSTAT3args, /) -> FSSTAT3res:
        """Call ``NFSPROC3_FSSTAT``."""
        return self._client.call(NFS_PROGRAM, 3, 18, encode_fsstat3args, argument, decode_fsstat3res)

    def nfsproc3_fsinfo(self, argument: FSINFO3args, /) -> FSINFO3res:
        """Call ``NFSPROC3_FSINFO``."""
        return self._client.call(NFS_PROGRAM, 3, 19, encode_fsinfo3args, argument, decode_fsinfo3res)

    def nfsproc3_pathconf(self, argument: PATHCONF3args, /) -> PATHCONF3res:
        """Call ``NFSPROC3_PATHCONF``."""
        return self._client.call(NFS_PROGRAM, 3, 20, encode_pathconf3args, argument, decode_pathconf3res)

    def nfsproc3_commit(self, argument: COMMIT3args, /) -> COMMIT3res:
        """Call ``NFSPROC3_COMMIT``."""
        return self._client.call(NFS_PROGRAM, 3, 21, encode_commit3args, argument, decode_commit3res)


class NfsV3AsyncClient:
    """Calls ``NFS_V3`` of ``NFS_PROGRAM`` from coroutines."""

    __slots__ = ("_client",)

    def __init__(self, client: rpc.AsyncClient, /) -> None:
        self._client = client

    async def nfsproc3_null(self) -> None:
        """Call ``NFSPROC3_NULL``."""
        await self._client.call(NFS_PROGRAM, 3, 0, xdr.encode_void, None, xdr.decode_void)

    async def nfsproc3_getattr(self, argument: GETATTR3args, /) -> GETATTR3res:
        """Call ``NFSPROC3_GETATTR``."""
        return await self._client.call(NFS_PROGRAM, 3, 1, encode_getattr3args, argument, decode_getattr3res)

    async def nfsproc3_setattr(self, argument: SETATTR3args, /) -> SETATTR3res:
        """Call ``NFSPROC3_SETATTR``."""
        return await self._client.call(NFS_PROGRAM, 3, 2, encode_setattr3args, argument, decode_setattr3res)

    async def nfsproc3_lookup(self, argument: LOOKUP3args, /) -> LOOKUP3res:
        """Call ``NFSPROC3_LOOKUP``."""
        return await self._client.call(NFS_PROGRAM, 3, 3, encode_lookup3args, argument, decode_lookup3res)

    async def nfsproc3_access(self, argument: ACCESS3args, /) -> ACCESS3res:
        """Call ``NFSPROC3_ACCESS``."""
        return await self._client.call(NFS_PROGRAM, 3, 4, encode_access3args, argument, decode_access3res)

    async def nfsproc3_readlink(self, argument: READLINK3args, /) -> READLINK3res:
        """Call ``NFSPROC3_READLINK``."""
        return await self._client.call(NFS_PROGRAM, 3, 5, encode_readlink3args, argument, decode_readlink3res)

    async def nfsproc3_read(self, argument: READ3args, /) -> READ3res:
        """Call ``NFSPROC3_READ``."""
        return await self._client.call(NFS_PROGRAM, 3, 6, encode_read3args, argument, decode_read3res)

    async def nfsproc3_write(self, argument: WRITE3args, /) -> WRITE3res:
        """Call ``NFSPROC3_WRITE``."""
        return await self._client.call(NFS_PROGRAM, 3, 7, encode_write3args, argument, decode_write3res)

    async def nfsproc3_create(self, argument: CREATE3args, /) -> CREATE3res:
        """Call ``NFSPROC3_CREATE``."""
        return await self._client.call(NFS_PROGRAM, 3, 8, encode_create3args, argument, decode_create3res)

    async def nfsproc3_mkdir(self, argument: MKDIR3args, /) -> MKDIR3res:
        """Call ``NFSPROC3_MKDIR``."""
        return await self._client.call(NFS_PROGRAM, 3, 9, encode_mkdir3args, argument, decode_mkdir3res)

    async def nfsproc3_symlink(self, argument: SYMLINK3args, /) -> SYMLINK3res:
        """Call ``NFSPROC3_SYMLINK``."""
        return await self._client.call(NFS_PROGRAM, 3, 10, encode_symlink3args, argument, decode_symlink3res)

    async def nfsproc3_mknod(self, argument: MKNOD3args, /) -> MKNOD3res:
        """Call ``NFSPROC3_MKNOD``."""
        return await self._client.call(NFS_PROGRAM, 3, 11, encode_mknod3args, argument, decode_mknod3res)

    async def nfsproc3_remove(self, argument: REMOVE3args, /) -> REMOVE3res:
        """Call ``NFSPROC3_REMOVE``."""
        return await self._client.call(NFS_PROGRAM, 3, 12, encode_remove3args, argument, decode_remove3res)

    async def nfsproc3_rmdir(self, argument: RMDIR3args, /) -> RMDIR3res:
        """Call ``NFSPROC3_RMDIR``."""
        return await self._client.call(NFS_PROGRAM, 3, 13, encode_rmdir3args, argument, decode_rmdir3res)

    async def nfsproc3_rename(self, argument: RENAME3args, /) -> RENAME3res:
        """Call ``NFSPROC3_RENAME``."""
        return await self._client.call(NFS_PROGRAM, 3, 14, encode_rename3args, argument, decode_rename3res)

    async def nfsproc3_link(self, argument: LINK3args, /) -> LINK3res:
        """Call ``NFSPROC3_LINK``."""
        return await self._client.call(NFS_PROGRAM, 3, 15, encode_link3args, argument, decode_link3res)

    async def nfsproc3_readdir(self, argument: READDIR3args, /) -> READDIR3res:
        """Call ``NFSPROC3_READDIR``."""
        return await self._client.call(NFS_PROGRAM, 3, 16, encode_readdir3args, argument, decode_readdir3res)

    async def nfsproc3_readdirplus(self, argument: READDIRPLUS3args, /) -> READDIRPLUS3res:
        """Call ``NFSPROC3_READDIRPLUS``."""
        return await self._client.call(NFS_PROGRAM, 3, 17, encode_readdirplus3args, argument, decode_readdirplus3res)

    async def nfsproc3_fsstat(self, argument: FSSTAT3args, /) -> FSSTAT3res:
        """Call ``NFSPROC3_FSSTAT``."""
        return await self._client.call(NFS_PROGRAM, 3, 18, encode_fsstat3args, argument, decode_fsstat3res)

    async def nfsproc3_fsinfo(self, argument: FSINFO3args, /) -> FSINFO3res:
        """Call ``NFSPROC3_FSINFO``."""
        return await self._client.call(NFS_PROGRAM, 3, 19, encode_fsinfo3args, argument, decode_fsinfo3res)

    async def nfsproc3_pathconf(self, argument: PATHCONF3args, /) -> PATHCONF3res:
        """Call ``NFSPROC3_PATHCONF``."""
        return await self._client.call(NFS_PROGRAM, 3, 20, encode_pathconf3args, argument, decode_pathconf3res)

    async def nfsproc3_commit(self, argument: COMMIT3args, /) -> COMMIT3res:
        """Call ``NFSPROC3_COMMIT``."""
        return await self._client.call(NFS_PROGRAM, 3, 21, encode_commit3args, argument, decode_commit3res)
