"""What a file must have to be sent over a connection."""

from typing import Protocol


class SendableFile(Protocol):
    """A file of bytes, as ``Stream.sendfile`` and the ``sendfile`` of sockets take it."""

    def read(self, size: int, /) -> bytes:
        """Read up to ``size`` bytes; b"" at the end."""
        ...

    def seek(self, offset: int, /) -> object:
        """Have the next read begin there; raises OSError if that cannot be done, as on a pipe."""
        ...
