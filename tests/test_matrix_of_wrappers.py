"""Every wrapper of an endpoint, alone and in its stacks, under every strategy, with every kind of handler."""

import contextlib
import http.server
import itertools
import socket
import subprocess
from collections.abc import Generator
from pathlib import Path
from typing import Any, Final

import pytest
from typing_extensions import override

from tests.identities import ANYWHERE, BLOCKING
from tests.matrix import LOOP_MAKING_STRATEGIES, MULTIPLEXING_STRATEGIES, STRATEGIES, STREAM_HANDLERS
from tests.running import PATIENCE, connect, running
from tests.test_tls import config, received, strategy_of
from tests.tls import client_context
from typedserver import (
    TCP,
    TLS,
    Authenticated,
    Filtered,
    Framed,
    Lines,
    Prefork,
    ProxyProtocol,
    Server,
    Threads,
    Token,
    UnixStream,
    from_stdlib,
)

TOKENS: Final = {"anna": b"the-token-of-anna"}
FAR: Final = ["192.0.2.0/24"]

# A documentation address (RFC 5737), which no client of this machine has.
HEADER: Final = b"PROXY TCP4 203.0.113.7 127.0.0.1 50000 9999\r\n"


# What a client does before it asks, step by step, for each stack.
STEPS: Final[dict[str, tuple[str, ...]]] = {
    "tls": ("tls",),
    "tls_unix": ("tls",),
    "proxy": ("header",),
    "filtered": (),
    "token": ("token",),
    "token_unix": ("token",),
    "filtered_proxy": ("header",),
    "tls_proxy": ("header", "tls"),
    "token_proxy": ("header", "token"),
    "token_tls": ("tls", "token"),
    "tls_token": ("token", "tls"),
    "all": ("header", "tls", "token"),
}


def stack_of(name: str, folder: Path) -> Any:
    """Make a stack; its files are written to the folder."""
    tcp, unix = TCP(port=0), UnixStream(str(folder / "s"))
    files, token = config(folder), Token(TOKENS)
    stacks: dict[str, Any] = {
        "tls": TLS(tcp, files),
        "tls_unix": TLS(unix, files),
        "proxy": ProxyProtocol(tcp),
        "filtered": Filtered(tcp, deny=FAR),
        "token": Authenticated(tcp, token),
        "token_unix": Authenticated(unix, token),
        "filtered_proxy": Filtered(ProxyProtocol(tcp), deny=FAR),
        "tls_proxy": TLS(ProxyProtocol(tcp), files),
        "token_proxy": Authenticated(ProxyProtocol(tcp), token),
        "token_tls": Authenticated(TLS(tcp, files), token),
        "tls_token": TLS(Authenticated(tcp, token), files),
        "all": Filtered(
            Authenticated(TLS(ProxyProtocol(Filtered(tcp, deny=FAR)), files), token),
            deny=FAR,
        ),
    }
    return stacks[name]


# Those of a stack that authenticates answer with the principal, too.
UPPER: Final = {**STREAM_HANDLERS, "framed": Framed(Lines(), bytes.upper)}
UPPER_ANYWHERE: Final = {name: UPPER[name] for name in ("stream_coroutine", "framed")}
WHO: Final = {**BLOCKING, **ANYWHERE}


def cases() -> Generator[tuple[str, str, str], None, None]:
    for stack, steps in STEPS.items():
        blocking, anywhere = (WHO, ANYWHERE) if "token" in steps else (UPPER, UPPER_ANYWHERE)
        yield from itertools.product([stack], STRATEGIES, blocking)
        yield from itertools.product([stack], MULTIPLEXING_STRATEGIES | LOOP_MAKING_STRATEGIES, anywhere)


@contextlib.contextmanager
def led(address: Any, steps: tuple[str, ...]) -> Generator[socket.socket, None, None]:
    """Connect, and do what a stack wants before it serves."""
    with contextlib.ExitStack() as stack:
        client: socket.socket = stack.enter_context(connect(address))
        for step in steps:
            match step:
                case "header":
                    client.sendall(HEADER)
                case "token":
                    client.sendall(TOKENS["anna"] + b"\n")
                case _:
                    client = stack.enter_context(client_context().wrap_socket(client))
        yield client
        with contextlib.suppress(OSError):
            # Children have copies of it.
            client.shutdown(socket.SHUT_RDWR)


def check(address: Any, steps: tuple[str, ...]) -> None:
    answer = b"anna one\nanna two\n" if "token" in steps else b"ONE\nTWO\n"
    for _ in range(2):
        with led(address, steps) as client:
            client.sendall(b"one\ntwo\n")
            assert received(client, len(answer)) == answer


@pytest.mark.parametrize(("name", "strategy", "handler"), list(cases()))
def test_every_kind_of_handler_answers_behind_every_stack_of_wrappers(
    tmp_path: Path, name: str, strategy: str, handler: str
) -> None:
    kind: Any = (UPPER | WHO)[handler]
    with strategy_of(strategy) as made, running(Server(stack_of(name, tmp_path), kind, made)) as run:
        check(run.server.server_address, STEPS[name])


@pytest.mark.parametrize("name", STEPS)
def test_workers_of_a_prefork_answer_behind_every_stack_of_wrappers(tmp_path: Path, name: str) -> None:
    handler: Any = BLOCKING["function"] if "token" in STEPS[name] else STREAM_HANDLERS["stream_function"]
    with running(Prefork(Server(stack_of(name, tmp_path), handler, Threads()), 2)) as run:
        check(run.server.server_address, STEPS[name])


def test_curl_is_served_by_tls_behind_a_proxy(tmp_path: Path) -> None:
    class Hello(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.end_headers()
            self.wfile.write(f"hello {self.client_address[0]}".encode())

        @override
        def log_message(self, format: str, *args: object) -> None: ...

    endpoint = TLS(ProxyProtocol(TCP(port=0, host="127.0.0.1")), config(tmp_path))
    with running(Server(endpoint, from_stdlib(Hello), Threads())) as run:
        port = run.server.server_address[1]
        url = f"https://localhost:{port}/"
        said = subprocess.run(
            ["curl", "-sS", "-4", "--haproxy-protocol", "--cacert", tmp_path / "certificate", url],
            capture_output=True,
            timeout=PATIENCE,
            check=True,
        )
    assert said.stdout == b"hello 127.0.0.1"
