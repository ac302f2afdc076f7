# Generated from src/typedserver/mixins.py by `python -m typedserver._tools.stubgen`: do not edit.

from collections.abc import Mapping, Sequence
from pathlib import Path
from typedserver._compat.annotations import AnyRequest
from typedserver.access.scram import ScramStore
from typedserver.access.scram_extra import ScramMechanismName
from typedserver.protocols.requests import StreamRequest
from typedserver.security.challenge import ChallengeDigest
from typedserver.security.openssl import ssl
from typedserver.security.tls_config import TLSConfig
from typing import Any, Literal
import sys


from typedserver.compat import TCPServer, ThreadingMixIn
__all__ = ['AuthenticateMixIn', 'EstablishMixIn', 'FilterMixIn', 'HMACMixIn', 'PeerCredentialsMixIn', 'ProxyProtocolMixIn', 'ScramMixIn', 'TLSMixIn', 'TLSServer', 'ThreadingTLSServer']

class EstablishMixIn:
    establish_timeout: float | None
    def server_activate(self) -> None: ...
    def get_request(self) -> tuple[Any, Any]: ...
    def verify_request(self, request: AnyRequest, client_address: Any) -> bool: ...
    def finish_request(self, request: AnyRequest, client_address: Any) -> None: ...
    def handle_rejection(self, request: AnyRequest, client_address: Any, error: Exception) -> None: ...
    def shutdown_request(self, request: AnyRequest) -> None: ...
    def server_close(self) -> None: ...

class TLSMixIn(EstablishMixIn):
    certfile: str | Path | None
    keyfile: str | Path | None
    password: str | bytes | None
    client_ca: str | Path | None
    client_certificate: Literal['optional', 'required']
    alpn: Sequence[str]
    tls_config: TLSConfig | ssl.SSLContext | None
    def get_request(self) -> tuple[StreamRequest, Any]: ...
    def server_activate(self) -> None: ...
    def reload(self) -> None: ...
    def service_actions(self) -> None: ...

class ProxyProtocolMixIn(EstablishMixIn):
    trusted_proxies: Sequence[str]
    def get_request(self) -> tuple[StreamRequest, Any]: ...

class FilterMixIn(EstablishMixIn):
    allow: Sequence[str]
    deny: Sequence[str]

class AuthenticateMixIn(EstablishMixIn):
    max_failures: int | None
    failure_window: float
    def get_request(self) -> tuple[StreamRequest, Any]: ...

class HMACMixIn(AuthenticateMixIn):
    hmac_keys: Mapping[Any, bytes] | None
    hmac_digest: ChallengeDigest
    hmac_md5: bool

class ScramMixIn(AuthenticateMixIn):
    scram_store: ScramStore | None
    scram_mechanism: ScramMechanismName
    scram_iterations: int
    scram_decoy_key: bytes | None

class PeerCredentialsMixIn(AuthenticateMixIn): ...

class TLSServer(TLSMixIn, TCPServer): ...

class ThreadingTLSServer(ThreadingMixIn, TLSServer): ...
if sys.platform != 'win32':
    from typedserver.compat import ForkingMixIn, UnixStreamServer
    __all__ += ['ForkingTLSServer', 'ForkingUnixTLSServer', 'ThreadingUnixTLSServer', 'UnixTLSServer']

    class ForkingTLSServer(ForkingMixIn, TLSServer): ...

    class UnixTLSServer(TLSMixIn, UnixStreamServer): ...

    class ThreadingUnixTLSServer(ThreadingMixIn, UnixTLSServer): ...

    class ForkingUnixTLSServer(ForkingMixIn, UnixTLSServer): ...
