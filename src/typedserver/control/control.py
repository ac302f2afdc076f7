"""Control: a Unix socket by which programs of this machine look at a server and steer it, in lines of JSON.

It knows the protocol and who may speak it. What can be asked for is ``actions.py``'s.
"""

import json
import os
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from typedserver.access.authenticated import Authenticated
from typedserver.access.credentials import Credentials, PeerCredentials
from typedserver.config import Deadlines, Limits
from typedserver.control.actions import ActionError, act
from typedserver.control.board import Board
from typedserver.control.face import OperatorFace
from typedserver.control.watching import Watching
from typedserver.coroutines.stream import Stream
from typedserver.endpoints.unix import UnixStream
from typedserver.errors import LineTooLong, RecipeError
from typedserver.handlers.stream_handler import stream_handler
from typedserver.lifetime.serving import Serving
from typedserver.protocols.handlers import ServerContext
from typedserver.recipes import recipe_repr, shown
from typedserver.server import Server
from typedserver.server_config import ServerConfig
from typedserver.sockets.peers import UnixPeer
from typedserver.strategies.multiplexed import Multiplexed

# Operators and their programs, each with a connection or two: more would be a fault of theirs.
CONNECTIONS: Final = 64

# The rights of the socket's file: its owner alone.
OWNER_ONLY: Final = 0o600

_ROOT: Final = 0


@dataclass(frozen=True, slots=True, repr=False)
class Control:
    """Have programs of this machine look at a server and steer it: ``Operated(server, Control("control.sock"))``.

    path: a Unix socket's, in the file system. mode, group: its rights and its group, as for UnixStream.
    users: whose processes may do so besides those of the server's own user and root's, by their names. The socket's
    rights must let them connect as well, as ``mode=0o660, group="deploy", users=("ada",)``.

    Each line is a JSON object, and each has one line for an answer; docs/operating.md has them. Whoever may speak may
    read the addresses of all clients, and end their connections and the server. Linux only (SO_PEERCRED, unix(7)).

    Raises RecipeError for values that cannot work, and in ``Operated`` CompositionError elsewhere than on Linux.
    """

    path: str
    mode: int = OWNER_ONLY
    group: str | int | None = None
    users: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        # The endpoint checks what is its own.
        self._endpoint()
        users = cast("object", self.users)
        names = cast("tuple[object, ...]", users) if isinstance(users, tuple) else (None,)
        if not all(isinstance(each, str) for each in names):
            raise RecipeError(f"Control(users={shown(self.users)}) must be a tuple of names, as ('ada',)")

    def _endpoint(self) -> UnixStream:
        return UnixStream(self.path, self.mode, group=self.group)

    def face_of(self, board: Board, /) -> Serving:
        """Make the server that shows a board; nothing is opened. Raises RecipeError for users that do not exist."""
        config = ServerConfig(
            # Whoever watches does so for as long as he likes.
            deadlines=Deadlines(total=None, read=None),
            limits=Limits(connections=CONNECTIONS),
        )
        return Server(
            Authenticated(self._endpoint(), PeerCredentials()),
            stream_handler(_Conversation(board, frozenset(map(_uid_of, self.users))).hold),
            Multiplexed(),
            config=config,
            lifespan=board.looking,
        )

    def invitation(self, _face: Serving, /) -> str:
        """Return a line that says how to speak to it."""
        return f"control socket {self.path:<22} try: typedserver ctl --socket {shlex.quote(self.path)} status"

    __repr__ = recipe_repr


_conforms: type[OperatorFace] = Control


def _uid_of(user: str) -> int:
    # Only where there are users.
    import pwd  # noqa: PLC0415 - see above

    try:
        return pwd.getpwnam(user).pw_uid
    except KeyError:
        raise RecipeError(f"Control(users=): there is no user {user!r} on this machine") from None


@dataclass(frozen=True, slots=True)
class _Conversation:
    """What is said on one connection."""

    board: Board
    users: frozenset[int]

    async def hold(self, stream: Stream[UnixPeer[Credentials], ServerContext]) -> None:
        """Answer line by line, until the other side or the server ends."""
        peer = stream.principal
        try:
            async for line in stream:
                # Asked now: the server may have become another user since it was opened. And after a line was read:
                # what is unread at the end would take the answer with it (unix(7), ECONNRESET).
                if peer.uid not in (_ROOT, os.geteuid()) and peer.uid not in self.users:
                    refusal = f"user {peer.uid} may not control this server: Control(users=) names who may"
                    await _say(stream, {"error": refusal})
                    return
                if not await self._answer(stream, line, f"user {peer.uid}, process {peer.pid}"):
                    return
        except LineTooLong:
            await _say(stream, {"error": "a question is one line of JSON, of at most 64 KiB"})

    async def _answer(self, stream: Stream[Any, Any], line: bytes, by: str) -> bool:
        """Answer a line; returns whether another one may follow."""
        try:
            question: object = json.loads(line)
        except (ValueError, RecursionError) as error:
            await _say(stream, {"error": f"{shown(line)} is no JSON ({error}): send an object on one line"})
            return True
        if question == {"do": "watch"}:
            await self._show(stream)
            return False
        try:
            answer: Mapping[str, object] = await act(self.board, question, by=by)
        except ActionError as error:
            answer = {"error": str(error)}
        await _say(stream, answer)
        return True

    async def _show(self, stream: Stream[Any, Any]) -> None:
        """Send what changes, once a second, until the other side or the server ends."""
        watching = Watching(self.board)
        with self.board.viewing():
            await _say(stream, await watching.first())
            while True:
                await _say(stream, await watching.next())


async def _say(stream: Stream[Any, Any], answer: Mapping[str, object]) -> None:
    await stream.write(json.dumps(answer).encode() + b"\n")
