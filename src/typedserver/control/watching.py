"""What somebody who watches is sent, once a second: the status, and what has changed in the list of connections.

It knows a board. Each watcher has a memory of its own, of what it was sent: one that is slow, or comes back, gets the
difference to that and not to what others have. It holds as much as the list itself.
"""

import time

from typedserver.control.actions import row
from typedserver.control.board import Board
from typedserver.control.said import News, Row


class Watching:
    """One watcher's view of a board.

    board: what is watched.
    """

    __slots__ = ("_board", "_sent")

    def __init__(self, board: Board) -> None:
        self._board = board
        # The state of each connection that was sent, by its id.
        self._sent: dict[str, str] = {}

    async def first(self) -> News:
        """Return all that there is, after a look of its own."""
        await self._board.look(connections=True)
        return self._changes()

    async def next(self) -> News:
        """Wait for the board's next look, and return what has changed."""
        await self._board.news()
        return self._changes()

    def _changes(self) -> News:
        board, sent = self._board, self._sent
        now = time.monotonic()
        present, new, changed = dict[str, str](), list[Row](), list[tuple[str, str]]()
        for each in board.connections():
            name = board.name_of(each)
            present[name] = each.state
            known = sent.get(name)
            if known is None:
                new.append(row(board, each, now))
            elif known != each.state:
                changed.append((name, each.state))
        self._sent = present
        gone = [name for name in sent if name not in present]
        return {"status": board.status(), "new": new, "gone": gone, "changed": changed}
