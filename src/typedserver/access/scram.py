"""Scram: a user's password is proven, and neither side says to the other what it knows of it (RFC 5802, 7677).

It knows a stream and a store of secrets; the arithmetic is scramp's. The wire form, each packet behind its length as
four bytes in network order, as HMACChallenge has it:

1. The server names its mechanism, such as ``SCRAM-SHA-256-PLUS``.
2. The client sends its client-first-message, the server its server-first-message, the client its client-final-message,
   the server its server-final-message: the text of RFC 5802, 7, in UTF-8.

If anything is wrong the server sends ``e=other-error`` instead, whatever it was and about a second later, and ends the
connection. There is no authorization identity. If the connection is TLS, and the server knows its own certificate, only
-PLUS is offered and taken, bound by tls-server-end-point. So who stands between the two with another certificate gets
nowhere, nor does one who takes the -PLUS away: a client that could have bound says so.
"""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import KW_ONLY, dataclass, field
from typing import Final, Protocol

from typedserver.access.channel_binding import own_end_point
from typedserver.access.packets import failing, read_packet
from typedserver.access.scram_extra import (
    LONGEST_MESSAGE,
    MECHANISMS,
    PLUS,
    AuthInfo,
    Binding,
    ScramMechanismName,
    ScramServer,
    scramp,
)
from typedserver.access.secrets import check_secrets
from typedserver.coroutines.stream import Stream
from typedserver.coroutines.waits import run_blocking
from typedserver.errors import RecipeError
from typedserver.recipes import check_at_least, has_methods, recipe_repr, shown
from typedserver.security.challenge import ProtocolBroken, packed

# The fewest that RFC 7677 allows, and that scramp takes.
LEAST_ITERATIONS: Final = 4096

# A client's computer takes some hundredths of a second for as many, once for each connection; who has stolen the store
# takes as long for each guess.
DEFAULT_ITERATIONS: Final = 100_000

# Bytes. scramp takes no fewer, PostgreSQL has as many as the default.
_LEAST_SALT: Final = 12
_DEFAULT_SALT: Final = 16

# What everybody gets who fails, for any reason: otherwise one could find out who is a user.
_REFUSAL: Final = packed(b"e=other-error")


def _digest_of(mechanism: ScramMechanismName) -> str:
    return "sha256" if mechanism == "SCRAM-SHA-256" else "sha512"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ScramSecret:
    """What a server keeps of a user's password; nobody can log in with it, but guess the password by it.

    salt: at least 12 random bytes. stored_key, server_key: as RFC 5802 has them, 32 bytes for SCRAM-SHA-256, 64 for
    SCRAM-SHA-512. iterations: how often the password was hashed, at least 4096.

    ``ScramSecret.of(password)`` makes one. Raises RecipeError for values that cannot work; neither that nor the repr
    shows one.
    """

    salt: bytes = field(repr=False)
    stored_key: bytes = field(repr=False)
    server_key: bytes = field(repr=False)
    iterations: int

    def __post_init__(self) -> None:
        for name in ("salt", "stored_key", "server_key"):
            if not isinstance(getattr(self, name), bytes):
                raise RecipeError(f"ScramSecret({name}=) must be bytes: make one by ScramSecret.of(password)")
        if len(self.salt) < _LEAST_SALT:
            raise RecipeError(f"ScramSecret(salt=) must have at least {_LEAST_SALT} bytes, not {len(self.salt)}")
        check_at_least("ScramSecret", "iterations", self.iterations, LEAST_ITERATIONS, "RFC 7677 allows no fewer")

    @classmethod
    def of(
        cls,
        password: str,
        /,
        *,
        mechanism: ScramMechanismName = "SCRAM-SHA-256",
        iterations: int = DEFAULT_ITERATIONS,
        salt: bytes | None = None,
    ) -> "ScramSecret":
        """Make the secret of a password, to be kept in place of it; it takes some hundredths of a second.

        salt: None: random bytes.

        Raises RecipeError for values that cannot work, or a password that SASLprep forbids (RFC 4013); CompositionError
        if scramp is not installed.
        """
        check_mechanism("ScramSecret.of", mechanism)
        check_at_least("ScramSecret.of", "iterations", iterations, LEAST_ITERATIONS, "RFC 7677 allows no fewer")
        package = scramp()
        salt = secrets.token_bytes(_DEFAULT_SALT) if salt is None else salt
        try:
            made = package.ScramMechanism(mechanism).make_auth_info(password, iterations, salt)
        except package.ScramException as error:
            raise RecipeError(f"ScramSecret.of(...) cannot be made: {error}") from None
        salt, stored_key, server_key, iterations = made
        return cls(salt=salt, stored_key=stored_key, server_key=server_key, iterations=iterations)

    __repr__ = recipe_repr


class ScramStore(Protocol):
    """Where the secrets of users are kept."""

    def secret(self, user: str, /) -> ScramSecret | None:
        """Return the secret of a user, None if there is no such user; called where it may block, from any thread."""
        ...


def check_mechanism(recipe: str, mechanism: object) -> None:
    """Raise RecipeError unless a value names a mechanism that is spoken here."""
    if mechanism not in MECHANISMS:
        raise RecipeError(f"{recipe}(mechanism={shown(mechanism)}) must be {' or '.join(MECHANISMS)}")


