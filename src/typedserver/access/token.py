"""Token: the first line that a peer sends is a secret, by which it is known. It knows a stream."""

import hashlib
import hmac
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Generic

from typing_extensions import TypeVar

from typedserver.access.secrets import check_secrets
from typedserver.coroutines.stream import Stream
from typedserver.errors import AuthenticationFailed, IncompleteRead, LineTooLong, RecipeError
from typedserver.recipes import recipe_repr

PrincipalT = TypeVar("PrincipalT")

# Bytes: those of any token in use, a signed one of OAuth included, are fewer.
LONGEST_TOKEN: Final = 4096

_REMEDY: Final = "give a name and its token, such as the bytes of secrets.token_urlsafe()"


@dataclass(frozen=True, slots=True, repr=False)
class Token(Generic[PrincipalT]):
    """Have the first line of each peer be one of these tokens; what follows it is the handler's.

    The line ends with a line feed, before which a carriage return may stand. Nothing is answered. A token is sent as it
    is, and whoever reads it may use it: take it inside ``TLS`` or on a Unix socket alone.

    tokens: the tokens, each by the name of who has it, which is the principal. They are looked at anew for each
    connection, so one that is taken out of the mapping opens no new one. All are compared, each in constant time.

    Raises RecipeError for values that cannot work; it shows no token.
    """

    tokens: Mapping[PrincipalT, bytes] = field(repr=False)

    def __post_init__(self) -> None:
        check_secrets("Token", "tokens", self.tokens, _REMEDY)
        for name, token in self.tokens.items():
            if b"\n" in token or token.endswith(b"\r") or len(token) > LONGEST_TOKEN:
                raise RecipeError(
                    f"Token(tokens=): that of {name!r} is no line of at most {LONGEST_TOKEN} bytes: take one such as "
                    "those of secrets.token_urlsafe()"
                )

    async def __call__(self, stream: Stream[object], /) -> PrincipalT:
        """Authenticate a peer; returns the name whose token it has sent, raises AuthenticationFailed."""
        try:
            line = await stream.readuntil(b"\n")
        except LineTooLong:
            raise AuthenticationFailed("its first line is too long for a token") from None
        except IncompleteRead as end:
            if not end.partial:
                raise
            raise AuthenticationFailed("it has ended its stream in the middle of a token") from None
        # Digests, because the time of the comparison depends on the length of what it compares.
        given = _digest(line[:-1].removesuffix(b"\r"))
        found: list[PrincipalT] = []
        # A copy, because another thread may change what the program has given.
        for name, token in dict(self.tokens).items():
            if hmac.compare_digest(_digest(token), given):
                found.append(name)
        if not found:
            raise AuthenticationFailed("it has sent a line that is no token which is known")
        return found[0]

    __repr__ = recipe_repr


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
