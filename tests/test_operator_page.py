"""OperatorPage: what it answers, and whom it refuses. A real browser looks at it in the proofs."""

import http.client
import json
import re
import socket
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest

from tests.running import ask, connect, running
from tests.tls import client_context, server_context
from typedserver import (
    TCP,
    TLS,
    Multiplexed,
    Operated,
    OperatorPage,
    RecipeError,
    Server,
    Stream,
    UnixStream,
    inet_address,
    stream_handler,
)
from typedserver.control import operator_page
from typedserver.control.client import ControlError
from typedserver.control.page_client import PageClient
from typedserver.control.sessions import Sessions

TOKEN = "a-token-that-nobody-guesses"


@stream_handler
async def upper(stream: Stream) -> None:
    async for line in stream:
        await stream.write(line.upper())


@dataclass
class Page:
    """A page that is served, and the server that it shows."""

    server: Server[Any, Any]
    port: int
    cookie: str = ""

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def ask(self, method: str, path: str, body: object = None, **fields: str | None) -> http.client.HTTPResponse:
        """Ask as a browser would; fields that are None are left out."""
        sent: dict[str, str | None] = {"Host": self.host, "Cookie": self.cookie or None}
        if method == "POST":
            sent |= {"Origin": f"http://{self.host}", "Content-Type": "application/json"}
        sent |= {name.replace("_", "-"): value for name, value in fields.items()}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        data = json.dumps(body) if body is not None else None
        try:
            connection.request(method, path, data, {name: value for name, value in sent.items() if value is not None})
            answer = connection.getresponse()
            answer.said = answer.read() if path != "/events" or answer.status != 200 else b""  # type: ignore[attr-defined]
            return answer
        finally:
            connection.close()

    def log_in(self) -> None:
        answer = self.ask("POST", "/login", {"token": TOKEN})
        assert answer.status == 204
        self.cookie = str(answer.getheader("Set-Cookie")).partition(";")[0]


@contextmanager
def shown(**fields: Any) -> Generator[Page, None, None]:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    operated = Operated(server, OperatorPage(token=TOKEN, **fields))
    with running(operated):
        yield Page(server, inet_address(cast("Any", operated.__lifetime__.servable.beside[0]))[1])


def error_of(answer: http.client.HTTPResponse) -> str:
    return str(json.loads(cast("Any", answer).said)["error"])


def test_page_and_its_parts_are_served_to_anybody_and_hold_nothing() -> None:
    with shown() as page:
        for path, kind in (("/", "text/html"), ("/page.css", "text/css"), ("/page.js", "text/javascript")):
            answer = page.ask("GET", path)
            assert (answer.status, str(answer.getheader("Content-Type")).partition(";")[0]) == (200, kind)
            assert TOKEN.encode() not in cast("Any", answer).said
        assert page.ask("HEAD", "/").status == 200
        for path in ("/page.html", "/../page.js", "/favicon.ico", "//", "/page.py"):
            assert page.ask("GET", path).status == 404


def test_page_has_no_inline_script_or_style_and_names_no_other_site() -> None:
    folder = Path(operator_page.__file__).with_name("page")
    html, script, style = ((folder / name).read_text() for name in ("page.html", "page.js", "page.css"))
    assert re.findall(r"<script(?![^>]*src=)", html) == []
    assert re.findall(r"<style|style=|\son\w+=", html) == []
    assert re.findall(r"innerHTML|outerHTML|insertAdjacent|document\.write|eval\(|setAttribute\(.style", script) == []
    assert re.findall(r"https?://|url\(|@import", html + script + style) == []


def test_each_answer_forbids_what_the_page_does_not_need() -> None:
    with shown() as page:
        for answer in (page.ask("GET", "/"), page.ask("GET", "/nothing"), page.ask("POST", "/act", {"do": "status"})):
            policy = str(answer.getheader("Content-Security-Policy"))
            assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self';")
            assert "unsafe" not in policy
            assert "frame-ancestors 'none'" in policy
            assert answer.getheader("X-Content-Type-Options") == "nosniff"
            assert answer.getheader("Cache-Control") == "no-store"
            assert answer.getheader("Referrer-Policy") == "no-referrer"
            assert answer.getheader("Access-Control-Allow-Origin") is None


def test_token_is_exchanged_for_a_cookie_that_scripts_and_sites_do_not_get() -> None:
    with shown() as page:
        assert page.ask("POST", "/act", {"do": "status"}).status == 401
        answer = page.ask("POST", "/login", {"token": TOKEN})
        cookie = str(answer.getheader("Set-Cookie"))
        assert re.fullmatch(
            rf"typedserver-{page.port}=[\w-]{{43}}; Path=/; Max-Age=43200; HttpOnly; SameSite=Strict", cookie
        )
        page.log_in()
        answer = page.ask("POST", "/act", {"do": "status"})
        assert json.loads(cast("Any", answer).said)["state"] == "serving"
        assert page.ask("POST", "/logout", {}).status == 204
        assert page.ask("POST", "/act", {"do": "status"}).status == 401


