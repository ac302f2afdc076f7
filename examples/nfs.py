"""A small NFS server (version 3, and MOUNT): files that stand in memory, which any client may list and read.

Both protocols were compiled by typedserver-rpcgen from examples/protocols/*.x. They share one port, so that no rpcbind
is needed:

    python -m typedserver examples.nfs:server
    nfs-ls 'nfs://127.0.0.1/export/?nfsport=2049&mountport=2049'           (libnfs-utils)
    mount -t nfs -o vers=3,tcp,port=2049,mountport=2049,nolock,ro 127.0.0.1:/export /mnt
"""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, TypeAlias

from examples.protocols import mount3, nfs3
from typedserver import TCP, Multiplexed, Server, rpc

# A tree of files: bytes, a link, or a folder of more.
Tree: TypeAlias = "Mapping[str, bytes | Link | Tree]"

EXPORT: Final = "/export"

# Bytes of one READ: RFC 1813 leaves it to the server.
_LARGEST_READ: Final = 64 * 1024
_NAME_MAX: Final = 255
_HANDLE_BYTES: Final = 8
_BLOCK: Final = 4096

_READ_ONLY: Final = nfs3.Nfsstat3.NFS3ERR_ROFS
_NO_ATTRIBUTES: Final = nfs3.PostOpAttrFalse()
_NOTHING_CHANGED: Final = nfs3.WccData(nfs3.PreOpAttrFalse(), _NO_ATTRIBUTES)
_VERIFIER: Final = bytes(nfs3.NFS3_COOKIEVERFSIZE)

# Accounts of Unix (AUTH_SYS, RFC 5531, 8.2), which every client can send.
_FLAVORS: Final = (1,)


@dataclass(frozen=True)
class Link:
    """A symbolic link."""

    target: str


