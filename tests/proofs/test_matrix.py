"""The matrix: every endpoint with every handler under every strategy on every loop, with a real client."""

import itertools
from pathlib import Path

import pytest

from tests import matrix, test_matrix
from tests.reactors import REACTORS

STREAMS = [
    *itertools.product(matrix.STREAM_ENDPOINTS, matrix.STREAM_HANDLERS, matrix.STRATEGIES, REACTORS),
    *itertools.product(matrix.STREAM_ENDPOINTS, ["stream_coroutine"], matrix.MULTIPLEXING_STRATEGIES, REACTORS),
    # Our reactor is the config's default, so it goes by its name.
    *itertools.product(matrix.STREAM_ENDPOINTS, ["stream_coroutine"], matrix.LOOP_MAKING_STRATEGIES, ["ours"]),
]
DATAGRAMS = [
    *itertools.product(matrix.DATAGRAM_ENDPOINTS, matrix.DATAGRAM_HANDLERS, matrix.STRATEGIES, REACTORS),
    *itertools.product(matrix.DATAGRAM_ENDPOINTS, ["datagram_coroutine"], matrix.MULTIPLEXING_STRATEGIES, REACTORS),
    *itertools.product(matrix.DATAGRAM_ENDPOINTS, ["datagram_coroutine"], matrix.LOOP_MAKING_STRATEGIES, ["ours"]),
]

# In worker processes: every endpoint, and every strategy, with one handler.
PREFORKED_STREAMS = [
    *itertools.product(matrix.STREAM_ENDPOINTS, ["stream_function"], ["inline"], REACTORS),
    *itertools.product(["tcp4"], ["stream_function"], matrix.STRATEGIES, REACTORS),
    *itertools.product(["tcp4", "unix"], ["stream_coroutine"], matrix.MULTIPLEXING_STRATEGIES, REACTORS),
    *itertools.product(["tcp4", "unix"], ["stream_coroutine"], matrix.LOOP_MAKING_STRATEGIES, ["ours"]),
]
PREFORKED_DATAGRAMS = [
    *itertools.product(matrix.DATAGRAM_ENDPOINTS, ["datagram_plain_function"], ["inline"], REACTORS),
    *itertools.product(["udp4"], ["datagram_plain_function"], matrix.STRATEGIES, REACTORS),
]


@pytest.mark.parametrize(("endpoint", "handler", "strategy", "reactor"), STREAMS)
def test_matrix_stream(endpoint: str, handler: str, strategy: str, reactor: str, tmp_path: Path) -> None:
    test_matrix.test_matrix_stream(endpoint, handler, strategy, reactor, tmp_path)


@pytest.mark.parametrize(("endpoint", "handler", "strategy", "reactor"), DATAGRAMS)
def test_matrix_datagram(endpoint: str, handler: str, strategy: str, reactor: str, tmp_path: Path) -> None:
    test_matrix.test_matrix_datagram(endpoint, handler, strategy, reactor, tmp_path)


@pytest.mark.parametrize(("endpoint", "handler", "strategy", "reactor"), dict.fromkeys(PREFORKED_STREAMS))
def test_matrix_preforked_stream(endpoint: str, handler: str, strategy: str, reactor: str, tmp_path: Path) -> None:
    test_matrix.test_matrix_preforked_stream(endpoint, handler, strategy, reactor, tmp_path)


@pytest.mark.parametrize(("endpoint", "handler", "strategy", "reactor"), dict.fromkeys(PREFORKED_DATAGRAMS))
def test_matrix_preforked_datagram(endpoint: str, handler: str, strategy: str, reactor: str, tmp_path: Path) -> None:
    test_matrix.test_matrix_preforked_datagram(endpoint, handler, strategy, reactor, tmp_path)
