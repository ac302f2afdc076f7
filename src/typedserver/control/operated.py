"""Operated: a server with what an operator sees and does beside it, in the same loop.

It composes a server, a board and faces, and knows nothing of what a face says.
"""

from collections.abc import Iterator
from typing import Final

from typedserver.control.board import Board
from typedserver.control.face import OperatorFace
from typedserver.errors import CompositionError, RecipeError
from typedserver.group import Members
from typedserver.lifetime.drain_request import DrainRequest
from typedserver.lifetime.lifetime import Lifetime
from typedserver.lifetime.serving import Fact, Serving
from typedserver.lifetime.tree import is_ours, nodes
from typedserver.protocols.servers import AnyServer
from typedserver.reactor.selector_reactor import SelectorReactor
from typedserver.recipes import check_flags, has_methods, shown


class Operated(Serving[Members]):
    """Serves with one server, and shows it to its operators: ``Operated(server, Control("control.sock"))``.

    server: a Server, a Group, a Prefork, or one of a foreign class, of which little can be seen.
    faces: what shows it, such as ``Control`` and ``OperatorPage``.
    messages: whether each message of connections (``Framed``, ``Sessions``) is counted and timed as well. That costs a
    message about four microseconds; a request costs it half a microsecond, with and without.

    It is the outermost one: it may hold a Prefork, which cannot hold it. It owns the server: opening, stopping,
    draining and closing it does the same to the server. The faces serve in the server's loop, made by its own
    ``reactor_factory``: what holds that up, as a slow handler under Inline does, holds them up too. They go on when the
    server is suspended, and serve until it has drained or stopped; then their connections are cut.

    Raises RecipeError for what is no server and for no face, CompositionError for a server that is operated already.
    """

    def __init__(self, server: AnyServer, *faces: OperatorFace, messages: bool = False) -> None:
        check_flags("Operated", messages=messages)
        _check(server, faces)
        board: Final = Board(server, with_messages=messages)
        factory = server.__lifetime__.own_loop.factory if is_ours(server) else SelectorReactor
        servable = Members((server,), beside=tuple(face.face_of(board) for face in faces))
        super().__init__(Lifetime(self, servable, DrainRequest(), factory))
        board.drain = self.request_drain
        self.__faces__: tuple[OperatorFace, ...] = faces
        self.__server__: AnyServer = server

    def __repr__(self) -> str:
        return f"Operated({', '.join(map(repr, (self.__server__, *self.__faces__)))})"

    @Fact
    def server(self) -> AnyServer:
        """The server that is operated. Its type is not kept: for its address, keep the one you have made."""
        return self.__server__

    def invitations(self) -> Iterator[str]:
        """Yield a line for each face, which says how an operator comes to it; raises LifecycleError before it is open.

        That of a page has its token, so it is for whoever may operate the server, and for no log.
        """
        for face, serving in zip(self.__faces__, self.__lifetime__.servable.beside, strict=True):
            yield face.invitation(serving)

    @Fact
    def faces(self) -> tuple[OperatorFace, ...]:
        """What shows it, in the order given."""
        return self.__faces__


def _check(server: object, faces: tuple[object, ...]) -> None:
    if not has_methods(server, "serve_forever", "shutdown", "server_close"):
        raise RecipeError(f"Operated({shown(server)}, ...) needs a server: give a Server, a Group or a Prefork")
    if not faces:
        raise RecipeError(f'Operated({shown(server)}) shows it to nobody: give a face, as Control("control.sock")')
    for face in faces:
        if not has_methods(face, "face_of"):
            raise RecipeError(f"Operated(..., {shown(face)}) needs faces such as Control(path) and OperatorPage()")
    if is_ours(server) and any(isinstance(node, Operated) for node in nodes(server)):
        raise CompositionError(f"{shown(server)} is operated already: give all faces to one Operated")
