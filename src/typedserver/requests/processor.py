"""A request's life: from the accept to the close, with the hooks that a subclass of Server may override.

It knows a listener, a dispatcher and a handler, and nothing of loops, states or how a server starts and stops; that is
``server.py``. ``process_request`` runs in the loop's thread, what begins with ``serve_request`` in the worker.
"""

import errno
import logging
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from time import monotonic
from typing import Any, Final, cast

from typedserver.config import Deadlines, Limits
from typedserver.coroutines.drive import drive, is_coroutine
from typedserver.errors import LifecycleError, is_disconnect, is_peers_fault
from typedserver.events import Accepted, Finished, Observer, Refused, Started, outcome_of, tell, wants_requests
from typedserver.process.callers import is_called_by
from typedserver.process.inheritance import leave_all_in_child
from typedserver.protocols.endpoints import Listener
from typedserver.protocols.handlers import ServerContext
from typedserver.protocols.strategies import Dispatcher, Place
from typedserver.requests.admission import Admission
from typedserver.requests.drain import DrainCount
from typedserver.requests.overdue import LoopLooks, ThreadLooks
from typedserver.requests.table import LiveRequest, LiveRequests
from typedserver.sockets.connection import limit_waits
from typedserver.sockets.silence import deadline_passed, is_silence

_log = logging.getLogger("typedserver")

# What a blocking socket says that has waited as long as it may: by the kernel's timer, and by Python's elsewhere.
_SILENCES: Final = ((errno.EAGAIN, os.strerror(errno.EAGAIN)), ("timed out",))


