"""A server's half of RPC's messages (RFC 5531, 9): what a call says before its arguments, and the replies.

It knows bytes and numbers; no program that is served, and no connection.
"""

import struct
from functools import lru_cache
from typing import Final, TypeAlias

from typedserver.errors import FramingError
from typedserver.recipes import beginning
from typedserver.rpc import xdr
from typedserver.rpc.programs import AuthStat, AuthSys

# Flavors of credentials (RFC 5531, 8.2 and 10.3; RFC 9289, 4.1).
AUTH_NONE: Final = 0
AUTH_SYS: Final = 1
AUTH_TLS: Final = 7

# The most bytes of credentials and of a verifier (RFC 5531, 8.2), of a machine's name and of groups (appendix A).
_MOST_OPAQUE: Final = 400
_MOST_NAME: Final = 255
_MOST_GIDS: Final = 16

_CALL: Final = 0
_REPLY: Final = 1
_RPC_VERSION: Final = 2

# xid, kind of message, version of RPC, program, version, procedure; then flavor and length of the credentials and of
# the verifier, if both are empty: the shortest call.
_HEAD: Final = struct.Struct(">10I")
_CREDENTIALS_AT: Final = 32
_SHORTEST: Final = _HEAD.size
_KIND: Final = struct.Struct(">I2I")
_OPAQUE: Final = struct.Struct(">2I")
_MISMATCH: Final = struct.Struct(">2I")

# What stands behind the xid: in a reply that is accepted, up to its status, without a verifier; and as a whole.
_ACCEPTED: Final = struct.pack(">4I", _REPLY, 0, AUTH_NONE, 0)
SUCCESS: Final = _ACCEPTED + struct.pack(">I", 0)
PROG_UNAVAIL: Final = _ACCEPTED + struct.pack(">I", 1)
_PROG_MISMATCH: Final = _ACCEPTED + struct.pack(">I", 2)
PROC_UNAVAIL: Final = _ACCEPTED + struct.pack(">I", 3)
GARBAGE_ARGS: Final = _ACCEPTED + struct.pack(">I", 4)
SYSTEM_ERR: Final = _ACCEPTED + struct.pack(">I", 5)
_RPC_MISMATCH: Final = struct.pack(">5I", _REPLY, 1, 0, _RPC_VERSION, _RPC_VERSION)

# A success whose verifier says that TLS may begin (RFC 9289, 4.1).
STARTTLS: Final = struct.pack(">4I", _REPLY, 0, AUTH_NONE, 8) + b"STARTTLS" + struct.pack(">I", 0)

# The number of a call, its program, version and procedure, who calls, and where its arguments begin. No class: making
# an object would cost each call as much as reading it.
CallHead: TypeAlias = tuple[int, tuple[int, int, int], AuthSys | None, int]


class RefusedCall(Exception):  # noqa: N818 - it says what becomes of the call
    """A call is refused for what stands before its arguments; ``reply`` says so, and stands behind the xid."""

    def __init__(self, reply: bytes) -> None:
        super().__init__()
        self.reply: Final = reply


def version_mismatch(lowest: int, highest: int) -> bytes:
    """Return the reply to a call of a version that is not served."""
    return _PROG_MISMATCH + _MISMATCH.pack(lowest, highest)


def denied(status: AuthStat) -> bytes:
    """Return the reply to a caller who is refused."""
    return struct.pack(">4I", _REPLY, 1, 1, status)


def read_call(message: bytes) -> CallHead:
    """Read what stands before the arguments of a call.

    Raises FramingError for what is no call, to which there is no reply, and RefusedCall for one that is refused: for
    another version of RPC, or for credentials that are none.
    """
    if len(message) < _SHORTEST:
        raise _too_short(message)
    number, kind, rpc_version, program, version, procedure, flavor, size, verifier, verifier_size = _HEAD.unpack_from(
        message
    )
    if kind != _CALL:
        raise FramingError(f"{beginning(message)} is no call of RPC")
    if rpc_version != _RPC_VERSION:
        raise RefusedCall(_RPC_MISMATCH)
    at = _SHORTEST
    if size:
        if size > _MOST_OPAQUE:
            raise RefusedCall(denied(AuthStat.BADCRED))
        at += size + (-size & 3)
        if len(message) < at:
            raise _too_short(message)
        verifier, verifier_size = _OPAQUE.unpack_from(message, at - _OPAQUE.size)
    if flavor == AUTH_NONE and not size:
        credentials = None
    elif flavor == AUTH_SYS:
        credentials = _auth_sys(message[_CREDENTIALS_AT : _CREDENTIALS_AT + size])
    else:
        # Of AUTH_TLS only the endpoint that begins it makes anything. All others are unknown: a caller that has sent
        # AUTH_SHORT, say, then shows its whole credentials again (RFC 5531, appendix A).
        raise RefusedCall(denied(AuthStat.BADCRED if flavor in (AUTH_NONE, AUTH_TLS) else AuthStat.REJECTEDCRED))
    if verifier != AUTH_NONE or verifier_size:
        # Neither flavor above has any other.
        raise RefusedCall(denied(AuthStat.BADVERF))
    return number, (program, version, procedure), credentials, at


def _too_short(message: bytes) -> Exception:
    """Return what a message is that ends before its arguments."""
    if len(message) >= _KIND.size:
        _, kind, rpc_version = _KIND.unpack_from(message)
        if kind == _CALL and rpc_version != _RPC_VERSION:
            # Of what follows there, nothing is known.
            return RefusedCall(_RPC_MISMATCH)
    return FramingError(f"{beginning(message)} ends before the arguments of a call begin")


# Most callers show the same credentials with each call.
@lru_cache(maxsize=256)
def _auth_sys(body: bytes) -> AuthSys:
    """Decode credentials; raises RefusedCall if they are none."""
    data = xdr.Decoder(body)
    try:
        credentials = AuthSys(
            xdr.decode_unsigned(data),
            xdr.decode_string(data, _MOST_NAME),
            xdr.decode_unsigned(data),
            xdr.decode_unsigned(data),
            xdr.decode_array(data, xdr.decode_unsigned, _MOST_GIDS),
        )
        data.finish()
    except xdr.XDRError:
        raise RefusedCall(denied(AuthStat.BADCRED)) from None
    return credentials
