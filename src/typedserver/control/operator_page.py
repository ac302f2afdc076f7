"""OperatorPage: a page by which operators look at a server and steer it, in a browser.

It knows what each address of the page answers, and who may have it. The page itself is in ``page/``.
"""

import ipaddress
import json
import logging
import secrets
import socket
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final, cast

from typedserver.access.layers import layers
from typedserver.access.tls import TLS
from typedserver.config import Deadlines, Limits, StreamConfig
from typedserver.control.actions import ActionError, act
from typedserver.control.board import Board
from typedserver.control.census import text_of
from typedserver.control.control import CONNECTIONS
from typedserver.control.face import OperatorFace
from typedserver.control.http import Refused, Request, Response, begin_events, next_request, send, send_event
from typedserver.control.sessions import LIFETIME, Sessions
from typedserver.control.watching import Watching
from typedserver.coroutines.stream import Stream
from typedserver.coroutines.waits import sleep
from typedserver.endpoints.tcp import TCP
from typedserver.errors import RecipeError
from typedserver.handlers.stream_handler import stream_handler
from typedserver.lifetime.serving import Serving
from typedserver.protocols.endpoints import Endpoint
from typedserver.protocols.requests import Address
from typedserver.recipes import recipe_repr, shown
from typedserver.server import Server
from typedserver.server_config import ServerConfig
from typedserver.strategies.multiplexed import Multiplexed

_log = logging.getLogger("typedserver.control")

# Bytes of a request's head: a browser's has one, with the cookies of all other pages of this host two or three.
_LONGEST_HEAD: Final = 16_384

# Seconds that a browser may keep a connection without a request, as web servers have it.
_IDLE: Final = 30.0

# Seconds until a wrong token is answered, so that guesses are few; each takes one of the connections meanwhile.
_PENALTY: Final = 1.0

# Characters: half of what ``secrets.token_urlsafe()`` makes, and too many for guesses.
_SHORTEST_TOKEN: Final = 20

_LOOPBACK: Final = ("127.0.0.1", "localhost", "[::1]")

_KINDS: Final = {
    "page.html": "text/html; charset=utf-8",
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
}


def _new_token() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True, repr=False)
class OperatorPage:
    """Show a server to its operators in a browser: ``Operated(server, OperatorPage(TCP(port=9100)))``.

    endpoint: where: TCP on loopback, or UnixStream; TLS around it if others shall reach it.
    token: what an operator logs in by; unless given, a new one is made. Whoever has it may do all that the page can.
    hosts: the names by which the page may be asked for, besides those of loopback. One that can be reached from
    elsewhere needs them, and so does one behind a proxy: a name that is not known may be another site's, which points
    here.

    Raises RecipeError for values that cannot work; it shows no token.
    """

    endpoint: Endpoint[socket.socket, Address] = TCP(port=0)  # noqa: RUF009 - a recipe is frozen
    token: str = field(default_factory=_new_token, repr=False, compare=False)
    hosts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        token = cast("object", self.token)
        if not isinstance(token, str) or not (token.isascii() and token.isprintable() and " " not in token):
            raise RecipeError("OperatorPage(token=) must be ASCII without spaces: leave it out to have one made")
        if len(token) < _SHORTEST_TOKEN:
            raise RecipeError(
                f"OperatorPage(token=) must have at least {_SHORTEST_TOKEN} characters: take those of "
                "secrets.token_urlsafe(), or leave it out"
            )
        hosts = cast("object", self.hosts)
        names = cast("tuple[object, ...]", hosts) if isinstance(hosts, tuple) else (None,)
        if not all(isinstance(each, str) and each for each in names):
            raise RecipeError(f"OperatorPage(hosts={shown(self.hosts)}) must be a tuple of names, as ('ops.example',)")
        for layer in layers(self.endpoint):
            if isinstance(layer, TCP) and not self.hosts and not _is_loopback(layer.host):
                raise RecipeError(
                    f"OperatorPage({layer!r}) can be reached from elsewhere: listen on 127.0.0.1, or name the hosts by "
                    "which it is asked for (hosts=), and put TLS around the endpoint"
                )

    @property
    def _is_encrypted(self) -> bool:
        return any(isinstance(layer, TLS) for layer in layers(self.endpoint))

    def face_of(self, board: Board, /) -> Serving:
        """Make the server that shows a board; nothing is opened."""
        config = ServerConfig(
            deadlines=Deadlines(total=None, read=_IDLE),
            limits=Limits(connections=CONNECTIONS),
        )
        # Read now: later the program may have gone to another root.
        folder = Path(__file__).with_name("page")
        files = {name: (folder / name).read_bytes() for name in _KINDS}
        site = _Site(board, Sessions(self.token), files, self.hosts, encrypted=self._is_encrypted)
        handler = stream_handler(config=StreamConfig(limit=_LONGEST_HEAD))(site.serve)
        return Server(self.endpoint, handler, Multiplexed(), config=config, lifespan=board.looking)

    def invitation(self, face: Serving, /) -> str:
        """Return a line with the page's address, and its token behind a ``#``, which no browser sends."""
        address: object = cast("Server[Any, Any]", face).server_address
        if not isinstance(address, tuple):
            return f"operator's page at {text_of(address)}, token {self.token}"
        host, port, *_ = cast("tuple[str, int]", address)
        name = self.hosts[0] if self.hosts else f"[{host}]" if ":" in host else host
        return f"operator's page at {'https' if self._is_encrypted else 'http'}://{name}:{port}/#token={self.token}"

    __repr__ = recipe_repr


_conforms: type[OperatorFace] = OperatorPage


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


