"""From what ``module:attribute`` names to the server that runs: a server as it is, a handler with what was asked for.

It knows recipes and the contracts of servers. It opens nothing.
"""

import socket
import socketserver
from collections.abc import Callable
from typing import Any, Final, cast

from typedserver.access.proxy_protocol import ProxyProtocol
from typedserver.access.tls import TLS
from typedserver.cli.loading import load_object
from typedserver.cli.mistakes import UsageError
from typedserver.cli.settings import OPTIONS, Settings
from typedserver.cli.strategies import DEFAULT, StrategyChoice, strategy_of
from typedserver.config import Deadlines, Limits
from typedserver.control.control import Control
from typedserver.control.face import OperatorFace
from typedserver.control.operated import Operated
from typedserver.control.operator_page import OperatorPage
from typedserver.errors import CompositionError
from typedserver.group import Group
from typedserver.handlers.from_stdlib import from_stdlib
from typedserver.prefork.prefork import Prefork
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.requests import Address
from typedserver.protocols.servers import AnyServer
from typedserver.recipes import has_methods, shown
from typedserver.security.tls_config import TLSConfig
from typedserver.server import Server
from typedserver.server_config import ServerConfig

_SERVES: Final = ("serve_forever", "shutdown", "server_close")

_WHERE: Final = "--listen tcp://127.0.0.1:9999"


def server_of(settings: Settings) -> AnyServer:
    """Load and compose what was asked for; raises UsageError, and whatever the module or a recipe raises."""
    if settings.app is None:
        raise UsageError("there is nothing to serve: give module:attribute, as examples.upper:server")
    found = load_object(settings.app)
    if settings.factory:
        found = _called(settings.app, found)
    return _operated(_in_processes(_served(settings, settings.app, found), settings), settings)


def _operated(server: AnyServer, settings: Settings) -> AnyServer:
    faces = list[OperatorFace]()
    if settings.control is not None:
        faces.append(Control(str(settings.control)))
    if settings.operator_page is not None:
        faces.append(OperatorPage(cast("Endpoint[socket.socket, Address]", settings.operator_page)))
    if faces:
        return Operated(server, *faces, messages=settings.count_messages)
    if settings.count_messages:
        raise UsageError("--count-messages shows its counts to nobody: give --control or --operator-page, too")
    return server


def _called(app: str, found: object) -> object:
    if not callable(found):
        raise UsageError(f"--factory calls {app!r}, and that is {shown(found)}: leave --factory out")
    return cast("Callable[[], object]", found)()


def _served(settings: Settings, app: str, found: object) -> AnyServer:
    if has_methods(found, *_SERVES):
        _check_nothing_of_handlers(settings, app, found)
        return cast("AnyServer", found)
    handler = _handler_of(settings, app, found)
    if not settings.listen:
        raise UsageError(
            f"{app!r} is no server, but {shown(found)}: if it is a handler, say where it listens, as {_WHERE}; if it "
            f"returns a server, give --factory, or call it in the module, as in `server = {_attribute(app)}(...)`, and "
            "name what it returns"
        )
    servers = _servers(handler, settings)
    return servers[0] if len(servers) == 1 else Group(servers)


def _attribute(app: str) -> str:
    return app.partition(":")[2]


def _check_nothing_of_handlers(settings: Settings, app: str, found: object) -> None:
    given = [each.flag for each in OPTIONS if each.section.of_handler and each.field in settings.given]
    if given:
        raise UsageError(
            f"{app!r} is a {type(found).__name__}, which says by itself where and how it serves: leave out "
            f"{', '.join(given)}, or name its handler"
        )


