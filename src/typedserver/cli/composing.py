"""From what ``module:attribute`` names to the server that runs: a server as it is, a handler with what was asked for.

It knows recipes and the contracts of servers. It opens nothing.
"""

import socketserver
from collections.abc import Callable
from typing import Any, Final, cast

from typedserver.cli.loading import load_object
from typedserver.cli.mistakes import UsageError
from typedserver.cli.settings import OPTIONS, Settings
from typedserver.cli.strategies import DEFAULT, StrategyChoice, strategy_of
from typedserver.errors import CompositionError
from typedserver.group import Group
from typedserver.handlers.from_stdlib import from_stdlib
from typedserver.prefork.prefork import Prefork
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.servers import AnyServer
from typedserver.recipes import has_methods, shown
from typedserver.server import Server

_SERVES: Final = ("serve_forever", "shutdown", "server_close")

_WHERE: Final = "--listen tcp://127.0.0.1:9999"


def server_of(settings: Settings) -> AnyServer:
    """Load and compose what was asked for; raises UsageError, and whatever the module or a recipe raises."""
    if settings.app is None:
        raise UsageError("there is nothing to serve: give module:attribute, as examples.upper:server")
    found = load_object(settings.app)
    if settings.factory:
        found = _called(settings.app, found)
    return _in_processes(_served(settings, settings.app, found), settings)


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
    servers = [_server(endpoint, handler, settings) for endpoint in settings.listen]
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


def _server(endpoint: Endpoint[object, object], handler: Callable[..., object], settings: Settings) -> AnyServer:
    strategy = _strategy(settings).make()
    # What was loaded by its name has no type: that the three fit is checked when the server is made.
    made: Server[Any, Any] = Server(endpoint, handler, strategy)
    return made


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