@dataclass
class Node:
    """A file, a folder or a link, with its number."""

    number: int
    parent: "Node | None"
    data: bytes = b""
    target: str | None = None
    children: "dict[str, Node] | None" = None
    changed: float = field(default_factory=time.time)

    @property
    def kind(self) -> nfs3.Ftype3:
        """What it is."""
        if self.children is not None:
            return nfs3.Ftype3.NF3DIR
        return nfs3.Ftype3.NF3REG if self.target is None else nfs3.Ftype3.NF3LNK

    @property
    def size(self) -> int:
        """How many bytes it has."""
        if self.children is not None:
            return _BLOCK
        return len(self.data) if self.target is None else len(self.target.encode())

    @property
    def handle(self) -> nfs3.NfsFh3:
        """What a client names it by."""
        return nfs3.NfsFh3(self.number.to_bytes(_HANDLE_BYTES, "big"))

    @property
    def attributes(self) -> nfs3.PostOpAttrTrue:
        """What a client may know of it."""
        return nfs3.PostOpAttrTrue(self.facts())

    def facts(self) -> nfs3.Fattr3:
        """The same, bare."""
        when = nfs3.Nfstime3(int(self.changed), int(self.changed % 1 * 1e9))
        return nfs3.Fattr3(
            type=self.kind,
            mode=0o555 if self.children is not None else 0o444,
            nlink=1,
            uid=0,
            gid=0,
            size=self.size,
            used=-(-self.size // _BLOCK) * _BLOCK,
            rdev=nfs3.Specdata3(0, 0),
            fsid=1,
            fileid=self.number,
            atime=when,
            mtime=when,
            ctime=when,
        )


class Refused(Exception):  # noqa: N818 - it is no error of a program
    """What a procedure answers in the place of a result."""

    def __init__(self, status: nfs3.Nfsstat3ExceptNfs3Ok) -> None:
        super().__init__(status)
        self.status: nfs3.Nfsstat3ExceptNfs3Ok = status


class Volume:
    """The files by their numbers."""

    def __init__(self, tree: Tree) -> None:
        self._nodes: list[Node] = []
        self.root: Node = self._add(None, tree)

    def _add(self, parent: Node | None, thing: "bytes | Link | Tree") -> Node:
        node = Node(len(self._nodes) + 1, parent)
        self._nodes.append(node)
        if isinstance(thing, bytes):
            node.data = thing
        elif isinstance(thing, Link):
            node.target = thing.target
        else:
            node.children = {name: self._add(node, child) for name, child in thing.items()}
        return node

    def __len__(self) -> int:
        return len(self._nodes)

    def node(self, handle: nfs3.NfsFh3) -> Node:
        """Return what a handle names; raises Refused for one that names nothing."""
        number = int.from_bytes(handle.data, "big")
        if len(handle.data) != _HANDLE_BYTES or not 0 < number <= len(self._nodes):
            raise Refused(nfs3.Nfsstat3.NFS3ERR_BADHANDLE)
        return self._nodes[number - 1]

    def folder(self, handle: nfs3.NfsFh3) -> "tuple[Node, dict[str, Node]]":
        """Return a folder and what is in it; raises Refused for anything else."""
        node = self.node(handle)
        if node.children is None:
            raise Refused(nfs3.Nfsstat3.NFS3ERR_NOTDIR)
        return node, node.children

    def file(self, handle: nfs3.NfsFh3) -> Node:
        """Return a file; raises Refused for anything else."""
        node = self.node(handle)
        if node.children is not None:
            raise Refused(nfs3.Nfsstat3.NFS3ERR_ISDIR)
        if node.target is not None:
            raise Refused(nfs3.Nfsstat3.NFS3ERR_INVAL)
        return node

    def link(self, handle: nfs3.NfsFh3) -> tuple[Node, str]:
        """Return a link and where it leads; raises Refused for anything else."""
        node = self.node(handle)
        if node.target is None:
            raise Refused(nfs3.Nfsstat3.NFS3ERR_INVAL)
        return node, node.target

    def named(self, what: nfs3.Diropargs3) -> tuple[Node, Node]:
        """Return a folder and the one of this name in it."""
        folder, children = self.folder(what.dir)
        if what.name in (".", ".."):
            return folder, folder if what.name == "." else folder.parent or folder
        if what.name not in children:
            raise Refused(nfs3.Nfsstat3.NFS3ERR_NOENT)
        return folder, children[what.name]

    def below(self, path: str) -> Node | None:
        """Return the folder that a path from the root leads to; None if there is none."""
        node = self.root
        for name in filter(None, path.split("/")):
            if node.children is None or name not in node.children:
                return None
            node = node.children[name]
        return node if node.children is not None else None

    def entries(self, handle: nfs3.NfsFh3, cookie: int) -> "tuple[Node, Iterator[tuple[int, str, Node]]]":
        """Return a folder, and what comes in it after a cookie, each with its own."""
        folder, children = self.folder(handle)
        listed = [(".", folder), ("..", folder.parent or folder), *children.items()]
        numbered = [(number, name, node) for number, (name, node) in enumerate(listed, 1)]
        return folder, iter(numbered[cookie:])


class Files:
    """The service of ``NFS_V3``."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume

    def nfsproc3_getattr(self, argument: nfs3.GETATTR3args, _call: rpc.Call, /) -> nfs3.GETATTR3res:
        try:
            node = self._volume.node(argument.object)
        except Refused as refused:
            return nfs3.GETATTR3resDefault(refused.status)
        return nfs3.GETATTR3resNfs3Ok(nfs3.GETATTR3resok(node.facts()))

    def nfsproc3_lookup(self, argument: nfs3.LOOKUP3args, _call: rpc.Call, /) -> nfs3.LOOKUP3res:
        try:
            folder, found = self._volume.named(argument.what)
        except Refused as refused:
            return nfs3.LOOKUP3resDefault(refused.status, nfs3.LOOKUP3resfail(_NO_ATTRIBUTES))
        return nfs3.LOOKUP3resNfs3Ok(nfs3.LOOKUP3resok(found.handle, found.attributes, folder.attributes))

    def nfsproc3_access(self, argument: nfs3.ACCESS3args, _call: rpc.Call, /) -> nfs3.ACCESS3res:
        try:
            node = self._volume.node(argument.object)
        except Refused as refused:
            return nfs3.ACCESS3resDefault(refused.status, nfs3.ACCESS3resfail(_NO_ATTRIBUTES))
        allowed = nfs3.ACCESS3_READ | nfs3.ACCESS3_LOOKUP | nfs3.ACCESS3_EXECUTE
        if node.children is None:
            allowed = nfs3.ACCESS3_READ
        return nfs3.ACCESS3resNfs3Ok(nfs3.ACCESS3resok(node.attributes, argument.access & allowed))

    def nfsproc3_readlink(self, argument: nfs3.READLINK3args, _call: rpc.Call, /) -> nfs3.READLINK3res:
        try:
            node, target = self._volume.link(argument.symlink)
        except Refused as refused:
            return nfs3.READLINK3resDefault(refused.status, nfs3.READLINK3resfail(_NO_ATTRIBUTES))
        return nfs3.READLINK3resNfs3Ok(nfs3.READLINK3resok(node.attributes, target))

    def nfsproc3_read(self, argument: nfs3.READ3args, _call: rpc.Call, /) -> nfs3.READ3res:
        try:
            node = self._volume.file(argument.file)
        except Refused as refused:
            return nfs3.READ3resDefault(refused.status, nfs3.READ3resfail(_NO_ATTRIBUTES))
        end = argument.offset + min(argument.count, _LARGEST_READ)
        data = node.data[argument.offset : end]
        return nfs3.READ3resNfs3Ok(nfs3.READ3resok(node.attributes, len(data), end >= len(node.data), data))

    def nfsproc3_readdir(self, argument: nfs3.READDIR3args, _call: rpc.Call, /) -> nfs3.READDIR3res:
        try:
            folder, coming = self._volume.entries(argument.dir, argument.cookie)
        except Refused as refused:
            return nfs3.READDIR3resDefault(refused.status, nfs3.READDIR3resfail(_NO_ATTRIBUTES))
        entries: list[nfs3.Entry3] = []
        # What stands around the entries, and around each of them.
        room, eof = argument.count - 128, True
        for cookie, name, node in coming:
            room -= 28 + len(name.encode())
            if room < 0 and entries:
                eof = False
                break
            entries.append(nfs3.Entry3(node.number, name, cookie))
        listing = nfs3.Dirlist3(tuple(entries), eof)
        return nfs3.READDIR3resNfs3Ok(nfs3.READDIR3resok(folder.attributes, _VERIFIER, listing))

    def nfsproc3_readdirplus(self, argument: nfs3.READDIRPLUS3args, _call: rpc.Call, /) -> nfs3.READDIRPLUS3res:
        try:
            folder, coming = self._volume.entries(argument.dir, argument.cookie)
        except Refused as refused:
            return nfs3.READDIRPLUS3resDefault(refused.status, nfs3.READDIRPLUS3resfail(_NO_ATTRIBUTES))
        entries: list[nfs3.Entryplus3] = []
        room, eof = argument.maxcount - 128, True
        for cookie, name, node in coming:
            room -= 148 + len(name.encode())
            if room < 0 and entries:
                eof = False
                break
            handle = nfs3.PostOpFh3True(node.handle)
            entries.append(nfs3.Entryplus3(node.number, name, cookie, node.attributes, handle))
        listing = nfs3.Dirlistplus3(tuple(entries), eof)
        return nfs3.READDIRPLUS3resNfs3Ok(nfs3.READDIRPLUS3resok(folder.attributes, _VERIFIER, listing))

    def nfsproc3_fsstat(self, _argument: nfs3.FSSTAT3args, _call: rpc.Call, /) -> nfs3.FSSTAT3res:
        files = len(self._volume)
        ok = nfs3.FSSTAT3resok(self._volume.root.attributes, files * _BLOCK, 0, 0, files, 0, 0, 0)
        return nfs3.FSSTAT3resNfs3Ok(ok)

    def nfsproc3_fsinfo(self, _argument: nfs3.FSINFO3args, _call: rpc.Call, /) -> nfs3.FSINFO3res:
        ok = nfs3.FSINFO3resok(
            obj_attributes=self._volume.root.attributes,
            rtmax=_LARGEST_READ,
            rtpref=_LARGEST_READ,
            rtmult=_BLOCK,
            wtmax=_LARGEST_READ,
            wtpref=_LARGEST_READ,
            wtmult=_BLOCK,
            dtpref=_LARGEST_READ,
            maxfilesize=2**63 - 1,
            time_delta=nfs3.Nfstime3(0, 1),
            properties=nfs3.FSF3_SYMLINK | nfs3.FSF3_HOMOGENEOUS,
        )
        return nfs3.FSINFO3resNfs3Ok(ok)

    def nfsproc3_pathconf(self, _argument: nfs3.PATHCONF3args, _call: rpc.Call, /) -> nfs3.PATHCONF3res:
        facts = self._volume.root.attributes
        return nfs3.PATHCONF3resNfs3Ok(nfs3.PATHCONF3resok(facts, 1, _NAME_MAX, True, True, False, True))

    # Whatever would change something

    def nfsproc3_setattr(self, _argument: nfs3.SETATTR3args, _call: rpc.Call, /) -> nfs3.SETATTR3res:
        return nfs3.SETATTR3resDefault(_READ_ONLY, nfs3.SETATTR3resfail(_NOTHING_CHANGED))

    def nfsproc3_write(self, _argument: nfs3.WRITE3args, _call: rpc.Call, /) -> nfs3.WRITE3res:
        return nfs3.WRITE3resDefault(_READ_ONLY, nfs3.WRITE3resfail(_NOTHING_CHANGED))

    def nfsproc3_create(self, _argument: nfs3.CREATE3args, _call: rpc.Call, /) -> nfs3.CREATE3res:
        return nfs3.CREATE3resDefault(_READ_ONLY, nfs3.CREATE3resfail(_NOTHING_CHANGED))

    def nfsproc3_mkdir(self, _argument: nfs3.MKDIR3args, _call: rpc.Call, /) -> nfs3.MKDIR3res:
        return nfs3.MKDIR3resDefault(_READ_ONLY, nfs3.MKDIR3resfail(_NOTHING_CHANGED))

    def nfsproc3_symlink(self, _argument: nfs3.SYMLINK3args, _call: rpc.Call, /) -> nfs3.SYMLINK3res:
        return nfs3.SYMLINK3resDefault(_READ_ONLY, nfs3.SYMLINK3resfail(_NOTHING_CHANGED))

    def nfsproc3_mknod(self, _argument: nfs3.MKNOD3args, _call: rpc.Call, /) -> nfs3.MKNOD3res:
        return nfs3.MKNOD3resDefault(_READ_ONLY, nfs3.MKNOD3resfail(_NOTHING_CHANGED))

    def nfsproc3_remove(self, _argument: nfs3.REMOVE3args, _call: rpc.Call, /) -> nfs3.REMOVE3res:
        return nfs3.REMOVE3resDefault(_READ_ONLY, nfs3.REMOVE3resfail(_NOTHING_CHANGED))

    def nfsproc3_rmdir(self, _argument: nfs3.RMDIR3args, _call: rpc.Call, /) -> nfs3.RMDIR3res:
        return nfs3.RMDIR3resDefault(_READ_ONLY, nfs3.RMDIR3resfail(_NOTHING_CHANGED))

    def nfsproc3_rename(self, _argument: nfs3.RENAME3args, _call: rpc.Call, /) -> nfs3.RENAME3res:
        return nfs3.RENAME3resDefault(_READ_ONLY, nfs3.RENAME3resfail(_NOTHING_CHANGED, _NOTHING_CHANGED))

    def nfsproc3_link(self, _argument: nfs3.LINK3args, _call: rpc.Call, /) -> nfs3.LINK3res:
        return nfs3.LINK3resDefault(_READ_ONLY, nfs3.LINK3resfail(_NO_ATTRIBUTES, _NOTHING_CHANGED))

    def nfsproc3_commit(self, _argument: nfs3.COMMIT3args, _call: rpc.Call, /) -> nfs3.COMMIT3res:
        return nfs3.COMMIT3resDefault(_READ_ONLY, nfs3.COMMIT3resfail(_NOTHING_CHANGED))


class Mounts:
    """The service of ``MOUNT_V3``: one export, for everybody."""

    def __init__(self, volume: Volume) -> None:
        self._volume = volume

    def mountproc3_mnt(self, argument: str, _call: rpc.Call, /) -> mount3.Mountres3:
        node = self._volume.below(argument.removeprefix(EXPORT)) if argument.startswith(EXPORT) else None
        if node is None:
            return mount3.Mountres3Default(mount3.Mountstat3.MNT3ERR_NOENT)
        return mount3.Mountres3Mnt3Ok(mount3.Mountres3Ok(node.handle.data, _FLAVORS))

    def mountproc3_dump(self, _call: rpc.Call, /) -> mount3.Mountlist:
        # It keeps no account of its clients: MOUNT's is advice alone (RFC 1813, 5.2.2).
        return ()

    def mountproc3_umnt(self, _argument: str, _call: rpc.Call, /) -> None:
        return

    def mountproc3_umntall(self, _call: rpc.Call, /) -> None:
        return

    def mountproc3_export(self, _call: rpc.Call, /) -> mount3.Exports:
        return (mount3.Exportnode(EXPORT, ()),)


def programs(tree: Tree) -> tuple[rpc.Program, rpc.Program]:
    """Return what serves a tree of files."""
    volume = Volume(tree)
    return nfs3.NFS_V3.served_by(Files(volume)), mount3.MOUNT_V3.served_by(Mounts(volume))


HELLO: Final[Tree] = {
    "hello.txt": b"Hello from memory.\n",
    "large.bin": bytes(range(256)) * 4096,
    "latest": Link("hello.txt"),
    "notes": {"one.txt": b"1\n", "two.txt": b"2\n", "empty": {}},
}

server = Server(TCP(port=2049), rpc.stream_handler(*programs(HELLO)), Multiplexed())