class RequestProcessing(ABC):
    """What every server does with a request, whatever loop it came through."""

    # Whom to tell when the server drains, by the identity of what that concerns; ``serving.py``'s, and forgotten here.
    _told: dict[int, Callable[[], object]]

    def __init__(
        self, handler: Callable[[Any, Any, Any], object], deadlines: Deadlines, limits: Limits, observer: Observer
    ) -> None:
        self._handler = handler
        # What is called for a request: the handler, maybe with something done before.
        self._serve_by: Callable[[Any, Any, Any], object] = handler
        self.deadlines: Final = deadlines
        """How long a connection may take."""
        self._observer = observer
        # The same, where it wants to be told of each request; and what each of these has failed by.
        self._observer_of_requests: Observer | None = None
        self._errors: dict[int, BaseException | None] = {}
        self._live = LiveRequests(deadlines.total, deadlines.establish, self._cut)
        self._requests: Final = self._live.requests
        self._cut_now: Final = self._live.cut
        # What looks for requests that are overdue; a thread of its own is kept from one loop to the next.
        self._looks: LoopLooks | ThreadLooks | None = None
        self._count: Final = DrainCount(self._live)
        # The same, once it drains.
        self._drain_count: DrainCount | None = None
        # Who asks it of each request whether it is taken, where there is something to be asked.
        self._admission = Admission(limits, self._live.requests) if Admission.is_needed(limits) else None
        # Whether the handler reads its connection by itself, and its waits are limited for it.
        self._limits_waits = False
        self._listener: Listener[Any, Any] | None = None
        # What is called for each request: the hook where it is overridden, else what the hook would pass on to, or
        # None where that has nothing to do. Composed when serving begins, for a datagram costs less than five calls.
        self._verify: Callable[[Any, Any], bool] | None = None
        self._process: Callable[[Any, Any], object] = self.process_request
        self._registers = False
        # Whether there is anybody to be asked, or told, before a request is taken, and before it is served.
        self._asks_before = False
        self._prepares = False
        # Whether requests are noted in the table of live ones at all.
        self._keeps_table = True
        # Whether there is more to be done for each request than to note that it is live.
        self._counts_more = False
        self._establish: Callable[[Any, Any, ServerContext], object] | None = None
        self._finish: Callable[[Any, Any], object] | None = None
        self._shut_down: Callable[[Any], object] | None = None
        # What the accepted request has become, by its identity, where that is known only after it has begun: the
        # request and client's address that the handler has, or None where the connection could not be established.
        self._established: dict[int, tuple[Any, Any] | None] = {}

    def _compose_hooks(self, listener: Listener[Any, Any], dispatcher: Dispatcher) -> None:
        """Find out, before requests come, which hooks are to be called for each of them."""
        self._observer_of_requests = self._observer if wants_requests(self._observer) else None
        self._verify = self.verify_request if self._overrides("verify_request") else None
        overridden = self._overrides("process_request")
        self._process = self.process_request if overridden else dispatcher.process_request
        self._establish = listener.establish if listener.establishes else None
        self._prepares = bool(self._observer_of_requests or self._establish)
        self._counts_more = bool(self._admission or self._prepares)
        self._asks_before = bool(self._admission or self._verify or self._drain_count)
        # A datagram that is answered before the loop goes on is never there when the loop looks, and can not be cut.
        passes_by = listener.request_kind != "connections" and dispatcher.place is Place.IN_PLACE
        self._keeps_table = self._counts_more or not passes_by
        self._registers = self._keeps_table and not overridden
        self._finish = self.finish_request if self._overrides("finish_request") else None
        if self._overrides("shutdown_request") or self._overrides("close_request"):
            self._shut_down = self.shutdown_request
        elif listener.request_kind != "connections":
            self._shut_down = None
        else:
            self._shut_down = listener.shutdown_request

    def _overrides(self, hook: str) -> bool:
        return getattr(getattr(self, hook), "__func__", None) is not getattr(RequestProcessing, hook)

    def _opened_listener(self) -> Listener[Any, Any]:
        if self._listener is None:
            raise LifecycleError(f"{self!r} is not open: use `with`, open() or serve_forever() first")
        return self._listener

    @abstractmethod
    def _current_dispatcher(self) -> Dispatcher:
        """Return the dispatcher of the loop that is running."""

    def _cut(self, request: Any, client_address: Any) -> None:
        """End a request now: its connection, and its worker where that can be ended; from any thread."""
        _log.debug("request of %r is cut", client_address)
        established = self._established.get(id(request))
        if self._listener is not None:
            self._listener.cut_request(request if established is None else established[0])
        self._cut_worker(request)

    @abstractmethod
    def _cut_worker(self, request: Any) -> None:
        """Have the strategy end the worker of this request; from any thread."""

    def _is_worker(self) -> bool:
        """Whether this thread is in one of these methods, serving a request; a coroutine is run by its strategy."""
        # Asked of the stack, and only here: an account of workers would cost each request more than its hooks do.
        return is_called_by(_CODE_OF_WORKERS, lambda server: server is self)

    # In the loop's thread

    def _handle_accepted(self, request: Any, client_address: Any) -> bool:
        """Verify a request and have it processed; returns whether a strategy has taken it."""
        if self._asks_before and not self._may_come(request, client_address):
            return False
        try:
            looks = self._looks
            if looks is not None and not looks.awake:
                looks.begin()
            if self._registers:
                # What ``_register`` does, without the call.
                self._requests[id(request)] = request, client_address, monotonic()
                if self._counts_more:
                    self._count_more(request, client_address)
            self._process(request, client_address)
        except Exception as error:  # noqa: BLE001 - a strategy or an override that fails refuses this request alone
            self._account_for(request, self._requests.pop(id(request), None), error)
            self.handle_error(request, client_address)
            self._refuse(request, client_address, repr(error))
            return False
        return True

    def _may_come(self, request: Any, client_address: Any) -> bool:
        """Ask whoever is to be asked before a request is taken."""
        count = self._drain_count
        if count is not None:
            count.taken += 1
        try:
            if self._verify is not None and not self._verify(request, client_address):
                self._refuse(request, client_address, "verify_request() has refused it")
                return False
        except Exception as error:  # noqa: BLE001 - a check that fails refuses this request alone
            self.handle_error(request, client_address)
            self._refuse(request, client_address, repr(error))
            return False
        if self._admission is not None and (reason := self._admission.refusal(client_address)) is not None:
            self._refuse(request, client_address, reason)
            return False
        if count is not None:
            count.accepted += 1
        return True

    def _register(self, request: Any, client_address: Any) -> None:
        """Note a request that is given to the strategy: from now on it is live, until it is released."""
        self._requests[id(request)] = request, client_address, monotonic()
        if self._counts_more:
            self._count_more(request, client_address)

    def _count_more(self, request: Any, client_address: Any) -> None:
        if self._establish is not None:
            self._live.establishing.add(id(request))
        if self._admission is not None:
            self._admission.take(client_address)
        if self._observer_of_requests is not None:
            tell(self._observer_of_requests, Accepted(client_address))

    def _account_for(self, request: Any, live: LiveRequest | None, error: BaseException | None) -> bool:
        """Do the accounts of a request that was taken out of the table; returns whether it was cut."""
        was_cut = id(request) in self._live.cut
        self._live.forget(request)
        if live is not None and self._counts_more:
            _, client_address, began = live
            if self._admission is not None:
                self._admission.give_back(client_address)
            if self._observer_of_requests is not None:
                error = self._errors.pop(id(request), None) or error
                outcome = outcome_of(error, was_cut=was_cut)
                seconds = monotonic() - began
                tell(self._observer_of_requests, Finished(client_address, outcome, seconds, error))
        return was_cut

    def _refuse(self, request: Any, client_address: Any, reason: str) -> None:
        tell(self._observer, Refused(client_address, reason))
        try:
            self.shutdown_request(request)
        except Exception:  # noqa: BLE001 - an override that fails concerns this request alone
            self.handle_error(request, client_address)

    def verify_request(self, _request: Any, _client_address: Any, /) -> bool:
        """Say whether to serve a request; hook, returns True. A refused one is shut down."""
        return True

    def process_request(self, request: Any, client_address: Any, /) -> None:
        """Have the strategy serve a request; hook."""
        self._register(request, client_address)
        self._current_dispatcher().process_request(request, client_address)

    # In the worker: a thread, a child, or the loop

    def serve_request(self, request: Any, client_address: Any, /) -> None:
        """Live a request's whole life; what the strategy calls (RequestProcessor)."""
        result = self.begin_request(request, client_address)
        if result is not None and is_coroutine(result):
            try:
                drive(result)
            except BaseException as error:
                self.end_request(request, client_address, error)
                if not isinstance(error, Exception):
                    raise
            else:
                self.end_request(request, client_address, None)

    def begin_request(self, request: Any, client_address: Any, /) -> object:  # noqa: C901, PLR0912 - a part of it would cost a call
        """Begin a request's life; what the strategy calls that runs its coroutine (RequestProcessor)."""
        accepted = request
        if self._prepares:
            if self._observer_of_requests is not None:
                tell(self._observer_of_requests, Started(client_address))
            if self._establish is not None:
                try:
                    established = self._establish(request, client_address, cast("ServerContext", self))
                except Exception as error:  # noqa: BLE001 - the listener has closed the request
                    self._failed(accepted, request, client_address, error)
                    return error
                if is_coroutine(established):
                    return self._handle_established(established, request, client_address)
                request, client_address = cast("tuple[Any, Any]", established)
                self._note_established(accepted, (request, client_address))
        shut_down, runs_on = self._shut_down, False
        try:
            if self._finish is None:
                result = self._serve_by(request, client_address, self)
            else:
                result = self._finish(request, client_address)
            if result is not None and is_coroutine(result):
                runs_on = True
        except Exception as error:  # noqa: BLE001 - whatever the handler raises is handle_error's
            self._failed(accepted, request, client_address, error)
            return error
        else:
            return result
        finally:
            if not runs_on:
                if self._told or self._established:
                    self._forget(accepted, request)
                if shut_down is not None:
                    shut_down(request)

    async def _handle_established(
        self, establishing: Coroutine[Any, Any, object], accepted: Any, client_address: Any
    ) -> None:
        try:
            established = cast("tuple[Any, Any]", await establishing)
        except Exception as error:  # noqa: BLE001 - the listener has closed the request
            self._established[id(accepted)] = None
            self._failed(accepted, accepted, client_address, error)
            return
        self._note_established(accepted, established)
        result = self.finish_request(*established)
        if is_coroutine(result):
            await result

    def end_request(self, request: Any, client_address: Any, error: BaseException | None, /) -> None:
        """End the life of a request whose coroutine has ended; what the strategy calls (RequestProcessor)."""
        accepted = request
        if self._establish is not None and id(request) in self._established:
            established = self._established[id(request)]
            if established is None:
                self._forget(accepted, None)
                return
            request, client_address = established
        if self._told or self._established:
            self._forget(accepted, request)
        try:
            if error is not None and isinstance(error, Exception):
                self._failed(accepted, request, client_address, error)
        finally:
            if self._shut_down is not None:
                self._shut_down(request)

    def _failed(self, accepted: Any, request: Any, client_address: Any, error: Exception) -> None:
        """Report what a request has failed by."""
        if self._limits_waits and isinstance(error, OSError) and is_silence(error) and error.args in _SILENCES:
            # By the limit that was set for a handler which knows none: that is its client's fault.
            silence = deadline_passed()
            silence.__cause__ = error
            error = silence
        if self._observer_of_requests is not None:
            self._errors[id(accepted)] = error
        self._report(request, client_address, error)

    def _note_established(self, accepted: Any, established: tuple[Any, Any]) -> None:
        self._established[id(accepted)] = established
        self._live.establishing.discard(id(accepted))

    def _forget_all(self) -> None:
        """In a forked worker: what the parent has served is the parent's."""
        self._live.forget_all()
        self._established.clear()
        self._errors.clear()
        if self._admission is not None:
            self._admission.forget_all()

    def _forget(self, accepted: Any, request: Any) -> None:
        """Forget what was known of a request besides that it is live, before it is closed."""
        self._told.pop(id(request), None)
        self._established.pop(id(accepted), None)

    def finish_request(self, request: Any, client_address: Any, /) -> object:
        """Call the handler; hook. What the handler returns must be returned: it may be the coroutine to run."""
        return self._serve_by(request, client_address, self)

    def _limit_waits(self) -> None:
        """Have waits of the handler end at their deadlines: one that reads its connection by itself limits none."""
        handler, read, write = self._handler, self.deadlines.read, self.deadlines.write
        self._limits_waits = True

        def with_limits(request: Any, client_address: Any, server: Any) -> object:
            limit_waits(request, read, write)
            return handler(request, client_address, server)

        self._serve_by = with_limits

    def shutdown_request(self, request: Any, /) -> None:
        """End a request in an orderly way, then ``close_request``; hook."""
        self._opened_listener().shutdown_request(request)
        self.close_request(request)

    def close_request(self, request: Any, /) -> None:
        """Close this process's copy of a request; hook."""
        self._opened_listener().close_request(request)

    def enter_child(self, request: Any, /) -> None:
        """In a forked child: leave to the parent what is the parent's (RequestProcessor)."""
        # Who observes is there, and is told of all that can be told from there.
        self._observer_of_requests = None
        leave_all_in_child(request)

    @abstractmethod
    def drain_in_child(self) -> None:
        """In a forked child: the parent drains, and the handler is to be told (RequestProcessor)."""

    # When it is over

    @abstractmethod
    def release(self, request: Any, client_address: Any, error: BaseException | None, /) -> None:
        """Take note that a request is over; what the strategy calls (RequestProcessor)."""

    def _report(self, request: Any, client_address: Any, error: BaseException) -> None:
        if sys.exception() is error:
            self.handle_error(request, client_address)
            return
        try:
            # handle_error finds the exception where socketserver's overrides look for it: in sys.exc_info().
            raise error  # noqa: TRY301 - there is nobody else to raise it
        except BaseException:  # noqa: BLE001 - it is reported, whatever it is
            self.handle_error(request, client_address)

    def handle_error(self, _request: Any, client_address: Any, /) -> None:
        """Report the exception that is being handled (``sys.exception()``); hook, called once for each.

        The default writes to the logger ``typedserver``: with traceback what a handler did wrong, one line for a client
        that broke a limit, and a debug line for one that has gone. What an override raises goes on to the loop or
        thread that served the request.
        """
        error = sys.exception()
        if error is None or not (is_disconnect(error) or is_peers_fault(error)):
            _log.error("request of %r failed", client_address, exc_info=error)
        elif is_disconnect(error):
            _log.debug("client %r has gone: %s", client_address, error)
        else:
            _log.warning("client %r was given up: %s", client_address, error)

    def handle_timeout(self) -> None:
        """Take note that ``handle_request`` found no request in time; hook, does nothing."""

    def service_actions(self) -> None:
        """Do what is to be done now and then; hook, called in the loop every ``poll_interval`` once overridden."""


_CODE_OF_WORKERS: Final = frozenset(
    function.__code__
    for function in (
        RequestProcessing.serve_request,
        RequestProcessing.begin_request,
        RequestProcessing.end_request,
        RequestProcessing._handle_established,  # noqa: SLF001  # pyright: ignore[reportPrivateUsage]  # its own, below it
    )
)
