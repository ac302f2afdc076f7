"""ONC RPC: programs that are called over TCP and UDP, their values as XDR, and the compiler of .x files.

It may import everything but the command line. `import typedserver` does not load it.
"""

import sys

from typedserver.rpc.authorizing import allow_anybody, require_auth_sys, require_reserved_port
from typedserver.rpc.clients import AsyncTCPClient, AsyncUDPClient, AsyncUnixClient, TCPClient, UDPClient, UnixClient
from typedserver.rpc.errors import (
    AuthenticationRefused,
    ClientClosed,
    ConnectionLost,
    GarbageArguments,
    NotRegistered,
    ProcedureUnavailable,
    ProgramMismatch,
    ProgramUnavailable,
    RegistrationRefused,
    RPCError,
    RPCMismatch,
    RPCTimedOut,
    ServiceFailed,
    UnreadableReply,
)
from typedserver.rpc.old_style import RPCMixIn, TCPRPCServer, ThreadingTCPRPCServer, ThreadingUDPRPCServer, UDPRPCServer
from typedserver.rpc.opportunistic_tls import OpportunisticTLS
from typedserver.rpc.programs import (
    NO_REPLY,
    AsyncClient,
    AuthStat,
    AuthSys,
    Call,
    Client,
    Denied,
    NoReply,
    Procedure,
    Program,
    Result,
    Version,
)
from typedserver.rpc.record_marking import RecordMarking
from typedserver.rpc.registration import registered
from typedserver.rpc.rpcbind_server import rpcbind_server
from typedserver.rpc.serving import datagram_handler, stream_handler

__all__ = [
    "NO_REPLY",
    "AsyncClient",
    "AsyncTCPClient",
    "AsyncUDPClient",
    "AsyncUnixClient",
    "AuthStat",
    "AuthSys",
    "AuthenticationRefused",
    "Call",
    "Client",
    "ClientClosed",
    "ConnectionLost",
    "Denied",
    "GarbageArguments",
    "NoReply",
    "NotRegistered",
    "OpportunisticTLS",
    "Procedure",
    "ProcedureUnavailable",
    "Program",
    "ProgramMismatch",
    "ProgramUnavailable",
    "RPCError",
    "RPCMismatch",
    "RPCMixIn",
    "RPCTimedOut",
    "RecordMarking",
    "RegistrationRefused",
    "Result",
    "ServiceFailed",
    "TCPClient",
    "TCPRPCServer",
    "ThreadingTCPRPCServer",
    "ThreadingUDPRPCServer",
    "UDPClient",
    "UDPRPCServer",
    "UnixClient",
    "UnreadableReply",
    "Version",
    "allow_anybody",
    "datagram_handler",
    "registered",
    "require_auth_sys",
    "require_reserved_port",
    "rpcbind_server",
    "stream_handler",
]

if sys.platform != "win32":
    from typedserver.rpc.old_style import ForkingTCPRPCServer, ForkingUDPRPCServer

    __all__ += ["ForkingTCPRPCServer", "ForkingUDPRPCServer"]
