"""Files that http.server's handler sends: by the kernel, where ``SimpleHTTPRequestHandler`` would copy them.

``shutil.copyfileobj``, which that calls, reads and writes; nothing of ours is asked. So this takes the place of
``copyfile``, the one method that http.server has for it, on an object whose class leaves that as it is. The object has
the class that the program gave, and whatever that overrides is called as before. It knows nothing else of the handler.
"""

import functools
import shutil
import socket
import socketserver
import sys
from collections.abc import Callable
from typing import Any, Final, Protocol

from typedserver.sockets.parcels import is_regular

# What the standard library makes of a connection for ``wfile`` if it has no buffer. Any other file may do more.
_SocketWriter: Final[type | None] = vars(socketserver).get("_SocketWriter")


class _Source(Protocol):
    def read(self, size: int = ..., /) -> bytes: ...
    def seek(self, offset: int, /) -> object: ...
    def tell(self) -> int: ...


class _Output(Protocol):
    def write(self, data: bytes, /) -> object: ...
    def fileno(self) -> int: ...


class FileSendingHandler:
    """A handler class of http.server, whose objects send files by the kernel.

    kind: the class. handler: the class, or a ``functools.partial`` of it.
    """

    def __init__(self, kind: type, handler: object) -> None:
        # No type, because that would say how the constructor of a subclass is called.
        self._kind: Any = kind
        self._arguments: tuple[Any, ...] = ()
        self._keywords: dict[str, Any] = {}
        if isinstance(handler, functools.partial):
            self._arguments, self._keywords = handler.args, handler.keywords

    def __call__(self, request: socket.socket, *arguments: object) -> socketserver.BaseRequestHandler:
        """Make the handler, whose constructor answers the request."""
        made: socketserver.BaseRequestHandler = object.__new__(self._kind)
        # Before the constructor, which answers. It names the request and not the handler, which would be a cycle.
        vars(made)["copyfile"] = functools.partial(_copy, request)
        self._kind.__init__(made, *self._arguments, request, *arguments, **self._keywords)
        return made


def _copy(connection: socket.socket, source: _Source, outputfile: _Output) -> None:
    """Copy a file to a client, as ``SimpleHTTPRequestHandler.copyfile`` does."""
    # The handler may have put another connection in the place of the one that was accepted, as TLS does.
    if type(outputfile) is _SocketWriter and outputfile.fileno() == connection.fileno() and is_regular(source):
        connection.sendfile(source, source.tell())
    else:
        shutil.copyfileobj(source, outputfile)


def sending_files(
    handler: Callable[..., socketserver.BaseRequestHandler],
) -> Callable[..., socketserver.BaseRequestHandler]:
    """Return what makes a handler whose files are sent by the kernel; the same if it sends none, or in its own way."""
    kind: Any = _class_of(handler)
    module = sys.modules.get("http.server")
    # A ``__new__`` may have more to do when an object is made.
    if kind is None or module is None or kind.__new__ is not object.__new__:
        return handler
    theirs: type[Any] = module.SimpleHTTPRequestHandler
    if not issubclass(kind, theirs) or kind.copyfile is not theirs.copyfile:
        return handler
    # Somebody may have put another in the place of http.server's own.
    return FileSendingHandler(kind, handler) if theirs.copyfile.__module__ == module.__name__ else handler


def _class_of(handler: object) -> type | None:
    """Return the class that a handler is made by; None for another callable, or a class made by a class of its own."""
    if isinstance(handler, functools.partial):
        handler = handler.func
    return handler if isinstance(handler, type) and type(handler) is type else None
