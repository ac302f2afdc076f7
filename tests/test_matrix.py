"""The matrix in short: every endpoint, every handler, every strategy and every loop once, with a real client.

tests/proofs/test_matrix.py has the whole product. If the types exclude a pair, a line shows it that mypy refuses.
"""

import itertools
import re
import socket
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests import matrix
from tests.reactors import REACTORS
from tests.running import ask, ask_datagram, running
from typedserver import OnExecutor, Prefork, Server, ServerConfig

COROUTINES_STRATEGIES = matrix.MULTIPLEXING_STRATEGIES | matrix.LOOP_MAKING_STRATEGIES
ALL_STRATEGIES = matrix.STRATEGIES | COROUTINES_STRATEGIES
STREAMS = [
    *itertools.product(matrix.STREAM_ENDPOINTS, ["stream_function"], ["threads"], ["ours"]),
    *itertools.product(["tcp4"], matrix.STREAM_HANDLERS, ["inline"], ["ours"]),
    *itertools.product(["unix"], ["stream_coroutine"], ALL_STRATEGIES, ["ours"]),
    *itertools.product(["tcp4"], ["stream_coroutine"], ["threads", "multiplexed"], REACTORS),
]
DATAGRAMS = [
    *itertools.product(matrix.DATAGRAM_ENDPOINTS, ["datagram_plain_function"], ["threads"], ["ours"]),
    *itertools.product(["udp4"], matrix.DATAGRAM_HANDLERS, ["inline"], ["ours"]),
    *itertools.product(["unix_datagram"], ["datagram_of_data"], matrix.STRATEGIES, ["ours"]),
    *itertools.product(["udp4"], ["datagram_of_data"], ["threads"], REACTORS),
    *itertools.product(matrix.DATAGRAM_ENDPOINTS, ["datagram_coroutine"], ["multiplexed"], ["ours"]),
    *itertools.product(["unix_datagram"], ["datagram_coroutine"], ALL_STRATEGIES, ["ours"]),
    *itertools.product(["udp4"], ["datagram_coroutine"], ["threads", "multiplexed"], REACTORS),
]


@contextmanager
def composed(
    endpoint: str, handler: Any, strategy: str, reactor: str, path: Path
) -> Generator[Server[Any, Any], None, None]:
    fds = {
        name: matrix.opened(kind) if name in endpoint else None
        for name, kind in (("stream_fd", socket.SOCK_STREAM), ("datagram_fd", socket.SOCK_DGRAM))
    }
    made = eval(endpoint.format(path=str(path), **fds), matrix.NAMES)
    chosen = eval(ALL_STRATEGIES[strategy], matrix.NAMES)
    try:
        yield Server(made, handler, chosen, config=ServerConfig(reactor_factory=REACTORS[reactor]))
    finally:
        if isinstance(chosen, OnExecutor):
            chosen.executor.shutdown()


def reachable(address: Any) -> Any:
    """Where a client on this machine reaches a server that is bound to all interfaces."""
    alls = {"::": "::1", "0.0.0.0": "127.0.0.2"}
    return (alls[address[0]], address[1]) if address[0] in alls else address


@pytest.mark.parametrize(("endpoint", "handler", "strategy", "reactor"), dict.fromkeys(STREAMS))
def test_matrix_stream(endpoint: str, handler: str, strategy: str, reactor: str, tmp_path: Path) -> None:
    where, what = matrix.STREAM_ENDPOINTS[endpoint], matrix.STREAM_HANDLERS[handler]
    with composed(where, what, strategy, reactor, tmp_path / "s") as server, running(server) as run:
        address = reachable(run.server.server_address)
        assert ask(address, b"one\ntwo\n") == b"ONE\nTWO\n"
        assert ask(address, b"three\n") == b"THREE\n"


@pytest.mark.parametrize(("endpoint", "handler", "strategy", "reactor"), dict.fromkeys(DATAGRAMS))
def test_matrix_datagram(endpoint: str, handler: str, strategy: str, reactor: str, tmp_path: Path) -> None:
    where, what = matrix.DATAGRAM_ENDPOINTS[endpoint], matrix.DATAGRAM_HANDLERS[handler]
    with composed(where, what, strategy, reactor, tmp_path / "s") as server, running(server) as run:
        address = reachable(run.server.server_address)
        for number, data in enumerate((b"one", b"two")):
            own_path = tmp_path / f"client{number}"
            assert ask_datagram(address, data, str(own_path)) == data.upper()
            own_path.unlink(missing_ok=True)


