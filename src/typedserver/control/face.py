"""The contract of what shows a server to an operator, beside the server: a control socket, a page. Typing only."""

from typing import Protocol

from typedserver.control.board import Board
from typedserver.lifetime.serving import Serving


class OperatorFace(Protocol):
    """A recipe of what serves an operator."""

    def face_of(self, board: Board, /) -> Serving:
        """Make the server that shows a board; nothing is opened."""
        ...

    def invitation(self, face: Serving, /) -> str:
        """Return a line for whoever starts the program, once the server that it has made is open."""
        ...
