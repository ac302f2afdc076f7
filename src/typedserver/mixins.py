"""Mix-ins for servers in the style of ``socketserver``: encryption, proxies, networks, and who a peer is.

``class Server(TLSMixIn, ThreadingMixIn, TCPServer)``, with classes of ``typedserver.compat`` or of the standard
library. What they do has no second form here: they have the listeners of ``access`` do it, and know no protocol. A
program that composes its server needs none of this: ``TLS(TCP(...), TLSConfig(...))`` is the same there.

Here are the public classes and nothing else, each composed by one call as in ``typedserver.compat``.
"""

import sys

from typedserver._compat.compose import compose as _compose
from typedserver._mixins import address_mixins as _address
from typedserver._mixins import authenticate_mixins as _authenticate
from typedserver._mixins import establish_mixin as _establish
from typedserver._mixins import tls_mixin as _tls
from typedserver.compat import TCPServer, ThreadingMixIn

__all__ = [
    "AuthenticateMixIn",
    "EstablishMixIn",
    "FilterMixIn",
    "HMACMixIn",
    "PeerCredentialsMixIn",
    "ProxyProtocolMixIn",
    "ScramMixIn",
    "TLSMixIn",
    "TLSServer",
    "ThreadingTLSServer",
]

EstablishMixIn = _compose("EstablishMixIn", body=_establish.EstablishMixIn, module=__name__)
TLSMixIn = _compose("TLSMixIn", EstablishMixIn, body=_tls.TLSMixIn, module=__name__)
ProxyProtocolMixIn = _compose("ProxyProtocolMixIn", EstablishMixIn, body=_address.ProxyProtocolMixIn, module=__name__)
FilterMixIn = _compose("FilterMixIn", EstablishMixIn, body=_address.FilterMixIn, module=__name__)
AuthenticateMixIn = _compose("AuthenticateMixIn", EstablishMixIn, body=_authenticate.AuthenticateMixIn, module=__name__)
HMACMixIn = _compose("HMACMixIn", AuthenticateMixIn, body=_authenticate.HMACMixIn, module=__name__)
ScramMixIn = _compose("ScramMixIn", AuthenticateMixIn, body=_authenticate.ScramMixIn, module=__name__)
PeerCredentialsMixIn = _compose(
    "PeerCredentialsMixIn", AuthenticateMixIn, body=_authenticate.PeerCredentialsMixIn, module=__name__
)

TLSServer = _compose(
    "TLSServer",
    TLSMixIn,
    TCPServer,
    module=__name__,
    doc="Serves encrypted TCP connections, one after the other: see ``TLSMixIn`` and ``typedserver.compat.TCPServer``.",
)
ThreadingTLSServer = _compose(
    "ThreadingTLSServer",
    ThreadingMixIn,
    TLSServer,
    module=__name__,
    doc="Serves encrypted TCP connections, a thread for each: see ``TLSMixIn`` and ``ThreadingMixIn``.",
)

if sys.platform != "win32":
    from typedserver.compat import ForkingMixIn, UnixStreamServer

    __all__ += [
        "ForkingTLSServer",
        "ForkingUnixTLSServer",
        "ThreadingUnixTLSServer",
        "UnixTLSServer",
    ]

    ForkingTLSServer = _compose(
        "ForkingTLSServer",
        ForkingMixIn,
        TLSServer,
        module=__name__,
        doc="Serves encrypted TCP connections, a process for each: see ``TLSMixIn`` and ``ForkingMixIn``.",
    )
    UnixTLSServer = _compose(
        "UnixTLSServer",
        TLSMixIn,
        UnixStreamServer,
        module=__name__,
        doc="Serves encrypted connections to a Unix address: see ``TLSMixIn`` and ``UnixStreamServer``.",
    )
    ThreadingUnixTLSServer = _compose(
        "ThreadingUnixTLSServer",
        ThreadingMixIn,
        UnixTLSServer,
        module=__name__,
        doc="Serves encrypted connections to a Unix address, a thread for each: see ``UnixTLSServer``.",
    )
    ForkingUnixTLSServer = _compose(
        "ForkingUnixTLSServer",
        ForkingMixIn,
        UnixTLSServer,
        module=__name__,
        doc="Serves encrypted connections to a Unix address, a process for each: see ``UnixTLSServer``.",
    )
