"""What a call to an RPC server may fail by: one class for each status of a reply (RFC 5531, 9), and for no reply.

It knows numbers and texts, no bytes of a message.
"""

from enum import IntEnum

from typing_extensions import override

from typedserver.errors import TypedServerError


class RPCError(TypedServerError, OSError):
    """A call has no result. It is an OSError, as what the network refuses, but it has no ``errno``.

    A connection that cannot be made at all is ConnectError, an argument that has no bytes XDRError.
    """


class RPCTimedOut(RPCError, TimeoutError):  # noqa: N818 - as PeerTimedOut
    """No reply has come in time. The server may have run the procedure, or may do so yet."""


class ConnectionLost(RPCError):  # noqa: N818 - see RPCTimedOut
    """The connection ended while a call was under way. The server may have run the procedure.

    A call that may be repeated (``idempotent``) is repeated in its place.
    """


class ClientClosed(RPCError):  # noqa: N818 - see RPCTimedOut
    """The client was closed, before a call or while it was under way."""


class UnreadableReply(RPCError):  # noqa: N818 - see RPCTimedOut
    """The server's reply is no reply, or its result not of the declared type: ``__cause__`` says where."""


class ProgramUnavailable(RPCError):  # noqa: N818 - see RPCTimedOut
    """The server does not have the program (PROG_UNAVAIL)."""


class _Mismatch(RPCError):  # noqa: N818 - see RPCTimedOut
    """A version is not served."""

    def __init__(self, message: str, low: int, high: int) -> None:
        super().__init__(message)
        self.low = low
        self.high = high

    @override
    def __reduce__(self) -> "tuple[type[_Mismatch], tuple[str, int, int]]":
        return type(self), (str(self), self.low, self.high)


class ProgramMismatch(_Mismatch):
    """The server has the program, but not this version: only ``low`` to ``high`` (PROG_MISMATCH)."""


class ProcedureUnavailable(RPCError):  # noqa: N818 - see RPCTimedOut
    """The server has the program and version, but not the procedure (PROC_UNAVAIL)."""


class GarbageArguments(RPCError):  # noqa: N818 - see RPCTimedOut
    """The server could not read the arguments (GARBAGE_ARGS): both sides declare them differently."""


class ServiceFailed(RPCError):  # noqa: N818 - see RPCTimedOut
    """The server has failed at the procedure (SYSTEM_ERR); its log says why."""


class RPCMismatch(_Mismatch):
    """The server does not speak version 2 of RPC: only ``low`` to ``high`` (RPC_MISMATCH)."""


class AuthenticationRefused(RPCError, PermissionError):  # noqa: N818 - see RPCTimedOut
    """The server has refused the caller (AUTH_ERROR). ``status`` says why: an AuthStat, or a number that has none."""

    def __init__(self, message: str, status: "IntEnum | int") -> None:
        super().__init__(message)
        self.status = status

    @override
    def __reduce__(self) -> "tuple[type[AuthenticationRefused], tuple[str, IntEnum | int]]":
        return type(self), (str(self), self.status)


class NotRegistered(RPCError):  # noqa: N818 - see RPCTimedOut
    """The rpcbind of a host does not know a program, version and transport, or cannot be asked."""


class RegistrationRefused(RPCError):  # noqa: N818 - see RPCTimedOut
    """An rpcbind has not registered or unregistered a program: another one is registered there, or is the owner."""
