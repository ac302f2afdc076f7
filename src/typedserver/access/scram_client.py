"""The client of Scram: proves a password to a server, and has the server prove that it knows it. It knows a stream."""

from typing import Final

from typedserver.access.channel_binding import peer_end_point
from typedserver.access.packets import failing, read_packet
from typedserver.access.scram_extra import LONGEST_MESSAGE, MECHANISMS, PLUS, scramp
from typedserver.coroutines.stream import Stream
from typedserver.coroutines.waits import run_blocking
from typedserver.errors import AuthenticationFailed, RecipeError
from typedserver.recipes import check_at_least
from typedserver.security.challenge import packed

# A forged server asks for many to keep the client busy: as many take a third of a second.
_MOST_ITERATIONS: Final = 1_000_000


async def scram_login(
    stream: Stream[object], user: str, password: str, /, *, max_iterations: int = _MOST_ITERATIONS
) -> None:
    """Log in to a server with ``Scram``, and have it prove that it knows the password; await it before anything else.

    On a connection that speaks TLS the proof is bound to the server's certificate, if the server knows it.

    max_iterations: the most that a server may ask the password to be hashed.

    Raises AuthenticationFailed if the server does not let the user in, or does not know the password itself; the
    connection is of no use then. Raises RecipeError for a name or a password that SASLprep forbids (RFC 4013),
    CompositionError if scramp, the extra ``typedserver[scram]``, is not installed, and what the stream raises.
    """
    check_at_least("scram_login", "max_iterations", max_iterations, 1, "give the most that a server may ask for")
    package = scramp()
    binding = peer_end_point(stream.socket)
    with failing():
        mechanism = (await read_packet(stream, LONGEST_MESSAGE)).decode("ascii", "replace")
        if mechanism.removesuffix(PLUS) not in MECHANISMS:
            raise AuthenticationFailed(f"the server speaks no SCRAM that is known here: {mechanism[:40]!r}")
        if mechanism.endswith(PLUS) and binding is None:
            raise AuthenticationFailed(f"the server asks for {mechanism}, and this connection speaks no TLS to bind to")
        try:
            client = package.ScramClient([mechanism], user, password, binding)
        except package.ScramException as error:
            raise RecipeError(f"scram_login cannot send this user or password: {error}") from None
        try:
            await stream.write(packed(client.get_client_first().encode()))
            client.set_server_first(await _message(stream))
            if int(client.iterations) > max_iterations:
                raise AuthenticationFailed(
                    f"the server asks for {int(client.iterations)} iterations, where at most {max_iterations} are made"
                )
            # It takes a while.
            final = await run_blocking(client.get_client_final)
            await stream.write(packed(final.encode()))
            client.set_server_final(await _message(stream))
        except package.ScramException as wrong:
            raise AuthenticationFailed(f"the server did not let {user!r} in: {wrong}") from None


async def _message(stream: Stream[object]) -> str:
    return (await read_packet(stream, LONGEST_MESSAGE)).decode(errors="replace")
