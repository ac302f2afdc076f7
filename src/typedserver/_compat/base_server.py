"""The server that every other one here extends: who calls which hook, when, and what becomes of an exception.

The order of the hooks is the standard library's and the contract of this file. It knows no socket: what has one is in
``servers.py``.
"""

import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from types import MappingProxyType, TracebackType
from typing import Any, Final, Protocol, Self, cast

from typedserver._compat.annotations import AnyRequest, ServerAddress, StdlibHandler
from typedserver._compat.serving_loop import Served, ServingLoop, descriptor_of
from typedserver.errors import LifecycleError
from typedserver.protocols.requests import StreamRequest
from typedserver.sockets.waiting import wait_until_ready

_RULE: Final = "-" * 40


class _HasSocket(Protocol):
    """What ``handle_request`` asks of the classes that extend this one."""

    socket: StreamRequest


class BaseServer:
    """Calls the hooks for each request, one request after the other; a subclass says what a request is.

    server_address: what it is bound to.
    RequestHandlerClass: called with the request, the client's address and the server; the call is the handling.
    """

    timeout: float | None = None
    server_address: ServerAddress
    RequestHandlerClass: Callable[[Any, Any, Self], Any]

    # Private names of the stdlib's class are kept where public programs use them: they set the flag, or set the event
    # so that shutdown() does not wait for a loop that never ran.
    __shutdown_request: bool
    __is_shut_down: threading.Event
    # One for each thread that serves. Empty, not missing, for programs that skip __init__ and use handle_request.
    __loops: "Mapping[int, ServingLoop]" = MappingProxyType({})

    def __init__(
        self,
        server_address: ServerAddress,
        RequestHandlerClass: "Callable[[Any, Any, Self], object] | StdlibHandler",  # noqa: N803 - the stdlib's keyword
    ) -> None:
        self.server_address = server_address
        # The stdlib's handler classes want a server of its own class: they take ours as well, but can not say so.
        self.RequestHandlerClass = cast("Callable[[Any, Any, Self], Any]", RequestHandlerClass)
        self.__is_shut_down = threading.Event()
        self.__shutdown_request = False
        self.__loops = {}

    def server_activate(self) -> None:
        """Make the bound socket ready for requests; a hook of the constructor."""

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Handle requests until ``shutdown``; ``service_actions`` is called after each, and every ``poll_interval``."""
        self.__is_shut_down.clear()
        try:
            self.__run_loop(poll_interval)
        finally:
            self.__shutdown_request = False
            self.__is_shut_down.set()

    def __run_loop(self, poll_interval: float | None) -> None:
        loop = ServingLoop(cast("Served", self), poll_interval)
        thread = threading.get_ident()
        outer = self.__loops.get(thread)
        loops = cast("dict[int, ServingLoop]", self.__loops)
        # Known before it asks whether to stop: a shutdown() that comes between finds it and wakes it.
        loops[thread] = loop
        try:
            loop.run()
        finally:
            loop.close()
            del loops[thread]
            if outer is not None:
                loops[thread] = outer

    def _serving_loop(self) -> ServingLoop | None:
        """Return the loop that called the caller, if one did."""
        return self.__loops.get(threading.get_ident())

    def shutdown(self) -> None:
        """End ``serve_forever`` and wait until it has ended; before it has begun: keep the stop for it, and wait.

        Raises LifecycleError from the thread that serves, where waiting could never end.
        """
        if self._serving_loop() is not None:
            raise LifecycleError(
                "shutdown() was called in the thread that serves, and would wait for itself: call it from another"
            )
        self.__shutdown_request = True
        for loop in list(self.__loops.values()):
            loop.wake()
        self.__is_shut_down.wait()

    def service_actions(self) -> None:
        """Do what is to be done regularly while serving; a hook of ``serve_forever``."""

    def handle_request(self) -> None:
        """Handle one request, or call ``handle_timeout`` when none came within ``timeout`` (or the socket's own)."""
        limits = [cast("_HasSocket", self).socket.gettimeout(), self.timeout]
        timeout = min((limit for limit in limits if limit is not None), default=None)
        limit = None if timeout is None else max(0.0, timeout)
        if wait_until_ready(descriptor_of(self), readable=True, timeout=limit):
            return self._handle_request_noblock()
        # What an override returns comes out, though no signature says so: programs tell a timeout by it.
        return self.handle_timeout()

    def _handle_request_noblock(self) -> None:
        """Handle the request that waits. Programs with a loop of their own call it."""
        try:
            # Any: this class has none, those that extend it do.
            server: Any = self
            request, client_address = server.get_request()
        except OSError as error:
            loop = self._serving_loop()
            if loop is not None:
                loop.accept_failed(error)
            return
        if not self.verify_request(request, client_address):
            self.shutdown_request(request)
            return
        try:
            self.process_request(request, client_address)
        except Exception:  # noqa: BLE001 - the hook decides what to tell of it
            self.handle_error(request, client_address)
            self.shutdown_request(request)
        except BaseException:
            self.shutdown_request(request)
            raise

    def handle_timeout(self) -> None:
        """Take note that no request came within ``timeout``; a hook of ``handle_request``."""

    def verify_request(self, request: AnyRequest, client_address: Any) -> bool:
        """Return whether to serve this request."""
        del request, client_address
        return True

    def process_request(self, request: AnyRequest, client_address: Any) -> None:
        """Serve a request, here and now; the mix-ins serve it elsewhere."""
        self.finish_request(request, client_address)
        self.shutdown_request(request)

    def server_close(self) -> None:
        """Give up what is open."""

    def finish_request(self, request: AnyRequest, client_address: Any) -> None:
        """Have the handler do its work."""
        handler: Callable[[Any, Any, Any], Any] = self.RequestHandlerClass
        handler(request, client_address, self)

    def shutdown_request(self, request: AnyRequest) -> None:
        """Tell the peer that no more will come, and close."""
        self.close_request(request)

    def close_request(self, request: AnyRequest) -> None:
        """Close a request."""

    def handle_error(self, request: AnyRequest, client_address: Any) -> None:
        """Tell of an exception while a request was served: on stderr, with its traceback."""
        del request
        print(_RULE, file=sys.stderr)  # noqa: T201 - stderr is where the stdlib tells it
        print("Exception occurred during processing of request from", client_address, file=sys.stderr)  # noqa: T201
        traceback.print_exc()
        print(_RULE, file=sys.stderr)  # noqa: T201

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None
    ) -> None:
        self.server_close()
