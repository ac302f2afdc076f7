"""Handlers of the standard library ask ``self.server`` for what its own servers have: by from_stdlib they find it."""

import http.server
import socket
import urllib.request
import wsgiref.simple_server
import xmlrpc.client
import xmlrpc.server
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest
from tests.running import connect, running

from typedserver import TCP, LifecycleError, Server, Threads, UnixStream, from_stdlib, inet_address


class OwnAddress(http.server.BaseHTTPRequestHandler):
    """Answers with its own address, as a page with links to itself would."""

    def do_GET(self) -> None:
        server: Any = self.server
        body = f"http://{server.server_name}:{server.server_port}/".encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        pass


def got(server: Server[Any, Any], path: str = "/") -> str:
    host, port = inet_address(server)
    with urllib.request.urlopen(f"http://{host}:{port}{path}", timeout=10) as answer:
        text: str = answer.read().decode()
    return text


def test_http_handler_finds_the_name_and_port_that_http_server_would_give() -> None:
    with http.server.HTTPServer(("127.0.0.1", 0), OwnAddress) as original:
        name = original.server_name
    with running(Server(TCP(port=0), from_stdlib(OwnAddress), Threads())) as run:
        assert got(run.server) == f"http://{name}:{inet_address(run.server)[1]}/"


def test_http_handler_finds_this_machines_name_on_a_unix_socket(tmp_path: Path) -> None:
    path = str(tmp_path / "s")
    with running(Server(UnixStream(path), from_stdlib(OwnAddress), Threads())), connect(path) as client:
        client.sendall(b"GET / HTTP/1.0\r\n\r\n")
        with client.makefile("rb") as answer:
            assert answer.read().endswith(f"http://{socket.getfqdn()}:0/".encode())


@pytest.mark.skipif(not hasattr(http.server, "CGIHTTPRequestHandler"), reason="Python 3.15 has none")
@pytest.mark.filterwarnings("ignore:.*CGI:DeprecationWarning")
def test_cgi_handler_runs_its_script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Cgi(http.server.CGIHTTPRequestHandler):  # pyright: ignore[reportDeprecated]  # 3.11 has it
        # Otherwise it forks, and becomes another user where it can.
        have_fork = False

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
            pass

    script = tmp_path / "cgi-bin" / "port.py"
    script.parent.mkdir(mode=0o755)
    script.write_text("import os\nprint('Content-Type: text/plain\\n\\n' + os.environ['SERVER_PORT'], end='')\n")
    script.chmod(0o755)
    monkeypatch.chdir(tmp_path)
    with running(Server(TCP(port=0), from_stdlib(Cgi), Threads())) as run:
        assert got(run.server, "/cgi-bin/port.py") == str(inet_address(run.server)[1])


def test_resolver_is_asked_once(monkeypatch: pytest.MonkeyPatch) -> None:
    resolver = Mock(return_value="host.example")
    monkeypatch.setattr(socket, "getfqdn", resolver)
    with Server(TCP(port=0, host="127.0.0.7"), from_stdlib(OwnAddress)) as server:
        assert [server.server_name, server.server_name] == ["host.example"] * 2
    resolver.assert_called_once_with("127.0.0.7")


def test_name_and_port_are_known_when_it_is_open() -> None:
    server = Server(TCP(port=0), from_stdlib(OwnAddress))
    for read in (lambda: server.server_name, lambda: server.server_port):
        with pytest.raises(LifecycleError):
            read()


def test_subclass_may_name_its_own_server_name() -> None:
    class Named(Server[Any, Any]):
        def __init__(self, *parts: Any) -> None:
            super().__init__(*parts)
            # As an assignment would, whose type the checkers compare with the descriptor's.
            vars(self).update(server_name="named.example", server_port=443)

    with running(Named(TCP(port=0), from_stdlib(OwnAddress), Threads())) as run:
        assert got(run.server) == "http://named.example:443/"


# What other handlers ask for is in a subclass


class WsgiServer(Server[Any, Any]):
    """What ``wsgiref``'s handler asks of its server."""

    @property
    def base_environ(self) -> dict[str, str]:
        return {"SERVER_NAME": self.server_name, "SERVER_PORT": str(self.server_port), "SCRIPT_NAME": ""}

    def get_app(self) -> Callable[..., Iterable[bytes]]:
        def application(environment: dict[str, Any], start: Callable[..., object]) -> list[bytes]:
            start("200 OK", [("Content-Type", "text/plain")])
            return [environment["SERVER_PORT"].encode()]

        return application


class QuietWsgi(wsgiref.simple_server.WSGIRequestHandler):
    """Logs nothing."""

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - http.server's own name
        pass


def test_wsgi_handler_serves_the_application_of_its_server() -> None:
    with running(WsgiServer(TCP(port=0), from_stdlib(QuietWsgi), Threads())) as run:
        assert got(run.server) == str(inet_address(run.server)[1])


class CallServer(Server[Any, Any], xmlrpc.server.SimpleXMLRPCDispatcher):
    """What ``xmlrpc.server``'s handler asks of its server."""

    logRequests = False  # noqa: N815 - the handler's own name

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        xmlrpc.server.SimpleXMLRPCDispatcher.__init__(self)
        self.register_function(self.double)

    def double(self, number: Any) -> int:
        return int(number) * 2


def test_xmlrpc_handler_calls_the_functions_of_its_server() -> None:
    handler = from_stdlib(xmlrpc.server.SimpleXMLRPCRequestHandler)
    with running(CallServer(TCP(port=0), handler, Threads())) as run:
        host, port = inet_address(run.server)
        with xmlrpc.client.ServerProxy(f"http://{host}:{port}/") as proxy:
            assert proxy.double(21) == 42
