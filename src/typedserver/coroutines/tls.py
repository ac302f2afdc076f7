"""The handshake of TLS, as a coroutine that waits as a stream does, and what its failure means."""

import ssl
import time
from typing import Final

from typedserver.coroutines.context import context_of
from typedserver.coroutines.waits import Readable, Writable, wait_for
from typedserver.errors import HandshakeFailed, PeerTimedOut
from typedserver.protocols.handlers import ServerContext
from typedserver.security.certificates import certificate_of
from typedserver.security.tls_contexts import Contexts
from typedserver.sockets.exchange import Exchange
from typedserver.sockets.limits import limit_waits
from typedserver.sockets.silence import is_silence
from typedserver.sockets.tls_connection import TLSConnection
from typedserver.sockets.tls_transfer import Truncated

# The first byte of what a client of TLS says: a record of the handshake (RFC 8446, 5.1). Whoever begins with anything
# else speaks another protocol.
_HANDSHAKE: Final = 0x16


async def handshake(  # noqa: C901, PLR0912 - a part of it would cost each wait a call
    connection: TLSConnection,
    client_address: object,
    server: ServerContext,
    contexts: Contexts,
    seconds: float | None = None,
) -> None:
    """Do the server's half of a handshake, within the server's deadlines; a drain ends one that has not begun.

    contexts: those that the connection was made by.
    seconds: how long all of it may take (Deadlines(establish=)); None if somebody else sees to that.

    Raises HandshakeFailed, which the peer hears as TLS says it (alert); PeerTimedOut, ConnectionError or
    another OSError if the peer is silent or has gone. The connection is still the caller's to close.
    """
    context = context_of(server)
    deadlines = context.deadlines
    exchange = Exchange(connection, client_address, context, deadlines.read, deadlines.write, by_server=True)
    if connection.getblocking():
        limit_waits(connection, deadlines.read, deadlines.write)
    exchange.idle = True
    context.call_when_draining(connection, exchange.end_if_idle)
    until = None if seconds is None else time.monotonic() + seconds
    fd = connection.fileno()
    try:
        while (reads := connection.go_on_with_handshake()) is not None:
            if reads:
                if connection.began:
                    exchange.idle = False
                if exchange.drains is not None:
                    exchange.end_if_idle()
            timeout = exchange.read_timeout if reads else exchange.write_timeout
            silent = None if timeout is None else time.monotonic() + timeout
            deadline = until if silent is None or (until is not None and until < silent) else silent
            try:
                await wait_for((Readable if reads else Writable)(fd, deadline, connection))
            except PeerTimedOut:
                if deadline != silent:
                    raise PeerTimedOut(
                        f"{client_address!r} has not ended its TLS handshake within {seconds:g} s "
                        "(Deadlines(establish=))"
                    ) from None
                raise (exchange.sent_nothing() if reads else exchange.took_nothing()) from None
        established = connection.memory.object
        if established.session_reused:
            _check_resumed(connection, client_address)
        connection.asked_for, connection.certificate = contexts.facts_of(established)
    except (Truncated, PeerTimedOut):
        raise
    except ssl.SSLError as error:
        raise _failure(connection, client_address, error) from None
    except OSError as error:
        if is_silence(error):
            raise exchange.sent_nothing() from None
        raise
    finally:
        exchange.idle = False
        context.forget_when_draining(connection)


async def handshake_with_server(connection: TLSConnection, deadline: float | None) -> None:
    """Do the client's half of a handshake, until a point in time.

    Raises PeerTimedOut then, ssl.SSLError if it fails, ConnectionError or another OSError if the server has gone. The
    connection is still the caller's to close.
    """
    # Asked of it once: whoever closes it meanwhile ends the wait by that.
    fd = connection.fileno()
    while (reads := connection.go_on_with_handshake()) is not None:
        await wait_for((Readable if reads else Writable)(fd, deadline, connection))


def reason_of(error: ssl.SSLError) -> str:
    """Return why a handshake has failed, in OpenSSL's words."""
    return (error.reason or str(error)).replace("_", " ").lower()


def _check_resumed(connection: TLSConnection, client_address: object) -> None:
    """Raise HandshakeFailed if a client of TLS 1.2 goes on with a session whose certificate has expired since.

    OpenSSL does not look at it again, and Python cannot have it keep no sessions.
    """
    shown = connection.getpeercert(binary_form=True)
    if shown is not None and certificate_of(shown).expires < time.time():
        raise HandshakeFailed(
            f"the TLS handshake with {client_address!r} failed: the certificate of its session has expired meanwhile"
        )


def _failure(connection: TLSConnection, client_address: object, error: ssl.SSLError) -> HandshakeFailed:
    if connection.began and connection.began[0] != _HANDSHAKE:
        why = f"it speaks no TLS: it began with {connection.began!r}"
    elif isinstance(error, ssl.SSLCertVerificationError):
        why = error.verify_message
    else:
        why = reason_of(error)
    return HandshakeFailed(f"the TLS handshake with {client_address!r} failed: {why}")