@pytest.mark.parametrize("body", [{"token": "wrong"}, {"token": ""}, {"token": None}, {}, [], "x", {"token": "\ud800"}])
def test_wrong_token_is_refused(body: object, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operator_page, "_PENALTY", 0.01)
    with shown() as page:
        answer = page.ask("POST", "/login", body)
        assert (answer.status, error_of(answer)) == (403, "that is not the token that the server has shown")
        assert answer.getheader("Set-Cookie") is None


def test_page_acts_on_the_server() -> None:
    with shown() as page, connect(page.server.server_address) as client:
        client.sendall(b"a\n")
        assert client.recv(10) == b"A\n"
        page.log_in()
        listing = json.loads(cast("Any", page.ask("POST", "/act", {"do": "connections"})).said)
        [found] = listing["connections"]
        assert page.ask("POST", "/act", {"do": "cut", "id": found["id"]}).status == 200
        assert client.recv(10) == b""
        answer = page.ask("POST", "/act", {"do": "cut", "id": "17"})
        assert (answer.status, error_of(answer)[:32]) == (409, "there is no connection '17', or ")
        assert page.ask("POST", "/act", {"do": "suspend"}).status == 200
        assert page.ask("POST", "/act", {"do": "resume"}).status == 200


# Other sites


@pytest.mark.parametrize(
    ("fields", "status"),
    [
        ({"Host": "evil.example"}, 421),
        ({"Host": "127.0.0.1"}, 421),
        ({"Host": "127.0.0.1.evil.example:{port}"}, 421),
        ({"Host": "127.0.0.1:1"}, 421),
        ({"Host": "[::1"}, 421),
        ({"Host": ""}, 421),
        ({"Origin": None}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "http://evil.example"}, 403),
        ({"Origin": "https://127.0.0.1:{port}"}, 403),
        ({"Origin": "http://127.0.0.1:1"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
        ({"Content_Type": None}, 415),
    ],
)
def test_what_another_site_asks_for_is_refused(fields: dict[str, str | None], status: int) -> None:
    with shown() as page:
        page.log_in()
        sent = {name: value and value.format(port=page.port) for name, value in fields.items()}
        assert page.ask("POST", "/act", {"do": "suspend"}, **sent).status == status
        assert page.ask("POST", "/act", {"do": "status"}).status == 200


@pytest.mark.parametrize("name", ["localhost", "LOCALHOST", "[::1]"])
def test_page_is_asked_for_by_each_name_of_loopback(name: str) -> None:
    with shown() as page:
        assert page.ask("GET", "/", Host=f"{name}:{page.port}").status == 200


def test_events_need_a_session_and_the_pages_own_site() -> None:
    with shown() as page:
        assert page.ask("GET", "/events").status == 401
        page.log_in()
        assert page.ask("GET", "/events", Sec_Fetch_Site="cross-site").status == 403
        answer = page.ask("GET", "/events")
        assert (answer.status, answer.getheader("Content-Type")) == (200, "text/event-stream; charset=utf-8")


def test_named_host_is_let_in_also_behind_a_proxy_that_encrypts() -> None:
    with shown(hosts=("ops.example",)) as page:
        for host in ("ops.example", "ops.example:8443"):
            fields = {"Host": host, "Origin": f"https://{host}"}
            assert page.ask("POST", "/login", {"token": TOKEN}, **fields).status == 204
        assert page.ask("GET", "/", Host="other.example").status == 421


# Requests that are none


@pytest.mark.parametrize(
    ("request_", "status"),
    [
        (b"nonsense\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: {host}\r\nHost: evil.example\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost : {host}\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: {host}\r\n folded\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: {host}\nCookie: a\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: {host}\r\nCookie: \0\r\n\r\n", 400),
        (b"GET / HTTP/2.0\r\nHost: {host}\r\n\r\n", 505),
        (b"GET / HTTP/1.1\r\n\r\n", 421),
        (b"GET http://evil.example/ HTTP/1.1\r\nHost: {host}\r\n\r\n", 404),
        (b"DELETE / HTTP/1.1\r\nHost: {host}\r\n\r\n", 405),
        (b"POST /act HTTP/1.1\r\nHost: {host}\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 501),
        (b"POST /act HTTP/1.1\r\nHost: {host}\r\nContent-Length: +3\r\n\r\nabc", 400),
        (b"POST /act HTTP/1.1\r\nHost: {host}\r\nContent-Length: 8193\r\n\r\n", 413),
        (b"POST /act HTTP/1.1\r\nHost: {host}\r\nContent-Length: 99999999999999\r\n\r\n", 413),
        (b"GET / HTTP/1.1\r\nHost: {host}\r\nCookie: " + b"a" * 20_000 + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\nHost: {host}\r\n" + b"".join(b"A%d: b\r\n" % each for each in range(200)) + b"\r\n", 400),
    ],
    ids=str,
)
def test_what_is_no_request_is_refused_and_ends_its_connection_alone(request_: bytes, status: int) -> None:
    with shown() as page:
        answer = ask(("127.0.0.1", page.port), request_.replace(b"{host}", page.host.encode()))
        assert answer.startswith(b"HTTP/1.1 %d " % status)
        assert page.ask("GET", "/").status == 200


def test_connection_goes_on_for_the_next_request() -> None:
    with shown() as page, connect(("127.0.0.1", page.port)) as client:
        for _ in range(3):
            client.sendall(f"HEAD / HTTP/1.1\r\nHost: {page.host}\r\n\r\n".encode())
            answer = client.recv(4096)
            assert answer.startswith(b"HTTP/1.1 200 OK\r\n")
            assert b"\r\nConnection: keep-alive\r\n" in answer


# Where it may be


def test_page_on_a_unix_socket_is_reached_by_any_port_of_loopback(tmp_path: Path) -> None:
    path = str(tmp_path / "page.sock")
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    operated = Operated(server, OperatorPage(UnixStream(path), TOKEN))
    with running(operated):
        assert list(operated.invitations()) == [f"operator's page at unix:{path}, token {TOKEN}"]
        for host, status in (("localhost:8000", b"200"), ("127.0.0.1", b"200"), ("evil.example", b"421")):
            head = f"GET / HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode()
            assert ask(path, head).split()[1] == status


def test_page_under_tls_marks_its_cookie(tmp_path: Path) -> None:
    server: Server[Any, Any] = Server(TCP(port=0), upper, Multiplexed())
    endpoint = TLS(TCP(port=0), server_context(tmp_path))
    operated = Operated(server, OperatorPage(endpoint, TOKEN))
    with running(operated):
        [invitation] = operated.invitations()
        found = re.fullmatch(rf"operator's page at https://127\.0\.0\.1:(\d+)/#token={TOKEN}", invitation)
        assert found
        port = int(found[1])
        with client_context().wrap_socket(
            socket.create_connection(("127.0.0.1", port)), server_hostname="localhost"
        ) as client:
            body = json.dumps({"token": TOKEN})
            client.sendall(
                f"POST /login HTTP/1.1\r\nHost: localhost:{port}\r\nOrigin: https://localhost:{port}\r\n"
                f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            assert b"; HttpOnly; SameSite=Strict; Secure\r\n" in client.recv(4096)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"endpoint": TCP(host="0.0.0.0", port=0)}, "can be reached from elsewhere: listen on 127.0.0.1, or name"),
        ({"endpoint": TCP(host="ops.example", port=0)}, "can be reached from elsewhere"),
        ({"token": "short"}, "must have at least 20 characters"),
        ({"token": "a token with spaces in it"}, "must be ASCII without spaces"),
        ({"token": b"a" * 40}, "must be ASCII without spaces"),
        ({"hosts": "ops.example"}, "must be a tuple of names"),
        ({"hosts": ("",)}, "must be a tuple of names"),
    ],
)
def test_page_refuses_values_that_cannot_work(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(RecipeError) as refused:
        OperatorPage(**fields)
    assert message in str(refused.value)
    assert "a token" not in str(refused.value).replace("OperatorPage(token=)", "")


def test_recipe_does_not_show_its_token() -> None:
    page = OperatorPage(TCP(port=9100), TOKEN)
    assert repr(page) == "OperatorPage(endpoint=TCP(port=9100))"
    assert len(OperatorPage().token) == 43
    assert OperatorPage().token != OperatorPage().token


# Sessions, and programs


def test_sessions_are_bounded_and_expire(monkeypatch: pytest.MonkeyPatch) -> None:
    sessions = Sessions(TOKEN)
    names = [str(sessions.begin(TOKEN)) for _ in range(65)]
    assert not sessions.is_open(names[0])
    assert all(map(sessions.is_open, names[1:]))
    assert not sessions.is_open("")
    monkeypatch.setattr("time.monotonic", lambda: 1e9)
    assert not any(map(sessions.is_open, names))
    assert sessions.is_open(str(sessions.begin(TOKEN)))


def test_program_hears_what_a_browser_would() -> None:
    with shown() as page, PageClient(f"http://{page.host}/#token={TOKEN}") as client:
        news = client.watch()
        assert next(news)["status"]["state"] == "serving"
        assert next(news)["gone"] == []


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("http://127.0.0.1:1/", "has no token: give the URL that the server has shown"),
        (f"ftp://127.0.0.1:1/#token={TOKEN}", "is no page"),
        (f"http://127.0.0.1:1/#token={TOKEN}", "does the server run, with --operator-page?"),
    ],
)
def test_program_without_a_page_is_told_what_to_do(url: str, message: str) -> None:
    with pytest.raises(ControlError) as refused:
        PageClient(url)
    assert message in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_silent_clients_take_no_place_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operator_page, "_IDLE", 0.1)
    with shown() as page, connect(("127.0.0.1", page.port)) as silent:
        silent.sendall(b"GET / HT")
        assert silent.recv(10) == b""
