"""The client's half of RPC's messages (RFC 5531, 9): calls to bytes, replies to results or to typed errors.

It knows bytes and values, no link and no wait.
"""

import struct
from typing import Final, TypeVar

from typedserver.rpc import xdr
from typedserver.rpc.errors import (
    AuthenticationRefused,
    GarbageArguments,
    ProcedureUnavailable,
    ProgramMismatch,
    ProgramUnavailable,
    RPCError,
    RPCMismatch,
    ServiceFailed,
    UnreadableReply,
)
from typedserver.rpc.programs import AuthSys

R = TypeVar("R")


def credentials_of(identity: AuthSys | None) -> bytes:
    """Return who calls, and no verifier, as they stand in a call; raises XDRError for what has no bytes."""
    if identity is None:
        return bytes(16)
    body = xdr.Encoder()
    xdr.encode_unsigned(body, identity.stamp)
    xdr.encode_string(body, identity.machine_name, 255)
    xdr.encode_unsigned(body, identity.uid)
    xdr.encode_unsigned(body, identity.gid)
    xdr.encode_array(body, identity.gids, xdr.encode_unsigned, 16)
    out = xdr.Encoder()
    xdr.encode_unsigned(out, _AUTH_SYS)
    xdr.encode_opaque(out, bytes(body))
    out += bytes(8)
    return bytes(out)


_AUTH_SYS: Final = 1
_CALL: Final = struct.Struct(">IIIIII")


def encode_head(out: xdr.Encoder, xid: int, where: tuple[int, int, int], credentials: bytes) -> None:
    """Encode what stands before the arguments of a call; raises XDRError for a number that has more than 32 bits.

    where: program, version and procedure.
    """
    program, version, procedure = where
    try:
        out += _CALL.pack(xid, 0, 2, program, version, procedure)
    except struct.error as error:
        raise xdr.XDRError(f"program {program}, version {version}, procedure {procedure}: {error}") from error
    out += credentials


# How many there are of each kind of status; the first is success, or RPC_MISMATCH.
_REPLY_STATUSES: Final = 2
_ACCEPT_STATUSES: Final = 6
_REJECT_STATUSES: Final = 2

_PROG_MISMATCH: Final = 2
_FAILURES: Final[dict[int, tuple[type[RPCError], str]]] = {
    1: (ProgramUnavailable, "does not have this program"),
    3: (ProcedureUnavailable, "does not have this procedure"),
    4: (GarbageArguments, "cannot read the arguments: is its interface the same?"),
    5: (ServiceFailed, "has failed at it: its log says why"),
}

# RFC 5531, 8.2.
_MOST_OF_VERIFIER: Final = 400

# An accepted reply with no verifier, whose procedure has succeeded: what nearly all replies begin by.
_SUCCEEDED: Final = struct.pack(">IIIII", 1, 0, 0, 0, 0)


def result_of_reply(message: bytes, decode: xdr.Decode[R], called: str) -> R:
    """Return the result that a reply has; raises the RPCError that it stands for, or UnreadableReply.

    called: what an error calls the server and its procedure.
    """
    if message[4:24] == _SUCCEEDED:
        data = xdr.Decoder(message, 24)
    else:
        data = xdr.Decoder(message, 8)
        try:
            failure = _failure(data, called)
        except xdr.XDRError as error:
            raise UnreadableReply(f"{called}: the reply is none: {error}") from error
        if failure is not None:
            raise failure
    try:
        result = decode(data)
        data.finish()
    except xdr.XDRError as error:
        raise UnreadableReply(f"{called}: the result is not of the declared type: {error}") from error
    return result


def _failure(data: xdr.Decoder, called: str) -> RPCError | None:
    """Decode what stands before the result, and return what it says if there is none; raises XDRError."""
    if _one_of(data, _REPLY_STATUSES):
        return _denial(data, called)
    xdr.decode_unsigned(data)
    xdr.decode_opaque(data, _MOST_OF_VERIFIER)
    status = _one_of(data, _ACCEPT_STATUSES)
    if not status:
        return None
    if status == _PROG_MISMATCH:
        low, high = xdr.decode_unsigned(data), xdr.decode_unsigned(data)
        data.finish()
        return ProgramMismatch(f"{called}: the server has versions {low} to {high} alone", low, high)
    data.finish()
    kind, text = _FAILURES[status]
    return kind(f"{called}: the server {text}")


def _denial(data: xdr.Decoder, called: str) -> RPCError:
    if not _one_of(data, _REJECT_STATUSES):
        low, high = xdr.decode_unsigned(data), xdr.decode_unsigned(data)
        data.finish()
        return RPCMismatch(f"{called}: the server speaks versions {low} to {high} of RPC, not 2", low, high)
    status = xdr.decode_unsigned(data)
    data.finish()
    return AuthenticationRefused(f"{called}: the server refuses the caller: authentication status {status}", status)


def _one_of(data: xdr.Decoder, count: int) -> int:
    number = xdr.decode_unsigned(data)
    if number >= count:
        raise xdr.XDRError(f"{number} is none of the declared values")
    return number
