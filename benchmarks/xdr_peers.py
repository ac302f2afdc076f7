"""READDIRPLUS of NFS (RFC 1813) on xdrlib, by hand, as its users write it.

xdrlib left the standard library with Python 3.13; standard-xdrlib (PyPI) is the same code.
"""

import warnings
from collections.abc import Callable
from typing import TypeAlias

from examples.protocols import nfs3

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    import xdrlib

Page: TypeAlias = nfs3.READDIRPLUS3resNfs3Ok


class HandPacker(xdrlib.Packer):
    """A method for each struct and union, and xdrlib's own for what is in them."""

    def pack_page(self, page: Page) -> None:
        """Pack a page."""
        self.pack_enum(page.status)
        result = page.resok
        self.pack_post_op_attr(result.dir_attributes)
        self.pack_fopaque(8, result.cookieverf)
        self.pack_list(list(result.reply.entries), self.pack_entry)
        self.pack_bool(result.reply.eof)

    def pack_entry(self, entry: nfs3.Entryplus3) -> None:
        """Pack an entry."""
        self.pack_uhyper(entry.fileid)
        self.pack_string(entry.name.encode("utf-8", "surrogateescape"))
        self.pack_uhyper(entry.cookie)
        self.pack_post_op_attr(entry.name_attributes)
        handle = entry.name_handle
        self.pack_bool(handle.handle_follows)
        if isinstance(handle, nfs3.PostOpFh3True):
            self.pack_opaque(handle.handle.data)

    def pack_post_op_attr(self, follows: nfs3.PostOpAttr) -> None:
        """Pack attributes, if there are any."""
        self.pack_bool(follows.attributes_follow)
        if isinstance(follows, nfs3.PostOpAttrTrue):
            self.pack_fattr3(follows.attributes)

    def pack_fattr3(self, attributes: nfs3.Fattr3) -> None:
        """Pack attributes."""
        self.pack_enum(attributes.type)
        self.pack_uint(attributes.mode)
        self.pack_uint(attributes.nlink)
        self.pack_uint(attributes.uid)
        self.pack_uint(attributes.gid)
        self.pack_uhyper(attributes.size)
        self.pack_uhyper(attributes.used)
        self.pack_uint(attributes.rdev.specdata1)
        self.pack_uint(attributes.rdev.specdata2)
        self.pack_uhyper(attributes.fsid)
        self.pack_uhyper(attributes.fileid)
        for time in (attributes.atime, attributes.mtime, attributes.ctime):
            self.pack_uint(time.seconds)
            self.pack_uint(time.nseconds)


class HandUnpacker(xdrlib.Unpacker):
    """The same in the other direction; it makes the values that our codecs make."""

    def unpack_page(self) -> Page:
        """Unpack a page, which must be all there is."""
        assert self.unpack_enum() == nfs3.Nfsstat3.NFS3_OK
        attributes, verifier = self.unpack_post_op_attr(), self.unpack_fopaque(8)
        entries = tuple(self.unpack_list(self.unpack_entry))
        page = Page(
            nfs3.READDIRPLUS3resok(attributes, verifier, nfs3.Dirlistplus3(entries, eof=bool(self.unpack_bool())))
        )
        self.done()
        return page

    def unpack_entry(self) -> nfs3.Entryplus3:
        """Unpack an entry."""
        return nfs3.Entryplus3(
            self.unpack_uhyper(),
            self.unpack_string().decode("utf-8", "surrogateescape"),
            self.unpack_uhyper(),
            self.unpack_post_op_attr(),
            nfs3.PostOpFh3True(nfs3.NfsFh3(self.unpack_opaque())) if self.unpack_bool() else nfs3.PostOpFh3False(),
        )

    def unpack_post_op_attr(self) -> nfs3.PostOpAttr:
        """Unpack attributes, if there are any."""
        return nfs3.PostOpAttrTrue(self.unpack_fattr3()) if self.unpack_bool() else nfs3.PostOpAttrFalse()

    def unpack_fattr3(self) -> nfs3.Fattr3:
        """Unpack attributes."""
        return nfs3.Fattr3(
            nfs3.Ftype3(self.unpack_enum()),
            self.unpack_uint(),
            self.unpack_uint(),
            self.unpack_uint(),
            self.unpack_uint(),
            self.unpack_uhyper(),
            self.unpack_uhyper(),
            nfs3.Specdata3(self.unpack_uint(), self.unpack_uint()),
            self.unpack_uhyper(),
            self.unpack_uhyper(),
            self.unpack_time(),
            self.unpack_time(),
            self.unpack_time(),
        )

    def unpack_time(self) -> nfs3.Nfstime3:
        """Unpack a time."""
        return nfs3.Nfstime3(self.unpack_uint(), self.unpack_uint())


def by_hand(page: Page, data: bytes) -> tuple[Callable[[], bytes], Callable[[], Page]]:
    """Return what encodes a page and what decodes it, by hand."""

    def encode() -> bytes:
        packer = HandPacker()
        packer.pack_page(page)
        return packer.get_buffer()

    return encode, lambda: HandUnpacker(data).unpack_page()
