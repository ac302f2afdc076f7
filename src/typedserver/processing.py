"""A request's life: from the accept to the close, with the hooks that a subclass of Server may override.

It knows a listener, a dispatcher and a handler, and nothing of loops, states or how a server starts and stops; that is
``server.py``. ``process_request`` runs in the loop's thread, ``serve_request`` in the worker.
"""

import inspect
import logging
import sys
import threading
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine
from typing import Any

from typedserver.drive import is_coroutine
from typedserver.errors import LifecycleError
from typedserver.faults import is_disconnect, is_peers_fault
from typedserver.inheritance import leave_all_in_child
from typedserver.protocols import Dispatcher, Listener
from typedserver.waits import LEAVING, wait_for

_log = logging.getLogger("typedserver")


class RequestProcessing(ABC):
    """What every server does with a request, whatever loop it came through."""

    def __init__(self, handler: Callable[[Any, Any, Any], object]) -> None:
        self._handler = handler
        self._listener: Listener[Any, Any] | None = None
        # The threads that are inside serve_request, and the coroutines that it has made with the thread that did: a
        # worker may not wait for itself.
        self._workers: set[int] = set()
        self._coroutines: dict[int, tuple[int, Coroutine[Any, Any, None]]] = {}

    def _opened_listener(self) -> Listener[Any, Any]:
        if self._listener is None:
            raise LifecycleError(f"{self!r} is not open: use `with`, open() or serve_forever() first")
        return self._listener

    @abstractmethod
    def _look_again(self) -> None:
        """Have the acceptor ask for capacity again; from any thread."""

    @abstractmethod
    def _current_dispatcher(self) -> Dispatcher:
        """Return the dispatcher of the loop that is running."""

    def _is_worker(self) -> bool:
        """Whether this thread is serving a request of this server at this moment."""
        ident = threading.get_ident()
        return ident in self._workers or any(
            thread == ident and inspect.getcoroutinestate(coroutine) == inspect.CORO_RUNNING
            for thread, coroutine in list(self._coroutines.values())
        )

    # In the loop's thread

    def _handle_accepted(self, request: Any, client_address: Any) -> bool:
        """Verify a request and have it processed; returns whether a strategy has taken it."""
        try:
            wanted = self.verify_request(request, client_address)
        except Exception:  # noqa: BLE001 - one client's check must not end the loop
            self.handle_error(request, client_address)
            wanted = False
        if not wanted:
            self._give_up(request, client_address)
            return False
        try:
            self.process_request(request, client_address)
        except Exception:  # noqa: BLE001 - a strategy or an override that fails refuses this request alone
            self.handle_error(request, client_address)
            self._give_up(request, client_address)
            return False
        return True

    def _give_up(self, request: Any, client_address: Any) -> None:
        try:
            self.shutdown_request(request)
        except Exception:  # noqa: BLE001 - an override that fails concerns this request alone
            self.handle_error(request, client_address)

    def verify_request(self, _request: Any, _client_address: Any, /) -> bool:
        """Say whether to serve a request; hook, returns True. A refused one is shut down."""
        return True

    def process_request(self, request: Any, client_address: Any, /) -> None:
        """Have the strategy serve a request; hook."""
        self._current_dispatcher().process_request(request, client_address)

    # In the worker: a thread, a child, or the loop

    def serve_request(self, request: Any, client_address: Any, /) -> object:
        """Live a request's whole life; what the strategy calls (RequestProcessor)."""
        ident = threading.get_ident()
        self._workers.add(ident)
        try:
            established = self._opened_listener().establish(request, client_address)
            if not isinstance(established, tuple):
                return self._serve_established(established, request, client_address)
            request, client_address = established
            return self._serve_handler(request, client_address)
        except Exception as error:  # noqa: BLE001 - establish failed: the listener has closed the request
            self.handle_error(request, client_address)
            return error
        finally:
            self._workers.discard(ident)

    def _serve_handler(self, request: Any, client_address: Any) -> object:
        coroutine = None
        try:
            result = self.finish_request(request, client_address)
            if is_coroutine(result):
                coroutine = self._serve_coroutine(result, request, client_address)
                self._coroutines[id(request)] = (threading.get_ident(), coroutine)
                return coroutine
        except Exception as error:  # noqa: BLE001 - whatever the handler raises is handle_error's
            self.handle_error(request, client_address)
            return error
        else:
            return result
        finally:
            if coroutine is None:
                self.shutdown_request(request)

    async def _serve_coroutine(self, handling: Coroutine[Any, Any, object], request: Any, client_address: Any) -> None:
        watched = True
        try:
            await handling
        except Exception:  # noqa: BLE001 - whatever the handler raises is handle_error's
            self.handle_error(request, client_address)
        except GeneratorExit:
            # Abandoned by its driver, which has left the descriptors before, and takes no further wait.
            watched = False
            raise
        finally:
            if watched:
                await wait_for(LEAVING)
            self._coroutines.pop(id(request), None)
            self.shutdown_request(request)

    async def _serve_established(
        self, establishing: Coroutine[Any, Any, tuple[Any, Any]], request: Any, client_address: Any
    ) -> None:
        try:
            request, client_address = await establishing
        except Exception:  # noqa: BLE001 - the listener has closed the request
            self.handle_error(request, client_address)
            return
        handling = self._serve_handler(request, client_address)
        if is_coroutine(handling):
            await handling

    def finish_request(self, request: Any, client_address: Any, /) -> object:
        """Call the handler; hook. What the handler returns must be returned: it may be the coroutine to run."""
        return self._handler(request, client_address, self)

    def shutdown_request(self, request: Any, /) -> None:
        """End a request in an orderly way, then ``close_request``; hook."""
        self._opened_listener().shutdown_request(request)
        self.close_request(request)

    def close_request(self, request: Any, /) -> None:
        """Close this process's copy of a request; hook."""
        self._opened_listener().close_request(request)

    def enter_child(self, request: Any, /) -> None:
        """In a forked child: leave to the parent what is the parent's (RequestProcessor)."""
        leave_all_in_child(request)

    # When it is over

    def release(self, request: Any, client_address: Any, error: BaseException | None, /) -> None:
        """Take note that a request is over; what the strategy calls (RequestProcessor)."""
        try:
            if error is not None:
                self._report(request, client_address, error)
        finally:
            self._look_again()

    def _report(self, request: Any, client_address: Any, error: BaseException) -> None:
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
