"""The server that every other server here extends: which hook is called when, and what happens after an exception.

The order of the hooks is the standard library's, and programs rely on it. This module knows no socket: the servers that
have one are in ``servers.py``.
"""

import contextlib
import sys
import threading
import traceback
from collections.abc import Callable, Mapping
from types import MappingProxyType, TracebackType
from typing import TYPE_CHECKING, Any, Final, Protocol, Self, cast, overload

from typedserver._compat.annotations import AnyRequest, ServerAddress, StdlibHandler
from typedserver._compat.serving_loop import Served, ServingLoop, descriptor_of
from typedserver.errors import LifecycleError
from typedserver.protocols.requests import StreamRequest
from typedserver.sockets.waiting import wait_until_ready

_RULE: Final = "-" * 40


class _HasSocket(Protocol):
    """What ``handle_request`` needs of the classes that extend this one."""

    socket: StreamRequest


class BaseServer:
    """Serves requests one after the other, by calling a hook for each step; a subclass says what a request is.

    server_address: the address that the server is bound to.
    RequestHandlerClass: called with the request, the client's address and the server; this call does all the work.
    timeout: seconds that ``handle_request`` waits for a request; None waits for ever.

    Call ``serve_forever`` in one thread and ``shutdown`` in another. As a context manager it closes itself at the end.
    """

    timeout: float | None = None
    server_address: ServerAddress
    RequestHandlerClass: Callable[[Any, Any, Self], Any]

    # Both names are the standard library's, because programs use them: they set the flag, or set the event so that
    # shutdown() does not wait for a loop that never ran.
    __shutdown_request: bool
    __is_shut_down: threading.Event
    # The running loops, by the thread that runs them. The class has an empty mapping, because some programs skip
    # __init__ and then call handle_request.
    __loops: Mapping[int, ServingLoop] = MappingProxyType({})

    # Two overloads and not one union: pyright reads a lambda by one part of a union only, so that a lambda could make a
    # handler of ours or one of the standard library, but not either.
    @overload
    def __init__(self, server_address: ServerAddress, RequestHandlerClass: StdlibHandler) -> None: ...  # noqa: N803 - the stdlib's keyword
    @overload
    def __init__(
        self,
        server_address: ServerAddress,
        RequestHandlerClass: Callable[[Any, Any, Self], object],  # noqa: N803 - as above
    ) -> None: ...
    def __init__(
        self,
        server_address: ServerAddress,
        RequestHandlerClass: StdlibHandler | Callable[[Any, Any, Self], object],  # noqa: N803 - as above
    ) -> None:
        """Store both arguments. A subclass that has its own constructor must call this one."""
        self.server_address = server_address
        # A handler class of the standard library asks for a server of its own module. It works with ours, but its type
        # cannot say so.
        self.RequestHandlerClass = cast("Callable[[Any, Any, Self], Any]", RequestHandlerClass)
        self.__is_shut_down = threading.Event()
        self.__shutdown_request = False
        self.__loops = {}

    def server_activate(self) -> None:
        """Get the bound socket ready for requests. The constructor calls this hook."""

    def serve_forever(self, poll_interval: float = 0.5) -> None:
        """Serve requests until ``shutdown`` is called; then return.

        poll_interval: seconds without a request after which ``service_actions`` is called; it is also called after
        each request. A stop does not wait for it.

        Raises ValueError if the server has no open socket. It also ends with any exception of ``verify_request`` and
        ``service_actions``, with one of ``get_request`` that is not an OSError, and with one that is not an Exception,
        such as KeyboardInterrupt, from any hook.
        """
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
        # The loop is entered before it reads the flag; shutdown() sets the flag before it looks for loops. So either
        # the loop sees the flag, or shutdown() sees the loop and wakes it.
        loops[thread] = loop
        try:
            loop.run()
        finally:
            loop.close()
            del loops[thread]
            if outer is not None:
                loops[thread] = outer

    def _serving_loop(self) -> ServingLoop | None:
        """Return the loop that runs in the calling thread, if there is one."""
        return self.__loops.get(threading.get_ident())

    def shutdown(self) -> None:
        """Stop ``serve_forever`` and wait until it has returned.

        If it has not been called yet, the stop is kept for it, and this call waits until then. Call it from any thread
        but the one that serves: there it raises LifecycleError, because the wait would never end.
        """
        if self._serving_loop() is not None:
            raise LifecycleError(
                "shutdown() was called in the thread that serves and would wait for itself: call it from another thread"
            )
        self.__shutdown_request = True
        for loop in list(self.__loops.values()):
            loop.wake()
        self.__is_shut_down.wait()

    def service_actions(self) -> None:
        """Do regular work. ``serve_forever`` calls this hook after each request and each ``poll_interval``."""

    def handle_request(self) -> None:
        """Serve one request; call ``handle_timeout`` instead if none comes in time.

        The time is ``timeout`` or the timeout of the server's socket, whichever is shorter.
        """
        limits = [cast("_HasSocket", self).socket.gettimeout(), self.timeout]
        timeout = min((limit for limit in limits if limit is not None), default=None)
        limit = None if timeout is None else max(0.0, timeout)
        if wait_until_ready(descriptor_of(self), readable=True, timeout=limit):
            return self._handle_request_noblock()
        # The value of an overridden handle_timeout is returned, although the signature says None: some programs use it
        # to recognise a timeout.
        return self.handle_timeout()

    def _handle_request_noblock(self) -> None:
        """Serve the request that is waiting. Programs that have their own loop call this."""
        try:
            # Any, because get_request is a method of the subclasses.
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
        except Exception:  # noqa: BLE001 - the hook decides what to report of it
            self.handle_error(request, client_address)
            self.shutdown_request(request)
        except BaseException:
            self.shutdown_request(request)
            raise

    def handle_timeout(self) -> None:
        """React to ``timeout`` seconds without a request. ``handle_request`` calls this hook."""

    def verify_request(self, request: AnyRequest, client_address: Any) -> bool:
        """Return whether to serve this request; if not, it is shut down."""
        del request, client_address
        return True

    def process_request(self, request: AnyRequest, client_address: Any) -> None:
        """Serve one request before the next one is accepted. The mix-ins override this to serve it elsewhere."""
        self.finish_request(request, client_address)
        self.shutdown_request(request)

    def server_close(self) -> None:
        """Close everything that the server has open."""

    def finish_request(self, request: AnyRequest, client_address: Any) -> None:
        """Call ``RequestHandlerClass``, which does the work of the request."""
        handler: Callable[[Any, Any, Any], Any] = self.RequestHandlerClass
        handler(request, client_address, self)

    def shutdown_request(self, request: AnyRequest) -> None:
        """End a request: signal its end to the client if there is a connection, then close it."""
        self.close_request(request)

    def close_request(self, request: AnyRequest) -> None:
        """Close a request."""

    def handle_error(self, request: AnyRequest, client_address: Any) -> None:
        """Print the current exception and its traceback to stderr, with the address of the client whose request failed.

        This hook is called while the exception is being handled, in the thread or process that serves the request.
        """
        del request
        # A stderr that is full, closed or gone: the standard library's server ends by it.
        with contextlib.suppress(OSError, ValueError):
            print(_RULE, file=sys.stderr)  # noqa: T201 - stderr is where the stdlib reports it
            print("Exception occurred during processing of request from", client_address, file=sys.stderr)  # noqa: T201
            traceback.print_exc()
            print(_RULE, file=sys.stderr)  # noqa: T201

    def __enter__(self) -> Self:
        """Return the server itself."""
        return self

    if TYPE_CHECKING:
        # A subclass that names the three parameters, as typeshed does, must be a correct override.
        def __exit__(
            self, exc_type: type[BaseException] | None, exc_val: BaseException | None, exc_tb: TracebackType | None, /
        ) -> None: ...
    else:

        def __exit__(self, *args: object) -> None:
            """Close the server, whether or not an exception was raised."""
            self.server_close()
