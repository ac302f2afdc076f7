"""ONC RPC: programs that are called over TCP and UDP, their values as XDR, and the compiler of .x files.

It may import everything but the command line. `import typedserver` does not load it.
"""

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

__all__ = [
    "NO_REPLY",
    "AsyncClient",
    "AuthStat",
    "AuthSys",
    "Call",
    "Client",
    "Denied",
    "NoReply",
    "Procedure",
    "Program",
    "Result",
    "Version",
]