# In worker processes.
PREFORKED_STREAMS = [
    *itertools.product(matrix.STREAM_ENDPOINTS, ["stream_function"], ["inline"], ["ours"]),
    *itertools.product(["tcp4"], ["stream_coroutine"], ALL_STRATEGIES, ["ours"]),
    *itertools.product(["tcp4"], ["stream_function"], ["inline"], REACTORS),
]
PREFORKED_DATAGRAMS = [
    *itertools.product(matrix.DATAGRAM_ENDPOINTS, ["datagram_plain_function"], ["inline"], ["ours"]),
    *itertools.product(["udp4"], ["datagram_plain_function"], matrix.STRATEGIES, ["ours"]),
    *itertools.product(["udp4"], ["datagram_plain_function"], ["inline"], REACTORS),
    *itertools.product(["udp_all"], ["datagram_coroutine"], COROUTINES_STRATEGIES, ["ours"]),
]


@pytest.mark.parametrize(("endpoint", "handler", "strategy", "reactor"), dict.fromkeys(PREFORKED_STREAMS))
def test_matrix_preforked_stream(endpoint: str, handler: str, strategy: str, reactor: str, tmp_path: Path) -> None:
    where, what = matrix.STREAM_ENDPOINTS[endpoint], matrix.STREAM_HANDLERS[handler]
    with (
        composed(where, what, strategy, reactor, tmp_path / "s") as server,
        running(Prefork(server, 2, reactor_factory=REACTORS[reactor])) as run,
    ):
        address = reachable(run.server.server_address)
        assert ask(address, b"one\ntwo\n") == b"ONE\nTWO\n"
        assert ask(address, b"three\n") == b"THREE\n"


@pytest.mark.parametrize(("endpoint", "handler", "strategy", "reactor"), dict.fromkeys(PREFORKED_DATAGRAMS))
def test_matrix_preforked_datagram(endpoint: str, handler: str, strategy: str, reactor: str, tmp_path: Path) -> None:
    where, what = matrix.DATAGRAM_ENDPOINTS[endpoint], matrix.DATAGRAM_HANDLERS[handler]
    with (
        composed(where, what, strategy, reactor, tmp_path / "s") as server,
        running(Prefork(server, 2, reactor_factory=REACTORS[reactor])) as run,
    ):
        address = reachable(run.server.server_address)
        for number, data in enumerate((b"one", b"two")):
            own_path = tmp_path / f"client{number}"
            assert ask_datagram(address, data, str(own_path)) == data.upper()
            own_path.unlink(missing_ok=True)


EXCLUDED = [
    *itertools.product(matrix.STREAM_ENDPOINTS.values(), matrix.DATAGRAM_HANDLERS, matrix.STRATEGIES.values()),
    *itertools.product(matrix.DATAGRAM_ENDPOINTS.values(), matrix.STREAM_HANDLERS, ALL_STRATEGIES.values()),
    *itertools.product(
        [*matrix.STREAM_ENDPOINTS.values(), *matrix.DATAGRAM_ENDPOINTS.values()],
        [
            *(matrix.STREAM_HANDLERS.keys() - {"stream_coroutine"}),
            *(matrix.DATAGRAM_HANDLERS.keys() - {"datagram_coroutine"}),
        ],
        COROUTINES_STRATEGIES.values(),
    ),
]


def test_matrix_what_the_types_exclude_is_refused_line_by_line(tmp_path: Path) -> None:
    program = tmp_path / "excluded.py"
    head = [
        "import uvloop",
        "from concurrent.futures import ThreadPoolExecutor",
        "from typedserver import *",
        "from tests.matrix import *",
    ]
    lines = [
        f"Server({endpoint.format(path='s', stream_fd=3, datagram_fd=3)}, {handler}, {strategy})"
        for endpoint, handler, strategy in EXCLUDED
    ]
    program.write_text("\n".join([*head, *lines]))
    checked = subprocess.run(
        [sys.executable, "-m", "mypy", "--strict", "--no-error-summary", "--config-file", "", str(program)],
        capture_output=True,
        text=True,
        check=False,
    )
    found = re.findall(
        r"excluded\.py:(\d+): error: (Argument 2 to \"Server\").*(\[.*\])$", checked.stdout, re.MULTILINE
    )
    numbers = range(len(head) + 1, len(head) + 1 + len(lines))
    assert found == [(str(number), 'Argument 2 to "Server"', "[arg-type]") for number in numbers], checked.stdout