@dataclass(frozen=True, slots=True, repr=False)
class Scram:
    """Have each peer prove that it knows a user's password, by SCRAM (RFC 5802); the principal is the user's name.

    No password is sent, and the client learns that the server knows it, too. Over ``TLS`` the proof is bound to the
    certificate that the server has sent in this handshake (SCRAM-...-PLUS, RFC 5929); with an SSLContext of the
    program's own that certificate is not known, and nothing is bound. ``scram_login`` is the client; the wire form is
    written in access/scram.py. What follows is encrypted only inside ``TLS``.

    store: whose ``secret(user)`` returns a ScramSecret, or None. It is called in a thread where it may block, unless
    the handshake has a thread for itself, for each attempt; the name was prepared by SASLprep (RFC 4013).
    mechanism: by which digest.
    iterations, salt_bytes: those of your users' secrets: an unknown user is answered with as many, so that nobody finds
    out who is a user.
    decoy_key: of which the salt of an unknown user is made, so that it stays the same; give random bytes of your own if
    it is to stay so when the program is started again.

    Raises CompositionError if scramp, the extra ``typedserver[scram]``, is not installed; RecipeError for values that
    cannot work.
    """

    store: ScramStore
    mechanism: ScramMechanismName = "SCRAM-SHA-256"
    _: KW_ONLY
    iterations: int = DEFAULT_ITERATIONS
    salt_bytes: int = _DEFAULT_SALT
    decoy_key: bytes = field(default_factory=secrets.token_bytes, repr=False, compare=False)

    def __post_init__(self) -> None:
        if not has_methods(self.store, "secret"):
            raise RecipeError(
                f"Scram(store={shown(self.store)}) must have a method secret(user) that returns a ScramSecret or None"
            )
        check_mechanism("Scram", self.mechanism)
        check_at_least("Scram", "iterations", self.iterations, LEAST_ITERATIONS, "RFC 7677 allows no fewer")
        check_at_least("Scram", "salt_bytes", self.salt_bytes, _LEAST_SALT, "give those of your users' salts")
        check_secrets("Scram", "decoy_key", {"decoys": self.decoy_key}, "give such as secrets.token_bytes(32)")
        scramp()

    async def __call__(self, stream: Stream[object], /) -> str:
        """Authenticate a peer; returns the name of the user, raises AuthenticationFailed."""
        exchange = ScramExchange(self, own_end_point(stream.socket))
        await stream.write(packed(exchange.mechanism.encode()))
        with failing(_REFUSAL):
            first = await read_packet(stream, LONGEST_MESSAGE)
            # The store may block.
            await stream.write(packed(await run_blocking(exchange.begin, first)))
            final = exchange.end(await read_packet(stream, LONGEST_MESSAGE))
        await stream.write(packed(final))
        return exchange.user

    __repr__ = recipe_repr


class ScramExchange:
    """The server's side of one exchange, sans-IO.

    user: whom the client says to be; only when ``end`` has returned, that is proven.
    mechanism: the name that the client gets.
    """

    __slots__ = ("_digest", "_error", "_is_known", "_recipe", "_server", "_wrong", "mechanism", "user")

    def __init__(self, recipe: Scram, binding: Binding) -> None:
        package = scramp()
        self._recipe = recipe
        self._digest = _digest_of(recipe.mechanism)
        self._wrong = package.ScramException
        self._error: Exception | None = None
        self._is_known = False
        self.mechanism: str = recipe.mechanism if binding is None else recipe.mechanism + PLUS
        self.user: str = ""
        self._server: ScramServer = package.ScramMechanism(self.mechanism).make_server(self._look_up, binding)

    def begin(self, client_first: bytes) -> bytes:
        """Return the server-first-message; raises ProtocolBroken, and what the store raises."""
        self._obey(self._server.set_client_first, client_first)
        return self._server.get_server_first().encode()

    def end(self, client_final: bytes) -> bytes:
        """Return the server-final-message, if the client has proven the password; raises ProtocolBroken otherwise."""
        self._obey(self._server.set_client_final, client_final)
        if not self._is_known:
            # Nobody proves what is random.
            raise ProtocolBroken(f"there is no user {shown(self.user)}")
        return self._server.get_server_final().encode()

    def _obey(self, step: Callable[[str], None], message: bytes) -> None:
        try:
            step(message.decode())
        except UnicodeDecodeError:
            raise ProtocolBroken("a message is no UTF-8") from None
        except self._wrong as wrong:
            if self._error is not None:
                # The store's own, which is no fault of the peer.
                raise self._error from None
            whom = f"user {shown(self.user)}" if self._is_known else f"unknown user {shown(self.user)}"
            raise ProtocolBroken(f"{whom}: {wrong}" if self.user else str(wrong)) from None

    def _look_up(self, user: str) -> AuthInfo:
        self.user = user
        # Made in any case, so that the time it takes says nothing.
        decoy = self._decoy(user)
        try:
            secret = self._recipe.store.secret(user)
            if secret is None:
                return decoy
            self._check(secret)
        except Exception as error:
            self._error = error
            raise
        self._is_known = True
        return secret.salt, secret.stored_key, secret.server_key, secret.iterations

    def _check(self, secret: ScramSecret) -> None:
        size = hashlib.new(self._digest).digest_size
        if len(secret.stored_key) != size or len(secret.server_key) != size:
            raise RecipeError(
                f"the secret of {shown(self.user)} has keys of {len(secret.stored_key)} bytes, and "
                f"{self._recipe.mechanism} needs {size}: make it by ScramSecret.of(password, mechanism=...)"
            )

    def _decoy(self, user: str) -> AuthInfo:
        name = user.encode(errors="surrogatepass")

        def made(what: bytes) -> bytes:
            return hmac.digest(self._recipe.decoy_key, what + name, self._digest)

        size = self._recipe.salt_bytes
        salt = hashlib.shake_256(made(b"salt ")).digest(size)
        return salt, made(b"stored "), made(b"server "), self._recipe.iterations
