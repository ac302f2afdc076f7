"""Server: the composition of an endpoint, a handler and a strategy, and the hooks of ``socketserver``.

It wires its parts and holds no state of a loop. It knows the contracts, and no concrete endpoint or strategy but its
default. How a server lives and ends is ``lifetime/``'s, what happens to a request is ``requests/``'s.
"""

import logging
import socket
import sys
import typing
from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, AbstractContextManager
from functools import lru_cache
from typing import Any, Final, Generic, Never, Protocol, Self, cast, get_args, get_origin

from typing_extensions import TypeVar, get_original_bases

from typedserver.composition import check_composition, check_lifespan
from typedserver.config import Deadlines
from typedserver.errors import CompositionError, in_a_line, is_disconnect, is_peers_fault, is_rejection
from typedserver.lifetime.drain_request import DrainRequest
from typedserver.lifetime.lifetime import Lifetime
from typedserver.lifetime.serving import Fact, Serving
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.handlers import HasLifespan, ServerContext
from typedserver.protocols.reactors import Reactor
from typedserver.protocols.requests import Address, AddressT, InetAddress, RequestT, ResultT
from typedserver.protocols.servers import ListeningServer
from typedserver.protocols.strategies import ConcurrencyStrategy
from typedserver.reactor.selector_reactor import SelectorReactor
from typedserver.recipes import name_of
from typedserver.requests.request_service import Recipe, RequestService
from typedserver.server_config import DEFAULT_CONFIG, ServerConfig, check_config
from typedserver.strategies.inline import Inline

_log = logging.getLogger("typedserver")

_INLINE: Final = Inline()

# By default ``object``, so that whoever does not care for the value takes a server of any lifespan.
Lifespan_co = TypeVar("Lifespan_co", covariant=True, default=object)


class Server(Serving[RequestService], Generic[RequestT, AddressT, Lifespan_co]):
    """Serves what ``endpoint`` gives with ``handler``, as many at once as ``strategy`` says.

    lifespan: makes a context that each process which serves enters before its first request, and leaves after its last
    one; docs/guide.md says how. A handler that asks for ``HasLifespan[T]`` as its server finds in its
    ``lifespan_value`` what the context has yielded.

    Making one touches nothing; ``with``, ``open()`` or serving opens the endpoint. The hooks of ``socketserver`` may be
    overridden as there: verify_request, process_request, finish_request, shutdown_request, close_request,
    handle_error, handle_timeout, service_actions. A subclass may name its own attributes as it likes.

    Raises CompositionError for pieces that do not fit, nearly all of which a type checker finds before.
    """

    def __init__(
        self,
        endpoint: Endpoint[RequestT, AddressT],
        # A HandlerFactory, spelled as a Callable: only of that do lambdas get their parameters' types in mypy.
        handler: Callable[[RequestT, AddressT, Self], ResultT],
        strategy: ConcurrencyStrategy[ResultT] = _INLINE,
        *,
        config: ServerConfig = DEFAULT_CONFIG,
        lifespan: Callable[[], AbstractContextManager[Lifespan_co] | AbstractAsyncContextManager[Lifespan_co]]
        | None = None,
    ) -> None:
        check_composition(endpoint, handler, strategy)
        check_config(config)
        # A subclass may have the value from elsewhere.
        if lifespan is not None or type(self).lifespan_value is Server.lifespan_value:
            check_lifespan(lifespan, handler, _named_value(type(self)))
        # From here on the result's type is settled: the signature has matched the handler's with the strategy's.
        recipe = Recipe(endpoint, handler, strategy, config, Server[Any, Any], lifespan)
        drain_request = DrainRequest()
        service = RequestService(self, recipe, drain_request)
        super().__init__(Lifetime(self, service, drain_request, _reactor_factory_of(strategy, config)))

    def __repr__(self) -> str:
        recipe = self.__lifetime__.servable.recipe
        parts = [repr(recipe.endpoint), name_of(recipe.handler)]
        if recipe.strategy != _INLINE:
            parts.append(repr(recipe.strategy))
        if recipe.config != DEFAULT_CONFIG:
            parts.append(f"config={recipe.config!r}")
        if recipe.lifespan is not None:
            parts.append(f"lifespan={name_of(recipe.lifespan)}")
        return f"{type(self).__name__}({', '.join(parts)})"

    @Fact
    def endpoint(self) -> Endpoint[RequestT, AddressT]:
        """Where requests come from."""
        return self.__lifetime__.servable.recipe.endpoint

    @Fact
    def strategy(self) -> ConcurrencyStrategy[Never]:
        """How many requests are served at once, and where."""
        return self.__lifetime__.servable.recipe.strategy

    @Fact
    def config(self) -> ServerConfig:
        """How it runs."""
        return self.__lifetime__.servable.recipe.config

    @property
    def deadlines(self) -> Deadlines:
        """How long a connection may take; as configured."""
        return self.__lifetime__.servable.recipe.config.deadlines

    @property
    def quiet(self) -> float:
        """How many seconds without a new connection end a drain's accepting; as configured."""
        return self.__lifetime__.servable.recipe.config.quiet

    @property
    def server_address(self) -> Address:
        """The address it is bound to, a port 0 resolved; raises LifecycleError before it is open."""
        return self.__lifetime__.servable.listener.address

    @property
    def lifespan_value(self) -> Lifespan_co:
        """What the lifespan has yielded in this process.

        Raises LifecycleError without a lifespan, before it is entered and after it was left. From any thread.
        """
        return cast("Lifespan_co", self.__lifetime__.servable.lifespan.value)

    @Fact
    def server_name(self) -> str:
        """The full name of the host that it is bound to, as ``http.server``'s handlers ask for it, and CGI.

        The resolver is asked at the first use, which may take as long as that waits for its servers. A server on a Unix
        socket has the name of this machine. Raises LifecycleError before it is open.
        """
        address = self.server_address
        return _full_name_of(address[0] if isinstance(address, tuple) else "")

    @Fact
    def server_port(self) -> int:
        """The port that it is bound to, as ``http.server``'s handlers ask for it; 0 on a Unix socket.

        Raises LifecycleError before it is open.
        """
        address = self.server_address
        return address[1] if isinstance(address, tuple) else 0

    def fileno(self) -> int:
        """Return the listening descriptor; raises LifecycleError before it is open."""
        return self.__lifetime__.servable.listener.opened.fileno()

    def handle_request(self) -> None:
        """Serve one request, or call ``handle_timeout`` after ``config.timeout`` seconds without one.

        Returns when the request was handed to its worker or, if the loop itself is the worker, when it is over. A
        stop that is asked for ends it without a request. Raises as ``serve_forever`` does.
        """
        lifetime = self.__lifetime__
        if lifetime.servable.handle_one(lifetime):
            self.handle_timeout()

    # The hooks, each with what it does unless it is overridden

    def verify_request(self, request: Any, client_address: Any, /) -> bool:  # noqa: ARG002 - overrides use them
        """Say whether to serve a request; hook, returns True. A refused one is shut down."""
        return True

    def process_request(self, request: Any, client_address: Any, /) -> None:
        """Have the strategy serve a request; hook."""
        self.__lifetime__.servable.process_request(request, client_address)

    def finish_request(self, request: RequestT, client_address: AddressT, /) -> object:
        """Call the handler; hook. What the handler returns must be returned: it may be the coroutine to run."""
        return self.__lifetime__.servable.handle(request, client_address)

    def shutdown_request(self, request: Any, /) -> None:
        """End a request in an orderly way, then ``close_request``; hook."""
        self.__lifetime__.servable.listener.opened.shutdown_request(request)
        self.close_request(request)

    def close_request(self, request: Any, /) -> None:
        """Close this process's copy of a request; hook."""
        self.__lifetime__.servable.listener.opened.close_request(request)

    def handle_error(self, request: Any, client_address: Any, /) -> None:  # noqa: ARG002 - overrides use it
        """Report the exception that is being handled (``sys.exception()``); hook, called once for each.

        The default writes to the logger ``typedserver``: with a traceback what a handler did wrong, one line for a
        client that broke a limit, one of level INFO for one that was turned away before its handler, and a debug line
        for one that has gone. What an override raises goes on to the loop or thread that served the request, and is not
        reported by this hook again.
        """
        error = sys.exception()
        if error is None or not (is_disconnect(error) or is_peers_fault(error)):
            _log.error("request of %r failed", client_address, exc_info=error)
        elif is_disconnect(error):
            _log.debug("client %r has gone: %s", client_address, in_a_line(error))
        elif is_rejection(error):
            # A port that the world can reach gets hundreds of these a day.
            _log.info("client %r was turned away: %s", client_address, in_a_line(error))
        else:
            _log.warning("client %r was given up: %s", client_address, in_a_line(error))

    def handle_timeout(self) -> None:
        """Note that ``handle_request`` found no request in time; hook, does nothing."""

    def service_actions(self) -> None:
        """Do what must be done now and then; hook, called in the loop every ``poll_interval`` once overridden."""


