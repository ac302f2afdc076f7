"""A client that asks a server for TLS before its first call (RFC 9289). It is loaded only if TLS is used.

It knows one call and its answer, and a stream that can go on by TLS; nothing of other calls.
"""

import ssl
from functools import lru_cache
from typing import Final, Literal

from typedserver.coroutines.connect import ClientStream
from typedserver.coroutines.encrypting import encryption
from typedserver.errors import ConnectError, FramingError, PeerTimedOut
from typedserver.protocols.requests import Address
from typedserver.rpc import xdr
from typedserver.rpc.client_messages import encode_head
from typedserver.rpc.record_marking import RecordMarking

# The flavor of the credentials that ask for it, which are empty (RFC 9289, 4.1), behind them an empty verifier.
_ASKING: Final = (7).to_bytes(4, "big") + bytes(12)

# What stands behind the number of the reply that says "begin": accepted, by a verifier without a flavor that is
# "STARTTLS", and succeeded.
_BEGIN: Final = bytes((0, 0, 0, 1)) + bytes(8) + bytes((0, 0, 0, 8)) + b"STARTTLS" + bytes(4)

# Bytes of a reply: a verifier has 400 at most (RFC 5531, 8.2).
_LIMIT: Final = 500


@lru_cache(maxsize=1)
def verifying() -> ssl.SSLContext:
    """Return the context that verifies servers by the authorities of this machine, as RFC 9289, 5 wants it."""
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    context.set_alpn_protocols(["sunrpc"])
    return context


async def secured(
    stream: ClientStream[Address],
    xid: int,
    program: tuple[int, int],
    tls: "Literal[True] | ssl.SSLContext",
    server_hostname: str | None,
) -> ClientStream[Address, ssl.SSLSocket]:
    """Ask a server for TLS, and return the stream of that; the connection is closed if it has none.

    program: number and version of what is called next. Raises ConnectError.
    """
    out = xdr.Encoder()
    encode_head(out, xid, (*program, 0), _ASKING)
    framing = RecordMarking(limit=_LIMIT)
    try:
        await stream.send(framing, bytes(out))
        reply = await anext(stream.messages(framing), b"")
        _check_reply(reply, xid, stream.client_address)
        return await stream.start_tls(verifying() if tls is True else tls, server_hostname=server_hostname)
    except BaseException as error:
        stream.close()
        if isinstance(error, PeerTimedOut | FramingError | ConnectionError):
            raise ConnectError(f"{stream.client_address!r} has no TLS: {error}") from error
        raise


def _check_reply(reply: bytes, xid: int, server: Address) -> None:
    if reply != xid.to_bytes(4, "big") + _BEGIN:
        raise ConnectError(
            f"{server!r} has no TLS: it answers the call that asks for it by {reply!r}; without tls= calls go in plain "
            "text"
        )


def check(tls: object, server_hostname: object, host: str) -> None:
    """Raise RecipeError for values that cannot work."""
    encryption(tls, server_hostname, (host, 1), "TCPClient(tls=)")