class _Site:
    """What the addresses of one page answer."""

    __slots__ = ("_board", "_encrypted", "_files", "_hosts", "_sessions")

    def __init__(
        self, board: Board, sessions: Sessions, files: dict[str, bytes], hosts: tuple[str, ...], *, encrypted: bool
    ) -> None:
        self._board = board
        self._sessions = sessions
        self._files = files
        self._hosts = hosts
        self._encrypted = encrypted

    async def serve(self, stream: Stream[Any, Any, Any]) -> None:
        """Answer the requests of a connection."""
        request: Request | None = None
        goes_on = True
        while goes_on:
            request = None
            try:
                request = await next_request(stream)
                if request is None:
                    return
                self._check(request, stream.server.server_address)
                if request.path == "/events" and request.method == "GET":
                    self._check_session(request, stream.server.server_address)
                    await self._show(stream)
                    return
                response = await self._answer(request, stream)
            except Refused as refused:
                text = json.dumps({"error": str(refused)}).encode()
                response = Response(refused.status, text, "application/json")
                request = None if refused.ends else request
            await send(stream, response, request)
            goes_on = request is not None and request.goes_on
            # Between two requests a drain of the page may end it.
            stream.message_done()

    # Who may

    def _check(self, request: Request, bound: object) -> None:
        """Raise Refused for a request that another site has made, or has led here by a name of its own."""
        host = request.fields.get("host", "")
        if not self._is_known(host, bound):
            raise Refused(
                HTTPStatus.MISDIRECTED_REQUEST,
                f"{shown(host)} is no name of this page: ask for 127.0.0.1, or give OperatorPage(hosts=)",
                ends=True,
            )
        site = request.fields.get("sec-fetch-site", "none")
        if site not in ("same-origin", "none"):
            raise Refused(HTTPStatus.FORBIDDEN, "another site has asked for this", ends=True)
        if request.method == "POST":
            scheme = "https" if self._encrypted else "http"
            origin = request.fields.get("origin", "")
            # A proxy may encrypt in its place, for the names that were given.
            if origin not in (f"{scheme}://{host}", *(f"https://{host}" for _ in self._hosts[:1])):
                raise Refused(HTTPStatus.FORBIDDEN, "another site has asked for this (Origin)", ends=True)
            if request.fields.get("content-type", "").partition(";")[0].strip() != "application/json":
                raise Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "a question is application/json")

    def _is_known(self, host: str, bound: object) -> bool:
        name, _, port = host.rpartition(":") if not host.endswith("]") and ":" in host else (host, "", "")
        if host in self._hosts or name in self._hosts:
            return True
        if name.lower() not in _LOOPBACK:
            return False
        # A Unix socket is reached by a port of somebody's tunnel.
        return not isinstance(bound, tuple) or port == str(cast("tuple[object, ...]", bound)[1])

    def _cookie_of(self, bound: object) -> str:
        # Cookies are shared by all ports of a host (RFC 6265, 8.5).
        port = cast("tuple[object, ...]", bound)[1] if isinstance(bound, tuple) else "unix"
        return f"typedserver-{port}"

    def _check_session(self, request: Request, bound: object) -> None:
        if not self._sessions.is_open(request.cookie(self._cookie_of(bound))):
            raise Refused(HTTPStatus.UNAUTHORIZED, "log in first, by the token that the server has shown")

    # What is answered

    async def _answer(self, request: Request, stream: Stream[Any, Any, Any]) -> Response:
        if request.method in ("GET", "HEAD"):
            name = "page.html" if request.path == "/" else request.path[1:]
            if name not in self._files or request.path == "/page.html":
                raise Refused(HTTPStatus.NOT_FOUND, f"there is no {shown(request.path)} here")
            return Response(HTTPStatus.OK, self._files[name], _KINDS[name])
        if request.path == "/login":
            return await self._log_in(request, stream)
        bound = stream.server.server_address
        self._check_session(request, bound)
        if request.path == "/logout":
            self._sessions.end(request.cookie(self._cookie_of(bound)))
            return Response(HTTPStatus.NO_CONTENT)
        if request.path != "/act":
            raise Refused(HTTPStatus.NOT_FOUND, f"there is no {shown(request.path)} here")
        try:
            answer = await act(self._board, _json_of(request), by=f"the operator at {text_of(stream.client_address)}")
        except ActionError as error:
            raise Refused(HTTPStatus.CONFLICT, str(error)) from error
        return Response(HTTPStatus.OK, json.dumps(answer).encode(), "application/json")

    async def _log_in(self, request: Request, stream: Stream[Any, Any, Any]) -> Response:
        given = _json_of(request)
        token = cast("dict[str, object]", given).get("token") if isinstance(given, dict) else None
        session = self._sessions.begin(token) if isinstance(token, str) else None
        if session is None:
            _log.warning("%s has tried to log in by a wrong token", text_of(stream.client_address))
            await sleep(_PENALTY)
            raise Refused(HTTPStatus.FORBIDDEN, "that is not the token that the server has shown")
        cookie = (
            f"Set-Cookie: {self._cookie_of(stream.server.server_address)}={session}; Path=/; Max-Age={LIFETIME}; "
            f"HttpOnly; SameSite=Strict{'; Secure' if self._encrypted else ''}"
        )
        return Response(HTTPStatus.NO_CONTENT, fields=(cookie,))

    async def _show(self, stream: Stream[Any, Any, Any]) -> None:
        watching = Watching(self._board)
        with self._board.viewing():
            await begin_events(stream)
            await send_event(stream, "all", json.dumps(await watching.first()))
            while True:
                await send_event(stream, "change", json.dumps(await watching.next()))


def _json_of(request: Request) -> object:
    try:
        return cast("object", json.loads(request.body))
    except (ValueError, RecursionError):
        raise Refused(HTTPStatus.BAD_REQUEST, "the body is no JSON") from None