def _named_value(kind: type) -> object:
    """Return what a class of servers names as its lifespan's value; None if it names nothing."""
    for base in (base for each in kind.__mro__ for base in get_original_bases(each) if get_origin(base) is Server):
        for value in get_args(base)[2:]:
            if value not in (object, Any) and not isinstance(value, typing.TypeVar):
                return value
    return None


@lru_cache(maxsize=64)
def _full_name_of(host: str) -> str:
    return socket.getfqdn(host)


class HasAddress(Protocol):
    """A server that is bound to one address: a Server, or a Prefork of one."""

    @property
    def server_address(self) -> object:
        """The address."""
        ...


def inet_address(server: HasAddress) -> tuple[str, int]:
    """Return host and port that a server is bound to, as ``socket.create_connection`` takes them.

    The scope of an IPv6 address, if it has one, stands in the host (ipv6(7)). Raises CompositionError for a server that
    is bound to something else, such as a Unix socket, and LifecycleError before the server is open.
    """
    address = server.server_address
    if not isinstance(address, tuple):
        raise CompositionError(f"{server!r} is bound to {address!r}, which has no host and port")
    host, port, *rest = cast("InetAddress", address)
    scope = rest[1] if rest else 0
    return f"{host.partition('%')[0]}%{scope}" if scope else host, port


_serves: type[ListeningServer] = Server[Any, Any]
_is_context: type[ServerContext] = Server[Any, Any]
_has_lifespan: type[HasLifespan[object]] = Server[Any, Any]


def _reactor_factory_of(strategy: ConcurrencyStrategy[Never], config: ServerConfig) -> Callable[[], Reactor]:
    """Return what makes the loop: the strategy, if it names one that it needs."""
    needed = strategy.reactor_factory
    if needed is None:
        return config.reactor_factory
    if config.reactor_factory is not SelectorReactor:
        raise CompositionError(
            f"{strategy!r} makes the loop itself: leave out ServerConfig(reactor_factory={config.reactor_factory!r}), "
            "and give the strategy the loop to make"
        )
    return needed
