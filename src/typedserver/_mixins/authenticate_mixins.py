"""The mix-ins that find out who a peer is: each makes an authenticator of its class attributes.

They know authenticators, and what each needs; when one is asked, ``establish_mixin.py`` knows.
"""

import secrets
from collections.abc import Callable, Coroutine, Mapping
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from typedserver._mixins.establish_mixin import EstablishMixIn
from typedserver.access.authenticated import Authenticated
from typedserver.access.credentials import PeerCredentials
from typedserver.access.hmac_challenge import HMACChallenge
from typedserver.access.scram import DEFAULT_ITERATIONS, Scram, ScramStore
from typedserver.access.scram_extra import ScramMechanismName
from typedserver.errors import CompositionError
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.requests import StreamRequest
from typedserver.security.challenge import ChallengeDigest


class AuthenticateMixIn(EstablishMixIn):
    """What the mix-ins have in common that find out who a peer is; it does nothing by itself.

    A handler finds that as ``self.client_address.principal``: the address is a ``typedserver.InetPeer`` or a
    ``typedserver.UnixPeer``, and else what it was. Whoever fails gets the same answer for any reason, about a second
    later.

    max_failures, failure_window: after so many failures within so many seconds an address is not heard for as long;
    None: any number. An IPv6 address counts as its /64, a Unix peer is not counted. What the children of a ForkingMixIn
    find counts as well.
    """

    max_failures: int | None = 10
    failure_window: float = 60.0

    if TYPE_CHECKING:
        # Datagrams have no such step: a type checker refuses a UDPServer behind it.
        @override
        def get_request(self) -> tuple[StreamRequest, Any]: ...

    def _asked_by(
        self, authenticator: Callable[[Any], Coroutine[Any, Any, object]], endpoint: Endpoint[Any, Any]
    ) -> Endpoint[Any, Any]:
        if isinstance(endpoint, Authenticated):
            raise CompositionError(
                f"{type(self).__name__} would find out twice who a peer is: mix in one of HMACMixIn, ScramMixIn and "
                "PeerCredentialsMixIn"
            )
        return Authenticated(
            endpoint, authenticator, max_failures=self.max_failures, failure_window=self.failure_window
        )


class HMACMixIn(AuthenticateMixIn):
    """Has each peer prove that it knows a key, as ``multiprocessing.connection.Client(authkey=)`` does.

    The principal is the name whose key has answered. What follows is neither encrypted nor guarded: mix in TLSMixIn as
    well, unless the network can be trusted. See ``typedserver.HMACChallenge``.

    hmac_keys: the keys, each by the name of who has it; they are looked at anew for each connection.
    hmac_digest: by which HMAC a peer is to answer: sha256, sha384, sha3_256 or sha3_384.
    hmac_md5: whether a peer may answer by HMAC-MD5 as well, which is all that Python 3.11 knows.
    """

    hmac_keys: Mapping[Any, bytes] | None = None
    hmac_digest: ChallengeDigest = "sha256"
    hmac_md5: bool = False

    @override
    def _authenticated(self, endpoint: Endpoint[Any, Any]) -> Endpoint[Any, Any]:
        if self.hmac_keys is None:
            raise CompositionError(
                f"{type(self).__name__} has no keys: set hmac_keys = {{'backup': key}}, where the key is bytes such as "
                "secrets.token_bytes(32)"
            )
        challenge = HMACChallenge(self.hmac_keys, self.hmac_digest, self.hmac_md5)
        return self._asked_by(challenge, super()._authenticated(endpoint))


class ScramMixIn(AuthenticateMixIn):
    """Has each peer prove that it knows a user's password, by SCRAM; the principal is the user's name.

    No password is sent, and behind TLSMixIn the proof is bound to the server's certificate. ``typedserver.scram_login``
    is the client. It needs the extra ``typedserver[scram]``. See ``typedserver.Scram``.

    scram_store: whose ``secret(user)`` returns a ``typedserver.ScramSecret``, or None.
    scram_mechanism: SCRAM-SHA-256 or SCRAM-SHA-512.
    scram_iterations: those of your users' secrets, with which an unknown user is answered as well.
    scram_decoy_key: of which the salt of an unknown user is made; None: random bytes, which are others when the program
    is started again.
    """

    scram_store: ScramStore | None = None
    scram_mechanism: ScramMechanismName = "SCRAM-SHA-256"
    scram_iterations: int = DEFAULT_ITERATIONS
    scram_decoy_key: bytes | None = None

    @override
    def _authenticated(self, endpoint: Endpoint[Any, Any]) -> Endpoint[Any, Any]:
        store = self.scram_store
        if store is None:
            raise CompositionError(
                f"{type(self).__name__} has no users: set scram_store to an object whose secret(user) returns a "
                "ScramSecret or None"
            )
        key = self.scram_decoy_key
        scram = Scram(
            store,
            self.scram_mechanism,
            iterations=self.scram_iterations,
            decoy_key=secrets.token_bytes() if key is None else key,
        )
        return self._asked_by(scram, super()._authenticated(endpoint))


class PeerCredentialsMixIn(AuthenticateMixIn):
    """Finds out which user's process has connected to a Unix socket, as the kernel says it; Linux only.

    The principal is a ``typedserver.Credentials``, with ``pid``, ``uid``, ``gid``, ``user`` and ``group``. Each process
    that reaches the socket's file is let in; the handler decides by the principal. See ``typedserver.PeerCredentials``.
    """

    @override
    def _authenticated(self, endpoint: Endpoint[Any, Any]) -> Endpoint[Any, Any]:
        return self._asked_by(PeerCredentials(), super()._authenticated(endpoint))
