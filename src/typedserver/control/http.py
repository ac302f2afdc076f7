"""As much of HTTP/1.1 as a page for operators needs (RFC 9112): small requests, whole answers, and streams of events.

It knows a stream of bytes. What it does not understand is refused, and ends the connection: a message that two programs
read differently is how requests are smuggled.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Final

from typedserver.coroutines.stream import Stream
from typedserver.errors import IncompleteRead, LineTooLong

# Bytes of a request's body: a token, or the name of a connection.
_LONGEST_BODY: Final = 8192

# Fields of a head: browsers send two dozen.
_MOST_FIELDS: Final = 100

_METHODS: Final = ("GET", "HEAD", "POST")

# Neither the page nor what it shows is another site's business: no script, style, frame, form or address of any other
# origin, nothing inline, nothing kept.
_POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types"
)
_ALWAYS: Final = (
    f"Content-Security-Policy: {_POLICY}",
    "X-Content-Type-Options: nosniff",
    "X-Frame-Options: DENY",
    "Referrer-Policy: no-referrer",
    "Cross-Origin-Opener-Policy: same-origin",
    "Cross-Origin-Resource-Policy: same-origin",
    "Cache-Control: no-store",
)


class Refused(Exception):  # noqa: N818 - it is an answer as well
    """A request gets an error for its answer. ends: whether the connection ends behind it."""

    def __init__(self, status: HTTPStatus, reason: str, *, ends: bool = False) -> None:
        super().__init__(reason)
        self.status: HTTPStatus = status
        self.ends: bool = ends


@dataclass(frozen=True, slots=True)
class Request:
    """A request: its fields by their names in small letters. goes_on: whether another one may follow."""

    method: str
    path: str
    fields: Mapping[str, str]
    body: bytes
    goes_on: bool

    def cookie(self, name: str) -> str:
        """Return the value of a cookie; "" if there is none."""
        for pair in self.fields.get("cookie", "").split(";"):
            key, _, value = pair.strip().partition("=")
            if key == name:
                return value
        return ""


@dataclass(frozen=True, slots=True)
class Response:
    """An answer."""

    status: HTTPStatus
    body: bytes = b""
    kind: str = "text/plain; charset=utf-8"
    fields: tuple[str, ...] = field(default=())


async def next_request(stream: Stream[object]) -> Request | None:
    """Read a request; None at the end of the connection. Raises Refused."""
    try:
        head = await stream.readuntil(b"\r\n\r\n")
    except IncompleteRead:
        return None
    except LineTooLong:
        raise Refused(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, "the head is too long", ends=True) from None
    method, path, version, fields = _parsed(head)
    if version not in ("HTTP/1.1", "HTTP/1.0"):
        raise Refused(HTTPStatus.HTTP_VERSION_NOT_SUPPORTED, "HTTP/1.1 is spoken here", ends=True)
    if "transfer-encoding" in fields:
        raise Refused(HTTPStatus.NOT_IMPLEMENTED, "a body needs a Content-Length here", ends=True)
    length = fields.get("content-length", "0")
    if not (length.isascii() and length.isdecimal()) or len(length) > len(str(_LONGEST_BODY)):
        raise Refused(
            HTTPStatus.REQUEST_ENTITY_TOO_LARGE if length.isdecimal() else HTTPStatus.BAD_REQUEST, length, ends=True
        )
    if int(length) > _LONGEST_BODY:
        raise Refused(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"a body has at most {_LONGEST_BODY} bytes here", ends=True)
    try:
        body = await stream.readexactly(int(length))
    except IncompleteRead:
        return None
    if method not in _METHODS:
        raise Refused(HTTPStatus.METHOD_NOT_ALLOWED, f"there is no {method} here", ends=True)
    goes_on = version == "HTTP/1.1" and fields.get("connection", "").lower() != "close"
    return Request(method, path.partition("?")[0], fields, body, goes_on)


def _parsed(head: bytes) -> tuple[str, str, str, dict[str, str]]:
    first, *rest = head.decode("latin-1").removesuffix("\r\n\r\n").split("\r\n")
    parts = first.split(" ")
    fields = dict[str, str]()
    for line in rest:
        name, colon, value = line.partition(":")
        # No field is needed twice, a folded line begins with a space, and a name has none (RFC 9112, 5.1).
        if not colon or not name or name != name.strip() or name.lower() in fields:
            raise Refused(HTTPStatus.BAD_REQUEST, "the head is no head of HTTP", ends=True)
        fields[name.lower()] = value.strip(" \t")
    wrong = any(ord(each) < ord(" ") and each != "\t" for each in head.decode("latin-1").replace("\r\n", ""))
    if len(parts) != 3 or len(fields) > _MOST_FIELDS or wrong:  # noqa: PLR2004 - method, target, version
        raise Refused(HTTPStatus.BAD_REQUEST, "the head is no head of HTTP", ends=True)
    return parts[0], parts[1], parts[2], fields


def _head(status: HTTPStatus, *fields: str) -> bytes:
    lines = (f"HTTP/1.1 {status.value} {status.phrase}", *_ALWAYS, *fields, "", "")
    return "\r\n".join(lines).encode("latin-1")


async def send(stream: Stream[object], response: Response, request: Request | None) -> None:
    """Send an answer; ``request``: what it answers, None if nobody knows, and then the connection ends."""
    goes_on = request is not None and request.goes_on
    head = _head(
        response.status,
        f"Content-Type: {response.kind}",
        f"Content-Length: {len(response.body)}",
        f"Connection: {'keep-alive' if goes_on else 'close'}",
        *response.fields,
    )
    await stream.write(head + (b"" if request is not None and request.method == "HEAD" else response.body))


async def begin_events(stream: Stream[object]) -> None:
    """Begin an answer that never ends, in which events follow."""
    await stream.write(_head(HTTPStatus.OK, "Content-Type: text/event-stream; charset=utf-8", "Connection: close"))


async def send_event(stream: Stream[object], name: str, data: str) -> None:
    """Send an event (HTML, 9.2.6); ``data``: one line."""
    await stream.write(f"event: {name}\ndata: {data}\n\n".encode())
