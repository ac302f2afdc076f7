"""Replies that come later: of a result that is awaited, and for others who wait for it. It knows futures and bytes.

There is no lock: what several threads change is changed by one call of the interpreter's own.
"""

from collections import deque
from collections.abc import Callable
from typing import Final, final

from typedserver.protocols.messages import Pending


@final
class ComingReply:
    """A reply that somebody else makes, as a Pending for any number of callers."""

    __slots__ = ("_is_done", "_reply", "_waiting")

    def __init__(self) -> None:
        self._waiting: Final[deque[Callable[[ComingReply], object]]] = deque()
        self._reply: bytes | None = None
        self._is_done = False

    def come(self, reply: bytes | None) -> None:
        """Give the reply to all who wait, None if there is none; called once, from any thread."""
        self._reply = reply
        self._is_done = True
        self._tell()

    def _tell(self) -> None:
        while self._waiting:
            try:
                function = self._waiting.popleft()
            except IndexError:
                # Another thread was faster.
                return
            function(self)

    def add_done_callback(self, fn: "Callable[[ComingReply], object]", /) -> None:
        """Have a function called once the reply is there, or at once if it is."""
        self._waiting.append(fn)
        if self._is_done:
            self._tell()

    def result(self, timeout: float | None = None) -> bytes | None:  # noqa: ARG002 - it is asked when it is there
        """Return the reply; None if there is none."""
        return self._reply

    def exception(self, timeout: float | None = None) -> None:
        """Return None: what a call has failed by is a reply, too."""

    def done(self) -> bool:
        """Whether the reply is there."""
        return self._is_done

    def cancel(self) -> None:
        """Do nothing, because others wait for the reply as well."""


@final
class LaterReply:
    """The reply of a result that is yet to come, as a Pending.

    It is made once, in the thread that brings the result, also if nobody waits for it any more: a caller whose
    connection has ended may ask again.

    result: what is awaited. make: makes the reply of it when it is there; must not raise.
    """

    __slots__ = ("_coming", "_is_shared", "_is_unwanted", "_make", "_result")

    def __init__(self, result: Pending[object], make: Callable[[], bytes | None]) -> None:
        self._result: Final = result
        self._make: Final = make
        self._coming: Final = ComingReply()
        self._is_unwanted = False
        self._is_shared: Callable[[], bool] = _nobody_else

    def begin(
        self,
        made: Callable[[bytes | None], object],
        given_up: Callable[[], object],
        is_shared: Callable[[], bool] | None = None,
    ) -> None:
        """Wait for the result.

        made: is given the reply, before anybody else. given_up: called instead if the result was cancelled, because
        nobody waited for it. is_shared: whether others wait for it as well, so that it must not be cancelled.
        """
        if is_shared is not None:
            self._is_shared = is_shared

        def come(_result: object) -> None:
            reply = None
            if self._is_unwanted and _is_cancelled(self._result):
                given_up()
            else:
                reply = self._make()
                made(reply)
            self._coming.come(reply)

        self._result.add_done_callback(come)

    def add_done_callback(self, fn: Callable[[ComingReply], object], /) -> None:
        """Have a function called once the reply is there, or at once if it is."""
        self._coming.add_done_callback(fn)

    def result(self, timeout: float | None = None) -> bytes | None:
        """Return the reply; None if there is none."""
        return self._coming.result(timeout)

    def exception(self, timeout: float | None = None) -> None:
        """Return None: what the result has failed by is a reply, too."""

    def done(self) -> bool:
        """Whether the reply is there."""
        return self._coming.done()

    def cancel(self) -> None:
        """Give up a result that was not begun, if nobody waits for it."""
        if not self._is_shared():
            self._is_unwanted = True
            self._result.cancel()


def _nobody_else() -> bool:
    return False


def _is_cancelled(result: Pending[object]) -> bool:
    """Whether a result that is there was cancelled: that alone is raised, and not returned, by ``exception``."""
    try:
        result.exception()
    except Exception:  # noqa: BLE001 - of whatever class that is
        return True
    return False


_conforms: "tuple[type[Pending[bytes | None]], ...]" = (ComingReply, LaterReply)
