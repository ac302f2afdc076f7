"""A client's TLS: what verifies a server, and a connection that is encrypted. It is loaded only if TLS is used.

It knows contexts and connections; how they are made and what they are for, ``connect.py`` knows.
"""

import ssl
from collections.abc import Callable, Coroutine
from functools import lru_cache, partial
from typing import Any, TypeAlias

from typedserver.coroutines.tls import handshake_with_server, reason_of
from typedserver.errors import ConnectError, RecipeError
from typedserver.protocols.requests import Address
from typedserver.recipes import shown
from typedserver.sockets.accepted import Connection
from typedserver.sockets.announced import announce_end
from typedserver.sockets.tls_connection import TLSConnection
from typedserver.sockets.tls_transfer import Truncated

Encrypt: TypeAlias = Callable[[Connection, float | None], Coroutine[Any, Any, TLSConnection]]
"""Encrypts a connection until a point in time, and has closed it if it raises."""


@lru_cache(maxsize=1)
def _verifying() -> ssl.SSLContext:
    # Made once, because it reads the authorities of the machine: some hundred certificates.
    return ssl.create_default_context()


def encryption(tls: object, server_hostname: object, address: Address, caller: str = "connect(tls=)") -> Encrypt:
    """Return what encrypts a connection to a server.

    caller: what is to be named if a value is wrong.
    tls: True, or a client's ``ssl.SSLContext``. server_hostname: the name to be proven; None: the host of the address.

    Raises RecipeError for values that cannot work.
    """
    context = _verifying() if tls is True else tls
    if not isinstance(context, ssl.SSLContext):
        raise RecipeError(f"{caller} must be True, which verifies the server, or an ssl.SSLContext, not {shown(tls)}")
    if context.protocol is ssl.PROTOCOL_TLS_SERVER:
        raise RecipeError(f"{caller} must be the context of a client: ssl.create_default_context() makes one")
    name = server_hostname
    if name is None and not isinstance(address, str):
        name = address[0].partition("%")[0]
    if name is None and context.check_hostname:
        raise RecipeError(
            f"{caller} to {address!r} needs server_hostname=, the name that the server's certificate must prove"
        )
    if name is not None and (not isinstance(name, str) or not name):
        raise RecipeError(f"server_hostname={shown(name)} must be the name of a host")
    return partial(_encrypt, context, name, address)


async def _encrypt(
    context: ssl.SSLContext, name: str | None, address: Address, raw: Connection, deadline: float | None
) -> TLSConnection:
    connection: Connection = raw
    try:
        try:
            connection = encrypted = TLSConnection(raw, context, server_side=False, server_hostname=name)
        except ValueError as error:
            # It is no name that TLS can ask for.
            raise RecipeError(f"server_hostname={shown(name)} is no name of a host: {error}") from None
        announce_end(encrypted)
        await handshake_with_server(encrypted, deadline)
    except ssl.SSLCertVerificationError as error:
        connection.close()
        raise ConnectError(
            f"cannot connect to {address!r} by TLS: its certificate is refused: {error.verify_message}; give "
            "server_hostname=, or tls= an ssl.SSLContext that trusts its authority, if that is right"
        ) from error
    except BaseException as error:
        connection.close()
        if isinstance(error, Truncated):
            raise ConnectError(f"cannot connect to {address!r} by TLS: it has left in the handshake") from error
        if isinstance(error, ssl.SSLError):
            why = reason_of(error)
            raise ConnectError(f"cannot connect to {address!r} by TLS: the handshake failed: {why}") from error
        raise
    return encrypted
