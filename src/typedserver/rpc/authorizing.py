"""Who may call: ready functions for ``authorize``. They know a call, and no message."""

from typing import Final

from typedserver.rpc.programs import AuthStat, Call

# Ports below this are root's (ip(7), ip_unprivileged_port_start).
_FIRST_OPEN_PORT: Final = 1024


def allow_anybody(_call: Call, /) -> AuthStat | None:
    """Let anybody call, as without ``authorize``."""
    return None


def require_auth_sys(call: Call, /) -> AuthStat | None:
    """Refuse callers that do not say who they are, by TOOWEAK. What others say is not proven: see AuthSys."""
    return AuthStat.TOOWEAK if call.credentials is None else None


def require_reserved_port(call: Call, /) -> AuthStat | None:
    """Refuse callers from ports that anybody of their host may have, by TOOWEAK.

    It says that root of that host has opened the port, if root there is to be trusted, and the network as well. Peers
    of a Unix socket pass: the file's mode says who may connect.
    """
    address = call.client_address
    return None if isinstance(address, str) or 0 < address[1] < _FIRST_OPEN_PORT else AuthStat.TOOWEAK
