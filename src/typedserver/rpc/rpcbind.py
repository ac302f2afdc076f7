"""The command line of an rpcbind: ``python -m typedserver.rpc.rpcbind`` serves one until SIGTERM."""

import argparse
import sys
from collections.abc import Sequence
from typing import Any, cast

from typedserver.group import Group
from typedserver.rpc.registration import RPCBIND_SOCKET
from typedserver.rpc.rpcbind_addresses import bound_addresses
from typedserver.rpc.rpcbind_lookup import RPCBIND_PORT
from typedserver.rpc.rpcbind_server import rpcbind_server
from typedserver.server import Server


def main(arguments: Sequence[str] | None = None) -> int:
    """Serve an rpcbind until SIGTERM or SIGINT; returns the exit status, as ``Server.run`` does."""
    parser = argparse.ArgumentParser(
        prog="python -m typedserver.rpc.rpcbind", description="Tells where RPC programs are served (RFC 1833)."
    )
    parser.add_argument("--host", default="127.0.0.1", help='address to listen at; "" for all (default: %(default)s)')
    parser.add_argument("--port", type=int, default=RPCBIND_PORT, help="of TCP and UDP (default: %(default)s)")
    parser.add_argument("--path", default=RPCBIND_SOCKET, help='Unix socket; "" for none (default: %(default)s)')
    given = parser.parse_args(arguments)
    group = rpcbind_server(host=given.host, port=given.port, path=given.path or None)
    return group.run(ready=lambda: print(f"listening on {_places(group)}", flush=True))  # noqa: T201 - a command


def _places(group: Group) -> str:
    return ", ".join(
        f"{netid} {address}"
        for server in group.servers
        if isinstance(server, Server)
        for netid, address in bound_addresses(cast("Server[Any, Any]", server).fileno(), group)
    )


if __name__ == "__main__":
    sys.exit(main())