def _handler_of(settings: Settings, app: str, found: object) -> Callable[..., object]:
    made = " returned" if settings.factory else ""
    if not callable(found):
        raise UsageError(f"{app!r}{made} is no server, but {shown(found)}: name the Server, not what it is made of")
    if isinstance(found, type):
        if _members(found).keys() >= set(_SERVES):
            raise UsageError(
                f"{app!r} is the class of a server: call it in the module, as in `server = {_attribute(app)}(...)`, "
                "and name what it returns"
            )
        if issubclass(found, socketserver.BaseRequestHandler):
            # http.server's classes, and a program's own of that style.
            if _strategy(settings).make().runs_coroutines:
                raise UsageError(
                    f"--strategy {_strategy(settings).text} needs handlers that are coroutines, and the class {app!r} "
                    "is none: serve it by --strategy threads"
                )
            return cast("Callable[..., object]", from_stdlib(found))
    return cast("Callable[..., object]", found)


def _members(kind: type) -> dict[str, object]:
    return {name: member for each in reversed(kind.__mro__) for name, member in vars(each).items()}


def _servers(handler: Callable[..., object], settings: Settings) -> list[AnyServer]:
    strategy, config = _strategy(settings).make(), _config(settings)
    servers = list[AnyServer]()
    for endpoint in _endpoints(settings):
        # What was loaded by its name has no type: that the three fit is checked when the server is made.
        made: Server[Any, Any] = Server(endpoint, handler, strategy, config=config)
        servers.append(made)
    return servers


def _config(settings: Settings) -> ServerConfig:
    return ServerConfig(
        deadlines=Deadlines(
            establish=settings.deadline_establish,
            read=settings.deadline_read,
            write=settings.deadline_write,
            total=settings.deadline_total,
        ),
        limits=Limits(
            connections=settings.limit_connections,
            per_peer=settings.limit_per_peer,
            rate=settings.limit_rate,
            over=settings.limit_over,
            ipv6_prefix=settings.limit_ipv6_prefix,
            read_rate=settings.limit_read_rate,
            write_rate=settings.limit_write_rate,
            total_read_rate=settings.limit_total_read_rate,
            total_write_rate=settings.limit_total_write_rate,
        ),
    )


def _endpoints(settings: Settings) -> list[Endpoint[object, object]]:
    """Return the endpoints to listen at, those of connections with what was asked for around them."""
    tls = _tls(settings)
    wrapped = [_wrapped(endpoint, tls, settings.proxy_from) for endpoint in settings.listen]
    if wrapped == list(settings.listen) and (tls is not None or settings.proxy_from):
        option = "--tls-certificate" if tls is not None else "--proxy-from"
        raise UsageError(f"{option} is for connections, and no --listen is for these: give a tcp or a unix address")
    return wrapped


def _tls(settings: Settings) -> TLSConfig | None:
    certificate, client_ca = settings.tls_certificate, settings.tls_client_ca
    if certificate is None:
        for option, value in (("--tls-key", settings.tls_key), ("--tls-client-ca", client_ca)):
            if value is not None:
                raise UsageError(f"{option} is of no use without --tls-certificate: give that as well")
        return None
    return TLSConfig(
        certificate=certificate,
        key=settings.tls_key or certificate,
        client_ca=client_ca,
        client_certificate="none" if client_ca is None else "required",
    )


def _wrapped(
    endpoint: Endpoint[object, object], tls: TLSConfig | None, proxies: tuple[str, ...]
) -> Endpoint[object, object]:
    if endpoint.request_kind != "connections":
        return endpoint
    connections = cast("Endpoint[socket.socket, Address]", endpoint)
    if proxies:
        connections = ProxyProtocol(connections, proxies)
    return connections if tls is None else TLS(connections, tls)


def _strategy(settings: Settings) -> StrategyChoice:
    return settings.strategy or strategy_of(DEFAULT)


def _in_processes(server: AnyServer, settings: Settings) -> AnyServer:
    named = _strategy(settings).processes
    if named is not None and settings.processes is not None:
        raise UsageError(
            f"--strategy {_strategy(settings).text} asks for {named} processes, and --processes for "
            f"{settings.processes}: leave one out"
        )
    processes = settings.processes or named
    if processes is None:
        return server
    try:
        # Prefork refuses a server that processes cannot share, of whatever class.
        return Prefork(cast("Group", server), processes)
    except CompositionError as error:
        raise UsageError(f"--processes {processes}: {error}") from error
