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
_new_specdata3: Final = xdr.constructor(Specdata3)


def encode_specdata3(out: xdr.Encoder, value: Specdata3) -> None:
    """Encode ``specdata3``."""
    try:
        out += _SPECDATA3_1.pack(value.specdata1, value.specdata2)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _SPECDATA3_1, value) from None


def decode_specdata3(data: xdr.Decoder) -> Specdata3:
    """Decode ``specdata3``."""
    try:
        specdata1, specdata2 = _SPECDATA3_1.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, _SPECDATA3_1, data) from None
    return _new_specdata3(specdata1, specdata2)


_NFSFH3_1: Final = xdr.Run("I", "#data")
_new_nfsfh3: Final = xdr.constructor(NfsFh3)


def encode_nfs_fh3(out: xdr.Encoder, value: NfsFh3) -> None:
    """Encode ``nfs_fh3``."""
    at: str | xdr.Run = "data"
    try:
        data__length = xdr.checked_length(value.data, NFS3_FHSIZE)
        at = _NFSFH3_1
        out += _NFSFH3_1.pack(data__length)
        at = "data"
        out += value.data
        out += xdr.PADDING[len(value.data) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_nfs_fh3(data: xdr.Decoder) -> NfsFh3:
    """Decode ``nfs_fh3``."""
    at: str | xdr.Run = _NFSFH3_1
    try:
        (data__length,) = _NFSFH3_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "data"
        data_ = xdr.opaque_of(data, data__length, NFS3_FHSIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_nfsfh3(data_)


_NFSTIME3_1: Final = xdr.Run("I I", "seconds", "nseconds")
_new_nfstime3: Final = xdr.constructor(Nfstime3)


def encode_nfstime3(out: xdr.Encoder, value: Nfstime3) -> None:
    """Encode ``nfstime3``."""
    try:
        out += _NFSTIME3_1.pack(value.seconds, value.nseconds)
    except xdr.ENCODING as error:
        raise xdr.fault(error, _NFSTIME3_1, value) from None


def decode_nfstime3(data: xdr.Decoder) -> Nfstime3:
    """Decode ``nfstime3``."""
    try:
        seconds, nseconds = _NFSTIME3_1.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, _NFSTIME3_1, data) from None
    return _new_nfstime3(seconds, nseconds)


_FTYPE3: Final = {each.value: each for each in Ftype3}
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
_new_fattr3: Final = xdr.constructor(
    Fattr3, {"rdev": Specdata3, "atime": Nfstime3, "mtime": Nfstime3, "ctime": Nfstime3}
)


def encode_fattr3(out: xdr.Encoder, value: Fattr3) -> None:
    """Encode ``fattr3``."""
    at: str | xdr.Run = "type"
    try:
        type_ = _FTYPE3[value.type]
        at = _FATTR3_1
        out += _FATTR3_1.pack(
            type_,
            value.mode,
            value.nlink,
            value.uid,
            value.gid,
            value.size,
            value.used,
            value.rdev.specdata1,
            value.rdev.specdata2,
            value.fsid,
            value.fileid,
            value.atime.seconds,
            value.atime.nseconds,
            value.mtime.seconds,
            value.mtime.nseconds,
            value.ctime.seconds,
            value.ctime.nseconds,
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_fattr3(data: xdr.Decoder) -> Fattr3:
    """Decode ``fattr3``."""
    at: str | xdr.Run = _FATTR3_1
    try:
        (
            type_,
            mode,
            nlink,
            uid,
            gid,
            size,
            used,
            rdev_specdata1,
            rdev_specdata2,
            fsid,
            fileid,
            atime_seconds,
            atime_nseconds,
            mtime_seconds,
            mtime_nseconds,
            ctime_seconds,
            ctime_nseconds,
        ) = _FATTR3_1.unpack_from(data.buffer, data.position)
        data.position += 84
        at = "type"
        type_ = _FTYPE3[type_]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_fattr3(
        type_,
        mode,
        nlink,
        uid,
        gid,
        size,
        used,
        rdev_specdata1,
        rdev_specdata2,
        fsid,
        fileid,
        atime_seconds,
        atime_nseconds,
        mtime_seconds,
        mtime_nseconds,
        ctime_seconds,
        ctime_nseconds,
    )


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
_new_postopattrtrue: Final = xdr.constructor(
    PostOpAttrTrue,
    {
        "attributes": Fattr3,
        "attributes.rdev": Specdata3,
        "attributes.atime": Nfstime3,
        "attributes.mtime": Nfstime3,
        "attributes.ctime": Nfstime3,
    },
)


def encode_post_op_attr(out: xdr.Encoder, value: PostOpAttr) -> None:
    """Encode ``post_op_attr``."""
    at: str | xdr.Run = "attributes_follow"
    try:
        match value:
            case PostOpAttrTrue():
                at = "attributes.type"
                attributes_type = _FTYPE3[value.attributes.type]
                at = _POSTOPATTRTRUE_2
                out += _POSTOPATTRTRUE_2.pack(
                    1,
                    attributes_type,
                    value.attributes.mode,
                    value.attributes.nlink,
                    value.attributes.uid,
                    value.attributes.gid,
                    value.attributes.size,
                    value.attributes.used,
                    value.attributes.rdev.specdata1,
                    value.attributes.rdev.specdata2,
                    value.attributes.fsid,
                    value.attributes.fileid,
                    value.attributes.atime.seconds,
                    value.attributes.atime.nseconds,
                    value.attributes.mtime.seconds,
                    value.attributes.mtime.nseconds,
                    value.attributes.ctime.seconds,
                    value.attributes.ctime.nseconds,
                )
            case PostOpAttrFalse():
                at = _POSTOPATTR_1
                out += _POSTOPATTR_1.pack(0)
            case _:
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
    at: str | xdr.Run = "attributes_follow"
    try:
        if number == 1:  # True
            at = _POSTOPATTRTRUE_3
            (
                attributes_type,
                attributes_mode,
                attributes_nlink,
                attributes_uid,
                attributes_gid,
                attributes_size,
                attributes_used,
                attributes_rdev_specdata1,
                attributes_rdev_specdata2,
                attributes_fsid,
                attributes_fileid,
                attributes_atime_seconds,
                attributes_atime_nseconds,
                attributes_mtime_seconds,
                attributes_mtime_nseconds,
                attributes_ctime_seconds,
                attributes_ctime_nseconds,
            ) = _POSTOPATTRTRUE_3.unpack_from(data.buffer, data.position)
            data.position += 84
            at = "attributes.type"
            attributes_type = _FTYPE3[attributes_type]
            return _new_postopattrtrue(
                attributes_type,
                attributes_mode,
                attributes_nlink,
                attributes_uid,
                attributes_gid,
                attributes_size,
                attributes_used,
                attributes_rdev_specdata1,
                attributes_rdev_specdata2,
                attributes_fsid,
                attributes_fileid,
                attributes_atime_seconds,
                attributes_atime_nseconds,
                attributes_mtime_seconds,
                attributes_mtime_nseconds,
                attributes_ctime_seconds,
                attributes_ctime_nseconds,
            )
        if number == 0:  # False
            return PostOpAttrFalse()
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_WCCATTR_1: Final = xdr.Run("Q I I I I", "size", "mtime.seconds", "mtime.nseconds", "ctime.seconds", "ctime.nseconds")
_new_wccattr: Final = xdr.constructor(WccAttr, {"mtime": Nfstime3, "ctime": Nfstime3})


def encode_wcc_attr(out: xdr.Encoder, value: WccAttr) -> None:
    """Encode ``wcc_attr``."""
    try:
        out += _WCCATTR_1.pack(
            value.size, value.mtime.seconds, value.mtime.nseconds, value.ctime.seconds, value.ctime.nseconds
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, _WCCATTR_1, value) from None


def decode_wcc_attr(data: xdr.Decoder) -> WccAttr:
    """Decode ``wcc_attr``."""
    try:
        (
            size,
            mtime_seconds,
            mtime_nseconds,
            ctime_seconds,
            ctime_nseconds,
        ) = _WCCATTR_1.unpack_from(data.buffer, data.position)
        data.position += 24
    except xdr.DECODING as error:
        raise xdr.fault(error, _WCCATTR_1, data) from None
    return _new_wccattr(size, mtime_seconds, mtime_nseconds, ctime_seconds, ctime_nseconds)


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
_new_preopattrtrue: Final = xdr.constructor(
    PreOpAttrTrue, {"attributes": WccAttr, "attributes.mtime": Nfstime3, "attributes.ctime": Nfstime3}
)


def encode_pre_op_attr(out: xdr.Encoder, value: PreOpAttr) -> None:
    """Encode ``pre_op_attr``."""
    at: str | xdr.Run = "attributes_follow"
    try:
        match value:
            case PreOpAttrTrue():
                at = _PREOPATTRTRUE_2
                out += _PREOPATTRTRUE_2.pack(
                    1,
                    value.attributes.size,
                    value.attributes.mtime.seconds,
                    value.attributes.mtime.nseconds,
                    value.attributes.ctime.seconds,
                    value.attributes.ctime.nseconds,
                )
            case PreOpAttrFalse():
                at = _PREOPATTR_1
                out += _PREOPATTR_1.pack(0)
            case _:
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
    at: str | xdr.Run = "attributes_follow"
    try:
        if number == 1:  # True
            at = _PREOPATTRTRUE_3
            (
                attributes_size,
                attributes_mtime_seconds,
                attributes_mtime_nseconds,
                attributes_ctime_seconds,
                attributes_ctime_nseconds,
            ) = _PREOPATTRTRUE_3.unpack_from(data.buffer, data.position)
            data.position += 24
            return _new_preopattrtrue(
                attributes_size,
                attributes_mtime_seconds,
                attributes_mtime_nseconds,
                attributes_ctime_seconds,
                attributes_ctime_nseconds,
            )
        if number == 0:  # False
            return PreOpAttrFalse()
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_WCCDATA_1: Final = xdr.Run("i", "before")
_WCCDATA_2: Final = xdr.Run("i", "after")
_new_wccdata: Final = xdr.constructor(WccData)


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
    at: str | xdr.Run = _WCCDATA_1
    try:
        (before_case,) = _WCCDATA_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "before"
        before = _decode_pre_op_attr_arm(data, before_case)
        at = _WCCDATA_2
        (after_case,) = _WCCDATA_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "after"
        after = _decode_post_op_attr_arm(data, after_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_wccdata(before, after)


_POSTOPFH3_1: Final = xdr.Run("i", "handle_follows")
_POSTOPFH3TRUE_2: Final = xdr.Run("i I", "handle_follows", "#handle.data")
_POSTOPFH3TRUE_3: Final = xdr.Run("I", "#handle.data")
_new_postopfh3true: Final = xdr.constructor(PostOpFh3True, {"handle": NfsFh3})


def encode_post_op_fh3(out: xdr.Encoder, value: PostOpFh3) -> None:
    """Encode ``post_op_fh3``."""
    at: str | xdr.Run = "handle_follows"
    try:
        match value:
            case PostOpFh3True():
                at = "handle.data"
                handle_data_length = xdr.checked_length(value.handle.data, NFS3_FHSIZE)
                at = _POSTOPFH3TRUE_2
                out += _POSTOPFH3TRUE_2.pack(1, handle_data_length)
                at = "handle.data"
                out += value.handle.data
                out += xdr.PADDING[len(value.handle.data) & 3]
            case PostOpFh3False():
                at = _POSTOPFH3_1
                out += _POSTOPFH3_1.pack(0)
            case _:
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
    at: str | xdr.Run = "handle_follows"
    try:
        if number == 1:  # True
            at = _POSTOPFH3TRUE_3
            (handle_data_length,) = _POSTOPFH3TRUE_3.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "handle.data"
            handle_data = xdr.opaque_of(data, handle_data_length, NFS3_FHSIZE)
            return _new_postopfh3true(handle_data)
        if number == 0:  # False
            return PostOpFh3False()
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


def encode_time_how(out: xdr.Encoder, value: TimeHow) -> None:
    """Encode ``time_how``."""
    xdr.encode_enum(out, value, TimeHow)


def decode_time_how(data: xdr.Decoder) -> TimeHow:
    """Decode ``time_how``."""
    return xdr.decode_enum(data, TimeHow)


_SETMODE3_1: Final = xdr.Run("i", "set_it")
_SETMODE3TRUE_2: Final = xdr.Run("i I", "set_it", "mode")
_SETMODE3TRUE_3: Final = xdr.Run("I", "mode")
_new_setmode3true: Final = xdr.constructor(SetMode3True)


def encode_set_mode3(out: xdr.Encoder, value: SetMode3) -> None:
    """Encode ``set_mode3``."""
    at: str | xdr.Run = "set_it"
    try:
        match value:
            case SetMode3True():
                at = _SETMODE3TRUE_2
                out += _SETMODE3TRUE_2.pack(1, value.mode)
            case SetMode3False():
                at = _SETMODE3_1
                out += _SETMODE3_1.pack(0)
            case _:
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
    at: str | xdr.Run = "set_it"
    try:
        if number == 1:  # True
            at = _SETMODE3TRUE_3
            (mode,) = _SETMODE3TRUE_3.unpack_from(data.buffer, data.position)
            data.position += 4
            return _new_setmode3true(mode)
        if number == 0:  # False
            return SetMode3False()
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_SETUID3_1: Final = xdr.Run("i", "set_it")
_SETUID3TRUE_2: Final = xdr.Run("i I", "set_it", "uid")
_SETUID3TRUE_3: Final = xdr.Run("I", "uid")
_new_setuid3true: Final = xdr.constructor(SetUid3True)


def encode_set_uid3(out: xdr.Encoder, value: SetUid3) -> None:
    """Encode ``set_uid3``."""
    at: str | xdr.Run = "set_it"
    try:
        match value:
            case SetUid3True():
                at = _SETUID3TRUE_2
                out += _SETUID3TRUE_2.pack(1, value.uid)
            case SetUid3False():
                at = _SETUID3_1
                out += _SETUID3_1.pack(0)
            case _:
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
    at: str | xdr.Run = "set_it"
    try:
        if number == 1:  # True
            at = _SETUID3TRUE_3
            (uid,) = _SETUID3TRUE_3.unpack_from(data.buffer, data.position)
            data.position += 4
            return _new_setuid3true(uid)
        if number == 0:  # False
            return SetUid3False()
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_SETGID3_1: Final = xdr.Run("i", "set_it")
_SETGID3TRUE_2: Final = xdr.Run("i I", "set_it", "gid")
_SETGID3TRUE_3: Final = xdr.Run("I", "gid")
_new_setgid3true: Final = xdr.constructor(SetGid3True)


def encode_set_gid3(out: xdr.Encoder, value: SetGid3) -> None:
    """Encode ``set_gid3``."""
    at: str | xdr.Run = "set_it"
    try:
        match value:
            case SetGid3True():
                at = _SETGID3TRUE_2
                out += _SETGID3TRUE_2.pack(1, value.gid)
            case SetGid3False():
                at = _SETGID3_1
                out += _SETGID3_1.pack(0)
            case _:
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
    at: str | xdr.Run = "set_it"
    try:
        if number == 1:  # True
            at = _SETGID3TRUE_3
            (gid,) = _SETGID3TRUE_3.unpack_from(data.buffer, data.position)
            data.position += 4
            return _new_setgid3true(gid)
        if number == 0:  # False
            return SetGid3False()
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_SETSIZE3_1: Final = xdr.Run("i", "set_it")
_SETSIZE3TRUE_2: Final = xdr.Run("i Q", "set_it", "size")
_SETSIZE3TRUE_3: Final = xdr.Run("Q", "size")
_new_setsize3true: Final = xdr.constructor(SetSize3True)


def encode_set_size3(out: xdr.Encoder, value: SetSize3) -> None:
    """Encode ``set_size3``."""
    at: str | xdr.Run = "set_it"
    try:
        match value:
            case SetSize3True():
                at = _SETSIZE3TRUE_2
                out += _SETSIZE3TRUE_2.pack(1, value.size)
            case SetSize3False():
                at = _SETSIZE3_1
                out += _SETSIZE3_1.pack(0)
            case _:
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
    at: str | xdr.Run = "set_it"
    try:
        if number == 1:  # True
            at = _SETSIZE3TRUE_3
            (size,) = _SETSIZE3TRUE_3.unpack_from(data.buffer, data.position)
            data.position += 8
            return _new_setsize3true(size)
        if number == 0:  # False
            return SetSize3False()
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_SETATIME_1: Final = xdr.Run("i", "set_it")
_SETATIMESETTOCLIENTTIME_2: Final = xdr.Run("i I I", "set_it", "atime.seconds", "atime.nseconds")
_SETATIMESETTOCLIENTTIME_3: Final = xdr.Run("I I", "atime.seconds", "atime.nseconds")
_new_setatimesettoclienttime: Final = xdr.constructor(SetAtimeSetToClientTime, {"atime": Nfstime3})
_new_setatimedefault: Final = xdr.constructor(SetAtimeDefault)


def encode_set_atime(out: xdr.Encoder, value: SetAtime) -> None:
    """Encode ``set_atime``."""
    at: str | xdr.Run = "set_it"
    try:
        match value:
            case SetAtimeSetToClientTime():
                at = _SETATIMESETTOCLIENTTIME_2
                out += _SETATIMESETTOCLIENTTIME_2.pack(2, value.atime.seconds, value.atime.nseconds)
            case SetAtimeDefault():
                at = "set_it"
                set_it_ = _TIMEHOWEXCEPTSETTOCLIENTTIME[value.set_it]
                at = _SETATIME_1
                out += _SETATIME_1.pack(set_it_)
            case _:
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
    at: str | xdr.Run = "set_it"
    try:
        if number == 2:  # SET_TO_CLIENT_TIME
            at = _SETATIMESETTOCLIENTTIME_3
            atime_seconds, atime_nseconds = _SETATIMESETTOCLIENTTIME_3.unpack_from(data.buffer, data.position)
            data.position += 8
            return _new_setatimesettoclienttime(atime_seconds, atime_nseconds)
        if number in _TIMEHOWEXCEPTSETTOCLIENTTIME:
            return _new_setatimedefault(_TIMEHOWEXCEPTSETTOCLIENTTIME[number])
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_SETMTIME_1: Final = xdr.Run("i", "set_it")
_SETMTIMESETTOCLIENTTIME_2: Final = xdr.Run("i I I", "set_it", "mtime.seconds", "mtime.nseconds")
_SETMTIMESETTOCLIENTTIME_3: Final = xdr.Run("I I", "mtime.seconds", "mtime.nseconds")
_new_setmtimesettoclienttime: Final = xdr.constructor(SetMtimeSetToClientTime, {"mtime": Nfstime3})
_new_setmtimedefault: Final = xdr.constructor(SetMtimeDefault)


def encode_set_mtime(out: xdr.Encoder, value: SetMtime) -> None:
    """Encode ``set_mtime``."""
    at: str | xdr.Run = "set_it"
    try:
        match value:
            case SetMtimeSetToClientTime():
                at = _SETMTIMESETTOCLIENTTIME_2
                out += _SETMTIMESETTOCLIENTTIME_2.pack(2, value.mtime.seconds, value.mtime.nseconds)
            case SetMtimeDefault():
                at = "set_it"
                set_it_ = _TIMEHOWEXCEPTSETTOCLIENTTIME[value.set_it]
                at = _SETMTIME_1
                out += _SETMTIME_1.pack(set_it_)
            case _:
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
    at: str | xdr.Run = "set_it"
    try:
        if number == 2:  # SET_TO_CLIENT_TIME
            at = _SETMTIMESETTOCLIENTTIME_3
            mtime_seconds, mtime_nseconds = _SETMTIMESETTOCLIENTTIME_3.unpack_from(data.buffer, data.position)
            data.position += 8
            return _new_setmtimesettoclienttime(mtime_seconds, mtime_nseconds)
        if number in _TIMEHOWEXCEPTSETTOCLIENTTIME:
            return _new_setmtimedefault(_TIMEHOWEXCEPTSETTOCLIENTTIME[number])
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_SATTR3_1: Final = xdr.Run("i", "mode")
_SATTR3_2: Final = xdr.Run("i", "uid")
_SATTR3_3: Final = xdr.Run("i", "gid")
_SATTR3_4: Final = xdr.Run("i", "size")
_SATTR3_5: Final = xdr.Run("i", "atime")
_SATTR3_6: Final = xdr.Run("i", "mtime")
_new_sattr3: Final = xdr.constructor(Sattr3)


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
    at: str | xdr.Run = _SATTR3_1
    try:
        (mode_case,) = _SATTR3_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "mode"
        mode = _decode_set_mode3_arm(data, mode_case)
        at = _SATTR3_2
        (uid_case,) = _SATTR3_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "uid"
        uid = _decode_set_uid3_arm(data, uid_case)
        at = _SATTR3_3
        (gid_case,) = _SATTR3_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "gid"
        gid = _decode_set_gid3_arm(data, gid_case)
        at = _SATTR3_4
        (size_case,) = _SATTR3_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "size"
        size = _decode_set_size3_arm(data, size_case)
        at = _SATTR3_5
        (atime_case,) = _SATTR3_5.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "atime"
        atime = _decode_set_atime_arm(data, atime_case)
        at = _SATTR3_6
        (mtime_case,) = _SATTR3_6.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "mtime"
        mtime = _decode_set_mtime_arm(data, mtime_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_sattr3(mode, uid, gid, size, atime, mtime)


_DIROPARGS3_1: Final = xdr.Run("I", "#dir.data")
_DIROPARGS3_2: Final = xdr.Run("I", "#name")
_new_diropargs3: Final = xdr.constructor(Diropargs3, {"dir": NfsFh3})


def encode_diropargs3(out: xdr.Encoder, value: Diropargs3) -> None:
    """Encode ``diropargs3``."""
    at: str | xdr.Run = "dir.data"
    try:
        dir_data_length = xdr.checked_length(value.dir.data, NFS3_FHSIZE)
        at = _DIROPARGS3_1
        out += _DIROPARGS3_1.pack(dir_data_length)
        at = "dir.data"
        out += value.dir.data
        out += xdr.PADDING[len(value.dir.data) & 3]
        at = "name"
        name = xdr.text(value.name)
        at = _DIROPARGS3_2
        out += _DIROPARGS3_2.pack(len(name))
        at = "name"
        out += name
        out += xdr.PADDING[len(name) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_diropargs3(data: xdr.Decoder) -> Diropargs3:
    """Decode ``diropargs3``."""
    at: str | xdr.Run = _DIROPARGS3_1
    try:
        (dir_data_length,) = _DIROPARGS3_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir.data"
        dir_data = xdr.opaque_of(data, dir_data_length, NFS3_FHSIZE)
        at = _DIROPARGS3_2
        (name_length,) = _DIROPARGS3_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "name"
        name = xdr.string_of(data, name_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_diropargs3(dir_data, name)


_GETATTR3ARGS_1: Final = xdr.Run("I", "#object.data")
_new_getattr3args: Final = xdr.constructor(GETATTR3args, {"object": NfsFh3})


def encode_getattr3args(out: xdr.Encoder, value: GETATTR3args) -> None:
    """Encode ``GETATTR3args``."""
    at: str | xdr.Run = "object.data"
    try:
        object_data_length = xdr.checked_length(value.object.data, NFS3_FHSIZE)
        at = _GETATTR3ARGS_1
        out += _GETATTR3ARGS_1.pack(object_data_length)
        at = "object.data"
        out += value.object.data
        out += xdr.PADDING[len(value.object.data) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_getattr3args(data: xdr.Decoder) -> GETATTR3args:
    """Decode ``GETATTR3args``."""
    at: str | xdr.Run = _GETATTR3ARGS_1
    try:
        (object_data_length,) = _GETATTR3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "object.data"
        object_data = xdr.opaque_of(data, object_data_length, NFS3_FHSIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_getattr3args(object_data)


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
_new_getattr3resok: Final = xdr.constructor(
    GETATTR3resok,
    {
        "obj_attributes": Fattr3,
        "obj_attributes.rdev": Specdata3,
        "obj_attributes.atime": Nfstime3,
        "obj_attributes.mtime": Nfstime3,
        "obj_attributes.ctime": Nfstime3,
    },
)


def encode_getattr3resok(out: xdr.Encoder, value: GETATTR3resok) -> None:
    """Encode ``GETATTR3resok``."""
    at: str | xdr.Run = "obj_attributes.type"
    try:
        obj_attributes_type = _FTYPE3[value.obj_attributes.type]
        at = _GETATTR3RESOK_1
        out += _GETATTR3RESOK_1.pack(
            obj_attributes_type,
            value.obj_attributes.mode,
            value.obj_attributes.nlink,
            value.obj_attributes.uid,
            value.obj_attributes.gid,
            value.obj_attributes.size,
            value.obj_attributes.used,
            value.obj_attributes.rdev.specdata1,
            value.obj_attributes.rdev.specdata2,
            value.obj_attributes.fsid,
            value.obj_attributes.fileid,
            value.obj_attributes.atime.seconds,
            value.obj_attributes.atime.nseconds,
            value.obj_attributes.mtime.seconds,
            value.obj_attributes.mtime.nseconds,
            value.obj_attributes.ctime.seconds,
            value.obj_attributes.ctime.nseconds,
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_getattr3resok(data: xdr.Decoder) -> GETATTR3resok:
    """Decode ``GETATTR3resok``."""
    at: str | xdr.Run = _GETATTR3RESOK_1
    try:
        (
            obj_attributes_type,
            obj_attributes_mode,
            obj_attributes_nlink,
            obj_attributes_uid,
            obj_attributes_gid,
            obj_attributes_size,
            obj_attributes_used,
            obj_attributes_rdev_specdata1,
            obj_attributes_rdev_specdata2,
            obj_attributes_fsid,
            obj_attributes_fileid,
            obj_attributes_atime_seconds,
            obj_attributes_atime_nseconds,
            obj_attributes_mtime_seconds,
            obj_attributes_mtime_nseconds,
            obj_attributes_ctime_seconds,
            obj_attributes_ctime_nseconds,
        ) = _GETATTR3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 84
        at = "obj_attributes.type"
        obj_attributes_type = _FTYPE3[obj_attributes_type]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_getattr3resok(
        obj_attributes_type,
        obj_attributes_mode,
        obj_attributes_nlink,
        obj_attributes_uid,
        obj_attributes_gid,
        obj_attributes_size,
        obj_attributes_used,
        obj_attributes_rdev_specdata1,
        obj_attributes_rdev_specdata2,
        obj_attributes_fsid,
        obj_attributes_fileid,
        obj_attributes_atime_seconds,
        obj_attributes_atime_nseconds,
        obj_attributes_mtime_seconds,
        obj_attributes_mtime_nseconds,
        obj_attributes_ctime_seconds,
        obj_attributes_ctime_nseconds,
    )


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
_new_getattr3resnfs3ok: Final = xdr.constructor(
    GETATTR3resNfs3Ok,
    {
        "resok": GETATTR3resok,
        "resok.obj_attributes": Fattr3,
        "resok.obj_attributes.rdev": Specdata3,
        "resok.obj_attributes.atime": Nfstime3,
        "resok.obj_attributes.mtime": Nfstime3,
        "resok.obj_attributes.ctime": Nfstime3,
    },
)
_new_getattr3resdefault: Final = xdr.constructor(GETATTR3resDefault)


def encode_getattr3res(out: xdr.Encoder, value: GETATTR3res) -> None:
    """Encode ``GETATTR3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case GETATTR3resNfs3Ok():
                at = "resok.obj_attributes.type"
                resok_obj_attributes_type = _FTYPE3[value.resok.obj_attributes.type]
                at = _GETATTR3RESNFS3OK_2
                out += _GETATTR3RESNFS3OK_2.pack(
                    0,
                    resok_obj_attributes_type,
                    value.resok.obj_attributes.mode,
                    value.resok.obj_attributes.nlink,
                    value.resok.obj_attributes.uid,
                    value.resok.obj_attributes.gid,
                    value.resok.obj_attributes.size,
                    value.resok.obj_attributes.used,
                    value.resok.obj_attributes.rdev.specdata1,
                    value.resok.obj_attributes.rdev.specdata2,
                    value.resok.obj_attributes.fsid,
                    value.resok.obj_attributes.fileid,
                    value.resok.obj_attributes.atime.seconds,
                    value.resok.obj_attributes.atime.nseconds,
                    value.resok.obj_attributes.mtime.seconds,
                    value.resok.obj_attributes.mtime.nseconds,
                    value.resok.obj_attributes.ctime.seconds,
                    value.resok.obj_attributes.ctime.nseconds,
                )
            case GETATTR3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _GETATTR3RES_1
                out += _GETATTR3RES_1.pack(status_)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = _GETATTR3RESNFS3OK_3
            (
                resok_obj_attributes_type,
                resok_obj_attributes_mode,
                resok_obj_attributes_nlink,
                resok_obj_attributes_uid,
                resok_obj_attributes_gid,
                resok_obj_attributes_size,
                resok_obj_attributes_used,
                resok_obj_attributes_rdev_specdata1,
                resok_obj_attributes_rdev_specdata2,
                resok_obj_attributes_fsid,
                resok_obj_attributes_fileid,
                resok_obj_attributes_atime_seconds,
                resok_obj_attributes_atime_nseconds,
                resok_obj_attributes_mtime_seconds,
                resok_obj_attributes_mtime_nseconds,
                resok_obj_attributes_ctime_seconds,
                resok_obj_attributes_ctime_nseconds,
            ) = _GETATTR3RESNFS3OK_3.unpack_from(data.buffer, data.position)
            data.position += 84
            at = "resok.obj_attributes.type"
            resok_obj_attributes_type = _FTYPE3[resok_obj_attributes_type]
            return _new_getattr3resnfs3ok(
                resok_obj_attributes_type,
                resok_obj_attributes_mode,
                resok_obj_attributes_nlink,
                resok_obj_attributes_uid,
                resok_obj_attributes_gid,
                resok_obj_attributes_size,
                resok_obj_attributes_used,
                resok_obj_attributes_rdev_specdata1,
                resok_obj_attributes_rdev_specdata2,
                resok_obj_attributes_fsid,
                resok_obj_attributes_fileid,
                resok_obj_attributes_atime_seconds,
                resok_obj_attributes_atime_nseconds,
                resok_obj_attributes_mtime_seconds,
                resok_obj_attributes_mtime_nseconds,
                resok_obj_attributes_ctime_seconds,
                resok_obj_attributes_ctime_nseconds,
            )
        if number in _NFSSTAT3EXCEPTNFS3OK:
            return _new_getattr3resdefault(_NFSSTAT3EXCEPTNFS3OK[number])
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_SATTRGUARD3_1: Final = xdr.Run("i", "check")
_SATTRGUARD3TRUE_2: Final = xdr.Run("i I I", "check", "obj_ctime.seconds", "obj_ctime.nseconds")
_SATTRGUARD3TRUE_3: Final = xdr.Run("I I", "obj_ctime.seconds", "obj_ctime.nseconds")
_new_sattrguard3true: Final = xdr.constructor(Sattrguard3True, {"obj_ctime": Nfstime3})


def encode_sattrguard3(out: xdr.Encoder, value: Sattrguard3) -> None:
    """Encode ``sattrguard3``."""
    at: str | xdr.Run = "check"
    try:
        match value:
            case Sattrguard3True():
                at = _SATTRGUARD3TRUE_2
                out += _SATTRGUARD3TRUE_2.pack(1, value.obj_ctime.seconds, value.obj_ctime.nseconds)
            case Sattrguard3False():
                at = _SATTRGUARD3_1
                out += _SATTRGUARD3_1.pack(0)
            case _:
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
    at: str | xdr.Run = "check"
    try:
        if number == 1:  # True
            at = _SATTRGUARD3TRUE_3
            obj_ctime_seconds, obj_ctime_nseconds = _SATTRGUARD3TRUE_3.unpack_from(data.buffer, data.position)
            data.position += 8
            return _new_sattrguard3true(obj_ctime_seconds, obj_ctime_nseconds)
        if number == 0:  # False
            return Sattrguard3False()
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_SETATTR3ARGS_1: Final = xdr.Run("I", "#object.data")
_SETATTR3ARGS_2: Final = xdr.Run("i", "guard")
_new_setattr3args: Final = xdr.constructor(SETATTR3args, {"object": NfsFh3})


def encode_setattr3args(out: xdr.Encoder, value: SETATTR3args) -> None:
    """Encode ``SETATTR3args``."""
    at: str | xdr.Run = "object.data"
    try:
        object_data_length = xdr.checked_length(value.object.data, NFS3_FHSIZE)
        at = _SETATTR3ARGS_1
        out += _SETATTR3ARGS_1.pack(object_data_length)
        at = "object.data"
        out += value.object.data
        out += xdr.PADDING[len(value.object.data) & 3]
        at = "new_attributes"
        encode_sattr3(out, value.new_attributes)
        at = "guard"
        encode_sattrguard3(out, value.guard)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_setattr3args(data: xdr.Decoder) -> SETATTR3args:
    """Decode ``SETATTR3args``."""
    at: str | xdr.Run = _SETATTR3ARGS_1
    try:
        (object_data_length,) = _SETATTR3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "object.data"
        object_data = xdr.opaque_of(data, object_data_length, NFS3_FHSIZE)
        at = "new_attributes"
        new_attributes = decode_sattr3(data)
        at = _SETATTR3ARGS_2
        (guard_case,) = _SETATTR3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "guard"
        guard = _decode_sattrguard3_arm(data, guard_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_setattr3args(object_data, new_attributes, guard)


_new_setattr3resok: Final = xdr.constructor(SETATTR3resok)


def encode_setattr3resok(out: xdr.Encoder, value: SETATTR3resok) -> None:
    """Encode ``SETATTR3resok``."""
    try:
        encode_wcc_data(out, value.obj_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "obj_wcc", value) from None


def decode_setattr3resok(data: xdr.Decoder) -> SETATTR3resok:
    """Decode ``SETATTR3resok``."""
    try:
        obj_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "obj_wcc", data) from None
    return _new_setattr3resok(obj_wcc)


_new_setattr3resfail: Final = xdr.constructor(SETATTR3resfail)


def encode_setattr3resfail(out: xdr.Encoder, value: SETATTR3resfail) -> None:
    """Encode ``SETATTR3resfail``."""
    try:
        encode_wcc_data(out, value.obj_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "obj_wcc", value) from None


def decode_setattr3resfail(data: xdr.Decoder) -> SETATTR3resfail:
    """Decode ``SETATTR3resfail``."""
    try:
        obj_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "obj_wcc", data) from None
    return _new_setattr3resfail(obj_wcc)


_SETATTR3RES_1: Final = xdr.Run("i", "status")
_new_setattr3resnfs3ok: Final = xdr.constructor(SETATTR3resNfs3Ok, {"resok": SETATTR3resok})
_new_setattr3resdefault: Final = xdr.constructor(SETATTR3resDefault, {"resfail": SETATTR3resfail})


def encode_setattr3res(out: xdr.Encoder, value: SETATTR3res) -> None:
    """Encode ``SETATTR3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case SETATTR3resNfs3Ok():
                at = _SETATTR3RES_1
                out += _SETATTR3RES_1.pack(0)
                at = "resok.obj_wcc"
                encode_wcc_data(out, value.resok.obj_wcc)
            case SETATTR3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _SETATTR3RES_1
                out += _SETATTR3RES_1.pack(status_)
                at = "resfail.obj_wcc"
                encode_wcc_data(out, value.resfail.obj_wcc)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok.obj_wcc"
            resok_obj_wcc = decode_wcc_data(data)
            return _new_setattr3resnfs3ok(resok_obj_wcc)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = "resfail.obj_wcc"
            resfail_obj_wcc = decode_wcc_data(data)
            return _new_setattr3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_obj_wcc)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_new_lookup3args: Final = xdr.constructor(LOOKUP3args)


def encode_lookup3args(out: xdr.Encoder, value: LOOKUP3args) -> None:
    """Encode ``LOOKUP3args``."""
    try:
        encode_diropargs3(out, value.what)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "what", value) from None


def decode_lookup3args(data: xdr.Decoder) -> LOOKUP3args:
    """Decode ``LOOKUP3args``."""
    try:
        what = decode_diropargs3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "what", data) from None
    return _new_lookup3args(what)


_LOOKUP3RESOK_1: Final = xdr.Run("I", "#object.data")
_LOOKUP3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_LOOKUP3RESOK_3: Final = xdr.Run("i", "dir_attributes")
_new_lookup3resok: Final = xdr.constructor(LOOKUP3resok, {"object": NfsFh3})


def encode_lookup3resok(out: xdr.Encoder, value: LOOKUP3resok) -> None:
    """Encode ``LOOKUP3resok``."""
    at: str | xdr.Run = "object.data"
    try:
        object_data_length = xdr.checked_length(value.object.data, NFS3_FHSIZE)
        at = _LOOKUP3RESOK_1
        out += _LOOKUP3RESOK_1.pack(object_data_length)
        at = "object.data"
        out += value.object.data
        out += xdr.PADDING[len(value.object.data) & 3]
        at = "obj_attributes"
        encode_post_op_attr(out, value.obj_attributes)
        at = "dir_attributes"
        encode_post_op_attr(out, value.dir_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_lookup3resok(data: xdr.Decoder) -> LOOKUP3resok:
    """Decode ``LOOKUP3resok``."""
    at: str | xdr.Run = _LOOKUP3RESOK_1
    try:
        (object_data_length,) = _LOOKUP3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "object.data"
        object_data = xdr.opaque_of(data, object_data_length, NFS3_FHSIZE)
        at = _LOOKUP3RESOK_2
        (obj_attributes_case,) = _LOOKUP3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = _LOOKUP3RESOK_3
        (dir_attributes_case,) = _LOOKUP3RESOK_3.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir_attributes"
        dir_attributes = _decode_post_op_attr_arm(data, dir_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_lookup3resok(object_data, obj_attributes, dir_attributes)


_LOOKUP3RESFAIL_1: Final = xdr.Run("i", "dir_attributes")
_new_lookup3resfail: Final = xdr.constructor(LOOKUP3resfail)


def encode_lookup3resfail(out: xdr.Encoder, value: LOOKUP3resfail) -> None:
    """Encode ``LOOKUP3resfail``."""
    try:
        encode_post_op_attr(out, value.dir_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_attributes", value) from None


def decode_lookup3resfail(data: xdr.Decoder) -> LOOKUP3resfail:
    """Decode ``LOOKUP3resfail``."""
    at: str | xdr.Run = _LOOKUP3RESFAIL_1
    try:
        (dir_attributes_case,) = _LOOKUP3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir_attributes"
        dir_attributes = _decode_post_op_attr_arm(data, dir_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_lookup3resfail(dir_attributes)


_LOOKUP3RES_1: Final = xdr.Run("i", "status")
_LOOKUP3RESDEFAULT_2: Final = xdr.Run("i", "resfail.dir_attributes")
_new_lookup3resnfs3ok: Final = xdr.constructor(LOOKUP3resNfs3Ok)
_new_lookup3resdefault: Final = xdr.constructor(LOOKUP3resDefault, {"resfail": LOOKUP3resfail})


def encode_lookup3res(out: xdr.Encoder, value: LOOKUP3res) -> None:
    """Encode ``LOOKUP3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case LOOKUP3resNfs3Ok():
                at = _LOOKUP3RES_1
                out += _LOOKUP3RES_1.pack(0)
                at = "resok"
                encode_lookup3resok(out, value.resok)
            case LOOKUP3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _LOOKUP3RES_1
                out += _LOOKUP3RES_1.pack(status_)
                at = "resfail.dir_attributes"
                encode_post_op_attr(out, value.resfail.dir_attributes)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_lookup3resok(data)
            return _new_lookup3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = _LOOKUP3RESDEFAULT_2
            (resfail_dir_attributes_case,) = _LOOKUP3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.dir_attributes"
            resfail_dir_attributes = _decode_post_op_attr_arm(data, resfail_dir_attributes_case)
            return _new_lookup3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_dir_attributes)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_ACCESS3ARGS_1: Final = xdr.Run("I", "#object.data")
_ACCESS3ARGS_2: Final = xdr.Run("I", "access")
_new_access3args: Final = xdr.constructor(ACCESS3args, {"object": NfsFh3})


def encode_access3args(out: xdr.Encoder, value: ACCESS3args) -> None:
    """Encode ``ACCESS3args``."""
    at: str | xdr.Run = "object.data"
    try:
        object_data_length = xdr.checked_length(value.object.data, NFS3_FHSIZE)
        at = _ACCESS3ARGS_1
        out += _ACCESS3ARGS_1.pack(object_data_length)
        at = "object.data"
        out += value.object.data
        out += xdr.PADDING[len(value.object.data) & 3]
        at = _ACCESS3ARGS_2
        out += _ACCESS3ARGS_2.pack(value.access)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_access3args(data: xdr.Decoder) -> ACCESS3args:
    """Decode ``ACCESS3args``."""
    at: str | xdr.Run = _ACCESS3ARGS_1
    try:
        (object_data_length,) = _ACCESS3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "object.data"
        object_data = xdr.opaque_of(data, object_data_length, NFS3_FHSIZE)
        at = _ACCESS3ARGS_2
        (access,) = _ACCESS3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_access3args(object_data, access)


_ACCESS3RESOK_1: Final = xdr.Run("I", "access")
_ACCESS3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_access3resok: Final = xdr.constructor(ACCESS3resok)


def encode_access3resok(out: xdr.Encoder, value: ACCESS3resok) -> None:
    """Encode ``ACCESS3resok``."""
    at: str | xdr.Run = "obj_attributes"
    try:
        encode_post_op_attr(out, value.obj_attributes)
        at = _ACCESS3RESOK_1
        out += _ACCESS3RESOK_1.pack(value.access)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_access3resok(data: xdr.Decoder) -> ACCESS3resok:
    """Decode ``ACCESS3resok``."""
    at: str | xdr.Run = _ACCESS3RESOK_2
    try:
        (obj_attributes_case,) = _ACCESS3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = _ACCESS3RESOK_1
        (access,) = _ACCESS3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_access3resok(obj_attributes, access)


_ACCESS3RESFAIL_1: Final = xdr.Run("i", "obj_attributes")
_new_access3resfail: Final = xdr.constructor(ACCESS3resfail)


def encode_access3resfail(out: xdr.Encoder, value: ACCESS3resfail) -> None:
    """Encode ``ACCESS3resfail``."""
    try:
        encode_post_op_attr(out, value.obj_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "obj_attributes", value) from None


def decode_access3resfail(data: xdr.Decoder) -> ACCESS3resfail:
    """Decode ``ACCESS3resfail``."""
    at: str | xdr.Run = _ACCESS3RESFAIL_1
    try:
        (obj_attributes_case,) = _ACCESS3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_access3resfail(obj_attributes)


_ACCESS3RES_1: Final = xdr.Run("i", "status")
_ACCESS3RESDEFAULT_2: Final = xdr.Run("i", "resfail.obj_attributes")
_new_access3resnfs3ok: Final = xdr.constructor(ACCESS3resNfs3Ok)
_new_access3resdefault: Final = xdr.constructor(ACCESS3resDefault, {"resfail": ACCESS3resfail})


def encode_access3res(out: xdr.Encoder, value: ACCESS3res) -> None:
    """Encode ``ACCESS3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case ACCESS3resNfs3Ok():
                at = _ACCESS3RES_1
                out += _ACCESS3RES_1.pack(0)
                at = "resok"
                encode_access3resok(out, value.resok)
            case ACCESS3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _ACCESS3RES_1
                out += _ACCESS3RES_1.pack(status_)
                at = "resfail.obj_attributes"
                encode_post_op_attr(out, value.resfail.obj_attributes)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_access3resok(data)
            return _new_access3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = _ACCESS3RESDEFAULT_2
            (resfail_obj_attributes_case,) = _ACCESS3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.obj_attributes"
            resfail_obj_attributes = _decode_post_op_attr_arm(data, resfail_obj_attributes_case)
            return _new_access3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_obj_attributes)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_READLINK3ARGS_1: Final = xdr.Run("I", "#symlink.data")
_new_readlink3args: Final = xdr.constructor(READLINK3args, {"symlink": NfsFh3})


def encode_readlink3args(out: xdr.Encoder, value: READLINK3args) -> None:
    """Encode ``READLINK3args``."""
    at: str | xdr.Run = "symlink.data"
    try:
        symlink_data_length = xdr.checked_length(value.symlink.data, NFS3_FHSIZE)
        at = _READLINK3ARGS_1
        out += _READLINK3ARGS_1.pack(symlink_data_length)
        at = "symlink.data"
        out += value.symlink.data
        out += xdr.PADDING[len(value.symlink.data) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_readlink3args(data: xdr.Decoder) -> READLINK3args:
    """Decode ``READLINK3args``."""
    at: str | xdr.Run = _READLINK3ARGS_1
    try:
        (symlink_data_length,) = _READLINK3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "symlink.data"
        symlink_data = xdr.opaque_of(data, symlink_data_length, NFS3_FHSIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_readlink3args(symlink_data)


_READLINK3RESOK_1: Final = xdr.Run("I", "#data")
_READLINK3RESOK_2: Final = xdr.Run("i", "symlink_attributes")
_new_readlink3resok: Final = xdr.constructor(READLINK3resok)


def encode_readlink3resok(out: xdr.Encoder, value: READLINK3resok) -> None:
    """Encode ``READLINK3resok``."""
    at: str | xdr.Run = "symlink_attributes"
    try:
        encode_post_op_attr(out, value.symlink_attributes)
        at = "data"
        data_ = xdr.text(value.data)
        at = _READLINK3RESOK_1
        out += _READLINK3RESOK_1.pack(len(data_))
        at = "data"
        out += data_
        out += xdr.PADDING[len(data_) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_readlink3resok(data: xdr.Decoder) -> READLINK3resok:
    """Decode ``READLINK3resok``."""
    at: str | xdr.Run = _READLINK3RESOK_2
    try:
        (symlink_attributes_case,) = _READLINK3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "symlink_attributes"
        symlink_attributes = _decode_post_op_attr_arm(data, symlink_attributes_case)
        at = _READLINK3RESOK_1
        (data__length,) = _READLINK3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "data"
        data_ = xdr.string_of(data, data__length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_readlink3resok(symlink_attributes, data_)


_READLINK3RESFAIL_1: Final = xdr.Run("i", "symlink_attributes")
_new_readlink3resfail: Final = xdr.constructor(READLINK3resfail)


def encode_readlink3resfail(out: xdr.Encoder, value: READLINK3resfail) -> None:
    """Encode ``READLINK3resfail``."""
    try:
        encode_post_op_attr(out, value.symlink_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "symlink_attributes", value) from None


def decode_readlink3resfail(data: xdr.Decoder) -> READLINK3resfail:
    """Decode ``READLINK3resfail``."""
    at: str | xdr.Run = _READLINK3RESFAIL_1
    try:
        (symlink_attributes_case,) = _READLINK3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "symlink_attributes"
        symlink_attributes = _decode_post_op_attr_arm(data, symlink_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_readlink3resfail(symlink_attributes)


_READLINK3RES_1: Final = xdr.Run("i", "status")
_READLINK3RESDEFAULT_2: Final = xdr.Run("i", "resfail.symlink_attributes")
_new_readlink3resnfs3ok: Final = xdr.constructor(READLINK3resNfs3Ok)
_new_readlink3resdefault: Final = xdr.constructor(READLINK3resDefault, {"resfail": READLINK3resfail})


def encode_readlink3res(out: xdr.Encoder, value: READLINK3res) -> None:
    """Encode ``READLINK3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case READLINK3resNfs3Ok():
                at = _READLINK3RES_1
                out += _READLINK3RES_1.pack(0)
                at = "resok"
                encode_readlink3resok(out, value.resok)
            case READLINK3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _READLINK3RES_1
                out += _READLINK3RES_1.pack(status_)
                at = "resfail.symlink_attributes"
                encode_post_op_attr(out, value.resfail.symlink_attributes)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_readlink3resok(data)
            return _new_readlink3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = _READLINK3RESDEFAULT_2
            (resfail_symlink_attributes_case,) = _READLINK3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.symlink_attributes"
            resfail_symlink_attributes = _decode_post_op_attr_arm(data, resfail_symlink_attributes_case)
            return _new_readlink3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_symlink_attributes)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_READ3ARGS_1: Final = xdr.Run("I", "#file.data")
_READ3ARGS_2: Final = xdr.Run("Q I", "offset", "count")
_new_read3args: Final = xdr.constructor(READ3args, {"file": NfsFh3})


def encode_read3args(out: xdr.Encoder, value: READ3args) -> None:
    """Encode ``READ3args``."""
    at: str | xdr.Run = "file.data"
    try:
        file_data_length = xdr.checked_length(value.file.data, NFS3_FHSIZE)
        at = _READ3ARGS_1
        out += _READ3ARGS_1.pack(file_data_length)
        at = "file.data"
        out += value.file.data
        out += xdr.PADDING[len(value.file.data) & 3]
        at = _READ3ARGS_2
        out += _READ3ARGS_2.pack(value.offset, value.count)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_read3args(data: xdr.Decoder) -> READ3args:
    """Decode ``READ3args``."""
    at: str | xdr.Run = _READ3ARGS_1
    try:
        (file_data_length,) = _READ3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "file.data"
        file_data = xdr.opaque_of(data, file_data_length, NFS3_FHSIZE)
        at = _READ3ARGS_2
        offset, count = _READ3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 12
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_read3args(file_data, offset, count)


_READ3RESOK_1: Final = xdr.Run("I i I", "count", "eof", "#data")
_READ3RESOK_2: Final = xdr.Run("i", "file_attributes")
_new_read3resok: Final = xdr.constructor(READ3resok)


def encode_read3resok(out: xdr.Encoder, value: READ3resok) -> None:
    """Encode ``READ3resok``."""
    at: str | xdr.Run = "file_attributes"
    try:
        encode_post_op_attr(out, value.file_attributes)
        at = "eof"
        eof = xdr.BOOL[value.eof]
        at = _READ3RESOK_1
        out += _READ3RESOK_1.pack(value.count, eof, len(value.data))
        at = "data"
        out += value.data
        out += xdr.PADDING[len(value.data) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_read3resok(data: xdr.Decoder) -> READ3resok:
    """Decode ``READ3resok``."""
    at: str | xdr.Run = _READ3RESOK_2
    try:
        (file_attributes_case,) = _READ3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "file_attributes"
        file_attributes = _decode_post_op_attr_arm(data, file_attributes_case)
        at = _READ3RESOK_1
        count, eof, data__length = _READ3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "eof"
        eof = xdr.BOOL[eof]
        at = "data"
        data_ = xdr.opaque_of(data, data__length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_read3resok(file_attributes, count, eof, data_)


_READ3RESFAIL_1: Final = xdr.Run("i", "file_attributes")
_new_read3resfail: Final = xdr.constructor(READ3resfail)


def encode_read3resfail(out: xdr.Encoder, value: READ3resfail) -> None:
    """Encode ``READ3resfail``."""
    try:
        encode_post_op_attr(out, value.file_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "file_attributes", value) from None


def decode_read3resfail(data: xdr.Decoder) -> READ3resfail:
    """Decode ``READ3resfail``."""
    at: str | xdr.Run = _READ3RESFAIL_1
    try:
        (file_attributes_case,) = _READ3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "file_attributes"
        file_attributes = _decode_post_op_attr_arm(data, file_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_read3resfail(file_attributes)


_READ3RES_1: Final = xdr.Run("i", "status")
_READ3RESDEFAULT_2: Final = xdr.Run("i", "resfail.file_attributes")
_new_read3resnfs3ok: Final = xdr.constructor(READ3resNfs3Ok)
_new_read3resdefault: Final = xdr.constructor(READ3resDefault, {"resfail": READ3resfail})


def encode_read3res(out: xdr.Encoder, value: READ3res) -> None:
    """Encode ``READ3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case READ3resNfs3Ok():
                at = _READ3RES_1
                out += _READ3RES_1.pack(0)
                at = "resok"
                encode_read3resok(out, value.resok)
            case READ3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _READ3RES_1
                out += _READ3RES_1.pack(status_)
                at = "resfail.file_attributes"
                encode_post_op_attr(out, value.resfail.file_attributes)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_read3resok(data)
            return _new_read3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = _READ3RESDEFAULT_2
            (resfail_file_attributes_case,) = _READ3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.file_attributes"
            resfail_file_attributes = _decode_post_op_attr_arm(data, resfail_file_attributes_case)
            return _new_read3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_file_attributes)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


def encode_stable_how(out: xdr.Encoder, value: StableHow) -> None:
    """Encode ``stable_how``."""
    xdr.encode_enum(out, value, StableHow)


def decode_stable_how(data: xdr.Decoder) -> StableHow:
    """Decode ``stable_how``."""
    return xdr.decode_enum(data, StableHow)


_STABLEHOW: Final = {each.value: each for each in StableHow}
_WRITE3ARGS_1: Final = xdr.Run("I", "#file.data")
_WRITE3ARGS_2: Final = xdr.Run("Q I i I", "offset", "count", "stable", "#data")
_new_write3args: Final = xdr.constructor(WRITE3args, {"file": NfsFh3})


def encode_write3args(out: xdr.Encoder, value: WRITE3args) -> None:
    """Encode ``WRITE3args``."""
    at: str | xdr.Run = "file.data"
    try:
        file_data_length = xdr.checked_length(value.file.data, NFS3_FHSIZE)
        at = _WRITE3ARGS_1
        out += _WRITE3ARGS_1.pack(file_data_length)
        at = "file.data"
        out += value.file.data
        out += xdr.PADDING[len(value.file.data) & 3]
        at = "stable"
        stable = _STABLEHOW[value.stable]
        at = _WRITE3ARGS_2
        out += _WRITE3ARGS_2.pack(value.offset, value.count, stable, len(value.data))
        at = "data"
        out += value.data
        out += xdr.PADDING[len(value.data) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_write3args(data: xdr.Decoder) -> WRITE3args:
    """Decode ``WRITE3args``."""
    at: str | xdr.Run = _WRITE3ARGS_1
    try:
        (file_data_length,) = _WRITE3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "file.data"
        file_data = xdr.opaque_of(data, file_data_length, NFS3_FHSIZE)
        at = _WRITE3ARGS_2
        offset, count, stable, data__length = _WRITE3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 20
        at = "stable"
        stable = _STABLEHOW[stable]
        at = "data"
        data_ = xdr.opaque_of(data, data__length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_write3args(file_data, offset, count, stable, data_)


_WRITE3RESOK_1: Final = xdr.Run("I i", "count", "committed")
_new_write3resok: Final = xdr.constructor(WRITE3resok)


def encode_write3resok(out: xdr.Encoder, value: WRITE3resok) -> None:
    """Encode ``WRITE3resok``."""
    at: str | xdr.Run = "file_wcc"
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
    at: str | xdr.Run = "file_wcc"
    try:
        file_wcc = decode_wcc_data(data)
        at = _WRITE3RESOK_1
        count, committed = _WRITE3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "committed"
        committed = _STABLEHOW[committed]
        at = "verf"
        verf = xdr.decode_fixed_opaque(data, NFS3_WRITEVERFSIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_write3resok(file_wcc, count, committed, verf)


_new_write3resfail: Final = xdr.constructor(WRITE3resfail)


def encode_write3resfail(out: xdr.Encoder, value: WRITE3resfail) -> None:
    """Encode ``WRITE3resfail``."""
    try:
        encode_wcc_data(out, value.file_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "file_wcc", value) from None


def decode_write3resfail(data: xdr.Decoder) -> WRITE3resfail:
    """Decode ``WRITE3resfail``."""
    try:
        file_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "file_wcc", data) from None
    return _new_write3resfail(file_wcc)


_WRITE3RES_1: Final = xdr.Run("i", "status")
_new_write3resnfs3ok: Final = xdr.constructor(WRITE3resNfs3Ok)
_new_write3resdefault: Final = xdr.constructor(WRITE3resDefault, {"resfail": WRITE3resfail})


def encode_write3res(out: xdr.Encoder, value: WRITE3res) -> None:
    """Encode ``WRITE3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case WRITE3resNfs3Ok():
                at = _WRITE3RES_1
                out += _WRITE3RES_1.pack(0)
                at = "resok"
                encode_write3resok(out, value.resok)
            case WRITE3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _WRITE3RES_1
                out += _WRITE3RES_1.pack(status_)
                at = "resfail.file_wcc"
                encode_wcc_data(out, value.resfail.file_wcc)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_write3resok(data)
            return _new_write3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = "resfail.file_wcc"
            resfail_file_wcc = decode_wcc_data(data)
            return _new_write3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_file_wcc)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


def encode_createmode3(out: xdr.Encoder, value: Createmode3) -> None:
    """Encode ``createmode3``."""
    xdr.encode_enum(out, value, Createmode3)


def decode_createmode3(data: xdr.Decoder) -> Createmode3:
    """Decode ``createmode3``."""
    return xdr.decode_enum(data, Createmode3)


_CREATEHOW3_1: Final = xdr.Run("i", "mode")
_new_createhow3uncheckedorguarded: Final = xdr.constructor(Createhow3UncheckedOrGuarded)
_new_createhow3exclusive: Final = xdr.constructor(Createhow3Exclusive)


def encode_createhow3(out: xdr.Encoder, value: Createhow3) -> None:
    """Encode ``createhow3``."""
    at: str | xdr.Run = "mode"
    try:
        match value:
            case Createhow3UncheckedOrGuarded():
                at = "mode"
                mode = _CREATEMODE3UNCHECKEDORGUARDED[value.mode]
                at = _CREATEHOW3_1
                out += _CREATEHOW3_1.pack(mode)
                at = "obj_attributes"
                encode_sattr3(out, value.obj_attributes)
            case Createhow3Exclusive():
                at = _CREATEHOW3_1
                out += _CREATEHOW3_1.pack(2)
                at = "verf"
                xdr.encode_fixed_opaque(out, value.verf, NFS3_CREATEVERFSIZE)
            case _:
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
    at: str | xdr.Run = "mode"
    try:
        if number in _CREATEMODE3UNCHECKEDORGUARDED:
            at = "obj_attributes"
            obj_attributes = decode_sattr3(data)
            return _new_createhow3uncheckedorguarded(_CREATEMODE3UNCHECKEDORGUARDED[number], obj_attributes)
        if number == 2:  # EXCLUSIVE
            at = "verf"
            verf = xdr.decode_fixed_opaque(data, NFS3_CREATEVERFSIZE)
            return _new_createhow3exclusive(verf)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_CREATE3ARGS_1: Final = xdr.Run("i", "how")
_new_create3args: Final = xdr.constructor(CREATE3args)


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
    at: str | xdr.Run = "where"
    try:
        where = decode_diropargs3(data)
        at = _CREATE3ARGS_1
        (how_case,) = _CREATE3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "how"
        how = _decode_createhow3_arm(data, how_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_create3args(where, how)


_CREATE3RESOK_1: Final = xdr.Run("i", "obj")
_CREATE3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_create3resok: Final = xdr.constructor(CREATE3resok)


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
    at: str | xdr.Run = _CREATE3RESOK_1
    try:
        (obj_case,) = _CREATE3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj"
        obj = _decode_post_op_fh3_arm(data, obj_case)
        at = _CREATE3RESOK_2
        (obj_attributes_case,) = _CREATE3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = "dir_wcc"
        dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_create3resok(obj, obj_attributes, dir_wcc)


_new_create3resfail: Final = xdr.constructor(CREATE3resfail)


def encode_create3resfail(out: xdr.Encoder, value: CREATE3resfail) -> None:
    """Encode ``CREATE3resfail``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_create3resfail(data: xdr.Decoder) -> CREATE3resfail:
    """Decode ``CREATE3resfail``."""
    try:
        dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    return _new_create3resfail(dir_wcc)


_CREATE3RES_1: Final = xdr.Run("i", "status")
_new_create3resnfs3ok: Final = xdr.constructor(CREATE3resNfs3Ok)
_new_create3resdefault: Final = xdr.constructor(CREATE3resDefault, {"resfail": CREATE3resfail})


def encode_create3res(out: xdr.Encoder, value: CREATE3res) -> None:
    """Encode ``CREATE3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case CREATE3resNfs3Ok():
                at = _CREATE3RES_1
                out += _CREATE3RES_1.pack(0)
                at = "resok"
                encode_create3resok(out, value.resok)
            case CREATE3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _CREATE3RES_1
                out += _CREATE3RES_1.pack(status_)
                at = "resfail.dir_wcc"
                encode_wcc_data(out, value.resfail.dir_wcc)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_create3resok(data)
            return _new_create3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = "resfail.dir_wcc"
            resfail_dir_wcc = decode_wcc_data(data)
            return _new_create3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_dir_wcc)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_new_mkdir3args: Final = xdr.constructor(MKDIR3args)


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
    at = "where"
    try:
        where = decode_diropargs3(data)
        at = "attributes"
        attributes = decode_sattr3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_mkdir3args(where, attributes)


_MKDIR3RESOK_1: Final = xdr.Run("i", "obj")
_MKDIR3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_mkdir3resok: Final = xdr.constructor(MKDIR3resok)


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
    at: str | xdr.Run = _MKDIR3RESOK_1
    try:
        (obj_case,) = _MKDIR3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj"
        obj = _decode_post_op_fh3_arm(data, obj_case)
        at = _MKDIR3RESOK_2
        (obj_attributes_case,) = _MKDIR3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = "dir_wcc"
        dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_mkdir3resok(obj, obj_attributes, dir_wcc)


_new_mkdir3resfail: Final = xdr.constructor(MKDIR3resfail)


def encode_mkdir3resfail(out: xdr.Encoder, value: MKDIR3resfail) -> None:
    """Encode ``MKDIR3resfail``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_mkdir3resfail(data: xdr.Decoder) -> MKDIR3resfail:
    """Decode ``MKDIR3resfail``."""
    try:
        dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    return _new_mkdir3resfail(dir_wcc)


_MKDIR3RES_1: Final = xdr.Run("i", "status")
_new_mkdir3resnfs3ok: Final = xdr.constructor(MKDIR3resNfs3Ok)
_new_mkdir3resdefault: Final = xdr.constructor(MKDIR3resDefault, {"resfail": MKDIR3resfail})


def encode_mkdir3res(out: xdr.Encoder, value: MKDIR3res) -> None:
    """Encode ``MKDIR3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case MKDIR3resNfs3Ok():
                at = _MKDIR3RES_1
                out += _MKDIR3RES_1.pack(0)
                at = "resok"
                encode_mkdir3resok(out, value.resok)
            case MKDIR3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _MKDIR3RES_1
                out += _MKDIR3RES_1.pack(status_)
                at = "resfail.dir_wcc"
                encode_wcc_data(out, value.resfail.dir_wcc)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_mkdir3resok(data)
            return _new_mkdir3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = "resfail.dir_wcc"
            resfail_dir_wcc = decode_wcc_data(data)
            return _new_mkdir3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_dir_wcc)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_SYMLINKDATA3_1: Final = xdr.Run("I", "#symlink_data")
_new_symlinkdata3: Final = xdr.constructor(Symlinkdata3)


def encode_symlinkdata3(out: xdr.Encoder, value: Symlinkdata3) -> None:
    """Encode ``symlinkdata3``."""
    at: str | xdr.Run = "symlink_attributes"
    try:
        encode_sattr3(out, value.symlink_attributes)
        at = "symlink_data"
        symlink_data = xdr.text(value.symlink_data)
        at = _SYMLINKDATA3_1
        out += _SYMLINKDATA3_1.pack(len(symlink_data))
        at = "symlink_data"
        out += symlink_data
        out += xdr.PADDING[len(symlink_data) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_symlinkdata3(data: xdr.Decoder) -> Symlinkdata3:
    """Decode ``symlinkdata3``."""
    at: str | xdr.Run = "symlink_attributes"
    try:
        symlink_attributes = decode_sattr3(data)
        at = _SYMLINKDATA3_1
        (symlink_data_length,) = _SYMLINKDATA3_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "symlink_data"
        symlink_data = xdr.string_of(data, symlink_data_length)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_symlinkdata3(symlink_attributes, symlink_data)


_new_symlink3args: Final = xdr.constructor(SYMLINK3args)


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
    at = "where"
    try:
        where = decode_diropargs3(data)
        at = "symlink"
        symlink = decode_symlinkdata3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_symlink3args(where, symlink)


_SYMLINK3RESOK_1: Final = xdr.Run("i", "obj")
_SYMLINK3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_symlink3resok: Final = xdr.constructor(SYMLINK3resok)


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
    at: str | xdr.Run = _SYMLINK3RESOK_1
    try:
        (obj_case,) = _SYMLINK3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj"
        obj = _decode_post_op_fh3_arm(data, obj_case)
        at = _SYMLINK3RESOK_2
        (obj_attributes_case,) = _SYMLINK3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = "dir_wcc"
        dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_symlink3resok(obj, obj_attributes, dir_wcc)


_new_symlink3resfail: Final = xdr.constructor(SYMLINK3resfail)


def encode_symlink3resfail(out: xdr.Encoder, value: SYMLINK3resfail) -> None:
    """Encode ``SYMLINK3resfail``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_symlink3resfail(data: xdr.Decoder) -> SYMLINK3resfail:
    """Decode ``SYMLINK3resfail``."""
    try:
        dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    return _new_symlink3resfail(dir_wcc)


_SYMLINK3RES_1: Final = xdr.Run("i", "status")
_new_symlink3resnfs3ok: Final = xdr.constructor(SYMLINK3resNfs3Ok)
_new_symlink3resdefault: Final = xdr.constructor(SYMLINK3resDefault, {"resfail": SYMLINK3resfail})


def encode_symlink3res(out: xdr.Encoder, value: SYMLINK3res) -> None:
    """Encode ``SYMLINK3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case SYMLINK3resNfs3Ok():
                at = _SYMLINK3RES_1
                out += _SYMLINK3RES_1.pack(0)
                at = "resok"
                encode_symlink3resok(out, value.resok)
            case SYMLINK3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _SYMLINK3RES_1
                out += _SYMLINK3RES_1.pack(status_)
                at = "resfail.dir_wcc"
                encode_wcc_data(out, value.resfail.dir_wcc)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_symlink3resok(data)
            return _new_symlink3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = "resfail.dir_wcc"
            resfail_dir_wcc = decode_wcc_data(data)
            return _new_symlink3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_dir_wcc)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_DEVICEDATA3_1: Final = xdr.Run("I I", "spec.specdata1", "spec.specdata2")
_new_devicedata3: Final = xdr.constructor(Devicedata3, {"spec": Specdata3})


def encode_devicedata3(out: xdr.Encoder, value: Devicedata3) -> None:
    """Encode ``devicedata3``."""
    at: str | xdr.Run = "dev_attributes"
    try:
        encode_sattr3(out, value.dev_attributes)
        at = _DEVICEDATA3_1
        out += _DEVICEDATA3_1.pack(value.spec.specdata1, value.spec.specdata2)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_devicedata3(data: xdr.Decoder) -> Devicedata3:
    """Decode ``devicedata3``."""
    at: str | xdr.Run = "dev_attributes"
    try:
        dev_attributes = decode_sattr3(data)
        at = _DEVICEDATA3_1
        spec_specdata1, spec_specdata2 = _DEVICEDATA3_1.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_devicedata3(dev_attributes, spec_specdata1, spec_specdata2)


_MKNODDATA3_1: Final = xdr.Run("i", "type")
_new_mknoddata3nf3chrornf3blk: Final = xdr.constructor(Mknoddata3Nf3chrOrNf3blk)
_new_mknoddata3nf3sockornf3fifo: Final = xdr.constructor(Mknoddata3Nf3sockOrNf3fifo)
_new_mknoddata3default: Final = xdr.constructor(Mknoddata3Default)


def encode_mknoddata3(out: xdr.Encoder, value: Mknoddata3) -> None:
    """Encode ``mknoddata3``."""
    at: str | xdr.Run = "type"
    try:
        match value:
            case Mknoddata3Nf3chrOrNf3blk():
                at = "type"
                type_ = _FTYPE3NF3CHRORNF3BLK[value.type]
                at = _MKNODDATA3_1
                out += _MKNODDATA3_1.pack(type_)
                at = "device"
                encode_devicedata3(out, value.device)
            case Mknoddata3Nf3sockOrNf3fifo():
                at = "type"
                type__ = _FTYPE3NF3SOCKORNF3FIFO[value.type]
                at = _MKNODDATA3_1
                out += _MKNODDATA3_1.pack(type__)
                at = "pipe_attributes"
                encode_sattr3(out, value.pipe_attributes)
            case Mknoddata3Default():
                at = "type"
                type___ = _FTYPE3EXCEPTNF3CHRANDNF3BLKANDNF3SOCK[value.type]
                at = _MKNODDATA3_1
                out += _MKNODDATA3_1.pack(type___)
            case _:
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
    at: str | xdr.Run = "type"
    try:
        if number in _FTYPE3NF3CHRORNF3BLK:
            at = "device"
            device = decode_devicedata3(data)
            return _new_mknoddata3nf3chrornf3blk(_FTYPE3NF3CHRORNF3BLK[number], device)
        if number in _FTYPE3NF3SOCKORNF3FIFO:
            at = "pipe_attributes"
            pipe_attributes = decode_sattr3(data)
            return _new_mknoddata3nf3sockornf3fifo(_FTYPE3NF3SOCKORNF3FIFO[number], pipe_attributes)
        if number in _FTYPE3EXCEPTNF3CHRANDNF3BLKANDNF3SOCK:
            return _new_mknoddata3default(_FTYPE3EXCEPTNF3CHRANDNF3BLKANDNF3SOCK[number])
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_MKNOD3ARGS_1: Final = xdr.Run("i", "what")
_new_mknod3args: Final = xdr.constructor(MKNOD3args)


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
    at: str | xdr.Run = "where"
    try:
        where = decode_diropargs3(data)
        at = _MKNOD3ARGS_1
        (what_case,) = _MKNOD3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "what"
        what = _decode_mknoddata3_arm(data, what_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_mknod3args(where, what)


_MKNOD3RESOK_1: Final = xdr.Run("i", "obj")
_MKNOD3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_mknod3resok: Final = xdr.constructor(MKNOD3resok)


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
    at: str | xdr.Run = _MKNOD3RESOK_1
    try:
        (obj_case,) = _MKNOD3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj"
        obj = _decode_post_op_fh3_arm(data, obj_case)
        at = _MKNOD3RESOK_2
        (obj_attributes_case,) = _MKNOD3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = "dir_wcc"
        dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_mknod3resok(obj, obj_attributes, dir_wcc)


_new_mknod3resfail: Final = xdr.constructor(MKNOD3resfail)


def encode_mknod3resfail(out: xdr.Encoder, value: MKNOD3resfail) -> None:
    """Encode ``MKNOD3resfail``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_mknod3resfail(data: xdr.Decoder) -> MKNOD3resfail:
    """Decode ``MKNOD3resfail``."""
    try:
        dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    return _new_mknod3resfail(dir_wcc)


_MKNOD3RES_1: Final = xdr.Run("i", "status")
_new_mknod3resnfs3ok: Final = xdr.constructor(MKNOD3resNfs3Ok)
_new_mknod3resdefault: Final = xdr.constructor(MKNOD3resDefault, {"resfail": MKNOD3resfail})


def encode_mknod3res(out: xdr.Encoder, value: MKNOD3res) -> None:
    """Encode ``MKNOD3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case MKNOD3resNfs3Ok():
                at = _MKNOD3RES_1
                out += _MKNOD3RES_1.pack(0)
                at = "resok"
                encode_mknod3resok(out, value.resok)
            case MKNOD3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _MKNOD3RES_1
                out += _MKNOD3RES_1.pack(status_)
                at = "resfail.dir_wcc"
                encode_wcc_data(out, value.resfail.dir_wcc)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_mknod3resok(data)
            return _new_mknod3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = "resfail.dir_wcc"
            resfail_dir_wcc = decode_wcc_data(data)
            return _new_mknod3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_dir_wcc)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_new_remove3args: Final = xdr.constructor(REMOVE3args)


def encode_remove3args(out: xdr.Encoder, value: REMOVE3args) -> None:
    """Encode ``REMOVE3args``."""
    try:
        encode_diropargs3(out, value.object)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "object", value) from None


def decode_remove3args(data: xdr.Decoder) -> REMOVE3args:
    """Decode ``REMOVE3args``."""
    try:
        object_ = decode_diropargs3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "object", data) from None
    return _new_remove3args(object_)


_new_remove3resok: Final = xdr.constructor(REMOVE3resok)


def encode_remove3resok(out: xdr.Encoder, value: REMOVE3resok) -> None:
    """Encode ``REMOVE3resok``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_remove3resok(data: xdr.Decoder) -> REMOVE3resok:
    """Decode ``REMOVE3resok``."""
    try:
        dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    return _new_remove3resok(dir_wcc)


_new_remove3resfail: Final = xdr.constructor(REMOVE3resfail)


def encode_remove3resfail(out: xdr.Encoder, value: REMOVE3resfail) -> None:
    """Encode ``REMOVE3resfail``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_remove3resfail(data: xdr.Decoder) -> REMOVE3resfail:
    """Decode ``REMOVE3resfail``."""
    try:
        dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    return _new_remove3resfail(dir_wcc)


_REMOVE3RES_1: Final = xdr.Run("i", "status")
_new_remove3resnfs3ok: Final = xdr.constructor(REMOVE3resNfs3Ok, {"resok": REMOVE3resok})
_new_remove3resdefault: Final = xdr.constructor(REMOVE3resDefault, {"resfail": REMOVE3resfail})


def encode_remove3res(out: xdr.Encoder, value: REMOVE3res) -> None:
    """Encode ``REMOVE3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case REMOVE3resNfs3Ok():
                at = _REMOVE3RES_1
                out += _REMOVE3RES_1.pack(0)
                at = "resok.dir_wcc"
                encode_wcc_data(out, value.resok.dir_wcc)
            case REMOVE3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _REMOVE3RES_1
                out += _REMOVE3RES_1.pack(status_)
                at = "resfail.dir_wcc"
                encode_wcc_data(out, value.resfail.dir_wcc)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok.dir_wcc"
            resok_dir_wcc = decode_wcc_data(data)
            return _new_remove3resnfs3ok(resok_dir_wcc)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = "resfail.dir_wcc"
            resfail_dir_wcc = decode_wcc_data(data)
            return _new_remove3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_dir_wcc)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_new_rmdir3args: Final = xdr.constructor(RMDIR3args)


def encode_rmdir3args(out: xdr.Encoder, value: RMDIR3args) -> None:
    """Encode ``RMDIR3args``."""
    try:
        encode_diropargs3(out, value.object)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "object", value) from None


def decode_rmdir3args(data: xdr.Decoder) -> RMDIR3args:
    """Decode ``RMDIR3args``."""
    try:
        object_ = decode_diropargs3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "object", data) from None
    return _new_rmdir3args(object_)


_new_rmdir3resok: Final = xdr.constructor(RMDIR3resok)


def encode_rmdir3resok(out: xdr.Encoder, value: RMDIR3resok) -> None:
    """Encode ``RMDIR3resok``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_rmdir3resok(data: xdr.Decoder) -> RMDIR3resok:
    """Decode ``RMDIR3resok``."""
    try:
        dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    return _new_rmdir3resok(dir_wcc)


_new_rmdir3resfail: Final = xdr.constructor(RMDIR3resfail)


def encode_rmdir3resfail(out: xdr.Encoder, value: RMDIR3resfail) -> None:
    """Encode ``RMDIR3resfail``."""
    try:
        encode_wcc_data(out, value.dir_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_wcc", value) from None


def decode_rmdir3resfail(data: xdr.Decoder) -> RMDIR3resfail:
    """Decode ``RMDIR3resfail``."""
    try:
        dir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "dir_wcc", data) from None
    return _new_rmdir3resfail(dir_wcc)


_RMDIR3RES_1: Final = xdr.Run("i", "status")
_new_rmdir3resnfs3ok: Final = xdr.constructor(RMDIR3resNfs3Ok, {"resok": RMDIR3resok})
_new_rmdir3resdefault: Final = xdr.constructor(RMDIR3resDefault, {"resfail": RMDIR3resfail})


def encode_rmdir3res(out: xdr.Encoder, value: RMDIR3res) -> None:
    """Encode ``RMDIR3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case RMDIR3resNfs3Ok():
                at = _RMDIR3RES_1
                out += _RMDIR3RES_1.pack(0)
                at = "resok.dir_wcc"
                encode_wcc_data(out, value.resok.dir_wcc)
            case RMDIR3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _RMDIR3RES_1
                out += _RMDIR3RES_1.pack(status_)
                at = "resfail.dir_wcc"
                encode_wcc_data(out, value.resfail.dir_wcc)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok.dir_wcc"
            resok_dir_wcc = decode_wcc_data(data)
            return _new_rmdir3resnfs3ok(resok_dir_wcc)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = "resfail.dir_wcc"
            resfail_dir_wcc = decode_wcc_data(data)
            return _new_rmdir3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_dir_wcc)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_new_rename3args: Final = xdr.constructor(RENAME3args)


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
    at = "from_"
    try:
        from_ = decode_diropargs3(data)
        at = "to"
        to = decode_diropargs3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rename3args(from_, to)


_new_rename3resok: Final = xdr.constructor(RENAME3resok)


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
    at = "fromdir_wcc"
    try:
        fromdir_wcc = decode_wcc_data(data)
        at = "todir_wcc"
        todir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rename3resok(fromdir_wcc, todir_wcc)


_new_rename3resfail: Final = xdr.constructor(RENAME3resfail)


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
    at = "fromdir_wcc"
    try:
        fromdir_wcc = decode_wcc_data(data)
        at = "todir_wcc"
        todir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_rename3resfail(fromdir_wcc, todir_wcc)


_RENAME3RES_1: Final = xdr.Run("i", "status")
_new_rename3resnfs3ok: Final = xdr.constructor(RENAME3resNfs3Ok)
_new_rename3resdefault: Final = xdr.constructor(RENAME3resDefault)


def encode_rename3res(out: xdr.Encoder, value: RENAME3res) -> None:
    """Encode ``RENAME3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case RENAME3resNfs3Ok():
                at = _RENAME3RES_1
                out += _RENAME3RES_1.pack(0)
                at = "resok"
                encode_rename3resok(out, value.resok)
            case RENAME3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _RENAME3RES_1
                out += _RENAME3RES_1.pack(status_)
                at = "resfail"
                encode_rename3resfail(out, value.resfail)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_rename3resok(data)
            return _new_rename3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = "resfail"
            resfail = decode_rename3resfail(data)
            return _new_rename3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_LINK3ARGS_1: Final = xdr.Run("I", "#file.data")
_new_link3args: Final = xdr.constructor(LINK3args, {"file": NfsFh3})


def encode_link3args(out: xdr.Encoder, value: LINK3args) -> None:
    """Encode ``LINK3args``."""
    at: str | xdr.Run = "file.data"
    try:
        file_data_length = xdr.checked_length(value.file.data, NFS3_FHSIZE)
        at = _LINK3ARGS_1
        out += _LINK3ARGS_1.pack(file_data_length)
        at = "file.data"
        out += value.file.data
        out += xdr.PADDING[len(value.file.data) & 3]
        at = "link"
        encode_diropargs3(out, value.link)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_link3args(data: xdr.Decoder) -> LINK3args:
    """Decode ``LINK3args``."""
    at: str | xdr.Run = _LINK3ARGS_1
    try:
        (file_data_length,) = _LINK3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "file.data"
        file_data = xdr.opaque_of(data, file_data_length, NFS3_FHSIZE)
        at = "link"
        link = decode_diropargs3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_link3args(file_data, link)


_LINK3RESOK_1: Final = xdr.Run("i", "file_attributes")
_new_link3resok: Final = xdr.constructor(LINK3resok)


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
    at: str | xdr.Run = _LINK3RESOK_1
    try:
        (file_attributes_case,) = _LINK3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "file_attributes"
        file_attributes = _decode_post_op_attr_arm(data, file_attributes_case)
        at = "linkdir_wcc"
        linkdir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_link3resok(file_attributes, linkdir_wcc)


_LINK3RESFAIL_1: Final = xdr.Run("i", "file_attributes")
_new_link3resfail: Final = xdr.constructor(LINK3resfail)


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
    at: str | xdr.Run = _LINK3RESFAIL_1
    try:
        (file_attributes_case,) = _LINK3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "file_attributes"
        file_attributes = _decode_post_op_attr_arm(data, file_attributes_case)
        at = "linkdir_wcc"
        linkdir_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_link3resfail(file_attributes, linkdir_wcc)


_LINK3RES_1: Final = xdr.Run("i", "status")
_new_link3resnfs3ok: Final = xdr.constructor(LINK3resNfs3Ok)
_new_link3resdefault: Final = xdr.constructor(LINK3resDefault)


def encode_link3res(out: xdr.Encoder, value: LINK3res) -> None:
    """Encode ``LINK3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case LINK3resNfs3Ok():
                at = _LINK3RES_1
                out += _LINK3RES_1.pack(0)
                at = "resok"
                encode_link3resok(out, value.resok)
            case LINK3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _LINK3RES_1
                out += _LINK3RES_1.pack(status_)
                at = "resfail"
                encode_link3resfail(out, value.resfail)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_link3resok(data)
            return _new_link3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = "resfail"
            resfail = decode_link3resfail(data)
            return _new_link3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_READDIR3ARGS_1: Final = xdr.Run("I", "#dir.data")
_READDIR3ARGS_2: Final = xdr.Run("Q", "cookie")
_READDIR3ARGS_3: Final = xdr.Run("I", "count")
_new_readdir3args: Final = xdr.constructor(READDIR3args, {"dir": NfsFh3})


def encode_readdir3args(out: xdr.Encoder, value: READDIR3args) -> None:
    """Encode ``READDIR3args``."""
    at: str | xdr.Run = "dir.data"
    try:
        dir_data_length = xdr.checked_length(value.dir.data, NFS3_FHSIZE)
        at = _READDIR3ARGS_1
        out += _READDIR3ARGS_1.pack(dir_data_length)
        at = "dir.data"
        out += value.dir.data
        out += xdr.PADDING[len(value.dir.data) & 3]
        at = _READDIR3ARGS_2
        out += _READDIR3ARGS_2.pack(value.cookie)
        at = "cookieverf"
        xdr.encode_fixed_opaque(out, value.cookieverf, NFS3_COOKIEVERFSIZE)
        at = _READDIR3ARGS_3
        out += _READDIR3ARGS_3.pack(value.count)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_readdir3args(data: xdr.Decoder) -> READDIR3args:
    """Decode ``READDIR3args``."""
    at: str | xdr.Run = _READDIR3ARGS_1
    try:
        (dir_data_length,) = _READDIR3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir.data"
        dir_data = xdr.opaque_of(data, dir_data_length, NFS3_FHSIZE)
        at = _READDIR3ARGS_2
        (cookie,) = _READDIR3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "cookieverf"
        cookieverf = xdr.decode_fixed_opaque(data, NFS3_COOKIEVERFSIZE)
        at = _READDIR3ARGS_3
        (count,) = _READDIR3ARGS_3.unpack_from(data.buffer, data.position)
        data.position += 4
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_readdir3args(dir_data, cookie, cookieverf, count)


_ENTRY3_1: Final = xdr.Run("Q I", "fileid", "#name")
_ENTRY3_2: Final = xdr.Run("Q", "cookie")
_new_entry3: Final = xdr.constructor(Entry3)


def encode_entry3(out: xdr.Encoder, value: Entry3) -> None:
    """Encode ``entry3``."""
    at: str | xdr.Run = "name"
    try:
        name = xdr.text(value.name)
        at = _ENTRY3_1
        out += _ENTRY3_1.pack(value.fileid, len(name))
        at = "name"
        out += name
        out += xdr.PADDING[len(name) & 3]
        at = _ENTRY3_2
        out += _ENTRY3_2.pack(value.cookie)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_entry3(data: xdr.Decoder) -> Entry3:
    """Decode ``entry3``."""
    at: str | xdr.Run = _ENTRY3_1
    try:
        fileid, name_length = _ENTRY3_1.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "name"
        name = xdr.string_of(data, name_length)
        at = _ENTRY3_2
        (cookie,) = _ENTRY3_2.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_entry3(fileid, name, cookie)


_DIRLIST3_1: Final = xdr.Run("i", "eof")
_new_dirlist3: Final = xdr.constructor(Dirlist3)


def encode_dirlist3(out: xdr.Encoder, value: Dirlist3) -> None:
    """Encode ``dirlist3``."""
    at: str | xdr.Run = "entries"
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
    at: str | xdr.Run = "entries"
    try:
        entries = xdr.decode_list(data, decode_entry3)
        at = _DIRLIST3_1
        (eof,) = _DIRLIST3_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "eof"
        eof = xdr.BOOL[eof]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_dirlist3(entries, eof)


_READDIR3RESOK_1: Final = xdr.Run("i", "dir_attributes")
_new_readdir3resok: Final = xdr.constructor(READDIR3resok)


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
    at: str | xdr.Run = _READDIR3RESOK_1
    try:
        (dir_attributes_case,) = _READDIR3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir_attributes"
        dir_attributes = _decode_post_op_attr_arm(data, dir_attributes_case)
        at = "cookieverf"
        cookieverf = xdr.decode_fixed_opaque(data, NFS3_COOKIEVERFSIZE)
        at = "reply"
        reply = decode_dirlist3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_readdir3resok(dir_attributes, cookieverf, reply)


_READDIR3RESFAIL_1: Final = xdr.Run("i", "dir_attributes")
_new_readdir3resfail: Final = xdr.constructor(READDIR3resfail)


def encode_readdir3resfail(out: xdr.Encoder, value: READDIR3resfail) -> None:
    """Encode ``READDIR3resfail``."""
    try:
        encode_post_op_attr(out, value.dir_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_attributes", value) from None


def decode_readdir3resfail(data: xdr.Decoder) -> READDIR3resfail:
    """Decode ``READDIR3resfail``."""
    at: str | xdr.Run = _READDIR3RESFAIL_1
    try:
        (dir_attributes_case,) = _READDIR3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir_attributes"
        dir_attributes = _decode_post_op_attr_arm(data, dir_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_readdir3resfail(dir_attributes)


_READDIR3RES_1: Final = xdr.Run("i", "status")
_READDIR3RESDEFAULT_2: Final = xdr.Run("i", "resfail.dir_attributes")
_new_readdir3resnfs3ok: Final = xdr.constructor(READDIR3resNfs3Ok)
_new_readdir3resdefault: Final = xdr.constructor(READDIR3resDefault, {"resfail": READDIR3resfail})


def encode_readdir3res(out: xdr.Encoder, value: READDIR3res) -> None:
    """Encode ``READDIR3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case READDIR3resNfs3Ok():
                at = _READDIR3RES_1
                out += _READDIR3RES_1.pack(0)
                at = "resok"
                encode_readdir3resok(out, value.resok)
            case READDIR3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _READDIR3RES_1
                out += _READDIR3RES_1.pack(status_)
                at = "resfail.dir_attributes"
                encode_post_op_attr(out, value.resfail.dir_attributes)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_readdir3resok(data)
            return _new_readdir3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = _READDIR3RESDEFAULT_2
            (resfail_dir_attributes_case,) = _READDIR3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.dir_attributes"
            resfail_dir_attributes = _decode_post_op_attr_arm(data, resfail_dir_attributes_case)
            return _new_readdir3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_dir_attributes)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_READDIRPLUS3ARGS_1: Final = xdr.Run("I", "#dir.data")
_READDIRPLUS3ARGS_2: Final = xdr.Run("Q", "cookie")
_READDIRPLUS3ARGS_3: Final = xdr.Run("I I", "dircount", "maxcount")
_new_readdirplus3args: Final = xdr.constructor(READDIRPLUS3args, {"dir": NfsFh3})


def encode_readdirplus3args(out: xdr.Encoder, value: READDIRPLUS3args) -> None:
    """Encode ``READDIRPLUS3args``."""
    at: str | xdr.Run = "dir.data"
    try:
        dir_data_length = xdr.checked_length(value.dir.data, NFS3_FHSIZE)
        at = _READDIRPLUS3ARGS_1
        out += _READDIRPLUS3ARGS_1.pack(dir_data_length)
        at = "dir.data"
        out += value.dir.data
        out += xdr.PADDING[len(value.dir.data) & 3]
        at = _READDIRPLUS3ARGS_2
        out += _READDIRPLUS3ARGS_2.pack(value.cookie)
        at = "cookieverf"
        xdr.encode_fixed_opaque(out, value.cookieverf, NFS3_COOKIEVERFSIZE)
        at = _READDIRPLUS3ARGS_3
        out += _READDIRPLUS3ARGS_3.pack(value.dircount, value.maxcount)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_readdirplus3args(data: xdr.Decoder) -> READDIRPLUS3args:
    """Decode ``READDIRPLUS3args``."""
    at: str | xdr.Run = _READDIRPLUS3ARGS_1
    try:
        (dir_data_length,) = _READDIRPLUS3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir.data"
        dir_data = xdr.opaque_of(data, dir_data_length, NFS3_FHSIZE)
        at = _READDIRPLUS3ARGS_2
        (cookie,) = _READDIRPLUS3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 8
        at = "cookieverf"
        cookieverf = xdr.decode_fixed_opaque(data, NFS3_COOKIEVERFSIZE)
        at = _READDIRPLUS3ARGS_3
        dircount, maxcount = _READDIRPLUS3ARGS_3.unpack_from(data.buffer, data.position)
        data.position += 8
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_readdirplus3args(dir_data, cookie, cookieverf, dircount, maxcount)


_ENTRYPLUS3_1: Final = xdr.Run("Q I", "fileid", "#name")
_ENTRYPLUS3_2: Final = xdr.Run("Q", "cookie")
_ENTRYPLUS3_3: Final = xdr.Run("Q i", "cookie", "name_attributes")
_ENTRYPLUS3_4: Final = xdr.Run("i", "name_handle")
_new_entryplus3: Final = xdr.constructor(Entryplus3)


def encode_entryplus3(out: xdr.Encoder, value: Entryplus3) -> None:
    """Encode ``entryplus3``."""
    at: str | xdr.Run = "name"
    try:
        name = xdr.text(value.name)
        at = _ENTRYPLUS3_1
        out += _ENTRYPLUS3_1.pack(value.fileid, len(name))
        at = "name"
        out += name
        out += xdr.PADDING[len(name) & 3]
        at = _ENTRYPLUS3_2
        out += _ENTRYPLUS3_2.pack(value.cookie)
        at = "name_attributes"
        encode_post_op_attr(out, value.name_attributes)
        at = "name_handle"
        encode_post_op_fh3(out, value.name_handle)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_entryplus3(data: xdr.Decoder) -> Entryplus3:
    """Decode ``entryplus3``."""
    at: str | xdr.Run = _ENTRYPLUS3_1
    try:
        fileid, name_length = _ENTRYPLUS3_1.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "name"
        name = xdr.string_of(data, name_length)
        at = _ENTRYPLUS3_3
        cookie, name_attributes_case = _ENTRYPLUS3_3.unpack_from(data.buffer, data.position)
        data.position += 12
        at = "name_attributes"
        name_attributes = _decode_post_op_attr_arm(data, name_attributes_case)
        at = _ENTRYPLUS3_4
        (name_handle_case,) = _ENTRYPLUS3_4.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "name_handle"
        name_handle = _decode_post_op_fh3_arm(data, name_handle_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_entryplus3(fileid, name, cookie, name_attributes, name_handle)


_DIRLISTPLUS3_1: Final = xdr.Run("i", "eof")
_new_dirlistplus3: Final = xdr.constructor(Dirlistplus3)


def encode_dirlistplus3(out: xdr.Encoder, value: Dirlistplus3) -> None:
    """Encode ``dirlistplus3``."""
    at: str | xdr.Run = "entries"
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
    at: str | xdr.Run = "entries"
    try:
        entries = xdr.decode_list(data, decode_entryplus3)
        at = _DIRLISTPLUS3_1
        (eof,) = _DIRLISTPLUS3_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "eof"
        eof = xdr.BOOL[eof]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_dirlistplus3(entries, eof)


_READDIRPLUS3RESOK_1: Final = xdr.Run("i", "dir_attributes")
_new_readdirplus3resok: Final = xdr.constructor(READDIRPLUS3resok)


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
    at: str | xdr.Run = _READDIRPLUS3RESOK_1
    try:
        (dir_attributes_case,) = _READDIRPLUS3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir_attributes"
        dir_attributes = _decode_post_op_attr_arm(data, dir_attributes_case)
        at = "cookieverf"
        cookieverf = xdr.decode_fixed_opaque(data, NFS3_COOKIEVERFSIZE)
        at = "reply"
        reply = decode_dirlistplus3(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_readdirplus3resok(dir_attributes, cookieverf, reply)


_READDIRPLUS3RESFAIL_1: Final = xdr.Run("i", "dir_attributes")
_new_readdirplus3resfail: Final = xdr.constructor(READDIRPLUS3resfail)


def encode_readdirplus3resfail(out: xdr.Encoder, value: READDIRPLUS3resfail) -> None:
    """Encode ``READDIRPLUS3resfail``."""
    try:
        encode_post_op_attr(out, value.dir_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "dir_attributes", value) from None


def decode_readdirplus3resfail(data: xdr.Decoder) -> READDIRPLUS3resfail:
    """Decode ``READDIRPLUS3resfail``."""
    at: str | xdr.Run = _READDIRPLUS3RESFAIL_1
    try:
        (dir_attributes_case,) = _READDIRPLUS3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "dir_attributes"
        dir_attributes = _decode_post_op_attr_arm(data, dir_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_readdirplus3resfail(dir_attributes)


_READDIRPLUS3RES_1: Final = xdr.Run("i", "status")
_READDIRPLUS3RESDEFAULT_2: Final = xdr.Run("i", "resfail.dir_attributes")
_new_readdirplus3resnfs3ok: Final = xdr.constructor(READDIRPLUS3resNfs3Ok)
_new_readdirplus3resdefault: Final = xdr.constructor(READDIRPLUS3resDefault, {"resfail": READDIRPLUS3resfail})


def encode_readdirplus3res(out: xdr.Encoder, value: READDIRPLUS3res) -> None:
    """Encode ``READDIRPLUS3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case READDIRPLUS3resNfs3Ok():
                at = _READDIRPLUS3RES_1
                out += _READDIRPLUS3RES_1.pack(0)
                at = "resok"
                encode_readdirplus3resok(out, value.resok)
            case READDIRPLUS3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _READDIRPLUS3RES_1
                out += _READDIRPLUS3RES_1.pack(status_)
                at = "resfail.dir_attributes"
                encode_post_op_attr(out, value.resfail.dir_attributes)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_readdirplus3resok(data)
            return _new_readdirplus3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = _READDIRPLUS3RESDEFAULT_2
            (resfail_dir_attributes_case,) = _READDIRPLUS3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.dir_attributes"
            resfail_dir_attributes = _decode_post_op_attr_arm(data, resfail_dir_attributes_case)
            return _new_readdirplus3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_dir_attributes)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_FSSTAT3ARGS_1: Final = xdr.Run("I", "#fsroot.data")
_new_fsstat3args: Final = xdr.constructor(FSSTAT3args, {"fsroot": NfsFh3})


def encode_fsstat3args(out: xdr.Encoder, value: FSSTAT3args) -> None:
    """Encode ``FSSTAT3args``."""
    at: str | xdr.Run = "fsroot.data"
    try:
        fsroot_data_length = xdr.checked_length(value.fsroot.data, NFS3_FHSIZE)
        at = _FSSTAT3ARGS_1
        out += _FSSTAT3ARGS_1.pack(fsroot_data_length)
        at = "fsroot.data"
        out += value.fsroot.data
        out += xdr.PADDING[len(value.fsroot.data) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_fsstat3args(data: xdr.Decoder) -> FSSTAT3args:
    """Decode ``FSSTAT3args``."""
    at: str | xdr.Run = _FSSTAT3ARGS_1
    try:
        (fsroot_data_length,) = _FSSTAT3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "fsroot.data"
        fsroot_data = xdr.opaque_of(data, fsroot_data_length, NFS3_FHSIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_fsstat3args(fsroot_data)


_FSSTAT3RESOK_1: Final = xdr.Run(
    "Q Q Q Q Q Q I", "tbytes", "fbytes", "abytes", "tfiles", "ffiles", "afiles", "invarsec"
)
_FSSTAT3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_fsstat3resok: Final = xdr.constructor(FSSTAT3resok)


def encode_fsstat3resok(out: xdr.Encoder, value: FSSTAT3resok) -> None:
    """Encode ``FSSTAT3resok``."""
    at: str | xdr.Run = "obj_attributes"
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
    at: str | xdr.Run = _FSSTAT3RESOK_2
    try:
        (obj_attributes_case,) = _FSSTAT3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = _FSSTAT3RESOK_1
        (
            tbytes,
            fbytes,
            abytes,
            tfiles,
            ffiles,
            afiles,
            invarsec,
        ) = _FSSTAT3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 52
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_fsstat3resok(obj_attributes, tbytes, fbytes, abytes, tfiles, ffiles, afiles, invarsec)


_FSSTAT3RESFAIL_1: Final = xdr.Run("i", "obj_attributes")
_new_fsstat3resfail: Final = xdr.constructor(FSSTAT3resfail)


def encode_fsstat3resfail(out: xdr.Encoder, value: FSSTAT3resfail) -> None:
    """Encode ``FSSTAT3resfail``."""
    try:
        encode_post_op_attr(out, value.obj_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "obj_attributes", value) from None


def decode_fsstat3resfail(data: xdr.Decoder) -> FSSTAT3resfail:
    """Decode ``FSSTAT3resfail``."""
    at: str | xdr.Run = _FSSTAT3RESFAIL_1
    try:
        (obj_attributes_case,) = _FSSTAT3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_fsstat3resfail(obj_attributes)


_FSSTAT3RES_1: Final = xdr.Run("i", "status")
_FSSTAT3RESDEFAULT_2: Final = xdr.Run("i", "resfail.obj_attributes")
_new_fsstat3resnfs3ok: Final = xdr.constructor(FSSTAT3resNfs3Ok)
_new_fsstat3resdefault: Final = xdr.constructor(FSSTAT3resDefault, {"resfail": FSSTAT3resfail})


def encode_fsstat3res(out: xdr.Encoder, value: FSSTAT3res) -> None:
    """Encode ``FSSTAT3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case FSSTAT3resNfs3Ok():
                at = _FSSTAT3RES_1
                out += _FSSTAT3RES_1.pack(0)
                at = "resok"
                encode_fsstat3resok(out, value.resok)
            case FSSTAT3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _FSSTAT3RES_1
                out += _FSSTAT3RES_1.pack(status_)
                at = "resfail.obj_attributes"
                encode_post_op_attr(out, value.resfail.obj_attributes)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_fsstat3resok(data)
            return _new_fsstat3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = _FSSTAT3RESDEFAULT_2
            (resfail_obj_attributes_case,) = _FSSTAT3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.obj_attributes"
            resfail_obj_attributes = _decode_post_op_attr_arm(data, resfail_obj_attributes_case)
            return _new_fsstat3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_obj_attributes)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_FSINFO3ARGS_1: Final = xdr.Run("I", "#fsroot.data")
_new_fsinfo3args: Final = xdr.constructor(FSINFO3args, {"fsroot": NfsFh3})


def encode_fsinfo3args(out: xdr.Encoder, value: FSINFO3args) -> None:
    """Encode ``FSINFO3args``."""
    at: str | xdr.Run = "fsroot.data"
    try:
        fsroot_data_length = xdr.checked_length(value.fsroot.data, NFS3_FHSIZE)
        at = _FSINFO3ARGS_1
        out += _FSINFO3ARGS_1.pack(fsroot_data_length)
        at = "fsroot.data"
        out += value.fsroot.data
        out += xdr.PADDING[len(value.fsroot.data) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_fsinfo3args(data: xdr.Decoder) -> FSINFO3args:
    """Decode ``FSINFO3args``."""
    at: str | xdr.Run = _FSINFO3ARGS_1
    try:
        (fsroot_data_length,) = _FSINFO3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "fsroot.data"
        fsroot_data = xdr.opaque_of(data, fsroot_data_length, NFS3_FHSIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_fsinfo3args(fsroot_data)


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
_new_fsinfo3resok: Final = xdr.constructor(FSINFO3resok, {"time_delta": Nfstime3})


def encode_fsinfo3resok(out: xdr.Encoder, value: FSINFO3resok) -> None:
    """Encode ``FSINFO3resok``."""
    at: str | xdr.Run = "obj_attributes"
    try:
        encode_post_op_attr(out, value.obj_attributes)
        at = _FSINFO3RESOK_1
        out += _FSINFO3RESOK_1.pack(
            value.rtmax,
            value.rtpref,
            value.rtmult,
            value.wtmax,
            value.wtpref,
            value.wtmult,
            value.dtpref,
            value.maxfilesize,
            value.time_delta.seconds,
            value.time_delta.nseconds,
            value.properties,
        )
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_fsinfo3resok(data: xdr.Decoder) -> FSINFO3resok:
    """Decode ``FSINFO3resok``."""
    at: str | xdr.Run = _FSINFO3RESOK_2
    try:
        (obj_attributes_case,) = _FSINFO3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = _FSINFO3RESOK_1
        (
            rtmax,
            rtpref,
            rtmult,
            wtmax,
            wtpref,
            wtmult,
            dtpref,
            maxfilesize,
            time_delta_seconds,
            time_delta_nseconds,
            properties,
        ) = _FSINFO3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 48
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_fsinfo3resok(
        obj_attributes,
        rtmax,
        rtpref,
        rtmult,
        wtmax,
        wtpref,
        wtmult,
        dtpref,
        maxfilesize,
        time_delta_seconds,
        time_delta_nseconds,
        properties,
    )


_FSINFO3RESFAIL_1: Final = xdr.Run("i", "obj_attributes")
_new_fsinfo3resfail: Final = xdr.constructor(FSINFO3resfail)


def encode_fsinfo3resfail(out: xdr.Encoder, value: FSINFO3resfail) -> None:
    """Encode ``FSINFO3resfail``."""
    try:
        encode_post_op_attr(out, value.obj_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "obj_attributes", value) from None


def decode_fsinfo3resfail(data: xdr.Decoder) -> FSINFO3resfail:
    """Decode ``FSINFO3resfail``."""
    at: str | xdr.Run = _FSINFO3RESFAIL_1
    try:
        (obj_attributes_case,) = _FSINFO3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_fsinfo3resfail(obj_attributes)


_FSINFO3RES_1: Final = xdr.Run("i", "status")
_FSINFO3RESDEFAULT_2: Final = xdr.Run("i", "resfail.obj_attributes")
_new_fsinfo3resnfs3ok: Final = xdr.constructor(FSINFO3resNfs3Ok)
_new_fsinfo3resdefault: Final = xdr.constructor(FSINFO3resDefault, {"resfail": FSINFO3resfail})


def encode_fsinfo3res(out: xdr.Encoder, value: FSINFO3res) -> None:
    """Encode ``FSINFO3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case FSINFO3resNfs3Ok():
                at = _FSINFO3RES_1
                out += _FSINFO3RES_1.pack(0)
                at = "resok"
                encode_fsinfo3resok(out, value.resok)
            case FSINFO3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _FSINFO3RES_1
                out += _FSINFO3RES_1.pack(status_)
                at = "resfail.obj_attributes"
                encode_post_op_attr(out, value.resfail.obj_attributes)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_fsinfo3resok(data)
            return _new_fsinfo3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = _FSINFO3RESDEFAULT_2
            (resfail_obj_attributes_case,) = _FSINFO3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.obj_attributes"
            resfail_obj_attributes = _decode_post_op_attr_arm(data, resfail_obj_attributes_case)
            return _new_fsinfo3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_obj_attributes)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_PATHCONF3ARGS_1: Final = xdr.Run("I", "#object.data")
_new_pathconf3args: Final = xdr.constructor(PATHCONF3args, {"object": NfsFh3})


def encode_pathconf3args(out: xdr.Encoder, value: PATHCONF3args) -> None:
    """Encode ``PATHCONF3args``."""
    at: str | xdr.Run = "object.data"
    try:
        object_data_length = xdr.checked_length(value.object.data, NFS3_FHSIZE)
        at = _PATHCONF3ARGS_1
        out += _PATHCONF3ARGS_1.pack(object_data_length)
        at = "object.data"
        out += value.object.data
        out += xdr.PADDING[len(value.object.data) & 3]
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_pathconf3args(data: xdr.Decoder) -> PATHCONF3args:
    """Decode ``PATHCONF3args``."""
    at: str | xdr.Run = _PATHCONF3ARGS_1
    try:
        (object_data_length,) = _PATHCONF3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "object.data"
        object_data = xdr.opaque_of(data, object_data_length, NFS3_FHSIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_pathconf3args(object_data)


_PATHCONF3RESOK_1: Final = xdr.Run(
    "I I i i i i", "linkmax", "name_max", "no_trunc", "chown_restricted", "case_insensitive", "case_preserving"
)
_PATHCONF3RESOK_2: Final = xdr.Run("i", "obj_attributes")
_new_pathconf3resok: Final = xdr.constructor(PATHCONF3resok)


def encode_pathconf3resok(out: xdr.Encoder, value: PATHCONF3resok) -> None:
    """Encode ``PATHCONF3resok``."""
    at: str | xdr.Run = "obj_attributes"
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
    at: str | xdr.Run = _PATHCONF3RESOK_2
    try:
        (obj_attributes_case,) = _PATHCONF3RESOK_2.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
        at = _PATHCONF3RESOK_1
        (
            linkmax,
            name_max,
            no_trunc,
            chown_restricted,
            case_insensitive,
            case_preserving,
        ) = _PATHCONF3RESOK_1.unpack_from(data.buffer, data.position)
        data.position += 24
        at = "no_trunc"
        no_trunc = xdr.BOOL[no_trunc]
        at = "chown_restricted"
        chown_restricted = xdr.BOOL[chown_restricted]
        at = "case_insensitive"
        case_insensitive = xdr.BOOL[case_insensitive]
        at = "case_preserving"
        case_preserving = xdr.BOOL[case_preserving]
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_pathconf3resok(
        obj_attributes, linkmax, name_max, no_trunc, chown_restricted, case_insensitive, case_preserving
    )


_PATHCONF3RESFAIL_1: Final = xdr.Run("i", "obj_attributes")
_new_pathconf3resfail: Final = xdr.constructor(PATHCONF3resfail)


def encode_pathconf3resfail(out: xdr.Encoder, value: PATHCONF3resfail) -> None:
    """Encode ``PATHCONF3resfail``."""
    try:
        encode_post_op_attr(out, value.obj_attributes)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "obj_attributes", value) from None


def decode_pathconf3resfail(data: xdr.Decoder) -> PATHCONF3resfail:
    """Decode ``PATHCONF3resfail``."""
    at: str | xdr.Run = _PATHCONF3RESFAIL_1
    try:
        (obj_attributes_case,) = _PATHCONF3RESFAIL_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "obj_attributes"
        obj_attributes = _decode_post_op_attr_arm(data, obj_attributes_case)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_pathconf3resfail(obj_attributes)


_PATHCONF3RES_1: Final = xdr.Run("i", "status")
_PATHCONF3RESDEFAULT_2: Final = xdr.Run("i", "resfail.obj_attributes")
_new_pathconf3resnfs3ok: Final = xdr.constructor(PATHCONF3resNfs3Ok)
_new_pathconf3resdefault: Final = xdr.constructor(PATHCONF3resDefault, {"resfail": PATHCONF3resfail})


def encode_pathconf3res(out: xdr.Encoder, value: PATHCONF3res) -> None:
    """Encode ``PATHCONF3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case PATHCONF3resNfs3Ok():
                at = _PATHCONF3RES_1
                out += _PATHCONF3RES_1.pack(0)
                at = "resok"
                encode_pathconf3resok(out, value.resok)
            case PATHCONF3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _PATHCONF3RES_1
                out += _PATHCONF3RES_1.pack(status_)
                at = "resfail.obj_attributes"
                encode_post_op_attr(out, value.resfail.obj_attributes)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_pathconf3resok(data)
            return _new_pathconf3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = _PATHCONF3RESDEFAULT_2
            (resfail_obj_attributes_case,) = _PATHCONF3RESDEFAULT_2.unpack_from(data.buffer, data.position)
            data.position += 4
            at = "resfail.obj_attributes"
            resfail_obj_attributes = _decode_post_op_attr_arm(data, resfail_obj_attributes_case)
            return _new_pathconf3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_obj_attributes)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


_COMMIT3ARGS_1: Final = xdr.Run("I", "#file.data")
_COMMIT3ARGS_2: Final = xdr.Run("Q I", "offset", "count")
_new_commit3args: Final = xdr.constructor(COMMIT3args, {"file": NfsFh3})


def encode_commit3args(out: xdr.Encoder, value: COMMIT3args) -> None:
    """Encode ``COMMIT3args``."""
    at: str | xdr.Run = "file.data"
    try:
        file_data_length = xdr.checked_length(value.file.data, NFS3_FHSIZE)
        at = _COMMIT3ARGS_1
        out += _COMMIT3ARGS_1.pack(file_data_length)
        at = "file.data"
        out += value.file.data
        out += xdr.PADDING[len(value.file.data) & 3]
        at = _COMMIT3ARGS_2
        out += _COMMIT3ARGS_2.pack(value.offset, value.count)
    except xdr.ENCODING as error:
        raise xdr.fault(error, at, value) from None


def decode_commit3args(data: xdr.Decoder) -> COMMIT3args:
    """Decode ``COMMIT3args``."""
    at: str | xdr.Run = _COMMIT3ARGS_1
    try:
        (file_data_length,) = _COMMIT3ARGS_1.unpack_from(data.buffer, data.position)
        data.position += 4
        at = "file.data"
        file_data = xdr.opaque_of(data, file_data_length, NFS3_FHSIZE)
        at = _COMMIT3ARGS_2
        offset, count = _COMMIT3ARGS_2.unpack_from(data.buffer, data.position)
        data.position += 12
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_commit3args(file_data, offset, count)


_new_commit3resok: Final = xdr.constructor(COMMIT3resok)


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
    at = "file_wcc"
    try:
        file_wcc = decode_wcc_data(data)
        at = "verf"
        verf = xdr.decode_fixed_opaque(data, NFS3_WRITEVERFSIZE)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None
    return _new_commit3resok(file_wcc, verf)


_new_commit3resfail: Final = xdr.constructor(COMMIT3resfail)


def encode_commit3resfail(out: xdr.Encoder, value: COMMIT3resfail) -> None:
    """Encode ``COMMIT3resfail``."""
    try:
        encode_wcc_data(out, value.file_wcc)
    except xdr.ENCODING as error:
        raise xdr.fault(error, "file_wcc", value) from None


def decode_commit3resfail(data: xdr.Decoder) -> COMMIT3resfail:
    """Decode ``COMMIT3resfail``."""
    try:
        file_wcc = decode_wcc_data(data)
    except xdr.DECODING as error:
        raise xdr.fault(error, "file_wcc", data) from None
    return _new_commit3resfail(file_wcc)


_COMMIT3RES_1: Final = xdr.Run("i", "status")
_new_commit3resnfs3ok: Final = xdr.constructor(COMMIT3resNfs3Ok)
_new_commit3resdefault: Final = xdr.constructor(COMMIT3resDefault, {"resfail": COMMIT3resfail})


def encode_commit3res(out: xdr.Encoder, value: COMMIT3res) -> None:
    """Encode ``COMMIT3res``."""
    at: str | xdr.Run = "status"
    try:
        match value:
            case COMMIT3resNfs3Ok():
                at = _COMMIT3RES_1
                out += _COMMIT3RES_1.pack(0)
                at = "resok"
                encode_commit3resok(out, value.resok)
            case COMMIT3resDefault():
                at = "status"
                status_ = _NFSSTAT3EXCEPTNFS3OK[value.status]
                at = _COMMIT3RES_1
                out += _COMMIT3RES_1.pack(status_)
                at = "resfail.file_wcc"
                encode_wcc_data(out, value.resfail.file_wcc)
            case _:
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
    at: str | xdr.Run = "status"
    try:
        if number == 0:  # NFS3_OK
            at = "resok"
            resok = decode_commit3resok(data)
            return _new_commit3resnfs3ok(resok)
        if number in _NFSSTAT3EXCEPTNFS3OK:
            at = "resfail.file_wcc"
            resfail_file_wcc = decode_wcc_data(data)
            return _new_commit3resdefault(_NFSSTAT3EXCEPTNFS3OK[number], resfail_file_wcc)
        raise xdr.undeclared(number)
    except xdr.DECODING as error:
        raise xdr.fault(error, at, data) from None


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
