"""A drop-in for ``socketserver``: ``import typedserver.compat as socketserver``.

Here are the public classes and nothing else. One call composes each, from the body in ``typedserver._compat`` that
implements it and from public bases. docs/compat.md lists every difference from the standard library. This source may
run under another module name, and the classes then bear that name; for this reason all imports are absolute.
"""

import sys

from typedserver._compat import base_server as _base
from typedserver._compat import forking_mixin as _forking
from typedserver._compat import handlers as _handlers
from typedserver._compat import servers as _servers
from typedserver._compat import threading_mixin as _threading
from typedserver._compat.compose import compose as _compose

# The version that the standard library's module has in Python 3.11 to 3.13.
__version__ = "0.4"

__all__ = [
    "BaseRequestHandler",
    "BaseServer",
    "DatagramRequestHandler",
    "StreamRequestHandler",
    "TCPServer",
    "ThreadingMixIn",
    "ThreadingTCPServer",
    "ThreadingUDPServer",
    "UDPServer",
]

BaseServer = _compose("BaseServer", body=_base.BaseServer, module=__name__)
TCPServer = _compose("TCPServer", BaseServer, body=_servers.TCPServer, module=__name__)
UDPServer = _compose("UDPServer", TCPServer, body=_servers.UDPServer, module=__name__)

ThreadingMixIn = _compose("ThreadingMixIn", body=_threading.ThreadingMixIn, module=__name__)
ThreadingTCPServer = _compose(
    "ThreadingTCPServer",
    ThreadingMixIn,
    TCPServer,
    module=__name__,
    doc="Serves TCP connections, a thread for each: see ``ThreadingMixIn`` and ``TCPServer``.",
)
ThreadingUDPServer = _compose(
    "ThreadingUDPServer",
    ThreadingMixIn,
    UDPServer,
    module=__name__,
    doc="Serves UDP datagrams, a thread for each: see ``ThreadingMixIn`` and ``UDPServer``.",
)

BaseRequestHandler = _compose("BaseRequestHandler", body=_handlers.BaseRequestHandler, module=__name__)
StreamRequestHandler = _compose(
    "StreamRequestHandler", BaseRequestHandler, body=_handlers.StreamRequestHandler, module=__name__
)
DatagramRequestHandler = _compose(
    "DatagramRequestHandler", BaseRequestHandler, body=_handlers.DatagramRequestHandler, module=__name__
)

if sys.platform != "win32":
    __all__ += [
        "ForkingMixIn",
        "ForkingTCPServer",
        "ForkingUDPServer",
        "ForkingUnixDatagramServer",
        "ForkingUnixStreamServer",
        "ThreadingUnixDatagramServer",
        "ThreadingUnixStreamServer",
        "UnixDatagramServer",
        "UnixStreamServer",
    ]

    ForkingMixIn = _compose("ForkingMixIn", body=_forking.ForkingMixIn, module=__name__)
    ForkingTCPServer = _compose(
        "ForkingTCPServer",
        ForkingMixIn,
        TCPServer,
        module=__name__,
        doc="Serves TCP connections, a process for each: see ``ForkingMixIn`` and ``TCPServer``.",
    )
    ForkingUDPServer = _compose(
        "ForkingUDPServer",
        ForkingMixIn,
        UDPServer,
        module=__name__,
        doc="Serves UDP datagrams, a process for each: see ``ForkingMixIn`` and ``UDPServer``.",
    )

    UnixStreamServer = _compose("UnixStreamServer", TCPServer, body=_servers.UnixStreamServer, module=__name__)
    UnixDatagramServer = _compose("UnixDatagramServer", UDPServer, body=_servers.UnixDatagramServer, module=__name__)
    ThreadingUnixStreamServer = _compose(
        "ThreadingUnixStreamServer",
        ThreadingMixIn,
        UnixStreamServer,
        module=__name__,
        doc="Serves connections to a Unix address, a thread for each: see ``ThreadingMixIn`` and ``UnixStreamServer``.",
    )
    ThreadingUnixDatagramServer = _compose(
        "ThreadingUnixDatagramServer",
        ThreadingMixIn,
        UnixDatagramServer,
        module=__name__,
        doc="Serves datagrams to a Unix address, a thread for each: see ``ThreadingMixIn`` and ``UnixDatagramServer``.",
    )
    ForkingUnixStreamServer = _compose(
        "ForkingUnixStreamServer",
        ForkingMixIn,
        UnixStreamServer,
        module=__name__,
        doc="Serves connections to a Unix address, a process for each: see ``ForkingMixIn`` and ``UnixStreamServer``.",
    )
    ForkingUnixDatagramServer = _compose(
        "ForkingUnixDatagramServer",
        ForkingMixIn,
        UnixDatagramServer,
        module=__name__,
        doc="Serves datagrams to a Unix address, a process for each: see ``ForkingMixIn`` and ``UnixDatagramServer``.",
    )
