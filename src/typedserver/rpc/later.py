"""A reply that comes when the result of a procedure does. It knows futures and bytes, and no call."""

from collections import deque
from collections.abc import Callable
from typing import Final, final

from typedserver.protocols.messages import Pending


@final
class LaterReply:
    """The reply of a result that is yet to come, as a Pending.

    It is made once, in the thread that brings the result, also if nobody waits for it any more: a caller whose
    connection has ended may ask again.

    result: what is awaited. make: makes the reply of it when it is there; must not raise.

    There is no lock: what several threads change is changed by one call of the interpreter's own.
    """

    __slots__ = ("_is_done", "_is_unwanted", "_make", "_reply", "_result", "_waiting")

    def __init__(self, result: Pending[object], make: Callable[[], bytes | None]) -> None:
        self._result: Final = result
        self._make: Final = make
        self._waiting: Final[deque[Callable[[LaterReply], object]]] = deque()
        self._reply: bytes | None = None
        self._is_done = False
        self._is_unwanted = False

    def begin(self, made: Callable[[bytes | None], object], given_up: Callable[[], object]) -> None:
        """Wait for the result.

        made: is given the reply, before anybody else. given_up: called instead if the result was cancelled, because
        nobody waited for it.
        """

        def come(_result: object) -> None:
            if self._is_unwanted and _is_cancelled(self._result):
                given_up()
            else:
                self._reply = self._make()
                made(self._reply)
            self._is_done = True
            self._tell()

        self._result.add_done_callback(come)

    def _tell(self) -> None:
        while self._waiting:
            try:
                function = self._waiting.popleft()
            except IndexError:
                # Another thread was faster.
                return
            function(self)

    def add_done_callback(self, fn: "Callable[[LaterReply], object]", /) -> None:
        """Have a function called once the reply is there, or at once if it is."""
        self._waiting.append(fn)
        if self._is_done:
            self._tell()

    def result(self, timeout: float | None = None) -> bytes | None:  # noqa: ARG002 - it is asked when it is there
        """Return the reply; None if there is none."""
        return self._reply

    def exception(self, timeout: float | None = None) -> None:
        """Return None: what the result has failed by is a reply, too."""

    def done(self) -> bool:
        """Whether the reply is there."""
        return self._is_done

    def cancel(self) -> None:
        """Give up a result that was not begun, because nobody waits for it."""
        self._is_unwanted = True
        self._result.cancel()


def _is_cancelled(result: Pending[object]) -> bool:
    """Whether a result that is there was cancelled: that alone is raised, and not returned, by ``exception``."""
    try:
        result.exception()
    except Exception:  # noqa: BLE001 - of whatever class that is
        return True
    return False


_conforms: type[Pending[bytes | None]] = LaterReply
