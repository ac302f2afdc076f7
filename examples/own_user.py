"""An agent that keeps values for its own user alone: `python -m typedserver examples.own_user:server`.

`nc -U own_user.sock` is a client: `set NAME VALUE`, `get NAME`, `drop NAME`. The kernel says whose process it is.
The mode of the socket's file keeps others out already, but not root, and not one who has got the connection otherwise.
"""

import os
from collections.abc import Callable, Coroutine
from typing import Any

from typedserver import (
    Authenticated,
    AuthenticationFailed,
    Credentials,
    Identified,
    Multiplexed,
    PeerCredentials,
    Server,
    Stream,
    StreamRequest,
    UnixAddress,
    UnixPeer,
    UnixStream,
    stream_handler,
)

VALUES: dict[str, str] = {}


def only(uid: int) -> Callable[[Stream[UnixAddress]], Coroutine[Any, Any, Credentials]]:
    """Make an authenticator that lets in the processes of one user."""
    ask_kernel = PeerCredentials()

    async def own(stream: Stream[UnixAddress]) -> Credentials:
        peer = await ask_kernel(stream)
        if peer.uid != uid:
            raise AuthenticationFailed(f"it is user {peer.uid}'s", answer=b"this is another user's agent\n")
        return peer

    return own


@stream_handler
async def keep(stream: Stream[Identified[Credentials]]) -> None:
    async for line in stream:
        match line.decode(errors="replace").split(maxsplit=2):
            case ["set", name, value]:
                VALUES[name] = value.rstrip()
                await stream.write(b"kept\n")
            case ["get", name] if name in VALUES:
                await stream.write(f"{VALUES[name]}\n".encode())
            case ["drop", name] if name in VALUES:
                del VALUES[name]
                await stream.write(b"dropped\n")
            case ["get" | "drop", _]:
                await stream.write(b"there is none\n")
            case _:
                await stream.write(b"set NAME VALUE, get NAME, drop NAME\n")


def agent(path: str, uid: int) -> Server[StreamRequest, UnixPeer[Credentials]]:
    return Server(Authenticated(UnixStream(path, mode=0o600), only(uid)), keep, Multiplexed())


server = agent("own_user.sock", os.geteuid())
