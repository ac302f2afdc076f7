"""Settling: how each message ended, for the listener that has lent it.

It is the processor of a server whose requests are messages. It knows the listener's ``settle_request``, nothing of
sources. Connections and datagrams have another end, and go through none of this.
"""

import logging
from collections.abc import Callable, Coroutine
from typing import Any, Final

from typing_extensions import override

from typedserver.coroutines.drive import is_coroutine
from typedserver.coroutines.waits import RequestCut
from typedserver.errors import ChildFailed, RequestOverdue, RequestRefused
from typedserver.events import Refused
from typedserver.requests.processor import Processor

_log = logging.getLogger("typedserver")

# The exit status of a child (Forks) whose handler failed, and has reported that: the parent learns no more of it.
# sysexits.h names it for an internal software error. Windows lacks the name, and Forks as well.
FAILED_IN_CHILD: Final = 70


class _Message:
    """A message that is not settled.

    request: as the listener gave it; kept, so that no other has its identity.
    in_child: whether a process of its own serves it.
    returned: whether its handler has returned. error: what it has failed by, or was ended by.
    """

    __slots__ = ("error", "in_child", "request", "returned")

    def __init__(self, request: object) -> None:
        self.request = request
        self.in_child = False
        self.returned = False
        self.error: BaseException | None = None


class SettlingProcessor(Processor):
    """A processor that has the listener settle each request, once, whatever becomes of it."""

    __slots__ = ("_open",)

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as the base takes them
        super().__init__(*args, **kwargs)
        # By identity. Each step is one operation of a dict, because requests end in many threads.
        self._open: dict[int, _Message] = {}

    def take(self, accepted: Callable[[object, object], object], request: object, client_address: object) -> object:
        """Note a request that the listener has given, then pass it on; in the loop's thread."""
        self._open[id(request)] = _Message(request)
        return accepted(request, client_address)

    def refused(self, request: object, refused: Refused) -> None:
        """Settle a request that the strategy never got, or has released already."""
        message = self._open.pop(id(request), None)
        if message is not None:
            # By a limit it was refused for now; the hook's word is about this message.
            by_hook = refused.reason == "verify_request"
            self._settle(message, RequestRefused("verify_request() has refused it") if by_hook else RequestCut())

    @override
    def begin_request(self, request: object, client_address: object, /) -> object:
        """Begin a request's life, and note how it ends."""
        message = self._open.get(id(request)) or _Message(request)
        if id(request) in self._cut:
            # It has waited for a worker until its time was over.
            return _overdue(None)
        try:
            result = super().begin_request(request, client_address)
        except BaseException as error:
            message.error = message.error or error
            raise
        if result is not None and is_coroutine(result):
            return self._run(message, result)
        message.returned = message.error is None
        return result

    async def _run(self, message: _Message, handling: Coroutine[Any, Any, object]) -> None:
        # Here and not in end_request: what runs the coroutine reports a cut as it does a return.
        try:
            await handling
        except BaseException as error:
            message.error = message.error or error
            raise
        message.returned = message.error is None

    @override
    def _failed(self, accepted: object, request: object, client_address: object, error: Exception) -> None:
        message = self._open.get(id(accepted))
        if message is not None:
            message.error = message.error or error
        super()._failed(accepted, request, client_address, error)

    @override
    def serve_request(self, request: object, client_address: object, /) -> None:
        """Live a request's whole life; a child exits with a status of its own if the handler did not return."""
        if not self._in_child:
            super().serve_request(request, client_address)
            return
        message = self._open.setdefault(id(request), _Message(request))
        try:
            super().serve_request(request, client_address)
        except SystemExit:
            raise SystemExit(FAILED_IN_CHILD) from None
        if not message.returned:
            raise SystemExit(FAILED_IN_CHILD)

    @override
    def leave_to_child(self, request: object, /) -> None:
        """Note that the end of a child says how the request has ended."""
        message = self._open.get(id(request))
        if message is not None:
            message.in_child = True

    @override
    def release(self, request: object, client_address: object, error: BaseException | None, /) -> None:
        """Settle a request that is over, then note its end."""
        message = self._open.pop(id(request), None)
        if message is not None:
            # First: when the last one is over, a drain closes the listener.
            self._settle(message, self._end_of(message, error))
        if isinstance(error, ChildFailed) and error.status == FAILED_IN_CHILD:
            # The child has reported what its handler raised.
            self._accounts.note_error(request, error)
            error = None
        super().release(request, client_address, error)

    def _end_of(self, message: _Message, error: BaseException | None) -> BaseException | None:
        if message.returned or (message.in_child and error is None):
            # Also if it was cut: a thread cannot be ended, and has done its work now.
            return None
        failure = error if message.in_child else message.error
        if failure is None:
            # It was not begun: there was no thread to be had, or no time left.
            return _not_begun(error)
        was_cut = id(message.request) in self._cut
        if isinstance(failure, ChildFailed):
            was_ended = was_cut and failure.status < 0
        else:
            # What it raises after a cut is its own: a thread does not notice one.
            was_ended = not isinstance(failure, Exception | SystemExit)
        if not was_ended:
            return failure
        # Without a cut, its loop or its process ends.
        return _overdue(failure) if was_cut and self._drain_request.until is None else RequestCut()

    def _settle(self, message: _Message, error: BaseException | None) -> None:
        if self._listener is None:
            return
        try:
            self._listener.settle_request(message.request, error)
        except Exception:  # noqa: BLE001 - a listener that fails here must not cost the server the request's end
            _log.exception("%r could not settle a message", self._listener)


def _not_begun(error: BaseException | None) -> RequestCut:
    cut = RequestCut()
    cut.__cause__ = error
    return cut


def _overdue(error: BaseException | None) -> RequestOverdue:
    overdue = RequestOverdue("its handler took longer than Deadlines(total=) allows: raise that if it may")
    overdue.__cause__ = error
    return overdue
