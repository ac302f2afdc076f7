"""PeerCredentials: which process has connected to a Unix socket, as the kernel says it (unix(7), SO_PEERCRED).

It knows a socket's option, and what cannot have one.
"""

import socket
import struct
import sys
from dataclasses import dataclass
from typing import Final

from typedserver.coroutines.stream import Stream
from typedserver.errors import AuthenticationFailed, CompositionError
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.requests import UnixAddress
from typedserver.recipes import recipe_repr

# struct ucred: a pid_t, a uid_t and a gid_t; ids may be above 2**31.
_UCRED: Final = struct.Struct("iII")

# What the kernel says of ids that it does not know; and of all three, of a socket that is none of Unix.
_NOBODY: Final = 2**32 - 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """The process that has connected, as it was then: it may have given up its rights since, or the connection away.

    pid: 0 if it is not to be seen from here, as from another container. It may be another process's by now, so nothing
    may be allowed by it.
    uid, gid: its effective user and group.
    """

    pid: int
    uid: int
    gid: int

    @property
    def user(self) -> str | None:
        """The name of the user; None if it has none here. It is looked up each time (getpwuid(3)), which may wait."""
        # Only where there are users.
        import pwd  # noqa: PLC0415 - see above

        try:
            return pwd.getpwuid(self.uid).pw_name
        except KeyError:
            return None

    @property
    def group(self) -> str | None:
        """The name of the group; None if it has none here. It is looked up each time (getgrgid(3)), which may wait."""
        import grp  # noqa: PLC0415 - as in ``user``

        try:
            return grp.getgrgid(self.gid).gr_name
        except KeyError:
            return None


@dataclass(frozen=True, slots=True, repr=False)
class PeerCredentials:
    """Find out which user's process has connected to a Unix socket; nothing is sent or read.

    The principal is ``Credentials(pid=, uid=, gid=)``. Every process that can reach the socket's file is let in: the
    handler decides by the principal, or an authenticator of the program's own around this one, which raises
    AuthenticationFailed for others.

    Linux only. Raises CompositionError elsewhere, and in ``Authenticated`` for an endpoint of TCP.
    """

    def __post_init__(self) -> None:
        if sys.platform != "linux":
            raise CompositionError("PeerCredentials() needs Linux (SO_PEERCRED, unix(7)): take HMACChallenge here")

    def check_endpoint(self, endpoint: Endpoint[object, object], /) -> None:
        """Raise CompositionError for an endpoint of TCP."""
        # Only what has a port can share it.
        if endpoint.sharing_port(0) is not None:
            raise CompositionError(
                f"PeerCredentials() needs a Unix endpoint, and the peers of {endpoint!r} have no process that the "
                "kernel knows: give UnixStream(path), or take HMACChallenge, Scram or ClientCertificate"
            )

    async def __call__(self, stream: Stream[UnixAddress], /) -> Credentials:
        """Return the credentials of a peer; raises AuthenticationFailed if the kernel has none."""
        try:
            pid, uid, gid = _UCRED.unpack(
                stream.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _UCRED.size)  # type: ignore[attr-defined, unused-ignore]  # Linux has it
            )
        except OSError as error:
            raise AuthenticationFailed(f"the kernel does not say whose process it is: {error.strerror}") from None
        if _NOBODY in (uid, gid):
            raise AuthenticationFailed("the kernel does not know whose process it is: it came by no Unix socket")
        return Credentials(pid=pid, uid=uid, gid=gid)

    __repr__ = recipe_repr
