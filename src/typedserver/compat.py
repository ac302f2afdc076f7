"""A drop-in for ``socketserver``: ``import typedserver.compat as socketserver``.

The public classes and nothing else, each one line of composition. What they do is in ``typedserver._compat``; what is
different from the standard library is in docs/compat.md. The source may be run under another module name: the classes
then bear that name, and all imports are absolute.
"""

import sys

from typedserver._compat import base_server as _base
from typedserver._compat import forking_mixin as _forking
from typedserver._compat import handlers as _handlers
from typedserver._compat import servers as _servers
from typedserver._compat import threading_mixin as _threading
from typedserver._compat.compose import compose as _compose

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

BaseServer = _compose("BaseServer", _base.BaseServer, module=__name__)
TCPServer = _compose("TCPServer", _servers.TCPServer, BaseServer, module=__name__)
UDPServer = _compose("UDPServer", _servers.UDPServer, TCPServer, module=__name__)

ThreadingMixIn = _compose("ThreadingMixIn", _threading.ThreadingMixIn, module=__name__)
ThreadingTCPServer = _compose("ThreadingTCPServer", ThreadingMixIn, TCPServer, module=__name__)
ThreadingUDPServer = _compose("ThreadingUDPServer", ThreadingMixIn, UDPServer, module=__name__)

BaseRequestHandler = _compose("BaseRequestHandler", _handlers.BaseRequestHandler, module=__name__)
StreamRequestHandler = _compose(
    "StreamRequestHandler", _handlers.StreamRequestHandler, BaseRequestHandler, module=__name__
)
DatagramRequestHandler = _compose(
    "DatagramRequestHandler", _handlers.DatagramRequestHandler, BaseRequestHandler, module=__name__
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

    ForkingMixIn = _compose("ForkingMixIn", _forking.ForkingMixIn, module=__name__)
    ForkingTCPServer = _compose("ForkingTCPServer", ForkingMixIn, TCPServer, module=__name__)
    ForkingUDPServer = _compose("ForkingUDPServer", ForkingMixIn, UDPServer, module=__name__)

    UnixStreamServer = _compose("UnixStreamServer", _servers.UnixStreamServer, TCPServer, module=__name__)
    UnixDatagramServer = _compose("UnixDatagramServer", _servers.UnixDatagramServer, UDPServer, module=__name__)
    ThreadingUnixStreamServer = _compose("ThreadingUnixStreamServer", ThreadingMixIn, UnixStreamServer, module=__name__)
    ThreadingUnixDatagramServer = _compose(
        "ThreadingUnixDatagramServer", ThreadingMixIn, UnixDatagramServer, module=__name__
    )
    ForkingUnixStreamServer = _compose("ForkingUnixStreamServer", ForkingMixIn, UnixStreamServer, module=__name__)
    ForkingUnixDatagramServer = _compose("ForkingUnixDatagramServer", ForkingMixIn, UnixDatagramServer, module=__name__)
